"""Times of running and walking: cadence, contacts, flight, double support, and right against left."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kasf_demo.assess.steps import SIDES, StepChain
from kasf_demo.assess.values import Measured, Trust, missing, time_sigma_s, timed

NEEDS_FEET = "needs heels and toes: --detector mediapipe, or --feet mediapipe"


@dataclass(frozen=True)
class StepTimes:
    """The times of a chain of steps."""

    chain: StepChain

    def cadence(self) -> list[Measured]:
        """Steps per minute and step time, with what the frame rate leaves open over the whole chain."""
        step = timed(
            "step_time",
            self.chain.step_s,
            self.chain.rate_hz,
            count=len(self.chain.between_s),
            at_s=self.chain.steps[0][0],
        )
        sigma = np.sqrt(2 / 12) / self.chain.rate_hz / (len(self.chain.between_s) * self.chain.step_s)
        value = 60 / self.chain.step_s
        trust: Trust = "good" if sigma <= 0.02 else "rough"
        between = (value * (1 - sigma), value * (1 + sigma))
        note = f"{len(self.chain.steps)} steps"
        return [Measured("cadence", value, trust, None, between, self.chain.steps[0][0], note), step]

    def contacts(self) -> list[Measured]:
        """Contact time by side."""
        found = []
        for side in SIDES:
            lasting = self.chain.lasting_s(side)
            if not lasting:
                found.append(missing("contact_time", self._why_none(), side))
                continue
            first = next(c for c in self.chain.whole if c.side == side)
            value = timed(
                "contact_time",
                float(np.mean(lasting)),
                self.chain.rate_hz,
                count=len(lasting),
                side=side,
                at_s=first.start_s,
                contact=True,
            )
            spread = f"SD {1000 * float(np.std(lasting)):.0f} ms"
            note = "; ".join(t for t in (value.note, spread) if t)
            found.append(Measured(value.key, value.value, value.trust, side, value.interval, value.at_s, note))
        return found

    def flight_phase(self) -> Measured:
        """Step time minus contact time."""
        lasting = self.chain.lasting_s()
        if not lasting:
            return missing("flight_phase", self._why_none())
        seconds = self.chain.step_s - float(np.mean(lasting))
        if seconds <= 0:
            return Measured("flight_phase", seconds, "no", note="contacts overlap: nobody is in the air")
        return timed("flight_phase", seconds, self.chain.rate_hz, count=len(lasting), contact=True)

    def duty(self) -> Measured:
        """Share of a stride on the ground."""
        lasting = self.chain.lasting_s()
        if not lasting:
            return missing("duty_factor", self._why_none())
        contact = timed("contact_time", float(np.mean(lasting)), self.chain.rate_hz, count=len(lasting), contact=True)
        value = 100 * float(np.mean(lasting)) / (2 * self.chain.step_s)
        return Measured("duty_factor", value, contact.trust, note=contact.note)

    def double_support(self) -> Measured:
        """Share of a stride with both feet on the ground."""
        lasting = self.chain.lasting_s()
        if not lasting:
            return missing("double_support", self._why_none())
        extra = float(np.mean(lasting)) - self.chain.step_s
        if extra <= 0:
            return Measured("double_support", 0.0, "no", note="contacts do not overlap")
        both = timed("contact_time", extra, self.chain.rate_hz, count=len(lasting), contact=True)
        return Measured("double_support", 100 * extra / self.chain.step_s, both.trust, note=both.note)

    def _why_none(self) -> str:
        return "no whole contact is seen" if self.chain.recording.pose.feet is not None else NEEDS_FEET

    def asymmetry(self) -> list[Measured]:
        """Right against left of step and contact times, with what the frame rate leaves open."""
        steps: dict[str, list[float]] = {s: [] for s in SIDES}
        for (a, _), (b, side) in pairwise(self.chain.steps):
            steps[side].append(b - a)
        found = []
        for key, times in (
            ("step_asymmetry", steps),
            ("contact_asymmetry", {s: self.chain.lasting_s(s) for s in SIDES}),
        ):
            if not (times["r"] and times["l"]):
                found.append(missing(key, "not enough steps of both sides"))
                continue
            right, left = (float(np.mean(times[s])) for s in SIDES)
            value = 100 * (right - left) / ((right + left) / 2)
            variance = sum(
                max(time_sigma_s(self.chain.rate_hz) ** 2, float(np.var(v))) / len(v) for v in times.values()
            )
            noise = 100 * float(np.sqrt(variance)) / ((right + left) / 2)
            trust: Trust = "good" if noise < 1 else "rough" if noise < 5 else "no"
            note = f"differences below {2 * noise:.0f} % are noise in so few steps at {self.chain.rate_hz:.0f} frames/s"
            found.append(Measured(key, value, trust, None, (value - noise, value + noise), None, note))
        return found
