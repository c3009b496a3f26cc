"""One repetition of an exercise, or the mean of all, as a side of a comparison."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kasf_demo.assess.repetitions import RepetitionSet, find_set
from kasf_demo.assess.values import Recording
from kasf_demo.compare.align import Clock
from kasf_demo.compare.side import Side
from kasf_demo.errors import UsageError, shown
from kasf_demo.kinematics import measure
from kasf_demo.kinematics.repetitions import POINTS, Repetition, aligned
from kasf_demo.kinematics.segments import facing
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.people import Pose3D

MEAN = "mean"


def pair_of_repetitions(a: Side, b: Side, of_a: str, of_b: str) -> tuple[Side, Side, Clock]:
    """Both sides cut to a repetition each ("1", "2", ... or "mean"), and their alignment: start, turn and end of the
    one at those of the other. Raises UsageError for another number, NotShownError if nothing is repeated."""
    (first, own), (second, other) = _cut(a, of_a), _cut(b, of_b)
    other_s = np.interp(first.pose.times_s, own, other, left=np.nan, right=np.nan)
    named = [f"the {MEAN} repetition" if of == MEAN else f"repetition {of}" for of in (of_a, of_b)]
    how = f"by start, turn and end of {named[0]} and of {named[1]}"
    return first, second, Clock(other_s, "repetition", how)


def _cut(side: Side, wanted: str) -> tuple[Side, Repetition]:
    seen = np.ones(len(side.pose), bool) if side.reliable is None else side.reliable
    found = find_set(Recording(side.pose, side.motion, seen))
    if wanted == MEAN:
        return _mean(side, found)
    count = len(found.each)
    if not (wanted.isascii() and wanted.isdecimal()) or not 1 <= int(wanted) <= count:
        raise UsageError(f"{side.name} has no repetition {shown(wanted)}", f"give 1 to {count}, or {MEAN}")
    r = found.each[int(wanted) - 1]
    rows = np.flatnonzero((side.pose.times_s >= r.start_s - 1e-9) & (side.pose.times_s <= r.end_s + 1e-9))
    part = slice(int(rows[0]), int(rows[-1]) + 1)
    pose = side.pose[part]
    angles = side.motion.angles.part(part)
    own = measure(pose)
    motion = replace(own, angles=replace(own.angles, sigma_deg=angles.sigma_deg))
    media_s = None if side.media_s is None else side.media_s[part]
    cut = replace(
        side, name=f"{side.name}, repetition {wanted}", pose=pose, motion=motion, uv=side.uv[part], media_s=media_s,
        reliable=None if side.reliable is None else side.reliable[part],
    )  # fmt: skip
    return cut, r


def _mean(side: Side, found: RepetitionSet) -> tuple[Side, Repetition]:
    """The mean pose of all repetitions, each frame turned to face one way, over the mean time of one. Its bones are a
    little shorter where the repetitions differ; its angles are what it is for."""
    seen = side.pose.valid
    xyz = _same_way(np.asarray(side.pose.xyz[seen], float))
    each = aligned(xyz, side.pose.times_s[seen], found.each)
    lasts = float(found.lasts_s.mean())
    doubtful = aligned(side.pose.in_doubt[seen].astype(float), side.pose.times_s[seen], found.each).mean(0) > 0.5
    times_s = np.linspace(0, lasts, POINTS)
    known = np.ones(POINTS, bool)
    pose = Pose3D(each.mean(0), np.ones((POINTS, 17)), known, ~known, times_s, doubtful=doubtful)
    name = f"{side.name}, mean of {len(found.each)} repetitions"
    mean = Side(name, pose, measure(pose), np.full((POINTS, 17, 2), np.nan), side.source)
    return mean, Repetition(0.0, found.turn * lasts, lasts)


def _same_way(xyz: FloatArray) -> FloatArray:
    """(T, 17, 3) over the origin, each frame turned about the vertical to face -y."""
    ahead = facing(xyz).forward
    heading = np.unwrap(np.arctan2(np.nan_to_num(ahead[:, 0]), -np.nan_to_num(ahead[:, 1])))
    c, s = np.cos(heading), np.sin(heading)
    none = np.zeros(len(xyz))
    turn = np.stack([np.stack([c, s, none], -1), np.stack([-s, c, none], -1), np.stack([none, none, none + 1], -1)], 1)
    level = xyz - xyz[:, :1] * [1, 1, 0]
    return np.asarray(np.einsum("tij,tnj->tni", turn, level))
