"""Left and right that a detector exchanged for a frame or a few, put back.

A run of at most 3 frames is taken as exchanged when, in each of its frames, the joints lie near where the confident frames before
and after it say the *other* side is, and far from where they say their own side is.

On the athletes of the five sample clips this finds 14 frames of YOLOv8n's 665 and 8 of MediaPipe's 648; all 22 were looked at, and
none looked worse. What it leaves: someone seen from behind and labelled as if from the front for longer than a few frames, and
both legs of a detector's person on one of the athlete's.
"""

from __future__ import annotations

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.people import Keypoints2D, Track

MAX_RUN = 3  # frames. Longer runs cannot be told from limbs that cross: a sprinter's legs pass each other every 0.2 s
SURE = 0.4  # joint score that a neighbour needs
BETTER = 0.4  # exchanged, the joints must lie this much nearer to the prediction than as they are (ratio)
GAIN = 0.06  # and by this much of the body size for a joint, on average
PAIRS = {"shoulders": (5, 6), "elbows": (7, 8), "wrists": (9, 10), "hips": (11, 12), "knees": (13, 14), "ankles": (15, 16)}  # COCO-17
# largest first: a whole body that is exchanged is one finding, not three
GROUPS = (
    ("shoulders", "elbows", "wrists", "hips", "knees", "ankles"),
    ("hips", "knees", "ankles"),
    ("shoulders", "elbows", "wrists"),
    ("knees", "ankles"),
    ("elbows", "wrists"),
)


def unswap(track: Track) -> Track:
    """`track` with the exchanges of `find_swaps` undone. Scores move with their joints; nothing else changes."""
    k = track.keypoints
    xy, score = k.xy.copy(), k.score.copy()
    for frame, group in find_swaps(track):
        _exchange(xy, score, frame, group)
    return Track(track.id, Keypoints2D(xy, score, k.valid, k.interpolated, k.skeleton), track.box)


def find_swaps(track: Track) -> list[tuple[int, tuple[str, ...]]]:
    """(frame, pairs of joints) for each frame in which a detector exchanged left and right, in the order in which they were found."""
    k = track.keypoints
    if not k.valid.any():
        return []
    xy, score = k.xy.astype(np.float64), k.score.copy()
    size = float(np.nanmedian(np.linalg.norm(track.box[:, 2:] - track.box[:, :2], axis=1)))
    found: list[tuple[int, tuple[str, ...]]] = []
    for group in GROUPS:
        joints = [j for name in group for j in PAIRS[name]]
        for run in range(1, MAX_RUN + 1):
            sure = k.valid & (score[:, joints].min(1) >= SURE)  # anew for each length: joints change sides, and scores with them
            for before in np.flatnonzero(sure[: -run - 1] & sure[run + 1 :]):
                frames = range(before + 1, before + 1 + run)
                if k.valid[frames].all() and _exchanged(xy, frames, group, size):
                    for t in frames:
                        _exchange(xy, score, t, group)
                        found.append((int(t), group))
    return found


def _exchanged(xy: FloatArray, frames: range, group: tuple[str, ...], size: float) -> bool:
    """Whether every frame of the run fits its neighbours clearly better with the sides of `group` exchanged."""
    left, right = (np.array([PAIRS[name][side] for name in group]) for side in (0, 1))
    joints = np.concatenate([left, right])
    others = np.concatenate([right, left])
    a, b = frames[0] - 1, frames[-1] + 1
    for t in frames:
        expected = xy[a] + (xy[b] - xy[a]) * (t - a) / (b - a)
        as_is = np.linalg.norm(xy[t, joints] - expected[joints], axis=1)
        exchanged = np.linalg.norm(xy[t, others] - expected[joints], axis=1)
        if exchanged.sum() > BETTER * as_is.sum() or (as_is - exchanged).mean() < GAIN * size or (exchanged > as_is + 0.02 * size).any():
            return False
    return True


def _exchange(xy: FloatArray, score: FloatArray, frame: int, group: tuple[str, ...]) -> None:
    for name in group:
        left, right = PAIRS[name]
        xy[frame, [left, right]] = xy[frame, [right, left]]
        score[frame, [left, right]] = score[frame, [right, left]]
