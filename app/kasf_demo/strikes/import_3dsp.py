"""Shots of the 3DSP data set (AutoSoccerPose), in its own format: the misspelt key, left before right, and frames that
are each divided by their largest coordinate."""

from __future__ import annotations

import configparser
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.assess.values import Recording
from kasf_demo.errors import InputError
from kasf_demo.kinematics.joint_angles import doubtful, joint_angles
from kasf_demo.strikes.features import shot_features
from kasf_demo.strikes.library import LibraryShot
from kasf_demo.strikes.measured import entry_of
from kasf_demo.strikes.posture import body_height, make_shot
from kasf_demo.strikes.published import reordered
from kasf_demo.strikes.window import BEFORE_S, POSES, STEP_S, WINDOW_S
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.motion import Angles, BodySide, Events, Motion, Strike
from kasf_demo.types.people import Pose3D
from kasportsformer.skeleton import H36M

KEYS = ("keypont_3d", "keypoint_3d")  # as the files spell it, as their README does
MAX_BYTES = 1_000_000  # of one JSON file; theirs have 5 kB
AROUND_S = 0.25  # of the annotated moment, in which the faster foot is the kicking one
REMEDY = "give the folder `train` of 3DSP: 00001/posture/001.json to 020.json, ..."


def clips_of(folder: Path) -> list[Path]:
    """The folders of its shots. Raises InputError if there are none."""
    found = sorted(p.parent for p in folder.glob("*/posture") if p.is_dir())
    if not found:
        raise InputError("no shots of 3DSP are in this folder", REMEDY, path=folder)
    return found


def import_clips(folder: Path) -> Iterator[LibraryShot]:
    """Each shot of the data set. Raises InputError for one that is not as it should be."""
    for clip in clips_of(folder):
        yield import_clip(clip)


def import_clip(clip: Path) -> LibraryShot:
    """One shot, named by its number and label. Its 3D is not in metres and has no path over the ground."""
    poses = np.stack([_pose(clip / "posture" / f"{n:03d}.json") for n in range(1, POSES + 1)])
    xyz = reordered(poses)
    for i, pose in enumerate(xyz):  # each frame has a scale of its own
        height = body_height(pose[None])
        if not height > 0:
            raise InputError("a pose without limbs", REMEDY, path=clip / "posture" / f"{i + 1:03d}.json")
        xyz[i] = pose / height
    times_s = np.arange(POSES) * STEP_S
    seen = np.ones(POSES, bool)
    pose = Pose3D(xyz, np.ones((POSES, 17)), seen, ~seen, times_s)
    deg, none = joint_angles(xyz), np.zeros((POSES, 17), bool)
    angles = Angles(times_s, deg, np.zeros_like(deg), doubtful(none), np.zeros((POSES, 5)), none[:, :5])
    recording = Recording(pose, Motion(angles, Events(), 1 / STEP_S), ~seen)
    strike = Strike("kick", _kicking_side(xyz), BEFORE_S, 0.0, 0.0)
    shot = make_shot(recording, strike, height_m=1.0)
    label = _label(clip / "info" / "info.ini")
    return entry_of(shot, shot_features(shot), f"3DSP {clip.name}", str(clip.absolute()), label or "football shot")


def _kicking_side(xyz: FloatArray) -> BodySide:
    """The foot that is faster relative to the pelvis around the annotated moment."""
    near = np.abs(WINDOW_S[:-1] + STEP_S / 2) <= AROUND_S
    feet = xyz[:, [H36M["r_ankle"], H36M["l_ankle"]]] - xyz[:, :1]
    right, left = np.linalg.norm(np.diff(feet, axis=0), axis=-1)[near].max(0)
    return "l" if left > right else "r"


def _pose(path: Path) -> FloatArray:
    """(17, 3) in the data set's order. Raises InputError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("it is too large")
        content: Any = json.loads(path.read_text("utf-8"))
        points = next((content[key] for key in KEYS if key in content), None)
        if points is None:
            raise ValueError(f"neither {KEYS[0]} nor {KEYS[1]} is in it")
        pose = np.array([[float(points[str(j)][axis]) for axis in "xyz"] for j in range(17)])
        if not np.isfinite(pose).all():
            raise ValueError("a coordinate is not finite")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as e:
        reason = e.strerror if isinstance(e, OSError) and e.strerror else f"{type(e).__name__}: {e}"
        raise InputError(f"not a posture of 3DSP: {str(reason)[:200]}", REMEDY, path=path) from None
    return pose


def _label(path: Path) -> str:
    """`shot on target` or `shot off target` of its info.ini; empty if it does not say."""
    info = configparser.ConfigParser(interpolation=None)
    try:
        info.read(path, encoding="utf-8")
        return info.get("info", "label", fallback="")[:60].strip("\"' ")
    except (configparser.Error, UnicodeDecodeError):
        return ""
