"""The corpus: every motion as canonical vectors at one rate in two flat arrays, with a weight for every frame.

Weights go by novelty, not by frame count: of 30 minutes of motion capture most is standing and walking, and sport is the rest.
"""

from __future__ import annotations

import os
import re
import tarfile
import tempfile
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicSpline

from .body import V, axes, canonical, keypoints, nod, unit_again
from .motion import FloatArray, IntArray, Motion
from .readers.amass import read_amass
from .readers.bvh import read_bvh
from .readers.deepmimic import read_deepmimic
from .shape import mean_shape

RATE_HZ = 120.0
HELD_OUT = ("06", "09", "11", "85")  # CMU subjects that no training run may ever see: basketball, run, soccer, acrobatics
# motions of the demo clips (demo_videos/make/clips.py) whose subjects are trained on otherwise
DEMO_MOTIONS = ("05/05_11", "13/13_42", "martial_arts/07")
CMU_NAME = re.compile(r"^(\d{2,3})_\d{2,3}$")
STRIDE = 6  # frames between poses looked at for novelty
CLUSTERS = 240
HEAD_PITCH_DEG = (-10.0, 3.0)


@dataclass(frozen=True)
class Corpus:
    """N frames of M motions at RATE_HZ. vectors (N, V, 3), middle (N, 3) m, weight (N,); motion i is rows first[i]:first[i + 1]."""

    vectors: FloatArray
    middle: FloatArray
    weight: FloatArray
    first: IntArray
    names: tuple[str, ...]

    def select(self, wanted: list[int]) -> Corpus:
        """Only these motions."""
        rows = np.concatenate([np.arange(self.first[i], self.first[i + 1]) for i in wanted])
        lengths = np.diff(self.first)[wanted]
        first = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return Corpus(self.vectors[rows], self.middle[rows], self.weight[rows], first, tuple(self.names[i] for i in wanted))

    def split(self, *, held_out: bool) -> Corpus:
        """The motions of the held-out subjects, or all others but the demo clips'. Training only ever sees the latter."""
        kept_out = [subject(name) in HELD_OUT for name in self.names]
        demo = [name in DEMO_MOTIONS for name in self.names]
        wanted = kept_out if held_out else [not (a or b) for a, b in zip(kept_out, demo, strict=True)]
        return self.select([i for i, yes in enumerate(wanted) if yes])

    def save(self, path: Path) -> None:
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        with temporary.open("wb") as file:
            np.savez(file, vectors=self.vectors, middle=self.middle, weight=self.weight, first=self.first, names=np.array(self.names))
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path) -> Corpus:
        with np.load(path, allow_pickle=False) as f:
            return cls(f["vectors"], f["middle"], f["weight"], f["first"], tuple(str(n) for n in f["names"]))


def subject(name: str) -> str:
    """The CMU subject of a motion called `folder/SS_TT`; the folder for other names (`salsa/06` is not subject 06)."""
    folder, _, stem = name.rpartition("/")
    found = CMU_NAME.match(stem)
    return found.group(1) if found else folder


def pack(motions: list[Motion]) -> Corpus:
    """Motions (named `folder/stem`) as a corpus; of two with the same CMU name the first counts."""
    seen: set[str] = set()
    vectors, middles, names = [], [], []
    for motion in motions:
        stem = motion.name.rpartition("/")[2]
        if CMU_NAME.match(stem):
            if stem in seen:
                continue
            seen.add(stem)
        v, m = resampled(*canonical(motion), motion.fps)
        vectors.append(v.astype(np.float32))
        middles.append(m.astype(np.float32))
        names.append(motion.name)
    _level_heads(vectors, names)
    first = np.concatenate([[0], np.cumsum([len(v) for v in vectors])]).astype(np.int64)
    flat, middle = np.concatenate(vectors), np.concatenate(middles)
    return Corpus(flat, middle, novelty(flat, middle, first), first, tuple(names))


def _level_heads(vectors: list[FloatArray], names: list[str]) -> None:
    """Corrects each subject's head, whose zero is a matter of calibration (CMU's subjects look up by 19 to down by 40 degrees on average).

    The mean pitch over upright moments is brought within HEAD_PITCH_DEG, by one angle for all motions of a subject. In place.
    """
    for who in {subject(name) for name in names}:
        mine = [i for i, name in enumerate(names) if subject(name) == who]
        upright = [v[v[:, V["trunk"], 2] > 0.9] for v in (vectors[i] for i in mine)]
        ahead = -np.concatenate([axes(v, "head")[..., 1] for v in upright])
        if len(ahead):
            pitch = float(np.arcsin(np.clip(ahead[:, 2], -1, 1)).mean())
            up = float(np.clip(pitch, *np.radians(HEAD_PITCH_DEG))) - pitch
            for i in mine:
                vectors[i] = nod(vectors[i], up)


