"""One pose in, everything that is measured of its motion out."""

from __future__ import annotations

from kasf_demo.kinematics.derivatives import angular_velocity, speed
from kasf_demo.kinematics.events import find_events, seen_only
from kasf_demo.kinematics.joint_angles import doubtful, joint_angles
from kasf_demo.kinematics.plausibility import DOUBTFUL_SCORE
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.motion import POINTS, Angles, Motion
from kasf_demo.types.people import Pose3D
from kasportsformer.skeleton import H36M

_POINTS = [H36M[name] for name in POINTS]


def measure_angles(pose: Pose3D) -> Angles:
    """Angles, angular velocities and speeds. Raises ValueError unless the pose is in world axes: without up there is no lean."""
    if pose.axes != "world":
        raise ValueError(f"angles are measured in world axes, got {pose.axes}")
    xyz = seen_only(pose)
    deg = joint_angles(xyz)
    joints = ((pose.score < DOUBTFUL_SCORE) | pose.in_doubt) & pose.valid[:, None]
    return Angles(
        times_s=pose.times_s,
        deg=deg,
        deg_per_s=angular_velocity(deg, pose.times_s),
        doubtful=doubtful(joints),
        m_per_s=speed(xyz[:, _POINTS], pose.times_s, pose.valid),
        doubtful_points=joints[:, _POINTS],
    )


def measure(pose: Pose3D) -> Motion:
    """Angles, speeds and events of one person. Raises ValueError unless the pose is in world axes."""
    angles = measure_angles(pose)
    return Motion(angles, find_events(pose, angles), mean_rate_hz(pose.times_s))


def mean_rate_hz(times_s: FloatArray) -> float:
    """Frames a second over the clip; NaN for a single frame."""
    return float((len(times_s) - 1) / (times_s[-1] - times_s[0])) if len(times_s) > 1 else float("nan")
