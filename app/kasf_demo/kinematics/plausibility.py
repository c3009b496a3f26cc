"""Limbs that cannot be as they are estimated, whatever their score: keypoints that leave their path, bones of a wrong
length, legs off the floor without a flight. T is the number of frames; joints are Human3.6M-17.

The limits are those of bodies in motion: on the ground truth of the demo clips hardly any joint exceeds them.
"""

from __future__ import annotations

import numpy as np

from kasf_demo.kinematics.flight import G_M_PER_S2
from kasf_demo.kinematics.jumps import keypoint_jumps
from kasf_demo.kinematics.segments import centre_of_mass
from kasf_demo.types.arrays import BoolArray, FloatArray, runs
from kasf_demo.types.people import Keypoints2D, Pose3D
from kasportsformer.skeleton import H36M

DOUBTFUL_SCORE = 0.3  # below it detectors are mostly guessing
MAX_BONE_CHANGE = 0.3  # relative to a limb bone's usual length (median over the clip)
# minimum height of the lowest joint above its usual height: heel rise and floor errors are smaller
MIN_UNSUPPORTED_M = 0.12
MIN_UNSUPPORTED_S, MAX_UNSUPPORTED_S = 0.08, 0.6  # longer spans: hanging, climbing, or a wrong floor
MIN_FALL = 1 / 3  # minimum acceleration of a body without support, in g; estimates of flips are that low
EXTRA_FRAMES = 2  # added on either side to fit the parabola
MIN_FRAMES = 10

# a limb bone, and the joints whose place depends on it
_LIMBS = tuple(
    (H36M[f"{side}_{a}"], H36M[f"{side}_{b}"], [H36M[f"{side}_{name}"] for name in moved])
    for side in "rl"
    for a, b, moved in (
        ("hip", "knee", ("knee", "ankle")), ("knee", "ankle", ("ankle",)),
        ("shoulder", "elbow", ("elbow", "wrist")), ("elbow", "wrist", ("wrist",)),
    )
)  # fmt: skip
_LEGS = [H36M[f"{side}_{name}"] for side in "rl" for name in ("knee", "ankle")]


def find_doubtful(pose: Pose3D, keypoints: Keypoints2D) -> BoolArray:
    """(T, 17) joints that are not to be trusted: with a low score, or implausible; False in frames without a pose.

    pose in world axes, keypoints those that it was lifted from.
    """
    doubtful = pose.score < DOUBTFUL_SCORE
    if pose.valid.sum() >= MIN_FRAMES:
        doubtful |= keypoint_jumps(keypoints.xy, keypoints.valid, pose.times_s)
        doubtful |= odd_bones(pose.xyz, pose.valid)
        doubtful |= unsupported_legs(pose.xyz, pose.valid, pose.times_s)
    return np.asarray(doubtful & pose.valid[:, None])


def odd_bones(xyz: FloatArray, valid: BoolArray) -> BoolArray:
    """(T, 17) joints at the far end of limb bones that are longer or shorter than usual by `MAX_BONE_CHANGE`."""
    out = np.zeros(xyz.shape[:2], bool)
    for near, far, moved in _LIMBS:
        length = np.linalg.norm(xyz[:, far] - xyz[:, near], axis=-1)
        usual = float(np.median(length[valid]))
        with np.errstate(invalid="ignore"):
            out[:, moved] |= (np.abs(length - usual) > MAX_BONE_CHANGE * usual)[:, None]
    return out


def unsupported_legs(xyz: FloatArray, valid: BoolArray, times_s: FloatArray) -> BoolArray:
    """(T, 17) knees and ankles in frames in which no joint is near the floor and the body does not fall: a foot must
    stand somewhere."""
    out = np.zeros(xyz.shape[:2], bool)
    lowest = np.where(valid, xyz[..., 2].min(1), np.nan)
    centre = centre_of_mass(xyz)[:, 2]
    with np.errstate(invalid="ignore"):
        spans = runs(lowest > np.nanmedian(lowest) + MIN_UNSUPPORTED_M)
    for a, b in spans:
        around = slice(max(a - EXTRA_FRAMES, 0), b + EXTRA_FRAMES)
        if not MIN_UNSUPPORTED_S <= times_s[b - 1] - times_s[a] <= MAX_UNSUPPORTED_S or not valid[around].all():
            continue
        t = times_s[around] - times_s[a]
        if len(t) > 3 and -2 * float(np.polyfit(t, centre[around], 2)[0]) < MIN_FALL * G_M_PER_S2:
            out[a:b, _LEGS] = True
    return out
