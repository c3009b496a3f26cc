"""Arms with hands, legs with feet or shoes. Numbers are metres at scale 1; see body.py for the frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from looks import BARE_FOOT, LEG, SHOE, SKIN, Look
from prims import Solids, along
from rig import SOLE

if TYPE_CHECKING:
    from body import Frame

FloatArray = NDArray[np.floating[Any]]

# Knuckle along the hand, toward the thumb, finger length, radius
FINGERS = (
    (0.084, 0.028, 0.070, 0.0092),
    (0.088, 0.009, 0.078, 0.0096),
    (0.086, -0.010, 0.072, 0.0092),
    (0.080, -0.027, 0.056, 0.0082),
)
CURL_RAD = 0.35


def add_arm(solids: Solids, frame: Frame, look: Look, side: str, group: int) -> None:
    """Upper arm, forearm and hand as one group."""
    shoulder, elbow, wrist = (frame.place[f"{side}_{j}"] for j in ("shoulder", "elbow", "wrist"))
    thick = (0.86 if look.woman else 1.0) * (0.92 + 0.14 * look.build)
    up = frame.axes[f"{side}_shoulder"][:, 2]
    solids.bone(group, SKIN, shoulder, elbow, (0.050 * thick, 0.040 * thick), up, blend=0.02)
    middle = shoulder + (elbow - shoulder) * 0.52
    front = -frame.axes[f"{side}_shoulder"][:, 1] * 0.008 * solids.scale
    solids.capsule(
        group,
        SKIN,
        middle + front,
        along(elbow - shoulder, up),
        (0.0, 0.074, 0.074),
        oval=(0.60 * thick, 0.60 * thick),
        blend=0.03,
    )
    up = frame.axes[f"{side}_elbow"][:, 2]
    solids.bone(group, SKIN, elbow, wrist, (0.040 * thick, 0.026 * thick), up, blend=0.025)
    bulge = elbow + (wrist - elbow) * 0.26
    solids.capsule(
        group, SKIN, bulge, along(wrist - elbow, up), (0.0, 0.075, 0.075), oval=(0.57 * thick, 0.54 * thick), blend=0.03
    )
    _add_hand(solids, frame, side, group, wrist - elbow)


def _add_hand(solids: Solids, frame: Frame, side: str, group: int, forearm: FloatArray) -> None:
    """Palm, four slightly bent fingers and a thumb. The hand points where the forearm pointed at rest, turned by the wrist."""
    bend = frame.axes[f"{side}_wrist"] @ frame.axes[f"{side}_elbow"].T
    out = bend @ (forearm / np.linalg.norm(forearm))
    palm_up = frame.axes[f"{side}_wrist"][:, 2]
    palm_up = palm_up - out * float(palm_up @ out)
    palm_up /= np.linalg.norm(palm_up)
    thumb = np.cross(out, palm_up) * (1.0 if side == "l" else -1.0)
    thumb = thumb if float(thumb @ frame.axes[f"{side}_wrist"][:, 1]) < 0 else -thumb
    wrist, s = frame.place[f"{side}_wrist"], solids.scale

    def at(along_m: float, thumb_m: float, up_m: float) -> FloatArray:
        return wrist + (out * along_m + thumb * thumb_m + palm_up * up_m) * s

    solids.bone(
        group,
        SKIN,
        at(0.005, 0.0, 0.0),
        at(0.075, 0.002, -0.004),
        (0.028, 0.040),
        palm_up,
        oval=(1.0, 0.42),
        blend=0.02,
    )
    for start, aside, length, radius in FINGERS:
        a = at(start, aside, -0.003)
        bent = at(start + length * 0.5, aside * 1.12, -0.003 - length * 0.5 * np.sin(CURL_RAD * 0.6))
        tip = at(start + length * (0.5 + 0.42), aside * 1.15, -0.003 - length * 0.62 * np.sin(CURL_RAD * 1.6))
        solids.bone(group, SKIN, a, bent, (radius * 1.05, radius), palm_up, blend=0.008)
        solids.bone(group, SKIN, bent, tip, (radius, radius * 0.82), palm_up, blend=0.008)
    solids.bone(group, SKIN, at(0.022, 0.024, -0.004), at(0.060, 0.052, -0.014), (0.017, 0.0115), palm_up, blend=0.012)
    solids.bone(group, SKIN, at(0.060, 0.052, -0.014), at(0.086, 0.058, -0.020), (0.0115, 0.009), palm_up, blend=0.008)


def add_leg(solids: Solids, frame: Frame, look: Look, side: str, group: int) -> None:
    """Thigh, knee and calf in `group`, the foot in group + 1."""
    hip, knee, ankle = (frame.place[f"{side}_{j}"] for j in ("thigh", "knee", "ankle"))
    thick = 0.94 + 0.10 * look.build
    if look.leg < 1.0:  # trousers have the thigh's shape themselves
        _add_thigh(solids, hip, knee, frame.axes[f"{side}_thigh"][:, 1], thick, group)
    back = frame.axes[f"{side}_knee"][:, 1]
    solids.bone(group, LEG, knee, ankle, (0.044 * thick, 0.033), back, blend=0.03)
    if look.leg > 1.0:
        return _add_foot(solids, frame, look, side, group + 1)
    solids.capsule(
        group, SKIN, knee - back * 0.012 * solids.scale, along(ankle - knee, back), (0.0, 0.043, 0.043), blend=0.03
    )
    calf = knee + (ankle - knee) * 0.30 + back * 0.018 * solids.scale
    solids.capsule(
        group,
        LEG,
        calf,
        along(ankle - knee, back),
        (0.0, 0.125, 0.125),
        oval=(0.45 * thick, 0.43 * thick),
        blend=0.04,
        paint=0.30,
    )
    return _add_foot(solids, frame, look, side, group + 1)


def _add_thigh(solids: Solids, hip: FloatArray, knee: FloatArray, back: FloatArray, thick: float, group: int) -> None:
    solids.bone(group, SKIN, hip, knee, (0.084 * thick, 0.047 * thick), back, blend=0.03)
    quad = hip + (knee - hip) * 0.50 - back * 0.012 * solids.scale
    solids.capsule(
        group, SKIN, quad, along(knee - hip, back), (0.0, 0.15, 0.15), oval=(0.45 * thick, 0.45 * thick), blend=0.04
    )


# The ends of a foot's two solids: heel to ball and ball to tip
HEEL_R, BALL_R, TIP_R = 0.042, 0.043, 0.033
BIG_TOE_RAD = np.radians(30.0)  # the big toe's skin, on the toe cap to the inner side of the foot's axis
TIP_WIDE = 1.05


def foot_axis(frame: Frame, side: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Heel, ball and tip (3,) world metres of the foot's inner axis; the tip bends upward where the floor is in the way."""
    joint = f"{side}_ankle"
    out = 0.010 if side == "l" else -0.010
    heel, ball, tip = (
        frame.at(joint, 0, 0.036, -0.036),
        frame.at(joint, out, -0.112, -0.044),
        frame.at(joint, out, -0.172, -0.050),
    )
    tip[2] = max(tip[2], min(0.026 * frame.scale, ball[2] + 0.04 * frame.scale))
    return heel, ball, tip


