"""Reads motions of every format into one corpus: one version of each trial, at one rate, with level heads and
weights."""

from __future__ import annotations

import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicSpline

from .body import V, axes, canonical, family, landmarks, nod, unit_again
from .corpus import MIN_STRIDE, RATE_HZ, Corpus
from .forward_kinematics import FloatArray, Motion
from .readers.amass import read_amass
from .readers.asf import read_amc
from .readers.bvh import read_bvh, vertical_axis, with_thorax
from .readers.deepmimic import read_deepmimic
from .trials import CMU_NAME, HELD_OUT, most_exact, repeats, subject
from .weighting import weights

HEAD_PITCH_DEG = (-10.0, 3.0)
# Folders whose files state a wrong rate, frames/s: CMU's salsa (subjects 60 and 61) was captured at 60 and is written
# as 120
TRUE_RATE_HZ = {"salsa": 60.0}


def pack(motions: list[Motion]) -> Corpus:
    """Motions (named `folder/stem`) as a corpus; of each CMU trial only the most exact version, and nothing twice."""
    motions = [motions[i] for i in most_exact([m.name for m in motions], [family(m) for m in motions])]
    pairs = [resampled(*canonical(m), m.fps) for m in motions]
    again = repeats([v for v, _ in pairs])
    motions = [m for i, m in enumerate(motions) if i not in again]
    vectors = [v.astype(np.float32) for i, (v, _) in enumerate(pairs) if i not in again]
    middles = [m.astype(np.float32) for i, (_, m) in enumerate(pairs) if i not in again]
    names = [m.name for m in motions]
    _level_heads(vectors, names)
    first = np.concatenate([[0], np.cumsum([len(v) for v in vectors])]).astype(np.int64)
    flat, middle = np.concatenate(vectors), np.concatenate(middles)
    stride = np.array([max(MIN_STRIDE, int(RATE_HZ / m.fps + 0.01)) for m in motions])
    return Corpus(flat, middle, weights(flat, middle, first, names, RATE_HZ), first, tuple(names), stride)


def _level_heads(vectors: list[FloatArray], names: list[str]) -> None:
    """Corrects each subject's head, whose zero is a matter of calibration (CMU's subjects look up by 19 to down by 40
    degrees on average).

    The mean pitch over upright moments is brought within HEAD_PITCH_DEG, by one angle for all motions of a subject. In
    place.
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


def read_folder(folder: Path) -> list[Motion]:
    """Every motion below a folder, .tar.xz archives too: BVH, AMC (with the subject's ASF beside it), DeepMimic text
    (with a humanoid3d.txt anywhere below), AMASS npz."""
    with tempfile.TemporaryDirectory() as temporary:
        for archive in sorted(folder.glob("*.tar.xz")):
            with tarfile.open(archive) as tar:
                tar.extractall(temporary, filter="data")
        return [m for root in (folder, Path(temporary)) for m in _read_tree(root)]


def _read_tree(root: Path) -> list[Motion]:
    motions = []
    for path in sorted(root.rglob("*.bvh")):
        motions.append(_named(_bvh(path), path))
    for path in sorted(root.rglob("*.amc")):
        motions.append(_named(read_amc(path, path.with_name(f"{path.stem.partition('_')[0]}.asf")), path))
    for skeleton in sorted(root.rglob("humanoid3d.txt")):
        for path in sorted(root.rglob("*_*.txt")):
            if CMU_NAME.match(path.stem):
                motions.append(_named(read_deepmimic(path, skeleton), path))
    for path in sorted(root.rglob("*.npz")):
        motions.append(_named(read_amass(path), path))
    return motions


def _named(motion: Motion, path: Path) -> Motion:
    return replace(motion, name=f"{path.parent.name}/{path.stem}", fps=TRUE_RATE_HZ.get(path.parent.name, motion.fps))


def _bvh(path: Path) -> Motion:
    """A BVH file of unknown vertical axis: the one along which the legs hang at rest."""
    motion = read_bvh(path)
    marks = landmarks(motion)
    if vertical_axis(motion, (marks.hips[0], marks.ankles[0])) == "z":
        motion = read_bvh(path, up="z")
    if "rButtock" in motion.joints:
        return motion.frames(1)  # cgspeed's Daz conversions begin with a T pose
    return with_thorax(motion)


__all__ = ["HELD_OUT", "RATE_HZ", "Corpus", "pack", "read_folder", "subject"]
