"""The camera in the JSON report, and how reliable each ground trajectory is."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from kasf_demo.types.arrays import runs
from kasf_demo.types.camera import Camera, CameraAngle, CameraMotion, Orientation
from kasf_demo.types.people import Pose3D

SHOWN_ROLL_DEG = 1.5  # a smaller roll is not worth a word on the console
MEANING = {
    "still": "the camera is static",
    "turns": (
        "the camera rotates or zooms in place; this is compensated: positions are in the camera axes of the first frame"
    ),
    "moves": "the camera translates; this is not compensated: positions are relative to the camera",
    "unknown": "the background has too few features to estimate camera motion: the camera is assumed to be static",
}


def camera_record(camera: Camera, orientation: Orientation, motion: CameraMotion | None) -> dict[str, Any]:
    """The lens, tilt and roll with their sources, and the camera motion.

    `motion`, only if the camera turns: the ranges of pan (right), tilt (down) and roll (the image clockwise) since the
    first frame, and in `rotation_deg` a rotation vector for each frame.
    """
    motion = motion or CameraMotion.none(0)
    return {
        "model": "pinhole",
        "focal_px": camera.focal_px,
        "centre_px": [camera.cx_px, camera.cy_px],
        "focal": camera.source,
        "tilt_deg": orientation.tilt.deg,
        "roll_deg": orientation.roll.deg,
        "tilt": angle_record(orientation.tilt),
        "roll": angle_record(orientation.roll),
        "motion": _motion(motion),
    }


def angle_record(angle: CameraAngle) -> dict[str, Any]:
    """Source of the camera's tilt or roll; for an estimate its parts with standard deviations."""
    parts = {name: {"deg": round(deg, 2), "sigma_deg": round(sigma, 2)} for name, (deg, sigma) in angle.parts.items()}
    return {
        "source": angle.source,
        "sigma_deg": None if angle.sigma_deg is None else round(angle.sigma_deg, 2),
        "from": parts,
    }


def _motion(motion: CameraMotion) -> dict[str, Any]:
    record = {"kind": motion.kind, "meaning": MEANING[motion.kind], "reliable": is_reliable(motion)}
    if motion.kind != "turns":
        return record
    angles = dict(zip(("pan", "tilt", "roll"), motion.pan_tilt_roll_deg.T, strict=True))
    vectors = np.degrees(Rotation.from_matrix(motion.rotation).as_rotvec())
    return record | {
        "turned_deg": round(motion.turned_deg, 2),
        **{f"{name}_range_deg": [round(float(v), 2) + 0.0 for v in (a.min(), a.max())] for name, a in angles.items()},
        "zoom": [round(float(z), 4) for z in (motion.zoom.min(), motion.zoom.max())],
        "rotation_deg": [[round(float(v), 4) + 0.0 for v in row] for row in vectors],
    }  # fmt: skip


def is_reliable(motion: CameraMotion) -> bool:
    """True if at least 90 % of the frames are reliable."""
    return bool(motion.reliable.mean() >= 0.9) if len(motion.reliable) else False


def trajectory_record(pose: Pose3D, motion: CameraMotion | None) -> dict[str, Any]:
    """Reliability of the person's ground trajectory: for the clip, and the unreliable spans, seconds."""
    motion = motion or CameraMotion.none(len(pose))
    spans = [
        [round(float(pose.times_s[a]), 3), round(float(pose.times_s[b - 1]), 3)]
        for a, b in runs(pose.valid & ~motion.reliable)
    ]
    return {"reliable": is_reliable(motion), "unreliable_s": spans}


def _turning(motion: CameraMotion) -> str:
    """Text: the ranges of pan, tilt and roll, and the zoom; angles below half a degree are left out."""
    ranges = np.ptp(motion.pan_tilt_roll_deg, axis=0)
    parts = [
        f"{verb} by {deg:.0f}°" for verb, deg in zip(("pans", "tilts", "rolls"), ranges, strict=True) if deg >= 0.5
    ]
    zoom = float(np.ptp(motion.zoom))
    parts += [f"zooms by {100 * zoom:.0f} %"] if zoom > 0.005 else []
    return ", ".join(parts) or f"turns by {ranges.max():.1f}°"


def camera_warning(motion: CameraMotion) -> str | None:
    """Warnings for unreliable ground trajectories."""
    if motion.kind == "moves":
        return "camera translation detected: trajectories are relative to the camera, not the ground"
    lost = int((~motion.reliable).sum())
    if lost and motion.kind == "turns":
        return f"camera rotation could not be estimated in {lost} frames; trajectories are unreliable there"
    return None


def camera_line(camera: Camera, motion: CameraMotion, orientation: Orientation) -> str:
    """One console line of camera estimates; empty if there are none."""
    parts = []
    if motion.kind == "turns":
        parts.append(f"{_turning(motion)} (compensated)")
    if camera.source == "estimated":
        parts.append(f"focal length {camera.focal_px:.0f} px (from the pan)")
    tilt, roll = orientation.tilt, orientation.roll
    if tilt.source == "estimated":
        parts.append(f"pitch {abs(tilt.deg):.0f}° {'down' if tilt.deg >= 0 else 'up'} (from {', '.join(tilt.parts)})")
    if roll.source == "estimated" and abs(roll.deg) >= SHOWN_ROLL_DEG:
        way = "clockwise" if roll.deg > 0 else "counter-clockwise"
        parts.append(f"image turned {way} by {abs(roll.deg):.0f}° (from {', '.join(roll.parts)})")
    return "camera: " + "; ".join(parts) if parts else ""
