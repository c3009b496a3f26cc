"""All files of a run get their names together, or the earlier result stays as it was; whatever fails wherever."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kasf_demo.errors import OutputError
from kasf_demo.files import output_set
from kasf_demo.files.output_set import OutputSet, earlier_files, removal_line

OLD = {"p.mp4": "old video", "p.csv": "old table", "p.pdf": "old report", "p.json": "old json"}
NEW = {"p.mp4": "new video", "p.csv": "new table", "p.trc": "new markers", "p.json": "new json"}


class Interrupted(BaseException):
    """Ctrl-C, as the command line raises it."""


def contents(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in folder.iterdir()}


def write_new(folder: Path, *, overwrite: bool = True) -> None:
    with OutputSet(overwrite=overwrite) as files:
        for name, text in NEW.items():
            with files.writing(folder / name) as part:
                part.write_text(text)
            assert files.identities(folder)[name] == hashlib.sha256(text.encode()).hexdigest()
        files.publish(last=folder / "p.json", obsolete=[folder / "p.pdf"] if overwrite else [])


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    for name, text in OLD.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_all_together(earlier: Path) -> None:
    write_new(earlier)
    assert contents(earlier) == NEW


def test_new_ones_never_replace(earlier: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    write_new(fresh, overwrite=False)
    assert contents(fresh) == NEW
    with pytest.raises(OutputError, match="--overwrite"):
        write_new(fresh, overwrite=False)
    assert contents(fresh) == NEW


def test_one_that_appears_meanwhile_stays_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"p\.trc: already exists"), OutputSet(overwrite=False) as files:
        for name, text in NEW.items():
            with files.writing(tmp_path / name) as part:
                part.write_text(text)
        (tmp_path / "p.trc").write_text("mine")
        files.publish(last=tmp_path / "p.json")
    assert contents(tmp_path) == {"p.trc": "mine"}


def failing_at(
    number: int, function: Callable[..., Any], error: BaseException, *, after: bool
) -> tuple[Callable[..., Any], list[int]]:
    """`function`, whose call `number` fails, before or after it did its work."""
    calls: list[int] = []

    def fails(*args: Any, **keywords: Any) -> Any:
        calls.append(len(calls))
        if len(calls) - 1 == number and not after:
            raise error
        result = function(*args, **keywords)
        if len(calls) - 1 == number:
            raise error
        return result

    return fails, calls


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("kind", ["full", "interrupted"])
def test_whatever_fails_wherever(
    earlier: Path, kind: str, after: bool, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call that the file system gets, in turn: nothing but all of the earlier or all of the new result, and no
    hidden file."""
    error = OSError(errno.ENOSPC, "No space left on device") if kind == "full" else Interrupted()
    wanted = OutputError if kind == "full" else Interrupted
    seen = 0
    for function in ("replace", "rename", "link", "unlink", "open"):
        for number in range(200):
            for name in [*NEW, *OLD]:
                (earlier / name).unlink(missing_ok=True)
            for name, text in OLD.items():
                (earlier / name).write_text(text)
            with monkeypatch.context() as patch:
                if not links:
                    patch.setattr(os, "link", lambda *a, **k: (_ for _ in ()).throw(OSError(errno.EPERM, "no links")))
                fails, calls = failing_at(number, getattr(os, function), error, after=after)
                patch.setattr(output_set.os, function, fails)
                try:
                    write_new(earlier)
                    failed = False
                except wanted:
                    failed = True
            there = contents(earlier)
            leftovers = [name for name in there if ".part" in name]
            visible = {name: text for name, text in there.items() if name not in leftovers}
            assert visible in (OLD, NEW), (function, number, there)
            assert visible == OLD or not failed or kind == "interrupted" or function == "unlink", (
                function,
                number,
                there,
            )
            for name in leftovers:  # only where removing itself was made to fail
                assert function == "unlink" and (earlier / name).unlink() is None, (function, number, leftovers)
            seen += failed
            if number >= len(calls):
                break
    assert seen > 8


def a_report(folder: Path, files: Any, name: str = "p.json") -> Path:
    (folder / name).write_text(json.dumps({"schema": 1, "files": files}))
    return folder / name


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_only_unchanged_files_that_the_report_lists_are_the_runs_own(earlier: Path) -> None:
    outside = earlier / "sub"
    outside.mkdir()
    (outside / "x.pdf").write_text("x")
    (earlier / "mine.pdf").write_text("old report")  # the user's copy
    os.symlink(earlier / "mine.pdf", earlier / "p.svg")
    (earlier / "p.rrd").write_bytes(b"RRF2 .. clip_mp4_0123456789abcdef ..")
    (earlier / "q.rrd").write_bytes(b"RRF2 .. another ..")
    files = {
        "p.pdf": sha("old report"),
        "p.csv": sha("another table"),
        "p.mp4": sha("old video"),
        "p.trc": sha("gone"),
        "p.svg": sha("old report"),
        "sub/x.pdf": sha("x"),
        "../p.pdf": sha("x"),
        "": sha("x"),
        "..": sha("x"),
        "a\0b": sha("x"),
        "p.bvh": None,
        "p.png": 3,
        "p.rrd": "recording:clip_mp4_0123456789abcdef",
        "q.rrd": "recording:clip_mp4_0123456789abcdef",
        "mine.pdf": "recording:",
    }
    unchanged, changed = earlier_files(a_report(earlier, files), [earlier / "p.mp4"])
    assert {p.name for p in unchanged} == {"p.pdf", "p.rrd"} and {p.name for p in changed} == {"p.csv", "q.rrd"}
    assert (
        removal_line(unchanged[:1], changed[:1])
        == "of the earlier result: removed p.pdf; kept p.csv, changed since it was written"
    )
    assert removal_line([], []) == ""


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"schema": 1}', '{"files": 3}', '{"files": [1]}', "[" * 100_000, "\xff"]
)
def test_reports_without_a_list(text: str, tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(text, encoding="latin-1")
    assert earlier_files(tmp_path / "p.json", []) == ([], []) == earlier_files(tmp_path / "none.json", [])
