"""Results and the measured motions that belong to them, by name and by person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kasf_demo.compare.difference import Comparison, compare, pose_at
from kasf_demo.compare.side import SUFFIXES, Side, from_result, measured_motion
from kasf_demo.errors import InputError, UsageError
from kasf_demo.evaluate.ground_truth import LIMBS_H36M, NEEDED, Truth, load_truth
from kasf_demo.evaluate.matching import NO_PERSON, match
from kasf_demo.evaluate.measure import check_frames
from kasf_demo.files.npz import read_arrays
from kasf_demo.results.read import read_run
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasportsformer.metrics import p_mpjpe

MAX_OFFSET_S, OFFSET_STEP_S = 0.25, 0.004  # of the clock of a motion that was not measured with the clip's
MIN_SHARE = 0.5  # of the frames that must be in both for an offset to count
MAX_MOTION_M = 1e4
FORMAT = "see docs/ground-truth-format.md"


@dataclass(frozen=True)
class MeasuredPair:
    """One person of a result and their measured motion. name: of the clip, and person if there are several.

    truth_at (T, 17, 3): the true joints at the result's frames, in their own world axes, NaN where there are none.
    offset_s: what was added to the measured motion's clock; None if both have one clock.
    """

    name: str
    comparison: Comparison
    truth_at: FloatArray
    offset_s: float | None = None

    @property
    def estimate(self) -> Side:
        return self.comparison.a

    @property
    def truth(self) -> Side:
        return self.comparison.b


def find_pairs(results: Sequence[Path], truth: Path) -> tuple[list[tuple[Path, Path]], list[str]]:
    """Result files with their truth files, and the names of results that have none.

    results: files of results, or folders that are searched. truth: a folder of NAME.gt.npz, or one such file; a result
    called NAME, or NAME_..., belongs to it. Raises InputError if nothing belongs together, UsageError for a file of
    another kind.
    """
    files = [file for path in results for file in _results_in(path)]
    truths = _truths_in(truth)
    pairs, without = [], []
    for file in dict.fromkeys(files):
        names = [n for n in truths if file.stem == n or file.stem.startswith((f"{n}_", f"{n}."))]
        if truth.is_file() and len(files) == 1:
            names = list(truths)
        if names:
            pairs.append((file, truths[max(names, key=len)]))
        else:
            without.append(file.name)
    if not pairs:
        what = f"no result has a ground truth of its name ({', '.join(list(truths)[:3])}, ...)"
        raise InputError(what, "name results NAME.csv or NAME_pose.csv after NAME.gt.npz", path=truth)
    return pairs, without


def _results_in(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(
            p for p in path.rglob("*.json") if p.with_suffix(".csv").is_file() and not p.name.startswith(".")
        )
        if not found:
            raise InputError("no results are in this folder", "give the folder that kasf-demo wrote to", path=path)
        return [p.with_suffix(".csv") for p in found]
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError("not a result", "give the .csv, .json, .mp4 or .npz that kasf-demo wrote", path=path)
    if not path.exists():
        raise InputError("no such file", "give a file that kasf-demo wrote", path=path)
    return [path]


def _truths_in(path: Path) -> dict[str, Path]:
    """The truth files by the name of their clip."""
    if not path.exists():
        raise InputError("no such file or folder", "check the path after --truth", path=path)
    files = sorted(p for p in path.rglob("*.gt.npz") if not p.name.startswith(".")) if path.is_dir() else [path]
    if not files:
        raise InputError("no NAME.gt.npz is in this folder", FORMAT, path=path)
    return {p.name.removesuffix(".npz").removesuffix(".gt"): p for p in files}


def load_pairs(result: Path, truth: Path) -> list[MeasuredPair]:
    """The people of a result that match an athlete of the truth. Raises InputError if none does or the frames
    differ."""
    sides = _sides(result)
    motion = _motion(truth)
    if motion is not None:
        joints, times_s = motion
        side = max(sides, key=lambda s: int(s.pose.valid.sum()))
        offset_s = _offset(side, joints, times_s)
        return [_pair(result.stem, side, measured_motion(joints, times_s + offset_s), offset_s)]
    return _matched(result, sides, load_truth(truth), truth)


def _sides(result: Path) -> list[Side]:
    """The people of a result who are in any frame."""
    if result.suffix.lower() == ".npz":
        return [from_result(result)]
    first = from_result(result)  # raises for what is no result
    table, _ = read_run(result)
    seen = [str(i) for i, valid in zip(table.ids, table.valid, strict=True) if valid.any()]
    return [from_result(result, person) for person in seen] if len(seen) > 1 else [first]


def _matched(result: Path, sides: Sequence[Side], truth: Truth, path: Path) -> list[MeasuredPair]:
    try:
        check_frames(sides[0].pose.times_s, truth.times_s)
    except InputError as e:
        raise InputError(e.what, e.remedy, path=result) from None
    best: dict[int, tuple[int, Side]] = {}
    for side in sides:
        counts = (match(side.uv[None], side.pose.valid[None], truth) != NO_PERSON).sum(1)
        athlete = int(counts.argmax())
        if counts[athlete] and counts[athlete] > best.get(athlete, (0, side))[0]:
            best[athlete] = int(counts[athlete]), side
    if not best:
        raise InputError("nobody in the result matches an athlete of the ground truth", "check both", path=path)
    found = []
    for athlete, (_, side) in sorted(best.items()):
        name = result.stem if truth.athletes == 1 else f"{result.stem}, athlete {athlete + 1}"
        found.append(_pair(name, side, measured_motion(truth.joints_world_m[athlete], truth.times_s, side.source)))
    return found


def _pair(name: str, side: Side, truth: Side, offset_s: float | None = None) -> MeasuredPair:
    found = compare(replace(side, name=name), truth, wanted="time", same_size=False)
    return MeasuredPair(name, found, pose_at(truth.pose, found.clock.other_s), offset_s)


def _motion(path: Path) -> tuple[FloatArray, FloatArray] | None:
    """Joints (T, 17, 3) m and times (T,) s of a truth without a camera; None if it has one. Raises InputError."""
    arrays = read_arrays(path, NEEDED, "the ground truth file", FORMAT)
    if set(arrays) != {"joints_world_m", "times_s"}:
        return None
    joints, times_s = (np.asarray(arrays[n], np.float64) for n in ("joints_world_m", "times_s"))
    if joints.shape != (len(times_s), 17, 3) or len(times_s) < 3:
        raise InputError(f"joints_world_m: expected ({len(times_s)}, 17, 3), got {joints.shape}", FORMAT, path=path)
    if not np.isfinite(joints).all() or np.abs(joints).max() > MAX_MOTION_M or not (np.diff(times_s) > 0).all():
        raise InputError("joints_world_m is not finite metres, or times_s does not rise", FORMAT, path=path)
    return joints, times_s


def _offset(side: Side, joints: FloatArray, times_s: FloatArray) -> float:
    """Seconds to add to the motion's clock: of least P-MPJPE of the limbs."""
    shifts = np.arange(-MAX_OFFSET_S, MAX_OFFSET_S + OFFSET_STEP_S / 2, OFFSET_STEP_S)
    truth = measured_motion(joints, times_s)
    costs = []
    for shift in shifts:
        at = np.where(_within(side.pose.times_s - shift, times_s), side.pose.times_s - shift, np.nan)
        true = pose_at(truth.pose, at)[:, LIMBS_H36M]
        both = side.pose.valid & np.isfinite(true).all((1, 2))
        enough = both.sum() >= max(3, MIN_SHARE * min(side.pose.valid.sum(), len(times_s)))
        costs.append(float(p_mpjpe(side.pose.xyz[both][:, LIMBS_H36M], true[both]).mean()) if enough else np.inf)
    if not np.isfinite(costs).any():
        raise InputError("the result and the measured motion share too few frames", "check that they belong together")
    return float(shifts[int(np.argmin(costs))])


def _within(at_s: FloatArray, times_s: FloatArray) -> BoolArray:
    return np.asarray((at_s >= times_s[0]) & (at_s <= times_s[-1]))
