"""MOT files, read back by a reader that is not ours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from kicks import GAP, even, kicking
from readers import mot

from kasf_demo.export.mot import mot_values, write_mot
from kasf_demo.kinematics import measure
from kasf_demo.types.motion import ANGLES


def test_mot(tmp_path: Path) -> None:
    pose = kicking()
    motion = measure(pose)
    write_mot(tmp_path / "part", even(pose), name="k")
    title, keys, columns, values = mot(tmp_path / "part")
    deg = motion.angles.deg
    kept = np.isfinite(deg).any(0)
    names = [f"kasf_{name}" for name, keep in zip(ANGLES, kept, strict=True) if keep]
    assert title == "k" and keys == {"version": "1", "nRows": "60", "nColumns": str(len(columns)), "inDegrees": "yes"}
    assert columns == ["time", "kasf_pelvis_tx", "kasf_pelvis_ty", "kasf_pelvis_tz", *names, "kasf_filled"]
    assert values.shape == (60, len(columns)) and np.isfinite(values).all()
    known = np.isfinite(deg[:, kept])
    np.testing.assert_allclose(values[:, 4:-1][known], deg[:, kept][known], atol=6e-4)
    np.testing.assert_allclose(values[pose.valid, 2], pose.xyz[pose.valid, 0, 2], atol=1e-5)
    np.testing.assert_array_equal(values[:, -1], 3 * ~pose.valid + (~known).sum(1))
    want = np.interp(np.arange(60), np.flatnonzero(pose.valid), pose.xyz[pose.valid, 0, 2])
    np.testing.assert_allclose(values[GAP, 2], want[GAP], atol=1e-5)  # a straight line over the gap


def test_mot_bridges_an_angle_the_shorter_way_and_leaves_out_what_has_no_value() -> None:
    pose = kicking()
    motion = even(pose)
    deg = np.full((60, len(ANGLES)), np.nan)
    deg[[10, 14], ANGLES.index("r_shoulder_plane")] = 170, -170
    deg[[10, 14], ANGLES.index("pelvis_rotation")] = 350, 370
    values, missing = mot_values(replace(motion, deg=deg))
    np.testing.assert_allclose(
        values[8:17, 3 + ANGLES.index("r_shoulder_plane")], [170, 170, 170, 175, -180, -175, -170, -170, -170]
    )
    np.testing.assert_allclose(values[10:15, 3 + ANGLES.index("pelvis_rotation")], [350, 355, 360, 365, 370])
    assert np.isnan(values[:, 3]).all() and missing[:, 3:].sum() == 60 * len(ANGLES) - 4


def test_no_column_of_mot_is_a_coordinate_of_an_opensim_model(tmp_path: Path) -> None:
    """Rajagopal2015 and LaiUhlrich2022; gait2392, gait2354 and gait10dof18musc: names out of the models'
    CoordinateSets."""
    pelvis = {f"pelvis_{c}" for c in ("tilt", "list", "rotation", "tx", "ty", "tz")}
    sides = ["hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle", "subtalar_angle", "mtp_angle"]
    sides += ["knee_angle_beta", "arm_flex", "arm_add", "arm_rot", "elbow_flex", "pro_sup", "wrist_flex", "wrist_dev"]
    back = {f"lumbar_{c}" for c in ("extension", "bending", "rotation")}
    theirs = pelvis | back | {f"{c}_{s}" for c in sides for s in "rl"} | {f"knee_angle_{s}_beta" for s in "rl"}
    write_mot(tmp_path / "k.mot", even(kicking()), name="k")
    _, _, columns, _ = mot(tmp_path / "k.mot")
    assert not theirs & set(columns) and all(c.startswith("kasf_") for c in columns[1:])
