"""Flexion of knees and elbows by the view's azimuth, on poses worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kasportsformer.skeleton import H36M
from kasportsformer.training.dataset import Pairs
from kasportsformer.training.flexion import azimuth_deg, flexion_deg, flexion_errors, flexion_table, plot_flexion
from kasportsformer.training.forward_kinematics import FloatArray, axis_rotations


def pose(turn_deg: float, knee_deg: float = 0.0) -> FloatArray:
    """(17, 3), x right, y down, z away: a person who faces the camera, turned about the vertical, the left knee
    flexed."""
    p = np.zeros((17, 3))
    for side, sign in (("l", 1.0), ("r", -1.0)):
        bend = np.radians(knee_deg if side == "l" else 0.0)
        p[H36M[f"{side}_hip"]] = [0.1 * sign, 0, 0]
        p[H36M[f"{side}_knee"]] = [0.1 * sign, 0.4, 0]
        p[H36M[f"{side}_ankle"]] = [0.1 * sign, 0.4 + 0.4 * np.cos(bend), 0.4 * np.sin(bend)]
        for k, part in enumerate(("shoulder", "elbow", "wrist")):
            p[H36M[f"{side}_{part}"]] = [0.2 * sign, -0.5 + 0.25 * k, 0]
    for k, part in enumerate(("spine", "thorax", "neck", "head")):
        p[H36M[part]] = [0, -0.25 * (k + 1), 0]
    return p @ axis_rotations(1, np.array(np.radians(turn_deg))).T


def test_angles_by_hand() -> None:
    np.testing.assert_allclose(flexion_deg(pose(30, 70), "knee"), [70, 0], atol=1e-5)
    np.testing.assert_allclose(flexion_deg(pose(30, 70), "elbow"), [0, 0], atol=1e-5)


@pytest.mark.parametrize("turn", [0, 30, 90, 150, 180])
def test_azimuth(turn: float) -> None:
    lying = pose(turn) @ axis_rotations(2, np.array(np.pi / 2)).T  # the camera rolled
    assert azimuth_deg(pose(turn)) == pytest.approx(turn, abs=1e-5)
    assert azimuth_deg(pose(-turn)) == azimuth_deg(lying) == pytest.approx(turn, abs=1e-5)


def test_errors_by_sector(tmp_path: Path) -> None:
    truth = np.stack([pose(0), pose(90, 40), pose(180)])[:, None]
    predicted = np.stack([pose(0, 20), pose(90, 30), pose(180)])[:, None]
    pairs = Pairs(np.zeros_like(truth), truth, np.ones((3, 1)))
    found = flexion_errors(predicted, pairs)
    assert set(found["knee"]) == {"front", "side", "back", "all"}
    assert found["knee"]["front"]["error"] == pytest.approx(10) and found["knee"]["front"]["straight"] == pytest.approx(
        10
    )
    assert found["knee"]["side"]["bias"] == pytest.approx(-5) and found["knee"]["side"]["straight"] == pytest.approx(0)
    assert found["knee"]["all"]["error"] == pytest.approx(5) and found["knee"]["all"]["share"] == 1
    assert all(v["error"] < 1e-4 for v in found["elbow"].values())
    assert "half front" not in flexion_table({"noise": found}) and "front" in flexion_table({"noise": found})
    plot_flexion({"noise": (predicted, pairs)}, tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 1000