def resampled(vectors: FloatArray, middle: FloatArray, fps: float) -> tuple[FloatArray, FloatArray]:
    """Both at RATE_HZ, by cubic splines."""
    if abs(fps - RATE_HZ) < 0.5 or len(middle) < 4:
        return vectors, middle
    old = np.arange(len(middle)) / fps
    new = np.arange(0, old[-1] + 1e-9, 1 / RATE_HZ)
    return unit_again(CubicSpline(old, vectors)(new)), CubicSpline(old, middle)(new)


def novelty(vectors: FloatArray, middle: FloatArray, first: IntArray) -> FloatArray:
    """(N,) sampling weights, mean 1: one over the root of how often such a pose occurs, times a factor for moving at all.

    The root, not the count itself: natural poses must stay the bulk (with rare ones forced, a small network got worse at everything).
    """
    pose = _upright_pose(vectors)
    speed = np.zeros(len(pose))
    for a, b in pairwise(first):
        change = np.linalg.norm(np.diff(pose[a:b], axis=0), axis=-1).mean(-1) + np.linalg.norm(np.diff(middle[a:b], axis=0), axis=-1)
        speed[a:b] = np.append(change, change[-1:]) * RATE_HZ if b - a > 1 else 0.0
    samples = pose[::STRIDE].reshape(-1, pose.shape[1] * 3)
    label = _clusters(samples, min(CLUSTERS, len(samples)))
    count = np.bincount(label)[label]
    rare = np.repeat(1 / np.sqrt(count), STRIDE)[: len(pose)]
    weight = rare * (0.3 + np.minimum(speed / 1.5, 1.0))
    weight = np.minimum(weight, 8 * np.median(weight))
    return np.asarray(weight / weight.mean(), dtype=np.float32)


def _upright_pose(vectors: FloatArray) -> FloatArray:
    """(N, 12, 3) limb joints from the middle of the hips, turned about the vertical so that the pelvis's left points along x."""
    p = keypoints(vectors[None], np.zeros((1, len(vectors), 3), np.float32), mean_shape(1))[0, :, 5:]
    left = axes(vectors, "pelvis")[..., 0]
    length = np.maximum(np.hypot(left[:, 0], left[:, 1]), 1e-6)
    c, s = left[:, 0] / length, left[:, 1] / length
    zero = np.zeros_like(c)
    turn = np.stack([np.stack([c, s, zero], -1), np.stack([-s, c, zero], -1), np.stack([zero, zero, zero + 1], -1)], -2)
    upright: FloatArray = np.einsum("nij,nkj->nki", turn, p)
    return upright


def _clusters(samples: FloatArray, k: int, rounds: int = 8) -> IntArray:
    """k-means labels; centres start at random samples (fixed seed)."""
    centres = samples[np.random.default_rng(0).choice(len(samples), k, replace=False)]
    label = np.zeros(len(samples), dtype=np.int64)
    for _ in range(rounds):
        distance = (centres**2).sum(-1) - 2 * samples @ centres.T
        label = distance.argmin(-1)
        total = np.zeros_like(centres)
        np.add.at(total, label, samples)
        count = np.bincount(label, minlength=k)
        centres = np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], centres)
    return label


def read_folder(folder: Path) -> list[Motion]:
    """Every motion below a folder: BVH, DeepMimic text (with a humanoid3d.txt anywhere below), AMASS npz; .tar.xz are looked into."""
    with tempfile.TemporaryDirectory() as temporary:
        for archive in sorted(folder.glob("*.tar.xz")):
            with tarfile.open(archive) as tar:
                tar.extractall(temporary, filter="data")
        return [m for root in (folder, Path(temporary)) for m in _read_tree(root)]


def _read_tree(root: Path) -> list[Motion]:
    motions = []
    for path in sorted(root.rglob("*.bvh")):
        motions.append(_named(_bvh(path), path))
    for skeleton in sorted(root.rglob("humanoid3d.txt")):
        for path in sorted(root.rglob("*_*.txt")):
            if CMU_NAME.match(path.stem):
                motions.append(_named(read_deepmimic(path, skeleton), path))
    for path in sorted(root.rglob("*.npz")):
        motions.append(_named(read_amass(path), path))
    return motions


def _named(motion: Motion, path: Path) -> Motion:
    return replace(motion, name=f"{path.parent.name}/{path.stem}")


def _bvh(path: Path) -> Motion:
    """A BVH file of unknown vertical axis: the one along which the legs hang at rest."""
    motion = read_bvh(path)
    thigh = [o for name, o in zip(motion.joints, motion.offsets, strict=True) if name.lower().endswith(("shin", "leg", "knee"))]
    if thigh and abs(thigh[0][1]) > abs(thigh[0][2]):
        motion = read_bvh(path, up="z")
    return motion.frames(1) if "rButtock" in motion.joints else motion  # cgspeed's Daz conversions begin with a T pose


__all__ = ["HELD_OUT", "RATE_HZ", "Corpus", "pack", "read_folder", "subject"]
