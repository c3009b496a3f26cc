"""Repetitions of an exercise, side by side: mean and spread of each angle, the nearest and the farthest from the mean,
and what changes over the set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kasf_demo.assess.values import NotShownError, Recording
from kasf_demo.kinematics.repetitions import (
    MIN_REPS,
    POINTS,
    Repetition,
    Repetitions,
    aligned,
    find_repetitions,
    times_of,
    turn_share,
)
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.motion import ANGLES

# the angles that repetitions are found by: those that do not depend on where the body faces
FOUND_BY = (*(f"{side}_{name}" for side in "rl" for name in ("hip_flexion", "knee_flexion", "shoulder_elevation",
              "elbow_flexion")), "trunk_lean_forward")  # fmt: skip
# the angles that are shown: headings are left out, as they depend on where the athlete goes
NOT_SHOWN = ("pelvis_rotation", "shoulders_rotation", "r_shoulder_plane", "l_shoulder_plane")
SHOWN = tuple(name for name in ANGLES if name not in NOT_SHOWN)
MIN_RANGE_DEG = 10.0  # an angle whose mean moves by less over a repetition is none of the exercise
MAX_DOUBTFUL = 0.3  # share of an angle's frames
# Student's t, 99 % on both sides, of 1, 2, ... degrees of freedom: many numbers are looked at, so that of two standard
# errors some would be sure by chance
T_99 = (63.7, 9.92, 5.84, 4.60, 4.03, 3.71, 3.50, 3.36, 3.25, 3.17, 3.11, 3.05, 3.01, 2.98, 2.95)


@dataclass(frozen=True)
class Change:
    """What changes over a set. key: angle, empty for the duration; what: "duration", "least", "greatest" or "range";
    by_rep (N,): the value of each repetition. per_rep: slope of a straight line, its unit a repetition; sigma: its
    standard error. sure: it differs from 0 by the t test at 1 %, and the angle is not doubtful."""

    key: str
    what: str
    unit: str
    by_rep: FloatArray
    per_rep: float
    sigma: float
    sure: bool


@dataclass(frozen=True)
class RepetitionSet:
    """N repetitions of one person. curves (N, 101, A) degrees of `SHOWN`, from 0 to 100 % of each; doubtful (A,): share
    of their frames that are doubtful."""

    recording: Recording
    found: Repetitions
    curves: FloatArray
    doubtful: FloatArray

    @property
    def each(self) -> tuple[Repetition, ...]:
        """In order of time."""
        return self.found.each

    @property
    def lasts_s(self) -> FloatArray:
        """(N,) seconds."""
        return np.array([r.end_s - r.start_s for r in self.each])

    @property
    def period_s(self) -> float:
        """Mean time from the start of one to that of the next, seconds; pauses of twice the median and more left
        out."""
        between = np.diff([r.start_s for r in self.each])
        return float(between[between < 2 * np.median(between)].mean())

    @property
    def turn(self) -> float:
        """The share of the time at which they turn, 0 to 1."""
        return turn_share(self.each)

    @cached_property
    def mean(self) -> FloatArray:
        """(101, A) degrees."""
        return np.asarray(self.curves.mean(0))

    @cached_property
    def sd(self) -> FloatArray:
        """(101, A) degrees: standard deviation between repetitions."""
        return np.asarray(self.curves.std(0, ddof=1))

    @cached_property
    def exercised(self) -> tuple[str, ...]:
        """The angles that move, those that move most first."""
        ranges = np.ptp(self.mean, axis=0)
        order = np.argsort(-ranges, kind="stable")
        return tuple(SHOWN[a] for a in order if ranges[a] >= MIN_RANGE_DEG)

    @cached_property
    def off_deg(self) -> FloatArray:
        """(N,) root mean square distance of each repetition from the mean of the others, over the angles that move,
        degrees."""
        own = self.curves[:, :, [SHOWN.index(name) for name in self.exercised]]
        others = (own.sum(0) - own) / (len(own) - 1)
        return np.asarray(np.sqrt(((own - others) ** 2).mean((1, 2))))

    @property
    def nearest(self) -> int:
        """The repetition that is nearest to the mean of the others, from 0."""
        return int(np.argmin(self.off_deg))

    @property
    def farthest(self) -> int:
        """The one that is farthest from it."""
        return int(np.argmax(self.off_deg))

    def largest_difference(self, n: int) -> tuple[str, float, float]:
        """The angle in which a repetition is farthest from the mean of the others, by how much, degrees, and at what
        share of its time; of angles that move and are not doubtful."""
        names = [name for name in self.exercised if not self.is_doubtful(name)] or list(self.exercised)
        own = self.curves[:, :, [SHOWN.index(name) for name in names]]
        off = own[n] - (own.sum(0) - own[n]) / (len(own) - 1)
        at, angle = (int(i) for i in np.unravel_index(int(np.argmax(np.abs(off))), off.shape))
        return names[angle], float(off[at, angle]), at / (POINTS - 1)

    def is_doubtful(self, name: str) -> bool:
        """Whether an angle rests on doubtful joints in many frames."""
        return bool(self.doubtful[SHOWN.index(name)] > MAX_DOUBTFUL)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Of the duration, and of least, greatest and range of the angles that move."""
        found = [self._change("", "duration", "s", self.lasts_s)]
        for name in self.exercised:
            own = self.curves[:, :, SHOWN.index(name)]
            low, high = own.min(1), own.max(1)
            found += [
                self._change(name, what, "°", v)
                for what, v in (("least", low), ("greatest", high), ("range", high - low))
            ]
        return tuple(found)

    def _change(self, key: str, what: str, unit: str, by_rep: FloatArray) -> Change:
        n = np.arange(len(by_rep)) - (len(by_rep) - 1) / 2
        slope = float((n * by_rep).sum() / (n**2).sum())
        rest = by_rep - by_rep.mean() - slope * n
        sigma = float(np.sqrt((rest**2).sum() / max(len(by_rep) - 2, 1) / (n**2).sum()))
        limit = T_99[min(len(by_rep) - 2, len(T_99)) - 1] * sigma
        sure = len(by_rep) > MIN_REPS and abs(slope) > limit and not (key and self.is_doubtful(key))
        return Change(key, what, unit, by_rep, slope, sigma, sure)

    def times_s(self, n: int) -> FloatArray:
        """(101,) seconds of one repetition."""
        return times_of(self.each[n], self.each, np.linspace(0, 1, POINTS))


