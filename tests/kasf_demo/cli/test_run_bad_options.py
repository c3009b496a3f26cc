"""Values that no option can have, as flags, in a config file, in a manifest and from Python: one line with the remedy,
at once."""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import time
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import av
import pytest
from command_line import call
from walker import Clip

from kasf_demo import analyse, cli
from kasf_demo.batch.manifest import read_manifest
from kasf_demo.detect.keypoint_files.formats import load_keypoints
from kasf_demo.errors import EXIT_MEMORY, InputError, UsageError, is_out_of_memory, shown
from kasf_demo.options import Options, flag, from_mapping, from_toml
from kasf_demo.options.options import HINTS

DIGITS = "9" * 6000
BAD_NUMBERS = ["", " ", "nan", "inf", "-inf", "-1e9", "1e999", "1e999999999", "wide", "1,2,3", DIGITS]
KINDS = {f.name: {HINTS[f.name], *get_args(HINTS[f.name])} for f in dataclasses.fields(Options)}
NUMBERS = [name for name, kinds in KINDS.items() if {int, float, Fraction} & kinds]
TEXTS = [name for name, kinds in KINDS.items() if {str, Path} & kinds and name != "export"]


@pytest.mark.parametrize("value", BAD_NUMBERS)
@pytest.mark.parametrize("name", [*(n for n in NUMBERS if n != "view"), "view"])
def test_bad_numbers_are_refused_everywhere(
    name: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.process_time()
    for given in (value, f"{value},0", f"0,{value}") if name == "view" else (value,):
        with pytest.raises(UsageError) as e:
            from_mapping({name: given})
        assert e.value.remedy and len(str(e.value)) < 300
    if value in ("nan", "-1e9", "1e999", DIGITS):  # as flags: the others are the same to typer
        err = call("x.mp4", flag(name), value, code=2, capsys=capsys)
        assert len(err.splitlines()) == 1 and len(err) < 400
    (tmp_path / "m.jsonl").write_text(json.dumps({"clip": "a.mp4", flag(name)[2:]: value}))
    with pytest.raises(UsageError, match="line 1"):
        read_manifest(tmp_path / "m.jsonl")
    assert time.process_time() - began < 5


@pytest.mark.parametrize("name", ["height_m", "fps", "heads", "stream", "start_s", "view"])
@pytest.mark.parametrize(
    "value", [10**6000, -(10**6000), float("inf"), float("nan"), True, [], {}, object()], ids=range(8)
)
def test_bad_numbers_from_python(name: str, value: Any) -> None:
    with pytest.raises(UsageError):
        from_mapping({name: value})


@pytest.mark.parametrize("view", ["95,0", "-90.1,0", "0,361", "12", "1,2,3", ",", "nan,nan"])
def test_views_that_there_are_not(view: str) -> None:
    with pytest.raises(UsageError, match="--view"):
        from_mapping({"view": view})
    assert from_mapping({"view": "90,-360"}).view == (90.0, -360.0)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("value", ["", "  ", "a\0b", "\ud800", 1.5, True, b"a.html", []])
def test_texts_that_are_no_names(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=flag(name)):
        from_mapping({name: value})


@pytest.mark.parametrize(
    "words",
    [
        [""],
        ["run", ""],
        ["x.mp4", "--out", ""],
        ["x.mp4", "--out="],
        ["x.mp4", "--config", ""],
        ["x.mp4", "--keypoints", ""],
        ["batch", "", "--out", "o"],
        ["batch", "x", "--root", ""],
        ["batch", "x", "--upload="],
        ["batch", "x", "--ray", " "],
        ["eval", "", "--truth", "t"],
        ["eval", "r.csv", "--truth", ""],
        ["compare", "a.csv", "", "--html="],
        ["demo", ""],
        ["weights", "convert", "", "x"],
        ["weights", "fetch", ""],
    ],
)
def test_empty_arguments(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert "empty" in call(*words, code=2, capsys=capsys)


def test_a_command_that_is_nearly_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for word, meant in (
        ("evla", "eval"),
        ("bacth", "batch"),
        ("compar", "compare"),
        ("Demo", "demo"),
        ("docter", "doctor"),
    ):
        assert f"did you mean `kasf-demo {meant}`" in call(word, "x", code=2, capsys=capsys)
        (tmp_path / word).touch()
        assert "empty (0 bytes)" in call(word, code=4, capsys=capsys)  # a clip
    assert "no such file" in call("demo.mp4", code=4, capsys=capsys)
    assert "--height" in call("x.mp4", "--hieght", "1.8", code=2, capsys=capsys)
    assert "list" in call("weights", "lst", code=2, capsys=capsys)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("fps = '1e999'", "--fps"),
        ("fps = 1e999", "--fps"),
        (f"height = {DIGITS}", "thousands of digits"),
        ("a." * 50_000 + "b = 1", "bytes"),
        ("a." * 25_000 + "b = 1", "too many parts"),
        ("[" + "a." * 5_000 + "b]", "too many parts"),
        ('x = {"a"' + '."a"' * 5_000 + " = 1}", "too many parts"),
        ("view = " + "[" * 9_000 + "]" * 9_000, "nested"),
        ("height = = 1", "not valid TOML"),
        ("height = 1\nheight = 2", "not valid TOML"),
        ("[height]\nx = 1", "--height"),
        ("#" * 10_000_000, "bytes"),
        ("html = ''", "--html is empty"),
        ("x" * 5_000 + " = 1", "unknown option"),
        (b"height = 1 # \xff\xfe", "not UTF-8"),
        (b"\x00", "not valid TOML"),
    ],
)
def test_config_files_that_are_none(text: str | bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    began = time.process_time()
    with pytest.raises(UsageError, match=says) as e:
        from_mapping(from_toml(path))
    assert time.process_time() - began < 2 and "\n" not in str(e.value) and len(str(e.value)) < 600 + len(str(path))


def test_things_that_are_no_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    for path in (
        tmp_path / "pipe.csv",
        Path("/dev/zero"),
        Path("/dev/null"),
        tmp_path / "folder.csv",
        tmp_path / "none",
        Path("x" * 300),
    ):
        assert call("x.mp4", "--config", path, code=2, capsys=capsys).count("error: ") == 1
    assert "pipe" in call("batch", tmp_path / "pipe.csv", "--out", tmp_path / "o", code=2, capsys=capsys)
    assert "--root" in call(
        "batch", tmp_path / "pipe.csv", "--root", tmp_path / "none", "--out", tmp_path / "o", code=2, capsys=capsys
    )


def test_keypoints_that_are_no_file_are_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("kasf_demo.pipeline.Engine", lambda *_: pytest.fail("networks before the path was looked at"))
    clip, folder = tmp_path / "clip.mp4", tmp_path / "openpose"
    clip.touch()
    folder.mkdir()
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(folder / "a_000000_keypoints.json")
    for path in (tmp_path / "pipe", Path("/dev/zero"), Path("/dev/null"), tmp_path / "none", Path("x" * 300)):
        assert str(path)[:60] in call(clip, "--out", tmp_path / "o.mp4", "--keypoints", path, code=4, capsys=capsys)
        with pytest.raises(InputError):
            analyse(clip, keypoints=path)
    with pytest.raises(InputError, match="pipe"):
        load_keypoints(folder)


@pytest.mark.parametrize(
    ("out", "remedy"),
    [
        (".", "--out clip_pose.mp4"),
        ("..", "--out ../clip_pose.mp4"),
        ("/", "--out /clip_pose.mp4"),
        ("none/..", "--out clip_pose.mp4"),
        ("folder", "--out folder/clip_pose.mp4"),
        ("pose", "--out pose.mp4"),
    ],
)
def test_results_without_a_name(
    out: str, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("clip.mp4").touch()
    assert call("clip.mp4", "--out", out, "--overwrite", code=2, capsys=capsys).endswith(f"use {remedy}\n")


def test_a_link_that_leads_nowhere_and_a_word_that_is_no_choice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "clip.mp4").symlink_to(tmp_path / "none")
    assert "symbolic link" in call(tmp_path / "clip.mp4", "--out", tmp_path / "o.mp4", code=4, capsys=capsys)
    err = call("x.mp4", "--axes", "nope", code=2, capsys=capsys)
    assert "'nope' is not one of 'world', 'camera'; see" in err and "Value error" not in err


def test_a_manifest_does_not_leave_its_folder_by_links(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    for name in ("a.mp4", "k.json", "w.pth"):
        (outside / name).touch()
        (inside / name).symlink_to(outside / name)
    (inside / "folder").symlink_to(outside)
    (inside / "fine.mp4").touch()
    (inside / "also.mp4").symlink_to("fine.mp4")
    manifest = inside / "m.jsonl"
    for row in ({"clip": "a.mp4"}, {"clip": "folder/a.mp4"}, {"clip": "fine.mp4", "keypoints": "k.json"},
                {"clip": "fine.mp4", "weights": "w.pth"}, {"clip": "fine.mp4", "weights": "../out/w.pth"},
                {"clip": "fine.mp4", "detector-weights": "/etc/passwd"},
                {"clip": "fine.mp4", "detector_weights": "folder/w.pth"}):  # fmt: skip
        manifest.write_text(json.dumps(row))
        with pytest.raises(UsageError, match="leads out of"):
            read_manifest(manifest)
    manifest.write_text(json.dumps({"clip": "also.mp4", "weights": "kasf-open-s"}))
    assert read_manifest(manifest)[0].changes["weights"] == "kasf-open-s"
    for row, says in (({"clip": "also.mp4", "html": "x.html"}, "whole batch"), ({"clip": "\ud800"}, "not a path")):
        manifest.write_text(json.dumps(row))
        with pytest.raises(UsageError, match=says):
            read_manifest(manifest)


def test_memory_that_is_used_up(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    errors = [
        MemoryError(),
        OSError(12, "Cannot allocate memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
        RuntimeError("std::bad_alloc"),
        ImportError("libtorch_cpu.so: failed to map segment from shared object"),
        av.error.BlockingIOError(11, "Resource temporarily unavailable"),  # no thread for a conversion
        ValueError("x"),
        BlockingIOError(11, "Resource temporarily unavailable"),
    ]
    assert [is_out_of_memory(e) for e in errors] == [True] * 6 + [False] * 2
    for error in errors[:6]:

        def fails(*_: Any, error: BaseException = error, **__: Any) -> int:
            raise error

        monkeypatch.setattr("kasf_demo.cli.run.check", fails)
        assert "memory" in call("x.mp4", code=EXIT_MEMORY, capsys=capsys)


def test_too_little_memory_to_begin(
    walk: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    limits = importlib.import_module("resource")
    monkeypatch.setattr(limits, "getrlimit", lambda _: (900_000_000, limits.RLIM_INFINITY))
    words = ["--keypoints", str(walk[1]), "--out"]
    for command in ([str(walk[0]), *words, str(tmp_path / "o.mp4")], ["batch", str(walk[0]), *words, str(tmp_path)]):
        said = call(*command, code=EXIT_MEMORY, capsys=capsys)
        assert "0.9 GB" in said and "ulimit -v" in said and "o.mp4" not in [p.name for p in tmp_path.iterdir()]


def test_values_are_shown_short() -> None:
    assert shown(1.5) == "1.5" and len(shown("x" * 9000)) < 100 and "digits" in shown(10**6000)


def test_help_names_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--help"], ["batch", "--help"], ["weights", "--help"], ["eval", "--help"]):
        with pytest.raises(SystemExit):
            cli.main(words)
        assert capsys.readouterr().out.startswith("Usage: kasf-demo ")
