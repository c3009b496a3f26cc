"""The examination: 1,024 fixed windows of CMU subjects that no training sees (06, 09, 11, 85), with detector noise and
without.

A set is made once and kept in a file, because any change of cameras or noise would change it; its name says its
version.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from lifting.mirror import mirror_average
from lifting.network import LiftingNetwork

from ..metrics import mpjpe, n_mpjpe, p_mpjpe
from ..skeleton import BONES, H36M_NAMES
from ..upright import shown_upright
from .augment import AugmentConfig
from .dataset import DataConfig, Pairs, Sampler
from .detector_noise import NoiseConfig
from .forward_kinematics import FloatArray
from .pack import HELD_OUT, Corpus, subject

WINDOWS_PER_SUBJECT = 256
SEED = 20260
MM = 1000.0
ARRAYS = ("noisy", "clean", "truth", "clean_truth", "metres", "clean_metres")
REFERENCE = ("06", "09", "11")  # the subjects of the bootstrap's published 68 mm


@dataclass(frozen=True)
class HeldOut:
    """The windows: noisy and clean input (N, T, 17, 3), truth (N, T, 17, 3), metres (N, T) per unit, subject and motion
    (N,)."""

    noisy: FloatArray
    clean: FloatArray
    truth: FloatArray
    clean_truth: FloatArray
    metres: FloatArray
    clean_metres: FloatArray
    subjects: tuple[str, ...]

    def pairs(self, *, noise: bool) -> Pairs:
        """With or without noise. The ground truth differs too: the crop follows the keypoints, and it is in units of
        the crop."""
        if noise:
            return Pairs(self.noisy, self.truth, self.metres)
        return Pairs(self.clean, self.clean_truth, self.clean_metres)

    def save(self, path: Path) -> str:
        """Writes the set; returns its SHA-256."""
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        with temporary.open("wb") as file:
            arrays = {n: getattr(self, n) for n in ARRAYS}
            np.savez(file, subjects=np.array(self.subjects), **arrays)
        temporary.replace(path)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    @classmethod
    def load(cls, path: Path) -> HeldOut:
        with np.load(path, allow_pickle=False) as f:
            return cls(**{n: f[n] for n in ARRAYS}, subjects=tuple(str(s) for s in f["subjects"]))


def make(corpus: Corpus, config: DataConfig, per_subject: int = WINDOWS_PER_SUBJECT) -> HeldOut:
    """The set from a corpus (all of it; the split is taken here): recordings as they are, every moment as likely as any
    other."""
    config = replace(
        config,
        augment=AugmentConfig.none(),
        by_novelty=0.0,
        slow_motion=0.0,
        noise=replace(config.noise, clean=0.0),
        camera=replace(config.camera, frontal=0.0),
    )
    held = corpus.split(held_out=True)
    noisy, clean, subjects = [], [], []
    for number in HELD_OUT:
        chosen = [i for i, name in enumerate(held.names) if subject(name) == number]
        if not chosen:
            continue
        part = held.select(chosen)
        seed = [SEED, int(number)]  # both draw the same motions, bodies and cameras
        noisy.append(Sampler(part, config)(np.random.default_rng(seed), per_subject))
        clean.append(Sampler(part, replace(config, noise=NoiseConfig.none()))(np.random.default_rng(seed), per_subject))
        subjects += [number] * per_subject
    if not subjects:
        raise ValueError(f"the corpus holds none of the held-out subjects {', '.join(HELD_OUT)}")
    arrays = (
        np.concatenate([getattr(p, n) for p in part]) for n in ("input", "truth", "metres") for part in (noisy, clean)
    )
    x, x_clean, y, y_clean, m, m_clean = arrays
    return HeldOut(x, x_clean, y, y_clean, m, m_clean, tuple(subjects))


def predict(
    model: LiftingNetwork, windows: FloatArray, *, flip: bool, device: str = "cpu", batch: int = 16, threads: int = 1
) -> FloatArray:
    """Root-relative poses (N, T, 17, 3) of a network in eval mode, averaged with the mirrored result of the mirror
    image if `flip`; of windows rotated by 180 degrees where a person is upside down, as kasf_demo.lift.lifter has
    it."""

    def lift(upright: FloatArray) -> FloatArray:
        with torch.inference_mode():  # a setting of each thread
            x = torch.from_numpy(upright).to(device)
            y = mirror_average(model, x) if flip else model(x)
            out: FloatArray = (y - y[:, :, :1]).float().cpu().numpy()
        return out

    with ThreadPoolExecutor(threads) as pool:
        parts = (windows[start : start + batch] for start in range(0, len(windows), batch))
        return np.concatenate(list(pool.map(lambda part: shown_upright(part, lift), parts)))


Score = dict[str, float]


def scores(predicted: FloatArray, pairs: Pairs, subjects: tuple[str, ...]) -> dict[str, Score]:
    """{subject: {"MPJPE", "N-MPJPE", "P-MPJPE", "depth"}} in mm, with "06+09+11" and "all". "depth" is the mean |z|
    error."""
    mm = pairs.metres[..., None, None].astype(np.float64) * MM
    p, t = predicted * mm, pairs.truth * mm
    per_window = {
        "MPJPE": mpjpe(p, t).mean(1),
        "N-MPJPE": n_mpjpe(p, t).mean(1),
        "P-MPJPE": p_mpjpe(p, t).mean(1),
        "depth": np.abs(p - t)[..., 2].mean((1, 2)),
    }
    label = np.array(subjects)
    groups = {name: label == name for name in sorted(set(subjects))}
    groups["+".join(REFERENCE)] = np.isin(label, REFERENCE)
    groups["all"] = np.ones(len(label), dtype=bool)
    return {
        group: {m: float(v[rows].mean()) for m, v in per_window.items()} for group, rows in groups.items() if rows.any()
    }


LIMBS = tuple((a, b) for a, b in BONES if H36M_NAMES[a][:2] == H36M_NAMES[b][:2] and H36M_NAMES[b][:2] in ("l_", "r_"))


def limb_ratio(predicted: FloatArray, truth: FloatArray) -> float:
    """Median over all frames of the eight limbs' summed length over its truth, (N, T, 17, 3) both.

    A network that is unsure of depth predicts a mean, and a mean of poses has shorter limbs than any of them: if one
    takes the scale from the limbs' lengths must allow for it.
    """

    def length(pose: FloatArray) -> FloatArray:
        bones = [np.linalg.norm(pose[..., a, :] - pose[..., b, :], axis=-1) for a, b in LIMBS]
        total: FloatArray = np.sum(bones, axis=0)
        return total

    return float(np.median(length(predicted) / length(truth)))


def table(results: dict[str, dict[str, Score]]) -> str:
    """Text table of {"noise" or "clean": scores}."""
    lines = [f"{'':8}{'subject':12}" + "".join(f"{m:>10}" for m in ("MPJPE", "N-MPJPE", "P-MPJPE", "depth")) + "   mm"]
    for kind, result in results.items():
        for group, score in result.items():
            lines.append(f"{kind:8}{group:12}" + "".join(f"{value:10.1f}" for value in score.values()))
    return "\n".join(lines)
