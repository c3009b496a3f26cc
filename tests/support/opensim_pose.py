"""Joints of a body whose OpenSim coordinates are known, by a forward pass of our own: plain rotations, no OpenSim.

x forward, y up, z to the right inside; poses come out in world axes (z up), facing along `heading_deg` from x.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from kasportsformer.skeleton import H36M_NAMES

Array = NDArray[np.float64]
HIP, LUMBAR, SHOULDER = (
    np.array([-0.0563, -0.0785, 0.09]),
    np.array([-0.1007, 0.0815, 0]),
    np.array([0.0032, 0.37, 0.17]),
)
THIGH, SHANK, UPPER, FORE = 0.41, 0.4, 0.29, 0.25
# in the femur and in the tibia: not on their axes
KNEE, ANKLE = np.array([0.00644, -0.4099494, 0]), np.array([-0.01, -0.399875, 0])
ANKLE_AXIS = np.array([-0.105, -0.174, 0.979])
ELBOW_AXIS = np.array([0.226, 0.022, 0.974])
HEEL, TOE = np.array([-0.05, -0.06, 0.0]), np.array([0.15, -0.06, 0.0])  # in the talus


def _turn(axis: Array, deg: float) -> Rotation:
    return Rotation.from_rotvec(np.radians(deg) * axis / np.linalg.norm(axis))


def _three(q: Mapping[str, float], names: tuple[str, str, str], sign: float = 1.0) -> Rotation:
    """About z, x, y in this order, each about the axis as it was turned before; x and y are mirrored on the left."""
    z, x, y = (q.get(name, 0.0) for name in names)
    return Rotation.from_euler("ZXY", [z, sign * x, sign * y], degrees=True)


def joints(q: Mapping[str, float], heading_deg: float = 0.0) -> tuple[Array, Array]:
    """(17, 3) joints and (4, 3) feet as FEET, metres, of coordinates in degrees (pelvis_tx .. in metres)."""
    pelvis = _three(q, ("pelvis_tilt", "pelvis_list", "pelvis_rotation"))
    origin = np.array([q.get(f"pelvis_t{axis}", 0.0) for axis in "xyz"])
    torso = pelvis * _three(q, ("lumbar_extension", "lumbar_bending", "lumbar_rotation"))
    base = origin + pelvis.apply(LUMBAR)
    out: dict[str, Array] = {}
    for side, g in (("r", 1.0), ("l", -1.0)):
        out[f"{side}_hip"] = origin + pelvis.apply(HIP * [1, 1, g])
        thigh = pelvis * _three(q, (f"hip_flexion_{side}", f"hip_adduction_{side}", f"hip_rotation_{side}"), g)
        out[f"{side}_knee"] = out[f"{side}_hip"] + thigh.apply(KNEE)
        shank = thigh * _turn(np.array([0, 0, -1.0]), q.get(f"knee_angle_{side}", 0.0))
        out[f"{side}_ankle"] = out[f"{side}_knee"] + shank.apply(ANKLE)
        foot = shank * _turn(ANKLE_AXIS * [g, g, 1], q.get(f"ankle_angle_{side}", 0.0))
        out[f"{side}_heel"], out[f"{side}_toe"] = (out[f"{side}_ankle"] + foot.apply(p) for p in (HEEL, TOE))
        out[f"{side}_shoulder"] = base + torso.apply(SHOULDER * [1, 1, g])
        upper = torso * _three(q, (f"arm_flex_{side}", f"arm_add_{side}", f"arm_rot_{side}"), g)
        out[f"{side}_elbow"] = out[f"{side}_shoulder"] + upper.apply([0, -UPPER, 0])
        fore = upper * _turn(ELBOW_AXIS * [g, g, 1], q.get(f"elbow_flex_{side}", 0.0))
        out[f"{side}_wrist"] = out[f"{side}_elbow"] + fore.apply([0, -FORE, 0])
    out["pelvis"] = (out["l_hip"] + out["r_hip"]) / 2
    for name, up in (("spine", 0.15), ("thorax", 0.38), ("neck", 0.47), ("head", 0.66)):
        out[name] = base + torso.apply([0, up, 0])
    turned = Rotation.from_euler("Z", heading_deg, degrees=True)

    def world(names: tuple[str, ...]) -> Array:
        p = np.array([out[name] for name in names])
        return np.asarray(turned.apply(np.stack([p[:, 0], -p[:, 2], p[:, 1]], axis=-1)))

    return world(H36M_NAMES), world(("l_heel", "l_toe", "r_heel", "r_toe"))
