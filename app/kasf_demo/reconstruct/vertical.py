"""The vertical from people: bodies that stand over their feet, planted feet on one floor, free flight.

Poses are (T, 17, 3) metres in the axes of the camera at the first frame: x right, y down, z forward.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kasf_demo.camera.orientation import Evidence, angles_of
from kasf_demo.kinematics.flight import G_M_PER_S2, find_flights
from kasf_demo.kinematics.segments import centre_of_mass, pelvis_frame
from kasf_demo.reconstruct.foot_lock import ANKLES, SLOW_M_PER_S, standing
from kasf_demo.types.arrays import BoolArray, FloatArray, runs
from kasf_demo.types.camera import Orientation
from kasportsformer.skeleton import H36M

Poses = Sequence[tuple[FloatArray, BoolArray]]  # and their valid frames (T,)

AS_SEEN = np.eye(3)  # takes camera axes to level ones, as far as is known
MIN_STANDING_S = 0.5
# of the leg's length: the centre of mass of a standing person is this far from the feet, of a sitting one nearer
MIN_RISE = 0.95
TOES_M = 0.04  # the centre of pressure of a standing foot is ahead of its ankle
STEADY_S = 0.5  # errors last about so long
# standard deviations of one person's line from the feet to the centre of mass, tilt and roll: networks lean people
BODY_SIGMA_DEG, BODY_SPREAD_DEG = np.array([4.0, 1.5]), np.array([6.0, 4.0])
FLOOR_SIGMA_M = 0.06  # by which a planted ankle is off, up or down
FLOOR_SIGMA_DEG = np.array([4.0, 1.5])  # of tilt and roll: a wrong lens, and people who are not as tall as assumed
# planted feet nearer to each other than CONTACT_M are one place; of a long shot MAX_CONTACTS are used
MIN_CONTACTS, CONTACT_M, MAX_CONTACTS = 3, 0.25, 300
RUNNING_SHARE = 0.3  # of the pelvis' speed: the ankle of a runner's planted foot is slower
FLIGHT_SIGMA_DEG = np.array([12.0, 4.0])  # tilt and roll of a flight of 0.4 s
MAX_SIGMA_DEG = 25.0  # in every direction: such a source is ignored


def from_bodies(poses: Poses, fps: float, level: FloatArray = AS_SEEN) -> Evidence | None:
    """The median direction from the planted feet to the centre of mass. Over a clip the force on the feet passes
    through it and balances gravity, also if they balance or lean. None if no person stands for long enough."""
    lines, lasting_s, hurried = [], 0.0, 0.0
    for xyz, valid in poses:
        stands = standing(xyz @ level.T, valid, fps)
        used = stands.any(1) & valid
        if not used.any():
            continue
        mass = centre_of_mass(xyz)
        feet = xyz[:, ANKLES] + TOES_M * np.nan_to_num(pelvis_frame(xyz).forward)[:, None]
        weight = stands / np.maximum(stands.sum(1, keepdims=True), 1)
        line = mass - np.einsum("tf,tfi->ti", weight, np.where(stands[..., None], feet, 0.0))
        tall = np.linalg.norm(line, axis=-1) > MIN_RISE * _leg_m(xyz[used])
        used &= tall
        if not used.any():
            continue
        lines.append(line[used] / np.linalg.norm(line[used], axis=-1, keepdims=True))
        lasting_s += float(used.sum()) / fps
        sideways = np.cross(_mean_acceleration(mass, used, fps), np.median(lines[-1], axis=0))  # not up or down
        hurried = max(hurried, float(np.linalg.norm(sideways)))
    if lasting_s < MIN_STANDING_S:
        return None
    ups = np.concatenate(lines)
    up = np.median(ups, axis=0)
    independent = max(1.0, lasting_s / STEADY_S)
    spread = np.maximum(BODY_SPREAD_DEG, 1.5 * np.median(np.abs(angles_of(ups) - angles_of(up)), axis=0))
    sigma = np.sqrt(BODY_SIGMA_DEG**2 + spread**2 / independent + np.degrees(hurried / G_M_PER_S2) ** 2)
    return Evidence.of("body", up, sigma.tolist())


def from_floor(poses: Poses, fps: float, level: FloatArray = AS_SEEN) -> Evidence | None:
    """The normal of the plane through planted ankles (Huber's weights). None if all stand in one place."""
    places = np.concatenate([np.zeros((0, 3)), *(_contacts(xyz @ level.T, valid, fps) for xyz, valid in poses)]) @ level
    apart = np.linalg.norm(places[:, None] - places[None], axis=-1)
    share = 1 / (apart < CONTACT_M).sum(1)  # those at one place count as one
    if share.sum() < MIN_CONTACTS:
        return None
    spread = places - np.average(places, axis=0, weights=share)
    design = np.column_stack([np.ones(len(places)), spread[:, 0], spread[:, 2]])
    flat = np.diag([0.0, 1.0, 1.0]) * FLOOR_SIGMA_M**2  # slopes of more than 1 are not seen
    weight = share
    for _ in range(10):
        normal = design.T @ (weight[:, None] * design) + flat
        plane = np.linalg.solve(normal, design.T @ (weight * spread[:, 1]))
        weight = share * FLOOR_SIGMA_M / np.maximum(np.abs(spread[:, 1] - design @ plane), FLOOR_SIGMA_M)
    up = np.array([plane[1], -1.0, plane[2]])
    slopes = np.degrees(1.0) ** 2 * FLOOR_SIGMA_M**2 * np.linalg.inv(normal)[1:, 1:]
    covariance = np.array([[1.0, -1.0], [-1.0, 1.0]]) * slopes[::-1, ::-1]  # tilt falls with the slope in depth
    covariance += np.diag(FLOOR_SIGMA_DEG**2)
    if np.sqrt(np.linalg.eigvalsh(covariance)[0]) > MAX_SIGMA_DEG:
        return None
    return Evidence("floor", angles_of(up), covariance)


def from_flight(poses: Poses, times_s: FloatArray, before: Orientation) -> Evidence | None:
    """The mean acceleration of the centre of mass in free flight. Flights are searched in the axes of `before`."""
    falls, weights = [], []
    for xyz, valid in poses:
        if not valid.any():
            continue
        world = np.where(valid[:, None, None], xyz @ before.to_world.T, np.nan)
        ankles = world[:, ANKLES, 2]
        heights = ankles - np.percentile(ankles[valid].min(1), 10)
        mass = centre_of_mass(xyz)
        for flight in find_flights(world, times_s, heights):
            inside = (times_s >= flight.takeoff_s) & (times_s <= flight.landing_s) & valid
            t = times_s[inside] - times_s[inside].mean()
            falls.append(2 * np.polyfit(t, mass[inside], 2)[0])
            weights.append((flight.landing_s - flight.takeoff_s) ** 3)
    if not falls:
        return None
    share = np.array(weights) / 0.4**3
    up = -np.average(falls, axis=0, weights=share)
    sigma = FLIGHT_SIGMA_DEG / np.sqrt(share.sum())
    return None if sigma.min() > MAX_SIGMA_DEG else Evidence.of("flight", up, np.maximum(sigma, 3.0).tolist())


def _leg_m(xyz: FloatArray) -> float:
    """Median length of a leg."""
    pairs = [(H36M[f"{s}_{a}"], H36M[f"{s}_{b}"]) for s in "rl" for a, b in (("hip", "knee"), ("knee", "ankle"))]
    return float(np.median(sum(np.linalg.norm(xyz[:, a] - xyz[:, b], axis=-1) for a, b in pairs) / 2))


def _mean_acceleration(mass: FloatArray, used: BoolArray, fps: float) -> FloatArray:
    """(3,) m/s2, of the centre of mass (T, 3) from the first to the last of the frames that are used."""
    frames = np.flatnonzero(used)
    near = max(2, round(0.2 * fps))
    if len(frames) < 3 * near:
        return np.zeros(3)
    first, last = frames[:near], frames[-near:]
    speeds = [(mass[f[-1]] - mass[f[0]]) * fps / max(f[-1] - f[0], 1) for f in (first, last)]
    return np.asarray((speeds[1] - speeds[0]) * fps / (frames[-1] - frames[0]))


def _contacts(xyz: FloatArray, valid: BoolArray, fps: float) -> FloatArray:
    """(N, 3) planted ankles: the median of each time that a foot is on the floor, also of a runner."""
    if len(xyz) < 2:
        return np.zeros((0, 3))
    speed = np.linalg.norm(np.gradient(xyz[:, 0], 1 / fps, axis=0), axis=-1, keepdims=True)
    stands = standing(xyz, valid, fps, np.fmax(SLOW_M_PER_S, RUNNING_SHARE * speed))
    spans = sorted((a, b, ankle) for foot, ankle in enumerate(ANKLES) for a, b in runs(stands[:, foot]))
    spans = spans[:: -(-len(spans) // MAX_CONTACTS) or 1]
    return np.array([np.median(xyz[a:b, ankle], axis=0) for a, b, ankle in spans]).reshape(-1, 3)
