"""The command line, one file per command; `app` puts them together and turns errors into lines and exit codes."""

from kasf_demo.cli.app import main

__all__ = ["main"]
