"""`make`: tracks with gaps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.people import Keypoints2D, Track


def make(
    xy: NDArray[np.float64], valid: NDArray[np.bool_] | None = None, score: NDArray[np.float64] | None = None
) -> Track:
    t = len(xy)
    valid = np.ones(t, bool) if valid is None else valid
    score = np.full((t, 17), 0.9) if score is None else score
    xy, box = xy.copy(), np.concatenate([xy.min(1) - 5, xy.max(1) + 5], axis=1)
    xy[~valid], box[~valid] = np.nan, np.nan
    return Track(1, Keypoints2D(xy, np.where(valid[:, None], score, 0), valid, np.zeros(t, bool), "coco"), box)
