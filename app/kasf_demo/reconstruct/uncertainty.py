"""How far off joints, angles and speeds may be: log-linear models of the clues, calibrated on motion capture.

sigma is such that 68 % of the errors are smaller; `within_95` times sigma holds for 95 %. The numbers are in
uncertainty.toml, made by benchmarks/accuracy/uncertainty.py; docs/accuracy.md has what they are worth.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.kinematics.joint_angles import MADE_OF
from kasf_demo.reconstruct.clues import CLUES, KIND, KINDS, Clues, clues_by_chunk
from kasf_demo.reconstruct.foot_clues import (
    FOOT_ANGLE_CLUES,
    FOOT_ANGLE_KINDS,
    FOOT_CLUES,
    FOOT_KINDS,
    foot_angle_clues,
    foot_angle_kind,
    foot_clues,
    foot_kind,
)
from kasf_demo.reconstruct.person import Placed
from kasf_demo.types.arrays import FloatArray, chunks
from kasf_demo.types.camera import Camera, CameraMotion, Orientation
from kasf_demo.types.feet import FootPose
from kasf_demo.types.motion import ANGLES, POINTS, Angles, FootAngles, Motion
from kasf_demo.types.people import Person, Pose3D
from kasportsformer.skeleton import H36M

TABLE = Path(__file__).with_name("uncertainty.toml")
ANGLE_CLUES = ("one", "joints", "bent", "side", "doubtful")
SPEED_CLUES = ("one", "joint", "speed")
MIN_M = 0.005
MIN_M_PER_S = 0.3
ANGLE_KINDS = tuple(dict.fromkeys(name.removeprefix("r_").removeprefix("l_") for name in ANGLES))
POINT_KINDS = ("wrist", "ankle", "pelvis")
angle_kind = np.array([ANGLE_KINDS.index(name.removeprefix("r_").removeprefix("l_")) for name in ANGLES])
point_kind = np.array([POINT_KINDS.index(name.removeprefix("r_").removeprefix("l_")) for name in POINTS])
_MADE_OF = [[H36M[joint] for joint in MADE_OF[name]] for name in ANGLES]
# angles against the vertical or the horizontal share its error: by which of tilt and roll is not told apart
_UPRIGHT = np.array([name.startswith("trunk_lean") or name.endswith("_tilt") for name in ANGLES])


@dataclass(frozen=True)
class LogLinear:
    """sigma = exp(clues . weights). weights (K, C) by kind; low, high (C,): clues are clipped to what was seen in
    calibration; within_95: the factor for 95 %."""

    weights: FloatArray
    low: FloatArray
    high: FloatArray
    within_95: float

    def __call__(self, clues: FloatArray, kind: FloatArray) -> FloatArray:
        """(T, N) sigma of clues (T, N, C), of N columns of the kinds (N,)."""
        clipped = np.clip(clues, self.low, self.high)
        return np.asarray(np.exp(np.einsum("tnc,nc->tn", clipped, self.weights[kind])))

    @classmethod
    def read(cls, table: Mapping[str, Any], kinds: Sequence[str], clues: Sequence[str]) -> LogLinear:
        """From a table of the file. Raises ValueError if it is of other clues."""
        if tuple(table["clues"]) != tuple(clues):
            raise ValueError(f"{TABLE.name} has clues {table['clues']}, not {clues}")
        weights = np.array([table["weights"][kind] for kind in kinds])
        return cls(weights, np.array(table["low"]), np.array(table["high"]), float(table["within_95"]))


@dataclass(frozen=True)
class Calibration:
    """Models of joints, angles, speeds, heels and toes, and angles of feet; factors (K,) by detector and kind of joint,
    which real keypoints need ("other": of detectors that are not named) and by angle (A,); the lifter (name and
    SHA-256) that they are calibrated for."""

    joints: LogLinear
    angles: LogLinear
    speeds: LogLinear
    feet: LogLinear
    foot_angles: LogLinear
    detectors: Mapping[str, FloatArray]
    by_angle: FloatArray
    lifter: tuple[str, str]

    @classmethod
    def read(cls, path: Path = TABLE) -> Calibration:
        """From uncertainty.toml."""
        with open(path, "rb") as file:
            table = tomllib.load(file)
        return cls(
            LogLinear.read(table["joints"], KINDS, CLUES),
            LogLinear.read(table["angles"], ANGLE_KINDS, ANGLE_CLUES),
            LogLinear.read(table["speeds"], POINT_KINDS, SPEED_CLUES),
            LogLinear.read(table["feet"], FOOT_KINDS, FOOT_CLUES),
            LogLinear.read(table["foot_angles"], FOOT_ANGLE_KINDS, FOOT_ANGLE_CLUES),
            {name: np.array([factors[kind] for kind in KINDS]) for name, factors in table["detectors"].items()},
            np.array([table["angle_factors"][kind] for kind in ANGLE_KINDS])[angle_kind],
            (table["lifter"], table["lifter_sha256"]),
        )

    def joint_sigma(self, clues: Clues, detector: str) -> FloatArray:
        """(T, 17) m relative to the pelvis, whose own is 0. detector: its name; "" for none, as in calibration."""
        sigma = self.joints(clues.values, KIND)
        if detector:
            sigma *= self.detectors.get(detector, self.detectors["other"])[KIND]
        sigma[:, H36M["pelvis"]] = 0.0
        return sigma

    def angle_sigma(
        self, sigma_m: FloatArray, angles: Angles, side: FloatArray, orientation: Orientation
    ) -> FloatArray:
        """(T, A) degrees; sigma_m (T, 17); side (T,) see Clues."""
        sigma = self.angles(angle_clues(sigma_m, angles, side), angle_kind)
        tilt, roll = (part.sigma_deg or 0.0 for part in (orientation.tilt, orientation.roll))
        return np.asarray(self.by_angle * np.hypot(sigma, _UPRIGHT * np.hypot(tilt, roll) / np.sqrt(2)))

    def speed_sigma(self, sigma_m: FloatArray, angles: Angles) -> FloatArray:
        """(T, 5) m/s, columns as POINTS."""
        return self.speeds(speed_clues(sigma_m, angles), point_kind)


@functools.cache
def calibration() -> Calibration:
    """The one that comes with the program."""
    return Calibration.read()


def with_sigma(
    person: Person, lifted: Placed, fitted: Placed, camera: Camera, motion: CameraMotion, fps: float, detector: str
) -> tuple[Person, FloatArray]:
    """The person with `sigma_m` of the joints, NaN in frames without a pose; and how far the view is from the side,
    (T,), see Clues. lifted, fitted: before and after the body fit."""
    pose = person.pose
    sigma, side = np.full(pose.score.shape, np.nan, np.float32), np.zeros(len(pose), np.float32)
    for rows, clues in clues_by_chunk(lifted, fitted, pose.in_doubt, camera, motion, fps):
        own = calibration().joint_sigma(clues, detector)
        sigma[rows] = np.where(pose.valid[rows, None], own, np.nan)
        side[rows] = clues.side
    return replace(person, pose=replace(pose, sigma_m=sigma, feet=_feet_with_sigma(pose, sigma, fitted))), side


def _feet_with_sigma(pose: Pose3D, sigma_m: FloatArray, fitted: Placed) -> FootPose | None:
    """The feet of a pose with `sigma_m`, NaN where a foot is not known."""
    if pose.feet is None or fitted.feet is None:
        return pose.feet
    clues = foot_clues(fitted.feet.xyz, fitted.xyz[:, 0], sigma_m, pose.feet.score)
    own = calibration().feet(np.nan_to_num(clues), foot_kind)
    return replace(pose.feet, sigma_m=np.where(pose.feet.valid, own, np.nan).astype(np.float32))


def _foot_angles_with_sigma(
    angles: FootAngles | None, pose: Pose3D, side: FloatArray, orientation: Orientation
) -> FootAngles | None:
    if angles is None or pose.sigma_m is None or pose.feet is None or pose.feet.sigma_m is None:
        return angles
    clues = foot_angle_clues(pose.sigma_m, pose.feet.sigma_m, side, pose.feet.score)
    sigma = calibration().foot_angles(np.nan_to_num(clues), foot_angle_kind)
    tilt, roll = (part.sigma_deg or 0.0 for part in (orientation.tilt, orientation.roll))
    sigma = np.hypot(sigma, (foot_angle_kind == FOOT_ANGLE_KINDS.index("foot_pitch")) * np.hypot(tilt, roll) / 2**0.5)
    return replace(angles, sigma_deg=np.where(np.isfinite(angles.deg), sigma, np.nan).astype(np.float32))


def with_angle_sigma(motion: Motion, pose: Pose3D, side: FloatArray, orientation: Orientation) -> Motion:
    """The motion with `sigma_deg` and `sigma_m_per_s`, NaN where there is no value. side (T,) see Clues."""
    if pose.sigma_m is None:
        return motion
    angles, own = motion.angles, calibration()
    deg, speed = (np.full(v.shape, np.nan, np.float32) for v in (angles.deg, angles.m_per_s))
    for rows in chunks(len(pose)):
        part, joints = angles.part(rows), pose.sigma_m[rows]
        deg[rows] = np.where(np.isfinite(part.deg), own.angle_sigma(joints, part, side[rows], orientation), np.nan)
        speed[rows] = np.where(np.isfinite(part.m_per_s), own.speed_sigma(joints, part), np.nan)
    feet = _foot_angles_with_sigma(motion.foot_angles, pose, side, orientation)
    return replace(motion, angles=replace(angles, sigma_deg=deg, sigma_m_per_s=speed), foot_angles=feet)


def angle_clues(sigma_m: FloatArray, angles: Angles, side: FloatArray) -> FloatArray:
    """(T, A, C), columns as ANGLE_CLUES."""
    joints = np.stack([np.sqrt((sigma_m[:, rows] ** 2).mean(-1)) for rows in _MADE_OF], axis=-1)
    bent = np.nan_to_num(np.cos(np.radians(angles.deg)))
    sides = np.broadcast_to(side[:, None] ** 2, bent.shape)
    return np.stack([np.ones(bent.shape), np.log(joints + MIN_M), bent, sides, angles.doubtful], axis=-1)


def speed_clues(sigma_m: FloatArray, angles: Angles) -> FloatArray:
    """(T, 5, C), columns as SPEED_CLUES. Of the pelvis, the joints' mean counts."""
    columns = [sigma_m[:, H36M[name]] if name != "pelvis" else sigma_m[:, 1:].mean(1) for name in POINTS]
    joint = np.log(np.stack(columns, axis=-1) + MIN_M)
    return np.stack([np.ones(joint.shape), joint, np.log(np.nan_to_num(angles.m_per_s) + MIN_M_PER_S)], axis=-1)
