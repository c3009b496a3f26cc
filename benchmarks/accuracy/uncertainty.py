"""Calibrates the stated uncertainty, and tests it: python benchmarks/accuracy/uncertainty.py draw|fit|plot FOLDER.

`draw --corpus corpus.npz` makes sequences of known error in FOLDER (uncertainty_data.py): of training subjects, for the
weights, and of held-out subjects, for the factors that make 68 and 95 % true. `fit` writes
app/kasf_demo/reconstruct/uncertainty.toml. docs/training.md says how the corpus is made, docs/accuracy.md what came
out.
"""

from __future__ import annotations

import argparse
import pickle
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import lsq_linear
from uncertainty_data import Filmed, Solved, film, solve, still

from kasf_demo import Engine, Options, kinematics
from kasf_demo.options import from_mapping
from kasf_demo.progress import Quiet
from kasf_demo.reconstruct.clues import CLUES, KIND, KINDS
from kasf_demo.reconstruct.foot_clues import FOOT_ANGLE_CLUES, FOOT_ANGLE_KINDS, FOOT_CLUES, FOOT_KINDS
from kasf_demo.reconstruct.uncertainty import (
    ANGLE_CLUES,
    ANGLE_KINDS,
    POINT_KINDS,
    SPEED_CLUES,
    TABLE,
    Calibration,
    LogLinear,
    angle_clues,
    angle_kind,
    point_kind,
    speed_clues,
)
from kasf_demo.types.motion import ANGLES
from kasf_demo.types.people import Pose3D
from kasf_demo.weights import resolve
from kasportsformer.training.corpus import Corpus

RIDGE = 30.0  # of standardised clues, against tens of thousands of rows that are alike
LEAST = {
    "joints": 0.003,
    "angles": 0.3,
    "speeds": 0.03,
    "feet": 0.003,
    "foot_angles": 0.3,
}  # m, degrees, m/s: smaller errors are luck
SHARES = (0.68, 0.95)
# more of these never means less uncertainty
RISING = (
    "mirror", "windows", "residual", "moved", "body_mirror", "body_windows", "body_residual", "body_moved", "unsure",
    "doubtful", "filled", "joints", "joint", "ankle", "leg", "ends", "short",
)  # fmt: skip


