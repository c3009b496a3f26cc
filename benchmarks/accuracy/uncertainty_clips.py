"""Coverage of the stated uncertainty on clips with ground truth: python benchmarks/accuracy/uncertainty_clips.py.

The demo clips and, if ../shared is there, the clips of rise_and_walk (optical motion capture), with both detectors.
Distances are relative to the pelvis in camera axes, so the camera's orientation does not count; of rise_and_walk, whose
camera and standing height are not known, one rotation and one scale per clip are taken out.

The factors by detector and kind of joint, and by angle, make 68 % true over these clips, each of which counts the same.
Each clip is judged with factors from the other clips alone. `--write` puts those of all into uncertainty.toml;
`--plot PNG` draws the reliability.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from common import chosen, detectors, parser, results
from uncertainty import write_factors
from uncertainty_data import orientation_of

from kasf_demo import analyse, kinematics
from kasf_demo.demo_clips import Demo
from kasf_demo.evaluate.ground_truth import LIMBS_H36M
from kasf_demo.options import from_mapping
from kasf_demo.reconstruct.clues import KIND, KINDS
from kasf_demo.reconstruct.uncertainty import ANGLE_KINDS, angle_kind, calibration
from kasf_demo.types.motion import ANGLES, SIDED
from kasf_demo.types.people import Person, Pose3D
from kasportsformer.skeleton import H36M, H36M_NAMES

REAL = Path(__file__).resolve().parents[3] / "shared" / "videos" / "rise_and_walk"
CLIP_MINUS_DATA_S = {"sit_to_stand": -0.058, "walk_trunk_sway": 0.038}
BODIES = {"hip": "femur", "knee": "tibia", "ankle": "talus", "shoulder": "humerus", "elbow": "ulna", "wrist": "hand"}
WITHIN_BODY = tuple(name for name in ANGLES if name[2:] in SIDED or name == "separation")  # no vertical needed
HIPS = [H36M["r_hip"], H36M["l_hip"]]
LEVELS = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.68, 0.8, 0.9, 0.95])


@dataclass(frozen=True)
class Case:
    """A person of a clip: error (T, 17) and sigma (T, 17) m without the detector's factor, NaN where unknown; of
    angles, degrees, (T, A), without the angles' factors."""

    clip: str
    detector: str
    error: Any
    sigma: Any
    angle_error: Any
    angle_sigma: Any


def demo_cases(demo: Demo, args: argparse.Namespace) -> Iterator[Case]:
    """Of a demo clip; each athlete is compared with the person that is nearest."""
    truth = demo.load_truth()
    level = orientation_of(truth.R[0]).to_world @ truth.R[0]  # headings count from where the camera looks at first
    runs = {name: from_mapping({"axes": "camera"}, o) for name, o in detectors(args).items()}
    for detector, result in results(demo, truth, runs):
        for joints, own in zip(truth.joints_world_m, truth.joints_camera_m, strict=True):
            world = joints @ level.T
            found = [case(demo.name, detector, p, from_hips(p.pose.xyz), from_hips(own), world) for p in result.people]
            if found:
                yield min(found, key=lambda c: float(np.nanmean(c.error)))


def real_cases(args: argparse.Namespace) -> Iterator[Case]:
    """Of rise_and_walk."""
    for name, offset_s in CLIP_MINUS_DATA_S.items() if REAL.exists() else ():
        for detector, options in detectors(args).items():
            print(f"{name} ...", file=sys.stderr, flush=True)
            result = analyse(REAL / f"{name}.mp4", options=from_mapping({"axes": "camera"}, options))
            truth = measured(REAL / f"{name}.npz", result.played_s - offset_s)
            for person in result.people[:1]:
                a, b = from_hips(person.pose.xyz), from_hips(truth)
                known = np.isfinite(a + b)[:, LIMBS_H36M].all((1, 2))
                scale, turn = similarity(a[known][:, LIMBS_H36M].reshape(-1, 3), b[known][:, LIMBS_H36M].reshape(-1, 3))
                yield case(name, detector, person, scale * a @ turn, b, np.nan_to_num(b), WITHIN_BODY)


