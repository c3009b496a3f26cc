"""IN... to clips: folders, patterns, manifests, names; what is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kasf_demo.batch.discover import discover
from kasf_demo.batch.manifest import read_manifest
from kasf_demo.batch.names import refuse_collisions
from kasf_demo.errors import InputError, KasfError, UsageError
from kasf_demo.options import Options, from_mapping


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    d = tmp_path / "clips"
    for name in (
        "b.mp4",
        "a.MOV",
        ".hidden.mp4",
        "notes.txt",
        "noext",
        "sub/c.mkv",
        "sub/deep/d.webm",
        ".git/e.mp4",
        "res/old.mp4",
    ):
        (d / name).parent.mkdir(parents=True, exist_ok=True)
        (d / name).touch()
    (d / "sub" / "up").symlink_to(d)  # a loop
    (d / "gone.mp4").symlink_to("nowhere.mp4")
    return d


def names(tree: Path, *inputs: str, **more: object) -> list[str]:
    return [c.name for c in discover(list(inputs) or [str(tree)], out=tree / "res", **more).clips]  # type: ignore[arg-type]


def test_a_folder_is_searched_to_the_bottom(tree: Path) -> None:
    found = discover([str(tree)], out=tree / "res")
    assert [c.name for c in found.clips] == ["a", "b", "gone", "sub/c", "sub/deep/d"]
    why = {Path(s.path).name: s.why for s in found.skipped}
    assert why[".hidden.mp4"] == why[".git"] == "hidden" and "results" in why["res"] and "already" in why["up"]
    assert found.others == {".txt": 1, "(none)": 1}
    assert names(tree, recursive=False) == ["a", "b", "gone"]


def test_patterns_and_files(tree: Path) -> None:
    assert names(tree, f"{tree}/*.mp4") == ["b", "gone"]
    assert names(tree, f"{tree}/s*/*.mkv") == ["sub/c"]  # relative to what comes before the first wildcard
    assert names(tree, f"{tree}/**/*.webm") == ["sub/deep/d"]
    assert names(tree, f"{tree}/sub") == ["c", "deep/d", "up/a", "up/b", "up/gone"]
    # named is named; twice is once
    assert names(tree, f"{tree}/noext", f"{tree}/b.mp4", str(tree / "b.mp4")) == ["noext", "b"]
    (tree / "odd[1].mp4").touch()
    assert names(tree, f"{tree}/odd[1].mp4") == ["odd[1]"]  # what exists is no pattern
    for missing in (f"{tree}/none.mp4", f"{tree}/none*.mp4"):
        with pytest.raises(InputError):
            names(tree, missing)


def test_manifests(tree: Path, tmp_path: Path) -> None:
    table = tree / "list.csv"
    head = "\ufeffclip, athlete, height, start, end, name, constant-bones\n"
    table.write_text(head + 'b.mp4,2,1.8,,,,yes\n\nsub/c.mkv,"10,20",,0.5,2,monday/kick,\n')
    first, second = read_manifest(table)
    assert (first.name, first.path) == ("b", tree / "b.mp4") and second.name == "monday/kick"
    options = from_mapping(dict(first.changes))
    assert (options.athlete, options.height_m, options.constant_bones) == ("2", 1.8, True)
    options = from_mapping(dict(second.changes), Options(height_m=1.6))
    assert (options.athlete, options.height_m, options.start_s, options.end_s) == ("10,20", 1.6, 0.5, 2.0)
    lines = tree / "list.jsonl"
    lines.write_text('{"file": "b.mp4", "height_m": 1.7, "view": [10, 20], "end": null}\n')
    assert from_mapping(dict(read_manifest(lines)[0].changes)).view == (10, 20)
    other = tmp_path / "elsewhere.csv"
    other.write_text(f"path\n{tree}/b.mp4\nsub/c.mkv\n")
    assert [c.name for c in read_manifest(other, tree)] == ["b", "sub/c"]


@pytest.mark.parametrize(
    "path",
    [
        "../../etc/x",
        "/etc/passwd",
        "C:\\x",
        "c:/x",
        "http://169.254.169.254/",
        "file:///etc/passwd",
        "s3://b/x.mp4",
        "\\\\host\\share\\x.mp4",
        "sub/../../x.mp4",
        ".",
        "a\0b.mp4",
    ],
)
def test_paths_that_leave_the_manifests_folder(tree: Path, path: str) -> None:
    manifest = tree / "m.jsonl"
    manifest.write_text(json.dumps({"clip": path}))
    with pytest.raises(UsageError, match="line 1"):
        read_manifest(manifest)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("clip\n", "no clips"),
        ("name\na\n", "expected a column"),
        ("clip,hight\nb.mp4,1.8\n", "did you mean 'height'"),
        ("clip,height\nb.mp4,18\n", "line 2: --height 18 is out of range"),
        ("clip,height\nb.mp4,tall\n", "not a valid value"),
        ("clip,overwrite\nb.mp4,yes\n", "whole batch"),
        ("clip\nb.mp4,1\n", "more cells"),
        ("clip,name\nb.mp4,../x\n", "without `..`"),
        ('clip\n"b.mp4\n', "not valid CSV"),
    ],
)
def test_bad_manifests(tree: Path, text: str, says: str) -> None:
    (tree / "m.csv").write_text(text)
    with pytest.raises(UsageError) as e:
        read_manifest(tree / "m.csv")
    assert says in str(e.value)


@pytest.mark.parametrize(
    ("clips", "options", "says"),
    [
        (["a.mp4", "a.mov"], {}, "both become"),
        (["A.mp4", "x/../a.mp4"], {}, "both become"),
        (["sub/a.mp4", "sub/a.gif"], {}, "both become"),
        (["a.mp4", "a.angles.mp4"], {"export": ("csv",)}, "both become"),
        (["summary.mp4"], {}, "of the batch"),
        (["batch_files/x.mp4"], {}, "of the batch"),
    ],
)
def test_collisions_are_refused(tmp_path: Path, clips: list[str], options: dict[str, object], says: str) -> None:
    jobs = [(str(Path(os.path.normpath(c)).with_suffix("")), tmp_path / c, Options(**options)) for c in clips]  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=says):
        refuse_collisions(jobs, tmp_path / "out")
    if len(clips) == 2 and options:
        refuse_collisions([(n, c, Options()) for n, c, _ in jobs], tmp_path / "out")  # without the exports all is well


def test_numbered_files_of_one_clip_and_plain_ones_of_another(tmp_path: Path) -> None:
    everybody, one = Options(export=("trc",), athlete="all"), Options(export=("trc",))
    with pytest.raises(UsageError, match="names of those of"):
        refuse_collisions(
            [("a", tmp_path / "a.mp4", everybody), ("a.p1", tmp_path / "a.p1.mp4", one)], tmp_path / "out"
        )
    # a.p1.p1.trc
    refuse_collisions(
        [("a", tmp_path / "a.mp4", everybody), ("a.p1", tmp_path / "a.p1.mp4", everybody)], tmp_path / "out"
    )


def test_a_result_never_replaces_its_clip(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    with pytest.raises(KasfError, match="replace it"):
        refuse_collisions([("a", tmp_path / "a.mp4", Options())], tmp_path)
