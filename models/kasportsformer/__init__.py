"""KASportsFormer: lifts 27-frame windows of Human3.6M-17 keypoints to 3D. A library; knows nothing of videos or
detectors.

`skeleton` and `metrics` need numpy only. The normalisations of keypoints are in `lifting.normalize`. The names of the
network load torch when they are first used, so that programs that only remap keypoints stay light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lifting.normalize import denormalize_screen, normalize_screen

    from .checkpoint import CheckpointError, convert, load_model, read_config, save_safetensors
    from .model import KASportsFormer, KASportsFormerConfig
    from .skeleton import coco_to_h36m, mirror_h36m

_HOME = {
    "CheckpointError": ".checkpoint",
    "KASportsFormer": ".model",
    "KASportsFormerConfig": ".model",
    "coco_to_h36m": ".skeleton",
    "convert": ".checkpoint",
    "denormalize_screen": "lifting.normalize",
    "load_model": ".checkpoint",
    "mirror_h36m": ".skeleton",
    "normalize_screen": "lifting.normalize",
    "read_config": ".checkpoint",
    "save_safetensors": ".checkpoint",
}

__all__ = [
    "CheckpointError",
    "KASportsFormer",
    "KASportsFormerConfig",
    "coco_to_h36m",
    "convert",
    "denormalize_screen",
    "load_model",
    "mirror_h36m",
    "normalize_screen",
    "read_config",
    "save_safetensors",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name], __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
