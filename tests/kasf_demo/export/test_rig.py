"""Rotations of the rig: no flip where a limb passes the direction opposite to its rest pose."""

from __future__ import annotations

import numpy as np
import pytest
from kicks import Array, kicking
from scipy.spatial.transform import Rotation

from body import FORWARD, LEFT, as_pose, bent, standing
from kasf_demo.export.bvh import NODES, local_rotations
from kasf_demo.export.resample import y_up
from kasf_demo.export.rig import MAX_TWIST_DEG_PER_S, rig_of
from kasf_demo.types.people import Pose3D


def turns_deg(rotations: Array) -> Array:
    """(K - 1, N) degrees between successive frames."""
    apart = np.swapaxes(rotations[:-1], 2, 3) @ rotations[1:]
    return np.degrees(Rotation.from_matrix(apart.reshape(-1, 3, 3)).magnitude()).reshape(apart.shape[:2])


def overhead_kick(frames: int = 121, fps: float = 60.0) -> Pose3D:
    """The right thigh swings forward by 340 degrees, past the direction opposite to its rest pose, 2 degrees beside
    it."""
    axis = np.cross(standing()[1] * 0 + [0, 0, -1], FORWARD)
    out = []
    for deg in np.linspace(0, 340, frames):
        out.append(bent(bent(standing(), "r_hip", FORWARD, 2.0), "r_hip", axis, deg))
    return as_pose(np.array(out), fps=fps)


def test_no_limb_flips() -> None:
    pose = overhead_kick()
    thigh = next(i for i, n in enumerate(NODES) if n.aims == "r_knee")
    assert turns_deg(local_rotations(y_up(pose.xyz)))[:, thigh].max() > 90  # the smallest rotations would
    turned = turns_deg(rig_of(pose).rotations)
    assert turned[:, thigh].max() < 340 / 120 + MAX_TWIST_DEG_PER_S / 60 + 0.1


def test_the_trunk_upside_down_moves_arms_and_head_to_their_places() -> None:
    """A cartwheel: nothing of the rig depends on the world's vertical."""
    out = [standing() @ Rotation.from_rotvec(a * FORWARD).as_matrix().T for a in np.linspace(0, 2 * np.pi, 60)]
    rig = rig_of(as_pose(np.array(out), fps=30))
    assert turns_deg(rig.rotations).max() < 361 / 59 + 0.1


def test_quaternions_are_the_rotations_and_keep_their_sign() -> None:
    rig = rig_of(kicking())
    q = rig.quaternions()
    assert ((q[1:] * q[:-1]).sum(-1) >= 0).all()
    np.testing.assert_allclose(Rotation.from_quat(q[7]).as_matrix(), rig.rotations[7], atol=1e-9)


def test_the_rest_pose_stands_on_its_ankles_and_nobody_has_none() -> None:
    rig = rig_of(as_pose(standing()[None]))
    rest = dict(zip(rig.names, rig.rest_m, strict=True))
    assert rest["l_ankle"][1] == pytest.approx(0.0) and rest["l_wrist"][0] > 0.5 and rest["head"][1] > 1.5
    assert abs(rest["l_wrist"] + rest["r_wrist"] * [1, -1, -1])[1:].max() < 1e-9 and LEFT[0] == 1
    with pytest.raises(ValueError, match="no frame"):
        rig_of(as_pose(standing()[None], valid=np.zeros(1, bool)))
