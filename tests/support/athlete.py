"""Analytic athletes for the tests that coaches run: jumps, squats, a runner on a treadmill, a change of direction.
World axes, facing -y; FLOOR_M is the height of a standing ankle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from body import FORWARD, UP, Array, as_pose, bent, standing
from kasf_demo.assess import Recording
from kasf_demo.kinematics import measure
from kasf_demo.types.feet import FEET, FootPose
from kasf_demo.types.people import Pose3D
from kasportsformer.skeleton import H36M

G = 9.80665
TOES_M = 0.08
SWING = np.cross(-UP, FORWARD)
ANKLES = [H36M["r_ankle"], H36M["l_ankle"]]


def recorded(xyz: Array, fps: float, feet: Array | None = None, reliable: bool = True) -> Recording:
    """A recording of (T, 17, 3) world poses, with feet (T, 4, 3) if given."""
    pose: Pose3D = as_pose(xyz, fps)
    if feet is not None:
        pose = replace(pose, feet=FootPose(feet, np.ones(feet.shape[:2])))
    return Recording(pose, measure(pose), np.full(len(xyz), reliable))


def bent_legs(deg: float) -> Array:
    """(17, 3) m: both thighs forward by `deg` and shanks back by as much, on the floor: the knees bend by 2 deg."""
    pose = standing()
    for side in "rl":
        pose = bent(bent(pose, f"{side}_hip", SWING, deg), f"{side}_knee", SWING, -2 * deg)
    return pose + (standing()[ANKLES, 2].min() - pose[ANKLES, 2].min()) * UP


def drop_m(deg: float) -> float:
    """How far the pelvis sinks with legs bent so."""
    return float(standing()[0, 2] - bent_legs(deg)[0, 2])


def airborne(since: Array, air_s: float) -> Array:
    """Height of the ankle above the stand: onto the toes in 0.06 s, a ballistic flight, and down again."""
    inside = (since > 0) & (since < air_s)
    z = np.where(inside, TOES_M + G / 2 * since * (air_s - since), 0.0)
    z += TOES_M * np.clip(1 + since / 0.06, 0, 1) * (since <= 0)
    return np.asarray(z + TOES_M * np.clip(1 - (since - air_s) / 0.06, 0, 1) * (since >= air_s))


def countermovement(fps: float, *, deg: float = 45.0, air_s: float = 0.5, hold_s: float = 0.0) -> Array:
    """Stands for 1 s, sinks within 0.3 s, holds, rises within 0.3 s, jumps, lands bent to half as much."""
    takeoff = 1.6 + hold_s
    t = np.arange(0, takeoff + air_s + 1.2, 1 / fps)
    down = np.clip((t - 1.0) / 0.3, 0, 1)
    up = np.clip((t - 1.3 - hold_s) / 0.3, 0, 1)
    bend = deg * (_smooth(down) - _smooth(up))
    since = t - takeoff - air_s
    bend = bend + deg / 2 * _smooth(np.clip(since / 0.2, 0, 1)) * (1 - _smooth(np.clip((since - 0.4) / 0.4, 0, 1)))
    rise = airborne(t - takeoff, air_s)
    return np.array([bent_legs(float(b)) + z * UP for b, z in zip(bend, rise, strict=True)])


def _smooth(share: Array) -> Array:
    return np.asarray((1 - np.cos(np.pi * share)) / 2)


def dropping(fps: float, *, box_m: float = 0.3, contact_s: float = 0.2, air_s: float = 0.5) -> Array:
    """Stands on a box, drops, touches the floor for `contact_s`, jumps, lands and stands for 1.5 s."""
    fall_s = float(np.sqrt(2 * (box_m - TOES_M) / G))
    landing = 0.6 + fall_s
    takeoff = landing + contact_s
    t = np.arange(0, takeoff + air_s + 1.5, 1 / fps)
    z = np.where(t < 0.6, box_m, box_m - G / 2 * (t - 0.6) ** 2)
    share = np.clip((t - landing) / contact_s, 0, 1)
    z = np.where(t >= landing, TOES_M * (1 - np.sin(np.pi * share)), z)
    z = np.where(t >= takeoff, airborne(t - takeoff, air_s), z)
    return standing() + z[:, None, None] * UP


def squatting(fps: float, *, deg: float = 55.0, reps: int = 3, rep_s: float = 2.0) -> Array:
    """Stands for 0.5 s, bends and rises evenly, stands."""
    t = np.arange(0, reps * rep_s + 1.0, 1 / fps)
    bend = deg * (1 - np.cos(2 * np.pi * np.clip(t - 0.5, 0, reps * rep_s) / rep_s)) / 2
    return np.array([bent_legs(float(b)) for b in bend])


def on_treadmill(
    fps: float,
    *,
    contact_s: float,
    step_s: float,
    speed: float = 3.0,
    seconds: float = 4.0,
    bounce_m: float = 0.06,
    runs: bool | None = None,
) -> tuple[Array, Array]:
    """(T, 17, 3) and feet (T, 4, 3): each foot goes back with the belt while it is down and swings forward in the air.
    The pelvis is lowest in the middle of a contact if there is a flight (or `runs`), and highest there if there is
    none."""
    t = np.arange(0, seconds, 1 / fps)
    stride_s = 2 * step_s
    xyz, feet = np.tile(standing(), (len(t), 1, 1)), np.zeros((len(t), 4, 3))
    runs = contact_s < step_s if runs is None else runs
    wave = np.cos(2 * np.pi * (t - contact_s / 2) / step_s)
    xyz[..., 2] += ((-bounce_m if runs else bounce_m) / 2 * wave)[:, None]
    for n, side in enumerate("rl"):
        phase = np.mod(t - n * step_s, stride_s)
        down = phase < contact_s
        half = speed * contact_s / 2
        swing = np.clip((phase - contact_s) / (stride_s - contact_s), 0, 1)
        ahead = np.where(down, half - speed * phase, -half + 2 * half * _smooth(swing))
        lift = np.where(down, 0.0, 0.18 * np.sin(np.pi * swing))
        ankle = standing()[H36M[f"{side}_ankle"]] + ahead[:, None] * FORWARD + lift[:, None] * UP
        hip = xyz[:, H36M[f"{side}_hip"]]
        xyz[:, H36M[f"{side}_ankle"]] = ankle
        xyz[:, H36M[f"{side}_knee"]] = (hip + ankle) / 2 + 0.06 * FORWARD + (0.25 * lift)[:, None] * FORWARD
        for end, along in (("heel", -0.05), ("toe", 0.18)):
            feet[:, FEET.index(f"{side}_{end}")] = ankle * (1, 1, 0) + lift[:, None] * UP + along * FORWARD
    return xyz, feet


def turning_run(fps: float, *, turn_deg: float = 90.0, speed: float = 3.0) -> Array:
    """Runs straight for 1.5 s, turns on the spot of a circle within 0.2 s, and runs on."""
    t = np.arange(0, 3.0, 1 / fps)
    heading = np.radians(turn_deg) * _smooth(np.clip((t - 1.4) / 0.2, 0, 1))
    way = np.stack([np.cos(heading), np.sin(heading), np.zeros(len(t))], axis=-1) * speed / fps
    return standing() + np.cumsum(way, axis=0)[:, None]


def chair_rises(fps: float, *, reps: int = 3, rock_deg: float = 12.0) -> Array:
    """Stands for 0.5 s, sits down in 1 s, sits for 1.5 s, in which the trunk comes up by `rock_deg` and leans forward
    again, rises in 1 s, stands for 0.5 s. The pelvis is behind the ankles all the time that it is down."""
    rep_s = 4.0
    t = np.arange(0, reps * rep_s, 1 / fps)
    phase = np.mod(t, rep_s)
    down = _smooth(np.clip((phase - 0.5) / 1.0, 0, 1)) - _smooth(np.clip((phase - 3.0) / 0.5, 0, 1))
    rock = np.sin(np.pi * np.clip((phase - 1.5) / 1.5, 0, 1)) ** 2
    lean = 30 * down - rock_deg * rock
    return np.array([leaning(bent_legs(50 * float(d)), float(a)) for d, a in zip(down, lean, strict=True)])


def leaning(pose: Array, deg: float) -> Array:
    """The trunk, head and arms turned forward about the hips."""
    upper = [H36M[n] for n in H36M if not n.endswith(("hip", "knee", "ankle")) and n != "pelvis"]
    c, s = np.cos(np.radians(deg)), np.sin(np.radians(deg))
    rotation = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    out = pose.copy()
    out[upper] = (pose[upper] - pose[0]) @ rotation.T + pose[0]
    return out
