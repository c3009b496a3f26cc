"""The window of 20 poses by time."""

from __future__ import annotations

import numpy as np
import pytest

from kasf_demo.assess.values import NotShownError
from kasf_demo.errors import EXIT_NOT_SHOWN
from kasf_demo.strikes.window import WINDOW_S, window_poses


def moving(times_s: np.ndarray) -> np.ndarray:
    """(T, 17, 3) a smooth motion as fast as a foot."""
    phase = 2 * np.pi * 2.0 * times_s[:, None, None] + np.arange(17)[:, None] + np.arange(3)
    return np.asarray(0.4 * np.sin(phase))


@pytest.mark.parametrize("fps", [25, 30, 60, 240])
def test_poses_are_by_time_at_any_rate(fps: float) -> None:
    times_s = np.arange(0, 2, 1 / fps)
    found, known = window_poses(moving(times_s), times_s, 1.0)
    assert known.all() and found.shape == (20, 17, 3)
    assert np.abs(found - moving(1.0 + WINDOW_S)).max() < 0.004 * (30 / min(fps, 30))  # linear: 9 mm
    assert WINDOW_S[0] == pytest.approx(-0.5) and WINDOW_S[-1] == pytest.approx(0.26)


def test_a_missing_part_is_an_error_that_names_the_seconds() -> None:
    times_s = np.arange(0, 1.2, 1 / 30)
    with pytest.raises(NotShownError, match=r"at 0\.30 s needs poses from 0\.00 to 0\.56 s .*0\.20 s before") as e:
        window_poses(moving(times_s), times_s, 0.3)
    assert "--partial" in str(e.value) and e.value.exit_code == EXIT_NOT_SHOWN
    xyz = moving(times_s)
    xyz[27:32] = np.nan
    with pytest.raises(NotShownError, match=r"after the strike are missing"):
        window_poses(xyz, times_s, 0.75)


def test_a_partial_window_holds_the_nearest_pose() -> None:
    times_s = np.arange(0, 1.2, 1 / 50)
    found, known = window_poses(moving(times_s), times_s, 0.3, partial=True)
    assert known.tolist() == (WINDOW_S + 0.3 >= -0.01).tolist()
    assert np.array_equal(found[0], found[known][0])
    with pytest.raises(NotShownError):  # not even half of it
        window_poses(moving(times_s), times_s, 1.5, partial=True)
