"""Spans in which the sides of legs or arms may be swapped, as far as the motion of the keypoints shows.

Sides may have been exchanged where limbs go on from the other side's place as well as from their own, and where both
limbs lie at the same place. Between two such moments there are two hypotheses, as detected and swapped. Here only those
spans are chosen whose keypoints move more smoothly if they are swapped; at 30 frames/s that is not enough to tell, so
each is judged with the body (reconstruct.limb_hypotheses). Measurements: docs/decisions.md, "Limbs judged by the body".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kasf_demo.tracking.left_right import PAIRS
from kasf_demo.tracking.limb_swaps import TRUNK
from kasf_demo.tracking.path_cost import path_costs
from kasf_demo.types.arrays import BoolArray, FloatArray, runs
from kasf_demo.types.people import COCO_BODY, Track

Pairs = tuple[tuple[int, int], ...]
LEGS: Pairs = (PAIRS["knees"], PAIRS["ankles"])
ARMS: Pairs = (PAIRS["elbows"], PAIRS["wrists"])
WINDOW, WINDOW_S = 6, 0.1  # frames before and after an exchange; at least so long, s
MAX_S = 1.0  # longest span
MIN_GAIN = 20.0  # by which swapping a span lowers the cost of `path_costs`
NEAR = 0.07  # maximum mean distance of limbs that lie at the same place, in body sizes
UNSEEN = 1e-3  # weight of keypoints that do not count
AT_ONCE = 256  # windows in memory
SHARES = (0.0, 0.5, 1.0)  # of the velocity before an exchange; the rest is that after it


class Span(NamedTuple):
    """Frames start to end, end exclusive; gain: by how much swapping lowers the cost."""

    start: int
    end: int
    gain: float


def swap_candidates(track: Track, times_s: FloatArray, pairs: Pairs, unseen: BoolArray) -> list[Span]:
    """Spans in which the sides of `pairs` may be swapped, the greatest gain first. times_s (T,); unseen (T,): frames
    in which the limbs' keypoints do not count."""
    k = track.keypoints
    if not k.valid.any():
        return []
    body = (k.xy - k.xy[:, TRUNK].mean(1, keepdims=True)).astype(np.float64) / size_px(track)
    weight = np.where((k.interpolated | unseen)[:, None], UNSEEN, k.score.astype(np.float64))
    found: list[Span] = []
    for a, b in runs(k.valid):
        if b - a > 1 and (fps := (b - a - 1) / float(times_s[b - 1] - times_s[a])) > 0:
            run = _Run(body[a:b], weight[a:b], pairs, fps)
            found += [Span(a + s.start, a + s.end, s.gain) for s in run.spans()]
    return sorted(found, key=lambda s: (-s.gain, s.start, s.end))


def swap_back(track: Track, pairs: Pairs, start: int, end: int) -> Track:
    """`track` with the sides of `pairs` swapped in these frames, also in the detector's own 3D estimate; heels and toes
    go with the ankles."""
    k, span = track.keypoints, range(start, end)
    changed = np.zeros(k.score.shape, bool)
    changed[start:end, np.ravel(pairs)] = True
    feet = k.feet
    if feet is not None and PAIRS["ankles"] in pairs:
        feet = feet.with_sides_swapped(list(span))
    columns = np.arange(k.xy.shape[1])
    for left, right in pairs:
        columns[[left, right]] = right, left
    xy, score, world = k.xy.copy(), k.score.copy(), None if k.world is None else k.world.copy()
    xy[start:end], score[start:end] = xy[start:end][:, columns], score[start:end][:, columns]
    if world is not None:
        world[start:end] = world[start:end][:, columns[list(COCO_BODY)] - COCO_BODY.start]
    other_side = k.with_sides_changed(changed)
    return replace(track, keypoints=replace(k, xy=xy, score=score, world=world, feet=feet, other_side=other_side))


