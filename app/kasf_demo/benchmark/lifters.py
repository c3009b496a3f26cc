"""A lifting network by registry name or file, and its predictions for windows of a data set."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kasf_demo import weights
from kasf_demo.benchmark.protocol import IntArray, network_input, to_mm
from kasf_demo.benchmark.recorded_set import RecordedSet
from kasf_demo.errors import ModelError, UsageError
from kasf_demo.lift.load import NetworkFile, load_network
from kasf_demo.lift.squares import Squares
from kasf_demo.types.arrays import FloatArray
from kasportsformer.upright import shown_upright

Protocol = Literal["published", "crop"]
PASS_FRAMES = {"cpu": 432, "cuda": 27 * 256}  # frames per pass of the network: 16 windows of 27 on a CPU
MAX_POSE = 100.0  # half images: a body lies within 1 or so


@dataclass(frozen=True)
class LifterFile:
    """A network to measure: the name shown, its verified file, what the registry knows of it, T and the device it runs
    on. normalisation: None for the network's own. sampling: hypotheses, steps and seed of D3DP; None for its own."""

    label: str
    path: Path
    sha256: str
    architecture: str | None
    settings: Mapping[str, Any]
    normalisation: str | None
    crop_scale: float
    frames: int
    device: str = "cpu"
    sampling: tuple[int, int, int] | None = None

    def open(self) -> Any:
        """The network in torch. Raises ModelError."""
        network: Any = load_network(NetworkFile(self.path, self.architecture, self.settings))
        if self.sampling is not None:
            network.sampling = type(network.sampling)(*self.sampling)
        return network


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
        self._network = subject.open().to(subject.device)
        self._normalisation = subject.normalisation or self._network.normalisation

    def predict(self, data: RecordedSet, frames: IntArray, protocol: Protocol) -> FloatArray:
        """Root-relative poses (M, T, 17, 3) mm for windows of frames (M, T). Raises ModelError if they are not
        finite."""
        size = max(1, PASS_FRAMES["cpu" if self.subject.device == "cpu" else "cuda"] // frames.shape[1])
        parts = [self._some(data, frames[i : i + size], protocol) for i in range(0, len(frames), size)]
        return np.concatenate(parts)

    def _some(self, data: RecordedSet, frames: IntArray, protocol: Protocol) -> FloatArray:
        if protocol == "published" or self._normalisation == "full-frame":
            return to_mm(data, frames, self._lift(network_input(data, frames)))
        given, side = self._cropped(data, frames)
        pose = shown_upright(given, self._lift).astype(np.float64)
        mm = pose * (side[:, None] / 2 * data.factor[frames])[..., None, None]
        return np.asarray(mm - mm[..., :1, :])

    def _cropped(self, data: RecordedSet, frames: IntArray) -> tuple[FloatArray, FloatArray]:
        """The windows in the squares that kasf-demo uses for this network: (M, T, 17, 3) and sides (M,) px."""
        given, sides = [], []
        for window in frames:
            xy, score = data.xy[window], data.score[window]
            squares = self._squares(data, int(window[0]))
            square = squares.of_window(xy, score)
            given.append(squares.normalize(square, xy, score))
            sides.append(square.side_px)
        return np.asarray(given, np.float32), np.array(sides)

    def _squares(self, data: RecordedSet, first: int) -> Squares:
        """Of the recording that this frame is in: only a whole-clip network looks beyond its window."""
        if self._normalisation != "whole-clip":
            return Squares("square-crop", self.subject.crop_scale)
        clip = data.source == data.source[first]
        return Squares.of("whole-clip", self.subject.crop_scale, data.xy[clip], data.score[clip], None)

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


def find_lifters(
    names: list[str],
    frames: int,
    *,
    asked: int | None,
    device: str,
    offline: bool,
    say: Callable[[str], None],
    sampling: Mapping[str, int] | None = None,
) -> list[tuple[LifterFile, Described]]:
    """The lifters to measure, by registry name or file; `frames`: T of the published table, `asked`: T that the user
    wants, `sampling`: fields of `d3dp.Sampling` for the networks that draw. Raises ModelError, UsageError."""
    found = []
    for name in names:
        w = _resolve(name, offline=offline, say=say)
        file = LifterFile(
            w.name, w.path, w.sha256, w.known.architecture if w.known else None,
            w.known.network_settings if w.known else {}, w.known.normalisation if w.known else None, w.crop_scale,
            frames, device,
        )  # fmt: skip
        network = file.open()
        if network.input_joints != "h36m":
            raise ModelError(
                "takes COCO-17 keypoints, and the data sets hold Human3.6M-17", "give other weights", path=w.path
            )
        length = max(network.min_frames, min(asked or frames, network.max_frames))
        if asked is not None and length != asked:
            raise UsageError(
                f"{name} takes {_range(network)} frames, not {asked}", "leave --frames out, or give another number"
            )
        drawn = _sampling(network, sampling)
        found.append((replace(file, frames=length, sampling=drawn), _described(network, file.normalisation, drawn)))
    if sampling and all(file.sampling is None for file, _ in found):
        raise UsageError("--hypotheses, --steps and --seed are for D3DP", "give --lifter d3dp, or leave them out")
    return list(zip(_distinct([s for s, _ in found]), [d for _, d in found], strict=True))


def _sampling(network: Any, asked: Mapping[str, int] | None) -> tuple[int, int, int] | None:
    """Hypotheses, steps and seed of a network that draws; None for one that does not. UsageError for bad numbers."""
    if not hasattr(network, "sampling"):
        return None
    try:
        chosen = replace(network.sampling, **(asked or {}))
    except ValueError as e:
        raise UsageError(str(e), "give other --hypotheses, --steps or --seed") from e
    return chosen.hypotheses, chosen.steps, chosen.seed


def _resolve(name: str, *, offline: bool, say: Callable[[str], None]) -> weights.Resolved:
    """A registry name or a file; NAME=FILE: the file, with the settings of that network."""
    known, _, path = name.partition("=")
    if path and not os.path.exists(name):
        return weights.resolve_lifter(path, known, offline=offline, say=say)
    return weights.resolve(name, kind="lifter", offline=offline, say=say)


def _described(network: Any, normalisation: str | None, drawn: tuple[int, int, int] | None) -> Described:
    count = sum(p.numel() for p in network.parameters())
    name = f"{network.architecture}, {drawn[0]} x {drawn[1]}, seed {drawn[2]}" if drawn else network.architecture
    return Described(name, count / 1e6, normalisation or network.normalisation)


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
