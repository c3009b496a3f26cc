"""--rerun: the recording, read back with the sdk's own reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pages import a_page, athlete, constant_times, take
from readers import rrd
from walker import Clip

from kasf_demo import analyse
from kasf_demo.errors import OutputError, UsageError
from kasf_demo.options import Options, from_mapping
from kasf_demo.results.outputs import plan_outputs
from kasf_demo.types.motion import ANGLES
from kasf_demo.viewer import GREY, Page
from kasportsformer.skeleton import H36M

pytest.importorskip("rerun.chunk", reason="needs rerun-sdk: pip install 'kasf-demo[rerun]'")


def column(rows: dict[str, list[Any]], ending: str) -> list[Any]:
    (found,) = [values for name, values in rows.items() if name.endswith(ending)]
    return found


def test_what_is_in_the_recording(tmp_path: Path) -> None:
    from kasf_demo.viewer.rerun import write_rerun

    times_s = constant_times(20)
    page = a_page(times_s)
    valid = np.ones(20, bool)
    valid[5:8] = False
    person = athlete(times_s)
    gap = take(person)
    page = Page(
        page.title, [type(gap)(**{**vars(gap), "valid": valid, "marks": [(0.4, "r", "Kick")]})], page.picture, page.lens
    )
    write_rerun(tmp_path / "p.rrd", page)
    logged = rrd(tmp_path / "p.rrd")
    joints = logged["/world/1_Person_1/joints"]
    positions = [row for row in column(joints, "positions") if row is not None]
    assert [len(row) for row in positions] == [0 if 5 <= k < 8 else 17 for k in range(20)]
    assert np.allclose(positions[9], person.pose.xyz[9], atol=1e-5)
    seconds = np.array([t for t in joints["time"] if t is not None]) / 1e9
    assert np.allclose(seconds, times_s, atol=1e-6) and [f for f in joints["frame"] if f is not None] == list(range(20))
    uv = [row for row in column(logged["/picture/1_Person_1/joints"], "positions") if row is not None]
    assert (
        page.picture is not None
        and page.picture.video_px == (320, 180)
        and np.allclose(uv[3], person.h36m.xy[3], atol=0.01)
    )
    video = logged["/picture/video"]
    stamps = [row[0] for row in column(video, "timestamp") if row]
    assert np.allclose(np.array(stamps, float) / 1e9, page.picture.media_s, atol=1e-6)
    blob = next(row[0] for row in column(video, "blob") if row)
    assert bytes(blob) == page.picture.mp4
    for k, name in enumerate(ANGLES):
        values = [row[0] for row in column(logged[f"/angles_deg/1_Person_1/{name}"], "scalars") if row]
        assert gap.angles is not None and np.allclose(values, gap.angles.deg[:, k], equal_nan=True)
    assert column(logged["/moments/1_Person_1"], "text") == [["Kick (r)"]]
    assert [len(strip) for strip in next(r for r in column(logged["/world/1_Person_1/path"], "strips") if r)] == [5, 12]
    with pytest.raises(OutputError, match="already exists"):
        write_rerun(tmp_path / "p.rrd", page)
    assert [p.name for p in tmp_path.iterdir()] == ["p.rrd"]


def test_doubtful_joints_are_greyish(tmp_path: Path) -> None:
    from kasf_demo.viewer.rerun import write_rerun

    times_s = constant_times(6)
    one = take(athlete(times_s))
    doubtful = np.zeros((6, 17), bool)
    doubtful[3, H36M["r_ankle"]] = True
    write_rerun(tmp_path / "p.rrd", Page("x", [type(one)(**{**vars(one), "doubtful": doubtful})]))
    logged = rrd(tmp_path / "p.rrd")
    for part, count in (("joints", 1), ("bones", 1)):  # the ankle, and its shin
        colours = np.array([row for row in column(logged[f"/world/1_Person_1/{part}"], "colors") if row is not None])
        assert (colours[[0, 1, 2, 4, 5]] == colours[0]).all() and (colours[3] != colours[0]).sum() == count


def test_names_picture_and_colour(tmp_path: Path) -> None:
    from kasf_demo.viewer.rerun import write_rerun

    times_s = constant_times(4)
    takes = [take(athlete(times_s), name="a/b <i> ..\n"), take(athlete(times_s), name="", colour=GREY)]
    write_rerun(tmp_path / "p.rrd", Page("<x>/../y", takes))
    entities = {name for name in rrd(tmp_path / "p.rrd") if name.startswith("/world/")}
    assert entities >= {"/world/1_a_b_i_n/joints", "/world/2_Person_1/joints"} and not any(
        "picture" in name for name in entities
    )


def test_a_run_writes_it(walk: Clip, tmp_path: Path) -> None:
    result = analyse(walk[0], tmp_path / "p.mp4", keypoints=walk[1], export="rerun", offline=True)
    assert [f.name for f in result.files] == ["p.mp4", "p.csv", "p.rrd", "p.json"]
    assert "/picture/video" in rrd(tmp_path / "p.rrd")
    analyse(walk[0], tmp_path / "q.mp4", keypoints=walk[1], rerun=tmp_path / "r.rrd", video=False, offline=True)
    assert "/picture/video" not in rrd(tmp_path / "r.rrd")


def test_the_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip, out = tmp_path / "c.mp4", tmp_path / "p.mp4"
    clip.touch()
    assert plan_outputs(clip, out, Options(export=("rerun",))).exports["rerun"] == tmp_path / "p.rrd"
    with pytest.raises(UsageError, match=r"ending \.rrd"):
        from_mapping({"rerun": "p.mp4"})
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'kasf-demo\[rerun\]'"):
        plan_outputs(clip, out, Options(export=("rerun",)))
