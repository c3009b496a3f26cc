"""Accuracy of ground trajectories, camera rotation and lens against the ground truth, per demo clip and detector.

    python benchmarks/accuracy/trajectory.py [CLIP...] [--yolo WEIGHTS] [--weights NETWORK] [--csv FILE]

The athlete's true height is given, nothing else. A Markdown table is printed, for docs/trajectories.md. The pelvis'
path is compared in the axes of the true camera at the first frame after taking out the median offset, since a result
does not know where the camera stands: to the side, up and in depth. `camera's` is the same of the path relative to the
camera, as it would be if its turning were not undone.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import common
import numpy as np
from accuracy import header
from scipy.spatial.transform import Rotation

from kasf_demo import weights
from kasf_demo.camera.compensate import undo_rotation
from kasf_demo.camera.orientation import angles_of
from kasf_demo.evaluate.estimate import Estimate
from kasf_demo.evaluate.ground_truth import Truth
from kasf_demo.evaluate.matching import NO_PERSON, match
from kasf_demo.reconstruct.world import to_world
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import Orientation
from kasf_demo.types.result import Result


@dataclass(frozen=True)
class Row:
    """One athlete of one clip with one detector. Metres (root mean square; mean distance), m/s (median), degrees
    (largest), degrees, px."""

    clip: str
    detector: str
    kind: str
    rotation_deg: float
    focal: str
    side_m: float
    up_m: float
    depth_m: float
    mean_m: float
    relative_m: float
    speed_m_per_s: float


def true_orientation(truth: Truth) -> Orientation:
    """The camera's tilt and roll in the first frame."""
    return Orientation.of(*angles_of(truth.R[0] @ [0.0, 0.0, 1.0]).tolist())


def compare(clip: str, detector: str, result: Result, truth: Truth) -> list[Row]:
    """A row per detected athlete."""
    estimate, scene = Estimate.from_result(result), result.scene
    assert scene is not None
    camera = scene.motion
    off = Rotation.from_matrix(camera.rotation @ np.swapaxes(truth.R @ truth.R[0].T, 1, 2)).magnitude()
    true_px = float(truth.K[0, 0, 0])
    rows = []
    for a, persons in enumerate(match(estimate.uv, estimate.valid, truth)):
        matched = persons[persons != NO_PERSON]
        if not len(matched):
            continue
        who = int(np.bincount(matched).argmax())
        seen, own = estimate.valid[who], estimate.xyz[who]
        first, want = undo_rotation(camera, own)[:, 0], (truth.joints_world_m[a, :, 0] @ truth.R[0].T)
        errors, relative = (
            _centred(to_world(path - want, true_orientation(truth))[seen]) for path in (first, own[:, 0])
        )
        speeds = [np.linalg.norm(np.gradient(path, truth.times_s, axis=0), axis=-1) for path in (first, want)]
        rms = np.sqrt((errors**2).mean(0))
        rows.append(Row(
            clip if a == 0 else f"{clip} ({a + 1})", detector, camera.kind, float(np.degrees(off).max()),
            f"{scene.camera.focal_px:.0f} {scene.camera.source}, {true_px:.0f}",
            float(rms[0]), float(rms[2]), float(rms[1]), _distance(errors), _distance(relative),
            float(np.nanmedian(np.abs(speeds[0] - speeds[1])[seen])),
        ))  # fmt: skip
    return rows


def _centred(errors: FloatArray) -> FloatArray:
    return np.asarray(errors - np.median(errors, axis=0))


def _distance(errors: FloatArray) -> float:
    return float(np.linalg.norm(errors, axis=-1).mean())


def table(rows: Sequence[Row]) -> str:
    """Markdown, with a mean in the last row."""
    titles = ("clip", "detector", "camera", "rotation off, °", "focal length, true, px")
    titles += ("side, m", "up, m", "depth, m", "mean, m", "camera's, m", "speed, m/s")
    lines = [_line(*titles), "|" + "---|" * len(titles)]
    for r in rows:
        numbers = (r.side_m, r.up_m, r.depth_m, r.mean_m, r.relative_m, r.speed_m_per_s)
        lines.append(
            _line(r.clip, r.detector, r.kind, f"{r.rotation_deg:.1f}", r.focal, *(f"{n:.2f}" for n in numbers))
        )
    means = [
        np.mean([getattr(r, n) for r in rows])
        for n in ("side_m", "up_m", "depth_m", "mean_m", "relative_m", "speed_m_per_s")
    ]
    lines.append(_line("**mean**", "", "", "", "", *(f"{m:.2f}" for m in means)))
    return "\n".join(lines)


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def main(args: Sequence[str] | None = None) -> None:
    """Measures and prints."""
    parser = common.parser(__doc__)
    parser.add_argument("--csv", type=Path, help="write the numbers as a table")
    given = parser.parse_args(args)
    network = weights.resolve(given.weights, kind="lifter", offline=True)
    runs, rows = common.detectors(given), []
    for demo in common.chosen(given):
        truth = demo.load_truth()
        for detector, result in common.results(demo, truth, runs):
            rows += compare(demo.name, detector, result, truth)
    print(f"{header(runs, network)}\n\n{table(rows)}")
    if given.csv:
        with open(given.csv, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([f.name for f in fields(Row)])
            writer.writerows([[getattr(r, f.name) for f in fields(Row)] for r in rows])


if __name__ == "__main__":
    main()