def draw(corpus_file: Path, folder: Path, counts: dict[str, int], seed: int) -> None:
    """Sequences with their clues and errors, by part: fit (training subjects) and held_out."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = Corpus.load(corpus_file)
    options = Options(detector="mediapipe", offline=True)
    with Engine(options, Quiet()) as engine:
        for part, count in counts.items():
            corpus = whole.split(held_out=part == "held_out")
            rows = []
            for i in range(count):
                f = film(corpus, np.random.default_rng([seed, part == "held_out", i]))
                o = from_mapping({"height_m": f.height_m}, options)
                motion, ratio = still(len(f.times_s)), engine.lifter_weights.limb_ratio
                fps = 1 / float(f.times_s[1] - f.times_s[0])
                s = solve(f.track, engine.lifter, o, f.camera, motion, ratio, f.orientation, f.times_s, fps)
                rows.append(row(s, f))
                print(part, i, f"{1000 * rows[-1]['error'].mean():.0f} mm", file=sys.stderr, flush=True)
            with open(folder / f"{part}.pkl", "wb") as file:
                pickle.dump(rows, file)


def row(s: Solved, f: Filmed) -> dict[str, Any]:
    """What is kept of a sequence: clues (T, 17, C), errors of joints (T, 17) m, of angles and speeds."""
    error = np.linalg.norm((s.xyz - s.xyz[:, :1]) - (f.truth - f.truth[:, :1]), axis=-1)
    true = true_angles(f.truth, f)
    return {
        "clues": s.clues.values, "side": s.clues.side, "error": error, "angles": s.angles,
        "angle_error": np.abs((s.angles.deg - true.deg + 180) % 360 - 180),
        "speed_error": np.abs(s.angles.m_per_s - true.m_per_s),
    }  # fmt: skip


def true_angles(truth: Any, f: Filmed) -> Any:
    """Angles and speeds of (T, 17, 3) joints in camera axes."""
    t = len(truth)
    ones = np.ones((t, 17))
    pose = Pose3D(truth @ f.orientation.to_world.T, ones, np.ones(t, bool), np.zeros(t, bool), f.times_s, "world")
    return kinematics.measure_angles(pose)


def fitted(clues: Any, error: Any, kind: Any, kinds: Any, least: float, names: tuple[str, ...]) -> LogLinear:
    """Least squares of the log error by kind, with ridge on standardised clues, those of RISING with weights that are
    not negative. clues (N, J, C) called `names`, error (N, J)."""
    rising = np.array([name in RISING for name in names])
    low, high = np.percentile(clues.reshape(-1, clues.shape[-1]), [0.5, 99.5], axis=0)
    clipped = np.clip(clues, low, high)
    weights = np.zeros((len(kinds), clues.shape[-1]))
    for k in range(len(kinds)):
        x, y = clipped[:, kind == k].reshape(-1, clues.shape[-1]), error[:, kind == k].ravel()
        known = np.isfinite(y)
        if not known.any():  # the pelvis, which all is relative to
            continue
        x, y = x[known][:, 1:], np.log(np.maximum(y[known], least))
        mean, spread = x.mean(0), x.std(0) + 1e-3
        z = (x - mean) / spread
        normal = np.linalg.cholesky(z.T @ z + RIDGE * np.eye(z.shape[1])).T
        wanted = np.linalg.solve(normal.T, z.T @ (y - y.mean()))
        slopes = lsq_linear(normal, wanted, (np.where(rising[1:], 0.0, -np.inf), np.inf)).x / spread
        weights[k] = np.concatenate([[y.mean() - mean @ slopes], slopes])
    return LogLinear(weights, low, high, 1.0)


def conformal(model: LogLinear, clues: Any, error: Any, kind: Any) -> LogLinear:
    """The model with its constants so that 68 % of the errors of each kind are within sigma, and the factor for 95 % of
    all."""
    ratio = error / model(clues, kind)
    weights = model.weights.copy()
    for k in range(len(weights)):
        if not np.isfinite(ratio[:, kind == k]).any():
            continue
        factor = np.nanquantile(ratio[:, kind == k], SHARES[0])
        weights[k, 0] += np.log(factor)
        ratio[:, kind == k] /= factor
    return LogLinear(weights, model.low, model.high, float(np.nanquantile(ratio, SHARES[1])))


def load(path: Path) -> dict[str, Any]:
    """A part drawn, with the frames of all sequences in a row."""
    with open(path, "rb") as file:
        rows = pickle.load(file)
    out = {name: np.concatenate([r[name] for r in rows]) for name in rows[0] if name != "angles"}
    return out | {"rows": rows}


def angle_rows(data: dict[str, Any], joints: LogLinear) -> tuple[Any, Any]:
    """Clues of angles (N, A, C) and of speeds (N, 5, C)."""
    angles, speeds = [], []
    for r in data["rows"]:
        sigma = joints(r["clues"], KIND)
        sigma[:, 0] = 0
        angles.append(angle_clues(sigma, r["angles"], r["side"]))
        speeds.append(speed_clues(sigma, r["angles"]))
    return np.concatenate(angles), np.concatenate(speeds)


def fit(folder: Path) -> dict[str, Any]:
    """The three models, fitted on training subjects and scaled on held-out ones, and their coverage there."""
    train, held = load(folder / "fit.pkl"), load(folder / "held_out.pkl")
    for data in (train, held):
        data["error"][:, 0] = np.nan
    joints = fitted(train["clues"], train["error"], KIND, KINDS, LEAST["joints"], CLUES)
    joints = conformal(joints, held["clues"], held["error"], KIND)
    made = {"joints": joints}
    (a, s), (held_a, held_s) = angle_rows(train, joints), angle_rows(held, joints)
    parts = (
        ("angles", a, held_a, angle_kind, ANGLE_KINDS, ANGLE_CLUES),
        ("speeds", s, held_s, point_kind, POINT_KINDS, SPEED_CLUES),
    )
    for name, x, held_x, kind, kinds, names in parts:
        y, held_y = (d[f"{name[:-1]}_error"] for d in (train, held))
        made[name] = conformal(fitted(x, y, kind, kinds, LEAST[name], names), held_x, held_y, kind)
    return made


Factors = dict[str, float]


def write(made: dict[str, LogLinear], detectors: dict[str, Factors], angles: Factors, lifter: tuple[str, str]) -> None:
    """The table; detectors: factors by kind of joint; angles: by kind of angle."""
    names = {
        "joints": (KINDS, CLUES), "angles": (ANGLE_KINDS, ANGLE_CLUES), "speeds": (POINT_KINDS, SPEED_CLUES),
        "feet": (FOOT_KINDS, FOOT_CLUES), "foot_angles": (FOOT_ANGLE_KINDS, FOOT_ANGLE_CLUES),
    }  # fmt: skip
    if TABLE.exists():  # models that are not made here stay as they are
        own = Calibration.read()
        made = {part: made.get(part, getattr(own, part)) for part in names}
    lines = [
        "# Made by benchmarks/accuracy/uncertainty.py fit. sigma = exp(clues . weights), clues clipped to low..high."
    ]
    lines += ["# Sequences, clips and figures: docs/decisions.md, Uncertainty"]
    lines += [f'lifter = "{lifter[0]}"', f'lifter_sha256 = "{lifter[1]}"', ""]
    for detector, by_kind in detectors.items():
        lines += [f"[detectors.{detector}]", *(f"{kind} = {value:.2f}" for kind, value in by_kind.items()), ""]
    lines += ["[angle_factors]", *(f"{kind} = {value:.2f}" for kind, value in angles.items())]
    for part, model in made.items():
        kinds, clues = names[part]
        lines += ["", f"[{part}]", f"clues = {list(clues)}".replace("'", '"'), f"within_95 = {model.within_95:.3f}"]
        lines += [f"{name} = {_numbers(getattr(model, name))}" for name in ("low", "high")]
        lines += ["", f"[{part}.weights]"]
        lines += [f"{kind} = {_numbers(w)}" for kind, w in zip(kinds, model.weights, strict=True)]
    TABLE.write_text("\n".join(lines) + "\n")


def _numbers(values: Any) -> str:
    return "[" + ", ".join(f"{v:.4f}" for v in values) + "]"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("action", choices=("draw", "fit"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--corpus", type=Path, default=Path("corpus.npz"))
    parser.add_argument("--counts", type=int, nargs=2, default=(160, 120), help="sequences to fit on, and held out")
    parser.add_argument("--seed", type=int, default=16)
    args = parser.parse_args()
    if args.action == "draw":
        draw(args.corpus, args.folder, dict(zip(("fit", "held_out"), args.counts, strict=True)), args.seed)
        return
    made = fit(args.folder)
    for name, model in made.items():
        print(name, "within 95 %:", round(model.within_95, 2), "sigma")
    weights = resolve(Options().weights, kind="lifter", offline=True)
    write(made, *factors(), (weights.name, weights.sha256))


def factors() -> tuple[dict[str, Factors], Factors]:
    """Of the table as it is, by detector and by angle; 1 if there is none."""
    if not TABLE.exists():
        return {"other": dict.fromkeys(KINDS, 1.0)}, dict.fromkeys(ANGLE_KINDS, 1.0)
    with open(TABLE, "rb") as file:
        table = tomllib.load(file)
    return table["detectors"], table["angle_factors"]


def write_factors(detectors: dict[str, Factors], angles: Factors) -> None:
    """Into the table, whose models stay."""
    write({}, detectors, angles, Calibration.read().lifter)


def write_models(made: dict[str, LogLinear]) -> None:
    """Into the table, whose other parts stay."""
    write(made, *factors(), Calibration.read().lifter)


if __name__ == "__main__":
    assert len(ANGLES) == len(angle_kind)
    main()
