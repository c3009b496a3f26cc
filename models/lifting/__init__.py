"""Lifting networks behind one interface: `load_lifter` recognises the architecture of a weights file from its tensors.

`normalize` needs numpy only; everything else loads torch when it is first used. The networks are libraries of their
own: `kasportsformer`, `motionagformer`, `motionbert`, `d3dp`; what they share is in `blocks`, `checkpoint` and
`tensorfile`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checkpoint import save_safetensors
    from .load import convert, load_lifter
    from .mirror import mirror_average
    from .network import LiftingNetwork
    from .tensorfile import CheckpointError

_HOME = {
    "CheckpointError": "tensorfile",
    "LiftingNetwork": "network",
    "convert": "load",
    "load_lifter": "load",
    "mirror_average": "mirror",
    "save_safetensors": "checkpoint",
}

__all__ = [
    "CheckpointError",
    "LiftingNetwork",
    "convert",
    "load_lifter",
    "mirror_average",
    "save_safetensors",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
