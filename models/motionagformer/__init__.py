"""MotionAGFormer: lifts windows of 27, 81 or 243 frames of Human3.6M-17 keypoints to 3D. A library; knows nothing of
videos."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checkpoint import load_model, save_safetensors
    from .model import SIZES, MotionAGFormer, MotionAGFormerConfig

_HOME = {
    "MotionAGFormer": "model",
    "MotionAGFormerConfig": "model",
    "SIZES": "model",
    "load_model": "checkpoint",
    "save_safetensors": "checkpoint",
}

__all__ = [
    "SIZES",
    "MotionAGFormer",
    "MotionAGFormerConfig",
    "load_model",
    "save_safetensors",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
