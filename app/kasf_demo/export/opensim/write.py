"""The files of `--export opensim`: a model, coordinates over time, how well they fit. The markers are in the TRC."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.export.opensim.job import Solution, person_job, solve, users_job
from kasf_demo.export.resample import EvenMotion, fixed, interpolated, rate_text
from kasf_demo.types.arrays import FloatArray

AT_LIMIT_RAD = np.radians(0.5)


def write_opensim(
    parts: Mapping[str, Path], motion: EvenMotion, *, name: str, height_m: float, users_model: Path | None,
    users_markers: Mapping[str, Any] | None,
) -> dict[str, Any]:  # fmt: skip
    """Writes `osim`, `mot` and `json` of one person. Returns what the JSON of the run says of it.

    Frames without a pose are interpolated in the motion, as OpenSim's readers know no gaps. Raises InputError for a
    user's model that OpenSim cannot use, OutputError.
    """
    job = person_job(motion, height_m) if users_model is None else users_job(motion, users_model, users_markers)
    found = solve(job, motion)
    parts["osim"].write_bytes(found.osim)
    write_ik_mot(parts["mot"], found, motion, name=name)
    record = fit_record(found, motion)
    text = json.dumps(
        record | {"model": "built" if users_model is None else users_model.name}, allow_nan=False, indent=1
    )
    parts["json"].write_text(text + "\n", encoding="utf-8")
    return {key: record[key] for key in ("marker_rms_m", "marker_max_m", "not_estimated")}


def all_frames(found: Solution, motion: EvenMotion) -> FloatArray:
    """(frames, C) coordinates in degrees and metres, interpolated over frames without a pose."""
    rows = np.full((len(motion.xyz), len(found.coordinates)), np.nan)
    rows[motion.valid] = np.where(found.rotational, np.degrees(found.values), found.values)
    return interpolated(rows)


def write_ik_mot(path: Path, found: Solution, motion: EvenMotion, *, name: str) -> None:
    """The motion file of OpenSim: time, and all coordinates of the model in its order, degrees and metres."""
    rows = all_frames(found, motion)
    how = "frames interpolated to an even rate" if motion.resampled else "frames as filmed"
    lines = [
        name, "version=1", f"nRows={len(rows)}", f"nColumns={1 + rows.shape[1]}", "inDegrees=yes",
        f"kasf-demo: inverse kinematics by OpenSim {found.version}; {rate_text(motion.rate_hz)} frames/s, {how}",
        "endheader", "\t".join(("time", *found.coordinates)),
    ]  # fmt: skip
    digits = [4 if turns else 6 for turns in found.rotational]
    for time_s, row in zip(motion.times_s, rows, strict=True):
        cells = (fixed(value, places) for value, places in zip(row, digits, strict=True))
        lines.append("\t".join([fixed(time_s, 6), *cells]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def fit_record(found: Solution, motion: EvenMotion) -> dict[str, Any]:
    """Marker errors in metres by frame, None in frames without a pose; coordinates at a limit of their range; and those
    that the joints say nothing about."""
    rms, most, worst = (np.full(len(motion.xyz), np.nan) for _ in range(3))
    known = np.nan_to_num(found.errors_m)
    rms[motion.valid] = np.sqrt(np.sum(known**2, axis=1) / np.maximum(np.isfinite(found.errors_m).sum(1), 1))
    most[motion.valid], worst[motion.valid] = known.max(1), known.argmax(1)
    frames = np.flatnonzero(motion.valid)
    near = (found.values < found.low + AT_LIMIT_RAD) | (found.values > found.high - AT_LIMIT_RAD)
    near &= found.rotational & found.clamped & ~found.locked
    at_limit = {c: frames[near[:, i]].tolist() for i, c in enumerate(found.coordinates) if near[:, i].any()}
    ankles = [c for c in found.coordinates if c.startswith("ankle_angle")]
    locked = [c for c, held in zip(found.coordinates, found.locked, strict=True) if held]
    footless = not any(name.endswith(("_heel", "_toe")) for name in found.markers)
    return {
        "opensim": found.version,
        "marker_rms_m": _number(np.sqrt(np.nanmean(rms**2))), "marker_max_m": _number(np.nanmax(most)),
        "coordinates": list(found.coordinates), "markers": list(found.markers), "coordinates_at_limit": at_limit,
        "not_estimated": locked + [c for c in ankles if footless and c not in locked],
        "frames": {
            "time_s": [_number(t) for t in motion.times_s], "rms_m": [_number(v) for v in rms],
            "max_m": [_number(v) for v in most],
            "worst_marker": [found.markers[int(i)] if np.isfinite(i) else None for i in worst],
        },
    }  # fmt: skip


def _number(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None
