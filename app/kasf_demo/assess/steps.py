"""The steps of a runner or walker, and which of the two it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kasf_demo.assess.values import NotShownError, Recording
from kasf_demo.kinematics.segments import facing
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.motion import BodySide, Contact

SIDES: tuple[BodySide, BodySide] = ("r", "l")
MIN_STEPS = 4
MIN_CONTACTS = 4  # that tell running from walking
# Of the pelvis' rise and fall over a step: who walks is highest over the standing leg, half a step after landing; who
# runs is lowest there
WALKS_FROM, WALKS_TO = 0.25, 0.72
RUNS_BELOW = 0.75  # contacts that are shorter than this share of a step are a runner's
Step = tuple[float, BodySide]


def find_steps(recording: Recording) -> list[Step]:
    """Raises NotShownError without four even steps."""
    found = recording.motion.events.gait
    steps = list(found.steps) if found else _landings(recording)
    if len(steps) < MIN_STEPS:
        raise NotShownError(
            f"the clip does not show {MIN_STEPS} even, alternating steps",
            "film at least three strides from the side, with the whole body in view",
        )
    return steps


def _landings(recording: Recording) -> list[Step]:
    """The longest alternating chain of contacts with a known start."""
    best: list[Step] = []
    chain: list[Step] = []
    for c in recording.motion.events.contacts:
        if c.strike is None:
            continue
        if chain and (c.side == chain[-1][1] or not 0.2 <= c.start_s - chain[-1][0] <= 1.0):
            chain = []
        chain.append((c.start_s, c.side))
        best = list(chain) if len(chain) > len(best) else best
    return best


def _highest(recording: Recording, steps: Sequence[Step]) -> float:
    """When in a step the pelvis is highest, 0 to 1 from landing to landing: of the first harmonic."""
    t, z = recording.times_s, recording.xyz[:, 0, 2]
    marks = np.array([time_s for time_s, _ in steps])
    inside = np.flatnonzero((t >= marks[0]) & (t <= marks[-1]) & np.isfinite(z))
    phase = 2 * np.pi * np.interp(t[inside], marks, np.arange(len(marks)))
    slow = np.polyval(np.polyfit(t[inside], z[inside], 2), t[inside])
    wave = np.sum((z[inside] - slow) * np.exp(1j * phase))
    return float(np.angle(wave) / (2 * np.pi) % 1)


def _whole_contacts(recording: Recording, steps: Sequence[Step]) -> list[Contact]:
    """Contacts that are seen from landing to toe-off, about the time of these steps."""
    first_s, last_s = steps[0][0] - 0.3, steps[-1][0] + 0.3
    found = [c for c in recording.motion.events.contacts if c.strike is not None and c.toe_off and not c.doubtful]
    return [c for c in found if first_s <= c.start_s <= last_s]


@dataclass(frozen=True)
class StepChain:
    """Even steps of one person, and what follows from them."""

    recording: Recording
    steps: tuple[Step, ...]

    @property
    def rate_hz(self) -> float:
        """Images per second of real time."""
        return self.recording.rate_hz

    @cached_property
    def between_s(self) -> FloatArray:
        """(N - 1,) from one step to the next, seconds."""
        return np.diff([time_s for time_s, _ in self.steps])

    @property
    def step_s(self) -> float:
        """Mean step time, seconds."""
        return float(self.between_s.mean())

    @cached_property
    def forward(self) -> FloatArray:
        """(T, 3) where the person faces."""
        return facing(self.recording.xyz).forward

    @cached_property
    def whole(self) -> list[Contact]:
        """Contacts that are seen from landing to toe-off."""
        return _whole_contacts(self.recording, self.steps)

    def lasting_s(self, side: BodySide | None = None) -> list[float]:
        """Durations of whole contacts: one frame more than from the first to the last frame of each."""
        frame_s = 1 / self.rate_hz
        return [c.end_s - c.start_s + frame_s for c in self.whole if side in (None, c.side)]

    @property
    def by_contacts(self) -> bool | None:
        """Whether contacts are those of a runner; None if there are too few, or if they are nearly as long as a step:
        estimated contacts of walkers come out short."""
        lasting = self.lasting_s()
        if len(lasting) < MIN_CONTACTS:
            return None
        share = float(np.median(lasting)) / self.step_s
        return True if share < RUNS_BELOW else False if share >= 1 else None

    @property
    def by_pelvis(self) -> bool:
        """Whether the pelvis moves as a runner's."""
        return not WALKS_FROM <= _highest(self.recording, self.steps) <= WALKS_TO

    @property
    def running(self) -> bool:
        """By the contacts if they tell, else by the pelvis."""
        return self.by_pelvis if self.by_contacts is None else self.by_contacts

    @property
    def sure(self) -> bool:
        """Contacts and pelvis agree."""
        return self.by_contacts == self.by_pelvis
