"""Backends of the lifting network: torch on any device, OpenVINO on CPUs (same results, about twice as fast)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from lifting.network import InputJoints, LiftingNetwork, Normalisation

Batch = NDArray[np.float32]  # (N, T, 17, 3)

# With the shipped network on 2 cores a window takes 22 ms in calls of 2 or 8 windows, 29 ms in calls of 32: the
# activations of few windows stay in the cache. Frames, so that calls of long windows take no more memory
FRAMES_PER_CALL = {"cpu": 8 * 27, "other": 64 * 27}


@dataclass(frozen=True)
class NetworkFacts:
    """What a lifter must know of its network: see `lifting.network.LiftingNetwork`."""

    architecture: str
    min_frames: int
    max_frames: int
    normalisation: Normalisation = "square-crop"
    input_joints: InputJoints = "h36m"
    root_relative: bool = True

    @classmethod
    def of(cls, network: LiftingNetwork) -> NetworkFacts:
        """Of a network in torch."""
        return cls(
            network.architecture,
            network.min_frames,
            network.max_frames,
            network.normalisation,
            network.input_joints,
            network.root_relative,
        )

    @property
    def subtracts_root(self) -> bool:
        """Whether the root is subtracted from all joints, not only set to 0 as in the published evaluations. Global
        outputs need it; what is known of KASportsFormer's accuracy here was measured so."""
        return not self.root_relative or self.architecture == "KASportsFormer"

    def window_frames(self, frames: int) -> int:
        """T of the windows that cut up so many frames."""
        return max(self.min_frames, min(self.max_frames, frames))


class Network(Protocol):
    """A loaded lifting network."""

    backend: str  # "torch" or "openvino", for the record
    facts: NetworkFacts
    frames_per_call: int  # that one call should get, for speed

    def __call__(self, windows: Batch) -> Batch:
        """(N, T, 17, 3) normalised keypoints to (N, T, 17, 3) joints, as `lifting.network.LiftingNetwork`."""


class TorchNetwork:
    """Runs a torch model on `device`."""

    backend = "torch"

    def __init__(self, model: Any, device: str = "cpu") -> None:
        self._model, self._device = model.to(device), device
        self.facts = NetworkFacts.of(model)
        self.frames_per_call = FRAMES_PER_CALL["cpu" if device == "cpu" else "other"]

    def __call__(self, windows: Batch) -> Batch:
        import torch

        with torch.inference_mode():
            found: Batch = self._model(torch.from_numpy(windows).to(self._device)).float().cpu().numpy()
        return found


class OpenvinoNetwork:
    """Runs OpenVINO models with an input of fixed shape (n, T, 17, 3): calls are cut into pieces of n, which run side
    by side. `compiled`: makes the model for windows of T frames."""

    backend = "openvino"
    frames_per_call = FRAMES_PER_CALL["other"]

    def __init__(self, compiled: Callable[[int], Any], facts: NetworkFacts) -> None:
        self._compile, self.facts = compiled, facts
        self._by_length: dict[int, Pieces] = {}
        if facts.min_frames == facts.max_frames:  # a file that cannot be used is to fail here
            self._for(facts.max_frames)

    def _for(self, frames: int) -> Pieces:
        if frames not in self._by_length:
            self._by_length = {frames: Pieces(self._compile(frames))}  # one at a time: they take memory
        return self._by_length[frames]

    def __call__(self, windows: Batch) -> Batch:
        return self._for(windows.shape[1])(windows)


class Pieces:
    """A compiled OpenVINO model of one input (n, ...) and output of the same first dimension, called with any number of
    rows."""

    def __init__(self, compiled: Any) -> None:
        self._piece = int(compiled.input(0).shape[0])
        streams = int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        self._requests = [compiled.create_infer_request() for _ in range(streams)]

    def __call__(self, windows: Batch) -> Batch:
        n = self._piece
        missing = -len(windows) % n
        padded = (
            np.concatenate([windows, np.repeat(windows[-1:], missing, 0)]) if missing else np.ascontiguousarray(windows)
        )
        out = np.empty_like(padded)
        starts = range(0, len(padded), n)
        for turn, start in enumerate([*starts, *[None] * len(self._requests)]):  # the last turns only collect
            request, before = self._requests[turn % len(self._requests)], turn - len(self._requests)
            if before >= 0 and before < len(starts):
                request.wait()
                out[starts[before] : starts[before] + n] = request.get_output_tensor(0).data
            if start is not None:
                request.start_async({0: padded[start : start + n]})
        return out[: len(windows)]


def accelerator_possible() -> bool:
    """False if no GPU driver's device exists, so that torch (1.4 s to import) need not be asked."""
    if not sys.platform.startswith("linux"):
        return True
    drivers = ("nvidiactl", "nvidia0", "nvhost-ctrl", "nvmap", "kfd", "dxg")  # NVIDIA, Jetson, AMD, Windows' Linux
    return any(os.path.exists(f"/dev/{name}") for name in drivers)