def case(
    clip: str, detector: str, person: Person, found: Any, true: Any, world: Any, angles: Sequence[str] = ANGLES
) -> Case:
    """found, true (T, 17, 3) m from the middle of the hips; world (T, 17, 3) the truth in world axes, for `angles`."""
    error = np.linalg.norm(found - true, axis=-1)
    error[:, H36M["pelvis"]] = np.nan
    pose, t, own = person.pose, len(error), calibration()
    truth = Pose3D(world, np.ones((t, 17)), np.isfinite(true).any((1, 2)), np.zeros(t, bool), pose.times_s)
    deg = np.abs((person.angles.deg - kinematics.measure_angles(truth).deg + 180) % 360 - 180)
    deg[:, [name not in angles for name in ANGLES]] = np.nan
    of_detector = own.detectors.get(detector, own.detectors["other"])[KIND]
    assert pose.sigma_m is not None and person.angles.sigma_deg is not None
    return Case(clip, detector, error, pose.sigma_m / of_detector, deg, person.angles.sigma_deg / own.by_angle)


def with_factors(one: Case, cases: Sequence[Case]) -> Case:
    """The case with factors from the other clips."""
    others = [c for c in cases if c.clip != one.clip]
    joints, angles = joint_factors(others, one.detector), angle_factors(others)
    return replace(one, sigma=one.sigma * joints[KIND], angle_sigma=one.angle_sigma * angles[angle_kind])


def joint_factors(cases: Sequence[Case], detector: str) -> Any:
    """(K,) by kind of joint: what makes 68 % true over the detector's clips."""
    ratios = [c.error / c.sigma for c in cases if c.detector == detector]
    return _pooled(ratios, KIND, len(KINDS))


def angle_factors(cases: Sequence[Case]) -> Any:
    """(K,) by kind of angle."""
    return _pooled([c.angle_error / c.angle_sigma for c in cases], angle_kind, len(ANGLE_KINDS))


def _pooled(ratios: Sequence[Any], kind: Any, kinds: int) -> Any:
    """(kinds,) the 68 % quantile of ratios (T, J) of several clips, in which each clip counts the same."""
    out = np.ones(kinds)
    for k in range(kinds):
        known = [r[:, kind == k] for r in ratios]
        known = [r[np.isfinite(r)] for r in known if np.isfinite(r).any()]
        if known:
            weight = np.concatenate([np.full(len(r), 1 / len(r)) for r in known])
            values = np.concatenate(known)
            order = np.argsort(values)
            out[k] = values[order][np.searchsorted(np.cumsum(weight[order]), 0.68 * len(known))]
    return out


def from_hips(xyz: Any) -> Any:
    """(T, 17, 3) relative to the middle of the hips."""
    return xyz - xyz[:, HIPS].mean(1, keepdims=True)


def measured(path: Path, times_s: Any) -> Any:
    """(T, 17, 3) m of motion capture at times of the data; NaN for joints that it has not, and beyond its ends."""
    with np.load(path) as data:
        names, at, place = [str(n) for n in data["bodies"]], data["time_s"].astype(float), data["mocap_origin_m"]
    out = np.full((len(times_s), 17, 3), np.nan)
    inside = (times_s >= at[0]) & (times_s <= at[-1])
    for joint in LIMBS_H36M:
        side, part = H36M_NAMES[joint].split("_")
        column = names.index(f"{BODIES[part]}_{side}")
        for axis in range(3):
            out[inside, joint, axis] = np.interp(times_s[inside], at, place[:, column, axis])
    return out


def similarity(a: Any, b: Any) -> tuple[float, Any]:
    """Scale and rotation (3, 3), for rows, that take points (N, 3) a to b (Umeyama 1991, without a shift)."""
    u, s, vt = np.linalg.svd(a.T @ b)
    signs = np.array([1, 1, np.sign(np.linalg.det(u @ vt))])
    return float((s * signs).sum() / (a**2).sum()), (u * signs) @ vt


