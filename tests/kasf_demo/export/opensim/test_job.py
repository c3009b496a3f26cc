"""What OpenSim is asked to do: sizes, markers, directions. No OpenSim needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from kicks import even
from opensim_pose import FORE, HEEL, HIP, SHANK, SHOULDER, THIGH, TOE, UPPER, joints

from body import as_pose
from kasf_demo.export.opensim.job import person_job, users_job
from kasf_demo.export.opensim.segments import markers_of, sizes_of


def test_sizes_and_markers_of_a_known_body() -> None:
    rows = [joints({"knee_angle_r": 20.0 * k, "pelvis_tilt": 5.0 * k, "pelvis_rotation": 9.0 * k}) for k in range(5)]
    xyz, feet = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    sizes = sizes_of(xyz, feet, 1.8)
    got = (sizes.thigh, sizes.shank, sizes.upper_arm, sizes.forearm, sizes.hip[2], sizes.shoulder[2])
    assert got == pytest.approx((THIGH, SHANK, UPPER, FORE, HIP[2], SHOULDER[2]), abs=1e-6)
    assert sizes.shoulder[1] == pytest.approx(SHOULDER[1], abs=5e-3) and sizes.foot_scale == pytest.approx(1.0)
    markers = markers_of(sizes, xyz, feet)
    assert markers["r_knee"] == ("tibia_r", (0.0, 0.0, 0.0)) and markers["pelvis"][0] == "pelvis"
    assert markers["head"][0] == "torso" and markers["head"][1] == pytest.approx((0, 0.66, 0), abs=0.01)
    calcn = np.array([-0.049, -0.042, 0.008])
    for name, place in (("r_heel", HEEL), ("r_toe", TOE)):
        assert markers[name][0] == "calcn_r" and np.add(markers[name][1], calcn) == pytest.approx(place, abs=1e-6)
    assert not any(name.endswith(("heel", "toe")) for name in markers_of(sizes, xyz, None))
    assert "l_heel" in markers_of(sizes, xyz, np.where(np.arange(4)[:, None] < 2, feet, np.nan))


def test_a_persons_job_and_a_users() -> None:
    motion = even(as_pose(np.array([joints({"pelvis_tilt": -20.0})[0]] * 3), fps=30))
    job = person_job(motion, 1.7)
    assert job["locked"] == ["ankle_angle_r", "ankle_angle_l"] and job["sizes"]["height_m"] == 1.7
    assert "head" in job["markers"] and "head" not in job["weights"] and job["weights"]["r_hip"] == 1
    assert len(job["priors"]["lumbar_extension"][0]) == 3 and job["priors"]["lumbar_extension"][0][0] < 0
    mine = users_job(motion, Path("m.osim"), None)
    assert mine["markers"]["l_wrist"] == ("hand_l", (0.0, 0.0, 0.0)) and mine["model"].endswith("m.osim")
