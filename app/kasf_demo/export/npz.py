"""Everything as numpy arrays in one file, for programs: `np.load("pose.npz")`, no pickles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import CameraMotion
from kasf_demo.types.feet import FEET, FootPoints, FootPose
from kasf_demo.types.motion import ANGLES, FOOT_ANGLES, POINTS, Angles
from kasf_demo.types.people import Person
from kasportsformer.skeleton import BONES, H36M_NAMES

SAME_RATE = 0.01


def write_npz(
    path: Path,
    people: Sequence[Person],
    angles: Sequence[Angles],
    times_s: FloatArray,
    camera: CameraMotion | None = None,
    about: Mapping[str, str | float | bool | None] | None = None,
    media_s: FloatArray | None = None,
) -> None:
    """P people, T frames, A angles; NaN where there is no pose. Keys and shapes: docs/output.md, pose.npz.

    times_s (T,) are real seconds, media_s (T,) the time stamps of the clip as played: None if they are the same.
    about: scalars on the origin of the numbers, see `origin`; None is written as an empty string.
    """
    t = len(times_s)
    camera = camera or CameraMotion.none(t)

    def stacked(arrays: list[Any], shape: tuple[int, ...], kind: Any = float) -> NDArray[Any]:
        return np.array(arrays, kind).reshape(len(people), t, *shape)

    poses = [p.pose for p in people]
    arrays: dict[str, Any] = {
        "times_s": np.asarray(times_s, float),
        "media_s": np.asarray(times_s if media_s is None else media_s, float),
        "person": np.array([p.id for p in people], int),
        "xyz_m": stacked([p.xyz for p in poses], (17, 3)),
        "uv_px": stacked([p.h36m.xy for p in people], (17, 2)),
        "score": stacked([p.score for p in poses], (17,)),
        "doubtful": stacked([p.in_doubt for p in poses], (17,), bool),
        "sigma_m": stacked([_known(p.sigma_m, (t, 17)) for p in poses], (17,), np.float32),
        "valid": stacked([p.valid for p in poses], (), bool),
        "interpolated": stacked([p.interpolated for p in poses], (), bool),
        "angles_deg": stacked([a.deg for a in angles], (len(ANGLES),)),
        "angles_deg_per_s": stacked([a.deg_per_s for a in angles], (len(ANGLES),)),
        "angles_sigma_deg": stacked([_known(a.sigma_deg, a.deg.shape) for a in angles], (len(ANGLES),), np.float32),
        "angles_doubtful": stacked([a.doubtful for a in angles], (len(ANGLES),), bool),
        "speeds_m_per_s": stacked([a.m_per_s for a in angles], (len(POINTS),)),
        "speeds_sigma_m_per_s": stacked(
            [_known(a.sigma_m_per_s, a.m_per_s.shape) for a in angles], (len(POINTS),), np.float32
        ),
        **_feet(people, t),
        **_spread(people, t),
        **_foot_angles(people, t),
        "path_reliable": camera.reliable,
        "camera_rotation": camera.rotation,
        "camera_zoom": camera.zoom,
        "joint_names": np.array(H36M_NAMES),
        "angle_names": np.array(ANGLES),
        "point_names": np.array(POINTS),
        "bones": np.array(BONES),
        "axes": np.array(poses[0].axes if poses else "world"),
    } | {name: np.array("" if value is None else value) for name, value in (about or {}).items()}
    with open(path, "wb") as file:
        np.savez_compressed(file, **arrays)


def _feet(people: Sequence[Person], frames: int) -> dict[str, NDArray[Any]]:
    """Heels and toes in metres and pixels, with the detector's scores; NaN and 0 for people without feet. Nothing if
    nobody has feet."""
    if all(p.pose.feet is None for p in people):
        return {}
    poses = [p.pose.feet or FootPose.unknown(frames) for p in people]
    points = [p.coco.feet or FootPoints.unknown(frames) for p in people]
    shape = (len(people), frames, len(FEET))
    return {
        "feet_m": np.array([f.xyz for f in poses], float).reshape(*shape, 3),
        "feet_px": np.array([f.xy for f in points], np.float32).reshape(*shape, 2),
        "feet_score": np.array([f.score for f in points], np.float32).reshape(shape),
        "feet_sigma_m": np.array([_known(f.sigma_m, shape[1:]) for f in poses], np.float32).reshape(shape),
        "feet_flat_deg": np.array([_known(f.flat_deg, (frames,)) for f in poses], float).reshape(len(people), frames),
        "feet_names": np.array(FEET),
    }


def _spread(people: Sequence[Person], frames: int) -> dict[str, NDArray[Any]]:
    """How far the hypotheses of the lifting network disagree, metres; nothing if it draws none."""
    if all(p.pose.spread_m is None for p in people):
        return {}
    shape = (frames, len(H36M_NAMES))
    return {"spread_m": np.array([_known(p.pose.spread_m, shape) for p in people], np.float32)}


def _foot_angles(people: Sequence[Person], frames: int) -> dict[str, NDArray[Any]]:
    """Angles of feet and their uncertainties, NaN for people without; nothing if nobody has feet."""
    found = [None if p.motion is None else p.motion.foot_angles for p in people]
    if all(f is None for f in found):
        return {}
    unknown = np.full((frames, len(FOOT_ANGLES)), np.nan)
    return {
        "foot_angles_deg": np.array([unknown if f is None else f.deg for f in found], float),
        "foot_angles_sigma_deg": np.array(
            [unknown if f is None else _known(f.sigma_deg, unknown.shape) for f in found], np.float32
        ),
        "foot_angle_names": np.array(FOOT_ANGLES),
    }


def _known(values: FloatArray | None, shape: tuple[int, ...]) -> FloatArray:
    """NaN of the shape for None."""
    return np.full(shape, np.nan) if values is None else values


def origin(version: str | None, clip: str, clip_sha256: str, height_m: float, assumed: bool, times_s: FloatArray,
           nominal_hz: float) -> dict[str, str | float | bool | None]:  # fmt: skip
    """Metadata for an array file: `kasf_demo_version`, `clip` and `clip_sha256`, `height_m` and whether it was assumed,
    and `fps`: the rate that `times_s` (T,) has, which is the nominal one to within 1 %."""
    mean_hz = float((len(times_s) - 1) / (times_s[-1] - times_s[0])) if len(times_s) > 1 else nominal_hz
    return {
        "kasf_demo_version": version,
        "clip": clip,
        "clip_sha256": clip_sha256,
        "height_m": float(height_m),
        "height_assumed": assumed,
        "fps": nominal_hz if abs(mean_hz / nominal_hz - 1) < SAME_RATE else mean_hz,
    }
