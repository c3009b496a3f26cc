"""Accuracy of `kasf-demo views` with virtual static cameras of the demo clips' captured motions.

Keypoints get errors as detectors make them: white noise of 0.8 % of the body's height in the image, errors of 1.5 %
that last 0.3 s, 1 % of the frames with left and right swapped. Focal lengths are of 58 to 72 degrees while 65 is
assumed, the vertical is 3 degrees off, rates are 30, 50 and 60 frames/s, clocks up to 0.5 s off. Poses are lifted by
the shipped network. Prints a row for each pair and the table of docs/views.md.

    python benchmarks/accuracy/views.py [--seeds 4] [--pairs 0,1 1,2]
"""

from __future__ import annotations

import argparse
import statistics
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.engine import Engine
from kasf_demo.errors import InputError
from kasf_demo.lift.lifter import Lifter
from kasf_demo.multiview.bodies import measure_body
from kasf_demo.multiview.cameras import Cameras, depths, intrinsics_of, project
from kasf_demo.multiview.check import check_session
from kasf_demo.multiview.rotations import angle_deg, from_vector
from kasf_demo.multiview.seen import JOINTS, SeenPerson, SeenView, sampled
from kasf_demo.multiview.solve import solve
from kasf_demo.options import Options
from kasf_demo.progress import Quiet
from kasf_demo.reconstruct.person import place
from kasf_demo.types.camera import Camera, CameraMotion
from kasf_demo.types.people import Keypoints2D, Track
from kasportsformer.skeleton import COCO, COCO_MIRROR, H36M_NAMES

DEMOS = Path(__file__).parents[2] / "demo_videos"
WHITE, LASTING, LASTS_S, SWAPPED = 0.008, 0.015, 0.3, 0.01
ASSUMED_FOV_DEG, UP_DEG = 65.0, 3.0
_LONG = {"r": "right", "l": "left"}
LIMBS = [COCO[f"{_LONG[name[0]]}_{name[2:]}"] for name in (H36M_NAMES[j] for j in JOINTS)]


@dataclass(frozen=True)
class Filmed:
    """A motion in three virtual cameras; truth: times_s (T,) and limb joints (T, 12, 3) m."""

    name: str
    views: list[SeenView]
    true: Cameras
    offsets_s: Any
    height_m: float
    truth: tuple[Any, Any]


def film(path: Path, rng: np.random.Generator, lifter: Lifter, limb_ratio: float) -> Filmed | None:
    """None if a camera misses the person for most of the time."""
    with np.load(path) as file:
        joints, times_s = file["coco_world_m"].astype(float), file["times_s"].astype(float)
        height_m = float(file["stature_m"].ravel()[0])
    times_s -= times_s[0]
    hips = joints[:, 11:13].mean(1)
    middle = np.nanmedian(hips, axis=0)
    reach_m = np.nanmax(np.linalg.norm(hips - middle, axis=1))
    first, made = rng.uniform(0, 2 * np.pi), []
    for c in range(3):
        turn = 0.0 if c == 0 else np.radians(rng.uniform(20, 160)) * rng.choice([-1, 1])
        made.append(
            _view(path.stem, joints, times_s, middle, reach_m, first + turn, c, height_m, rng, lifter, limb_ratio)
        )
        if made[-1] is None:
            return None
    views, intrinsics, rotations, translations, offsets = zip(*made, strict=True)
    true = Cameras(np.stack(intrinsics), np.stack(rotations), np.stack(translations))
    return Filmed(path.stem, list(views), true, np.array(offsets), height_m, (times_s, joints[:, LIMBS]))


def _view(
    name: str, joints: Any, times_s: Any, middle: Any, reach_m: float, azimuth: float, number: int, height_m: float,
    rng: np.random.Generator, lifter: Lifter, limb_ratio: float,
) -> Any:  # fmt: skip
    distance = rng.uniform(4, 7) + 0.8 * reach_m
    place_m = middle + distance * np.array([np.cos(azimuth), np.sin(azimuth), 0])
    place_m[2] = rng.uniform(0.8, 2.0)
    z = middle + rng.normal(0, 0.25, 3) - place_m
    z /= np.linalg.norm(z)
    x = np.cross(z, [0, 0, 1.0])
    x /= np.linalg.norm(x)
    rotation = from_vector(np.array([0, 0, np.radians(rng.normal(0, 2))])) @ np.stack([x, np.cross(z, x), z])
    translation = -rotation @ place_m
    width, height = (1920, 1080) if rng.random() < 0.7 else (1080, 1920)
    k = intrinsics_of(960 / np.tan(np.radians(rng.uniform(58, 72)) / 2), width / 2, height / 2)
    rate, offset = float(rng.choice([30, 50, 60])), 0.0 if number == 0 else rng.uniform(-0.5, 0.5)
    scene_s = np.arange(0, times_s[-1], 1 / rate)
    camera = Cameras(k[None], rotation[None], translation[None])
    points = sampled(joints, times_s, scene_s)
    body_px = k[0, 0] * height_m / np.median(depths(camera, points))
    xy = _as_detected(project(camera, points)[0], body_px, rate, rng)
    seen = ((xy > -50) & (xy < [width + 50, height + 50])).all(-1).mean(1) > 0.7
    if seen.sum() < 30:
        return None
    at = seen[:, None, None]
    score = np.where(seen[:, None], np.clip(0.9 + 0.08 * rng.normal(size=xy.shape[:2]), 0.3, 1), 0.0)
    kept = np.where(at, xy, np.nan)
    keypoints = Keypoints2D(kept, score, seen, np.zeros(len(seen), bool), "coco")
    box = np.where(seen[:, None], np.concatenate([xy.min(1), xy.max(1)], axis=1), np.nan)
    assumed = Camera(960 / np.tan(np.radians(ASSUMED_FOV_DEG / 2)), width / 2, height / 2)
    still = CameraMotion.none(len(seen), "still")
    lifted = place(Track(1, keypoints, box), Options(), lifter, limb_ratio, assumed, still, rate)
    person = SeenPerson(1, np.where(at, lifted.h36m.xy, np.nan), score[:, :1] * np.ones(17) * seen[:, None],
                        np.where(at, lifted.xyz, np.nan))  # fmt: skip
    up = from_vector(np.radians(UP_DEG) * rng.normal(size=3)) @ rotation[:, 2]
    own = intrinsics_of(assumed.focal_px, width / 2, height / 2)
    view = SeenView(f"{name} {number}", own, 0.1, up, np.radians(4), scene_s + offset, (person,))
    return view, k, rotation, translation, offset


