"""--export from plan to files: names, checks before anything heavy, people, and the JSON report."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from command_line import call
from walker import Clip, walking_coco, write_clip, write_keypoints

from kasf_demo import analyse
from kasf_demo.errors import OutputError, UsageError
from kasf_demo.export.write import WRITERS
from kasf_demo.options import EXPORTS, FORMATS, Options, from_mapping
from kasf_demo.results.outputs import named, plan_outputs
from kasf_demo.viewer.from_result import KINDS

QUICK = {"video": False, "offline": True}
WITHOUT_OPENSIM = [name for name in EXPORTS if name != "opensim"]  # opensim/test_run.py


def test_all_formats_stand_beside_out(walk: Clip, tmp_path: Path) -> None:
    pytest.importorskip("ezc3d")
    pytest.importorskip("rerun")
    result = analyse(walk[0], tmp_path / "p.mp4", keypoints=walk[1], export=WITHOUT_OPENSIM, axes="camera", **QUICK)
    kinds = (
        "csv",
        "angles.csv",
        "feet.csv",
        "jumps.csv",
        "npz",
        "glb",
        "trc",
        "c3d",
        "bvh",
        "mot",
        "html",
        "rrd",
        "json",
    )
    names = [f"p.{kind}" for kind in kinds]
    assert [f.name for f in result.files] == names and sorted(names) == sorted(f.name for f in tmp_path.iterdir())
    report = json.loads((tmp_path / "p.json").read_text())
    assert [e["file"] for e in report["exports"]] == ["trc", "c3d", "bvh", "mot"] and not any(
        e["resampled"] for e in report["exports"]
    )
    (person,) = report["people"]
    assert person["angles"]["r_knee_flexion"]["frames"] == 45 and set(person["events"]) >= {"flights", "gait", "strike"}
    assert result.people[0].angles.deg.shape[0] == 45 and result.people[0].events.flights == ()
    assert result.people[0].pose.axes == "camera"
    assert np.nanmedian(result.people[0].angles["trunk_lean"]) < 30  # measured in world axes whatever the table holds
    with np.load(tmp_path / "p.npz") as f:
        assert str(f["axes"]) == "camera" and f["xyz_m"][0, 0, 0, 2] > 1  # z is depth there


def test_everybody_has_files_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = [walking_coco(40, x0=80), walking_coco(40, x0=220)]
    clip, keypoints = write_clip(tmp_path / "c.mp4", people), write_keypoints(tmp_path / "k.json", people)
    args = [clip, "--keypoints", keypoints, "--athlete", "all", "--no-video", "--offline", "--out", tmp_path / "p.mp4"]
    call(*args, "--export", "trc, bvh", "--export", "npz", code=0, capsys=capsys)
    made = {p.name for p in tmp_path.iterdir()} - {"c.mp4", "k.json"}
    assert made == {"p.csv", "p.npz", "p.p1.trc", "p.p2.trc", "p.p1.bvh", "p.p2.bvh", "p.json"}
    (tmp_path / "p.csv").unlink()
    (tmp_path / "p.json").unlink()
    assert "p.p1.trc" in call(*args, "--export", "trc", code=6, capsys=capsys)  # nothing is replaced unasked


def test_nobody_in_the_clip(tmp_path: Path) -> None:
    people = [walking_coco(12)]
    clip = write_clip(tmp_path / "c.mp4", people)
    keypoints = write_keypoints(tmp_path / "k.json", people, np.zeros(12, bool))
    result = analyse(clip, tmp_path / "p.mp4", keypoints=keypoints, export="csv,npz,trc,bvh", **QUICK)
    assert [f.name for f in result.files] == ["p.csv", "p.angles.csv", "p.npz", "p.json"] and result.people == []
    assert len((tmp_path / "p.angles.csv").read_text().splitlines()) == 13


def test_the_plan_refuses_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip, out = tmp_path / "c.mp4", tmp_path / "p.mp4"
    clip.touch()
    (tmp_path / "p.angles.csv").touch()
    with pytest.raises(OutputError, match=r"p\.angles\.csv: already exists"):
        plan_outputs(clip, out, Options(export=("csv",)))
    assert plan_outputs(clip, out, Options(export=("csv",), overwrite=True)).exports["csv"].name == "p.angles.csv"
    (tmp_path / "p.trc").mkdir()
    with pytest.raises(OutputError, match=r"p\.trc: is a folder"):
        plan_outputs(clip, out, Options(export=("trc",), overwrite=True))
    with pytest.raises(UsageError, match="replace the input"):
        plan_outputs(clip, out, Options(export=("npz",), keypoints=_made(tmp_path / "p.npz"), overwrite=True))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'kasf-demo\[formats\]'"):
        plan_outputs(clip, out, Options(export=("c3d",)))
    with pytest.raises(UsageError, match=r"pip install 'kasf-demo\[opensim\]'"):
        plan_outputs(clip, out, Options(export=("opensim",)))


def _made(path: Path) -> Path:
    path.touch()
    return path


def test_what_export_takes() -> None:
    assert (
        from_mapping({"export": "trc, C3D,trc"}).export
        == ("trc", "c3d")
        == from_mapping({"export": ["trc", "c3d"]}).export
    )
    with pytest.raises(UsageError, match="'fbx' is unknown; one or several of csv,json"):
        from_mapping({"export": "fbx"})
    with pytest.raises(UsageError, match="not a valid value"):
        from_mapping({"export": 3})
    with pytest.raises(UsageError, match="exclude each other"):
        from_mapping({"export": "csv", "csv": False})


def test_clips_of_a_folder_whose_files_would_meet(
    walk: Clip, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    for name in ("a.mp4", "a.angles.mp4"):
        (clips / name).touch()
    err = call(clips, "--out", tmp_path / "res", "--export", "csv", code=2, capsys=capsys)
    assert "a.angles" in err and "rename" in err
    assert not (tmp_path / "res").exists()


def test_each_format_has_its_writer() -> None:
    """The table of formats and the writers name the same: of one person's files, and of pages."""
    assert {*WRITERS, "opensim"} == {name for name, form in FORMATS.items() if form.per_person}
    assert set(KINDS) == {name for name, form in FORMATS.items() if form.page}
    suffixes = [suffix for form in FORMATS.values() for suffix in (form.suffix, *form.more.values())]
    assert len(set(suffixes)) == len(suffixes)


def test_the_files_of_opensim(tmp_path: Path) -> None:
    """The TRC comes along; each person has files of their own with --athlete all; the user's model is no output."""
    one = named(tmp_path / "p.mp4", Options(export=("opensim", "trc")))
    assert [f.name for f in one.exports.values()] == ["p.ik.mot", "p.osim", "p.ik.json", "p.trc"]
    many = named(tmp_path / "p.mp4", Options(export=("opensim",), athlete="all"))
    assert many.of_person("opensim.json", 2).name == "p.ik.p2.json" and many.of_person("trc", 2).name == "p.p2.trc"
    assert {f.name for f in many.all()} == {"p.mp4", "p.csv", "p.json"}
