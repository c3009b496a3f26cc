"""The validation of results: every angle and speed of the program, and the groups of AthletePose3D's paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.motion import ANGLES, MIDLINE, POINTS, SIDED
from kasf_demo.validate.agreement import Agreement, Waveform, agreement, correlation
from kasf_demo.validate.pairs import MeasuredPair
from kasf_demo.validate.published_waveforms import GROUPS, MIN_SAMPLES, WaveformGroup, group_rows, without_gaps
from kasf_demo.validate.spm import SpmResult, paired_spm

MIN_RANGE = {"°": 10.0, "m/s": 0.3}
SPEEDS = ("wrist", "ankle", "pelvis")
SIDES = {"r": "right", "l": "left"}


@dataclass(frozen=True)
class Quantity1D:
    """An angle or speed, both sides together. name: as `knee_flexion` or `wrist_speed`."""

    name: str
    unit: str
    waveforms: tuple[Waveform, ...]


@dataclass(frozen=True)
class GroupResult:
    """A group of the paper: normalised curves (N, L) of estimate and truth, r over all their values, SPM{t} or None."""

    group: WaveformGroup
    estimate: FloatArray
    truth: FloatArray
    r: float
    spm: SpmResult | None


@dataclass(frozen=True)
class Validation:
    """quantities with their agreement, in the program's order; groups: empty if every clip is too short. skipped: clips
    that are too short for the groups."""

    pairs: tuple[MeasuredPair, ...]
    quantities: tuple[Quantity1D, ...]
    agreements: tuple[Agreement, ...]
    groups: tuple[GroupResult, ...]
    skipped: tuple[str, ...]


def validate(pairs: Sequence[MeasuredPair]) -> Validation:
    """Angles and speeds of all pairs. ValueError without pairs."""
    if not pairs:
        raise ValueError("no pairs")
    quantities = [*_angles(pairs), *_speeds(pairs)]
    kept, found = [], []
    for quantity in quantities:
        one = agreement(quantity.name, quantity.unit, quantity.waveforms, min_range=MIN_RANGE[quantity.unit])
        if one is not None:
            kept.append(quantity)
            found.append(one)
    groups, skipped = _groups(pairs)
    return Validation(tuple(pairs), tuple(kept), tuple(found), groups, skipped)


def _angles(pairs: Sequence[MeasuredPair]) -> list[Quantity1D]:
    names = {name: {f"{side}_{name}": f", {word}" for side, word in SIDES.items()} for name in SIDED}
    names |= {name: {name: ""} for name in MIDLINE}
    found = []
    for name, columns in names.items():
        waveforms = []
        for pair in pairs:
            for column, words in columns.items():
                a = ANGLES.index(column)
                estimate = pair.comparison.a.motion.angles.deg[:, a]
                truth = estimate - pair.comparison.angle_deg[:, a]
                waveforms.append(Waveform(pair.name + words, estimate, truth))
        found.append(Quantity1D(name, "°", tuple(waveforms)))
    return found


def _speeds(pairs: Sequence[MeasuredPair]) -> list[Quantity1D]:
    found = []
    for name in SPEEDS:
        points = [name] if name in POINTS else [f"{side}_{name}" for side in SIDES]
        waveforms = []
        for pair in pairs:
            for point in points:
                words = "" if point == name else f", {SIDES[point[0]]}"
                waveforms.append(Waveform(pair.name + words, *_speed_curves(pair, point)))
        found.append(Quantity1D(f"{name}_speed", "m/s", tuple(waveforms)))
    return found


def _speed_curves(pair: MeasuredPair, point: str) -> tuple[FloatArray, FloatArray]:
    """(T,) both, at the result's frames."""
    k = POINTS.index(point)
    true, at = pair.truth.motion.angles, pair.comparison.clock.other_s
    speed = np.interp(np.nan_to_num(at), true.times_s, true.m_per_s[:, k])
    there = np.isfinite(pair.truth_at[:, 0, 0])
    return pair.estimate.motion.angles.m_per_s[:, k], np.where(there, speed, np.nan)


def _groups(pairs: Sequence[MeasuredPair]) -> tuple[tuple[GroupResult, ...], tuple[str, ...]]:
    clips: list[tuple[FloatArray, FloatArray, float]] = []
    skipped = []
    for pair in pairs:
        both = np.flatnonzero(pair.estimate.pose.valid & np.isfinite(pair.truth_at).all((1, 2)))
        span = slice(both[0], both[-1] + 1) if len(both) else slice(0, 0)
        if span.stop - span.start < MIN_SAMPLES + 1:
            skipped.append(pair.name)
            continue
        seen = np.where(pair.estimate.pose.valid[:, None, None], pair.estimate.pose.xyz, np.nan)
        fps = 1 / float(np.median(np.diff(pair.estimate.pose.times_s)))
        clips.append((without_gaps(seen[span]), without_gaps(pair.truth_at[span]), fps))
    if not clips:
        return (), tuple(skipped)
    estimate = group_rows([(clip[0], clip[2]) for clip in clips])
    truth = group_rows([(clip[1], clip[2]) for clip in clips])
    return tuple(_group(group, estimate[group.name], truth[group.name]) for group in GROUPS), tuple(skipped)


def _group(group: WaveformGroup, estimate: FloatArray, truth: FloatArray) -> GroupResult:
    try:
        spm = paired_spm(estimate, truth)
    except ValueError:
        spm = None
    return GroupResult(group, estimate, truth, correlation(estimate, truth), spm)
