"""Steps: the moments at which a foot is farthest ahead of the pelvis, which is when it comes down (Zeni et al., Gait &
Posture 27, 2008).

Measured from the pelvis, so that it also holds where the camera pans. Ahead is where hips and shoulders face.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kasf_demo.kinematics.peaks import find_peaks
from kasf_demo.kinematics.segments import facing, joint
from kasf_demo.kinematics.vectors import dot
from kasf_demo.types.arrays import BoolArray, FloatArray, runs
from kasf_demo.types.motion import BodySide, Contact, Gait

MIN_STEPS = 4
MIN_SWING = 0.5  # minimum swing of a foot from behind the pelvis to ahead of it, in leg lengths
MIN_STEP_S, MAX_STEP_S = 0.2, 1.0
MAX_UNEVEN = 0.35  # a step may differ by this share from the median step
Step = tuple[float, BodySide]


def find_gait(xyz: FloatArray, times_s: FloatArray, valid: BoolArray) -> Gait | None:
    """The longest chain of even, alternating steps; None if there are less than `MIN_STEPS`."""
    chains = [chain for a, b in runs(valid) if b - a >= 5 for chain in _chains(_steps(xyz[a:b], times_s[a:b]))]
    best = max(chains, key=len, default=())
    if len(best) < MIN_STEPS:
        return None
    return Gait(tuple(best), 60 / float(np.mean(np.diff([time_s for time_s, _ in best]))))


def contact_cadence(contacts: Sequence[Contact]) -> float | None:
    """Steps per minute: a straight line through the starts of the longest chain of even, alternating contacts. None if
    it is shorter than `MIN_STEPS`. contacts: in order of time, without those that began before they were seen."""
    best = max(_chains([(c.start_s, c.side) for c in contacts]), key=len, default=[])
    if len(best) < MIN_STEPS:
        return None
    step_s, _ = np.polyfit(np.arange(len(best)), [time_s for time_s, _ in best], 1)
    return 60 / float(step_s)


def _steps(xyz: FloatArray, times_s: FloatArray) -> list[Step]:
    """Both feet's foremost moments, in order of time. Frames without a forward (lying) break nothing: they are
    bridged."""
    forward = facing(xyz).forward
    leg_m = float(np.nanmedian(np.linalg.norm(joint(xyz, "r_hip") - joint(xyz, "r_knee"), axis=-1)
                               + np.linalg.norm(joint(xyz, "r_knee") - joint(xyz, "r_ankle"), axis=-1)))  # fmt: skip
    found: list[Step] = []
    sides: tuple[BodySide, BodySide] = ("r", "l")
    for side in sides:
        ahead = dot(joint(xyz, f"{side}_ankle") - joint(xyz, "pelvis"), forward)
        known = np.isfinite(ahead)
        if known.sum() < 5:
            return []
        ahead = np.interp(times_s, times_s[known], ahead[known])
        peaks = find_peaks(ahead, MIN_SWING * leg_m)
        found += [(_vertex(times_s, ahead, int(p)), side) for p in peaks]
    return sorted(found)


def _vertex(times_s: FloatArray, y: FloatArray, i: int) -> float:
    """Time of the top of the parabola through frames i - 1 to i + 1."""
    t = times_s[i - 1 : i + 2] - times_s[i]
    a, b, _ = np.polyfit(t, y[i - 1 : i + 2], 2)
    return float(times_s[i] + (np.clip(-b / (2 * a), t[0], t[-1]) if a < 0 else 0.0))


def _chains(steps: list[Step]) -> list[list[Step]]:
    """Parts of `steps` that alternate between the feet and are even in time."""
    chains: list[list[Step]] = []
    for step in steps:
        last = chains[-1] if chains else []
        if last and step[1] != last[-1][1] and MIN_STEP_S <= step[0] - last[-1][0] <= MAX_STEP_S:
            last.append(step)
        else:
            chains.append([step])
    return [even for chain in chains for even in _even(chain)]


def _even(chain: list[Step]) -> list[list[Step]]:
    """The chain cut where a step is much longer or shorter than the median one."""
    if len(chain) < 3:
        return [chain]
    between = np.diff([time_s for time_s, _ in chain])
    usual = float(np.median(between))
    parts = [[chain[0]]]
    for step, gap_s in zip(chain[1:], between, strict=True):
        if abs(gap_s - usual) <= MAX_UNEVEN * usual:
            parts[-1].append(step)
        else:
            parts.append([step])
    return parts
