"""A number of a test with its unit, its definition, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from kasf_demo.assess.definitions import DEFINITIONS, Definition
from kasf_demo.errors import EXIT_NOT_SHOWN, KasfError
from kasf_demo.kinematics.measure import seen_only
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.motion import ANGLES, BodySide, Motion
from kasf_demo.types.people import Pose3D

Trust = Literal["good", "rough", "no"]
GOOD, ROUGH = 0.05, 0.15  # relative standard deviation up to which a time is good, or rough
# How well take-off and landing are found, apart from the frame rate: flight times of the two jumps among the demo clips
# are 35 ms too long and 20 ms too short of those of their true joints (docs/decisions.md, "Tests that coaches run")
FOUND_S = 0.02
GOOD_DEG, ROUGH_DEG = 6.0, 15.0  # standard deviation of an angle
FRONTAL_DEG = 35.0  # a body that faces the camera, or turns its back to it, within this: widths can be seen


class NotShownError(KasfError):
    """The clip does not show the test."""

    exit_code = EXIT_NOT_SHOWN


@dataclass(frozen=True)
class Recording:
    """One person to be assessed: the pose in world axes, what was measured of it, and where the path over the ground
    can be trusted (T,)."""

    pose: Pose3D
    motion: Motion
    reliable: BoolArray
    xyz: FloatArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "xyz", seen_only(self.pose))

    @property
    def times_s(self) -> FloatArray:
        """(T,) seconds."""
        return self.pose.times_s

    @property
    def rate_hz(self) -> float:
        """Mean frames per second."""
        return self.motion.rate_hz

    def frame(self, time_s: float) -> int:
        """The number of the frame nearest to a time that has a pose."""
        seen = np.flatnonzero(self.pose.valid)
        return int(seen[np.abs(self.times_s[seen] - time_s).argmin()])

    def doubtful(self, joints: Sequence[int], frame: int) -> bool:
        """Whether one of the joints is doubtful in a frame."""
        return bool(self.pose.in_doubt[frame, list(joints)].any())


@dataclass(frozen=True)
class Measured:
    """One number. value: None if it cannot be measured, with the reason in `note`. interval: 68 % of cases. at_s: the
    moment it belongs to. trust: how far it can be relied on at this frame rate and view."""

    key: str
    value: float | None
    trust: Trust
    side: BodySide | None = None
    interval: tuple[float, float] | None = None
    at_s: float | None = None
    note: str = ""

    @property
    def definition(self) -> Definition:
        """Label, unit, definition and source."""
        return DEFINITIONS[self.key]

    @property
    def label(self) -> str:
        """In a coach's words, with the side."""
        side = {"r": ", right", "l": ", left", None: ""}[self.side]
        return self.definition.label + side


@dataclass(frozen=True)
class Assessment:
    """What a test gives. moments: time and name of what is shown. notes: sentences that hold for all of it."""

    test: str
    rate_hz: float
    values: tuple[Measured, ...]
    moments: tuple[tuple[float, str], ...]
    notes: tuple[str, ...] = ()

    def __getitem__(self, key: str) -> Measured:
        """The first value of a key. Raises KeyError."""
        for value in self.values:
            if value.key == key:
                return value
        raise KeyError(key)


def time_sigma_s(rate_hz: float, count: int = 1) -> float:
    """Standard deviation of a time between two moments that each lie anywhere within a frame; of the mean of `count` of
    them."""
    return float(np.sqrt(2 / 12) / rate_hz / np.sqrt(count))


def rate_for(duration_s: float, share: float = GOOD) -> float:
    """Frames per second at which a duration is known to this share (one standard deviation)."""
    return float(np.sqrt(2 / 12) / (share * duration_s))


def event_sigma_s(rate_hz: float, count: int = 1) -> float:
    """Of a time from a landing to a take-off or the other way: frame rate, and how well the two are found, which does
    not average out."""
    return float(np.hypot(time_sigma_s(rate_hz, count), np.sqrt(2) * FOUND_S))


