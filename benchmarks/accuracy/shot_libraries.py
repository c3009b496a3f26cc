"""The shipped libraries of shots, from captured motions: kicks and throws found in a packed corpus of training.

    python benchmarks/accuracy/shot_libraries.py --corpus corpus.npz [--out app/kasf_demo/strikes]

prints what was found by source, the styles, and how well they tell CMU's subjects 10 and 11 apart; with --out writes
`kicks.npz` and `throws.npz` there. The motions of the demo clips are left out, so that these can be tried on them.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from kasf_demo.assess.values import NotShownError, Recording
from kasf_demo.kinematics import measure_angles
from kasf_demo.kinematics.strike import MIN_M_PER_S, Kind, find_strike
from kasf_demo.strikes.cluster import adjusted_rand, k_means, squared_distances
from kasf_demo.strikes.features import shot_features
from kasf_demo.strikes.library import LibraryShot, ShotLibrary, build_library, style_row
from kasf_demo.strikes.library_file import save_library
from kasf_demo.strikes.measured import entry_of
from kasf_demo.strikes.posture import AthleteShot, make_shot
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.motion import Events, Motion
from kasf_demo.types.people import Pose3D
from kasportsformer.skeleton import H36M, coco_to_h36m
from kasportsformer.training.body import keypoints
from kasportsformer.training.body_shape import mean_shape
from kasportsformer.training.corpus import RATE_HZ, Corpus

STEP = 2  # of the corpus' frames: 60 frames/s
AROUND_S = 0.9  # of a motion on either side of a fast moment, in which it must stand out
APART_S = 0.6
DEMO = ("11/11_01", "martial_arts/07", "06/06_15")
CMU = "http://mocap.cs.cmu.edu/search.php?subjectnumber={}"
# folder of the corpus -> what its kicks or throws are; folders that are not named are left out
KICKS = {
    "10": "football kick", "11": "football kick", "cmu_135": "martial arts kick", "martial_arts": "martial arts kick",
    "cmu_144": "kick of a boxer", "cmu_02": "kick", "snu_fight": "martial arts kick", "eyes": "karate kick",
    "mass": "kick", "cmu_14": "kick", "13": "kick", "cmu_05": "dancer's kick", "cmu_120": "kick",
}  # fmt: skip
THROWS = {
    "06": "basketball shot or pass", "snu_basket": "basketball shot or pass", "cmu_124": "baseball",
    "snu_tennis": "tennis stroke", "snu_boxing": "punch", "cmu_14": "punch", "13": "punch", "cmu_02": "punch",
    "cmu_144": "punch", "cmu_135": "martial arts punch",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="write the libraries into this folder")
    given = parser.parse_args()
    corpus = Corpus.load(given.corpus)
    for kind, sources in (("kick", KICKS), ("throw", THROWS)):
        found = list(shots_of(corpus, kind, sources))  # type: ignore[arg-type]
        shipped = [library_entry(name, shot, sources) for name, shot in found if name.split("#")[0] not in DEMO]
        library = build_library(shipped, kind, made_of=made_of(shipped))
        report(library)
        if kind == "kick":
            subjects([library_entry(name, shot, sources) for name, shot in found if name[:2] in ("10", "11")])
        if given.out:
            save_library(given.out / f"{kind}s.npz", library, overwrite=True)


def shots_of(corpus: Corpus, kind: Kind, sources: dict[str, str]) -> Iterator[tuple[str, AthleteShot]]:
    """`folder/stem#number` and shot, in the corpus' order."""
    for i, (a, b) in enumerate(pairwise(corpus.first)):
        if source_of(corpus.names[i], sources) is None:
            continue
        rows = np.arange(a, b, STEP)
        joints = joints_of(corpus.vectors[rows], corpus.middle[rows])
        for n, (_, shot) in enumerate(shots_in(joints, kind)):
            yield f"{corpus.names[i]}#{n + 1}", shot


def source_of(name: str, sources: dict[str, str]) -> str | None:
    folder = name.split("/")[0]
    return next((what for start, what in sources.items() if folder == start or folder.startswith(start + "_")), None)


def joints_of(vectors: FloatArray, middle: FloatArray) -> FloatArray:
    """(T, 17, 3) Human3.6M joints in world metres, of the average body, as a detector's points would give them."""
    points = keypoints(vectors[None].astype(float), middle[None].astype(float), mean_shape(1))[0]
    ones = np.ones(points.shape[:2])
    x, y = (coco_to_h36m(np.stack([points[..., i], -points[..., 2]], axis=-1), ones)[0] for i in (0, 1))
    return np.stack([x[..., 0], y[..., 0], -x[..., 1]], axis=-1)


