"""OpenSim coordinates of `--export opensim` on two real clips against optical motion capture, beside the two other
methods whose results lie there.

    python benchmarks/accuracy/opensim_coordinates.py [--data FOLDER] [--csv FILE]

FOLDER as for motion_capture.py. Needs the extra opensim. Printed, as Markdown for docs/accuracy.md: mean absolute error
in degrees and correlation of each coordinate, both sides together. The coordinates of the motion capture and of the
other methods follow from the rotations of their bodies (body-fixed x, y, z), with the axes and signs of Rajagopal's
model; ours are those that the exported motion holds. mediapipe, no stature given. The clips' clocks differ from the
data's by a constant, which is the one of least P-MPJPE.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import motion_capture
import numpy as np
from motion_capture import BODIES, CLIPS, DATA, OFFSETS_S, OTHERS, OURS
from scipy.spatial.transform import Rotation

from kasf_demo import Engine, Options, analyse
from kasf_demo.export.opensim.job import person_job, solve
from kasf_demo.export.opensim.write import all_frames, fit_record
from kasf_demo.export.resample import even_motion
from kasf_demo.progress import Quiet
from kasf_demo.reconstruct.placement import ASSUMED_HEIGHT_M
from kasf_demo.types.arrays import FloatArray

ANKLE_AXIS = np.array([-0.105, -0.174, 0.979]) / np.linalg.norm([0.105, 0.174, 0.979])  # of the right ankle
FLEXION = ("hip_flexion", "knee_angle", "ankle_angle")
COORDINATES = (*FLEXION, "hip_adduction", "hip_rotation", "pelvis_tilt", "lumbar_extension", "lumbar_bending")
Curves = Mapping[str, FloatArray]


def coordinates_deg(bodies: list[str], rotation_rad: FloatArray) -> dict[str, FloatArray]:
    """Name -> (T,) degrees, of body-fixed rotations (T, B, 3)."""
    at = {name: Rotation.from_euler("XYZ", rotation_rad[:, i]) for i, name in enumerate(bodies)}
    lumbar = (at["pelvis"].inv() * at["torso"]).as_euler("ZXY", degrees=True).T
    out = {"lumbar_extension": lumbar[0], "lumbar_bending": lumbar[1]}
    out["pelvis_tilt"] = at["pelvis"].as_euler("ZXY", degrees=True)[:, 0]
    for side, sign in (("r", 1.0), ("l", -1.0)):
        thigh, shank, foot = (at[f"{body}_{side}"] for body in ("femur", "tibia", "talus"))
        hip = (at["pelvis"].inv() * thigh).as_euler("ZXY", degrees=True).T * [[1.0], [sign], [sign]]
        for name, values in zip(("flexion", "adduction", "rotation"), hip, strict=True):
            out[f"hip_{name}_{side}"] = values
        out[f"knee_angle_{side}"] = -(thigh.inv() * shank).as_euler("ZXY", degrees=True)[:, 0]
        out[f"ankle_angle_{side}"] = np.degrees((shank.inv() * foot).as_rotvec() @ (ANKLE_AXIS * [sign, sign, 1]))
    return out


def compared(estimate: Curves, truth: Curves) -> dict[str, tuple[float, float]]:
    """Coordinate, without its side -> mean absolute error in degrees and correlation over both sides."""
    out = {}
    for name in COORDINATES:
        sides = [name] if name in truth else [f"{name}_r", f"{name}_l"]
        if not all(side in estimate for side in sides):
            continue
        ours, true = (np.concatenate([curves[side] for side in sides]) for curves in (estimate, truth))
        both = np.isfinite(ours) & np.isfinite(true)
        error = np.abs(ours[both] - true[both]).mean()
        out[name] = (float(error), float(np.corrcoef(ours[both], true[both])[0, 1]))
    return out


def measured(clip: Path) -> tuple[FloatArray, FloatArray, Curves]:
    """Joints (T, 12, 3) m of the athlete, their times, and the coordinates that were estimated."""
    with Engine(Options(detector="mediapipe"), Quiet()) as engine:
        result = analyse(clip, options=Options(detector="mediapipe"), engine=engine)
    person = result.people[0]
    even = even_motion(person.pose, person.angles, person.events, nominal_hz=float(result.video.fps))
    found = solve(person_job(even, ASSUMED_HEIGHT_M), even)
    record = fit_record(found, even)
    curves = dict(zip(found.coordinates, all_frames(found, even).T, strict=True))
    for name in record["not_estimated"]:
        del curves[name]
    at_s = {name: np.interp(result.times_s, even.times_s, curve) for name, curve in curves.items()}
    return person.pose.xyz[:, OURS], result.times_s, at_s


def rows(data: Path) -> Iterator[tuple[str, str, dict[str, tuple[float, float]]]]:
    for clip in CLIPS:
        with np.load(data / f"{clip}.npz", allow_pickle=False) as file:
            bodies, times_s = file["bodies"].tolist(), file["time_s"].astype(float)
            turned = {m: coordinates_deg(bodies, file[f"{m}_rotation_rad"].astype(float)) for m in ("mocap", *OTHERS)}
            columns = [bodies.index(f"{body}_{side}") for side in "rl" for body in BODIES]
            joints = file["mocap_origin_m"][:, columns].astype(float)
        for method, what in OTHERS.items():
            yield clip, f"{method} ({what})", compared(turned[method], turned["mocap"])
        xyz, ours_s, curves = measured(data / f"{clip}.mp4")
        offset_s = min(
            OFFSETS_S,
            key=lambda o: motion_capture.compare(xyz, motion_capture.at_times(joints, times_s, ours_s - o))[1][0],
        )
        truth = {
            name: np.interp(ours_s - offset_s, times_s, curve, left=np.nan, right=np.nan)
            for name, curve in turned["mocap"].items()
        }
        yield clip, "kasf-demo (mediapipe, CPU)", compared(curves, truth)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--csv", type=Path, help="write the numbers here too")
    args = parser.parse_args()
    table = list(rows(args.data))
    header = ("clip", "method", *(name.replace("_", " ") for name in COORDINATES), "flexion, mean")
    print("| " + " | ".join(header) + " |\n" + "|---" * len(header) + "|")
    for clip, method, numbers in table:
        cells = [f"{n[0]:.1f} / {n[1]:.2f}" if (n := numbers.get(name)) else "-" for name in COORDINATES]
        flexion = [numbers[name][0] for name in FLEXION if name in numbers]
        marked = "" if len(flexion) == len(FLEXION) else " (without the ankle)"
        print(f"| {clip} | {method} | " + " | ".join([*cells, f"{np.mean(flexion):.1f}{marked}"]) + " |")
    if args.csv:
        with args.csv.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("clip", "method", "coordinate", "mean_absolute_error_deg", "r"))
            for clip, method, numbers in table:
                writer.writerows([clip, method, name, round(e, 3), round(r, 4)] for name, (e, r) in numbers.items())


if __name__ == "__main__":
    main()
