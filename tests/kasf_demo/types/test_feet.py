"""Foot points: their shapes are checked, sides change places, and they travel with keypoints."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from feet import some_feet
from gappy_tracks import make

from kasf_demo.types.feet import FEET, FootPoints


def test_sides_change_places() -> None:
    feet = some_feet(3)
    swapped = feet.with_sides_swapped([1])
    assert [FEET[i] for i in (2, 3, 0, 1)] == ["r_heel", "r_toe", "l_heel", "l_toe"]
    np.testing.assert_array_equal(swapped.xy[1], feet.xy[1, [2, 3, 0, 1]])
    np.testing.assert_array_equal(swapped.score[1], feet.score[1, [2, 3, 0, 1]])
    np.testing.assert_array_equal(swapped.xy[[0, 2]], feet.xy[[0, 2]])


def test_unknown_feet_are_nan_with_score_0() -> None:
    feet = FootPoints.unknown(2)
    assert not feet.any and len(feet) == 2 and np.isnan(feet.xy).all() and (feet.score == 0).all()


def test_shapes_are_checked() -> None:
    feet = some_feet(3)
    with pytest.raises(ValueError, match=r"feet.score"):
        FootPoints(feet.xy, feet.score[:2])
    keypoints = make(np.random.default_rng(0).normal(size=(4, 17, 2))).keypoints
    with pytest.raises(ValueError, match=r"feet: expected shape \(4, 4\)"):
        replace(keypoints, feet=feet)


def test_a_part_of_the_frames_has_its_own_feet() -> None:
    keypoints = make(np.random.default_rng(0).normal(size=(4, 17, 2))).keypoints
    feet = some_feet(4)
    part = replace(keypoints, feet=feet)[1:3].feet
    assert part is not None
    np.testing.assert_array_equal(part.xy, feet.xy[1:3])
    assert keypoints[1:3].feet is None
