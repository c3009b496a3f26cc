"""Keypoints2D -> root-relative 3D in pixels: crop-normalise, window, flip-average, blend, undo the crop.

The network takes 27 frames, with the athlete filling the crop. A clip of any length is cut into windows that overlap by
a third. Each is normalised in its own square crop, as in training; in one crop around a 10 s run the athlete would be
too small. Outputs are converted back to pixels before blending, so windows of different crops agree. A window in which
the athlete is upside down is rotated by 180 degrees (kasportsformer.upright).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kasf_demo.errors import ModelError
from kasf_demo.lift.backends import Network
from kasf_demo.types.arrays import BoolArray, FloatArray, runs
from kasf_demo.types.people import Keypoints2D
from kasportsformer.skeleton import mirror_h36m
from kasportsformer.upright import half_turn, upside_down
from lifting.normalize import Square, square_crop

MAX_RATE_HZ = 60.0  # training clips have 24 to 60 frames per second
NO_POSE = 100.0  # half crops: a body lies within 1 or so


def window_starts(frames: int, length: int, stride: int) -> list[int]:
    """First frames of the windows that cover `frames` frames; a clip shorter than `length` has one window, at 0."""
    last = max(0, frames - length)
    return [*range(0, last, stride), last]


def blend_weights(length: int) -> FloatArray:
    """(length,) weights of a window's frames: sin^2, because the network knows only one side of the motion at the
    edges. Neighbouring windows blend smoothly. Never 0: every frame of a single window counts."""
    weights: FloatArray = np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2
    return weights


@dataclass(frozen=True)
class _Window:
    frames: NDArray[np.intp]  # (length,) indices into the clip; a short run repeats its last frame
    crop: Square
    weights: FloatArray  # (length,), 0 for repeated frames


@dataclass(frozen=True)
class Lifted:
    """A lifted clip: pose (T, 17, 3), see `Lifter.lift`, and how far its parts disagree, px at the root's depth,
    relative to the pelvis.

    mirror (T, 17): half the distance between a pass and the mirrored one; windows (T, 17): the standard deviation of
    the windows that see a frame, NaN where one alone does. NaN in frames that are not valid.
    """

    pose: FloatArray
    mirror: FloatArray
    windows: FloatArray


MIN_SHARED = 0.02  # of the weights of a frame's windows, 1 - sum w^2: with less, one alone counts

# Share of a window shared with its neighbour: as accurate as a half, and 1.3 times faster (docs/decisions.md, "Lifting
# windows")
OVERLAP = 1 / 3


class Lifter:
    """Lifts whole clips with one network. The network stays pure; windows and flips live here."""

    def __init__(self, network: Network, *, crop_scale: float, flip: bool = True, overlap: float = OVERLAP) -> None:
        self._network = network
        self.backend = network.backend
        self._scale = crop_scale
        self._flip = flip
        self._batch = max(1, network.batch // (2 if flip else 1))
        self.length = network.length
        self._stride = max(1, round(self.length * (1 - overlap)))

    def lift(self, keypoints: Keypoints2D, *, fps: float) -> FloatArray:
        """(T, 17, 3) root-relative joints in px at the root's depth (x right, y down, z away, as if the camera pointed
        straight at the athlete; x and y as projected: `metric.straighten`); NaN where not valid.

        keypoints: Human3.6M-17. Clips faster than the network was trained for are lifted as several interleaved slower
        clips (240 frames/s: every 4th frame together), so that motion looks as it did in training and no frame is
        invented.
        """
        return self.lift_with_spread(keypoints, fps=fps).pose

    def lift_with_spread(self, keypoints: Keypoints2D, *, fps: float) -> Lifted:
        """`lift`, and how far its passes and windows disagree."""
        out = np.full((len(keypoints), 17, 3), np.nan)
        mirror, apart = (np.full(out.shape[:2], np.nan, np.float32) for _ in range(2))
        for frames in _runs_at_rate(keypoints.valid, fps):
            xy, score, total = keypoints.xy[frames], keypoints.score[frames], out[frames]
            total[:] = 0
            weight = np.zeros((len(xy), 1, 1))
            sums = _Sums.zero(len(xy))
            windows = self._windows(xy, score)
            while part := list(itertools.islice(windows, self._batch)):
                given = np.stack([_normalised(w, xy, score) for w in part])
                turned = upside_down(given)
                poses, halves = self._forward(half_turn(given, turned))
                for w, pose, half in zip(part, half_turn(poses, turned), halves, strict=True):
                    share = w.weights[:, None, None]
                    pixels = w.crop.to_pixels(pose - pose[:, :1])
                    np.add.at(total, w.frames, pixels * share)
                    np.add.at(weight, w.frames, share)
                    sums.add(w, pixels, w.crop.to_pixels(half))
            total /= weight
            mirror[frames], apart[frames] = sums.spreads(total, weight[..., 0])
        return Lifted(out, mirror, apart)

    def _windows(self, xy: FloatArray, score: FloatArray) -> Iterator[_Window]:
        weights = blend_weights(self.length)
        for start in window_starts(len(xy), self.length, self._stride):
            wanted = np.arange(start, start + self.length)
            frames = np.minimum(wanted, len(xy) - 1)
            crop = square_crop(xy[frames], score[frames], self._scale)
            yield _Window(frames, crop, np.where(wanted < len(xy), weights, 0.0))

    def _forward(self, batch: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(N, T, 17, 3) normalised input -> the same shape, averaged with the mirrored result of the mirrored input;
        and half the distance (N, T, 17) between these two, relative to the pelvis."""
        both = np.concatenate([batch, mirror_h36m(batch)]) if self._flip else batch
        poses: FloatArray = self._network(both.astype(np.float32)).astype(np.float64)
        if not np.abs(poses).max() < NO_POSE:  # NaN too
            raise ModelError(
                "the lifting network returned an invalid pose; its weights are probably damaged", "use other --weights"
            )
        if not self._flip:
            return poses, np.zeros(poses.shape[:-1])
        seen, mirrored = poses[: len(batch)], mirror_h36m(poses[len(batch) :])
        off = seen - mirrored
        return (seen + mirrored) / 2, np.linalg.norm(off - off[..., :1, :], axis=-1) / 2


