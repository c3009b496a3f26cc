"""What the start of the server refuses and warns of."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from served import STUB

from kasf_demo.batch import lock
from kasf_demo.errors import OutputError
from kasf_demo.serve.access import open_access
from kasf_demo.serve.config import ServeOptions
from kasf_demo.serve.service import open_service


def start(folder: Path) -> None:
    options = ServeOptions(folder, workers=1, command=STUB, state=folder.parent / "state")
    with open_service(options, open_access(options)) as service:
        assert service.clips.all() == []


@pytest.mark.parametrize(
    "name", ["serve_files", "serve_files/clips", "serve_files/pages", "batch_files", "batch_files/posters"]
)
def test_own_folders_that_are_links_are_refused(tmp_path: Path, name: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = tmp_path / "results" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere, target_is_directory=True)
    with pytest.raises(OutputError, match=r"it is a link.*another --dir"):
        start(tmp_path / "results")
    assert list(elsewhere.iterdir()) == []


def test_a_file_system_without_locks_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    start(tmp_path / "results")
    assert not caplog.messages

    def none(descriptor: int) -> bool:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock, "try_lock", none)
    start(tmp_path / "results")
    assert "no locks" in caplog.text and str(tmp_path / "results") in caplog.text
