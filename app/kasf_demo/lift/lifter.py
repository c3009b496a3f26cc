"""Keypoints2D -> root-relative 3D in pixels: normalise, window, flip-average, blend, undo the normalisation.

The network takes windows of some frames, 27 in the shipped one, with the athlete filling the crop. A clip of any length
is cut into windows that overlap by a third. Each is normalised in its own square crop, as in training; in one crop
around a 10 s run the athlete would be too small. Networks that were trained on whole images get these
(`lift.squares`). Outputs are converted back to pixels before blending, so windows of different crops agree. A window
in which the athlete is upside down is rotated by 180 degrees (kasportsformer.upright).
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kasf_demo.lift.backends import Network
from kasf_demo.lift.diffusion import DiffusionNetwork, Sampling
from kasf_demo.lift.passes import passes
from kasf_demo.lift.squares import SourceImage, Squares
from kasf_demo.types.arrays import BoolArray, FloatArray, runs
from kasf_demo.types.people import Keypoints2D
from kasportsformer.upright import half_turn, upside_down
from lifting.normalize import Square

if TYPE_CHECKING:
    from lifting.network import Normalisation

MAX_RATE_HZ = 60.0  # training clips have 24 to 60 frames per second


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
    square: Square
    weights: FloatArray  # (length,), 0 for repeated frames


@dataclass(frozen=True)
class Lifted:
    """A lifted clip: pose (T, 17, 3), see `Lifter.lift`, and how far its parts disagree, px at the root's depth,
    relative to the pelvis.

    mirror (T, 17): half the distance between a pass and the mirrored one; windows (T, 17): the standard deviation of
    the windows that see a frame, NaN where one alone does. NaN in frames that are not valid. Of a network that draws
    hypotheses, `mirror` is their spread: `of_hypotheses`.
    """

    pose: FloatArray
    mirror: FloatArray
    windows: FloatArray
    of_hypotheses: bool = False


MIN_SHARED = 0.02  # of the weights of a frame's windows, 1 - sum w^2: with less, one alone counts

# Share of a window shared with its neighbour: as accurate as a half, and 1.3 times faster (docs/decisions.md, "Lifting
# windows")
OVERLAP = 1 / 3


class Lifter:
    """Lifts whole clips with one network. The network stays pure; windows and flips live here.

    normalisation: None for the network's own. crop_scale: of square crops."""

    def __init__(
        self,
        network: Network | DiffusionNetwork,
        *,
        crop_scale: float,
        normalisation: Normalisation | None = None,
        flip: bool = True,
        overlap: float = OVERLAP,
    ) -> None:
        self._network = network
        self.backend, self.facts = network.backend, network.facts
        self.normalisation: Normalisation = normalisation or network.facts.normalisation
        self.crop_scale = crop_scale
        self._flip = flip
        self._overlap = overlap
        self.seconds, self.frames = 0.0, 0  # spent so far, and on how many frames

    @property
    def sampling(self) -> Sampling | None:
        """How hypotheses are drawn; None for a network that draws none."""
        return self._network.sampling if isinstance(self._network, DiffusionNetwork) else None

    def lift(self, keypoints: Keypoints2D, *, fps: float) -> FloatArray:
        """(T, 17, 3) root-relative joints in px at the root's depth (x right, y down, z away, as if the camera pointed
        straight at the athlete; x and y as projected: `metric.straighten`); NaN where not valid.

        keypoints: Human3.6M-17. Clips faster than the network was trained for are lifted as several interleaved slower
        clips (240 frames/s: every 4th frame together), so that motion looks as it did in training and no frame is
        invented.
        """
        return self.lift_with_spread(keypoints, fps=fps).pose

    def lift_with_spread(
        self, keypoints: Keypoints2D, *, fps: float, coco: Keypoints2D | None = None, view: SourceImage | None = None
    ) -> Lifted:
        """`lift`, and how far its passes and windows disagree. coco: the keypoints as COCO-17, for networks that take
        these; view: the image, for the full frame and for the choice among hypotheses. ValueError if they are
        missing."""
        given = coco if self.facts.input_joints == "coco" else keypoints
        if given is None:
            raise ValueError("this network takes COCO-17 keypoints")
        started = time.perf_counter()
        squares = Squares.of(self.normalisation, self.crop_scale, given.xy, given.score, view)
        out = np.full((len(keypoints), 17, 3), np.nan)
        mirror, apart = (np.full(out.shape[:2], np.nan, np.float32) for _ in range(2))
        for frames in _runs_at_rate(keypoints.valid, fps):
            xy, score, total = given.xy[frames], given.score[frames], out[frames]
            total[:] = 0
            weight = np.zeros((len(xy), 1, 1))
            sums = _Sums.zero(len(xy))
            length = self.facts.window_frames(len(xy))
            windows = self._windows(xy, score, squares, length)
            while part := list(itertools.islice(windows, self._batch(length))):
                normal = np.stack([squares.normalize(w.square, xy[w.frames], score[w.frames]) for w in part])
                turned = upside_down(normal if given is keypoints else keypoints.xy[frames][[w.frames for w in part]])
                lens = _lenses(part, turned, view, frames)
                found = passes(self._network, half_turn(normal, turned), flip=self._flip, lens=lens)
                for w, pose, half in zip(part, half_turn(found.poses, turned), found.apart, strict=True):
                    share = w.weights[:, None, None]
                    pixels = w.square.to_pixels(self._from_root(pose))
                    np.add.at(total, w.frames, pixels * share)
                    np.add.at(weight, w.frames, share)
                    sums.add(w, pixels, w.square.to_pixels(half))
            total /= weight
            mirror[frames], apart[frames] = sums.spreads(total, weight[..., 0])
        self.seconds += time.perf_counter() - started
        self.frames += int(keypoints.valid.sum())
        return Lifted(out, mirror, apart, self.sampling is not None)

    def lift_window(self, xy: FloatArray, score: FloatArray) -> FloatArray:
        """(T, 17, 3) as `lift`, of one window of as many frames as the network takes, xy (T, 17, 2) px and score (T,
        17), Human3.6M-17. ValueError for networks that take whole images or clips, or COCO-17."""
        if self.normalisation != "square-crop" or self.facts.input_joints != "h36m":
            raise ValueError("expected a network that takes Human3.6M-17 in square crops")
        squares = Squares("square-crop", self.crop_scale)
        square = squares.of_window(xy, score)
        window = squares.normalize(square, xy, score)[None]
        turned = upside_down(window)
        found = passes(self._network, half_turn(window, turned), flip=self._flip)
        return square.to_pixels(self._from_root(half_turn(found.poses, turned)[0]))

    def _from_root(self, pose: FloatArray) -> FloatArray:
        """(T, 17, 3) relative to the root: subtracted, or set to 0 (`NetworkFacts.subtracts_root`)."""
        if self.facts.subtracts_root:
            return pose - pose[:, :1]
        out = pose.copy()
        out[:, 0] = 0
        return out

    def _batch(self, length: int) -> int:
        """Windows of so many frames that one call gets."""
        calls = self._network.frames_per_call // length
        return max(1, calls // (2 if self._flip and self.sampling is None else 1))

    def _windows(self, xy: FloatArray, score: FloatArray, squares: Squares, length: int) -> Iterator[_Window]:
        weights = blend_weights(length)
        stride = max(1, round(length * (1 - self._overlap)))
        for start in window_starts(len(xy), length, stride):
            wanted = np.arange(start, start + length)
            frames = np.minimum(wanted, len(xy) - 1)
            square = squares.of_window(xy[frames], score[frames])
            yield _Window(frames, square, np.where(wanted < len(xy), weights, 0.0))

    def cost_line(self, frames: int) -> str | None:
        """For one person in so many frames: what a network that draws hypotheses is about to cost; None for others.
        Times one pass."""
        if not isinstance(self._network, DiffusionNetwork):
            return None
        s, length = self._network.sampling, self.facts.max_frames
        windows = len(window_starts(frames, length, max(1, round(length * (1 - self._overlap)))))
        seconds = s.passes * windows * self._network.seconds_per_pass()
        return (
            f"{self.facts.architecture}: {s.hypotheses} hypotheses in {s.steps} steps are {s.passes} network passes per"
            f" window of {length} frames; {windows} {'window' if windows == 1 else 'windows'} per person, about"
            f" {seconds:.0f} s on this machine"
        )


def _lenses(part: list[_Window], turned: BoolArray, view: SourceImage | None, frames: slice) -> FloatArray | None:
    """(N, T, 3) focal length and principal point in the units of each window, of which those `turned` by 180 degrees
    have their principal point turned; None if the lens is not known."""
    if view is None or view.focal_px is None:
        return None
    focal = view.focal_px[frames]
    out = np.empty((len(part), len(part[0].frames), 3))
    for row, w, turn in zip(out, part, turned, strict=True):
        row[:, 0] = focal[w.frames] * 2 / w.square.side_px
        row[:, 1:] = w.square.normalize(view.centre) * (-1 if turn else 1)
    return out


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


def lifted_frames(valid: BoolArray, fps: float) -> int:
    """The longest clip that `lift` makes of the frames valid (T,): windows are cut from it."""
    return max((len(range(*f.indices(len(valid)))) for f in _runs_at_rate(valid, fps)), default=0)


def _runs_at_rate(valid: BoolArray, fps: float) -> Iterator[slice]:
    """The frames of each run of valid (T,) ones, at a rate that the network was trained for: a faster run as several
    interleaved slower ones."""
    phases = max(1, round(fps / MAX_RATE_HZ))
    for start, end in runs(valid):
        for phase in range(min(phases, end - start)):
            yield slice(start + phase, end, phases)
