"""Windows of labelled views, as training and examinations take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kasf_demo.adapt.labels import MAX_RATE_HZ, LabelledView
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasportsformer.skeleton import H36M_MIRROR, mirror_h36m
from lifting.normalize import in_square, square_crops

CROP_SCALE = (1.05, 1.5)  # drawn at random, as in training
MIN_TRUSTED = 0.3  # of a window's joints


@dataclass(frozen=True)
class Windows:
    """B windows of T frames: input (B, T, 17, 3) x, y, score; truth (B, T, 17, 3); metres (B, T) that one unit is at
    the root's depth; trust (B, T, 17), 0 or 1."""

    input: FloatArray
    truth: FloatArray
    metres: FloatArray
    trust: FloatArray

    def __len__(self) -> int:
        return len(self.input)

    def mirrored(self, which: BoolArray) -> Windows:
        """Those of `which` (B,) as in a mirror."""
        at = which[:, None, None]
        trust = np.where(at, self.trust[..., list(H36M_MIRROR)], self.trust)
        return Windows(
            np.where(at[..., None], mirror_h36m(self.input), self.input),
            np.where(at[..., None], mirror_h36m(self.truth), self.truth),
            self.metres, trust,
        )  # fmt: skip


Start = tuple[int, int]  # of a window: a view's number and its first frame


def starts(views: Sequence[LabelledView], frames: int, stride: int = 1) -> list[Start]:
    """All windows of `frames` frames, `stride` apart, whose frames are usable and whose joints are mostly trusted."""
    out = []
    for number, view in enumerate(views):
        step = frame_step(view)
        for start in range(0, len(view.xy) - (frames - 1) * step, stride * step if stride > 1 else 1):
            at = slice(start, start + (frames - 1) * step + 1, step)
            if view.usable[at].all() and view.trusted[at].mean() >= MIN_TRUSTED:
                out.append((number, start))
    return out


def frame_step(view: LabelledView) -> int:
    """How many frames apart those of a window are: clips faster than networks know are several slower ones."""
    return max(1, round(view.rate_hz / MAX_RATE_HZ))


def cut(views: Sequence[LabelledView], where: Sequence[Start], frames: int, crop_scale: FloatArray) -> Windows:
    """The windows that start there (B), each in the square crop around its keypoints times crop_scale (B,)."""
    parts: list[list[Any]] = [[] for _ in range(5)]
    for number, start in where:
        view = views[number]
        at = start + frame_step(view) * np.arange(frames)
        for part, values in zip(parts, (view.xy, view.score, view.pose, view.metres_per_px, view.trusted), strict=True):
            part.append(values[at])
    xy, score, pose, metres, trusted = (np.stack(p) for p in parts)
    corner, side = square_crops(xy, score, crop_scale)
    half = (side / 2)[:, None, None, None]
    unit = in_square(xy, corner[:, None, None], side[:, None, None, None])
    source = np.concatenate([unit, score[..., None]], axis=-1).astype(np.float32)
    truth = (pose / half).astype(np.float32)
    return Windows(source, truth, (metres * half[:, :, 0, 0]).astype(np.float32), trusted.astype(np.float32))


class ViewSampler:
    """Draws windows of views at random, half of them mirrored, every view as often as any other. Stateless."""

    def __init__(self, views: Sequence[LabelledView], frames: int) -> None:
        self.views, self.frames = views, frames
        self._starts = starts(views, frames)
        by_view = np.array([number for number, _ in self._starts], int)
        self._share = 1.0 / np.bincount(by_view)[by_view] if len(by_view) else np.zeros(0)

    def __len__(self) -> int:
        return len(self._starts)

    def __call__(self, rng: np.random.Generator, count: int) -> Windows:
        """`count` windows."""
        chosen = rng.choice(len(self._starts), count, p=self._share / self._share.sum())
        drawn = cut(self.views, [self._starts[i] for i in chosen], self.frames, rng.uniform(*CROP_SCALE, count))
        return drawn.mirrored(rng.random(count) < 0.5)
