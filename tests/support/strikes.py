"""Recordings of kicks for tests: `standing_kick` is made of angles; `truth_of` is a demo clip's ground truth; `copies`
are perturbed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from body import FORWARD, LEFT, UP, Array, as_pose, bent, standing, turn
from kasf_demo.assess.values import Recording
from kasf_demo.evaluate.ground_truth import load_truth
from kasf_demo.kinematics import measure, measure_angles
from kasf_demo.strikes.posture import bone_lengths, with_constant_bones
from kasf_demo.types.motion import Events, Motion, Strike
from kasf_demo.types.people import Pose3D
from kasportsformer.skeleton import mirror_h36m

DEMO = Path(__file__).resolve().parents[2] / "demo_videos"
STRIKE_S = 0.9


def standing_kick(fps: float = 30.0, seconds: float = 1.8, high: float = 90.0) -> Array:
    """(T, 17, 3) a kick of the right leg from standing to `high` degrees; the foot is fastest at `STRIKE_S`."""
    t, out = np.arange(round(seconds * fps)) / fps, []
    swing = np.cross(-UP, FORWARD)
    for a in -25 + (high + 25) / (1 + np.exp(-(t - STRIKE_S) / 0.06)):
        p = bent(bent(standing(), "r_hip", swing, a), "r_knee", -swing, 30 * np.exp(-(((a - 20) / 40) ** 2)))
        out.append(bent(p, "l_shoulder", np.cross(-UP, LEFT), 30 + 0.3 * a))
    return np.array(out)


def recorded(xyz: Array, times_s: Array | float, events: bool = True) -> Recording:
    """A recording in which everything is seen; times_s: of the frames, or frames/s. Without events it is quicker."""
    times = np.arange(len(xyz)) / times_s if np.ndim(times_s) == 0 else np.asarray(times_s)
    pose: Pose3D = as_pose(xyz, times_s=times)
    rate = (len(times) - 1) / float(times[-1] - times[0])
    motion = measure(pose, jumps=False) if events else Motion(measure_angles(pose), Events(), rate)
    return Recording(pose, motion, np.ones(len(xyz), bool))


def truth_of(name: str) -> tuple[list[Array], Array]:
    """Joints (T, 17, 3) of each athlete of a demo clip, and times (T,)."""
    truth = load_truth(DEMO / f"{name}.gt.npz")
    return [np.asarray(joints, float) for joints in truth.joints_world_m], np.asarray(truth.times_s, float)


def copies(xyz: Array, times_s: Array, strike: Strike, count: int, seed: int) -> list[tuple[Recording, Strike]]:
    """The motion at other paces, of other limbs, facing elsewhere, every other one left-footed, 20 mm of noise."""
    rng, found = np.random.default_rng(seed), []
    lengths = bone_lengths(xyz)
    for n in range(count):
        pace = rng.uniform(0.92, 1.08)
        body = with_constant_bones(xyz, lengths * rng.normal(1, 0.05, len(lengths)).clip(0.85, 1.15))
        body = body @ turn(UP, rng.uniform(0, 360)).T * rng.uniform(0.85, 1.15)
        side = strike.side
        if n % 2:
            body, side = mirror_h36m(body), "r" if side == "l" else "l"
        body = body + rng.normal(0, 0.02, body.shape)
        moved = replace(strike, time_s=strike.time_s * pace, side=side)
        found.append((recorded(body, times_s * pace, events=False), moved))
    return found
