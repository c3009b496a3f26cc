"""Files appear whole or not at all."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from kasf_demo.errors import OutputError
from kasf_demo.files import atomic
from kasf_demo.files.atomic import atomic_write_path, part_path, publish, same_file


def test_written_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    with atomic_write_path(target) as part:
        part.write_text("one")
        assert not target.exists() and part.parent == tmp_path and part.name.startswith(".") and part.suffix == ".csv"
    assert target.read_text() == "one"
    assert os.listdir(tmp_path) == ["a.csv"]


def test_nothing_is_left_after_an_error(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic_write_path(target, overwrite=True) as part:
        part.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old" and os.listdir(tmp_path) == ["a.csv"]


def test_existing_is_kept_without_overwrite(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    target.write_text("old")
    with pytest.raises(OutputError, match="--overwrite") as error, atomic_write_path(target) as part:
        part.write_text("new")
    assert error.value.exit_code == 6 and target.read_text() == "old"
    with atomic_write_path(target, overwrite=True) as part:
        part.write_text("new")
    assert target.read_text() == "new"


def test_one_that_appears_meanwhile_is_not_clobbered(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    with pytest.raises(OutputError, match="already exists"), atomic_write_path(target) as part:
        part.write_text("mine")
        target.write_text("theirs")
    assert target.read_text() == "theirs" and os.listdir(tmp_path) == ["a.csv"]


def test_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    target = tmp_path / "a.csv"
    with atomic_write_path(target) as part:
        part.write_text("one")
    assert target.read_text() == "one"
    with pytest.raises(OutputError), atomic_write_path(target) as part:
        part.write_text("two")
    assert target.read_text() == "one" and os.listdir(tmp_path) == ["a.csv"]


def test_many_writers_one_wins(tmp_path: Path) -> None:
    target, won = tmp_path / "a.csv", []

    def write(k: int) -> None:
        try:
            part = part_path(target)
            part.write_text(str(k))
            publish(part, target, overwrite=False)
            won.append(k)
        except OutputError:
            part.unlink()

    threads = [threading.Thread(target=write, args=(k,)) for k in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and target.read_text() == str(won[0]) and os.listdir(tmp_path) == ["a.csv"]


def test_bad_places_name_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for target, word in (
        (tmp_path / "none" / "a.csv", "does not exist"),
        (tmp_path / "file" / "a.csv", "file, not a folder"),
    ):
        with pytest.raises(OutputError, match=word) as error, atomic_write_path(target):
            raise AssertionError
        assert str(target.parent) in str(error.value)
    with pytest.raises(OutputError, match="is a folder"), atomic_write_path(tmp_path):
        raise AssertionError


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT, errno.EFBIG])
def test_system_errors_become_output_errors(tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OutputError, match="cannot write in the folder") as error, atomic_write_path(tmp_path / "a.csv"):
        raise OSError(code, os.strerror(code))
    assert error.value.remedy and str(tmp_path) in str(error.value) and "\n" not in str(error.value)

    def fails(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(atomic, "_sync", fails)
    with pytest.raises(OutputError), atomic_write_path(tmp_path / "a.csv") as part:
        part.write_text("x")
    assert os.listdir(tmp_path) == []


def test_pipes_and_devices_are_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(OutputError, match="pipe or a device"), atomic_write_path(path, overwrite=True):
            pytest.fail("written")
    assert (tmp_path / "pipe").is_fifo() and Path("/dev/null").is_char_device()


def test_long_and_odd_names(tmp_path: Path) -> None:
    for name in ("語" * 80 + ".csv", "a" * 250 + ".csv", os.fsdecode(b"\xff\xfe.csv"), "noext", ".hidden", "%03d.csv"):
        with atomic_write_path(tmp_path / name) as part:
            part.write_text("x")
        assert (tmp_path / name).read_text() == "x"


def test_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = tmp_path / "a.mp4", tmp_path / "b.mp4"
    a.write_text("a")
    b.write_text("b")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "soft.mp4").symlink_to("a.mp4")
    os.link(a, tmp_path / "hard.mp4")
    for other in ("a.mp4", "./a.mp4", "soft.mp4", "hard.mp4"):
        assert same_file(a, Path(other))
    assert not same_file(a, b)
    assert same_file(Path("new.mp4"), tmp_path / "x" / ".." / "new.mp4")
    assert not same_file(a, Path("new.mp4"))
