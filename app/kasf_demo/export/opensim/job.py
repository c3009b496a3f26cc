"""What OpenSim is to do for one person, from a motion at a constant rate: markers, weights and priors; and the process
that does it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.errors import InputError, OutputError
from kasf_demo.export.opensim.segments import WEIGHTS, Markers, ModelSizes, markers_of, sizes_of
from kasf_demo.export.resample import EvenMotion, y_up
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.feet import FEET
from kasportsformer.skeleton import H36M, H36M_NAMES

# share of the torso's bending that the lumbar joint takes, the pelvis the rest: hips and shoulders alone do not tell
# them apart. Lumbar to pelvic motion is 1.9 to 1 in the first 30 degrees of bending and 1 to 1 in the next 30 (Esola et
# al., Spine 1996), which is 0.66 and 0.5
LUMBAR_SHARE = 0.6
MAX_LUMBAR_RAD = np.radians(50.0)
BENDING_RAD = np.radians(np.arange(-170.0, 101.0))  # of the torso, from far forward to backward
LUMBAR_WEIGHT, REST_WEIGHT = 1e-2, 1e-5  # against squared marker errors in m2
RESTING = (
    "hip_rotation",
    "arm_rot",
    "ankle_angle",
)  # pulled to 0 where nothing determines them, as with straight knees
FAILED = 3  # exit code of worker.py: the model cannot be used, and the last line of stderr says why


@dataclass(frozen=True)
class Solution:
    """T frames with a pose, C coordinates of the model in its order, N markers in use.

    values (T, C) radians or metres, angles without jumps; rotational, clamped, locked, low, high (C,); errors_m (T, N);
    version: of OpenSim; osim: the model file's content.
    """

    coordinates: tuple[str, ...]
    values: FloatArray
    rotational: BoolArray
    clamped: BoolArray
    locked: BoolArray
    low: FloatArray
    high: FloatArray
    markers: tuple[str, ...]
    errors_m: FloatArray
    version: str
    osim: bytes


def person_job(motion: EvenMotion, height_m: float) -> dict[str, Any]:
    """The job for our own model, scaled to the person. See `worker.py`."""
    xyz, feet = motion.xyz[motion.valid], feet_of(motion)
    sizes = sizes_of(xyz, feet, height_m)
    markers = markers_of(sizes, xyz, feet)
    return _job(xyz, markers, sizes, heading_rad=heading(xyz))


def users_job(motion: EvenMotion, model: Path, placed: Mapping[str, Any] | None) -> dict[str, Any]:
    """The job for a user's model. placed: our joints' names -> name of a marker of the model, or [body, [x, y, z]];
    None: every joint at the origin of its body, named as in Rajagopal's model, if the model has it."""
    markers: Markers = {}
    for side in "rl":
        bodies = {
            "hip": "femur", "knee": "tibia", "ankle": "talus", "shoulder": "humerus", "elbow": "ulna", "wrist": "hand",
        }  # fmt: skip
        markers |= {f"{side}_{joint}": (f"{body}_{side}", (0.0, 0.0, 0.0)) for joint, body in bodies.items()}
    xyz = motion.xyz[motion.valid]
    return _job(xyz, markers if placed is None else dict(placed), sizes_of(xyz, None, 0.0)) | {
        "model": str(model.absolute())
    }


def _job(xyz: FloatArray, markers: Mapping[str, Any], sizes: ModelSizes, *, heading_rad: float = 0.0) -> dict[str, Any]:
    lumbar = lumbar_extension(forward_lean(xyz), sizes)
    priors = {f"{name}_{side}": [0.0, REST_WEIGHT] for name in RESTING for side in "rl"}
    weights = {name: WEIGHTS.get(name, 1.0) for name in markers}
    return {
        "model": None, "sizes": sizes.record(), "heading_rad": heading_rad,
        "locked": [f"ankle_angle_{side}" for side in "rl" if f"{side}_toe" not in markers],
        "markers": dict(markers), "names": [*H36M_NAMES, *FEET],
        "weights": {name: weight for name, weight in weights.items() if weight > 0},
        "priors": priors | {"lumbar_extension": [lumbar.tolist(), LUMBAR_WEIGHT]},
    }  # fmt: skip


