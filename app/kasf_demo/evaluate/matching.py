"""Assign the people of a result to the athletes of the ground truth, per frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from kasf_demo.evaluate.ground_truth import LIMBS_H36M, OUTSIDE, Truth
from kasf_demo.types.arrays import BoolArray, FloatArray

NO_PERSON = -1
# of the athlete's size: a person whose limbs are farther off on average is another person or a false detection
MAX_COST = 0.5
# an earlier pair counts as this much nearer: while two athletes overlap and one is not found, the person left should
# not change sides
KEPT = 0.5


def match(uv: FloatArray, valid: BoolArray, truth: Truth) -> NDArray[np.int_]:
    """(A, T) index of the person for each athlete, -1 if none matches or the athlete is outside the image.

    uv (P, T, 17, 2) Human3.6M px, valid (P, T). Every frame is an assignment of least total distance between the limbs'
    points inside the image (Hungarian method: Kuhn 1955), as in the CLEAR MOT metrics (Bernardin and Stiefelhagen
    2008), preferring the pairs of the frame before.
    """
    out = np.full((truth.athletes, len(truth.times_s)), NO_PERSON)
    last = np.full(truth.athletes, NO_PERSON)
    distances = limb_distances(uv[:, :, LIMBS_H36M], valid, truth)
    for t in range(len(truth.times_s)):
        cost = distances[:, :, t]
        possible = cost <= MAX_COST
        kept = cost * np.where(last[:, None] == np.arange(len(uv)), KEPT, 1.0)
        rows, columns = linear_sum_assignment(np.where(possible, kept, 1e6))  # so that as many as possible are paired
        for a, p in zip(rows, columns, strict=True):
            if possible[a, p]:
                out[a, t] = last[a] = p
    return out


def limb_distances(limbs_uv: FloatArray, valid: BoolArray, truth: Truth) -> FloatArray:
    """(A, P, T) mean distance of limbs_uv (P, T, 12, 2) px from each athlete's limbs inside the image, divided by the
    athlete's size there. Infinite where the person is not valid or the athlete not in view."""
    inside = truth.limbs_visibility > OUTSIDE
    distance = np.linalg.norm(limbs_uv[None] - truth.limbs_px[:, None], axis=-1)
    count = np.maximum(inside.sum(-1), 1)
    side = np.where(truth.side_px > 0, truth.side_px, np.nan)  # 0 if a single point is inside the image
    mean = np.where(inside[:, None], distance, 0).sum(-1) / count[:, None] / side[:, None]
    return np.where(valid[None] & truth.in_view[:, None] & np.isfinite(mean), mean, np.inf)


def switches(ids: NDArray[np.int_]) -> int:
    """How often the person of one athlete changes over the frames (T,); frames without one do not count."""
    seen = ids[ids != NO_PERSON]
    return int((np.diff(seen) != 0).sum())
