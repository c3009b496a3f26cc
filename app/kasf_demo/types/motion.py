"""What is measured of one person: joint angles, speeds and events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.deprecated import deprecated
from kasf_demo.types.jumps import Jump, Spin

SIDED = ("hip_flexion", "hip_abduction", "knee_flexion", "shoulder_elevation", "shoulder_plane", "elbow_flexion")
MIDLINE = ("trunk_lean", "trunk_lean_forward", "trunk_lean_right", "pelvis_rotation", "pelvis_tilt",
           "shoulders_rotation", "shoulders_tilt", "separation")  # fmt: skip
ANGLES = (*(f"{side}_{name}" for name in SIDED for side in "rl"), *MIDLINE)
POINTS = ("r_wrist", "l_wrist", "r_ankle", "l_ankle", "pelvis")  # whose speed is given: hands, feet and the root
BodySide = Literal["r", "l"]
StrikeKind = Literal["rear", "mid", "fore"]
FOOT_ANGLES = tuple(f"{side}_{name}" for name in ("ankle_flexion", "foot_pitch", "foot_progression") for side in "rl")


@dataclass(frozen=True)
class Extremes:
    """The least and greatest value of a curve over the frames that can be trusted, and when. NaN where there are
    none."""

    low: float
    low_s: float
    high: float
    high_s: float

    @property
    def range(self) -> float:
        """high - low."""
        return self.high - self.low

    @property
    def peak(self) -> tuple[float, float]:
        """The value furthest from zero, with its sign, and its time."""
        return (self.high, self.high_s) if not abs(self.low) > abs(self.high) else (self.low, self.low_s)


class Columns(Mapping[str, FloatArray]):
    """The columns of a (T, N) array by name, without a copy: `columns["r_knee_flexion"]` is (T,)."""

    def __init__(self, names: tuple[str, ...], values: FloatArray) -> None:
        self._names, self._values = names, values

    def __getitem__(self, name: str) -> FloatArray:
        if name not in self._names:
            raise KeyError(f"{name!r} is none of {', '.join(self._names)}")
        column: FloatArray = self._values[:, self._names.index(name)]
        return column

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True, repr=False)
class Angles:
    """Joint angles and speeds of one person.

    times_s (T,). deg and deg_per_s (T, A), columns as `ANGLES`; doubtful (T, A): a joint that the angle is made of has
    a low score. m_per_s (T, 5), columns as `POINTS`, and doubtful_points (T, 5). Rotations are continuous over the clip
    (two turns are 720 degrees), other angles lie in -180..180. sigma_deg (T, A) and sigma_m_per_s (T, 5): 68 % of the
    values are within it of the truth; None if unknown.
    """

    times_s: FloatArray
    deg: FloatArray
    deg_per_s: FloatArray
    doubtful: BoolArray
    m_per_s: FloatArray
    doubtful_points: BoolArray
    sigma_deg: FloatArray | None = None
    sigma_m_per_s: FloatArray | None = None

    def __getitem__(self, name: str) -> FloatArray:
        """(T,) degrees of one of `ANGLES`. Raises KeyError for another name."""
        return Columns(ANGLES, self.deg)[name]

    @property
    def velocity(self) -> Columns:
        """Angular velocities by name: (T,) degrees per second each."""
        return Columns(ANGLES, self.deg_per_s)

    @property
    def speed(self) -> Columns:
        """Speeds of `POINTS` by name: (T,) metres per second each."""
        return Columns(POINTS, self.m_per_s)

    def keys(self) -> tuple[str, ...]:
        """The names of the angles."""
        return ANGLES

    def __len__(self) -> int:
        return len(self.times_s)

    def part(self, frames: slice) -> Angles:
        """Some of the frames, without a copy."""
        return Angles(
            self.times_s[frames], self.deg[frames], self.deg_per_s[frames], self.doubtful[frames],
            self.m_per_s[frames], self.doubtful_points[frames],
            None if self.sigma_deg is None else self.sigma_deg[frames],
            None if self.sigma_m_per_s is None else self.sigma_m_per_s[frames],
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"Angles({len(self)} frames: {len(ANGLES)} angles in degrees, {len(POINTS)} speeds in m/s)"

    @deprecated("angles[name]")
    def of(self, name: str) -> FloatArray:
        """Deprecated: `angles[name]`."""
        return self[name]

    @deprecated("angles.velocity[name]")
    def velocity_of(self, name: str) -> FloatArray:
        """Deprecated: `angles.velocity[name]`."""
        return self.velocity[name]

    @deprecated("angles.speed[name]")
    def speed_of(self, point: str) -> FloatArray:
        """Deprecated: `angles.speed[point]`."""
        return self.speed[point]

    def extremes(self, name: str, *, velocity: bool = False) -> Extremes:
        """Extremes of one angle, or of its velocity, over the frames that are not doubtful."""
        a = ANGLES.index(name)
        return extremes((self.deg_per_s if velocity else self.deg)[:, a], self.times_s, self.doubtful[:, a])

    def speed_extremes(self, point: str) -> Extremes:
        """Extremes of one speed, over the frames that are not doubtful."""
        a = POINTS.index(point)
        return extremes(self.m_per_s[:, a], self.times_s, self.doubtful_points[:, a])


@dataclass(frozen=True, repr=False)
class FootAngles:
    """Angles of one person's feet: times_s (T,), deg (T, 6), columns as `FOOT_ANGLES`; NaN where a foot is not known.
    sigma_deg (T, 6): 68 % of the values are within it of the truth; None if unknown."""

    times_s: FloatArray
    deg: FloatArray
    sigma_deg: FloatArray | None = None

    def __getitem__(self, name: str) -> FloatArray:
        """(T,) degrees of one of `FOOT_ANGLES`. Raises KeyError for another name."""
        return Columns(FOOT_ANGLES, self.deg)[name]

    def part(self, frames: slice) -> FootAngles:
        """Some of the frames, without a copy."""
        sigma_deg = None if self.sigma_deg is None else self.sigma_deg[frames]
        return FootAngles(self.times_s[frames], self.deg[frames], sigma_deg)

    def extremes(self, name: str) -> Extremes:
        """Extremes of one angle."""
        return extremes(self[name], self.times_s, np.zeros(len(self.times_s), bool))

    def __repr__(self) -> str:
        return f"FootAngles({len(self.times_s)} frames)"


def extremes(values: FloatArray, times_s: FloatArray, doubtful: BoolArray) -> Extremes:
    """Least and greatest of (T,) values where they are finite and not doubtful."""
    known = np.flatnonzero(np.isfinite(values) & ~doubtful)
    if not len(known):
        return Extremes(*[float("nan")] * 4)
    low, high = known[np.argmin(values[known])], known[np.argmax(values[known])]
    return Extremes(float(values[low]), float(times_s[low]), float(values[high]), float(times_s[high]))


@dataclass(frozen=True)
class Flight:
    """Both feet off the floor. Heights: how far the body's centre of mass rises after take-off, from its path and
    from the time in the air."""

    takeoff_s: float
    landing_s: float
    height_path_m: float
    height_time_m: float
    doubtful: bool = False

    @property
    def difference_m(self) -> float:
        """Height from the path minus height from the time in the air, metres."""
        return self.height_path_m - self.height_time_m


@dataclass(frozen=True)
class Contact:
    """A foot contact: side, start and end time. With heels and toes also: strike_deg, the foot's angle against the
    floor at the start (toes up is positive), which part of the foot lands first, and flat_s, the first and last moment
    with heel and toe down (None: never). toe_off: the foot is seen to leave the ground, that is, neither the clip nor
    the view of it ends before."""

    side: BodySide
    start_s: float
    end_s: float
    doubtful: bool = False
    strike_deg: float | None = None
    strike: StrikeKind | None = None
    flat_s: tuple[float, float] | None = None
    toe_off: bool = False


@dataclass(frozen=True)
class Gait:
    """Walking or running: steps (time, side of the landing foot) in order; steps per minute; which steps are doubtful
    (empty: none)."""

    steps: tuple[tuple[float, BodySide], ...]
    cadence_per_min: float
    doubtful_steps: tuple[bool, ...] = ()

    @property
    def marked_steps(self) -> list[tuple[float, BodySide, bool]]:
        """`steps` with whether each is doubtful."""
        doubts = self.doubtful_steps or (False,) * len(self.steps)
        return [(time_s, side, doubt) for (time_s, side), doubt in zip(self.steps, doubts, strict=True)]


@dataclass(frozen=True)
class Strike:
    """A kick or a throw: the time of peak speed of the foot or hand. Speed in world axes, and relative to a pelvis that
    turns with the body."""

    kind: Literal["kick", "throw"]
    side: BodySide
    time_s: float
    m_per_s: float
    limb_m_per_s: float
    doubtful: bool = False


@dataclass(frozen=True)
class Events:
    """Events of one person. An event that depends on doubtful joints is marked `doubtful`.

    `strike` and `gait` are None if none is certain enough.

    symmetry: for angles of both sides, 100 (R - L) / ((R + L) / 2) of their ranges of motion over the clip, per cent; 0
    is symmetric.
    """

    flights: tuple[Flight, ...] = ()
    contacts: tuple[Contact, ...] = ()
    gait: Gait | None = None
    strike: Strike | None = None
    symmetry: dict[str, float] = field(default_factory=dict)
    contact_cadence_per_min: float | None = None  # of even, alternating contacts of heels and toes

    def median_strike_deg(self, side: BodySide) -> float:
        """Of the contacts of one foot whose strike is known and not doubtful; NaN if there are none."""
        known = [c.strike_deg for c in self.contacts if c.side == side and c.strike_deg is not None and not c.doubtful]
        return float(np.median(known)) if known else float("nan")

    def marks(self, *, doubts: bool = False) -> list[tuple[float, BodySide | None, str]]:
        """(time, side, name) of each event in order of time, for export. With `doubts` the names of doubtful events end
        in " ?"."""
        found: list[tuple[float, BodySide | None, str, bool]] = []
        for flight in self.flights:
            found += [
                (flight.takeoff_s, None, "Take-off", flight.doubtful),
                (flight.landing_s, None, "Landing", flight.doubtful),
            ]
        if self.gait:
            found += [(time_s, side, "Foot Strike", doubt) for time_s, side, doubt in self.gait.marked_steps]
        feet = [c for c in self.contacts if c.strike is not None]
        if not self.gait:  # whose steps are more certain
            found += [(c.start_s, c.side, "Foot Strike", c.doubtful) for c in feet]
        off = [c for c in self.contacts if c.toe_off and (c.flat_s or c.strike)]
        found += [(c.end_s, c.side, "Foot Off", c.doubtful) for c in off]
        if self.strike:
            found.append((self.strike.time_s, self.strike.side, self.strike.kind.capitalize(), self.strike.doubtful))
        ordered = sorted(found, key=lambda mark: mark[0])
        return [(time_s, side, name + (" ?" if doubts and doubt else "")) for time_s, side, name, doubt in ordered]


@dataclass(frozen=True)
class Motion:
    """Angles and events of one person, and the clip's mean rate, frames per second. foot_angles: None without feet.
    jumps: the flights with what happens in them; spins: turns on the spot."""

    angles: Angles
    events: Events
    rate_hz: float
    foot_angles: FootAngles | None = None
    jumps: tuple[Jump, ...] = ()
    spins: tuple[Spin, ...] = ()