def _as_detected(xy: Any, body_px: float, rate_hz: float, rng: np.random.Generator) -> Any:
    stays = np.exp(-1 / rate_hz / LASTS_S)
    slow = rng.normal(size=xy.shape)
    for n in range(1, len(slow)):
        slow[n] = stays * slow[n - 1] + np.sqrt(1 - stays**2) * slow[n]
    out = xy + body_px * (WHITE * rng.normal(size=xy.shape) + LASTING * slow)
    swapped = rng.random(len(out)) < SWAPPED
    out[swapped] = out[swapped][:, list(COCO_MIRROR)]
    return out


def procrustes_mm(found: Any, true: Any) -> float:
    """Mean distance of (T, J, 3) after one similarity for each frame."""
    errors = []
    for a, b in zip(found, true, strict=True):
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            continue
        x, y = a - a.mean(0), b - b.mean(0)
        u, s, vt = np.linalg.svd(y.T @ x)
        sign = np.array([1, 1, np.sign(np.linalg.det(u @ vt))])
        errors.append(np.linalg.norm(x @ (u * sign @ vt).T * (s * sign).sum() / (x**2).sum() - y, axis=1).mean())
    return float(1000 * np.mean(errors))


def measure(film: Filmed, which: tuple[int, int]) -> tuple[dict[str, float], str]:
    """Errors of one pair of views, and why it was refused (empty if it was not)."""
    views = [film.views[c] for c in which]
    true = film.true.only(list(which)).seen_from(0)
    session = solve(views, film.height_m)
    views = list(session.views)
    found, refused = session.calibration, ""
    try:
        check_session(views, session, offset_given=False)
    except InputError as error:
        refused = error.what
    if found is None:
        return {}, refused
    match = tuple(v.people[0] for v in views)
    at_s, offsets = views[0].times_s, film.offsets_s[list(which)] - film.offsets_s[which[0]]
    truth = sampled(film.truth[1], film.truth[0], at_s - film.offsets_s[which[0]])
    own = measure_body(views, match, found.cameras, found.offsets_s, found.lengths_m[0], found.lean, at_s)
    exact = [replace(v, intrinsics=k, log_focal=0.0) for v, k in zip(views, true.intrinsics, strict=True)]
    best = measure_body(exact, match, true, offsets, found.lengths_m[0], found.lean, at_s)
    ways = [t[1] / np.linalg.norm(t[1]) for t in (found.cameras.translations, true.translations)]
    return {
        "rotation": float(angle_deg(found.cameras.rotations, true.rotations).max()),
        "translation": float(np.degrees(np.arccos(np.clip(ways[0] @ ways[1], -1, 1)))),
        "baseline": abs(
            float(np.linalg.norm(found.cameras.translations[1]) / np.linalg.norm(true.translations[1])) - 1
        ),
        "offset_ms": float(1000 * np.abs(found.offsets_s - offsets).max()),
        "one": procrustes_mm(match[0].xyz[:, JOINTS], truth),
        "two": procrustes_mm(own.xyz[:, JOINTS], truth),
        "exact": procrustes_mm(best.xyz[:, JOINTS], truth),
    }, refused


def main() -> None:
    """Films, measures, prints."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seeds", type=int, default=4)
    arguments.add_argument("--pairs", nargs="+", default=["0,1", "1,2"])
    given = arguments.parse_args()
    pairs = [tuple(map(int, p.split(","))) for p in given.pairs]
    rows, refusals = [], []
    with Engine(Options(offline=True), Quiet()) as engine:
        for seed in range(given.seeds):
            for number, path in enumerate(sorted(DEMOS.glob("*.gt.npz"))):
                if path.name.startswith("crossing"):
                    continue
                rng = np.random.default_rng(100 * seed + number)
                filmed = film(path, rng, engine.lifter, engine.lifter_weights.limb_ratio)
                for pair in pairs if filmed is not None else []:
                    row, refused = measure(filmed, pair)
                    print(path.stem, seed, pair, {k: round(v, 2) for k, v in row.items()}, refused, flush=True)
                    (refusals.append(refused) if refused else rows.append(row))
    print(f"{len(rows)} accepted, {len(refusals)} refused")
    for name in rows[0] if rows else ():
        values = [row[name] for row in rows]
        print(f"{name}: median {statistics.median(values):.2f}, largest {max(values):.2f}")


if __name__ == "__main__":
    main()
