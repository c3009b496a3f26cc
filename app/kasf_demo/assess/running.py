"""Running and walking: sprints, runs over ground or on a treadmill, and gait."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from kasf_demo.assess.steps import Step, find_steps, is_running, whole_contacts
from kasf_demo.assess.values import (
    Assessment,
    Measured,
    NotShownError,
    Recording,
    missing,
    no_better_than,
    time_sigma_s,
    timed,
)
from kasf_demo.kinematics.segments import facing, joint
from kasf_demo.kinematics.vectors import dot
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.motion import BodySide, Contact

SIDES: tuple[BodySide, BodySide] = ("r", "l")
MIN_PATH_M_PER_S = 0.6  # slower over the ground, with steps: a treadmill
NEEDS_FEET = "needs heels and toes: --detector mediapipe, or --feet mediapipe"


def sprint(recording: Recording) -> Assessment:
    """Running, over ground or on a treadmill."""
    steps = find_steps(recording)
    if not is_running(recording, steps):
        raise NotShownError("the clip shows walking, not running", "assess it as gait")
    own = _Steps(recording, steps)
    values = (
        *own.cadence(), *own.contacts(), own.flight_phase(), own.duty(), *own.speeds(), *own.landing(), own.lean(),
        own.oscillation(), *own.asymmetry(),
    )  # fmt: skip
    return Assessment("sprint", recording.rate_hz, values, own.moments(), own.notes())


def gait(recording: Recording) -> Assessment:
    """Walking, over ground or on a treadmill."""
    steps = find_steps(recording)
    if is_running(recording, steps):
        raise NotShownError("the clip shows running, not walking", "assess it as sprint")
    own = _Steps(recording, steps)
    values = (
        *own.cadence(), *own.contacts(), own.duty(), own.double_support(), *own.speeds(), own.width(),
        *own.knee_ranges(), own.lean(), own.oscillation(), *own.asymmetry(),
    )  # fmt: skip
    return Assessment("gait", recording.rate_hz, values, own.moments(), own.notes())


class _Steps:
    """The numbers of a chain of steps."""

    def __init__(self, recording: Recording, steps: Sequence[Step]) -> None:
        self.recording, self.steps, self.rate = recording, steps, recording.rate_hz
        self.between = np.diff([time_s for time_s, _ in steps])
        self.step_s = float(self.between.mean())
        self.forward = facing(recording.xyz).forward
        self.whole = whole_contacts(recording, steps)

    def cadence(self) -> list[Measured]:
        """Steps per minute and step time, with what the frame rate leaves open over the whole chain."""
        step = timed("step_time", self.step_s, self.rate, count=len(self.between), at_s=self.steps[0][0])
        sigma = np.sqrt(2 / 12) / self.rate / (len(self.between) * self.step_s)
        value = 60 / self.step_s
        trust = "good" if sigma <= 0.02 else "rough"
        between = (value * (1 - sigma), value * (1 + sigma))
        note = f"{len(self.steps)} steps"
        return [Measured("cadence", value, trust, None, between, self.steps[0][0], note), step]  # type: ignore[arg-type]

    def _lasting(self, side: BodySide | None = None) -> list[float]:
        """Durations of whole contacts: one frame more than from the first to the last frame of each."""
        return [c.end_s - c.start_s + 1 / self.rate for c in self.whole if side in (None, c.side)]

    def contacts(self) -> list[Measured]:
        """Contact time by side."""
        found = []
        for side in SIDES:
            lasting = self._lasting(side)
            if not lasting:
                found.append(missing("contact_time", "no whole contact is seen" if self._feet() else NEEDS_FEET, side))
                continue
            first = next(c for c in self.whole if c.side == side)
            value = timed(
                "contact_time",
                float(np.mean(lasting)),
                self.rate,
                count=len(lasting),
                side=side,
                at_s=first.start_s,
                contact=True,
            )
            spread = f"SD {1000 * float(np.std(lasting)):.0f} ms"
            note = "; ".join(t for t in (value.note, spread) if t)
            found.append(Measured(value.key, value.value, value.trust, side, value.interval, value.at_s, note))
        return found

    def _feet(self) -> bool:
        return self.recording.pose.feet is not None

    def flight_phase(self) -> Measured:
        """Step time minus contact time."""
        lasting = self._lasting()
        if not lasting:
            return missing("flight_phase", "no whole contact is seen" if self._feet() else NEEDS_FEET)
        seconds = self.step_s - float(np.mean(lasting))
        if seconds <= 0:
            return Measured("flight_phase", seconds, "no", note="contacts overlap: nobody is in the air")
        return timed("flight_phase", seconds, self.rate, count=len(lasting), contact=True)

    def duty(self) -> Measured:
        """Share of a stride on the ground."""
        lasting = self._lasting()
        if not lasting:
            return missing("duty_factor", "no whole contact is seen" if self._feet() else NEEDS_FEET)
        contact = timed("contact_time", float(np.mean(lasting)), self.rate, count=len(lasting), contact=True)
        value = 100 * float(np.mean(lasting)) / (2 * self.step_s)
        return Measured("duty_factor", value, contact.trust, note=contact.note)

    def double_support(self) -> Measured:
        """Share of a stride with both feet on the ground."""
        lasting = self._lasting()
        if not lasting:
            return missing("double_support", "no whole contact is seen" if self._feet() else NEEDS_FEET)
        extra = float(np.mean(lasting)) - self.step_s
        if extra <= 0:
            return Measured("double_support", 0.0, "no", note="contacts do not overlap")
        both = timed("contact_time", extra, self.rate, count=len(lasting), contact=True)
        return Measured("double_support", 100 * 2 * extra / (2 * self.step_s), both.trust, note=both.note)

    def _foot_speeds(self) -> list[float]:
        """Backward speed of each standing ankle against the pelvis, over the middle of its contact."""
        ahead = {s: self._ahead(s) for s in SIDES}
        found = []
        for side, start_s, end_s in self._standing():
            t = self.recording.times_s
            quarter = (end_s - start_s) / 5
            inside = (t >= start_s + quarter) & (t <= end_s - quarter) & np.isfinite(ahead[side])
            if inside.sum() >= 3:
                found.append(-float(np.polyfit(t[inside], ahead[side][inside], 1)[0]))
        return found

    def _standing(self) -> list[tuple[BodySide, float, float]]:
        """Contacts; without feet the third of each step time after landing, in which the foot surely stands."""
        if self.whole:
            return [(c.side, c.start_s, c.end_s) for c in self.whole]
        return [(side, s + 0.15 * self.step_s, s + 0.6 * self.step_s) for s, side in self.steps]

    def _ahead(self, side: BodySide) -> FloatArray:
        """(T,) how far an ankle is ahead of the pelvis, metres."""
        xyz = self.recording.xyz
        return dot(joint(xyz, f"{side}_ankle") - xyz[:, 0], self.forward)

    def speeds(self) -> list[Measured]:
        """Speed of the standing foot, over the ground, and the length of a step."""
        found = []
        path = self._path_speed()
        speeds = self._foot_speeds()
        if not speeds:
            found.append(missing("speed", "no standing foot is seen for long enough"))
            speed = path
        else:
            speed = float(np.median(speeds))
            note = f"median of {len(speeds)} contacts; scales with the height given"
            found.append(Measured("speed", speed, "rough", note=note))
        if path is None:
            found.append(missing("path_speed", "the camera moves: the path over the ground is not known"))
        else:
            treadmill = path < MIN_PATH_M_PER_S
            note = "a treadmill, or on the spot" if treadmill else ""
            found.append(Measured("path_speed", path, "rough", note=note))
        if speed is None:
            return [*found, missing("step_length", "the speed is not known")]
        return [*found, Measured("step_length", speed * self.step_s, "rough", note="scales with the height given")]

    def _path_speed(self) -> float | None:
        r = self.recording
        inside = (r.times_s >= self.steps[0][0]) & (r.times_s <= self.steps[-1][0]) & np.isfinite(r.xyz[:, 0, 0])
        if inside.sum() < 3 or not r.reliable[inside].all():
            return None
        rows = np.flatnonzero(inside)
        way = np.linalg.norm(r.xyz[rows[-1], 0, :2] - r.xyz[rows[0], 0, :2])
        return float(way / (r.times_s[rows[-1]] - r.times_s[rows[0]]))

    def _landing_times(self) -> list[Step]:
        starts = [(c.start_s, c.side) for c in self.whole]
        return starts or list(self.steps)

    def landing(self) -> list[Measured]:
        """Where the foot lands, the shin's angle and the knee, means of both sides."""
        ahead, shank, knee = [], [], []
        r = self.recording
        landings = self._landing_times()
        for time_s, side in landings:
            i = r.frame(time_s)
            ahead.append(float(self._ahead(side)[i]))
            shin = joint(r.xyz[i : i + 1], f"{side}_ankle") - joint(r.xyz[i : i + 1], f"{side}_knee")
            shank.append(float(np.degrees(np.arctan2(dot(shin, self.forward[i : i + 1])[0], -shin[0, 2]))))
            knee.append(float(r.motion.angles[f"{side}_knee_flexion"][i]))
        at_s, how = landings[0][0], "" if self.whole else "at the foremost moment of the foot, just before it lands"
        frames = f"within a frame of landing the foot moves by {self._per_frame_m():.2f} m"
        note = "; ".join(t for t in (frames, how) if t)
        means = [float(np.nanmean(values)) for values in (ahead, shank, knee)]
        return [
            Measured("overstride", means[0], "rough", at_s=at_s, note=note),
            Measured("shank_angle", means[1], "rough", at_s=at_s, note=note),
            Measured("contact_knee", means[2], "rough", at_s=at_s, note=f"mean of {len(knee)} landings"),
        ]

    def _per_frame_m(self) -> float:
        speeds = self._foot_speeds()
        return float(np.median(speeds)) / self.rate if speeds else 0.0

    def lean(self) -> Measured:
        """Mean forward lean of the trunk."""
        r = self.recording
        inside = (r.times_s >= self.steps[0][0]) & (r.times_s <= self.steps[-1][0])
        value = float(np.nanmean(r.motion.angles["trunk_lean_forward"][inside]))
        return Measured("trunk_lean", value, "rough", note="a camera that is not level adds its own angle")

    def oscillation(self) -> Measured:
        """Highest minus lowest pelvis within a step."""
        r = self.recording
        spans = []
        for (a, _), (b, _) in pairwise(self.steps):
            z = r.xyz[(r.times_s >= a) & (r.times_s <= b), 0, 2]
            spans += [float(np.ptp(z[np.isfinite(z)]))] if np.isfinite(z).sum() >= 3 else []
        if not spans:
            return missing("oscillation", "too few frames in a step")
        enough = self.step_s * self.rate >= 8
        note = "" if enough else f"only {self.step_s * self.rate:.0f} frames a step: the extremes are missed"
        return Measured("oscillation", float(np.mean(spans)), "rough" if enough else "no", note=note)

    def width(self) -> Measured:
        """Distance of the ankles across the facing direction at landing."""
        r, found = self.recording, []
        for time_s, _ in self.steps:
            i = r.frame(time_s)
            apart = joint(r.xyz[i : i + 1], "l_ankle") - joint(r.xyz[i : i + 1], "r_ankle")
            left = np.cross([0.0, 0, 1], self.forward[i])
            found.append(float(abs(apart[0] @ left)))
        value = Measured("step_width", float(np.nanmean(found)), "rough", at_s=self.steps[0][0])
        return no_better_than(value, "no", "depth of one camera is off by 5 cm and more, as wide as a step")

    def knee_ranges(self) -> list[Measured]:
        """Range of each knee."""
        found = []
        for side in SIDES:
            e = self.recording.motion.angles.extremes(f"{side}_knee_flexion")
            value = e.range if np.isfinite(e.range) else None
            found.append(Measured("knee_range", value, "rough", side, None, e.high_s, "off by 8 to 10° in the mean"))
        return found

    def asymmetry(self) -> list[Measured]:
        """Right against left of step and contact times, with what the frame rate leaves open."""
        steps: dict[str, list[float]] = {s: [] for s in SIDES}
        for (a, _), (b, side) in pairwise(self.steps):
            steps[side].append(b - a)
        found = []
        for key, times in (("step_asymmetry", steps), ("contact_asymmetry", {s: self._lasting(s) for s in SIDES})):
            if not (times["r"] and times["l"]):
                found.append(missing(key, "not enough steps of both sides"))
                continue
            right, left = (float(np.mean(times[s])) for s in SIDES)
            value = 100 * (right - left) / ((right + left) / 2)
            variance = sum(max(time_sigma_s(self.rate) ** 2, float(np.var(v))) / len(v) for v in times.values())
            noise = 100 * float(np.sqrt(variance)) / ((right + left) / 2)
            trust = "good" if noise < 1 else "rough" if noise < 5 else "no"
            note = f"differences below {2 * noise:.0f} % are noise in so few steps at {self.rate:.0f} frames/s"
            found.append(Measured(key, value, trust, None, (value - noise, value + noise), None, note))  # type: ignore[arg-type]
        return found

    def moments(self) -> tuple[tuple[float, str], ...]:
        """A landing, the middle of the contact and the toe-off of one foot; else a step of either side."""
        if self.whole:
            c: Contact = self.whole[len(self.whole) // 2]
            name = {"r": "right", "l": "left"}[c.side]
            return (
                (c.start_s, f"landing, {name}"), ((c.start_s + c.end_s) / 2, f"on the foot, {name}"),
                (c.end_s, f"toe-off, {name}"),
            )  # fmt: skip
        return tuple((s, f"step, {'right' if side == 'r' else 'left'}") for s, side in self.steps[:2])

    def notes(self) -> tuple[str, ...]:
        """What the numbers rest on."""
        found = [f"{len(self.steps)} steps, {len(self.whole)} whole contacts"]
        marked = self.recording.motion.events.gait
        if marked and sum(marked.doubtful_steps) > len(self.steps) / 3:
            found.append("an ankle is doubtful in a third of the steps or more")
        return tuple(found)
