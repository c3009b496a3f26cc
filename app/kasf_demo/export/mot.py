"""MOT, the motion file of OpenSim and SIMM: the joint angles over time, degrees, and the pelvis' place, metres, y up.

Source: OpenSim documentation, "Motion (.mot) Files". The columns are our angles under our names and signs (docs/angles.md); they are not
the coordinates of a particular OpenSim model, whose zero poses and signs differ.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kasf_demo.export.even import EvenMotion, fixed, rate_text, y_up
from kasf_demo.motion import ANGLES

PLACE = ("pelvis_tx", "pelvis_ty", "pelvis_tz")


def write_mot(path: Path, motion: EvenMotion, *, name: str) -> None:
    """Writes a row a frame: time, pelvis, angles to 0.001 degree. `nan` where there is no pose or an angle has no meaning."""
    rows = np.concatenate([y_up(motion.xyz[:, 0]), motion.deg], axis=-1)
    how = "frames interpolated to an even rate" if motion.resampled else "frames as filmed"
    lines = [
        name,
        "version=1",
        f"nRows={len(rows)}",
        f"nColumns={1 + rows.shape[1]}",
        "inDegrees=yes",
        f"kasf-demo: {rate_text(motion.rate_hz)} frames a second, {how}; y up; angles as in docs/angles.md, not a model's coordinates",
        "endheader",
        "\t".join(("time", *PLACE, *ANGLES)),
    ]
    for time_s, row in zip(motion.times_s, rows, strict=True):
        cells = (fixed(value, 5 if i < len(PLACE) else 3) or "nan" for i, value in enumerate(row))
        lines.append("\t".join([fixed(time_s, 6), *cells]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
