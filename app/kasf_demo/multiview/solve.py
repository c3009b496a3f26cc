"""All clocks and cameras of a session: who is who, which offsets, the joint calibration, and its scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kasf_demo.multiview.calibrate import ViewCalibration, calibrate, search_cost, with_more_people, without_strangers
from kasf_demo.multiview.match import Candidate, candidates
from kasf_demo.multiview.moments import Match
from kasf_demo.multiview.rates import ClockRate, is_sure, retimed, slow_motion, undrifted
from kasf_demo.multiview.seen import OF_STATURE, SeenPerson, SeenView
from kasf_demo.types.arrays import FloatArray

# cost that any other offset must have over that of the best one; a stride or more away it means another cycle
NEAR_RATIO, FAR_RATIO, FAR_S = 1.08, 1.25, 0.3
HEARD_S = 0.1  # an offset by motion that is nearer than that to the sound's is the one that the sound means
SIMILAR = 0.6  # candidates whose motion correlates less than this share of the best one's are not looked at


@dataclass(frozen=True)
class Synced:
    """How one camera's clock was found against the first one's. score: correlation of the motion, summed over people;
    margin: by how much the cost of other offsets, over that of the chosen one, exceeds what is asked for; below 1 it is
    not certain, infinite if there is no other. by_sound: it was chosen among several by the sound."""

    offset_s: float
    score: float
    margin: float
    pairs: tuple[tuple[int, int], ...]
    by_sound: bool = False


@dataclass(frozen=True)
class SolvedSession:
    """calibration: the cameras in metres, scaled so that the first matched person has the height; synced: by camera
    after the first. None for the calibration if a camera shares too little with the first one. views: with the times
    that they were solved with; rates: of their clocks."""

    calibration: ViewCalibration | None
    synced: tuple[Synced, ...]
    views: Sequence[SeenView]
    rates: tuple[ClockRate, ...]


def solve(
    views: Sequence[SeenView],
    height_m: float,
    *,
    wanted: Sequence[int | None] = (),
    offsets_s: Sequence[float] | None = None,
    heard_s: Sequence[float | None] = (),
) -> SolvedSession:
    """wanted: by view, the id of the athlete, None to find out. offsets_s: of the second and later clocks against the
    first, if they are known. heard_s: by view, the offset that its sound has, None if that is not certain: it decides
    where several offsets explain the motion."""
    wanted = list(wanted) or [None] * len(views)
    slowed = [1.0, *(slow_motion(views[0], v) if offsets_s is None else 1.0 for v in views[1:])]
    views = [v if s == 1 else retimed(v, s, float(v.times_s[0])) for v, s in zip(views, slowed, strict=True)]
    rates = tuple(ClockRate(slowed=s) for s in slowed)
    heard_s = list(heard_s) or [None] * len(views)
    synced = [
        _synced(
            views[0], views[c], (wanted[0], wanted[c]), height_m, None if offsets_s is None else offsets_s[c - 1],
            heard_s[c] if slowed[c] == 1 else None,
        )
        for c in range(1, len(views))
    ]  # fmt: skip
    if any(s is None for s in synced):
        return SolvedSession(None, tuple(s or Synced(0.0, -1.0, 0.0, ()) for s in synced), views, rates)
    found = tuple(s for s in synced if s is not None)
    matches = _matches(views, found, wanted[0])
    offsets = np.array([0.0, *(s.offset_s for s in found)])
    known = offsets_s is not None
    joint = calibrate(views, matches, offsets, height_m, offset_known=known) if matches else None
    if joint is not None:
        more = with_more_people(views, joint, height_m, offset_known=known)
        joint = without_strangers(views, more, height_m, offset_known=known)
        joint, views, rates = _without_drift(views, joint, rates, height_m, known)
        joint = scaled(joint, height_m)
    return SolvedSession(joint, found, views, rates)


def _without_drift(
    views: Sequence[SeenView], found: ViewCalibration, rates: tuple[ClockRate, ...], height_m: float, known: bool
) -> tuple[ViewCalibration, Sequence[SeenView], tuple[ClockRate, ...]]:
    """The calibration with clocks at the first one's rate, where they surely run at another."""
    drift, sigma, mended = undrifted(views, found, height_m, offset_known=known)
    sure = [c > 0 and is_sure(float(drift[c]), float(sigma[c]), found.seconds) for c in range(len(views))]
    rates = tuple(
        replace(r, drift=float(d), sigma=float(s) if c else 0.0, drifts=yes)
        for c, (r, d, s, yes) in enumerate(zip(rates, drift, sigma, sure, strict=True))
    )
    if not any(sure):
        return found, views, rates
    now = [m if yes else v for m, v, yes in zip(mended, views, sure, strict=True)]
    again = calibrate(now, found.matches, found.offsets_s, height_m, offset_known=known)
    return (found, views, rates) if again is None else (again, now, rates)


