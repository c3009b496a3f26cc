"""The athlete's body and clothes for one frame: tapered capsules on the joints, grouped so that neighbours blend.

Joint frames: x to the athlete's left, y back, z up when standing in a T pose. Numbers are metres at scale 1 (stature 1.70).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from head import add_head
from limbs import add_arm, add_leg
from looks import BELT, FACE, SHIRT, SHORTS, SKIN, Look
from prims import Solids
from rig import Pose

FloatArray = NDArray[np.floating[Any]]

# Blending groups of one athlete (3 is hair); the next athlete's begin at GROUPS
PANTS, TOP, HEAD, LIMBS, BELT_GROUP, GROUPS = 0, 1, 2, 4, 14, 16


class Frame:
    """One frame of a pose: `at(joint, x, y, z)` is a world point given in a joint's frame at scale 1."""

    def __init__(self, pose: Pose, t: int) -> None:
        self.place = {name: path[t] for name, path in pose.place.items()}
        self.axes = {name: path[t] for name, path in pose.axes.items()}
        self.scale = pose.scale

    def at(self, joint: str, x: float, y: float, z: float) -> FloatArray:
        """World point (3,) metres."""
        return self.place[joint] + self.axes[joint] @ (np.array([x, y, z]) * self.scale)


def add_athlete(solids: Solids, pose: Pose, t: int, look: Look, owner: int) -> None:
    """All solids of one athlete at frame t."""
    frame = Frame(pose, t)
    solids.owner, solids.scale = owner, pose.scale
    base = owner * GROUPS
    _add_pants(solids, frame, look, base + PANTS)
    _add_top(solids, frame, look, base + TOP)
    neck, up = frame.at("head", 0.0, 0.012, 0.030), frame.axes["chest"][:, 1]
    solids.bone(
        base + HEAD,
        SKIN,
        frame.at("chest", 0.0, 0.012, 0.185),
        neck,
        (0.062, 0.052 + 0.004 * look.build),
        up,
        blend=0.03,
    )
    for side in (1.0, -1.0):  # the muscles from the neck to the shoulders, seen in a wide collar
        solids.bone(
            base + HEAD,
            SKIN,
            frame.at("chest", side * 0.09, 0.015, 0.180),
            frame.at("neck", side * 0.02, 0.01, 0.06),
            (0.035, 0.03),
            up,
            blend=0.04,
        )
    add_head(solids, frame.place["head"], frame.axes["head"], look, base + HEAD)
    for number, side in enumerate("lr"):
        add_arm(solids, frame, look, side, base + LIMBS + number)
        add_leg(solids, frame, look, side, base + LIMBS + 2 + 2 * number)
    if look.belt:
        _add_belt(solids, frame, base + BELT_GROUP)


def _add_pants(solids: Solids, frame: Frame, look: Look, group: int) -> None:
    """Pelvis, seat and the legs of shorts or trousers, one group so that they blend in the crotch."""
    wide = 1.03 if look.woman else 1.0
    rows = frame.axes["hip"].T
    solids.capsule(
        group, SHORTS, frame.at("hip", 0, 0.006, 0.045), rows, (0.08, 0.112, 0.098), oval=(1.36 * wide, 1.0), blend=0.05
    )
    back = frame.axes["hip"][:, 1]
    for side in ("l", "r"):
        sign = 1.0 if side == "l" else -1.0
        solids.capsule(group, SHORTS, frame.at("hip", sign * 0.070, 0.048, 0.01), rows, (0.0, 0.086, 0.086), blend=0.06)
        hip, knee, ankle = (frame.place[f"{side}_{j}"] for j in ("thigh", "knee", "ankle"))
        share = min(look.leg, 1.0)
        length = float(np.linalg.norm(knee - hip)) / solids.scale
        hem = (0.0, 0.0, 1.0, share * length)
        flare = 0.092 if look.leg < 1.0 else 0.076
        cuts = (hem,) if look.leg < 1.0 else ()
        start = hip + frame.axes["hip"] @ (np.array([-sign * 0.004, 0.0, 0.01]) * solids.scale)
        solids.bone(
            group,
            SHORTS,
            start,
            knee,
            (0.090, flare - 0.012 * (1 - share)),
            back,
            oval=(0.96, 1.0),
            blend=0.045,
            cuts=cuts,
            paint=-sign,
        )
        if look.leg > 1.0:
            cuts = ((0.0, 0.0, 1.0, 0.40),)
            solids.bone(
                group, SHORTS, knee, ankle, (0.074, 0.066), frame.axes[f"{side}_knee"][:, 1], blend=0.03, cuts=cuts
            )