def recording_of(joints: FloatArray) -> Recording:
    seen = np.ones(len(joints), bool)
    pose = Pose3D(joints, np.ones(joints.shape[:2]), seen, ~seen, np.arange(len(joints)) * STEP / RATE_HZ)
    return Recording(pose, Motion(measure_angles(pose), Events(), RATE_HZ / STEP), seen)


def shots_in(joints: FloatArray, kind: Kind) -> list[tuple[int, AthleteShot]]:
    """Every moment of a motion that stands out within `AROUND_S`: the frame of the strike and the shot."""
    rate, around, shots = RATE_HZ / STEP, int(AROUND_S * RATE_HZ / STEP), []
    last = -1.0
    for i in fast_frames(joints, kind):
        if i / rate - last < APART_S:
            continue
        first = max(i - around, 0)
        part = recording_of(joints[first : i + around + 1])
        pose = part.pose
        strike = find_strike(part.xyz, pose.times_s, pose.valid, part.motion.angles, only=kind)
        if strike is None or abs(strike.time_s + (first - i) / rate) > 0.15:
            continue
        try:
            shots.append((first + round(strike.time_s * rate), make_shot(part, strike)))
            last = strike.time_s + first / rate
        except NotShownError:
            continue  # the motion begins or ends too near
    return shots


def fast_frames(joints: FloatArray, kind: Kind) -> list[int]:
    """Frames in which a foot or hand is fastest of the 0.3 s around, and nearly as fast as a strike must be."""
    ends = [H36M[f"{side}_{'ankle' if kind == 'kick' else 'wrist'}"] for side in "rl"]
    if len(joints) < 50:
        return []
    speed = np.linalg.norm(np.gradient(joints[:, ends] - joints[:, :1], STEP / RATE_HZ, axis=0), axis=-1).max(1)
    reach = int(0.15 * RATE_HZ / STEP)
    return [
        i for i in np.flatnonzero(speed > 0.8 * MIN_M_PER_S).tolist()
        if speed[i] >= speed[max(i - reach, 0) : i + reach + 1].max()
    ]  # fmt: skip


def library_entry(name: str, shot: AthleteShot, sources: dict[str, str]) -> LibraryShot:
    folder, stem = name.split("/")
    subject = folder.removeprefix("cmu_").split("_")[0]
    link = CMU.format(int(subject)) if subject.isdigit() else ""
    title = ("CMU " if link else "") + stem.replace("#", ", no. ")
    return entry_of(shot, shot_features(shot), title, link, source_of(name, sources) or "")


def made_of(entries: list[LibraryShot]) -> str:
    return "; ".join(f"{n} x {what}" for what, n in Counter(e.what for e in entries).most_common())


def report(library: ShotLibrary) -> None:
    tried = ", ".join(f"{k}: {s:.3f}" for k, s in library.mean_silhouettes.items())
    print(f"{library}, {library.codes.shape[1]} components; silhouette by k {tried}; far {library.far:.4f}")
    for i in range(library.k):
        whats = Counter(w for w, label in zip(library.whats, library.labels, strict=True) if label == i)
        print(f"  style {i + 1}: {', '.join(f'{n} {what}' for what, n in whats.most_common())}")
    _, groups = np.unique(library.whats, return_inverse=True)
    print(f"  adjusted Rand index of styles and sources: {adjusted_rand(library.labels, groups):.3f}")


def subjects(entries: list[LibraryShot]) -> None:
    """Whether clusters tell CMU's football players 10 and 11 apart."""
    who = np.array([e.name.startswith("CMU 11") for e in entries]).astype(int)
    print(f"football kicks of subject 10: {int((who == 0).sum())}, of subject 11: {int(who.sum())}")
    rows = np.stack([style_row(e.posture) for e in entries])
    _, labels = k_means(rows, 2)
    print(f"  two clusters: adjusted Rand index of subjects {adjusted_rand(labels, who):.3f}")
    apart = np.sqrt(squared_distances(rows, rows) / (rows.shape[1] / 3))
    inside = apart[np.ix_(who == 0, who == 0)]
    print(f"  among subject 10's kicks {100 * inside[inside > 0].mean():.1f} % of body height apart,"
          f" from subject 11's {100 * apart[np.ix_(who == 0, who == 1)].mean():.1f} %")  # fmt: skip
    for e in entries:
        print("  ", e.name, e.side, {k: round(v, 2) for k, v in e.features.items() if np.isfinite(v)})


if __name__ == "__main__":
    main()