def feet_of(motion: EvenMotion) -> FloatArray | None:
    """(T, 4, 3) heels and toes of the frames with a pose, in the order of FEET, NaN where unknown; None if there are
    none."""
    feet: FloatArray | None = getattr(motion, "feet", None)
    if feet is None or not np.isfinite(feet[motion.valid]).all(-1).any():
        return None
    return feet[motion.valid]


def _ahead(xyz: FloatArray) -> FloatArray:
    """(T, 3) level unit vectors to where the pelvis faces."""
    left = xyz[:, H36M["l_hip"]] - xyz[:, H36M["r_hip"]]
    ahead = np.cross(left, [0.0, 0.0, 1.0])
    return np.asarray(ahead / np.maximum(np.linalg.norm(ahead, axis=-1, keepdims=True), 1e-9))


def heading(xyz: FloatArray) -> float:
    """The mean direction of facing, radians about the vertical from the image's right, counter-clockwise from above."""
    x, y, _ = _ahead(xyz).mean(0)
    return float(np.arctan2(y, x))


def forward_lean(xyz: FloatArray) -> FloatArray:
    """(T,) radians by which the line from the hips to the shoulders leans forward."""
    hips, shoulders = ((xyz[:, H36M[f"l_{part}"]] + xyz[:, H36M[f"r_{part}"]]) / 2 for part in ("hip", "shoulder"))
    up = shoulders - hips
    return np.asarray(np.arctan2((up * _ahead(xyz)).sum(-1), up[:, 2]))


def lumbar_extension(lean_rad: FloatArray, sizes: ModelSizes) -> FloatArray:
    """(T,) radians of the lumbar joint, negative forwards, of a trunk that leans forward by lean_rad (T,): its share of
    the bending with which the model's line from hips to shoulders leans so."""
    pelvis = np.array([sizes.lumbar[0] - sizes.hip[0], sizes.lumbar[1] - sizes.hip[1]])
    torso = np.array(sizes.shoulder[:2])
    tilt = (1 - LUMBAR_SHARE) * BENDING_RAD
    x = (
        pelvis[0] * np.cos(tilt)
        - pelvis[1] * np.sin(tilt)
        + torso[0] * np.cos(BENDING_RAD)
        - torso[1] * np.sin(BENDING_RAD)
    )
    y = (
        pelvis[0] * np.sin(tilt)
        + pelvis[1] * np.cos(tilt)
        + torso[0] * np.sin(BENDING_RAD)
        + torso[1] * np.cos(BENDING_RAD)
    )
    leans = np.unwrap(np.arctan2(x, y))  # falls with the bending
    bending = np.interp(lean_rad, leans[::-1], BENDING_RAD[::-1])
    return np.clip(LUMBAR_SHARE * bending, -MAX_LUMBAR_RAD, MAX_LUMBAR_RAD)


def solve(job: Mapping[str, Any], motion: EvenMotion) -> Solution:
    """Runs the job in a process of its own. Raises InputError if OpenSim cannot use the user's model, OutputError if it
    fails with ours."""
    feet = feet_of(motion)
    xyz = motion.xyz[motion.valid]
    feet = np.full((len(xyz), len(FEET), 3), np.nan) if feet is None else feet
    with tempfile.TemporaryDirectory(prefix="kasf-opensim-") as place:
        folder = Path(place)
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        np.savez(
            folder / "markers.npz",
            times_s=motion.times_s[motion.valid],
            xyz_m=y_up(np.concatenate([xyz, feet], axis=1)),
        )
        done = subprocess.run(
            [sys.executable, "-m", "kasf_demo.export.opensim.worker", place],
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in sys.path if p)),
            cwd=place, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
        if done.returncode:
            said = (done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"])[-1]
            if job["model"] is not None:
                what = f"OpenSim cannot use the model: {said}"
                raise InputError(what, "open it in OpenSim first, or drop --opensim-model", path=job["model"])
            raise OutputError(f"--export opensim failed: {said}", "report this, or drop opensim")
        return _read(folder)


def _read(folder: Path) -> Solution:
    with np.load(folder / "result.npz", allow_pickle=False) as data:
        values = np.asarray(data["values"], float)
        values[:, data["rotational"]] = np.unwrap(values[:, data["rotational"]], axis=0)
        return Solution(
            tuple(data["coordinates"].tolist()), values, data["rotational"], data["clamped"], data["locked"],
            data["range_low"], data["range_high"], tuple(data["markers"].tolist()), data["errors_m"],
            str(data["version"]), (folder / "model.osim").read_bytes(),
        )  # fmt: skip
