"""The numbers of an evaluation in words: one line each, with what they may be compared with, and none that was not
measured."""

from __future__ import annotations

import numpy as np
import pytest
from scene import a_truth

from kasf_demo.cli.evaluate import print_explanation
from kasf_demo.evaluate.estimate import Estimate
from kasf_demo.evaluate.explain import explain
from kasf_demo.evaluate.ground_truth import LIMBS_H36M
from kasf_demo.evaluate.measure import Evaluation, evaluate


def evaluated(athletes: int, off_m: float, frames: int = 12, found: bool = True) -> Evaluation:
    """Of an estimate whose joints but the pelvis are all off to the side by `off_m`."""
    truth = a_truth(frames, athletes)
    xyz = truth.joints_camera_m.copy()
    xyz[:, :, 1:, 0] += off_m
    uv = np.zeros((athletes, frames, 17, 2))
    uv[:, :, LIMBS_H36M] = truth.limbs_px
    valid = np.full((athletes, frames), found)
    ids = tuple(str(i + 1) for i in range(athletes))
    return evaluate(Estimate(ids, valid, xyz, uv, truth.times_s, 1.8, "given", "mediapipe", "kasf-open-s"), truth)


def test_one_line_each_with_what_is_typical() -> None:
    (errors,) = evaluated(1, 0.1).athletes
    lines = explain(errors)
    assert "found in 12 of 12 frames" in lines[0]
    assert any(
        line.startswith(f"joints are {errors.mpjpe_mm:.0f} mm off on average") and "typical" in line for line in lines
    )
    assert errors.mpjpe_mm == pytest.approx(100 * 16 / 17, abs=0.5)
    assert not any("\n" in line or "nan" in line for line in lines)


def test_what_was_not_measured_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    print_explanation(evaluated(2, 0.05, found=False))
    out = capsys.readouterr().out
    assert "athlete 2:" in out and "found in 0 of 12 frames" in out and "nan" not in out and "joints are" not in out
