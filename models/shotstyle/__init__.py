"""The graph and LSTM autoencoder of AutoSoccerPose, which makes a code of 64 numbers of a shot. A library; knows
nothing of videos."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checkpoint import load_model
    from .model import FRAMES, ShotAutoencoder

_HOME = {"FRAMES": "model", "ShotAutoencoder": "model", "load_model": "checkpoint"}
__all__ = ["FRAMES", "ShotAutoencoder", "load_model"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
