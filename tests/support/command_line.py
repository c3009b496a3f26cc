"""`call` and `call_both`: run the command line in the test's process."""

from __future__ import annotations

import pytest

from kasf_demo import cli


def call_both(*args: object, code: int = 0, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """Runs the command line in this process; returns stdout and stderr after checking the exit code."""
    with pytest.raises(SystemExit) as e:
        cli.main([str(a) for a in args])
    text = capsys.readouterr()
    assert (e.value.code or 0) == code, text.err
    return text.out, text.err


def call(*args: object, code: int, capsys: pytest.CaptureFixture[str]) -> str:
    """As `call_both`; returns stderr, after checking that an error is one line."""
    _, err = call_both(*args, code=code, capsys=capsys)
    if code not in (0, 3):
        said = err.splitlines()
        assert (
            sum(line.startswith("error: ") for line in said) == 1
            and said[-1].startswith("error: ")
            and "Traceback" not in err
        ), err
    return err