def covered(error: Any, sigma: Any, factor: float = 1.0) -> float:
    """Share of errors within factor times sigma."""
    known = np.isfinite(error) & np.isfinite(sigma)
    return float((error[known] <= factor * sigma[known]).mean()) if known.any() else float("nan")


def table(cases: list[Case]) -> str:
    """Markdown: per clip and detector, then per joint."""
    wide = calibration().joints.within_95
    lines = ["| clip | detector | error, mm | sigma, mm | 68 % | 95 % |", "|---|---|---|---|---|---|"]
    groups = [(c.clip, c.detector, [c]) for c in cases]
    for d in dict.fromkeys(c.detector for c in cases):
        groups.append(("**all**", d, [c for c in cases if c.detector == d]))
    groups.append(("**all**", "both", cases))
    for clip, detector, rows in groups:
        e, s = (np.concatenate([getattr(c, n).ravel() for c in rows]) for n in ("error", "sigma"))
        mm = [f"{1000 * np.nanmedian(np.where(np.isfinite(e), v, np.nan)):.0f}" for v in (e, s)]
        lines.append(f"| {clip} | {detector} | {mm[0]} | {mm[1]} | {_percent(e, s)} | {_percent(e, s, wide)} |")
    lines += ["", "| joint | 68 % | 95 % |", "|---|---|---|"]
    kinds = dict.fromkeys(name.removeprefix("r_").removeprefix("l_") for name in H36M_NAMES[1:])
    for kind in kinds:
        columns = [i for i, name in enumerate(H36M_NAMES) if name.removeprefix("r_").removeprefix("l_") == kind]
        e, s = (np.concatenate([getattr(c, n)[:, columns].ravel() for c in cases]) for n in ("error", "sigma"))
        lines.append(f"| {kind} | {_percent(e, s)} | {_percent(e, s, wide)} |")
    return "\n".join(lines)


def angle_table(cases: list[Case]) -> str:
    """Markdown: per angle, over the clips whose vertical is known."""
    wide = calibration().angles.within_95
    lines = ["| angle | error, ° | sigma, ° | 68 % | 95 % |", "|---|---|---|---|---|"]
    kinds = [*dict.fromkeys(name.removeprefix("r_").removeprefix("l_") for name in ANGLES), "all"]
    for kind in kinds:
        columns = [i for i, n in enumerate(ANGLES) if kind in ("all", n.removeprefix("r_").removeprefix("l_"))]
        e, s = (
            np.concatenate([getattr(c, f"angle_{n}")[:, columns].ravel() for c in cases]) for n in ("error", "sigma")
        )
        known = np.isfinite(e)
        medians = f"{np.median(e[known]):.1f} | {np.nanmedian(s[known]):.1f}"
        lines.append(f"| {kind} | {medians} | {_percent(e, s)} | {_percent(e, s, wide)} |")
    return "\n".join(lines)


def _percent(error: Any, sigma: Any, factor: float = 1.0) -> str:
    return f"{100 * covered(error, sigma, factor):.0f}"


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--write", action="store_true", help="new factors into uncertainty.toml")
    made.add_argument("--plot", type=Path, help="reliability as PNG")
    args = made.parse_args()
    raw = [c for demo in chosen(args) for c in demo_cases(demo, args)]
    if not args.clips:
        raw += list(real_cases(args))
    cases = [with_factors(c, raw) for c in raw]
    print(table(cases), "", angle_table(cases), sep="\n")
    if args.write:
        by = {name: joint_factors(raw, name) for name in dict.fromkeys(c.detector for c in raw)}
        by["other"] = np.exp(np.mean([np.log(f) for f in by.values()], axis=0))
        write_factors({name: dict(zip(KINDS, f, strict=True)) for name, f in by.items()},
                      dict(zip(ANGLE_KINDS, angle_factors(raw), strict=True)))  # fmt: skip
    if args.plot:
        from uncertainty_plot import draw_reliability

        draw_reliability([(c.detector, c.error, c.sigma) for c in cases], args.plot)


if __name__ == "__main__":
    main()
