"""A process that is killed while it replaces a result: the next run finds all of the earlier or all of the new
result."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from kasf_demo.files import output_set
from kasf_demo.files.output_set import OutputSet
from kasf_demo.files.restore import restore_results, tidy_up

STEM = "a long name of a result, of more than forty letters"
OLD = {".mp4": "old video", ".csv": "old table", ".pdf": "old report"}
NEW = {".mp4": "new video", ".csv": "new table", ".trc": "new markers"}


def report_of(files: dict[str, str]) -> str:
    return json.dumps({"files": {STEM + end: hashlib.sha256(text.encode()).hexdigest() for end, text in files.items()}})


def whole(files: dict[str, str]) -> dict[str, str]:
    return {STEM + end: text for end, text in (files | {".json": report_of(files)}).items()}


def replace_and_die(folder: Path, function: str, number: int) -> bool:
    """Replaces the old by the new result in a process of its own, which is killed before call `number` of `function`;
    False if it ended before that."""
    pid = os.fork()
    if pid == 0:
        calls, real = [0], getattr(os, function)

        def counted(*args: object, **keywords: object) -> object:
            if calls[0] == number:
                os.kill(os.getpid(), signal.SIGKILL)
            calls[0] += 1
            return real(*args, **keywords)

        with OutputSet(overwrite=True) as files:
            for end, text in {**NEW, ".json": report_of(NEW)}.items():
                with files.writing(folder / (STEM + end)) as part:
                    part.write_text(text)
            setattr(output_set.os, function, counted)
            files.publish(last=folder / f"{STEM}.json", obsolete=[folder / f"{STEM}.pdf"])
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def contents(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in folder.iterdir()}


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_killed_at_any_moment_of_the_replacement(tmp_path: Path) -> None:
    report, put_back = tmp_path / f"{STEM}.json", 0
    for function in ("link", "replace", "unlink"):
        for number in range(50):
            for path in tmp_path.iterdir():
                path.unlink()
            for name, text in (whole(OLD) | {"other.mp4": "mine"}).items():
                (tmp_path / name).write_text(text)
            if not replace_and_die(tmp_path, function, number):
                break
            lines = tidy_up(report, [report, *(tmp_path / (STEM + end) for end in {**OLD, **NEW})])
            assert contents(tmp_path) in [whole(result) | {"other.mp4": "mine"} for result in (OLD, NEW)], (
                function,
                number,
            )
            put_back += any(line.startswith("put back") for line in lines)
            assert not tidy_up(report, [report])
        assert number, function
    assert put_back > 5


def test_what_is_not_all_there_is_left(tmp_path: Path) -> None:
    report = tmp_path / "p.json"
    hidden = tmp_path / f".p.o{2**22 + 1}-01234567.part.json"  # no process has that number
    hidden.write_text(json.dumps({"files": {"p.csv": "0" * 64}}))
    (tmp_path / "p.csv").write_text("of another run")
    assert restore_results([report]) == [] and hidden.exists()
    for text in ("", "[]", '{"files": {"../x": "0"}}', "{" * 9999):
        hidden.write_text(text)
        assert restore_results([report]) == []
    assert tidy_up(report, [tmp_path / "q.csv", tmp_path / "none" / "p.csv"]) == []
    assert tidy_up(report, [report]) == ["removed 1 unfinished files of an earlier run"]
    assert contents(tmp_path) == {"p.csv": "of another run"}
