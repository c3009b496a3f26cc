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
from kasf_demo.types.arrays import FloatArray, runs
from kasf_demo.types.people import Keypoints2D
from kasportsformer.skeleton import mirror_h36m
from kasportsformer.upright import shown_upright

MAX_RATE_HZ = 60.0  # training clips have 24 to 60 frames per second
NO_POSE = 100.0  # half crops: a body lies within 1 or so
TRUSTED_SCORE = 0.3  # keypoints above it decide the crop


def window_starts(frames: int, length: int, stride: int) -> list[int]:
    """First frames of the windows that cover `frames` frames; a clip shorter than `length` has one window, at 0."""
    last = max(0, frames - length)
    return [*range(0, last, stride), last]


def blend_weights(length: int) -> FloatArray:
    """(length,) weights of a window's frames: sin^2, because the network knows only one side of the motion at the
    edges. Neighbouring windows blend smoothly. Never 0: every frame of a single window counts."""
    weights: FloatArray = np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2
    return weights


def square_crop(xy: FloatArray, score: FloatArray, scale: float) -> tuple[FloatArray, float]:
    """The square around a window's keypoints: its corner (2,) and side in px, `scale` times the larger extent.

    xy (T, 17, 2) px, score (T, 17). Points of low score do not decide unless there are no others.
    """
    trusted = xy[score > TRUSTED_SCORE]
    points = trusted if len(trusted) >= 8 else xy.reshape(-1, 2)
    low, high = points.min(0), points.max(0)
    side = max(float((high - low).max()) * scale, 1.0)
    return (low + high - side) / 2, side


@dataclass(frozen=True)
class _Window:
    frames: NDArray[np.intp]  # (length,) indices into the clip; a short run repeats its last frame
    corner: FloatArray
    side: float
    weights: FloatArray  # (length,), 0 for repeated frames


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
        out = np.full((len(keypoints), 17, 3), np.nan)
        phases = max(1, round(fps / MAX_RATE_HZ))
        for start, end in runs(keypoints.valid):
            for phase in range(min(phases, end - start)):
                frames = slice(start + phase, end, phases)
                self._lift_run(keypoints.xy[frames], keypoints.score[frames], out[frames])
        return out

    def _lift_run(self, xy: FloatArray, score: FloatArray, total: FloatArray) -> None:
        """Lifts (T, 17, 2) px without gaps into `total` (T, 17, 3)."""
        total[:] = 0
        weight = np.zeros((len(xy), 1, 1))
        windows = self._windows(xy, score)
        while part := list(itertools.islice(windows, self._batch)):
            poses = shown_upright(np.stack([_normalised(w, xy, score) for w in part]), self._forward)
            for w, pose in zip(part, poses, strict=True):
                w3 = w.weights[:, None, None]
                np.add.at(total, w.frames, (pose - pose[:, :1]) * (w.side / 2) * w3)
                np.add.at(weight, w.frames, w3)
        total /= weight

    def _windows(self, xy: FloatArray, score: FloatArray) -> Iterator[_Window]:
        weights = blend_weights(self.length)
        for start in window_starts(len(xy), self.length, self._stride):
            wanted = np.arange(start, start + self.length)
            frames = np.minimum(wanted, len(xy) - 1)
            corner, side = square_crop(xy[frames], score[frames], self._scale)
            yield _Window(frames, corner, side, np.where(wanted < len(xy), weights, 0.0))

    def _forward(self, batch: FloatArray) -> FloatArray:
        """(N, T, 17, 3) normalised input -> the same shape, averaged with the mirrored result of the mirrored input."""
        both = np.concatenate([batch, mirror_h36m(batch)]) if self._flip else batch
        poses: FloatArray = self._network(both.astype(np.float32)).astype(np.float64)
        if not np.abs(poses).max() < NO_POSE:  # NaN too
            raise ModelError(
                "the lifting network returned an invalid pose; its weights are probably damaged", "use other --weights"
            )
        return (poses[: len(batch)] + mirror_h36m(poses[len(batch) :])) / 2 if self._flip else poses


def _normalised(window: _Window, xy: FloatArray, score: FloatArray) -> FloatArray:
    """(T, 17, 3) the network's input for one window: x, y in -1..1 over the crop, and the score."""
    frames = window.frames
    unit = (xy[frames] - window.corner) * (2 / window.side) - 1
    return np.concatenate([unit, score[frames][..., None]], axis=-1)
