"""Jumps and spins of one person. Turns are counter-clockwise seen from above where they are positive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["counter-clockwise", "clockwise"]
Foot = Literal["r", "l", "both"]
Span = tuple[float, float]  # seconds


@dataclass(frozen=True)
class Turning:
    """How far a body turns about the vertical between two moments.

    shoulders, pelvis: turns of each line, None where it has no heading or left and right cannot be told apart. turns:
    their mean, None if one is missing or they disagree. sigma: of `turns`, None without a stated uncertainty. why:
    reasons why `turns` is None. peak_deg_per_s and when.
    """

    shoulders: float | None
    pelvis: float | None
    turns: float | None
    sigma: float | None = None
    why: tuple[str, ...] = ()
    peak_deg_per_s: float | None = None
    peak_s: float | None = None

    @property
    def direction(self) -> Direction | None:
        """Seen from above; None below a quarter turn, or if the turns are not known."""
        if self.turns is None or abs(self.turns) < 0.25:
            return None
        return "counter-clockwise" if self.turns > 0 else "clockwise"

    @property
    def named(self) -> float | None:
        """The nearest half turn, without a sign."""
        return None if self.turns is None else round(2 * abs(self.turns)) / 2


@dataclass(frozen=True)
class JumpPhases:
    """Entry (until take-off), flight, and landing (until the pelvis is lowest), each from and to, seconds."""

    entry_s: Span
    flight_s: Span
    landing_s: Span


@dataclass(frozen=True)
class Jump:
    """A flight and what happens in it. Lengths in metres, speeds in m/s, angles in degrees; None where unknown.

    height_path_m: rise of the centre of mass after take-off, along the parabola through its path; height_time_m: see
    `Flight`. distance_m: level distance of the pelvis from take-off to landing.
    speed_in_m_per_s, speed_out_m_per_s: mean level speed of the pelvis in the 0.3 s before and after. tightness_m: mean
    distance of the wrists from the body's axis in the air. lean_deg, landing_lean_deg: trunk against the vertical, mean
    in the air and at landing. landing_knee_deg: greatest flexion of the landing leg until the pelvis is lowest.
    swing_foot_m: height of the other ankle above the landing one. forward: facing along the path at take-off (1) or
    against it (-1). after_s: time since the landing of the jump before, if that is less than 1.5 s (a combination).
    doubts: what is not sure, by the name of the number.
    """

    takeoff_s: float
    landing_s: float
    height_path_m: float
    height_time_m: float
    turning: Turning
    phases: JumpPhases
    takeoff_foot: Foot | None = None
    landing_foot: Foot | None = None
    distance_m: float | None = None
    speed_in_m_per_s: float | None = None
    speed_out_m_per_s: float | None = None
    tightness_m: float | None = None
    lean_deg: float | None = None
    landing_lean_deg: float | None = None
    landing_knee_deg: float | None = None
    swing_foot_m: float | None = None
    forward: Literal[1, -1] | None = None
    after_s: float | None = None
    doubts: tuple[tuple[str, str], ...] = ()

    @property
    def air_s(self) -> float:
        """Time in the air, seconds."""
        return self.landing_s - self.takeoff_s


@dataclass(frozen=True)
class Spin:
    """Turning by 360 degrees or more on the spot. foot: the one that stays. travel_m: level distance between the places
    of that foot that are farthest apart."""

    start_s: float
    end_s: float
    turning: Turning
    foot: Foot | None
    travel_m: float
    doubts: tuple[tuple[str, str], ...] = ()
