"""C3D files, read back by ezc3d."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from kicks import GAP, even, kicking

from body import as_pose
from kasf_demo.export.c3d import write_c3d
from kasf_demo.kinematics import measure
from kasf_demo.types.motion import ANGLES
from kasportsformer.skeleton import H36M_NAMES


def test_c3d(tmp_path: Path) -> None:
    ezc3d = pytest.importorskip("ezc3d")
    pose = kicking()
    later = as_pose(pose.xyz, valid=pose.valid, times_s=pose.times_s + 5)  # a run with --start 5
    motion = measure(later)
    assert motion.events.strike is not None
    write_c3d(tmp_path / "k.c3d", even(later), name="k.c3d")
    c = ezc3d.c3d(str(tmp_path / "k.c3d"))
    p = c["parameters"]
    assert tuple(p["POINT"]["LABELS"]["value"]) == (*H36M_NAMES, *ANGLES) and p["POINT"]["UNITS"]["value"] == ["mm"]
    assert p["POINT"]["RATE"]["value"][0] == pytest.approx(30) and p["POINT"]["FRAMES"]["value"][0] == 60
    points, residuals = c["data"]["points"], c["data"]["meta_points"]["residuals"][0]
    np.testing.assert_allclose(np.moveaxis(points[:3, :17], -1, 0).swapaxes(1, 2) / 1000, pose.xyz, atol=1e-5)
    np.testing.assert_allclose(points[0, 17:].T, motion.angles.deg, atol=1e-3)
    assert (residuals[:, GAP] == -1).all() and (residuals[:17, :20] >= 0).all() and np.isnan(points[:3, :, GAP]).all()
    marks = motion.events.marks()
    assert p["EVENT"]["LABELS"]["value"] == [label for _, _, label in marks] and p["EVENT"]["USED"]["value"][0] == len(
        marks
    )
    kick = p["EVENT"]["LABELS"]["value"].index("Kick")
    assert set(np.unique(residuals)) == {-1, 0}
    minutes, seconds = p["EVENT"]["TIMES"]["value"][:, kick]
    assert minutes == 0 and seconds == pytest.approx(motion.events.strike.time_s - 5, abs=1e-3)
    assert p["EVENT"]["CONTEXTS"]["value"][kick] == "Right"


@pytest.mark.parametrize("uneven", [False, True])
def test_doubtful_joints_and_angles_have_a_residual_in_c3d(tmp_path: Path, uneven: bool) -> None:
    ezc3d = pytest.importorskip("ezc3d")
    doubtful = np.zeros((60, 17), bool)
    doubtful[30:34, H36M_NAMES.index("r_knee")] = True
    times_s = np.arange(60) / 30
    times_s[10:] += 0.01 * uneven
    write_c3d(tmp_path / "k.c3d", even(replace(kicking(times_s=times_s), doubtful=doubtful)), name="k.c3d")
    residuals = ezc3d.c3d(str(tmp_path / "k.c3d"))["data"]["meta_points"]["residuals"][0]
    labels = [*H36M_NAMES, *ANGLES]
    marked = {name for name, row in zip(labels, residuals, strict=True) if (row == 100).any()}
    assert {"r_knee", "r_knee_flexion"} <= marked and not {"l_knee", "r_wrist", "l_knee_flexion"} & marked
    frames = np.flatnonzero(residuals[labels.index("r_knee")] == 100)
    assert 4 <= len(frames) <= 4 + uneven and frames[0] in (29, 30) and set(np.unique(residuals)) == {-1, 0, 100}
