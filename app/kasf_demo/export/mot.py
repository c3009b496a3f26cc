"""MOT, the motion file of OpenSim and SIMM: the joint angles over time, degrees, and the pelvis' place, metres, y up.

Source: OpenSim documentation, "Motion (.mot) Files". The columns are our angles with our signs and zero poses
(docs/angles.md), not the coordinates of an OpenSim model: the prefix keeps `pelvis_tilt`, which tilts a model's pelvis
forward, apart from our sideways tilt.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kasf_demo.export.resample import EvenMotion, fixed, interpolated, rate_text, y_up
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.motion import ANGLES, FOOT_ANGLES

PREFIX = "kasf_"
PLACE = ("pelvis_tx", "pelvis_ty", "pelvis_tz")
FILLED = f"{PREFIX}filled"
CONTINUOUS = "_rotation"  # angles with this ending are not wrapped at 180 degrees


def write_mot(path: Path, motion: EvenMotion, *, name: str) -> None:
    """Writes a row for each frame: time, pelvis, angles to 0.001 degree, and how many values of the row are filled in.

    OpenSim's `Storage` stops reading at the first `nan`, so values that are missing are interpolated, see `mot_values`.
    Angles without a value in any frame have no column.
    """
    values, missing = mot_values(motion)
    kept = np.asarray(np.isfinite(values).all(0))
    names = [f"{PREFIX}{column}" for column, keep in zip((*PLACE, *mot_angles(motion)), kept, strict=True) if keep]
    digits = [5 if i < len(PLACE) else 3 for i in np.flatnonzero(kept)]
    how = "frames interpolated to an even rate" if motion.resampled else "frames as filmed"
    lines = [
        name,
        "version=1",
        f"nRows={len(values)}",
        f"nColumns={2 + len(names)}",
        "inDegrees=yes",
        (
            f"kasf-demo: {rate_text(motion.rate_hz)} frames per second, {how}; y up; angles as in docs/angles.md, not a"
            f" model's coordinates; {FILLED} counts the values of a row that were missing and are interpolated"
        ),
        "endheader",
        "\t".join(("time", *names, FILLED)),
    ]
    for time_s, row, filled in zip(motion.times_s, values[:, kept], missing[:, kept].sum(1), strict=True):
        cells = (fixed(value, places) for value, places in zip(row, digits, strict=True))
        lines.append("\t".join([fixed(time_s, 6), *cells, str(filled)]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def mot_angles(motion: EvenMotion) -> tuple[str, ...]:
    """The names of the angles: those of feet come last, if there are feet."""
    return (*ANGLES, *(() if motion.foot_deg is None else FOOT_ANGLES))


def mot_values(motion: EvenMotion) -> tuple[FloatArray, BoolArray]:
    """(T, 3 + A) pelvis and angles without gaps, and (T, 3 + A) which of them were missing.

    A gap is bridged by a straight line, an angle's the shorter way round; the first and last value are held. Columns
    without any value stay NaN.
    """
    feet = [] if motion.foot_deg is None else [motion.foot_deg]
    rows = np.concatenate([y_up(motion.xyz[:, 0]), motion.deg, *feet], axis=-1)
    values = interpolated(rows[:, : len(PLACE)]), interpolated(rows[:, len(PLACE) :], period=360.0)
    full, missing = np.concatenate(values, axis=-1), ~np.isfinite(rows)
    wraps = np.array([False] * len(PLACE) + [not name.endswith(CONTINUOUS) for name in mot_angles(motion)])
    return np.where(missing & wraps, (full + 180) % 360 - 180, np.where(missing, full, rows)), missing
