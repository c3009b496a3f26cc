"""TRC, the marker file of OpenSim and of Motion Analysis: tab separated, y up, metres.

Source: OpenSim documentation, "Marker (.trc) Files". The five header lines hold no comments; that a clip was resampled
stands in the JSON.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kasf_demo.export.resample import EvenMotion, fixed, rate_text, y_up
from kasf_demo.types.feet import FEET
from kasportsformer.skeleton import H36M_NAMES


def write_trc(path: Path, motion: EvenMotion, *, name: str) -> None:
    """Writes the 17 joints as markers, to 0.01 mm, and heels and toes after them if the person has feet. A frame
    without a pose: empty cells, and `nan` in the row's last.

    Empty cells are how the format and its readers mark a missing marker, but OpenSim 4.6 refuses a row whose last cell
    is empty as one column short.

    `name` is the file's final name, which the format repeats inside.
    """
    rate, frames = rate_text(motion.rate_hz), len(motion.xyz)
    names = H36M_NAMES if motion.feet is None else (*H36M_NAMES, *FEET)
    xyz = motion.xyz if motion.feet is None else np.concatenate([motion.xyz, motion.feet], axis=1)
    n = len(names)
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"{rate}\t{rate}\t{frames}\t{n}\tm\t{rate}\t1\t{frames}",
        "Frame#\tTime\t" + "\t\t\t".join(names) + "\t\t",
        "\t\t" + "\t".join(f"{axis}{k}" for k in range(1, n + 1) for axis in "XYZ"),
        "",
    ]
    for frame, (time_s, markers) in enumerate(zip(motion.times_s, y_up(xyz).reshape(frames, -1), strict=True), 1):
        cells = [fixed(value, 5) for value in markers]
        lines.append("\t".join([str(frame), fixed(time_s, 6), *cells[:-1], cells[-1] or "nan"]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
