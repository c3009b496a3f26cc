"""The numbers of a shot, each with the frame it belongs to. Defined in `definitions`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kasf_demo.assess.values import Trust
from kasf_demo.kinematics.contacts import NEAR_M, SLOW_M_PER_S
from kasf_demo.kinematics.derivatives import derivative
from kasf_demo.kinematics.joint_angles import MADE_OF, joint_angles
from kasf_demo.kinematics.segments import facing
from kasf_demo.strikes.definitions import NUMBERS
from kasf_demo.strikes.posture import HEADING_S, AthleteShot
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.motion import ANGLES
from kasportsformer.skeleton import H36M

BEND_S = 0.3  # before the strike: earlier the leg bends in the run-up
MIN_APPROACH_M_PER_S = 0.7  # a slower body has no run-up
CARRIED = "the path over the ground is not known, since the camera moves"


@dataclass(frozen=True)
class ShotValue:
    """One number: value in `NUMBERS`' unit, None if it cannot be measured, with the reason in `note`. at_s: from the
    strike; frame: of the clip; None for numbers of the whole window."""

    key: str
    value: float | None
    trust: Trust
    at_s: float | None = None
    frame: int | None = None
    note: str = ""


def shot_features(shot: AthleteShot) -> tuple[ShotValue, ...]:
    """The numbers of `NUMBERS` that this kind of shot has, in their order."""
    found = _Measuring(shot).all()
    wanted = [key for key, number in NUMBERS.items() if number.only in ("", shot.kind)]
    return tuple(found.get(key, ShotValue(key, None, "no", note="not seen")) for key in wanted)


class _Measuring:
    """The frames of one shot (N), in metres and seconds."""

    def __init__(self, shot: AthleteShot) -> None:
        self.shot, self.t = shot, shot.times_s
        self.xyz = shot.xyz * shot.height_m
        self.end, self.limb = H36M[shot.end], ("r_hip", "r_knee", "r_ankle")
        if shot.kind == "throw":
            self.limb = ("r_shoulder", "r_elbow", "r_wrist")
        self.before, self.after = np.flatnonzero(self.t <= 1e-6), np.flatnonzero(self.t >= -1e-6)
        self.deg = joint_angles(self.xyz)
        body = facing(self.xyz)
        axes = np.stack([body.forward, body.left, body.up], axis=1)
        self.local = np.einsum("tij,tnj->tni", axes, self.xyz - self.xyz[:, :1])  # of a pelvis that turns
        self.seen = np.ones(len(self.t), bool)

    def all(self) -> dict[str, ShotValue]:
        if len(self.t) < 3 or not len(self.before) or not len(self.after):
            return {}
        strike = int(np.abs(self.t).argmin())
        values = [*self._paths(strike), *self._angles(strike), *self._run_up(strike)]
        if self.shot.kind == "kick":
            values.append(self._support())
        return {v.key: v for v in values}

    def _at(self, key: str, value: float, i: int, joints: Sequence[str], note: str = "") -> ShotValue:
        """A number of the i-th frame that depends on these joints."""
        at_s, frame = float(self.t[i]), int(self.shot.frames[i])
        if not np.isfinite(value):
            return ShotValue(key, None, "no", at_s, frame, "not defined in this pose")
        if self.shot.doubtful[i, [H36M[name] for name in joints]].any():
            return ShotValue(key, value, "no", at_s, frame, "a joint is doubtful at this moment")
        return ShotValue(key, value, "rough", at_s, frame, note)

    def _paths(self, strike: int) -> list[ShotValue]:
        shot, joints = self.shot, self.limb
        place, relative = self.xyz[:, self.end], (self.xyz - self.xyz[:, :1])[:, self.end]
        own = np.linalg.norm(derivative(self.local[:, self.end], self.t, self.seen), axis=-1)
        top = int(np.nanargmax(own))
        # the posture and not the frames, so that clips of every rate have the same path
        path = float(np.linalg.norm(np.diff(shot.posture[:, self.end], axis=0), axis=-1).sum()) * shot.height_m
        back = int(self.before[int(relative[self.before, 0].argmin())])
        high = int(self.after[int(place[self.after, 2].argmax())])
        spread = np.linalg.norm(self.xyz[:, H36M["r_wrist"]] - self.xyz[:, H36M["l_wrist"]], axis=-1)
        wide = int(spread.argmax())
        doubts = shot.doubtful[:, self.end].mean()
        values = [
            self._at("peak_speed", float(own[top]), top, joints),
            ShotValue(
                "path", path, "no" if doubts > 0.3 else "rough", note="the limb is doubtful" if doubts > 0.3 else ""
            ),
            self._at("strike_height", float(place[strike, 2]), strike, joints),
            self._at("backswing_height", float(place[back, 2]), back, joints),
            self._at("backswing_reach", -float(relative[back, 0]), back, joints),
            self._at("follow_height", float(place[high, 2]), high, joints),
            self._at("arm_spread", float(spread[wide]), wide, ("r_wrist", "l_wrist")),
        ]
        if shot.path_known:
            ground = np.linalg.norm(derivative(place, self.t, self.seen), axis=-1)
            fast = int(np.nanargmax(ground))
            values.append(self._at("ground_speed", float(ground[fast]), fast, joints))
        else:
            values.append(ShotValue("ground_speed", None, "no", note=CARRIED))
        return values

    def _angle(self, key: str, name: str, i: int) -> ShotValue:
        return self._at(key, float(self.deg[i, ANGLES.index(name)]), i, MADE_OF[name])

    def _angles(self, strike: int) -> list[ShotValue]:
        kick = self.shot.kind == "kick"
        bend = "r_knee_flexion" if kick else "r_elbow_flexion"
        late = self.before[self.t[self.before] >= -BEND_S]
        curve = self.deg[late, ANGLES.index(bend)]
        most = int(late[int(np.nanargmax(curve))]) if np.isfinite(curve).any() else strike
        values = [self._angle("largest_bend", bend, most), self._angle("bend_at_strike", bend, strike)]
        if kick:
            values.append(self._angle("support_bend", "l_knee_flexion", strike))
            values.append(self._angle("hip_at_strike", "r_hip_flexion", strike))
        else:
            values.append(self._angle("arm_at_strike", "r_shoulder_elevation", strike))
        values.append(self._angle("trunk_forward", "trunk_lean_forward", strike))
        values.append(self._angle("trunk_side", "trunk_lean_right", strike))
        values.append(self._angle("separation", "separation", strike))
        turn = self.deg[self.before, ANGLES.index("separation")]
        if np.isfinite(turn).any():
            values.append(self._angle("largest_separation", "separation", int(self.before[np.nanargmin(turn)])))
        return values

    def _run_up(self, strike: int) -> list[ShotValue]:
        if not self.shot.path_known:
            return [ShotValue(key, None, "no", note=CARRIED) for key in ("approach_speed", "approach_angle")]
        rows = np.flatnonzero((self.t >= HEADING_S[0] - 1e-6) & (self.t <= HEADING_S[1] + 1e-6))
        if len(rows) < 2:
            return [
                ShotValue(key, None, "no", note="the run-up is not seen")
                for key in ("approach_speed", "approach_angle")
            ]
        root = self.xyz[:, 0, :2]
        way = (root[rows[-1]] - root[rows[0]]) / (self.t[rows[-1]] - self.t[rows[0]])
        speed = float(np.linalg.norm(way))
        note = "depth is the weak direction of one camera"
        values = [ShotValue("approach_speed", speed, "rough", note=note)]
        if speed < MIN_APPROACH_M_PER_S:
            return [*values, ShotValue("approach_angle", None, "no", note="there is no run-up")]
        foot = derivative(self.xyz[:, self.end], self.t, self.seen)[strike, :2]
        angle = float(np.degrees(np.arctan2(way[0] * foot[1] - way[1] * foot[0], way @ foot)))
        return [*values, self._at("approach_angle", angle, strike, self.limb, note)]

    def _support(self) -> ShotValue:
        """When the other foot was planted: low and slow from then to the strike, as for contacts."""
        key = "support_contact"
        if not self.shot.path_known:
            return ShotValue(key, None, "no", note=CARRIED)
        planted_s = self.shot.planted_s
        if planted_s is not None and planted_s > self.t[0] + 1e-6:
            i = int(np.abs(self.t - planted_s).argmin())
            return self._at(key, -planted_s, i, ("l_ankle",), "a frame more or less")
        place = self.xyz[:, H36M["l_ankle"]]
        slow = np.linalg.norm(derivative(place, self.t, self.seen), axis=-1) < SLOW_M_PER_S
        stands = slow & (place[:, 2] < place[:, 2].min() + NEAR_M)
        near = [int(i) for i in self.before if stands[i]]
        if not near or self.t[near[-1]] < -0.15:
            return ShotValue(key, None, "no", note="the support foot is not seen to stand before the strike")
        first = near[-1]
        while first > 0 and stands[first - 1]:
            first -= 1
        if first == 0:
            return ShotValue(key, None, "no", note="it stands from the start of the window on")
        return self._at(key, -float(self.t[first]), first, ("l_ankle",), "from ankles; a frame more or less")


def per_height(values: FloatArray, keys: Sequence[str], height_m: float) -> FloatArray:
    """(F,) values with lengths and speeds in body heights, so that tall and small athletes can be compared."""
    by = np.array([height_m if NUMBERS[key].unit in ("m", "m/s") else 1.0 for key in keys])
    return np.asarray(values / by)