def _synced(
    first: SeenView, second: SeenView, wanted: tuple[int | None, int | None], height_m: float, given: float | None,
    heard_s: float | None,
) -> Synced | None:  # fmt: skip
    found = candidates(first, second, wanted, given)
    if not found:
        return None
    top = max(c.score for c in found)
    tried = [(search_cost((first, second), _people(first, second, c), np.array([0.0, c.offset_s]), height_m), c)
             for c in found if c.score >= SIMILAR * top]  # fmt: skip
    tried.sort(key=lambda pair: pair[0])
    cost, best = tried[0]
    if not np.isfinite(cost):
        return None
    others = [
        other_cost / max(cost, 1e-9) / (FAR_RATIO if abs(c.offset_s - best.offset_s) > FAR_S else NEAR_RATIO)
        for other_cost, c in tried[1:]
    ]
    margin = float(min(others, default=np.inf))
    if margin < 1 and heard_s is not None:
        near = [c for other_cost, c in tried if abs(c.offset_s - heard_s) < HEARD_S and np.isfinite(other_cost)]
        if near:
            return Synced(near[0].offset_s, near[0].score, np.inf, near[0].pairs, by_sound=True)
    return Synced(best.offset_s, best.score, margin, best.pairs)


def _people(first: SeenView, second: SeenView, candidate: Candidate) -> list[Match]:
    return [(_of(first, a), _of(second, b)) for a, b in candidate.pairs]


def _of(view: SeenView, person: int) -> SeenPerson:
    return next(p for p in view.people if p.id == person)


def _matches(views: Sequence[SeenView], synced: Sequence[Synced], athlete: int | None) -> list[Match]:
    """The people of the first view, as each view saw them; the athlete first, then those in most views."""
    out: list[Match] = []
    for person in views[0].people:
        others = [dict(s.pairs).get(person.id) for s in synced]
        match = (person, *(None if i is None else _of(v, i) for v, i in zip(views[1:], others, strict=True)))
        if any(p is not None for p in match[1:]):
            out.append(match)
    return sorted(out, key=lambda m: (m[0] is not None and m[0].id != athlete, sum(p is None for p in m)))


def scaled(found: ViewCalibration, height_m: float) -> ViewCalibration:
    """The calibration in metres in which the limbs of the first person are those of somebody of this height."""
    limbs = np.isfinite(OF_STATURE)
    factor = height_m * float(OF_STATURE[limbs].sum()) / float(found.lengths_m[0, limbs].sum())
    return replace(found, cameras=found.cameras.scaled(factor), lengths_m=found.lengths_m * factor)


def alike_deg(angle_deg: FloatArray) -> FloatArray:
    """(C,) how far each camera's line of sight is from the nearest multiple of a half turn, to the camera that differs
    most: rays of cameras that look along one line meet nowhere in particular."""
    off = np.minimum(angle_deg, 180 - angle_deg)
    return np.asarray(off.max(axis=1))
