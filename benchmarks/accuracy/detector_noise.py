"""The detectors' errors on the demo clips as `kasportsformer.training.detector_noise` wants them: python
benchmarks/accuracy/detector_noise.py.

Keypoints are taken where the lifting network gets them: followed, left and right put right, gaps filled. Errors are
metres at the athlete (px times depth over focal length). Prints, per detector, what `NoiseConfig` needs; the numbers in
it were rounded from this output.
"""

from __future__ import annotations

import argparse
import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import curve_fit

from kasf_demo import analyse
from kasf_demo.evaluate.ground_truth import VISIBLE, load_truth
from kasf_demo.evaluate.matching import NO_PERSON, match
from kasportsformer.skeleton import COCO_MIRROR, COCO_NAMES

ROOT = Path(__file__).resolve().parents[2]
CLIPS = ROOT / "demo_videos"
YOLO = ROOT.parent / "shared" / "weights" / "yolov8n-pose_int8_openvino_model"
GROSS_M = 0.25  # an error beyond it is no jitter: the detector has taken something else for the joint
LIMBS = [("left_elbow", "left_wrist"), ("left_knee", "left_ankle")]


@dataclass
class Seen:
    """One athlete in one clip: error (T, 17, 2) m, speed (T, 17) m/s across the image, score, visibility, swapped (T,
    2)."""

    error: Any
    speed: Any
    score: Any
    visibility: Any
    swapped: Any
    dt_s: float


@dataclass
class Found:
    runs: list[Seen] = field(default_factory=list)
    missing: int = 0
    frames: int = 0

    def all(self, name: str) -> Any:
        return np.concatenate([getattr(r, name) for r in self.runs])


def look(names: list[str], options: dict[str, Any]) -> Found:
    """Runs the pipeline on the clips and compares its 2D keypoints with the ground truth."""
    found = Found()
    for name in names:
        truth = load_truth(CLIPS / f"{name}.gt.npz")
        result = analyse(CLIPS / f"{name}.mp4", athlete="all", **options)
        if not result.people:
            continue
        uv = np.stack([p.h36m.xy for p in result.people])
        ids = match(uv, np.stack([p.h36m.valid for p in result.people]), truth)
        for a in range(truth.athletes):
            at = np.flatnonzero(ids[a] != NO_PERSON)
            found.frames += int(truth.in_view[a].sum())
            found.missing += int((truth.in_view[a] & (ids[a] == NO_PERSON)).sum())
            # else another person's keypoints are among them, or no person's
            if len(at) >= 0.6 * truth.in_view[a].sum():
                found.runs.append(_seen(truth, result, a, ids[a], at))
    return found


def _seen(truth: Any, result: Any, a: int, ids: Any, at: Any) -> Seen:
    people = [result.people[i].coco for i in ids[at]]
    xy = np.stack([p.xy[t] for p, t in zip(people, at, strict=True)])
    score = np.stack([p.score[t] for p, t in zip(people, at, strict=True)])
    root_depth = truth.joints_camera_m[a, at, 0, 2]
    per_m = (truth.K[at, 0, 0] / root_depth)[:, None, None]
    exact = truth.coco_px[a, at]
    dt = float(np.median(np.diff(truth.times_s)))
    error = (xy - exact) / per_m
    speed = np.linalg.norm(np.gradient(exact, axis=0) / per_m, axis=-1) / dt
    return Seen(error, speed, score, truth.visibility[a, at], _swapped(xy, exact), dt)


def _swapped(xy: Any, exact: Any) -> Any:
    """(T, 2) frames in which arms, or legs, fit the other side's much better than their own."""
    out = []
    for left in LIMBS:
        joints = [COCO_NAMES.index(n) for n in left]
        joints += [COCO_MIRROR[j] for j in joints]
        own = np.linalg.norm(xy[:, joints] - exact[:, joints], axis=-1).sum(1)
        other = np.linalg.norm(xy[:, joints] - exact[:, [COCO_MIRROR[j] for j in joints]], axis=-1).sum(1)
        out.append(other < 0.5 * own)
    return np.stack(out, axis=-1)


def spread(found: Found) -> dict[str, float]:
    """Robust deviation per axis (m) of each kind of point where it is visible, its clip-wide offset included."""
    error, seen = found.all("error"), found.all("visibility") == VISIBLE
    out = {}
    for kind in ("nose", "eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"):
        j = [i for i, n in enumerate(COCO_NAMES) if n.endswith(kind)]
        out[kind] = float(np.median(np.abs(error[:, j][seen[:, j]])) / 0.6745)
    return out


