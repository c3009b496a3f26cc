"""Convert from the table's axes back to camera axes, in which result and ground truth are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import Orientation


def to_camera(
    xyz_world: FloatArray, *, orientation: Orientation, camera_height_m: float, turned: FloatArray | None = None
) -> FloatArray:
    """(T, J, 3) world axes of a result -> camera axes (x right, y down, z forward), metres: the inverse of
    `floor.on_floor` and `world.to_world`. turned (T, 3, 3): rotation of the camera since its first frame, if the result
    is wanted in each frame's own axes.

    camera_height_m: the camera's height above the estimated floor. If that floor is `running` or a `plane`, it is the
    median. The height of the whole pose is then off by the floor's drift, which does not affect root-relative errors.
    """
    first = np.asarray((xyz_world - [0.0, 0.0, camera_height_m]) @ orientation.to_world)
    return first if turned is None else np.asarray(np.einsum("tij,tnj->tni", turned, first))


def rotations(motion: Any, frames: int) -> FloatArray | None:
    """(T, 3, 3) of the report's `camera.motion`; None if the camera does not rotate. Raises ValueError for invalid
    data."""
    vectors = motion.get("rotation_deg") if isinstance(motion, dict) else None  # older reports hold a sentence
    if vectors is None:
        return None
    found = np.asarray(vectors, float)
    if found.shape != (frames, 3) or not np.isfinite(found).all():
        raise ValueError(f"camera.motion.rotation_deg has shape {found.shape} for {frames} frames")
    return np.asarray(Rotation.from_rotvec(np.radians(found)).as_matrix())


def camera_of(
    report: Mapping[str, Any], person: Mapping[str, Any], frames: int
) -> tuple[Orientation, FloatArray | None]:
    """Orientation, and rotation since the first frame, (T, 3, 3), that were compensated for a person of a report:
    those of the camera in the person's shot, and no rotation within an inset. None: the camera does not rotate. Frames
    outside the shot are unchanged. Raises KeyError, TypeError or ValueError for an invalid report."""
    shots = report.get("shots") or ()  # older reports have none
    shot = next((s for s in shots if person["id"] in s["people"]), None) if len(shots) > 1 else None
    camera = report["camera"] if shot is None else shot["camera"]
    orientation = Orientation.of(float(camera["tilt_deg"]), float(camera.get("roll_deg", 0.0)))  # older: no roll
    if "inset_px" in (person.get("trajectory") or {}):
        return orientation, None
    if shot is None:
        return orientation, rotations(camera.get("motion"), frames)
    first, end = int(shot["first_frame"]), int(shot["last_frame"]) + 1
    if not 0 <= first < end <= frames:
        raise ValueError(f"a shot from frame {first} to {end - 1} of {frames}")
    own = rotations(camera.get("motion"), end - first)
    if own is None:
        return orientation, None
    turned = np.tile(np.eye(3), (frames, 1, 1))
    turned[first:end] = own
    return orientation, turned
