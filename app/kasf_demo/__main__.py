"""`python -m kasf_demo`: the same as `kasf-demo`."""

from kasf_demo.cli import main

if __name__ == "__main__":
    main()
