"""Running and walking: sprints, runs over ground or on a treadmill, and gait."""

from __future__ import annotations

import numpy as np

from kasf_demo.assess.step_motion import StepMotion
from kasf_demo.assess.step_times import StepTimes
from kasf_demo.assess.steps import StepChain, find_steps
from kasf_demo.assess.values import Assessment, Measured, NotShownError, Recording, no_better_than
from kasf_demo.types.motion import Contact

MAX_LEAN_DEG = 45.0  # of the trunk against the vertical, mean over the steps


def sprint(recording: Recording) -> Assessment:
    """Running, over ground or on a treadmill."""
    chain = _upright_chain(recording)
    if not chain.running:
        raise NotShownError("the clip shows walking, not running", "assess it as gait")
    times, motion = StepTimes(chain), StepMotion(chain)
    values = (
        *times.cadence(), *times.contacts(), times.flight_phase(), times.duty(), *motion.speeds(), *motion.landing(),
        motion.lean(), motion.oscillation(), *times.asymmetry(),
    )  # fmt: skip
    return Assessment("sprint", recording.rate_hz, _as_sure(values, chain), _moments(chain), _notes(chain))


def gait(recording: Recording) -> Assessment:
    """Walking, over ground or on a treadmill."""
    chain = _upright_chain(recording)
    if chain.running:
        raise NotShownError("the clip shows running, not walking", "assess it as sprint")
    times, motion = StepTimes(chain), StepMotion(chain)
    values = (
        *times.cadence(), *times.contacts(), times.duty(), times.double_support(), *motion.speeds(), motion.width(),
        *motion.knee_ranges(), motion.lean(), motion.oscillation(), *times.asymmetry(),
    )  # fmt: skip
    return Assessment("gait", recording.rate_hz, _as_sure(values, chain), _moments(chain), _notes(chain))


def _upright_chain(recording: Recording) -> StepChain:
    """Raises NotShownError without even steps, or if they are those of somebody who bends over or tumbles."""
    chain = StepChain(recording, tuple(find_steps(recording)))
    t = recording.times_s
    inside = (t >= chain.steps[0][0]) & (t <= chain.steps[-1][0])
    lean = float(np.nanmean(recording.motion.angles["trunk_lean"][inside]))
    if lean > MAX_LEAN_DEG:
        raise NotShownError(
            f"the trunk leans by {lean:.0f}° in the mean of the steps: that is neither walking nor running",
            "film at least three strides from the side, with the whole body in view",
        )
    return chain


def _as_sure(values: tuple[Measured, ...], chain: StepChain) -> tuple[Measured, ...]:
    """The same, none of them called good if it is not sure that they are of running, or of walking."""
    return values if chain.sure else tuple(no_better_than(v, "rough", "running or walking: not sure") for v in values)


def _moments(chain: StepChain) -> tuple[tuple[float, str], ...]:
    """A landing, the middle of the contact and the toe-off of one foot; else a step of either side."""
    if chain.whole:
        c: Contact = chain.whole[len(chain.whole) // 2]
        name = {"r": "right", "l": "left"}[c.side]
        return (
            (c.start_s, f"landing, {name}"), ((c.start_s + c.end_s) / 2, f"on the foot, {name}"),
            (c.end_s, f"toe-off, {name}"),
        )  # fmt: skip
    return tuple((s, f"step, {'right' if side == 'r' else 'left'}") for s, side in chain.steps[:2])


def _notes(chain: StepChain) -> tuple[str, ...]:
    """What the numbers rest on."""
    found = [f"{len(chain.steps)} steps, {len(chain.whole)} whole contacts"]
    if not chain.sure:
        word, clue = (
            "running" if chain.running else "walking",
            "the pelvis" if chain.by_contacts is None else "contacts",
        )
        found.append(f"called {word} by {clue} alone: it is not sure")
    marked = chain.recording.motion.events.gait
    if marked and sum(marked.doubtful_steps) > len(chain.steps) / 3:
        found.append("an ankle is doubtful in a third of the steps or more")
    return tuple(found)
