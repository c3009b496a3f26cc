"""Which of the people shoots, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kasf_demo.assess.values import NotShownError, Recording
from kasf_demo.kinematics.plausibility import DOUBTFUL_SCORE
from kasf_demo.kinematics.strike import Kind, fastest_moment, find_strike
from kasf_demo.types.motion import POINTS, Strike
from kasportsformer.skeleton import H36M

NEAR_S = 0.4  # of a time that was given
MIN_M_PER_S = 1.0  # of a guess: a slower hand or foot does nothing
How = Literal["found", "guess", "given"]


@dataclass(frozen=True)
class Choice:
    """The person's key, the strike, and how it was chosen: `found` as a kick or throw that stands out; `guess`, the
    fastest foot or hand; `given`, near a time that the user named."""

    key: int
    strike: Strike
    how: How


def choose_shooter(people: Mapping[int, Recording], kind: Kind | None = None, at_s: float | None = None) -> Choice:
    """Of the people with a kick the one with the fastest foot; without any, of those with a throw the one with the
    fastest hand. If nothing stands out: the person whose foot or hand is fastest relative to the pelvis, of `kind` if
    that is given.

    Raises NotShownError if nobody moves.
    """
    if at_s is None:
        for wanted in (kind,) if kind else ("kick", "throw"):
            found = {key: s for key, r in people.items() if (s := _strike_of(r, wanted)) is not None}
            if found:
                best = max(found, key=lambda key: found[key].m_per_s)
                return Choice(best, found[best], "found")
    near = None if at_s is None else (at_s - NEAR_S, at_s + NEAR_S)
    guesses = {
        key: s
        for key, r in people.items()
        if (s := _fastest(r, (kind,) if kind else ("kick", "throw"), near)) is not None
    }
    if not guesses or max(s.limb_m_per_s for s in guesses.values()) < MIN_M_PER_S:
        raise NotShownError("nobody moves a foot or a hand", "kasf-demo check CLIP says what to do")
    best = max(guesses, key=lambda key: guesses[key].limb_m_per_s)
    return Choice(best, guesses[best], "guess" if at_s is None else "given")


def _fastest(recording: Recording, kinds: tuple[Kind, ...], near: tuple[float, float] | None) -> Strike | None:
    """The fastest moment of any of these kinds."""
    r = recording
    moments = (fastest_moment(kind, r.xyz, r.times_s, r.motion.angles, near) for kind in kinds)
    return max((s for s in moments if s is not None), key=lambda s: s.limb_m_per_s, default=None)


def _strike_of(recording: Recording, kind: Kind) -> Strike | None:
    """The kick or throw of one person: that of the run's events, if it is of this kind."""
    event = recording.motion.events.strike
    if event is not None and event.kind == kind:
        return event
    pose = recording.pose
    lost = pose.score[:, [H36M[p] for p in POINTS]] < DOUBTFUL_SCORE
    return find_strike(recording.xyz, pose.times_s, pose.valid, recording.motion.angles, lost, kind)
