"""Motion at a constant rate."""

from __future__ import annotations

import numpy as np
import pytest
from kicks import even, kicking

from body import FORWARD, as_pose, standing


def test_a_varying_rate_is_made_even() -> None:
    times_s = np.cumsum(np.tile([1 / 30, 2 / 30], 30)) + 2.0
    pose = kicking(times_s=times_s)
    straight = as_pose(pose.xyz[:1] + times_s[:, None, None] * FORWARD, valid=pose.valid, times_s=times_s)
    got = even(straight)
    assert got.resampled and got.rate_hz == pytest.approx(59 / (times_s[-1] - times_s[0]), abs=1e-6)
    np.testing.assert_allclose(np.diff(got.times_s), 1 / got.rate_hz)
    np.testing.assert_allclose(
        got.xyz[got.valid], (pose.xyz[:1] + got.times_s[:, None, None] * FORWARD)[got.valid], atol=1e-6
    )
    assert 3 <= (~got.valid).sum() <= 6 and len(got.xyz) == 60
    rounded = np.round(np.arange(60) / 29.97, 3)  # milliseconds of a Matroska file
    kept = even(as_pose(pose.xyz, valid=pose.valid, times_s=rounded))
    assert not kept.resampled and (kept.xyz[kept.valid] == pose.xyz[pose.valid]).all()


def test_one_frame_has_the_nominal_rate() -> None:
    pose = as_pose(standing()[None])
    assert even(pose).rate_hz == 30.0 and not even(pose).resampled
