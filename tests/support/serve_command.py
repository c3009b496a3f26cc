"""`python serve_command.py --port 0 ...`: `kasf-demo serve` with stub workers, as a process."""

from __future__ import annotations

import sys

import serve_stub

from kasf_demo import cli
from kasf_demo.serve import worker_command

if __name__ == "__main__":
    worker_command.SERVE_WORKER = (sys.executable, "-P", serve_stub.__file__)
    cli.main(["serve", *sys.argv[1:]])
