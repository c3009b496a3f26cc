"""`call`: runs the command line in the test's process."""

from __future__ import annotations

import pytest

from kasf_demo import cli


def call(*args: object, code: int, capsys: pytest.CaptureFixture[str]) -> str:
    """Runs the command line in this process; returns stderr after checking the exit code."""
    with pytest.raises(SystemExit) as e:
        cli.main([str(a) for a in args])
    text = capsys.readouterr()
    assert (e.value.code or 0) == code, text.err
    if code not in (0, 3):
        said = text.err.splitlines()
        assert (
            sum(line.startswith("error: ") for line in said) == 1
            and said[-1].startswith("error: ")
            and "Traceback" not in text.err
        ), text.err
    return text.err