def shares(found: Found) -> dict[str, float]:
    """Bias, drift (with its time) and white parts of the limbs' error, from its autocovariance; their squares add up to
    1."""
    lags_s, values = [], []
    for r in found.runs:
        e = r.error[:, 5:]
        e = np.where((r.visibility[:, 5:, None] == VISIBLE) & (np.abs(e) < GROSS_M), e, np.nan)
        e = e / np.nanstd(np.where(np.isfinite(e), e, np.nan))
        for lag in range(1, min(round(0.8 / r.dt_s), len(e) - 5)):
            lags_s.append(lag * r.dt_s)
            values.append(np.nanmean(e[lag:] * e[:-lag]) / np.nanmean(e * e))

    def model(lag: Any, bias2: float, drift2: float, tau: float) -> Any:
        return bias2 + drift2 * np.exp(-lag / tau)

    (bias2, drift2, tau), _ = curve_fit(model, lags_s, values, p0=(0.4, 0.4, 0.15), bounds=((0, 0, 0.02), (1, 1, 0.6)))
    return {"bias": bias2**0.5, "drift": drift2**0.5, "drift_s": tau, "white": max(0.0, 1 - bias2 - drift2) ** 0.5}


def blur(found: Found) -> tuple[float, float]:
    """(still m, seconds): the error's deviation is still, plus seconds times the joint's speed, in squares; medians in
    bins of speed."""
    error, speed = found.all("error")[:, 5:], found.all("speed")[:, 5:]
    ok = (found.all("visibility")[:, 5:] == VISIBLE) & (np.abs(error) < GROSS_M).all(-1)
    v, e = speed[ok], np.abs(error[ok]).mean(-1) / 0.798  # mean of |normal|
    edges = np.quantile(v, np.linspace(0, 1, 13))
    mid, dev = [], []
    for a, b in itertools.pairwise(edges):
        inside = (v >= a) & (v < b)
        mid.append(np.median(v[inside]))
        dev.append(np.median(e[inside]) / 0.845)  # median of the mean of two |normal|, by its mean
    slope, still = np.polyfit(np.square(mid), np.square(dev), 1)
    return float(max(still, 0) ** 0.5), float(max(slope, 0) ** 0.5)


def report(label: str, found: Found) -> None:
    """Prints everything of one detector."""
    error, score, seen = found.all("error"), found.all("score"), found.all("visibility")
    size = np.linalg.norm(error, axis=-1)
    visible, hidden = seen == VISIBLE, seen == VISIBLE - 1
    print(f"\n{label}: {len(found.runs)} athletes in clips, {found.frames} frames in view, {found.missing} missing")
    print("  deviation, visible, m:  " + "  ".join(f"{k} {v:.3f}" for k, v in spread(found).items()))
    print("  parts:  " + "  ".join(f"{k} {v:.2f}" for k, v in shares(found).items()))
    still, seconds = blur(found)
    print(f"  still {still:.3f} m, blur_s {seconds:.4f}")
    levels = [
        float(np.median(np.linalg.norm(r.error[:, 5:], axis=-1)[r.visibility[:, 5:] == VISIBLE])) for r in found.runs
    ]
    spread_of_levels = np.std(np.log(levels))
    print(
        f"  level: log deviation of the clips' median errors {spread_of_levels:.2f}, medians "
        + " ".join(f"{x:.3f}" for x in levels)
    )
    limbs = np.arange(17) >= 5
    unseen, share = np.median(size[:, limbs][hidden[:, limbs]]), hidden[:, limbs].mean()
    print(f"  occluded limb points {share:.3f} of all; their median error {unseen:.3f} m")
    print(
        f"  gross errors (> {GROSS_M} m): visible {np.mean(size[visible] > GROSS_M):.4f}, occluded"
        f" {np.mean(size[hidden] > GROSS_M):.3f}"
    )
    swapped = found.all("swapped").mean(0)
    print(f"  frames with swapped arms {swapped[0]:.3f}, legs {swapped[1]:.3f}")
    edges = [0, 0.02, 0.04, 0.06, 0.09, 0.13, 0.2, 0.4]
    print(
        "  median score by error:  "
        + "  ".join(f"{a}-{b} {np.median(score[(size >= a) & (size < b)]):.2f}" for a, b in itertools.pairwise(edges))
    )
    print(f"  median score visible {np.median(score[visible]):.2f}, occluded {np.median(score[hidden]):.2f}")
    offset = {n: np.median(error[:, i][visible[:, i]], axis=0) for i, n in enumerate(COCO_NAMES) if visible[:, i].any()}
    print(
        "  median offset right/down, mm:  "
        + "  ".join(f"{n} {1000 * o[0]:+.0f} {1000 * o[1]:+.0f}" for n, o in offset.items())
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("clips", nargs="*", help="names (default: all with truth)")
    parser.add_argument("--yolo", type=Path, default=YOLO, help="YOLO-pose weights")
    args = parser.parse_args()
    names = args.clips or sorted(p.name.removesuffix(".gt.npz") for p in CLIPS.glob("*.gt.npz"))
    report("mediapipe", look(names, {"detector": "mediapipe"}))
    if args.yolo.exists():
        report(f"yolo {args.yolo.name}", look(names, {"detector": "yolo", "detector_weights": args.yolo}))


if __name__ == "__main__":
    main()
