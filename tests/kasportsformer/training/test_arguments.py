"""Inputs that are not there: one line, before anything is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from kasportsformer.training.__main__ import main


@pytest.mark.parametrize(
    "words",
    [
        ["pack", "none", "--out", "c.npz"],
        ["heldout", "--corpus", "none", "--out", "h.npz"],
        ["train", "--run", "r", "--corpus", "none"],
        ["train", "--run", "r", "--data", "none"],
        ["train", "--run", "r", "--from", "none"],
        ["evaluate", "--weights", "none"],
        ["evaluate", "--weights", "none", "--heldout", "none"],
        ["export", "--run", "none", "--out", "w"],
        ["plot", "--run", "none", "--out", "p"],
    ],
)
def test_missing_inputs(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as e:
        main(words)
    assert (
        e.value.code == 4
        and capsys.readouterr().err.startswith("error: none: no such ")
        and not list(tmp_path.iterdir())
    )
    if words[0] == "pack":
        with pytest.raises(SystemExit) as e:
            main(["pack", ".", "--out", "no/c.npz"])
        assert e.value.code == 6
