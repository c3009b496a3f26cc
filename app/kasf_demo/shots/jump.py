"""Jump cuts of a static camera: the background continues, but the athlete is elsewhere or in another pose.

Both must show at once: more of the image changes than from any frame to the next nearby, and the athlete's keypoints
are not where their motion leads, at any time up to MAX_AHEAD frames. A fast kick changes the image over many frames and
moves few joints; a wrong detection changes no image; frames that were lost or repeated leave the motion as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.arrays import BoolArray, FloatArray, Image
from kasf_demo.types.people import Detections
from kasf_demo.types.shot import Shot

CHANGED_LEVELS = 12  # of 255: a pixel that differs by more has changed
AROUND = 6  # frames on either side
MIN_SPIKE = 1.45  # minimum ratio of the changed share of the image to the largest around it
MIN_CHANGED = 0.002  # share of the image: less is noise
COPY = 0.1  # a frame repeats the one before if it changes by less than this share of the changes around it
MAX_AHEAD, AHEAD_STEP = 8.0, 0.5  # frames by which the motion is extrapolated in search of the person; step
# minimum distance from the prediction, person sizes, median over the joints; the same if images are missing
MIN_OFF, MIN_OFF_AFTER_LOSS = 0.05, 0.2
OFF_BY_MEDIAN, OFF_BY_MOST = 3, 1.5  # its minimum ratio to the median and the maximum of the frames around it
MIN_NOISE = 0.01  # person sizes: jitter that every detector has
LATE = 1.5  # an image is late if the time before it is longer than this many medians
MIN_SCORE, MIN_JOINTS = 0.3, 6
MIN_SHOT = 4  # frames on either side


def changed_share(before: Image, now: Image) -> float:
    """The share of the pixels of two small images (H, W) that differ."""
    if before.shape != now.shape:
        return 1.0
    return float(np.count_nonzero(cv2.absdiff(before, now) > CHANGED_LEVELS) / before.size)


def find_jumps(changed: FloatArray, people_in: Callable[[int], Detections], times_s: FloatArray) -> list[int]:
    """First frames after jump cuts within a shot of n frames. changed (n,): `changed_share` from the frame before; that
    of the first frame is ignored. people_in: returns the people of a frame of the shot; times_s (n,)."""
    rows = np.flatnonzero(_new_images(changed))
    share, gaps = changed[rows], np.diff(times_s, prepend=times_s[:1])
    late = (np.diff(rows, prepend=-1) > 1) | (gaps[rows] > LATE * np.median(gaps))
    found: list[int] = []
    for i in np.flatnonzero(_spikes(share)).tolist():
        if MIN_SHOT <= i <= len(rows) - MIN_SHOT and _is_off(
            i, rows, people_in, MIN_OFF_AFTER_LOSS if late[i] else MIN_OFF
        ):
            found.append(int(rows[i]))
    return found


def split(shot: Shot, jumps: Sequence[int]) -> list[Shot]:
    """The shots that a shot is cut into at frames numbered from its first."""
    edges = [0, *jumps, len(shot)]
    return [Shot(shot.start + a, shot.start + b, "cut" if a else shot.begins) for a, b in pairwise(edges)]


def _around(values: FloatArray) -> FloatArray:
    """(n,) the largest of the AROUND values on either side, without the value itself and the first one."""
    padded = np.concatenate([np.zeros(AROUND), [0.0], values[1:], np.zeros(AROUND)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * AROUND + 1)
    return np.asarray(np.delete(windows, AROUND, axis=1).max(1))


def _new_images(changed: FloatArray) -> BoolArray:
    if len(changed) < 2 * MIN_SHOT:
        return np.ones(len(changed), bool)
    new = changed >= COPY * _around(changed)
    new[0] = True
    return np.asarray(new)


def _spikes(share: FloatArray) -> BoolArray:
    if len(share) < 2 * MIN_SHOT:
        return np.zeros(len(share), bool)
    return np.asarray((share >= MIN_CHANGED) & (share > MIN_SPIKE * np.maximum(_around(share), MIN_CHANGED)))


def _is_off(i: int, rows: NDArray[np.int64], people_in: Callable[[int], Detections], least: float) -> bool:
    """True if the athlete in the i-th new image is off the predicted motion, relative to the usual error around it."""
    off = _off(i, rows, people_in)
    if off is None or off < least:
        return False
    others = [j for j in range(max(2, i - AROUND), min(len(rows), i + AROUND + 1)) if abs(j - i) > 1 and j != i + 2]
    around = [x for j in others if (x := _off(j, rows, people_in)) is not None]
    if len(around) < MIN_SHOT:
        return False
    return off > OFF_BY_MEDIAN * max(float(np.median(around)), MIN_NOISE) and off > OFF_BY_MOST * max(
        max(around), MIN_NOISE
    )


def _off(i: int, rows: NDArray[np.int64], people_in: Callable[[int], Detections]) -> float | None:
    """Distance of the joints of the largest person in the i-th new image from their predicted positions, in person
    sizes."""
    first, last = max(i - 3, 0), min(i + 2, len(rows) - 1)
    if i < 2 or last == i:
        return None
    seen = [_largest(people_in(int(rows[j]))) for j in (first, i - 1, i, last)]
    if any(s is None for s in seen):
        return None
    (a, *_), (b, sure_b, size_b), (c, sure_c, size_c), (d, *_) = (s for s in seen if s is not None)
    sure = sure_b & sure_c
    if sure.sum() < MIN_JOINTS:
        return None
    before, after = (b - a)[sure] / max(1, i - 1 - first), (d - c)[sure] / (last - i)
    ahead = np.arange(0, MAX_AHEAD, AHEAD_STEP)[:, None, None]
    off = [
        np.median(np.linalg.norm((c - b)[sure] - ahead * step, axis=-1), axis=1).min()
        for step in (before, after, (before + after) / 2)
    ]
    return float(min(off)) / ((size_b + size_c) / 2)


def _largest(people: Detections) -> tuple[FloatArray, BoolArray, float] | None:
    """Keypoints (17, 2), which are sure (17,), and the size of the largest person, px."""
    if not len(people):
        return None
    sides = people.box[:, 2:] - people.box[:, :2]
    k = int(np.argmax(sides.prod(1) * people.box_score))
    return people.xy[k].astype(float), people.score[k] > MIN_SCORE, max(float(sides[k].mean()), 1.0)
