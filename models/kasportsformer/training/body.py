"""Any mocap skeleton as one canonical body: directions of segments, free of bone lengths, from which bodies of any
shape are built.

Mocap skeletons disagree (the Daz body of the CMU conversions is 23 cm wide at the shoulders, its thighs are 8 cm
shorter than its shins), and a detector's points are none of their joints. So a motion keeps only what is motion, as V
vectors a frame in world axes (z up): unit directions of the limbs, axes of pelvis, chest and head, and the trunk, neck
and shoulder offsets in units of their length at rest. `body_shape.py` gives lengths; `keypoints()` puts both together
into the 17 COCO points.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np

from ..skeleton import COCO
from .body_shape import LEGS_M, Shape
from .forward_kinematics import FloatArray, Motion

VECTORS = (
    "r_thigh", "r_shank", "l_thigh", "l_shank", "l_upper_arm", "l_forearm", "r_upper_arm", "r_forearm",
    "l_shoulder", "r_shoulder", "trunk", "neck",
    "pelvis_left", "pelvis_up", "chest_left", "chest_up", "head_left", "head_up",
)  # fmt: skip
V = {name: index for index, name in enumerate(VECTORS)}
UNIT = [V[n] for n in VECTORS if n not in ("l_shoulder", "r_shoulder", "trunk", "neck")]  # of length 1 by definition
LEFTWARD = [V["pelvis_left"], V["chest_left"], V["head_left"]]
_SIDES = {"l_": "r_", "r_": "l_"}
MIRROR = [V[_SIDES.get(name[:2], name[:2]) + name[2:]] for name in VECTORS]
ARMS = [V[f"{s}_{part}"] for s in "lr" for part in ("shoulder", "upper_arm", "forearm")]
LEGS = [V[f"{s}_{part}"] for s in "lr" for part in ("thigh", "shank")]


Place = tuple[float, float, float]


@dataclass(frozen=True)
class Landmarks:
    """Which joints of a skeleton family are what. Left joints first; `head_pivot` is where the skull turns on the
    neck."""

    pelvis: str
    chest: str
    head: str
    hips: tuple[str, str]
    knees: tuple[str, str]
    ankles: tuple[str, str]
    shoulders: tuple[str, str]
    elbows: tuple[str, str]
    wrists: tuple[str, str]
    pivot_m: tuple[float, float, float] = (0.0, 0.0, 0.0)  # the pivot from the head joint at rest
    pivot_on: str = "head"  # the part that carries the pivot: head or chest
    straight: tuple[tuple[str, str, Place], ...] = ()  # see STRAIGHT_DAZ

    def names(self) -> set[str]:
        values = [getattr(self, f.name) for f in fields(self) if not f.name.startswith(("pivot", "straight"))]
        return {name for value in values for name in ((value,) if isinstance(value, str) else value)}


def _sided(pattern: str, left: str, right: str) -> tuple[str, str]:
    return pattern.format(left), pattern.format(right)


def _biped(
    pelvis: str, chest: str, head: str, left: str, right: str, parts: str, pivot_m: Place = (0, 0, 0), on: str = "head",
    straight: tuple[tuple[str, str, Place], ...] = (),
) -> Landmarks:  # fmt: skip
    """parts: name patterns of hip, knee, ankle, shoulder, elbow and wrist, in this order, {} for the side."""
    hips, knees, ankles, shoulders, elbows, wrists = (_sided(p, left, right) for p in parts.split())
    return Landmarks(pelvis, chest, head, hips, knees, ankles, shoulders, elbows, wrists, pivot_m, on, straight)


# The Daz figure's arms and legs are not straight at rest, and CMU's joint rotations were hung on it unchanged: in the
# joint's axes, these are the directions of the segments that CMU's own ASF/AMC files of the same trials have. (segment,
# joint, direction), left side
STRAIGHT_DAZ: tuple[tuple[str, str, Place], ...] = (
    ("upper_arm", "{}Shldr", (0.989, 0.0, -0.147)),
    ("forearm", "{}ForeArm", (0.989, 0.0, -0.147)),
    ("thigh", "{}Thigh", (0.0, 0.09, -0.996)),
)

_PLAIN = "{}_hip {}_knee {}_ankle {}_shoulder {}_elbow {}_wrist"
FAMILIES = {
    "daz": _biped(
        "hip", "chest", "head", "l", "r", "{}Thigh {}Shin {}Foot {}Shldr {}ForeArm {}Hand", straight=STRAIGHT_DAZ
    ),
    "character1": _biped(
        "Character1_Hips",
        "Character1_Spine1",
        "Character1_Head",
        "Left",
        "Right",
        "Character1_{}UpLeg Character1_{}Leg Character1_{}Foot Character1_{}Arm Character1_{}ForeArm Character1_{}Hand",
    ),
    "motionbuilder": _biped("Hips", "Spine3", "Head", "Left", "Right", "{}UpLeg {}Leg {}Foot {}Arm {}ForeArm {}Hand"),
    # cgspeed's MotionBuilder files of CMU, whose chest is Spine1 (see readers.bvh.with_thorax)
    "motionbuilder_cmu": _biped(
        "Hips", "Spine1", "Head", "Left", "Right", "{}UpLeg {}Leg {}Foot {}Arm {}ForeArm {}Hand"
    ),
    # CMU's own ASF skeletons, see readers/asf.py
    "acclaim": _biped("root", "thorax", "head", "l", "r", "{}femur {}tibia {}foot {}humerus {}radius {}wrist"),
    "asf": _biped("Hips", "Chest2", "Head", "Left", "Right", "{}Hip {}Knee {}Ankle {}Shoulder {}Elbow {}Wrist"),
    # DeepMimic's neck joint lies 2 cm below the shoulder line and carries the whole head; in its jumps it is bent 30
    # degrees too far
    "deepmimic": _biped("root", "chest", "neck", "left", "right", _PLAIN, (0, -0.02, 0.135), "chest"),
    "smpl": _biped("pelvis", "spine3", "head", "left", "right", _PLAIN),
}


def landmarks(motion: Motion) -> Landmarks:
    """The family whose joints the motion has; ValueError when there is none."""
    return FAMILIES[family(motion)]


def family(motion: Motion) -> str:
    """The name of that family; ValueError when there is none."""
    for name, marks in FAMILIES.items():
        if marks.names() <= set(motion.joints):
            return name
    raise ValueError(f"{motion.name}: no known skeleton has these joints: {', '.join(motion.joints[:12])}...")


def canonical(motion: Motion) -> tuple[FloatArray, FloatArray]:
    """(T, V, 3) the canonical vectors and (T, 3) the middle of the hips, both in world axes, z up.

    The middle is in metres of the average body: scaled by the legs, whatever unit the file was in.
    """
    marks = landmarks(motion)
    rest = _rest_positions(motion)
    p, world = motion.positions(), motion.rotations_world()
    at = {name: p[:, motion.index(name)] for name in marks.names()}
    turn = {part: world[:, motion.index(getattr(marks, part))] for part in ("pelvis", "chest", "head")}
    rest_at = {name: rest[motion.index(name)] for name in marks.names()}

    middle = (at[marks.hips[0]] + at[marks.hips[1]]) / 2
    rest_top = (rest_at[marks.shoulders[0]] + rest_at[marks.shoulders[1]]) / 2
    half_width = np.linalg.norm(rest_at[marks.shoulders[0]] - rest_top)
    # of the chest, moving with it, not with the collars
    top = at[marks.chest] + turn["chest"] @ (rest_top - rest_at[marks.chest])
    rest_pivot = rest_at[marks.head] + np.array(marks.pivot_m)
    carrier = getattr(marks, marks.pivot_on)
    pivot = at[carrier] + turn[marks.pivot_on] @ (rest_pivot - rest_at[carrier])
    rest_middle = (rest_at[marks.hips[0]] + rest_at[marks.hips[1]]) / 2

    out = np.empty((len(motion), len(VECTORS), 3))
    for side, i in (("l", 0), ("r", 1)):
        out[:, V[f"{side}_thigh"]] = at[marks.knees[i]] - at[marks.hips[i]]
        out[:, V[f"{side}_shank"]] = at[marks.ankles[i]] - at[marks.knees[i]]
        out[:, V[f"{side}_upper_arm"]] = at[marks.elbows[i]] - at[marks.shoulders[i]]
        out[:, V[f"{side}_forearm"]] = at[marks.wrists[i]] - at[marks.elbows[i]]
        out[:, V[f"{side}_shoulder"]] = (at[marks.shoulders[i]] - top) / half_width
        for segment, joint, direction in marks.straight:
            along = np.array(direction) * ((1, 1, 1) if side == "l" else (-1, 1, 1))
            out[:, V[f"{side}_{segment}"]] = world[:, motion.index(joint.format(side))] @ along
    out[:, V["trunk"]] = (top - middle) / np.linalg.norm(rest_top - rest_middle)
    out[:, V["neck"]] = (pivot - top) / np.linalg.norm(rest_pivot - rest_top)
    for part in ("pelvis", "chest", "head"):
        out[:, V[f"{part}_left"]] = turn[part][:, :, 0]
        out[:, V[f"{part}_up"]] = turn[part][:, :, 2]
    leg = (marks.hips[0], marks.knees[0], marks.ankles[0])
    leg_length = sum(np.linalg.norm(rest_at[a] - rest_at[b]) for a, b in pairwise(leg))
    return unit_again(out), middle * (LEGS_M / leg_length)


def _rest_positions(motion: Motion) -> FloatArray:
    still = np.tile(np.eye(3), (1, len(motion.joints), 1, 1))
    rest: FloatArray = Motion(
        "rest", motion.joints, motion.parents, motion.offsets, np.zeros((1, 3)), still, 1.0
    ).positions()[0]
    return rest


def unit_again(vectors: FloatArray) -> FloatArray:
    """Canonical vectors (..., V, 3) with those that must have length 1 brought back to it (after interpolation). In
    place."""
    part = vectors[..., UNIT, :]
    vectors[..., UNIT, :] = part / np.maximum(np.linalg.norm(part, axis=-1, keepdims=True), 1e-9)
    return vectors


def nod(vectors: FloatArray, angle_rad: float) -> FloatArray:
    """Canonical vectors (..., V, 3) with the head turned up by an angle about its own left axis. A new array."""
    out = vectors.copy()
    frame = axes(vectors, "head")
    out[..., V["head_up"], :] = np.cos(angle_rad) * frame[..., 2] + np.sin(angle_rad) * frame[..., 1]
    return out


def mirrored(vectors: FloatArray) -> FloatArray:
    """Canonical vectors (..., V, 3) of the body seen in a mirror whose normal is the world's x. A new array."""
    out = vectors[..., MIRROR, :]
    out[..., 0] *= -1
    out[..., LEFTWARD, :] *= -1  # the image of "toward the left hand" points to the new body's right hand
    return out


