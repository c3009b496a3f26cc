"""A lifting network by registry name or file, and its predictions for windows of a data set."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kasf_demo import weights
from kasf_demo.benchmark.protocol import IntArray, network_input, to_mm
from kasf_demo.benchmark.recorded_set import RecordedSet
from kasf_demo.errors import ModelError, UsageError
from kasf_demo.types.arrays import FloatArray
from kasportsformer.upright import shown_upright
from lifting.normalize import square_crop, whole_clip

Protocol = Literal["published", "crop"]
PASS_FRAMES = {"cpu": 432, "cuda": 27 * 256}  # frames per pass of the network: 16 windows of 27 on a CPU
MAX_POSE = 100.0  # half images: a body lies within 1 or so


@dataclass(frozen=True)
class LifterFile:
    """A network to measure: the name shown, its verified file, T and the device it runs on."""

    label: str
    path: Path
    sha256: str
    heads: int | None
    crop_scale: float
    frames: int
    device: str = "cpu"


@dataclass(frozen=True)
class Described:
    """A network in words, for reports."""

    architecture: str
    parameters_m: float
    normalisation: str


class BenchmarkLifter:
    """The network of a LifterFile in torch. `predict` may be called from several threads."""

    def __init__(self, subject: LifterFile) -> None:
        self.subject = subject
        self._network = open_network(subject.path, subject.heads)
        self._network.to(subject.device)

    def predict(self, data: RecordedSet, frames: IntArray, protocol: Protocol) -> FloatArray:
        """Root-relative poses (M, T, 17, 3) mm for windows of frames (M, T). Raises ModelError if they are not
        finite."""
        size = max(1, PASS_FRAMES["cpu" if self.subject.device == "cpu" else "cuda"] // frames.shape[1])
        parts = [self._some(data, frames[i : i + size], protocol) for i in range(0, len(frames), size)]
        return np.concatenate(parts)

    def _some(self, data: RecordedSet, frames: IntArray, protocol: Protocol) -> FloatArray:
        if protocol == "published" or self._network.normalisation == "full-frame":
            return to_mm(data, frames, self._lift(network_input(data, frames)))
        given, side = self._cropped(data, frames)
        pose = shown_upright(given, self._lift).astype(np.float64)
        mm = pose * (side[:, None] / 2 * data.factor[frames])[..., None, None]
        return np.asarray(mm - mm[..., :1, :])

    def _cropped(self, data: RecordedSet, frames: IntArray) -> tuple[FloatArray, FloatArray]:
        """The windows in the squares that kasf-demo uses for this network: (M, T, 17, 3) and sides (M,) px."""
        given, sides = [], []
        for window in frames:
            xy, seen = data.xy[window], data.score[window]
            square = whole_clip(xy, seen) if self._network.normalisation == "whole-clip" else None
            square = square or square_crop(xy, seen, self.subject.crop_scale)
            given.append(np.concatenate([square.normalize(xy), seen[..., None]], -1))
            sides.append(square.side_px)
        return np.asarray(given, np.float32), np.array(sides)

    def _lift(self, windows: FloatArray) -> FloatArray:
        import torch

        from lifting.mirror import mirror_average, subtract_root

        with torch.inference_mode():
            pose = mirror_average(
                self._network, torch.from_numpy(np.ascontiguousarray(windows)).to(self.subject.device)
            )
            if not self._network.root_relative:
                pose = subtract_root(pose)
            found: FloatArray = pose.float().cpu().numpy()
        if not np.abs(found).max() < MAX_POSE:  # NaN too
            raise ModelError(
                "the lifting network returned an invalid pose; its weights are probably damaged",
                "use other weights",
                path=self.subject.path,
            )
        return found


def open_network(path: Path, heads: int | None) -> Any:
    """The lifting network in a file. Raises ModelError."""
    from lifting import CheckpointError, load_lifter

    try:
        return load_lifter(path, num_heads=heads)
    except CheckpointError as e:
        raise ModelError(e.what, e.remedy, path=path) from e


def find_lifters(
    names: list[str], frames: int, *, asked: int | None, device: str, offline: bool, say: Callable[[str], None]
) -> list[tuple[LifterFile, Described]]:
    """The lifters to measure, by registry name or file; `frames`: T of the published table, `asked`: T that the user
    wants. Raises ModelError, UsageError."""
    found = []
    for name in names:
        w = weights.resolve(name, kind="lifter", offline=offline, say=say)
        network = open_network(w.path, w.heads)
        if network.input_joints != "h36m":
            raise ModelError(
                "takes COCO-17 keypoints, and the data sets hold Human3.6M-17", "give other weights", path=w.path
            )
        length = max(network.min_frames, min(asked or frames, network.max_frames))
        if asked is not None and length != asked:
            raise UsageError(
                f"{name} takes {_range(network)} frames, not {asked}", "leave --frames out, or give another number"
            )
        subject = LifterFile(w.name, w.path, w.sha256, w.heads, w.crop_scale, length, device)
        found.append((subject, _described(network)))
    return [(s, d) for s, d in zip(_distinct([s for s, _ in found]), [d for _, d in found], strict=True)]


def _described(network: Any) -> Described:
    count = sum(p.numel() for p in network.parameters())
    return Described(network.architecture, count / 1e6, network.normalisation)


def _range(network: Any) -> str:
    low, high = network.min_frames, network.max_frames
    return str(low) if low == high else f"{low} to {high}"


def _distinct(subjects: list[LifterFile]) -> list[LifterFile]:
    """Labels that differ: files of one name get their folder's name in front. UsageError for one file twice."""
    if len({s.sha256 for s in subjects}) < len(subjects):
        raise UsageError("two --lifter are the same weights", "give each once")
    labels = [s.label for s in subjects]
    return [
        replace(s, label=f"{s.path.absolute().parent.name}{os.sep}{s.label}") if labels.count(s.label) > 1 else s
        for s in subjects
    ]
