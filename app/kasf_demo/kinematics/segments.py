"""The directions of a body: where right, up and forward are for its pelvis and for its shoulders. Human3.6M-17, world
axes.

Only hips, shoulders, knees, elbows, ankles and wrists are used. Spine, thorax, neck and head of the 17 are inferred
from face and trunk, and move with the nose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kasf_demo.kinematics.vectors import UP, unit, without
from kasf_demo.types.arrays import FloatArray
from kasportsformer.skeleton import H36M

# Segment masses by body mass, and where their centres lie from the proximal end: Dempster (1955), as in Winter,
# Biomechanics and Motor Control of Human Movement, 4th ed., table 4.1. Foot and hand are in shank and forearm. The
# head's centre is taken halfway neck to head.
_LIMBS = (
    ("hip", "knee", 0.100, 0.433),
    ("knee", "ankle", 0.061, 0.606),
    ("shoulder", "elbow", 0.028, 0.436),
    ("elbow", "wrist", 0.022, 0.682),
)
_TRUNK, _HEAD = 0.497, 0.081


def joint(xyz: FloatArray, name: str) -> FloatArray:
    """(T, 3) of one joint of (T, 17, 3)."""
    return xyz[:, H36M[name]]


def middle(xyz: FloatArray, name: str) -> FloatArray:
    """(T, 3) halfway between the right and the left `name`."""
    return (joint(xyz, f"r_{name}") + joint(xyz, f"l_{name}")) / 2


def to_left(xyz: FloatArray, name: str) -> FloatArray:
    """(T, 3) from the right `name` to the left one, metres: the pelvis line or the shoulder line."""
    return joint(xyz, f"l_{name}") - joint(xyz, f"r_{name}")


@dataclass(frozen=True)
class SegmentAxes:
    """Right-handed unit axes (T, 3): forward, left, up."""

    forward: FloatArray
    left: FloatArray
    up: FloatArray


def trunk_up(xyz: FloatArray) -> FloatArray:
    """(T, 3) unit: from the middle of the hips to the middle of the shoulders."""
    return unit(middle(xyz, "shoulder") - middle(xyz, "hip"))


def pelvis_frame(xyz: FloatArray) -> SegmentAxes:
    """left along the pelvis line, up along the trunk as far as that is at right angles to it."""
    left = unit(to_left(xyz, "hip"))
    up = unit(without(trunk_up(xyz), left))
    return SegmentAxes(np.cross(left, up), left, up)


def shoulder_frame(xyz: FloatArray) -> SegmentAxes:
    """up along the trunk, left along the shoulder line as far as that is at right angles to it: a shrug turns no
    axis."""
    up = trunk_up(xyz)
    left = unit(without(to_left(xyz, "shoulder"), up))
    return SegmentAxes(np.cross(left, up), left, up)


def facing(xyz: FloatArray) -> SegmentAxes:
    """up is the world's; forward is where hips and shoulders face on average, level. NaN where both lines are nearly
    upright."""
    sides = to_left(xyz, "hip") + to_left(xyz, "shoulder")
    level = without(sides, UP)
    steep = np.linalg.norm(level, axis=-1) < 0.5 * np.linalg.norm(sides, axis=-1)
    left = unit(np.where(steep[:, None], np.nan, level))
    up = np.broadcast_to(UP, left.shape)
    return SegmentAxes(np.cross(left, up), left, up)


def centre_of_mass(xyz: FloatArray) -> FloatArray:
    """(T, 3) of the whole body, from segments."""
    out = _TRUNK * (middle(xyz, "hip") + middle(xyz, "shoulder")) / 2
    out = out + _HEAD * (joint(xyz, "neck") + joint(xyz, "head")) / 2
    for side in "rl":
        for near, far, mass, at in _LIMBS:
            a, b = joint(xyz, f"{side}_{near}"), joint(xyz, f"{side}_{far}")
            out = out + mass * (a + at * (b - a))
    return np.asarray(out)
