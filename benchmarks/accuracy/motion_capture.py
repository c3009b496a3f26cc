"""Accuracy on two real clips against optical motion capture, beside the two other methods whose results lie there.

    python benchmarks/accuracy/motion_capture.py [--yolo WEIGHTS] [--best] [--data FOLDER] [--csv FILE]
    python benchmarks/accuracy/motion_capture.py --write-truth FOLDER

FOLDER (default: ../shared/videos/rise_and_walk) holds sit_to_stand and walk_trunk_sway as .mp4 and .npz. Printed, as
Markdown for docs/accuracy.md: P-MPJPE of hips, knees, ankles, shoulders, elbows and wrists in mm (a similarity for each
frame), and for knee and hip flexion the RMSE in degrees and the correlation r over both sides. All angles are measured
alike, from joint centres: the knee between thigh and shank, the hip between thigh and the line from the hips' to the
shoulders' middle. The clips' clocks differ from the data's by a constant, which is the one of least P-MPJPE.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import common
import numpy as np

from kasf_demo import Engine, Options, analyse
from kasf_demo.progress import Quiet
from kasf_demo.types.arrays import FloatArray
from kasportsformer.metrics import p_mpjpe
from kasportsformer.skeleton import H36M

DATA = Path(__file__).resolve().parents[3] / "shared" / "videos" / "rise_and_walk"
CLIPS = ("sit_to_stand", "walk_trunk_sway")
BODIES = ("femur", "tibia", "talus", "humerus", "ulna", "hand")
JOINTS = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
OURS = [H36M[f"{side}_{joint}"] for side in "rl" for joint in JOINTS]
OFFSETS_S = np.arange(-0.12, 0.1205, 0.004)
OTHERS = {"mono": "cloud service, one camera, GPU", "wham": "mesh network, GPU"}
HEADER = ("clip", "method", "frames", "P-MPJPE", "knee RMSE", "knee r", "hip RMSE", "hip r")


def variants(args: argparse.Namespace) -> Iterator[tuple[str, Options]]:
    """What is measured of ours, by name."""
    for name, options in common.detectors(args).items():
        yield name, options
        if options.detector == "mediapipe":
            yield f"{name}, --no-fusion", replace(options, fusion=False)
        yield f"{name}, --no-refine --no-fusion", replace(options, refine=False, fusion=False)


def flexion_deg(joints: FloatArray) -> dict[str, FloatArray]:
    """(2 T,) knee and hip flexion, right then left, of joints (T, 12, 3)."""
    trunk = joints[:, [3, 9]].mean(1) - joints[:, [0, 6]].mean(1)
    out: dict[str, list[FloatArray]] = {"knee": [], "hip": []}
    for hip, knee, ankle in ((0, 1, 2), (6, 7, 8)):
        thigh = joints[:, knee] - joints[:, hip]
        out["knee"].append(_between(thigh, joints[:, ankle] - joints[:, knee]))
        out["hip"].append(180 - _between(thigh, trunk))
    return {name: np.concatenate(sides) for name, sides in out.items()}


def _between(a: FloatArray, b: FloatArray) -> FloatArray:
    cos = (a * b).sum(-1) / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1))
    return np.asarray(np.degrees(np.arccos(np.clip(cos, -1, 1))))


def at_times(joints: FloatArray, from_s: FloatArray, to_s: FloatArray) -> FloatArray:
    """Joints (T, 12, 3) at other times, NaN outside."""
    flat = joints.reshape(len(joints), -1)
    columns = [np.interp(to_s, from_s, column, left=np.nan, right=np.nan) for column in flat.T]
    return np.stack(columns, -1).reshape(-1, *joints.shape[1:])


def compare(estimate: FloatArray, truth: FloatArray) -> tuple[int, list[float]]:
    """Frames that both have, and the numbers of HEADER."""
    both = np.isfinite(estimate).all((1, 2)) & np.isfinite(truth).all((1, 2))
    ours, true = estimate[both], truth[both]
    numbers = [1000 * float(p_mpjpe(ours, true).mean())]
    own, other = flexion_deg(ours), flexion_deg(true)
    for name in ("knee", "hip"):
        numbers += [
            float(np.sqrt(np.mean((own[name] - other[name]) ** 2))), float(np.corrcoef(own[name], other[name])[0, 1])
        ]  # fmt: skip
    return int(both.sum()), numbers


def measured(clip: Path, options: Options) -> tuple[FloatArray, FloatArray]:
    """Our joints (T, 12, 3) m of the athlete and their times, s."""
    with Engine(options, Quiet()) as engine:
        result = analyse(clip, options=options, engine=engine)
    return result.people[0].pose.xyz[:, OURS], result.times_s


def rows(args: argparse.Namespace) -> Iterator[tuple[str, str, int, list[float]]]:
    for name in CLIPS:
        with np.load(args.data / f"{name}.npz", allow_pickle=False) as data:
            bodies, times_s = data["bodies"].tolist(), data["time_s"].astype(float)
            columns = [bodies.index(f"{body}_{side}") for side in "rl" for body in BODIES]
            joints = {m: data[f"{m}_origin_m"][:, columns].astype(float) for m in ("mocap", *OTHERS)}
        for method, said in OTHERS.items():
            yield (name, f"{method} ({said})", *compare(joints[method], joints["mocap"]))
        for method, options in variants(args):
            ours, ours_s = measured(args.data / f"{name}.mp4", options)
            best = min(
                (compare(ours, at_times(joints["mocap"], times_s, ours_s - offset)) for offset in OFFSETS_S),
                key=lambda found: found[1][0],
            )
            yield (name, method, *best)


def write_truth(data: Path, folder: Path) -> None:
    """NAME.gt.npz of each clip for `kasf-demo validate`: the measured joints as Human3.6M-17, z up, without a camera.
    Neck and head are above the shoulders by a fixed length; no angle takes them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in CLIPS:
        with np.load(data / f"{name}.npz", allow_pickle=False) as file:
            bodies, times_s = file["bodies"].tolist(), file["time_s"].astype(float)
            x, y, z = np.moveaxis(file["mocap_origin_m"].astype(float), -1, 0)
        points = np.stack([x, -z, y], -1)
        joints = np.zeros((len(times_s), 17, 3))
        joints[:, OURS] = points[:, [bodies.index(f"{body}_{side}") for side in "rl" for body in BODIES]]
        hips, shoulders = (joints[:, [H36M[f"{s}_{part}"] for s in "rl"]].mean(1) for part in ("hip", "shoulder"))
        up = (shoulders - hips) / np.linalg.norm(shoulders - hips, axis=-1, keepdims=True)
        middle = {"pelvis": hips, "spine": (hips + shoulders) / 2, "thorax": shoulders, "neck": shoulders + 0.1 * up}
        for joint, place in (middle | {"head": shoulders + 0.25 * up}).items():
            joints[:, H36M[joint]] = place
        joints[..., 2] -= joints[:, [H36M["r_ankle"], H36M["l_ankle"]], 2].min() - 0.08
        np.savez_compressed(folder / f"{name}.gt.npz", joints_world_m=joints, times_s=times_s - times_s[0])


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--csv", type=Path, help="write the numbers here too")
    parser.add_argument("--write-truth", type=Path, help="write the motion capture for `kasf-demo validate` here")
    args = parser.parse_args()
    if args.write_truth:
        write_truth(args.data, args.write_truth)
        return
    table = list(rows(args))
    print("| " + " | ".join(HEADER) + " |\n" + "|---" * len(HEADER) + "|")
    for clip, method, frames, numbers in table:
        shown = [f"{n:.3f}" if i in (2, 4) else f"{n:.1f}" for i, n in enumerate(numbers)]
        print(f"| {clip} | {method} | {frames} | " + " | ".join(shown) + " |")
    if args.csv:
        with args.csv.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            writer.writerows(
                [clip, method, frames, *(round(n, 4) for n in numbers)] for clip, method, frames, numbers in table
            )


if __name__ == "__main__":
    main()
