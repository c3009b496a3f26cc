"""The OpenSim model of a person: bodies, joints, coordinates and signs as in Rajagopal 2015, without muscles.

x forward, y up, z to the right; metres. Sources: Rajagopal et al., Full-body musculoskeletal model for muscle-driven
simulation of human gait, IEEE TBME 2016 (bodies, joints, order and signs of rotations); Delp et al., IEEE TBME 1990
(axis of the ankle); Winter, Biomechanics and Motor Control of Human Movement, 2009 (masses). Imported by `worker.py`
only: needs the package opensim.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import opensim as osim

Vec = tuple[float, float, float]

X, Y, Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
ANKLE_AXIS = (-0.105, -0.174, 0.979)  # right; of the left ankle x and y are negated
# The lines from hip to knee and from knee to ankle lean ahead of the axes of femur and tibia by this: the ankle is at
# (-0.01, -0.4, 0) m of the tibia; the knee moves, and this is its place at 10 to 60 degrees of flexion
KNEE_AHEAD_DEG, ANKLE_AHEAD_DEG = 0.9, -1.43
ELBOW_AXIS = (0.226, 0.022, 0.974)
FOREARM_AXIS = (0.056, 0.998, 0.002)
# name of a body -> share of the body's mass; of one side
MASS_SHARE = {
    "pelvis": 0.142, "torso": 0.436, "femur": 0.1, "tibia": 0.0465, "talus": 0.0015, "calcn": 0.01, "toes": 0.003,
    "humerus": 0.028, "ulna": 0.008, "radius": 0.008, "hand": 0.006,
}  # fmt: skip
MASS_KG_PER_M2 = 22.0  # body mass index of a person whose mass is not known
# coordinate, without its side -> range in degrees; * may not leave it
RANGES: dict[str, tuple[float, float]] = {
    "pelvis_tilt": (-180, 180), "pelvis_list": (-180, 180), "pelvis_rotation": (-180, 180),
    "hip_flexion": (-40, 150), "hip_adduction": (-60, 60), "hip_rotation": (-60, 60), "knee_angle": (-5, 155),
    "ankle_angle": (-60, 40), "subtalar_angle": (-20, 20), "mtp_angle": (-30, 30),
    "lumbar_extension": (-90, 90), "lumbar_bending": (-90, 90), "lumbar_rotation": (-90, 90),
    "arm_flex": (-180, 180), "arm_add": (-180, 180), "arm_rot": (-180, 180), "elbow_flex": (0, 160),
    "pro_sup": (0, 160),
}  # fmt: skip
CLAMPED = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle", "elbow_flex")
LOCKED = ("subtalar_angle", "mtp_angle", "pro_sup")  # no joint of ours says anything about them


def build_model(
    sizes: Mapping[str, Any], markers: Mapping[str, tuple[str, Vec]], heading_rad: float, locked: Sequence[str] = ()
) -> osim.Model:
    """The model at the sizes of `segments.ModelSizes`, with markers: name -> body and place in it.

    heading_rad: direction of facing about the vertical, in which the pelvis' coordinates are counted: tilt and list
    mean what they say only in a body that faces along x. locked: further coordinates that stay at 0.
    """
    model = osim.Model()
    model.setName("kasf_demo_person")
    model.set_credits("Built by kasf-demo. Bodies, joints and signs as in Rajagopal et al. 2016; no muscles.")
    mass_kg = MASS_KG_PER_M2 * sizes["height_m"] ** 2
    bodies = {"ground": model.getGround()}

    def body(
        name: str, parent: str, place: Vec, rotations: list[tuple[str, Vec]], heading: float | None = None
    ) -> None:
        bodies[name] = _add(model, bodies[parent], name, place, rotations, mass_kg, heading)

    body("pelvis", "ground", (0, 0, 0), [("pelvis_tilt", Z), ("pelvis_list", X), ("pelvis_rotation", Y)], heading_rad)
    for side, sign in (("r", 1.0), ("l", -1.0)):
        _leg(body, sizes, side, sign)
    back = [("lumbar_extension", Z), ("lumbar_bending", X), ("lumbar_rotation", Y)]
    body("torso", "pelvis", sizes["lumbar"], back)
    for side, sign in (("r", 1.0), ("l", -1.0)):
        _arm(body, sizes, side, sign)
    for name, (where, place) in markers.items():
        model.addMarker(osim.Marker(name, bodies[where], osim.Vec3(*place)))
    for name in locked:
        model.updCoordinateSet().get(name).setDefaultLocked(True)
    model.finalizeConnections()
    return model


def _leg(body: Any, sizes: Mapping[str, Any], side: str, sign: float) -> None:
    x, y, z = sizes["hip"]
    hip = [
        (f"hip_flexion_{side}", Z),
        (f"hip_adduction_{side}", _side(X, sign)),
        (f"hip_rotation_{side}", _side(Y, sign)),
    ]
    body(f"femur_{side}", "pelvis", (x, y, sign * z), hip)
    body(f"tibia_{side}", f"femur_{side}", _along(KNEE_AHEAD_DEG, sizes["thigh"]), [(f"knee_angle_{side}", (0, 0, -1))])
    body(
        f"talus_{side}",
        f"tibia_{side}",
        _along(ANKLE_AHEAD_DEG, sizes["shank"]),
        [(f"ankle_angle_{side}", _mirrored(ANKLE_AXIS, sign))],
    )
    foot = sizes["foot_scale"]
    body(f"calcn_{side}", f"talus_{side}", (-0.049 * foot, -0.042 * foot, sign * 0.008 * foot),
         [(f"subtalar_angle_{side}", _mirrored((0.787, 0.604, -0.121), sign))])  # fmt: skip
    body(f"toes_{side}", f"calcn_{side}", (0.179 * foot, -0.002 * foot, sign * 0.001 * foot),
         [(f"mtp_angle_{side}", _mirrored((-0.581, 0.0, 0.814), sign))])  # fmt: skip


def _along(ahead_deg: float, length: float) -> Vec:
    """The far end of a segment of this length whose line leans ahead of the body's own axis."""
    return (length * math.sin(math.radians(ahead_deg)), -length * math.cos(math.radians(ahead_deg)), 0.0)


