"""All measurements of one pose: angles, speeds and events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kasf_demo.kinematics.contacts import ankle_heights, ankles_stand, find_contacts, gliding_heights
from kasf_demo.kinematics.derivatives import angular_velocity, speed
from kasf_demo.kinematics.flight import find_flights
from kasf_demo.kinematics.foot_motion import foot_angles, foot_contacts
from kasf_demo.kinematics.gait import contact_cadence, find_gait
from kasf_demo.kinematics.joint_angles import doubtful, joint_angles
from kasf_demo.kinematics.jump_events import find_jumps
from kasf_demo.kinematics.plausibility import DOUBTFUL_SCORE
from kasf_demo.kinematics.spins import find_spins
from kasf_demo.kinematics.strike import find_strike
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.cards import Sport
from kasf_demo.types.motion import POINTS, SIDED, Angles, Contact, Events, Flight, FootAngles, Motion
from kasf_demo.types.people import Pose3D
from kasportsformer.skeleton import H36M

MIN_RANGE_DEG = 10.0  # minimum range of motion, mean of both sides: below it their difference is noise
MIN_FRAMES = 10
MIN_DOUBTFUL = 0.3  # minimum share of an event's frames for it to be doubtful


def find_events(pose: Pose3D, angles: Angles, feet: FootAngles | None = None, *, glides: bool = False) -> Events:
    """Events of one person; none if too few frames have a pose. Contacts are those of heels and toes if there are
    feet. glides: flights are looked for above the ice where the person is, not above the usual height of the clip."""
    xyz = seen_only(pose)
    if pose.valid.sum() < MIN_FRAMES:
        return Events()
    heights = ankle_heights(xyz, pose.valid)
    over = gliding_heights(xyz, pose.valid, pose.times_s) if glides else heights
    flights = find_flights(xyz, pose.times_s, over)
    contacts = _contacts(pose, heights, angles, feet, flights)
    events = Events(
        flights=flights,
        contacts=contacts,
        gait=find_gait(xyz, pose.times_s, pose.valid),
        strike=find_strike(
            xyz, pose.times_s, pose.valid, angles, pose.score[:, [H36M[p] for p in POINTS]] < DOUBTFUL_SCORE
        ),
        symmetry=symmetry(angles),
        contact_cadence_per_min=None
        if feet is None
        else contact_cadence([c for c in contacts if c.start_s > pose.times_s[pose.valid][0]]),
    )
    return with_doubts(events, pose)


def _contacts(
    pose: Pose3D, heights: FloatArray, angles: Angles, feet: FootAngles | None, flights: Sequence[Flight]
) -> tuple[Contact, ...]:
    if feet is None:
        return find_contacts(heights, angles, flights)
    return foot_contacts(pose, feet, flights, ankles_stand(heights, angles, flights))


def with_doubts(events: Events, pose: Pose3D) -> Events:
    """The same events, marked as doubtful if their joints are: at the time of the event, or in `MIN_DOUBTFUL` of its
    span."""

    def doubted(names: Sequence[str], start_s: float, end_s: float | None = None) -> bool:
        first, last = np.searchsorted(pose.times_s, [start_s, start_s if end_s is None else end_s])
        joints = pose.in_doubt[max(first - 1, 0) : last + 1, [[H36M[name]] for name in names]]
        return bool(joints.any(0).mean() >= MIN_DOUBTFUL)

    gait, strike = events.gait, events.strike
    if gait:
        gait = replace(gait, doubtful_steps=tuple(doubted([f"{side}_ankle"], time_s) for time_s, side in gait.steps))
    if strike:
        limb = ("hip", "knee", "ankle") if strike.kind == "kick" else ("shoulder", "elbow", "wrist")
        strike = replace(strike, doubtful=doubted([f"{strike.side}_{name}" for name in limb], strike.time_s))
    feet = ["r_ankle", "l_ankle"]
    return replace(
        events,
        flights=tuple(replace(f, doubtful=doubted(feet, f.takeoff_s, f.landing_s)) for f in events.flights),
        contacts=tuple(replace(c, doubtful=doubted([f"{c.side}_ankle"], c.start_s, c.end_s)) for c in events.contacts),
        gait=gait,
        strike=strike,
    )


def seen_only(pose: Pose3D) -> FloatArray:
    """(T, 17, 3) metres, NaN in frames without a pose: the pose's own array where that is so already."""
    xyz = np.asarray(pose.xyz, float)
    return xyz if np.isnan(xyz[~pose.valid]).all() else np.where(pose.valid[:, None, None], xyz, np.nan)


def symmetry(angles: Angles) -> dict[str, float]:
    """The symmetry index (Robinson et al. 1987) of the ranges of motion, per cent: 0 is symmetric, positive is more on
    the right.

    Only of angles that move by `MIN_RANGE_DEG` or more on average of both sides. The plane of the shoulder is left out:
    it jumps.
    """
    found = {}
    for name in SIDED:
        right, left = (angles.extremes(f"{side}_{name}").range for side in "rl")
        if name != "shoulder_plane" and (right + left) / 2 >= MIN_RANGE_DEG:
            found[name] = 100 * (right - left) / ((right + left) / 2)
    return found


_POINTS = [H36M[name] for name in POINTS]


def measure_angles(pose: Pose3D) -> Angles:
    """Angles, angular velocities and speeds. Raises ValueError unless the pose is in world axes (lean needs a
    vertical)."""
    if pose.axes != "world":
        raise ValueError(f"angles are measured in world axes, got {pose.axes}")
    xyz = seen_only(pose)
    deg = joint_angles(xyz)
    joints = ((pose.score < DOUBTFUL_SCORE) | pose.in_doubt) & pose.valid[:, None]
    return Angles(
        times_s=pose.times_s,
        deg=deg,
        deg_per_s=angular_velocity(deg, pose.times_s),
        doubtful=doubtful(joints),
        m_per_s=speed(xyz[:, _POINTS], pose.times_s, pose.valid),
        doubtful_points=joints[:, _POINTS],
    )


def measure(pose: Pose3D, *, jumps: bool = True, sport: Sport | None = None) -> Motion:
    """Angles, speeds and events of one person; without `jumps` and spins if those are added later, with the
    uncertainties (`with_jumps`). sport: whose jumps are looked for. Raises ValueError unless the pose is in world
    axes."""
    angles, feet = measure_angles(pose), foot_angles(pose)
    events = find_events(pose, angles, feet, glides=sport == "skating")
    motion = Motion(angles, events, mean_rate_hz(pose.times_s), feet)
    return with_jumps(motion, pose) if jumps else motion


def with_jumps(motion: Motion, pose: Pose3D, reliable: BoolArray | None = None) -> Motion:
    """The same with jumps and spins. reliable (T,): where the path over the ground can be trusted; None: everywhere."""
    if pose.valid.sum() < MIN_FRAMES:
        return motion
    xyz, flights = seen_only(pose), motion.events.flights
    found = find_jumps(xyz, motion.angles, flights, reliable)
    return replace(motion, jumps=found, spins=find_spins(xyz, motion.angles, flights))


def mean_rate_hz(times_s: FloatArray) -> float:
    """Mean frame rate of the clip, frames per second; NaN for a single frame."""
    return float((len(times_s) - 1) / (times_s[-1] - times_s[0])) if len(times_s) > 1 else float("nan")
