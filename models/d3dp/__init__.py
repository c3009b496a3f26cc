"""D3DP: lifts windows of 2D keypoints to several hypotheses of the 3D pose, by diffusion. A library; knows nothing of
videos."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checkpoint import load_model, save_safetensors
    from .model import D3DP, Sampling, network_passes
    from .network import D3DPConfig

_HOME = {
    "D3DP": "model",
    "D3DPConfig": "network",
    "Sampling": "model",
    "load_model": "checkpoint",
    "network_passes": "model",
    "save_safetensors": "checkpoint",
}

__all__ = [
    "D3DP",
    "D3DPConfig",
    "Sampling",
    "load_model",
    "network_passes",
    "save_safetensors",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
