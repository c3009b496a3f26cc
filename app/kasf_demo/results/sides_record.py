"""Joints that were moved to the other side of the body, in the JSON."""

from __future__ import annotations

import numpy as np

from kasf_demo.types.arrays import FloatArray, runs
from kasf_demo.types.people import Keypoints2D

# COCO-17, the left joint of each pair; the face goes with the body
_LEFT = {"shoulders": 5, "elbows": 7, "wrists": 9, "hips": 11, "knees": 13, "ankles": 15}


def sides_record(keypoints: Keypoints2D, times_s: FloatArray) -> dict[str, list[list[float]]]:
    """The spans in seconds, first and last frame, in which the detector had a person's joints on the other side, by
    pair of joints. keypoints: COCO-17 of T frames; times_s (T,)."""
    found: dict[str, list[list[float]]] = {}
    if keypoints.other_side is not None:
        changed = keypoints.other_side & keypoints.valid[:, None]
        for name, left in _LEFT.items():
            either = np.asarray(changed[:, left] | changed[:, left + 1])
            if spans := [[round(float(times_s[a]), 3), round(float(times_s[b - 1]), 3)] for a, b in runs(either)]:
                found[name] = spans
    return found
