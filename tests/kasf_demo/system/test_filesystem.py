"""Replacing and removing files that others have open, or that are read-only: as Windows answers, stubbed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kasf_demo.errors import OutputError
from kasf_demo.files.atomic import atomic_write_path
from kasf_demo.files.output_set import OutputSet
from kasf_demo.system import filesystem


class Denied:
    """In place of os.replace or os.unlink: denied so many times, as for a file that another program has open."""

    def __init__(self, times: int, real: object) -> None:
        self.times, self.real = times, real

    def __call__(self, *paths: Path) -> None:
        if self.times:
            self.times -= 1
            raise PermissionError(13, "Access is denied", str(paths[-1]))
        self.real(*paths)  # type: ignore[operator]


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filesystem, "WINDOWS", True)
    monkeypatch.setattr(filesystem, "PATIENCE_S", 0.3)


@pytest.mark.usefixtures("windows")
def test_a_scanner_that_has_the_file_open_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("new")
    (tmp_path / "b").write_text("old")
    (tmp_path / "b").chmod(0o444)
    monkeypatch.setattr(os, "replace", Denied(2, os.replace))
    filesystem.replace(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_text() == "new"
    monkeypatch.setattr(os, "unlink", Denied(2, os.unlink))
    filesystem.unlink(tmp_path / "b")
    assert not (tmp_path / "b").exists()


@pytest.mark.usefixtures("windows")
def test_a_player_that_keeps_the_file_is_an_error_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "pose.csv"
    target.write_text("old")
    monkeypatch.setattr(os, "replace", Denied(10**6, os.replace))
    with (
        pytest.raises(OutputError, match="another program has the file open; close it there"),
        atomic_write_path(target, overwrite=True) as part,
    ):
        part.write_text("new")
    assert target.read_text() == "old" and os.listdir(tmp_path) == ["pose.csv"]


def test_elsewhere_a_denial_is_final(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    denied = Denied(1, os.replace)
    monkeypatch.setattr(os, "replace", denied)
    with pytest.raises(PermissionError):
        filesystem.replace(tmp_path / "a", tmp_path / "b")
    assert denied.times == 0 and not filesystem.is_in_use(PermissionError(13, "no"))


@pytest.mark.usefixtures("windows")
def test_an_earlier_result_that_is_open_stays_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The video of the earlier result is open in a player: none of its files is replaced."""
    earlier = {"pose.mp4": "old video", "pose.csv": "old table", "pose.json": '{"files": {}}'}
    for name, text in earlier.items():
        (tmp_path / name).write_text(text)
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        if Path(target).name == "pose.mp4" and "f" in Path(source).name.rsplit(".", 4)[2][:1]:
            raise PermissionError(13, "Access is denied")
        real(source, target)

    with OutputSet(overwrite=True) as files:
        for name in earlier:
            with files.writing(tmp_path / name) as part:
                part.write_text("new")
        monkeypatch.setattr(os, "replace", replace)
        with pytest.raises(OutputError, match="another program has the file open"):
            files.publish(last=tmp_path / "pose.json")
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == earlier
