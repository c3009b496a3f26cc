"""Repair left/right swaps of a detector. There are two repairs, applied in this order:

1. Short swaps (`repair_short_swaps`): the sides of all joints or of some, such as knees and ankles, are swapped for 1
   to 3 frames. The frames before and after predict where each joint should be. The sides are swapped back if the joints
   are then clearly nearer to the prediction and none is much farther from it.
2. Body swaps (`repair_body_swaps`): the whole body is swapped for longer. A detector may label an athlete seen from
   behind as if seen from the front for some frames. At each change all left and right joints jump across the body at
   once. Each frame has two states, as labelled or swapped. The cheapest path through them (Viterbi) penalises joint
   motion between frames and disagreement with the detector. Of two spans that disagree, the shorter is swapped back. A
   swap without a jump is not found.

Measurements: docs/decisions.md, "Left/right swaps".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.people import Keypoints2D, Track
from kasportsformer.skeleton import COCO_MIRROR

MAX_RUN = 3  # frames. Longer runs look like crossing limbs: a sprinter's legs pass each other every 0.2 s
SURE = 0.4  # joint score that a neighbour needs
BETTER = 0.4  # maximum ratio of the distances to the prediction: swapped back / as labelled
GAIN = 0.06  # minimum decrease of that distance, mean over the joints, in body sizes
# COCO-17
PAIRS = {
    "shoulders": (5, 6),
    "elbows": (7, 8),
    "wrists": (9, 10),
    "hips": (11, 12),
    "knees": (13, 14),
    "ankles": (15, 16),
}
# largest first: a swap of the whole body is one finding, not three
GROUPS = (
    ("shoulders", "elbows", "wrists", "hips", "knees", "ankles"),
    ("hips", "knees", "ankles"),
    ("shoulders", "elbows", "wrists"),
    ("knees", "ankles"),
    ("elbows", "wrists"),
)


def repair_short_swaps(track: Track) -> Track:
    """`track` with the swaps of `find_short_swaps` undone. Scores move with their joints; nothing else changes."""
    k = track.keypoints
    xy, score = k.xy.copy(), k.score.copy()
    swaps = find_short_swaps(track)
    for frame, group in swaps:
        _swap_sides(xy, score, frame, group)
    # two findings in one frame, such as all joints and then knees and ankles, may undo each other
    ankles = [frame for frame, group in swaps if "ankles" in group]
    feet = [frame for frame in sorted(set(ankles)) if ankles.count(frame) % 2]
    return with_keypoints(track, xy, score, [frame for frame, _ in swaps], feet)


def find_short_swaps(track: Track) -> list[tuple[int, tuple[str, ...]]]:
    """(frame, pairs of joints) of the swaps of up to MAX_RUN frames, in the order in which they are found."""
    k = track.keypoints
    if not k.valid.any():
        return []
    xy, score = k.xy.astype(np.float64), k.score.copy()
    size = float(np.nanmedian(np.linalg.norm(track.box[:, 2:] - track.box[:, :2], axis=1)))
    found: list[tuple[int, tuple[str, ...]]] = []
    for group in GROUPS:
        joints = [j for name in group for j in PAIRS[name]]
        for run in range(1, MAX_RUN + 1):
            # computed again for each length: a repair moves joints and scores to the other side
            sure = k.valid & (score[:, joints].min(1) >= SURE)
            for before in np.flatnonzero(sure[: -run - 1] & sure[run + 1 :]):
                frames = range(before + 1, before + 1 + run)
                if k.valid[frames].all() and _fits_swapped(xy, frames, group, size):
                    for t in frames:
                        _swap_sides(xy, score, t, group)
                        found.append((int(t), group))
    return found


def _fits_swapped(xy: FloatArray, frames: range, group: tuple[str, ...], size: float) -> bool:
    """True if every frame of the run fits its neighbours clearly better with the sides of `group` swapped."""
    left, right = (np.array([PAIRS[name][side] for name in group]) for side in (0, 1))
    joints = np.concatenate([left, right])
    others = np.concatenate([right, left])
    a, b = frames[0] - 1, frames[-1] + 1
    for t in frames:
        expected = xy[a] + (xy[b] - xy[a]) * (t - a) / (b - a)
        as_is = np.linalg.norm(xy[t, joints] - expected[joints], axis=1)
        swapped = np.linalg.norm(xy[t, others] - expected[joints], axis=1)
        if (
            swapped.sum() > BETTER * as_is.sum()
            or (as_is - swapped).mean() < GAIN * size
            or (swapped > as_is + 0.02 * size).any()
        ):
            return False
    return True


def _swap_sides(xy: FloatArray, score: FloatArray, frame: int, group: tuple[str, ...]) -> None:
    """Swaps left and right of these pairs in one frame, in place."""
    for name in group:
        left, right = PAIRS[name]
        xy[frame, [left, right]] = xy[frame, [right, left]]
        score[frame, [left, right]] = score[frame, [right, left]]


BODY = tuple(range(5, 17))  # shoulders, elbows, wrists, hips, knees, ankles of COCO-17
# cost per frame and joint of contradicting the detector, in body sizes: one jump outweighs about 50 frames
PRIOR = 0.0015
CHANGE = 0.025  # cost per joint of a state change: joints that cross or coincide are no evidence
MAX_JUMP = 0.15  # largest cost of one joint, in body sizes: a single outlier does not decide
MAX_STEP_S = 0.2  # a jump across a longer gap is no evidence


def repair_body_swaps(track: Track, times_s: FloatArray) -> Track:
    """`track` with the swaps of `find_body_swaps` undone, face included; scores move too. times_s (T,)."""
    k = track.keypoints
    xy, score = k.xy.copy(), k.score.copy()
    wrong = find_body_swaps(track, times_s)
    xy[wrong], score[wrong] = xy[wrong][:, COCO_MIRROR], score[wrong][:, COCO_MIRROR]
    return with_keypoints(track, xy, score, np.flatnonzero(wrong), np.flatnonzero(wrong))


def with_keypoints(
    track: Track,
    xy: FloatArray,
    score: FloatArray,
    repaired: Sequence[int] | NDArray[np.intp],
    feet_swapped: Sequence[int] | NDArray[np.intp],
) -> Track:
    """`track` with these keypoints; the detector's own 3D estimate is dropped in repaired frames. feet_swapped: frames
    in which the feet change sides, as the ankles do."""
    feet = track.keypoints.feet
    if feet is not None and len(feet_swapped):
        feet = feet.with_sides_swapped(list(feet_swapped))
    world = track.keypoints.world
    if world is not None and len(repaired):
        world = world.copy()
        world[repaired] = np.nan
    k = track.keypoints
    other_side = k.with_sides_changed(k.valid[:, None] & (xy != k.xy).any(-1))
    return replace(track, keypoints=replace(k, xy=xy, score=score, world=world, feet=feet, other_side=other_side))


def find_body_swaps(track: Track, times_s: FloatArray) -> BoolArray:
    """(T,) True for frames in which the detector swapped left and right of the whole body. times_s (T,)."""
    k = track.keypoints
    out = np.zeros(len(k), bool)
    frames = np.flatnonzero(k.valid)
    if len(frames) < 3:
        return out
    size = float(np.nanmedian(np.linalg.norm(track.box[:, 2:] - track.box[:, :2], axis=1)))
    same, crossed = _step_costs(k, frames, max(size, 1e-6))
    linked = np.diff(times_s[frames]) <= MAX_STEP_S
    change = CHANGE * len(BODY)
    out[frames] = _cheapest_path(np.where(linked, same, 0), np.where(linked, crossed, 0) + change, PRIOR * len(BODY))
    return out


def _step_costs(k: Keypoints2D, frames: NDArray[np.intp], size: float) -> tuple[FloatArray, FloatArray]:
    """(n - 1,) cost of each step if both frames are in the same state, and if one of them is swapped."""
    joints, others = list(BODY), [COCO_MIRROR[j] for j in BODY]
    xy = k.xy - k.xy[:, joints].mean(1, keepdims=True)  # a panning camera moves all joints alike: not a swap
    before, now = xy[frames[:-1]][:, joints], xy[frames[1:]]
    score_before, score_now = k.score[frames[:-1]][:, joints], k.score[frames[1:]]

    def cost(columns: list[int]) -> FloatArray:
        moved = np.minimum(np.linalg.norm(now[:, columns] - before, axis=-1) / size, MAX_JUMP)
        total: FloatArray = (np.minimum(score_before, score_now[:, columns]) * moved).sum(1)
        return total

    return cost(joints), cost(others)


def _cheapest_path(same: FloatArray, crossed: FloatArray, prior: float) -> BoolArray:
    """(n,) the state of each frame on the cheapest path: False as labelled, True swapped."""
    n = len(same) + 1
    cost = np.array([0.0, prior])
    came = np.zeros((n, 2), int)
    for t in range(1, n):
        arrive = cost[:, None] + np.array([[same[t - 1], crossed[t - 1]], [crossed[t - 1], same[t - 1]]])
        came[t] = arrive.argmin(0)
        cost = arrive.min(0) + np.array([0.0, prior])
    state = int(cost.argmin())
    path = np.zeros(n, bool)
    for t in range(n - 1, -1, -1):
        path[t] = state == 1
        state = int(came[t, state])
    return path