def size_px(track: Track) -> float:
    """Median diagonal of the track's boxes, px: the body's size."""
    return max(float(np.nanmedian(np.linalg.norm(track.box[:, 2:] - track.box[:, :2], axis=1))), 1e-6)


class _Run:
    """Consecutive frames of a track: body (N, J, 2) keypoints as seen from the trunk, in body sizes; weight (N, J)."""

    def __init__(self, body: FloatArray, weight: FloatArray, pairs: Pairs, fps: float) -> None:
        self.own = [joint for pair in pairs for joint in pair]
        self.other = [joint for pair in pairs for joint in pair[::-1]]
        self.body, self.fps = body, fps
        self.window = max(WINDOW, round(WINDOW_S * fps))
        around = ((self.window, self.window), (0, 0))
        self.padded = np.pad(body, (*around, (0, 0)), mode="edge")
        self.weight = np.pad(weight, around)

    def spans(self) -> Iterator[Span]:
        """Spans between two exchanges that swapping makes smoother by `MIN_GAIN`."""
        crossed = self._exchanges()
        if not crossed.any() or len(self.body) < 2 * self.window + 4:
            return
        ends = np.flatnonzero(crossed | self._coincide())
        ends = ends[(ends >= 2) & (ends <= len(self.body) - 2)]
        single = dict(zip(ends.tolist(), self._gains(ends, None).tolist(), strict=True))
        short: dict[int, list[int]] = {}  # starts by length
        for i, start in enumerate(ends.tolist()):
            for end in ends[i + 1 :].tolist():
                if end - start > MAX_S * self.fps:
                    break
                if end - start <= self.window:
                    short.setdefault(end - start, []).append(start)
                elif single[start] + single[end] > MIN_GAIN:
                    yield Span(start, end, single[start] + single[end])
        for length, starts in short.items():
            for start, gain in zip(starts, self._gains(np.array(starts), length).tolist(), strict=True):
                if gain > MIN_GAIN:
                    yield Span(start, start + length, gain)

    def _gains(self, starts: NDArray[np.intp], length: int | None) -> FloatArray:
        """(S,) by how much it lowers the cost to swap the sides in `length` frames, or in all, from each start on."""
        if len(starts) > AT_ONCE:
            return np.concatenate([self._gains(starts[:AT_ONCE], length), self._gains(starts[AT_ONCE:], length)])
        frames = np.arange(2 * self.window + (length or 0))
        rows = starts[:, None] + frames
        swapped = frames >= self.window
        if length is not None:
            swapped &= frames < self.window + length
        points, weight = self.padded[rows], self.weight[rows]
        kept = path_costs(points[:, :, self.own], weight[:, :, self.own], self.fps)
        which = np.where(swapped[:, None], self.other, self.own)
        rows = rows[:, :, None]
        return np.asarray(kept - path_costs(self.padded[rows, which], self.weight[rows, which], self.fps))

    def _exchanges(self) -> BoolArray:
        """(N,) frames from which on limbs go on from the other side's place as well as from their own."""
        out = np.zeros(len(self.body), bool)
        if len(self.body) < 5:
            return out
        past, before, after, future = (self.body[i : len(self.body) - 3 + i] for i in range(4))

        def off(there: list[int]) -> FloatArray:
            way = after[:, there] - before[:, self.own]
            leaves, arrives = (before - past)[:, self.own], (future - after)[:, there]
            paths = [np.linalg.norm(way - s * leaves - (1 - s) * arrives, axis=-1).sum(1) for s in SHARES]
            return np.asarray(np.min(paths, axis=0))

        out[2:-1] = off(self.other) < off(self.own)
        return out

    def _coincide(self) -> BoolArray:
        """(N,) frames in which the limbs are nearest to each other, at the same place."""
        out = np.zeros(len(self.body), bool)
        apart = np.linalg.norm(self.body[:, self.own] - self.body[:, self.other], axis=-1).mean(1)
        out[1:-1] = (apart[1:-1] < NEAR) & (apart[1:-1] <= apart[:-2]) & (apart[1:-1] <= apart[2:])
        return out