def slimness(look: Look) -> float:
    """Radii of the foot, relative to a shoe's."""
    return 0.86 if look.barefoot else 1.0


def foot_skin(frame: Frame, look: Look, side: str) -> tuple[FloatArray, FloatArray]:
    """Rearmost point of the heel and the big toe's tip, (3,) world metres, on the shoe or skin."""
    heel, ball, tip = foot_axis(frame, side)
    size = frame.scale * slimness(look)
    back = (heel - ball) / np.linalg.norm(heel - ball)
    ahead = (tip - ball) / np.linalg.norm(tip - ball)
    inner = frame.axes[f"{side}_ankle"][:, 0] * (-1.0 if side == "l" else 1.0)
    inner = inner - ahead * (inner @ ahead)
    inner /= np.linalg.norm(inner)
    cap = np.cos(BIG_TOE_RAD) * ahead + np.sin(BIG_TOE_RAD) * TIP_WIDE * inner
    return heel + HEEL_R * size * back, tip + TIP_R * size * cap


def _add_foot(solids: Solids, frame: Frame, look: Look, side: str, group: int) -> None:
    """Heel, instep and toes; the toes bend upward where the floor is in the way."""
    joint = f"{side}_ankle"
    material = BARE_FOOT if look.barefoot else SHOE
    out = 0.010 if side == "l" else -0.010
    slim = slimness(look)
    axes = frame.axes[joint]
    heel, ball, tip = foot_axis(frame, side)
    up = axes[:, 2]
    grounded = (SOLE - 0.036, SOLE - 0.044)
    solids.bone(
        group,
        material,
        heel,
        ball,
        (HEEL_R * slim, BALL_R * slim),
        -up,
        oval=(0.92, 1.0),
        blend=0.03,
        cuts=((0.0, 1.0, 0.0, grounded[0]),),
    )
    toe_up = up - (tip - ball) * float(up @ (tip - ball)) / max(float((tip - ball) @ (tip - ball)), 1e-9)
    solids.bone(
        group,
        material,
        ball,
        tip,
        (BALL_R * slim, TIP_R * slim),
        -toe_up,
        oval=(TIP_WIDE, 0.80),
        blend=0.02,
        cuts=((0.0, 1.0, 0.0, 0.030),),
    )
    solids.bone(
        group,
        material,
        frame.at(joint, 0, 0.004, 0.0),
        frame.at(joint, out * 0.7, -0.085, -0.030),
        (0.040, 0.036),
        -up,
        blend=0.03,
    )
    if look.barefoot:
        solids.capsule(group, material, frame.at(joint, 0, 0, 0.0), axes.T, (0.0, 0.036, 0.036), blend=0.03)
        return
    collar = ((0.0, 0.0, 1.0, 0.022),)
    solids.capsule(
        group, material, frame.at(joint, 0, 0.010, 0.0), axes.T, (0.04, 0.046, 0.044), blend=0.02, cuts=collar
    )
