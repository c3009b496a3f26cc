"""Windows from data sets of keypoints with measured poses (SportsPose, WorldPose, AthletePose3D): to train on and to
examine on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from lifting.normalize import in_square, square_crops

from ..skeleton import mirror_h36m
from .dataset import Pairs
from .forward_kinematics import FloatArray, IntArray

CLIP_SCALE = (1.05, 1.5)


@dataclass(frozen=True)
class Recorded:
    """N frames of Human3.6M-17 keypoints with their ground truth, clip after clip.

    xy (N, 17, 2) px; score (N, 17); truth (N, 17, 3) px: exact projection and depth from the root's, in px at the
    root's depth; mm_per_px (N,) there; clip (N,): a number that changes where another recording begins; action (N,):
    names.
    """

    xy: FloatArray
    score: FloatArray
    truth: FloatArray
    mm_per_px: FloatArray
    clip: IntArray
    action: tuple[str, ...]

    def __post_init__(self) -> None:
        n = len(self.xy)
        for name, want in (
            ("xy", (n, 17, 2)),
            ("score", (n, 17)),
            ("truth", (n, 17, 3)),
            ("mm_per_px", (n,)),
            ("clip", (n,)),
        ):
            if getattr(self, name).shape != want:
                raise ValueError(f"{name} must be {want}, got {getattr(self, name).shape}")
        if len(self.action) != n:
            raise ValueError(f"{n} frames have {len(self.action)} actions")

    def starts(self, frames: int, stride: int) -> IntArray:
        """First frames of all windows of `frames` frames that lie within one clip; clips that are too short have
        none."""
        edges = np.flatnonzero(np.diff(self.clip, prepend=self.clip[:1] - 1, append=self.clip[-1:] + 1))
        return np.concatenate([np.arange(a, b - frames + 1, stride) for a, b in pairwise(edges)])

    def windows(self, starts: IntArray, frames: int, crop_scale: FloatArray) -> Pairs:
        """The windows that begin there (B,), each in the square crop around its keypoints times crop_scale (B,)."""
        at = starts[:, None] + np.arange(frames)
        corner, side = square_crops(self.xy[at], self.score[at], crop_scale)
        half = (side / 2)[:, None, None, None]
        unit = in_square(self.xy[at], corner[:, None, None], side[:, None, None, None])
        source = np.concatenate([unit, self.score[at][..., None]], axis=-1).astype(np.float32)
        truth = (self.truth[at] - self.truth[at][:, :, :1]) / half
        return Pairs(
            source, truth.astype(np.float32), (self.mm_per_px[at] * half[:, :, 0, 0] / 1000).astype(np.float32)
        )


def all_windows(recorded: Recorded, frames: int, crop_scale: float) -> tuple[Pairs, tuple[str, ...]]:
    """All windows one after the other, none overlapping, and each one's action."""
    starts = recorded.starts(frames, frames)
    pairs = recorded.windows(starts, frames, np.full(len(starts), crop_scale))
    return pairs, tuple(recorded.action[i] for i in starts)


class RecordedSampler:
    """Draws windows at random, half of them mirrored. Stateless, as `Sampler`."""

    def __init__(self, recorded: Recorded, frames: int = 27) -> None:
        self.recorded, self.frames = recorded, frames
        self._starts = recorded.starts(frames, 1)
        if not len(self._starts):
            raise ValueError(f"no clip has {frames} frames")

    def __call__(self, rng: np.random.Generator, count: int) -> Pairs:
        starts = rng.choice(self._starts, count)
        pairs = self.recorded.windows(starts, self.frames, rng.uniform(*CLIP_SCALE, count))
        flip = (rng.random(count) < 0.5)[:, None, None, None]
        return Pairs(
            np.where(flip, mirror_h36m(pairs.input), pairs.input),
            np.where(flip, mirror_h36m(pairs.truth), pairs.truth),
            pairs.metres,
        )
