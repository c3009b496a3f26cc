"""The style of all output frames: one palette, and sizes relative to the frame height, so that 720p and 4K read equally
well.

Left is blue and right is orange, a pair that stays apart with every common colour blindness (Okabe and Ito's palette,
lightened for a dark panel); the midline is near-white. People are distinguished by an accent (number and ring), not by
side colours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.people import Pose3D
from kasportsformer.skeleton import BONES, H36M, H36M_NAMES

Rgb = tuple[int, int, int]

BACKGROUND: Rgb = (18, 22, 28)
BELOW_SHADOW: Rgb = (9, 11, 14)
FLOOR: Rgb = (33, 40, 50)
FLOOR_LINE: Rgb = (112, 131, 154)
TEXT: Rgb = (232, 236, 242)
TEXT_DIM: Rgb = (138, 149, 164)
OUTLINE: Rgb = (12, 14, 18)
WHITE: Rgb = (255, 255, 255)

LEFT: Rgb = (74, 178, 245)
RIGHT: Rgb = (255, 140, 48)
CENTRE: Rgb = (226, 231, 238)
ACCENTS: tuple[Rgb, ...] = ((240, 228, 66), (226, 134, 188), (38, 190, 140), (190, 160, 255), (255, 255, 255))

_SIDES = {"l": LEFT, "r": RIGHT}
JOINT_COLOURS: tuple[Rgb, ...] = tuple(
    _SIDES.get(name.partition("_")[0] if "_" in name else "", CENTRE) for name in H36M_NAMES
)
# hips and shoulders belong to their side
BONE_COLOURS: tuple[Rgb, ...] = tuple(JOINT_COLOURS[distal] for _, distal in BONES)

SURE_SCORE = 0.5  # a joint scored at least this is drawn opaque
LOST_SCORE = 0.1  # ... and one scored at most this is drawn at MIN_ALPHA
MIN_ALPHA = 0.25
INTERPOLATED_ALPHA = 0.6
DOUBTFUL_ALPHA = 0.3  # a joint in an implausible place, whatever its score

# Radius of the body at each joint as drawn, metres: what makes the 3D bones taper
_RADIUS_M = {
    "pelvis": 0.034,
    "hip": 0.032,
    "knee": 0.027,
    "ankle": 0.018,
    "spine": 0.033,
    "thorax": 0.032,
    "neck": 0.024,
    "head": 0.022,
    "shoulder": 0.028,
    "elbow": 0.022,
    "wrist": 0.015,
}
JOINT_RADIUS_M: FloatArray = np.array([_RADIUS_M[name.rpartition("_")[2]] for name in H36M_NAMES])
HEAD_RADIUS_M = 0.105
FOOT_RADIUS_M: FloatArray = np.array([0.018, 0.024, 0.02])  # at ankle, heel and toe
MIN_DOT_PX = 1.5  # the light middle of a joint is left out where it would be smaller: it would only blur
NECK, HEAD = H36M["neck"], H36M["head"]
BONE_PAIRS = np.array(BONES)


@dataclass(frozen=True)
class TextSizes:
    """Type sizes in pixels, with a floor below which type cannot be read."""

    time: int
    label: int
    caption: int

    @classmethod
    def of(cls, width_px: int, height_px: int) -> TextSizes:
        """For a panel of this size; a narrow panel gets smaller type than its height alone would give."""
        unit = min(height_px, 1.5 * width_px) / 720
        return cls(time=max(13, round(26 * unit)), label=max(10, round(16 * unit)), caption=max(9, round(13.5 * unit)))


def accent(person: int) -> Rgb:
    """The accent of the n-th person (from 0)."""
    return ACCENTS[person % len(ACCENTS)]


def score_alpha(score: FloatArray) -> FloatArray:
    """Scores in 0..1 -> opacity: 1 from SURE_SCORE on, falling to MIN_ALPHA. A score that is not a number counts as
    lost."""
    ramp = (np.nan_to_num(score, nan=0.0) - LOST_SCORE) / (SURE_SCORE - LOST_SCORE)
    opacity: FloatArray = MIN_ALPHA + (1 - MIN_ALPHA) * np.clip(ramp, 0.0, 1.0)
    return opacity


def joint_alpha(pose: Pose3D, frame: int) -> FloatArray:
    """(17,) opacity of the joints: by score, lower where they are doubtful, and where the frame was filled in."""
    opacity = score_alpha(pose.score[frame])
    if pose.doubtful is not None:
        opacity = np.where(pose.doubtful[frame], np.minimum(opacity, DOUBTFUL_ALPHA), opacity)
    return opacity * (INTERPOLATED_ALPHA if pose.interpolated[frame] else 1.0)


def mix(a: Rgb, b: Rgb, share_b: float) -> Rgb:
    """The colour between `a` (share 0) and `b` (share 1)."""
    (ra, ga, ba), (rb, gb, bb) = a, b
    return round(ra + (rb - ra) * share_b), round(ga + (gb - ga) * share_b), round(ba + (bb - ba) * share_b)
