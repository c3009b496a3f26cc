"""Sizes of a person's model, and where the joints of the pose are in it: the markers. Model axes: x forward, y up, z to
the right, metres."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from kasf_demo.export.opensim.posture import forward_lean, middle, torso_height
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.feet import FEET
from kasportsformer.skeleton import H36M, H36M_NAMES

Vec = tuple[float, float, float]
Markers = dict[str, tuple[str, Vec]]
# Rajagopal's model, whose thigh is 0.41 m: joints of the pelvis and the torso
THIGH_M = 0.41
HIP, LUMBAR, SHOULDER_X = (-0.0563, -0.0785), (-0.1007, 0.0815), 0.0032
FOOT_M = 0.2  # heel to big toe of a foot at scale 1
WEIGHTS = {name: 0.0 if name in ("pelvis", "spine", "thorax", "neck", "head") else 1.0 for name in H36M_NAMES}
HEAD = ("spine", "thorax", "neck", "head")  # not rigid with the torso: they are in the model, but not followed


@dataclass(frozen=True)
class ModelSizes:
    """Of the model, metres. hip, lumbar: joints in the pelvis; shoulder: in the torso (of the right side); lengths of
    limbs are means of both sides. foot_scale: against Rajagopal's foot."""

    height_m: float
    hip: Vec
    lumbar: Vec
    shoulder: Vec
    thigh: float
    shank: float
    upper_arm: float
    forearm: float
    foot_scale: float

    @property
    def pelvis(self) -> FloatArray:
        """(2,) from the hips to the lumbar joint, forward and up in the neutral pose."""
        return np.array([self.lumbar[0] - self.hip[0], self.lumbar[1] - self.hip[1]])

    @property
    def torso(self) -> FloatArray:
        """(2,) from there to the shoulders."""
        return np.array(self.shoulder[:2])

    def record(self) -> dict[str, Any]:
        return asdict(self)


def sizes_of(xyz: FloatArray, feet: FloatArray | None, height_m: float) -> ModelSizes:
    """The sizes of a person from poses (T, 17, 3) m, medians over T; feet (T, 4, 3) in the order of FEET, NaN where
    unknown."""

    def length(a: str, b: str) -> float:
        return float(np.median(np.linalg.norm(xyz[:, H36M[a]] - xyz[:, H36M[b]], axis=-1)))

    def limb(a: str, b: str) -> float:
        return (length(f"l_{a}", f"l_{b}") + length(f"r_{a}", f"r_{b}")) / 2

    thigh = limb("hip", "knee")
    scale = thigh / THIGH_M
    pelvis = np.array([LUMBAR[0] - HIP[0], LUMBAR[1] - HIP[1]]) * scale
    trunk = np.linalg.norm(middle(xyz, "shoulder") - middle(xyz, "hip"), axis=-1)
    up = torso_height(trunk, forward_lean(xyz), pelvis, SHOULDER_X * scale)
    foot = 1.0 * scale
    if feet is not None and np.isfinite(feet).all((1, 2)).any():
        lengths = [np.linalg.norm(feet[:, i + 1] - feet[:, i], axis=-1) for i in (0, 2)]
        foot = float(np.nanmedian(np.concatenate(lengths))) / FOOT_M
    return ModelSizes(
        height_m=height_m,
        hip=(HIP[0] * scale, HIP[1] * scale, length("l_hip", "r_hip") / 2),
        lumbar=(LUMBAR[0] * scale, LUMBAR[1] * scale, 0.0),
        shoulder=(SHOULDER_X * scale, up, length("l_shoulder", "r_shoulder") / 2),
        thigh=thigh, shank=limb("knee", "ankle"), upper_arm=limb("shoulder", "elbow"), forearm=limb("elbow", "wrist"),
        foot_scale=foot,
    )  # fmt: skip


def markers_of(sizes: ModelSizes, xyz: FloatArray, feet: FloatArray | None) -> Markers:
    """Name of each marker -> body and place: joints at the joints of the model; spine, thorax, neck and head on the
    torso, and heels and toes on the foot, at their median places."""
    hip_x, hip_y, _ = sizes.hip
    out: Markers = {"pelvis": ("pelvis", (hip_x, hip_y, 0.0))}
    for side in "rl":
        places = {
            "hip": "femur", "knee": "tibia", "ankle": "talus", "shoulder": "humerus", "elbow": "ulna", "wrist": "hand",
        }  # fmt: skip
        out |= {f"{side}_{joint}": (f"{body}_{side}", (0.0, 0.0, 0.0)) for joint, body in places.items()}
    out |= {name: ("torso", place) for name, place in _on_torso(sizes, xyz).items()}
    if feet is not None:
        out |= _on_foot(sizes, xyz, feet)
    return {name: out[name] for name in (*H36M_NAMES, *FEET) if name in out}


def _on_torso(sizes: ModelSizes, xyz: FloatArray) -> dict[str, Vec]:
    up: FloatArray = _unit(middle(xyz, "shoulder") - middle(xyz, "hip"))
    right: FloatArray = xyz[:, H36M["r_shoulder"]] - xyz[:, H36M["l_shoulder"]]
    right = _unit(right - (right * up).sum(-1, keepdims=True) * up)
    axes = np.stack([np.cross(up, right), up, right], axis=1)  # rows: forward, up, right of the trunk's line
    x, y, _ = sizes.shoulder
    line = np.array([sizes.lumbar[0] + x - sizes.hip[0], sizes.lumbar[1] + y - sizes.hip[1]])
    back = np.arctan2(-line[0], line[1])  # the trunk's line leans back by that in the neutral pose
    turn = np.array([[np.cos(back), -np.sin(back), 0], [np.sin(back), np.cos(back), 0], [0, 0, 1]])
    found = {}
    for name in HEAD:
        local = np.median((axes @ (xyz[:, H36M[name]] - middle(xyz, "shoulder"))[..., None])[..., 0], axis=0)
        found[name] = _vec(np.array([x, y, 0.0]) + turn @ local)
    return found


def _on_foot(sizes: ModelSizes, xyz: FloatArray, feet: FloatArray) -> Markers:
    """Heel and toe of each side on the calcn, with the line from heel to toe level in the neutral pose."""
    out: Markers = {}
    for side, first in (("l", 0), ("r", 2)):
        known = np.isfinite(feet[:, first : first + 2]).all((1, 2))
        if not known.any():
            continue
        heel, toe, ankle = feet[known, first], feet[known, first + 1], xyz[known, H36M[f"{side}_ankle"]]
        ahead = _unit(toe - heel)
        before = float(np.median(((ankle - heel) * ahead).sum(-1)))  # the heel is behind the ankle by that
        above = float(np.median(np.linalg.norm(np.cross(ankle - heel, ahead), axis=-1)))
        length = float(np.median(np.linalg.norm(toe - heel, axis=-1)))
        scale, sign = sizes.foot_scale, 1.0 if side == "r" else -1.0
        calcn = np.array([-0.049, -0.042, 0.008 * sign]) * scale  # in the talus, see model.py
        for name, along in ((f"{side}_heel", -before), (f"{side}_toe", length - before)):
            out[name] = (f"calcn_{side}", _vec(np.array([along, -above, 0.0]) - calcn))
    return out


def _unit(v: FloatArray) -> FloatArray:
    return np.asarray(v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12))


def _vec(v: FloatArray) -> Vec:
    return (float(v[0]), float(v[1]), float(v[2]))
