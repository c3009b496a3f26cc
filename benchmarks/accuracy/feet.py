"""Accuracy of heels, toes and ankle angles against ground truth, and cadence on a treadmill.

    python benchmarks/accuracy/feet.py [NAME ...] [--yolo WEIGHTS] [--folder FOLDER] [--shared FOLDER]

FOLDER of --folder (default: demo_videos) holds NAME.mp4 and NAME.gt.npz with `feet_world_m`; that of --shared (default:
../shared/videos) rise_and_walk and treadmill. Printed, as Markdown for docs/accuracy.md: mean distances in mm, camera
axes, of ankles, heels and toes relative to the pelvis, and of heels and toes relative to the ankle, over frames in
which the foot is known; for the ankle angle (docs/angles.md) the mean absolute error and the mean error in degrees,
from the same points in both; the share of foot frames that are known. rise_and_walk: heel is calcn, toe is toes; the
clips' clocks differ from the data's by a constant.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import common
import numpy as np

from kasf_demo import Engine, Options, analyse
from kasf_demo.evaluate.ground_truth import load_truth
from kasf_demo.progress import Quiet
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.result import Result
from kasportsformer.skeleton import H36M

ROOT = Path(__file__).resolve().parents[2]
ANKLES = [H36M[f"{side}_ankle"] for side in "llrr"]
KNEES = [H36M[f"{side}_knee"] for side in "lr"]
CAPTURES = {"sit_to_stand": -0.058, "walk_trunk_sway": 0.038}  # clip time less data time, s
HEADER = (
    "clip",
    "detector",
    "ankle",
    "heel",
    "toe",
    "heel to ankle",
    "toe to ankle",
    "ankle angle, MAE",
    "bias",
    "known",
)


def flexion_deg(ankle: FloatArray, knee: FloatArray, heel: FloatArray, toe: FloatArray) -> FloatArray:
    """(T,) the angle of docs/angles.md."""
    up, ahead = knee - ankle, toe - heel
    cosine = (up * ahead).sum(-1) / np.linalg.norm(up, axis=-1) / np.linalg.norm(ahead, axis=-1)
    return np.asarray(np.degrees(np.arcsin(np.clip(cosine, -1, 1))))


def flexions(joints: FloatArray, feet: FloatArray) -> FloatArray:
    """(T, 2) left, right, of (T, 17, 3) and (T, 4, 3)."""
    return np.stack(
        [
            flexion_deg(joints[:, ANKLES[2 * i]], joints[:, KNEES[i]], feet[:, 2 * i], feet[:, 2 * i + 1])
            for i in (0, 1)
        ],
        axis=-1,
    )


def result_of(clip: Path, options: Options) -> Result:
    with Engine(options, Quiet()) as engine:
        return analyse(clip, options=options, engine=engine)


def demo(clip: Path, options: Options) -> list[float]:
    """The numbers of HEADER for a clip with one athlete."""
    truth = load_truth(clip.with_suffix(".gt.npz"))
    assert truth.feet_world_m is not None
    options = replace(options, height_m=float(truth.stature_m[0]), axes="camera")
    pose = result_of(clip, options).people[0].pose
    assert pose.feet is not None
    joints = truth.joints_camera_m[0]
    feet = np.einsum("tij,tnj->tni", truth.R, truth.feet_world_m[0]) + truth.t[:, None]
    known = pose.feet.valid

    def off_mm(ours: FloatArray, true: FloatArray) -> FloatArray:
        return np.where(known, 1000 * np.linalg.norm(ours - true, axis=-1), np.nan)

    root = (pose.xyz[:, :1], joints[:, :1])
    ankle = off_mm(pose.xyz[:, ANKLES] - root[0], joints[:, ANKLES] - root[1])
    end = off_mm(pose.feet.xyz - root[0], feet - root[1])
    own = off_mm(pose.feet.xyz - pose.xyz[:, ANKLES], feet - joints[:, ANKLES])
    angle = flexions(pose.xyz, pose.feet.xyz) - flexions(joints, feet)
    heel, toe = [0, 2], [1, 3]
    means = [ankle, end[:, heel], end[:, toe], own[:, heel], own[:, toe], np.abs(angle), angle]
    return [*(float(np.nanmean(m)) for m in means), float(known.mean())]


def captured_flexions(path: Path, name: str, times_s: FloatArray) -> FloatArray:
    """(T, 2) left, right: the ankle angle of the motion capture at a clip's times; NaN beyond its ends."""
    with np.load(path, allow_pickle=False) as data:
        bodies, at_s = data["bodies"].tolist(), data["time_s"].astype(float) + CAPTURES[name]
        place = {b: data["mocap_origin_m"][:, i].astype(float) for i, b in enumerate(bodies)}
    true = [flexion_deg(*(place[f"{b}_{side}"] for b in ("talus", "tibia", "calcn", "toes"))) for side in "lr"]
    return np.stack([np.interp(times_s, at_s, t, left=np.nan, right=np.nan) for t in true], axis=-1)


def capture(folder: Path, name: str, options: Options) -> list[float]:
    """Ankle angle against motion capture; NaN for the distances."""
    result = result_of(folder / f"{name}.mp4", options)
    pose = result.people[0].pose
    assert pose.feet is not None
    angle = flexions(pose.xyz, pose.feet.xyz) - captured_flexions(folder / f"{name}.npz", name, result.times_s)
    return [*[np.nan] * 5, float(np.nanmean(np.abs(angle))), float(np.nanmean(angle)), float(pose.feet.valid.mean())]


def rows(args: argparse.Namespace) -> Iterator[tuple[str, str, list[float]]]:
    variants = {
        name: replace(options, feet="mediapipe") if name != "mediapipe" else options
        for name, options in common.detectors(args).items()
    }
    names = args.clips or [*sorted(p.stem for p in args.folder.glob("*.mp4") if p.stem != "crossing"), *CAPTURES]
    for name in names:
        for detector, options in variants.items():
            if name in CAPTURES:
                yield name, detector, capture(args.shared / "rise_and_walk", name, options)
            else:
                yield name, detector, demo(args.folder / f"{name}.mp4", options)


def cadences(args: argparse.Namespace) -> Iterator[tuple[str, float | None]]:
    """Steps per minute from contacts on the treadmill, by the source of keypoints."""
    folder = args.shared / "treadmill"
    for name, options in (
        ("mediapipe", Options(detector="mediapipe")),
        ("RTMPose Halpe-26", Options(keypoints=folder / "male_side.pose.json")),
    ):
        yield name, result_of(folder / "male_side.mp4", options).people[0].events.contact_cadence_per_min


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "demo_videos")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared" / "videos")
    args = parser.parse_args()
    print("| " + " | ".join(HEADER) + " |\n" + "|---" * len(HEADER) + "|", flush=True)
    for clip, detector, numbers in rows(args):
        cells = ["-" if np.isnan(n) else f"{n:.1f}" if i in (5, 6) else f"{n:.0f}" for i, n in enumerate(numbers[:-1])]
        print("| " + " | ".join([clip, detector, *cells, f"{numbers[-1]:.0%}"]) + " |", flush=True)
    if not args.clips:
        for source, cadence in cadences(args):
            shown = "none" if cadence is None else f"{cadence:.1f}"
            print(f"treadmill, {source}: {shown} steps per minute", flush=True)


if __name__ == "__main__":
    main()