def find_set(recording: Recording) -> RepetitionSet:
    """Raises NotShownError if no motion is repeated."""
    seen = recording.pose.valid
    angles = recording.motion.angles
    times_s = angles.times_s[seen]
    by = _filled(np.stack([angles[name] for name in FOUND_BY], axis=-1)[seen], times_s)
    found = find_repetitions(by, times_s) if len(times_s) >= 10 else None
    if found is None:
        raise NotShownError(
            f"no motion is repeated {MIN_REPS} times or more",
            "film a whole set, from the start of the first repetition on; --start and --end cut it out",
        )
    shown = [ANGLES.index(name) for name in SHOWN]
    values = _filled(angles.deg[seen][:, shown], times_s)
    inside = (times_s >= found.each[0].start_s) & (times_s <= found.each[-1].end_s)
    curves = aligned(values, times_s, found.each)
    return RepetitionSet(recording, found, curves, angles.doubtful[seen][:, shown][inside].mean(0))


def _filled(values: FloatArray, times_s: FloatArray) -> FloatArray:
    """(T, A) without gaps: on a straight line between known values, 0 if there is none."""
    out = []
    for column in values.T:
        known = np.isfinite(column)
        out.append(np.interp(times_s, times_s[known], column[known]) if known.any() else np.zeros(len(times_s)))
    return np.stack(out, axis=-1)
