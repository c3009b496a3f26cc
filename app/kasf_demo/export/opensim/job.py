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
from kasf_demo.export.opensim.posture import forward_lean, heading, lumbar_extension
from kasf_demo.export.opensim.segments import WEIGHTS, Markers, ModelSizes, markers_of, sizes_of
from kasf_demo.export.resample import EvenMotion, y_up
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.feet import FEET
from kasportsformer.skeleton import H36M_NAMES

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
    lumbar = lumbar_extension(forward_lean(xyz), sizes.pelvis, sizes.torso)
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
    if motion.feet is None or not np.isfinite(motion.feet[motion.valid]).all(-1).any():
        return None
    return motion.feet[motion.valid]


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
