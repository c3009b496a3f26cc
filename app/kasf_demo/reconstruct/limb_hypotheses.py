"""Legs and arms whose sides a detector swaps for some time, judged with the body.

For each span that the motion of the keypoints suggests (tracking.swap_candidates) the frames around it are lifted and
fitted twice, with the sides as detected and swapped. With wrong sides no body of constant bones explains the keypoints
as well: what the network makes of them, their lengths and their accelerations contradict each other. The cheaper body
wins. A third hypothesis, missing, holds in frames in which both limbs leap to the same place: their keypoints count in
neither fit, so that a leap and back does not look like an exchange. Measurements: docs/decisions.md, "Limbs judged by
the body".
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kasf_demo.camera import compensate
from kasf_demo.cores import one_blas_thread
from kasf_demo.kinematics.jumps import keypoint_jumps
from kasf_demo.lift.lifter import Lifter
from kasf_demo.options import Options
from kasf_demo.reconstruct.person import place
from kasf_demo.tracking import ARMS, LEGS, Span, swap_back, swap_candidates
from kasf_demo.tracking.swap_candidates import Pairs
from kasf_demo.types.arrays import BoolArray, FloatArray, runs
from kasf_demo.types.camera import Camera, CameraMotion, Orientation
from kasf_demo.types.clip import ContentArea
from kasf_demo.types.people import Track
from kasportsformer.skeleton import LIMB_JOINTS, coco_to_h36m

if TYPE_CHECKING:
    from kasf_demo.reconstruct.body_fit import FitShot

MIN_GAIN = 40.0  # by which the body must cost less with swapped sides; a unit is a squared standard deviation
AROUND, AROUND_RATE_HZ = 10, 60.0  # frames fitted before and after a span; more of them in faster clips
MAX_REJECTED, MAX_AT_END = 3, 2  # spans in vain per block and limb; spans in vain that begin or end at one frame
VARIANT, VARIANT_GAIN, VARIANTS = 1, 15.0, 2  # ends so many frames off and gains so much lower are tried with a span
BLOCK_S, OVERLAP_S = 10.0, 1.0
COLLAPSED = 0.5  # limbs that leap are at the same place if they are apart by less than this share of before and after
_IN_H36M = dict(LIMB_JOINTS)


@dataclass(frozen=True)
class LimbJudge:
    """What a shot's people are lifted and fitted with; times_s (T,) and fps of its frames."""

    options: Options
    lifter: Lifter
    limb_ratio: float
    camera: Camera
    times_s: FloatArray
    fps: float
    area: ContentArea

    def judged(self, track: Track, motion: CameraMotion, before: Orientation | None) -> Track:
        """`track` with the sides of legs and arms swapped where a body explains them better. motion: of the camera,
        that is undone; before: what is known of its orientation."""
        if not self.options.refine or self.lifter.sampling is not None:  # hypotheses of a network cost too much
            return track
        block, step = (max(1, round(s * self.fps)) for s in (BLOCK_S, BLOCK_S - OVERLAP_S))
        for start in range(0, max(1, len(track.keypoints) - round(OVERLAP_S * self.fps)), step):
            for pairs in (LEGS, ARMS):
                track = self._block(track, motion, before, pairs, slice(start, start + block))
        return track

    def _block(
        self, track: Track, motion: CameraMotion, before: Orientation | None, pairs: Pairs, block: slice
    ) -> Track:
        """The track with `pairs` judged in some of its frames."""
        rejected: list[Span] = []
        while len(rejected) < MAX_REJECTED:
            part = _part(track, block)
            unseen = collapsed(part, self.times_s[block], pairs)
            spans = _open(swap_candidates(part, self.times_s[block], pairs, unseen), rejected)
            best = next((s for s in spans if s.end - s.start > 1), None)
            if best is None:
                break
            tried = [s for s in spans if _alike(s, best) and s.gain > best.gain - VARIANT_GAIN][:VARIANTS]
            gain, span = self._best(part, _motion_in(motion, block), before, pairs, tried, unseen)
            if gain < MIN_GAIN:
                rejected.append(span)
            else:
                track = swap_back(track, pairs, block.start + span.start, block.start + span.end)
        return track

    @one_blas_thread()
    def _best(
        self,
        track: Track,
        motion: CameraMotion,
        before: Orientation | None,
        pairs: Pairs,
        spans: list[Span],
        unseen: BoolArray,
    ) -> tuple[float, Span]:
        """Of alike spans the one that makes the body cheapest if it is swapped, and by how much."""
        from kasf_demo.reconstruct.body_fit import least_cost

        first, last = min(s.start for s in spans), max(s.end for s in spans)
        around = AROUND * max(1, round(self.fps / AROUND_RATE_HZ))
        start, end = next((a, b) for a, b in runs(track.keypoints.valid) if a <= first and last <= b)
        window = slice(max(start, first - around), min(end, last + around))
        kept, lengths = least_cost(self._shot(track, motion, before, pairs, window, unseen))
        costs = []
        for s in spans:
            swapped = swap_back(track, pairs, s.start, s.end)
            costs.append(least_cost(self._shot(swapped, motion, before, pairs, window, unseen), lengths)[0])
        best = int(np.argmin(costs))
        return kept - costs[best], spans[best]

    def _shot(
        self,
        track: Track,
        motion: CameraMotion,
        before: Orientation | None,
        pairs: Pairs,
        window: slice,
        unseen: BoolArray,
    ) -> FitShot:
        """The frames of a window, lifted and placed."""
        from kasf_demo.reconstruct.body_fit import FitShot

        moves = _motion_in(motion, window)
        placed = place(
            _part(track, window), self.options, self.lifter, self.limb_ratio, self.camera, moves, self.fps,
            before=before, area=self.area,
        )  # fmt: skip
        k = placed.h36m
        untrusted = np.zeros(k.score.shape, bool)
        untrusted[:, [_IN_H36M[joint] for pair in pairs for joint in pair]] = unseen[window, None]
        return FitShot(
            np.arange(len(k)), placed.xyz, compensate.undo_zoom(k, moves.zoom, self.camera).xy,
            np.where(k.interpolated[:, None], 0.0, k.score), moves.rotation, self.camera.focal_px,
            np.array([self.camera.cx_px, self.camera.cy_px]), self.fps,
            steady=moves.kind != "moves", untrusted=untrusted,
        )  # fmt: skip


