"""Joints that were moved to the other side stand in the JSON with their times."""

from __future__ import annotations

import numpy as np
from gappy_tracks import make
from walker import walking_coco

from kasf_demo.results.sides_record import sides_record
from kasf_demo.tracking import ARMS, LEGS, swap_back

TIMES_S = np.arange(40) / 30


def test_spans_by_pair_of_joints() -> None:
    track = swap_back(swap_back(swap_back(make(walking_coco(40)), LEGS, 3, 6), LEGS, 30, 31), ARMS, 12, 18)
    legs, arms = [[0.1, 0.167], [1.0, 1.0]], [[0.4, 0.567]]
    assert sides_record(track.keypoints, TIMES_S) == {"elbows": arms, "wrists": arms, "knees": legs, "ankles": legs}


def test_no_spans_where_nothing_changed_or_was_changed_back() -> None:
    track = make(walking_coco(40))
    assert sides_record(track.keypoints, TIMES_S) == {}
    assert sides_record(swap_back(swap_back(track, LEGS, 3, 6), LEGS, 3, 6).keypoints, TIMES_S) == {}
