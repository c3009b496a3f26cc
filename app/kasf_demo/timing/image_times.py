"""Capture times of the images of a clip with repeated frames: evenly spaced, or as their frames are shown.

24 frames/s put into 30 were taken 1/24 s apart, whatever the frames' own stamps are. But if one of five frames is lost
and filled with a copy, the others were taken at their time stamps. Motion decides: with the right times, a joint
lies near the middle of where it was and will be, weighted by time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kasf_demo.types.arrays import FloatArray, box_iou
from kasf_demo.types.people import Detections

MIN_SCORE = 0.5  # minimum score of a keypoint, in three successive images
MIN_OVERLAP = 0.3  # IoU of a person's box in successive images
MAX_OFF = 0.15  # maximum distance of a keypoint from its path, in person heights: more is a wrong detection
MIN_SAMPLES = 100
CLEARLY_BETTER = 0.97  # maximum ratio of the mean distances


def stamped_is_smoother(detections: Sequence[Detections], even_s: FloatArray, stamped_s: FloatArray) -> bool:
    """True if people clearly move more smoothly with the second times (D,) than with the first. detections: of the D
    images."""
    off: tuple[list[FloatArray], list[FloatArray]] = ([], [])
    for j in range(1, len(detections) - 1):
        triple = _same_person(detections[j - 1], detections[j], detections[j + 1])
        if triple is None:
            continue
        before, now, after, height_px = triple
        for times_s, found in zip((even_s, stamped_s), off, strict=True):
            share = (times_s[j] - times_s[j - 1]) / (times_s[j + 1] - times_s[j - 1])
            found.append(np.linalg.norm(now - before - share * (after - before), axis=-1) / height_px)
    if not off[0]:
        return False
    even, stamped = (np.concatenate(found) for found in off)
    usable = (even < MAX_OFF) & (stamped < MAX_OFF)
    return bool(usable.sum() >= MIN_SAMPLES and stamped[usable].mean() < CLEARLY_BETTER * even[usable].mean())


def _same_person(
    a: Detections, b: Detections, c: Detections
) -> tuple[FloatArray, FloatArray, FloatArray, float] | None:
    """The keypoints (N, 2) that the largest person of `b` has in all three images, and the person's height, px."""
    if not len(a) or not len(b) or not len(c):
        return None
    who = int(np.argmax(b.box[:, 3] - b.box[:, 1]))
    i, k = (int(np.argmax([box_iou(b.box[who], box) for box in other.box])) for other in (a, c))
    if min(box_iou(b.box[who], a.box[i]), box_iou(b.box[who], c.box[k])) < MIN_OVERLAP:
        return None
    sure = (a.score[i] > MIN_SCORE) & (b.score[who] > MIN_SCORE) & (c.score[k] > MIN_SCORE)
    return a.xy[i][sure], b.xy[who][sure], c.xy[k][sure], max(1.0, float(b.box[who, 3] - b.box[who, 1]))