def collapsed(track: Track, times_s: FloatArray, pairs: Pairs) -> BoolArray:
    """(T,) frames in which a joint of `pairs` leaps away and back and is near the other side's. times_s (T,)."""
    k = track.keypoints
    out = np.zeros(len(k), bool)
    leaps = keypoint_jumps(coco_to_h36m(k.xy, k.score)[0], k.valid, times_s, around=False)
    for left, right in pairs:
        apart = np.linalg.norm(k.xy[:, left] - k.xy[:, right], axis=-1)
        for a, b in runs(leaps[:, _IN_H36M[left]] | leaps[:, _IN_H36M[right]]):
            if a > 0 and b < len(k):
                out[a:b] |= apart[a:b] < COLLAPSED * min(apart[a - 1], apart[b])
    return out


def _open(spans: list[Span], rejected: list[Span]) -> list[Span]:
    """Those that were not rejected, nor begin or end where others were rejected."""
    ends = Counter(end for s in rejected for end in (s.start, s.end))
    bad = {end for end, count in ends.items() if count >= MAX_AT_END}
    return [s for s in spans if not {s.start, s.end} & bad and not any(_alike(s, r) for r in rejected)]


def _alike(a: Span, b: Span) -> bool:
    return abs(a.start - b.start) <= VARIANT and abs(a.end - b.end) <= VARIANT


def _part(track: Track, frames: slice) -> Track:
    return replace(track, keypoints=track.keypoints[frames], box=track.box[frames])


def _motion_in(motion: CameraMotion, frames: slice) -> CameraMotion:
    return replace(motion, rotation=motion.rotation[frames], zoom=motion.zoom[frames], reliable=motion.reliable[frames])