@dataclass(frozen=True)
class _Sums:
    """Sums over the windows of a run of N frames: weight^2 (N, 1), and by joint (N, 17) weight |pose|^2 and weight
    |half the distance of the passes|^2, px^2."""

    weights: FloatArray
    squares: FloatArray
    halves: FloatArray

    @classmethod
    def zero(cls, frames: int) -> _Sums:
        return cls(np.zeros((frames, 1)), np.zeros((frames, 17)), np.zeros((frames, 17)))

    def add(self, window: _Window, pose: FloatArray, half: FloatArray) -> None:
        """A window's pose (length, 17, 3) and half distance (length, 17), px."""
        share = window.weights[:, None]
        np.add.at(self.weights, window.frames, share**2)
        np.add.at(self.squares, window.frames, share * (pose**2).sum(-1))
        np.add.at(self.halves, window.frames, share * half**2)

    def spreads(self, mean: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
        """`mirror` and `windows` of `Lifted`, of the mean pose (N, 17, 3) and the sum of weights (N, 1)."""
        shared = 1 - self.weights / weight**2  # the unbiased divisor of a weighted variance
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = np.maximum(self.squares / weight - (mean**2).sum(-1), 0) / shared
        return np.sqrt(self.halves / weight), np.sqrt(np.where(shared > MIN_SHARED, variance, np.nan))


def _runs_at_rate(valid: BoolArray, fps: float) -> Iterator[slice]:
    """The frames of each run of valid (T,) ones, at a rate that the network was trained for: a faster run as several
    interleaved slower ones."""
    phases = max(1, round(fps / MAX_RATE_HZ))
    for start, end in runs(valid):
        for phase in range(min(phases, end - start)):
            yield slice(start + phase, end, phases)


def _normalised(window: _Window, xy: FloatArray, score: FloatArray) -> FloatArray:
    """(T, 17, 3) the network's input for one window: x, y in -1..1 over the crop, and the score."""
    frames = window.frames
    return np.concatenate([window.crop.normalize(xy[frames]), score[frames][..., None]], axis=-1)