def axes(vectors: FloatArray, part: str) -> FloatArray:
    """(..., 3, 3) rotation of pelvis, chest or head; columns are left, back (forward negated) and up, so that rest is
    identity."""
    left, up = vectors[..., V[f"{part}_left"], :], vectors[..., V[f"{part}_up"], :]
    back = np.cross(up, left)
    back /= np.maximum(np.linalg.norm(back, axis=-1, keepdims=True), 1e-9)
    return np.stack([left, back, np.cross(left, back)], axis=-1)


def keypoints(vectors: FloatArray, middle: FloatArray, shape: Shape) -> FloatArray:
    """The 17 COCO points (B, T, 17, 3) in metres, world axes, of bodies of the given shapes.

    vectors (B, T, V, 3), middle (B, T, 3): the middle between the hips; shape: lengths (B,) each. The legs hang on the
    hip joints and the arms on the shoulder joints; hips and shoulders are then put where a detector marks them (see
    `body_shape.py`).
    """
    b, t = vectors.shape[:2]
    out = np.empty((b, t, 17, 3), vectors.dtype)

    def along(name: str, length: FloatArray) -> FloatArray:
        return vectors[..., V[name], :] * length[:, None, None]

    top = middle + along("trunk", shape.trunk)
    for side, sign in (("left", 1), ("right", -1)):
        s = side[0]
        hip = middle + sign * along("pelvis_left", shape.hip_half_width)
        knee = hip + along(f"{s}_thigh", shape.thigh)
        shoulder = top + along(f"{s}_shoulder", shape.shoulder_half_width)
        elbow = shoulder + along(f"{s}_upper_arm", shape.upper_arm)
        points = {
            "hip": middle
            + sign * along("pelvis_left", shape.seen_hip_half_width)
            + along("pelvis_up", shape.seen_hip_raise),
            "knee": knee,
            "ankle": knee + along(f"{s}_shank", shape.shank),
            "shoulder": shoulder + along("chest_up", shape.seen_shoulder_raise),
            "elbow": elbow,
            "wrist": elbow + along(f"{s}_forearm", shape.forearm),
        }
        for part, point in points.items():
            out[..., COCO[f"{side}_{part}"], :] = point
    face = np.einsum("btij,bnj->btni", axes(vectors, "head"), shape.face)
    out[..., :5, :] = (top + along("neck", shape.neck))[..., None, :] + face
    return out