def timed(
    key: str,
    seconds: float,
    rate_hz: float,
    *,
    count: int = 1,
    side: BodySide | None = None,
    at_s: float | None = None,
    contact: bool = False,
) -> Measured:
    """A duration, the mean of `count`, with what the frame rate leaves open. contact: between a landing and a
    take-off."""
    sigma = event_sigma_s(rate_hz, count) if contact else time_sigma_s(rate_hz, count)
    share = sigma / seconds if seconds > 0 else np.inf
    note = f"mean of {count}" if count > 1 else ""
    if _trust(share) != "good":
        note = "; ".join(t for t in (note, _told(share, 1000 * sigma, rate_hz, rate_for(seconds), contact)) if t)
    return Measured(key, seconds, _trust(share), side, (seconds - sigma, seconds + sigma), at_s, note)


def ratio_of_times(
    key: str, value: float, durations_s: Sequence[float], rate_hz: float, *, at_s: float | None = None
) -> Measured:
    """A number that is proportional to each of these durations, between landings and take-offs, or to its inverse. A
    duration that counts twice is given twice."""
    weights = [durations_s.count(d) / d for d in dict.fromkeys(durations_s)]
    share = event_sigma_s(rate_hz) * float(np.linalg.norm(weights))
    rate_alone = time_sigma_s(1.0) * float(np.linalg.norm(weights)) / GOOD
    note = "" if _trust(share) == "good" else _told(share, None, rate_hz, rate_alone, True)
    return Measured(key, value, _trust(share), None, (value * (1 - share), value * (1 + share)), at_s, note)


def _trust(share: float) -> Trust:
    return "good" if share <= GOOD else "rough" if share <= ROUGH else "no"


def _told(share: float, off_ms: float | None, rate_hz: float, need_hz: float, contact: bool) -> str:
    """Why a time is not known better, and what rate would help."""
    off = f"±{100 * share:.0f} %" if off_ms is None else f"±{off_ms:.0f} ms ({100 * share:.0f} %)"
    if need_hz <= rate_hz:
        return f"{off}: how well take-off and landing are found"
    more = f"{rate_hz:.0f} frames/s cannot time it to 5 %, {np.ceil(need_hz / 10) * 10:.0f} could"
    return f"{off}; {more}" + (", were take-off and landing found exactly" if contact else "")


def angle_at(recording: Recording, key: str, name: str, frame: int, side: BodySide | None = None) -> Measured:
    """An angle of `ANGLES` in a frame; with its stated uncertainty where there is one."""
    angles, column = recording.motion.angles, ANGLES.index(name)
    value, at_s = float(angles.deg[frame, column]), float(recording.times_s[frame])
    if not np.isfinite(value):
        return Measured(key, None, "no", side, None, at_s, "the angle is not defined in this pose")
    sigma = np.nan if angles.sigma_deg is None else float(angles.sigma_deg[frame, column])
    if angles.doubtful[frame, column]:
        trust: Trust = "no"
        note = "a joint is doubtful at this moment"
    elif np.isfinite(sigma):
        trust = "good" if sigma <= GOOD_DEG else "rough" if sigma <= ROUGH_DEG else "no"
        note = "" if trust == "good" else f"the stated uncertainty is {sigma:.0f}°"
    else:
        trust, note = "rough", "angles of one camera are off by 5 to 10° in the mean"
    interval = (value - sigma, value + sigma) if np.isfinite(sigma) else None
    return Measured(key, value, trust, side, interval, at_s, note)


def missing(key: str, why: str, side: BodySide | None = None) -> Measured:
    """A number that cannot be measured."""
    return Measured(key, None, "no", side, None, None, why)


def no_better_than(value: Measured, trust: Trust, note: str) -> Measured:
    """The same, trusted at most so far."""
    order: tuple[Trust, ...] = ("good", "rough", "no")
    if order.index(value.trust) >= order.index(trust):
        return value
    return replace(value, trust=trust, note="; ".join(t for t in (value.note, note) if t))


def faces_camera(recording: Recording, frame: int) -> bool:
    """Whether hips are seen from the front or the back, so that widths can be seen."""
    deg = float(recording.motion.angles["pelvis_rotation"][frame])
    return bool(np.isfinite(deg) and abs(np.sin(np.radians(deg))) <= np.sin(np.radians(FRONTAL_DEG)))
