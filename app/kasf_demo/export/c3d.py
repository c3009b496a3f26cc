"""C3D, the file of motion capture laboratories, through ezc3d: points in mm, z up, with events. Source: www.c3d.org.

The only module that imports ezc3d, which is in the extra `formats`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.export.resample import EvenMotion
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.feet import FEET
from kasf_demo.types.motion import ANGLES, FOOT_ANGLES
from kasportsformer.skeleton import H36M_NAMES

MM = 1000.0
ESTIMATED, DOUBTFUL, MISSING = 0.0, 100.0, -1.0  # residuals; www.c3d.org: 0 is no measurement, negative is invalid
_CONTEXT = {"l": "Left", "r": "Right", None: "General"}


def write_c3d(path: Path, motion: EvenMotion, *, name: str) -> None:
    """Writes 17 points, 4 of the feet if the person has them, and the angles as points of their own as laboratories do.
    A frame without a pose: NaN, residual -1. A doubtful joint or angle: residual 100; all others 0.

    Time is 0 at the first frame, so events are counted from there, not in the clip's time. C3D holds float32.
    """
    import ezc3d

    file = ezc3d.c3d()
    points, residuals = _points(motion)
    file["data"]["points"] = points
    file["data"]["meta_points"]["residuals"] = residuals
    file["parameters"]["POINT"]["LABELS"]["value"] = (
        *H36M_NAMES, *(() if motion.feet is None else FEET), *_angle_names(motion)
    )  # fmt: skip
    file["parameters"]["POINT"]["UNITS"]["value"] = ("mm",)
    file["parameters"]["POINT"]["RATE"]["value"] = (motion.rate_hz,)
    for key, value in {
        "ANGLES": _angle_names(motion),
        "ANGLE_UNITS": ("deg",),
        "X_SCREEN": ("+X",),
        "Y_SCREEN": ("+Z",),
    }.items():
        file.add_parameter("POINT", key, list(value))
    how = "interpolated to an even rate" if motion.resampled else "as filmed"
    file.add_parameter("MANUFACTURER", "SOFTWARE", ["kasf-demo"])
    file.add_parameter("MANUFACTURER", "FRAMES", [how])
    file.add_parameter("MANUFACTURER", "RESIDUALS", [f"{DOUBTFUL:.0f}: doubtful; {ESTIMATED:.0f}: not doubtful"])
    _add_events(file, motion)
    file.write(str(path))


def _angle_names(motion: EvenMotion) -> tuple[str, ...]:
    return (*ANGLES, *(() if motion.foot_deg is None else FOOT_ANGLES))


def _points(motion: EvenMotion) -> tuple[FloatArray, FloatArray]:
    """(4, N + A, T) homogeneous points and (1, N + A, T) residuals: N joints and foot points in mm, then angles in
    degrees along x."""
    feet = np.zeros((len(motion.xyz), 0, 3)) if motion.feet is None else motion.feet
    joints = np.moveaxis(np.concatenate([motion.xyz, feet], axis=1), 0, -1) * MM  # (N, 3, T)
    foot_deg = np.zeros((len(motion.deg), 0)) if motion.foot_deg is None else motion.foot_deg
    deg = np.concatenate([motion.deg, foot_deg], axis=1)
    angles = np.zeros((deg.shape[1], 3, len(deg)))
    angles[:, 0] = deg.T
    both = np.moveaxis(np.concatenate([joints, angles]), 1, 0)  # (3, N + A, T)
    missing = ~np.isfinite(both).all(0)
    both[:, missing] = np.nan
    certain = np.zeros(feet.shape[:2], bool)  # feet that are not believed are missing
    sure = np.zeros(foot_deg.shape, bool)
    doubtful = np.concatenate([motion.doubtful, certain, motion.doubtful_angles, sure], axis=1).T
    residuals = np.where(missing, MISSING, np.where(doubtful, DOUBTFUL, ESTIMATED))
    return np.concatenate([both, np.ones_like(both[:1])]), residuals[None]


def _add_events(file: Any, motion: EvenMotion) -> None:
    marks = motion.events.marks()
    file.add_parameter("EVENT", "USED", [len(marks)])
    if not marks:
        return
    seconds = np.array([time_s - motion.start_s for time_s, _, _ in marks])
    file.add_parameter("EVENT", "TIMES", np.stack([seconds // 60, seconds % 60]))  # minutes, seconds
    file.add_parameter("EVENT", "LABELS", [label for _, _, label in marks])
    file.add_parameter("EVENT", "CONTEXTS", [_CONTEXT[side] for _, side, _ in marks])
