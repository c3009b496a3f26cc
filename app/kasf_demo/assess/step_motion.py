"""How a runner or walker moves in a step: speed, length, the foot at landing, trunk, pelvis and knees."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kasf_demo.assess.steps import SIDES, Step, StepChain
from kasf_demo.assess.values import Measured, missing, no_better_than
from kasf_demo.kinematics.segments import joint
from kasf_demo.kinematics.vectors import dot
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.motion import BodySide

MIN_PATH_M_PER_S = 0.6  # slower over the ground, with steps: a treadmill
MAX_SPEEDS_APART = 0.15  # share by which the two speeds may differ


@dataclass(frozen=True)
class StepMotion:
    """The motion in a chain of steps."""

    chain: StepChain

    def speeds(self) -> list[Measured]:
        """Speed of the standing foot, over the ground, and the length of a step: of the path over the ground, which is
        nearer to the truth, and on a treadmill of the standing foot."""
        path, feet = self._path_speed(), self._foot_speeds()
        speed = float(np.median(feet)) if feet else None
        over_ground = path is not None and path >= MIN_PATH_M_PER_S
        found = [missing("speed", "no standing foot is seen for long enough")]
        if speed is not None:
            note = f"median of {len(feet)} contacts; scales with the height given"
            found = [Measured("speed", speed, "rough", note=note)]
            if over_ground and path is not None and abs(speed - path) > MAX_SPEEDS_APART * path:
                found = [no_better_than(found[0], "no", f"the path over the ground gives {path:.1f} m/s")]
        if path is None:
            found.append(missing("path_speed", "the camera moves: the path over the ground is not known"))
        else:
            note = "scales with the height given" if over_ground else "a treadmill, or on the spot"
            found.append(Measured("path_speed", path, "rough", note=note))
        best = path if over_ground else speed
        if best is None:
            return [*found, missing("step_length", "the speed is not known")]
        how = "over the ground" if over_ground else "of the standing foot"
        note = f"by the speed {how}; scales with the height given"
        return [*found, Measured("step_length", best * self.chain.step_s, "rough", note=note)]

    def _path_speed(self) -> float | None:
        r = self.chain.recording
        inside = (
            (r.times_s >= self.chain.steps[0][0]) & (r.times_s <= self.chain.steps[-1][0]) & np.isfinite(r.xyz[:, 0, 0])
        )
        if inside.sum() < 3 or not r.reliable[inside].all():
            return None
        rows = np.flatnonzero(inside)
        way = np.linalg.norm(r.xyz[rows[-1], 0, :2] - r.xyz[rows[0], 0, :2])
        return float(way / (r.times_s[rows[-1]] - r.times_s[rows[0]]))

    def _foot_speeds(self) -> list[float]:
        """Backward speed of each standing ankle against the pelvis, over the middle of its contact."""
        ahead = {s: self._ahead(s) for s in SIDES}
        found = []
        for side, start_s, end_s in self._standing():
            t = self.chain.recording.times_s
            fifth = (end_s - start_s) / 5
            inside = (t >= start_s + fifth) & (t <= end_s - fifth) & np.isfinite(ahead[side])
            if inside.sum() >= 3:
                found.append(-float(np.polyfit(t[inside], ahead[side][inside], 1)[0]))
        return found

    def _standing(self) -> list[tuple[BodySide, float, float]]:
        """Contacts; without feet the third of each step time after landing, in which the foot surely stands."""
        if self.chain.whole:
            return [(c.side, c.start_s, c.end_s) for c in self.chain.whole]
        return [(side, s + 0.15 * self.chain.step_s, s + 0.6 * self.chain.step_s) for s, side in self.chain.steps]

    def _ahead(self, side: BodySide) -> FloatArray:
        """(T,) how far an ankle is ahead of the pelvis, metres."""
        xyz = self.chain.recording.xyz
        return dot(joint(xyz, f"{side}_ankle") - xyz[:, 0], self.chain.forward)

    def landing(self) -> list[Measured]:
        """Where the foot lands, the shin's angle and the knee, means of both sides."""
        ahead, shank, knee = [], [], []
        r = self.chain.recording
        landings = self._landing_times()
        for time_s, side in landings:
            i = r.frame(time_s)
            ahead.append(float(self._ahead(side)[i]))
            shin = joint(r.xyz[i : i + 1], f"{side}_ankle") - joint(r.xyz[i : i + 1], f"{side}_knee")
            shank.append(float(np.degrees(np.arctan2(dot(shin, self.chain.forward[i : i + 1])[0], -shin[0, 2]))))
            knee.append(float(r.motion.angles[f"{side}_knee_flexion"][i]))
        at_s, how = (
            landings[0][0],
            "" if self.chain.whole else "at the foremost moment of the foot, just before it lands",
        )
        frames = f"within a frame of landing the foot moves by {self._per_frame_m():.2f} m"
        note = "; ".join(t for t in (frames, how) if t)
        means = [float(np.nanmean(values)) for values in (ahead, shank, knee)]
        return [
            Measured("overstride", means[0], "rough", at_s=at_s, note=note),
            Measured("shank_angle", means[1], "rough", at_s=at_s, note=note),
            Measured("contact_knee", means[2], "rough", at_s=at_s, note=f"mean of {len(knee)} landings"),
        ]

    def _landing_times(self) -> list[Step]:
        starts = [(c.start_s, c.side) for c in self.chain.whole]
        return starts or list(self.chain.steps)

    def _per_frame_m(self) -> float:
        speeds = self._foot_speeds()
        return float(np.median(speeds)) / self.chain.rate_hz if speeds else 0.0

    def lean(self) -> Measured:
        """Mean forward lean of the trunk."""
        r = self.chain.recording
        inside = (r.times_s >= self.chain.steps[0][0]) & (r.times_s <= self.chain.steps[-1][0])
        value = float(np.nanmean(r.motion.angles["trunk_lean_forward"][inside]))
        return Measured("trunk_lean", value, "rough", note="a camera that is not level adds its own angle")

    def oscillation(self) -> Measured:
        """Highest minus lowest pelvis within a step."""
        r = self.chain.recording
        spans = []
        for (a, _), (b, _) in pairwise(self.chain.steps):
            z = r.xyz[(r.times_s >= a) & (r.times_s <= b), 0, 2]
            spans += [float(np.ptp(z[np.isfinite(z)]))] if np.isfinite(z).sum() >= 3 else []
        if not spans:
            return missing("oscillation", "too few frames in a step")
        enough = self.chain.step_s * self.chain.rate_hz >= 8
        note = (
            ""
            if enough
            else f"only {self.chain.step_s * self.chain.rate_hz:.0f} frames a step: the extremes are missed"
        )
        return Measured("oscillation", float(np.mean(spans)), "rough" if enough else "no", note=note)

    def width(self) -> Measured:
        """Distance of the ankles across the facing direction at landing."""
        r, found = self.chain.recording, []
        for time_s, _ in self.chain.steps:
            i = r.frame(time_s)
            apart = joint(r.xyz[i : i + 1], "l_ankle") - joint(r.xyz[i : i + 1], "r_ankle")
            left = np.cross([0.0, 0, 1], self.chain.forward[i])
            found.append(float(abs(apart[0] @ left)))
        value = Measured("step_width", float(np.nanmean(found)), "rough", at_s=self.chain.steps[0][0])
        return no_better_than(value, "no", "depth of one camera is off by 5 cm and more, as wide as a step")

    def knee_ranges(self) -> list[Measured]:
        """Range of each knee."""
        found = []
        for side in SIDES:
            e = self.chain.recording.motion.angles.extremes(f"{side}_knee_flexion")
            value = e.range if np.isfinite(e.range) else None
            found.append(Measured("knee_range", value, "rough", side, None, e.high_s, "off by 8 to 10° in the mean"))
        return found
