"""kasf-demo: a short sports clip in, the athlete in 3D out.

    from kasf_demo import analyse
    result = analyse("clip.mp4", out="pose.mp4", height_m=1.82)
    result.people[0].pose.xyz  # (T, 17, 3) metres

Names are loaded when first used, so that the command line answers at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kasf_demo.api import Models, load_models
    from kasf_demo.engine import Engine
    from kasf_demo.errors import InputError, KasfError, ModelError, OutputError, UsageError
    from kasf_demo.options import Options
    from kasf_demo.pipeline import analyse
    from kasf_demo.progress import Progress
    from kasf_demo.types.people import Person, Pose3D
    from kasf_demo.types.result import Result

_HOME = {
    "analyse": "pipeline",
    "load_models": "api",
    "Models": "api",
    "Progress": "progress",
    "Engine": "engine",
    "Options": "options",
    "Result": "types.result",
    "Person": "types.people",
    "Pose3D": "types.people",
    "KasfError": "errors",
    "UsageError": "errors",
    "InputError": "errors",
    "ModelError": "errors",
    "OutputError": "errors",
}
__all__ = [
    "Engine",
    "InputError",
    "KasfError",
    "ModelError",
    "Models",
    "Options",
    "OutputError",
    "Person",
    "Pose3D",
    "Progress",
    "Result",
    "UsageError",
    "analyse",
    "load_models",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"kasf_demo.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
