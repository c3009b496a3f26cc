"""The stated uncertainty of heels, toes and angles of feet: python benchmarks/accuracy/uncertainty_feet.py [--write].

No motion capture at hand has both feet and the detector's view of them, so the models are fitted on the demo clips with
one athlete and, for the ankle angle, on the clips of rise_and_walk, with each detector. Each clip is judged by models
fitted on the other clips alone: that is the coverage printed. `--write` puts the models of all clips into
uncertainty.toml.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from common import chosen, detectors, parser, results
from feet import CAPTURES, captured_flexions, flexions
from uncertainty import LEAST, conformal, fitted, write_models

from kasf_demo import analyse
from kasf_demo.evaluate.ground_truth import Truth
from kasf_demo.kinematics.foot_motion import foot_angles
from kasf_demo.options import from_mapping
from kasf_demo.reconstruct.foot_clues import (
    FOOT_ANGLE_CLUES,
    FOOT_ANGLE_KINDS,
    FOOT_CLUES,
    FOOT_KINDS,
    foot_angle_clues,
    foot_angle_kind,
    foot_clues,
    foot_kind,
)
from kasf_demo.reconstruct.uncertainty import LogLinear
from kasf_demo.types.feet import FootPose
from kasf_demo.types.motion import FootAngles
from kasf_demo.types.people import Pose3D
from kasportsformer.skeleton import H36M

SHARED = Path(__file__).resolve().parents[3] / "shared" / "videos"
EVERY = 3  # frames: neighbours are alike
RIG_FLAT_DEG = -8.5  # pitch of the rig's line from heel to toe while the foot is flat: median of standing frames
Models = tuple[LogLinear, LogLinear]


@dataclass(frozen=True)
class Case:
    """Of a clip: what the models need of the pose, and errors of points (N, 4) m and of angles (N, 6) degrees, NaN
    where unknown."""

    clip: str
    detector: str
    clues: Any  # (N, 4, C)
    sigma_m: Any  # (N, 17)
    side: Any  # (N,)
    score: Any  # (N, 4)
    error: Any
    angle_error: Any

    def angle_clues(self, points: LogLinear) -> Any:
        """(N, 6, C) by the model of heels and toes."""
        return foot_angle_clues(self.sigma_m, points(self.clues, foot_kind), self.side, self.score)


def case(clip: str, detector: str, pose: Pose3D, error: Any, angle_error: Any) -> Case:
    """pose in camera axes, with feet; error (T, 4), angle_error (T, 6)."""
    assert pose.feet is not None and pose.sigma_m is not None
    rows = np.flatnonzero(pose.valid & pose.feet.valid.any(1))[::EVERY]
    hips = pose.xyz[:, H36M["l_hip"]] - pose.xyz[:, H36M["r_hip"]]
    sight = pose.xyz[:, 0] / np.linalg.norm(pose.xyz[:, 0], axis=-1, keepdims=True)
    side = np.abs((hips * sight).sum(-1)) / np.maximum(np.linalg.norm(hips, axis=-1), 1e-6)
    known = pose.feet.valid
    clues = np.nan_to_num(foot_clues(pose.feet.xyz, pose.xyz[:, 0], pose.sigma_m, pose.feet.score))
    angle_known = known[:, [0 if name[0] == "l" else 2 for name in ("r_", "l_") * 3]]
    return Case(
        clip, detector, clues[rows], pose.sigma_m[rows], side[rows], pose.feet.score[rows],
        np.where(known, error, np.nan)[rows], np.where(angle_known, angle_error, np.nan)[rows],
    )  # fmt: skip


def demo_case(clip: str, detector: str, pose: Pose3D, angles: FootAngles, truth: Truth) -> Case:
    """Of a demo clip with one athlete; pose in camera axes."""
    assert truth.feet_world_m is not None and pose.feet is not None
    t = len(truth.times_s)
    feet = np.einsum("tij,tnj->tni", truth.R, truth.feet_world_m[0]) + truth.t[:, None]
    joints = truth.joints_camera_m[0]
    error = np.linalg.norm((pose.feet.xyz - pose.xyz[:, :1]) - (feet - joints[:, :1]), axis=-1)
    true_feet = FootPose(truth.feet_world_m[0], np.ones((t, 4)), np.full(t, RIG_FLAT_DEG))
    ones = np.ones(t, bool)
    true = foot_angles(Pose3D(truth.joints_world_m[0], np.ones((t, 17)), ones, ~ones, truth.times_s, feet=true_feet))
    assert true is not None
    return case(clip, detector, pose, error, np.abs((angles.deg - true.deg + 180) % 360 - 180))


def captured_case(clip: str, detector: str, pose: Pose3D, true_deg: Any) -> Case:
    """Of a clip of rise_and_walk: the ankle angle alone. true_deg (T, 2) left, right."""
    assert pose.feet is not None
    error = np.full((len(pose), 6), np.nan)
    error[:, :2] = np.abs(flexions(pose.xyz, pose.feet.xyz) - true_deg)[:, ::-1]
    return case(clip, detector, pose, np.full((len(pose), 4), np.nan), error)


def cases(args: argparse.Namespace) -> Iterator[Case]:
    runs = {
        name: from_mapping({"axes": "camera", "feet": "auto" if name == "mediapipe" else "mediapipe"}, options)
        for name, options in detectors(args).items()
    }
    for demo in chosen(args):
        truth = demo.load_truth()
        if truth.athletes == 1 and truth.feet_world_m is not None:
            for detector, result in results(demo, truth, runs):
                angles = result.people[0].measured.foot_angles
                assert angles is not None
                yield demo_case(demo.name, detector, result.people[0].pose, angles, truth)
    for name in CAPTURES if not args.clips and SHARED.exists() else ():
        for detector, options in runs.items():
            print(f"{name} ...", file=sys.stderr, flush=True)
            result = analyse(SHARED / "rise_and_walk" / f"{name}.mp4", options=options)
            true = captured_flexions(SHARED / "rise_and_walk" / f"{name}.npz", name, result.times_s)
            yield captured_case(name, detector, result.people[0].pose, true)


def models(some: Sequence[Case]) -> Models:
    """Of heels and toes, and of the angles, so that 68 and 95 % of the errors of these clips are within them."""

    def of(name: str, clues: Any, error: Any, kind: Any, kinds: Any, names: tuple[str, ...]) -> LogLinear:
        return conformal(fitted(clues, error, kind, kinds, LEAST[name], names), clues, error, kind)

    clues, error = (np.concatenate([getattr(c, name) for c in some]) for name in ("clues", "error"))
    points = of("feet", clues, error, foot_kind, FOOT_KINDS, FOOT_CLUES)
    clues = np.concatenate([c.angle_clues(points) for c in some])
    error = np.concatenate([c.angle_error for c in some])
    return points, of("foot_angles", clues, error, foot_angle_kind, FOOT_ANGLE_KINDS, FOOT_ANGLE_CLUES)


def judged(all_cases: Sequence[Case]) -> Iterator[tuple[Case, Models]]:
    """Each case with models of the other clips."""
    by_clip = {name: models([c for c in all_cases if c.clip != name]) for name in {c.clip for c in all_cases}}
    for c in all_cases:
        yield c, by_clip[c.clip]


def table(all_cases: Sequence[Case]) -> str:
    """Markdown: shares of errors within sigma and within_95 sigma, by kind and detector."""
    lines = ["| point or angle | detector | error | sigma | 68 % | 95 % |", "|---|---|---|---|---|---|"]
    pairs = list(judged(all_cases))
    for part, kinds, kind, factor, unit in (
        ("error", FOOT_KINDS, foot_kind, 1000, "mm"), ("angle_error", FOOT_ANGLE_KINDS, foot_angle_kind, 1, "°"),
    ):  # fmt: skip
        for k, name in enumerate(kinds):
            for detector in (*dict.fromkeys(c.detector for c in all_cases), "all"):
                errors, sigmas, wide = [], [], []
                for c, (points, angles) in pairs:
                    if detector in ("all", c.detector):
                        model, clues = (points, c.clues) if part == "error" else (angles, c.angle_clues(points))
                        own = model(clues, kind)[:, kind == k]
                        errors.append(getattr(c, part)[:, kind == k].ravel())
                        sigmas.append(own.ravel())
                        wide.append(model.within_95 * own.ravel())
                e, s, w = (np.concatenate(v) for v in (errors, sigmas, wide))
                known = np.isfinite(e)
                e, s, w = factor * e[known], factor * s[known], factor * w[known]
                shares = " | ".join(f"{100 * (e <= limit).mean():.0f}" for limit in (s, w))
                lines.append(
                    f"| {name} | {detector} | {np.median(e):.0f} {unit} | {np.median(s):.0f} {unit} | {shares} |"
                )
    return "\n".join(lines)


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--write", action="store_true", help="the models into uncertainty.toml")
    args = made.parse_args()
    found = list(cases(args))
    print(table(found))
    if args.write:
        points, angles = models(found)
        write_models({"feet": points, "foot_angles": angles})


if __name__ == "__main__":
    main()
