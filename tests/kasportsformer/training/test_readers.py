"""Readers of DeepMimic and AMASS motions, on small files made here; one pose in three formats is one canonical body."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kasportsformer.training.body import V, axes, canonical
from kasportsformer.training.readers.amass import JOINTS, AmassError, read_amass
from kasportsformer.training.readers.deepmimic import DeepMimicError, read_deepmimic

LEGS = ("hip", "knee", "ankle")
ARMS = ("shoulder", "elbow", "wrist")


def humanoid(path: Path) -> Path:
    """The DeepMimic humanoid: x forward, y up, right at +z."""
    rows = [("root", "none", -1, 0, 0, 0), ("chest", "spherical", 0, 0, 0.24, 0), ("neck", "spherical", 1, 0, 0.22, 0)]
    for side, z in (("right", 1), ("left", -1)):
        hip = len(rows)
        rows += [(f"{side}_hip", "spherical", 0, 0, 0, 0.085 * z), (f"{side}_knee", "revolute", hip, 0, -0.42, 0)]
        rows += [
            (f"{side}_ankle", "spherical", hip + 1, 0, -0.41, 0),
            (f"{side}_shoulder", "spherical", 1, -0.02, 0.24, 0.18 * z),
        ]
        rows += [(f"{side}_elbow", "revolute", hip + 3, 0, -0.27, 0), (f"{side}_wrist", "fixed", hip + 4, 0, -0.26, 0)]
    names = ("Name", "Type", "Parent", "AttachX", "AttachY", "AttachZ")
    path.write_text(json.dumps({"Skeleton": {"Joints": [dict(zip(names, row, strict=True)) for row in rows]}}))
    return path


def frame(knee: float = 0.0, elbow: float = 0.0) -> list[float]:
    one = [1, 0, 0, 0]
    side = [*one, knee, *one, *one, elbow]
    return [1 / 30, 1, 0.85, 2, *one, *one, *one, *side, *side]


def test_deepmimic_stands_facing_minus_y(tmp_path: Path) -> None:
    skeleton = humanoid(tmp_path / "humanoid3d.txt")
    (tmp_path / "01_01.txt").write_text(json.dumps({"Frames": [frame(), frame(knee=-np.pi / 2, elbow=np.pi / 2)]}))
    motion = read_deepmimic(tmp_path / "01_01.txt", skeleton)
    assert motion.fps == pytest.approx(30)
    p = motion.positions()
    assert p[0, motion.index("left_hip"), 0] > p[0, motion.index("right_hip"), 0]
    assert p[0, motion.index("left_ankle"), 2] == pytest.approx(0.85 - 0.83)
    vectors, middle = canonical(motion)
    np.testing.assert_allclose(axes(vectors, "chest")[0], np.eye(3), atol=1e-9)
    np.testing.assert_allclose(vectors[1, V["l_shank"]], [0, 1, 0], atol=1e-9)  # a bent knee: the shin points backward
    # a bent elbow: the forearm points forward
    np.testing.assert_allclose(vectors[1, V["r_forearm"]], [0, -1, 0], atol=1e-9)
    assert middle.shape == (2, 3)


def test_deepmimic_refuses_what_it_is_not(tmp_path: Path) -> None:
    skeleton = humanoid(tmp_path / "humanoid3d.txt")
    (tmp_path / "a.txt").write_text(json.dumps({"Frames": [[0.03, 1, 2]]}))
    with pytest.raises(DeepMimicError, match="frames of 44 numbers"):
        read_deepmimic(tmp_path / "a.txt", skeleton)
    (tmp_path / "a.txt").write_text("no")
    with pytest.raises(DeepMimicError, match="not a DeepMimic motion"):
        read_deepmimic(tmp_path / "a.txt", skeleton)


def test_amass_stands_facing_minus_y(tmp_path: Path) -> None:
    poses = np.zeros((4, 156))
    poses[:, :3] = [np.pi / 2, 0, 0]  # SMPL's y-up body stood upright in AMASS's z-up world
    poses[1, 3 * JOINTS.index("left_knee")] = np.pi / 2
    np.savez(
        tmp_path / "a.npz",
        poses=poses,
        trans=np.tile([1.0, 2.0, 0.9], (4, 1)),
        mocap_framerate=60.0,
        betas=np.zeros(16),
    )
    motion = read_amass(tmp_path / "a.npz")
    p = motion.positions()
    assert p[0, motion.index("head"), 2] - p[0, motion.index("left_ankle"), 2] > 1.2
    assert p[0, motion.index("left_wrist"), 0] > 1.4
    vectors, _ = canonical(motion)
    np.testing.assert_allclose(axes(vectors, "pelvis")[0], np.eye(3), atol=1e-9)
    assert vectors[1, V["l_shank"], 1] > 0.9  # backward


def test_amass_refuses_other_files(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", poses=np.zeros((4, 30)), trans=np.zeros((4, 3)), mocap_framerate=60.0)
    with pytest.raises(AmassError, match="expected"):
        read_amass(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", poses=np.array([{"code": 1}], dtype=object))
    with pytest.raises(AmassError):
        read_amass(tmp_path / "b.npz")
