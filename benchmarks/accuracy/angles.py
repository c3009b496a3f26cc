"""Accuracy of angles, speeds and events against the ground truth, per demo clip and detector.

    python benchmarks/accuracy/angles.py [CLIP...] [--yolo WEIGHTS] [--weights NETWORK] [--csv FILE]

The same code (kasf_demo.kinematics) measures the true joints and the result; the athlete's true height is given.
Markdown tables are printed, ready for docs/angles.md: per angle the median and the 95th percentile of the absolute
error in degrees over the frames that both have; per clip all angles together, the moments of peaks in s, jump heights
in m. Headings are compared after taking out their median difference, since a result cannot know where the camera looks.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import common
import numpy as np
from accuracy import header

from kasf_demo import weights
from kasf_demo.evaluate.estimate import Estimate
from kasf_demo.evaluate.ground_truth import Truth
from kasf_demo.evaluate.matching import NO_PERSON, match
from kasf_demo.kinematics import measure
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.motion import ANGLES, MIDLINE, POINTS, SIDED, Events, Flight, Motion
from kasf_demo.types.people import Pose3D
from kasf_demo.types.result import Result

HEADINGS = ("pelvis_rotation", "shoulders_rotation")
KINDS = (*SIDED, *MIDLINE)
NEAR_S = 0.3
# of the ground truth: the moment of a peak is compared where there is one to speak of
MIN_RANGE_DEG, MIN_PEAK_M_S = 30.0, 3.0


@dataclass
class Row:
    """One athlete of one clip with one detector. errors_deg (T, A), speeds_m_s (T, 5); moments: peak times' errors, s,
    by what peaks."""

    clip: str
    detector: str
    errors_deg: FloatArray
    speed_errors: FloatArray
    moments_s: dict[str, float] = field(default_factory=dict)
    truth: Events = field(default_factory=Events)
    found: Events = field(default_factory=Events)


def true_pose(truth: Truth, athlete: int) -> Pose3D:
    """The true joints as a pose: seen in every frame."""
    joints = truth.joints_world_m[athlete]
    seen = np.ones(len(joints), bool)
    return Pose3D(joints, np.ones(joints.shape[:2]), seen, ~seen, truth.times_s)


def compare(clip: str, detector: str, result: Result, truth: Truth) -> list[Row]:
    """A row per detected athlete; a person is assigned to the athlete that it matches in most frames."""
    estimate = Estimate.from_result(result)
    rows = []
    for a, persons in enumerate(match(estimate.uv, estimate.valid, truth)):
        matched = persons[persons != NO_PERSON]
        if len(matched):
            who = int(np.bincount(matched).argmax())
            name = clip if a == 0 else f"{clip} ({a + 1})"
            rows.append(_row(name, detector, result.motion[who], measure(true_pose(truth, a))))
    return rows


def _row(clip: str, detector: str, got: Motion, want: Motion) -> Row:
    errors = (got.angles.deg - want.angles.deg + 180) % 360 - 180
    for name in HEADINGS:
        column = errors[:, ANGLES.index(name)]
        known = np.isfinite(column)
        if known.any():
            turned = np.degrees(np.angle(np.exp(1j * np.radians(column[known])).mean()))
            column[known] = (column[known] - turned + 180) % 360 - 180
    speeds = np.abs(got.angles.m_per_s - want.angles.m_per_s)
    return Row(clip, detector, np.abs(errors), speeds, _moments(got, want), want.events, got.events)


def _moments(got: Motion, want: Motion) -> dict[str, float]:
    """Errors of the times of the ground truth's clear peaks: greatest flexions and elevations, fastest feet and hands.

    The result's peak is looked for within NEAR_S of the true one, since what repeats has other peaks as high; NaN where
    it has none there.
    """
    found = {}
    for i, name in enumerate(ANGLES):
        e = want.angles.extremes(name)
        if name.endswith(("flexion", "elevation")) and e.range >= MIN_RANGE_DEG:
            found[name] = _off(got.angles.deg[:, i], got.angles.times_s, e.high_s)
    for i, point in enumerate(POINTS[:4]):
        e = want.angles.speed_extremes(point)
        if e.high >= MIN_PEAK_M_S:
            found[point] = _off(got.angles.m_per_s[:, i], got.angles.times_s, e.high_s)
    return found


def _off(values: FloatArray, times_s: FloatArray, peak_s: float) -> float:
    """How far the highest of (T,) values near `peak_s` is from it, s; NaN where that is the edge of what is near, which
    is no peak."""
    near = np.flatnonzero((np.abs(times_s - peak_s) <= NEAR_S) & np.isfinite(values))
    if len(near) < 3:
        return float("nan")
    best = int(near[np.argmax(values[near])])
    inside = near[0] < best < near[-1] or best in (0, len(times_s) - 1)
    return abs(float(times_s[best]) - peak_s) if inside else float("nan")


def angle_table(rows: Sequence[Row], detectors: Iterable[str]) -> str:
    """Median / 95th percentile per angle, left and right together, over all clips with one athlete."""
    detectors = list(detectors)
    titles = [f"{d}, {what}" for d in detectors for what in ("median", "95 %")]
    lines = [_line("angle, degrees", *titles), "|" + "---|" * (1 + len(titles))]
    for kind in KINDS:
        columns = [ANGLES.index(n) for n in ANGLES if n == kind or n[2:] == kind]
        cells = []
        for d in detectors:
            values = np.concatenate(
                [r.errors_deg[:, columns].ravel() for r in rows if r.detector == d] or [np.zeros(0)]
            )
            cells += [_number(values, 50), _number(values, 95)]
        lines.append(_line(kind, *cells))
    return "\n".join(lines)


def clip_table(rows: Sequence[Row]) -> str:
    """A row per clip and detector: groups of angles, speeds, moments, events."""
    groups = {
        "legs": ("hip_flexion", "hip_abduction", "knee_flexion"),
        "arms": ("shoulder_elevation", "elbow_flexion"),
        "trunk": ("trunk_lean", "trunk_lean_forward", "trunk_lean_right"),
        "rotations": (*HEADINGS, "separation"),
    }
    titles = (
        "clip",
        "detector",
        *(f"{g}, °" for g in groups),
        "feet, m/s",
        "hands, m/s",
        "peaks, s",
        "jump, m",
        "kick or throw, s",
        "steps per minute",
    )
    lines = [_line(*titles), "|" + "---|" * len(titles)]
    for r in rows:
        columns = {g: [i for i, n in enumerate(ANGLES) if n in names or n[2:] in names] for g, names in groups.items()}
        cells = [f"{_number(r.errors_deg[:, c], 50)} / {_number(r.errors_deg[:, c], 95)}" for c in columns.values()]
        cells += [
            f"{_number(r.speed_errors[:, c], 50, 2)} / {_number(r.speed_errors[:, c], 95, 2)}" for c in ([2, 3], [0, 1])
        ]
        moments = np.array(list(r.moments_s.values()))
        cells += [f"{_number(moments, 50, 2)} / {_number(moments, 95, 2)}", _jumps(r), _strike(r), _cadence(r)]
        lines.append(_line(r.clip, r.detector, *cells))
    return "\n".join(lines)


def _jumps(r: Row) -> str:
    """Heights found less the true ones, from the path and from the time in the air."""
    texts = []
    for f in r.truth.flights:
        near = next((g for g in r.found.flights if _overlap(f, g)), None)
        off = (
            f"{near.height_path_m - f.height_path_m:+.2f}, {near.height_time_m - f.height_time_m:+.2f}"
            if near
            else "missed,"
        )
        texts.append(f"{off} of {f.height_path_m:.2f}, {f.height_time_m:.2f}")
    texts += [
        f"wrong one at {g.takeoff_s:.2f} s" for g in r.found.flights if not any(_overlap(f, g) for f in r.truth.flights)
    ]
    return "; ".join(texts) or "-"


def _overlap(a: Flight, b: Flight) -> bool:
    return a.takeoff_s < b.landing_s and b.takeoff_s < a.landing_s


def _strike(r: Row) -> str:
    want, got = r.truth.strike, r.found.strike
    if want and got and (want.kind, want.side) == (got.kind, got.side):
        return f"{got.time_s - want.time_s:+.3f} ({got.m_per_s:.1f} for {want.m_per_s:.1f} m/s)"
    return f"wrong one at {got.time_s:.2f} s" if got else "missed" if want else "-"


def _cadence(r: Row) -> str:
    want, got = r.truth.gait, r.found.gait
    if want and got:
        return f"{got.cadence_per_min - want.cadence_per_min:+.0f} of {want.cadence_per_min:.0f}"
    return "wrong" if got else "missed" if want else "-"


def _number(values: FloatArray, percentile: float, digits: int = 0) -> str:
    known = values[np.isfinite(values)]
    return f"{np.percentile(known, percentile):.{digits}f}" if len(known) else "-"


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """A row per clip, detector and angle: median and 95th percentile of the absolute error, degrees."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["clip", "detector", "angle", "frames", "median_deg", "p95_deg"])
        for r in rows:
            for i, name in enumerate(ANGLES):
                known = int(np.isfinite(r.errors_deg[:, i]).sum())
                writer.writerow(
                    [r.clip, r.detector, name, known, *(_number(r.errors_deg[:, i], p, 2) for p in (50, 95))]
                )


def main(given: Sequence[str] | None = None) -> None:
    """Measures and prints."""
    parser = common.parser(__doc__)
    parser.add_argument("--csv", type=Path, help="write the errors of every angle")
    args = parser.parse_args(given)
    network = weights.resolve(args.weights, kind="lifter", offline=True)
    runs, rows, several = common.detectors(args), list[Row](), set[str]()
    for demo in common.chosen(args):
        truth = demo.load_truth()
        mine = [
            row
            for detector, result in common.results(demo, truth, runs)
            for row in compare(demo.name, detector, result, truth)
        ]
        rows += mine
        if truth.athletes > 1:
            several |= {r.clip for r in mine}
    single = [r for r in rows if r.clip not in several]
    print(f"{header(runs, network)}\n\n{angle_table(single, runs)}\n\n{clip_table(rows)}")
    if args.csv:
        write_csv(args.csv, rows)


if __name__ == "__main__":
    main()