def _arm(body: Any, sizes: Mapping[str, Any], side: str, sign: float) -> None:
    x, y, z = sizes["shoulder"]
    arm = [(f"arm_flex_{side}", Z), (f"arm_add_{side}", _side(X, sign)), (f"arm_rot_{side}", _side(Y, sign))]
    body(f"humerus_{side}", "torso", (x, y, sign * z), arm)
    body(
        f"ulna_{side}",
        f"humerus_{side}",
        (0, -sizes["upper_arm"], 0),
        [(f"elbow_flex_{side}", _mirrored(ELBOW_AXIS, sign))],
    )
    body(f"radius_{side}", f"ulna_{side}", (0, 0, 0), [(f"pro_sup_{side}", _side(FOREARM_AXIS, sign))])
    body(f"hand_{side}", f"radius_{side}", (0, -sizes["forearm"], 0), [])


def _side(axis: Vec, sign: float) -> Vec:
    """The axis about which both sides turn inwards."""
    return (sign * axis[0], sign * axis[1], sign * axis[2])


def _mirrored(axis: Vec, sign: float) -> Vec:
    """The axis, seen in the body's mirror: z is lateral."""
    return (sign * axis[0], sign * axis[1], axis[2])


def _add(
    model: osim.Model,
    parent: Any,
    name: str,
    place: Vec,
    rotations: list[tuple[str, Vec]],
    mass_kg: float,
    heading: float | None,
) -> Any:
    """A body and its joint to `parent`: rotations in order; none is a weld. heading: of the pelvis, which has
    three translations too."""
    kind = name.rpartition("_")[0] or name
    mass = MASS_SHARE[kind] * mass_kg
    inertia = mass * 0.01  # kg m2, of a radius of gyration of 0.1 m: kinematics need none
    body = osim.Body(name, mass, osim.Vec3(0), osim.Inertia(inertia, inertia, inertia))
    zero = osim.Vec3(0)
    if not rotations:
        joint = osim.WeldJoint(f"{name}_weld", parent, osim.Vec3(*place), zero, body, zero, zero)
    else:
        turned = osim.Vec3(0, heading or 0.0, 0)
        transform = _transform(rotations, free=heading is not None)
        joint = osim.CustomJoint(f"{name}_joint", parent, osim.Vec3(*place), turned, body, zero, zero, transform)
    model.addBody(body)
    model.addJoint(joint)
    for i, (coordinate, _) in enumerate(rotations):
        base = coordinate.removesuffix("_r").removesuffix("_l")
        c = joint.upd_coordinates(i)
        c.setRangeMin(math.radians(RANGES[base][0]))
        c.setRangeMax(math.radians(RANGES[base][1]))
        c.setDefaultClamped(base in CLAMPED)
        c.setDefaultLocked(base in LOCKED)
    return body


def _transform(rotations: list[tuple[str, Vec]], *, free: bool) -> osim.SpatialTransform:
    transform = osim.SpatialTransform()
    axes = [transform.updTransformAxis(i) for i in range(6)]
    used: list[Vec] = []
    for i in range(3):
        if i < len(rotations):
            coordinate, axis = rotations[i]
            axes[i].setCoordinateNames(osim.ArrayStr(coordinate, 1))
            axes[i].set_function(osim.LinearFunction())
        else:  # unused axes must be independent of the others
            axis = next(
                a for a in (X, Y, Z) if all(abs(sum(p * q for p, q in zip(a, u, strict=True))) < 0.9 for u in used)
            )
            axes[i].set_function(osim.Constant(0))
        axes[i].setAxis(osim.Vec3(*axis))
        used.append(axis)
    for i, name in enumerate(("pelvis_tx", "pelvis_ty", "pelvis_tz")):
        if free:
            axes[3 + i].setCoordinateNames(osim.ArrayStr(name, 1))
            axes[3 + i].set_function(osim.LinearFunction())
    return transform
