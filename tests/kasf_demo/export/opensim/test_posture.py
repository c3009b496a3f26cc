"""Facing, lean, and the share of the lumbar joint, of bodies whose coordinates are known."""

from __future__ import annotations

import numpy as np
import pytest
from opensim_pose import HIP, LUMBAR, SHOULDER, joints

from kasf_demo.export.opensim.posture import (
    LUMBAR_SHARE,
    forward_lean,
    heading,
    lumbar_extension,
    middle,
    torso_height,
)


@pytest.mark.parametrize("deg", [0.0, 90.0, -135.0])
def test_heading_and_lean(deg: float) -> None:
    upright = np.array([joints({}, deg)[0]])
    assert np.degrees(heading(upright)) == pytest.approx(deg, abs=1e-6)
    leaning = np.array([joints({"pelvis_tilt": -30.0}, deg)[0]])  # OpenSim's tilt is negative forwards
    assert np.degrees(forward_lean(leaning) - forward_lean(upright)) == pytest.approx(30, abs=1e-6)


@pytest.mark.parametrize("bending_deg", [-75.0, -20.0, 0.0, 15.0])
def test_the_lumbar_joint_has_its_share_of_the_bending(bending_deg: float) -> None:
    own = LUMBAR_SHARE * bending_deg
    xyz = np.array([joints({"pelvis_tilt": bending_deg - own, "lumbar_extension": own})[0]])
    got = np.degrees(lumbar_extension(forward_lean(xyz), (LUMBAR - HIP)[:2], SHOULDER[:2]))
    assert got == pytest.approx(own, abs=0.05)
    upside_down = np.array([joints({"pelvis_tilt": -170.0})[0]])
    assert np.degrees(lumbar_extension(forward_lean(upside_down), (LUMBAR - HIP)[:2], SHOULDER[:2])) == pytest.approx(
        -50
    )


def test_the_height_of_a_torso_that_is_always_bent() -> None:
    rows = [{"pelvis_tilt": -10.0 - k, "lumbar_extension": -15.0 - 1.5 * k} for k in range(9)]
    xyz = np.array([joints(q)[0] for q in rows])
    trunk = np.linalg.norm(middle(xyz, "shoulder") - middle(xyz, "hip"), axis=-1)
    got = torso_height(trunk, forward_lean(xyz), (LUMBAR - HIP)[:2], SHOULDER[0])
    assert got == pytest.approx(SHOULDER[1], abs=1e-3)
    assert trunk.max() < np.linalg.norm((LUMBAR - HIP + SHOULDER)[:2]) - 0.003
