"""Arrays, with what they are of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from exported import a_person
from kicks import kicking

from kasf_demo.export.npz import write_npz
from kasf_demo.kinematics import measure
from kasf_demo.types.motion import ANGLES, POINTS
from kasportsformer.skeleton import H36M_NAMES


def test_npz(tmp_path: Path) -> None:
    pose = kicking()
    motion = measure(pose)
    write_npz(tmp_path / "part", [a_person(pose)], [motion.angles], pose.times_s)
    with np.load(tmp_path / "part", allow_pickle=False) as f:
        shapes = {name: f[name].shape for name in f}
        a, n = len(ANGLES), len(POINTS)
        assert shapes == {
            "times_s": (60,),
            "media_s": (60,),
            "person": (1,),
            "xyz_m": (1, 60, 17, 3),
            "uv_px": (1, 60, 17, 2),
            "score": (1, 60, 17),
            "valid": (1, 60),
            "interpolated": (1, 60),
            "doubtful": (1, 60, 17),
            "sigma_m": (1, 60, 17),
            "angles_deg": (1, 60, a),
            "angles_deg_per_s": (1, 60, a),
            "angles_doubtful": (1, 60, a),
            "angles_sigma_deg": (1, 60, a),
            "speeds_m_per_s": (1, 60, n),
            "speeds_sigma_m_per_s": (1, 60, n),
            "joint_names": (17,),
            "angle_names": (a,),
            "point_names": (n,),
            "bones": (16, 2),
            "axes": (),
            "path_reliable": (60,),
            "camera_rotation": (60, 3, 3),
            "camera_zoom": (60,),
        }
        np.testing.assert_array_equal(f["xyz_m"][0], pose.xyz)
        assert str(f["axes"]) == "world" and f["person"].tolist() == [3] and f["valid"].dtype == bool
        assert tuple(f["joint_names"]) == H36M_NAMES
    write_npz(tmp_path / "again", [a_person(pose)], [motion.angles], pose.times_s)
    assert (tmp_path / "part").read_bytes() == (tmp_path / "again").read_bytes()
    about = {
        "kasf_demo_version": None,
        "clip": "Läufer.mp4",
        "height_m": 1.75,
        "height_assumed": True,
        "fps": 30000 / 1001,
    }
    write_npz(tmp_path / "about", [a_person(pose)], [motion.angles], pose.times_s, None, about)
    with np.load(tmp_path / "about", allow_pickle=False) as f:
        assert {name: f[name].item() for name in about} == about | {"kasf_demo_version": ""}
    write_npz(tmp_path / "none", [], [], pose.times_s)
    with np.load(tmp_path / "none") as f:
        assert f["xyz_m"].shape == (0, 60, 17, 3) and len(f["times_s"]) == 60