def _add_top(solids: Solids, frame: Frame, look: Look, group: int) -> None:
    """Shirt: waist, ribs, chest, shoulders and sleeves."""
    waist = (0.90 if look.woman else 1.0) * (0.94 + 0.10 * look.build)
    chest = (0.92 if look.woman else 1.0) * (0.94 + 0.10 * look.build)
    back = frame.axes["abdomen"][:, 1]
    hips = 0.99 if look.woman else 1.0
    skirt = -0.01 if not look.belt else -0.09
    solids.bone(
        group, SHIRT, frame.at("hip", 0, 0.012, skirt), frame.at("abdomen", 0, 0.004, 0.0), (0.146 * hips, 0.112 * waist), back,
        oval=(1.28, 1.0), blend=0.05, cuts=((0.0, 0.0, -1.0, 0.0),),
    )  # fmt: skip
    back = frame.axes["chest"][:, 1]
    solids.bone(
        group, SHIRT, frame.at("abdomen", 0, 0.002, 0.0), frame.at("chest", 0, 0.006, 0.05), (0.110 * waist, 0.116 * chest), back,
        oval=(1.27, 1.0), blend=0.06,
    )  # fmt: skip
    solids.bone(
        group, SHIRT, frame.at("chest", 0, 0.004, 0.03), frame.at("chest", 0, 0.018, 0.135), (0.114 * chest, 0.098 * chest), back,
        oval=(1.38, 1.0), blend=0.06,
    )  # fmt: skip
    for side in ("l", "r"):
        sign = 1.0 if side == "l" else -1.0
        bust = 0.066 if look.woman else 0.058 + 0.01 * look.build
        out = -0.062 if look.woman else -0.044
        solids.capsule(
            group,
            SHIRT,
            frame.at("chest", sign * 0.072, out, 0.075),
            frame.axes["chest"].T,
            (0.0, bust, bust),
            blend=0.05,
        )
        solids.bone(
            group,
            SHIRT,
            frame.at("chest", sign * 0.045, 0.016, 0.160),
            frame.place[f"{side}_shoulder"],
            (0.056, 0.049 * chest),
            back,
            blend=0.06,
        )
        slope = frame.at("chest", sign * 0.030, 0.018, 0.192)
        solids.bone(group, SHIRT, slope, frame.place[f"{side}_shoulder"], (0.042, 0.040), back, blend=0.05)
        solids.capsule(
            group, SHIRT, frame.at("hip", sign * 0.078, 0.016, 0.035), frame.axes["hip"].T, (0.05, 0.102 * hips, 0.094), blend=0.05,
            cuts=((0.0, 0.0, -1.0, 0.035 - skirt),), paint=0.0,
        )  # fmt: skip
        _add_sleeve(solids, frame, look, side, group)
    collar = frame.axes["chest"].T
    solids.capsule(
        group,
        SHIRT,
        frame.at("chest", 0, 0.014, 0.16),
        collar,
        (0.06, 0.085, 0.066),
        oval=(1.1, 0.95),
        blend=0.04,
        cuts=((0.0, -0.28, 0.96, 0.055),),
    )


def _add_sleeve(solids: Solids, frame: Frame, look: Look, side: str, group: int) -> None:
    shoulder, elbow, wrist = (frame.place[f"{side}_{j}"] for j in ("shoulder", "elbow", "wrist"))
    back = frame.axes[f"{side}_shoulder"][:, 2]
    thick = 0.92 if look.woman else 1.0
    length = float(np.linalg.norm(elbow - shoulder)) / solids.scale
    cuts = ((0.0, 0.0, 1.0, look.sleeve * length),) if look.sleeve < 1.0 else ()
    solids.bone(
        group,
        SHIRT,
        shoulder,
        elbow,
        (0.056 * thick, 0.055 * thick),
        back,
        blend=0.05,
        cuts=cuts,
        paint=look.sleeve * length if look.sleeve < 1.0 else -1.0,
    )
    if look.sleeve > 1.0:
        long = (0.0, 0.0, 1.0, 0.21)
        solids.bone(group, SHIRT, elbow, wrist, (0.056 * thick, 0.050 * thick), back, blend=0.03, cuts=(long,))


def _add_belt(solids: Solids, frame: Frame, group: int) -> None:
    """A tied belt: a flat ring about the waist and two ends."""
    rows = frame.axes["hip"].T
    band = ((0.0, 0.0, 1.0, 0.022), (0.0, 0.0, -1.0, 0.022))
    solids.capsule(
        group,
        BELT,
        frame.at("hip", 0, 0.004, 0.155),
        rows,
        (0.0, 0.137, 0.137),
        oval=(1.30, 1.0),
        blend=0.01,
        cuts=band,
    )
    knot = frame.at("hip", 0.0, -0.136, 0.155)
    solids.capsule(group, BELT, knot, rows, (0.0, 0.022, 0.022), oval=(1.2, 0.7), blend=0.01)
    for sign in (1.0, -1.0):
        end = frame.at("hip", sign * 0.05, -0.160, -0.02)
        solids.bone(group, BELT, knot, end, (0.016, 0.018), frame.axes["hip"][:, 1], oval=(1.0, 0.35), blend=0.01)


__all__ = ["FACE", "GROUPS", "Frame", "add_athlete"]
