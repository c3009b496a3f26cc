"""Backends of the lifting network: torch on any device, OpenVINO on CPUs (same results, about twice as fast)."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from kasportsformer.model import KASportsFormer

Batch = NDArray[np.float32]  # (N, T, 17, 3)


class Network(Protocol):
    """A loaded lifting network."""

    backend: str  # "torch" or "openvino", for the record
    length: int  # T, the frames of a window
    batch: int  # windows that one call should get, for speed

    def __call__(self, windows: Batch) -> Batch:
        """(N, T, 17, 3) normalised keypoints to (N, T, 17, 3) joints, as KASportsFormer.forward."""


class TorchNetwork:
    """Runs a torch model on `device`."""

    backend = "torch"

    def __init__(self, model: KASportsFormer, device: str = "cpu") -> None:
        self._model, self._device = model.to(device), device
        self.length: int = model.config.n_frames
        # With the shipped network on 2 cores a window takes 22 ms in calls of 2 or 8 windows, 29 ms in calls of 32: the
        # activations of few windows stay in the cache
        self.batch = 8 if device == "cpu" else 64

    def __call__(self, windows: Batch) -> Batch:
        import torch

        with torch.inference_mode():
            found: Batch = self._model(torch.from_numpy(windows).to(self._device)).float().cpu().numpy()
        return found


class OpenvinoNetwork:
    """Runs a compiled OpenVINO model with an input of fixed shape (n, T, 17, 3): calls are cut into pieces of n, which
    run side by side."""

    backend = "openvino"
    batch = 64

    def __init__(self, compiled: Any) -> None:
        shape = [int(size) for size in compiled.input(0).shape]
        self._piece, self.length = shape[0], shape[1]
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
