"""Whether styles survive a camera, a detector's errors and lifting: perturbed copies of three captured kicks, seen from
all sides.

    python benchmarks/accuracy/shot_styles.py --corpus corpus.npz [--copies 20] [--clean]

Each copy has other limbs, pace and heading, and every other one is left-footed. Its keypoints get the noise of training
(no image is rendered); the product's own run lifts them and chooses the strike. Printed: kicks found, sides, times, and
the adjusted Rand index of three clusters.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from shot_libraries import STEP, joints_of, shots_in

from kasf_demo import load_models
from kasf_demo.assess.values import NotShownError, Recording
from kasf_demo.strikes.choose import choose_shooter
from kasf_demo.strikes.cluster import adjusted_rand
from kasf_demo.strikes.features import shot_features
from kasf_demo.strikes.library import build_library
from kasf_demo.strikes.measured import entry_of
from kasf_demo.strikes.posture import make_shot
from kasf_demo.types.arrays import FloatArray
from kasportsformer.training.body import keypoints, mirrored
from kasportsformer.training.body_shape import ShapeConfig, random_shapes
from kasportsformer.training.corpus import RATE_HZ, Corpus
from kasportsformer.training.detector_noise import NoiseConfig, add_noise

MOTIONS = ("10/10_02", "cmu_135/135_11", "cmu_135/135_04")  # a football kick, a side kick, a front kick
FPS, AROUND_S = 30.0, 0.9
SIZE, FOCAL_PX, AWAY_M, HIGH_M = (1280, 720), 1100.0, 5.0, 1.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--copies", type=int, default=20)
    parser.add_argument("--clean", action="store_true", help="exact keypoints")
    given = parser.parse_args()
    corpus, rng = Corpus.load(given.corpus), np.random.default_rng(0)
    noise = NoiseConfig.none() if given.clean else NoiseConfig()
    entries, truth, off_s = [], [], []
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        clip = blank_clip(Path(folder) / "clip.mp4")
        models = load_models(keypoints=Path(folder) / "keypoints.json", axes="world")
        for style, name in enumerate(MOTIONS):
            for n in range(given.copies):
                px, score, strike_s, side = copy_of(corpus, name, rng, left=bool(n % 2), noise=noise)
                write_keypoints(Path(folder) / "keypoints.json", px, score)
                result = models.analyse(clip)
                person = result.people[0]
                recording = Recording(person.pose, person.measured, np.ones(len(person.pose), bool))
                choice = choose_shooter({1: recording}, "kick")
                near = abs(choice.strike.time_s - strike_s) < 0.1
                good = choice.how == "found" and near
                counts[f"{choice.how}, {'right' if near else 'wrong'} moment"] += 1
                counts["wrong foot at the right moment"] += near and choice.strike.side != side
                off_s += [choice.strike.time_s - strike_s] * near
                try:
                    shot = make_shot(recording, choice.strike)
                except NotShownError:
                    continue
                entries.append((entry_of(shot, shot_features(shot), f"{name} {n}"), good))
                truth.append(style)
    print(f"{given.copies * len(MOTIONS)} kicks: " + ", ".join(f"{what}: {n}" for what, n in counts.items()))
    if off_s:
        print(f"time of the strike off by {1000 * np.mean(np.abs(off_s)):.0f} ms on average")
    for what, rows in (("all, guesses too", np.ones(len(entries), bool)), ("found", np.array([g for _, g in entries]))):
        chosen = [e for (e, _), keep in zip(entries, rows, strict=True) if keep]
        if len(chosen) >= 10:
            for k in (3, None):
                library = build_library(chosen, "kick", k=k)
                rand = adjusted_rand(library.labels, np.array(truth)[rows])
                print(f"{what}: {len(chosen)} shots, {library.k} styles, adjusted Rand index {rand:.2f}")


def copy_of(
    corpus: Corpus, name: str, rng: np.random.Generator, *, left: bool, noise: NoiseConfig
) -> tuple[FloatArray, FloatArray, float, str]:
    """Keypoints (T, 17, 2) px and scores (T, 17) of one perturbed copy; when it strikes, s, with which foot."""
    i = corpus.names.index(name)
    rows = np.arange(corpus.first[i], corpus.first[i + 1], STEP)
    at, shot = shots_in(joints_of(corpus.vectors[rows], corpus.middle[rows]), "kick")[0]
    pace = rng.uniform(0.92, 1.08)
    times = np.arange(-AROUND_S, AROUND_S, 1 / FPS)
    frames = np.clip(corpus.first[i] + np.rint((at * STEP) + times * pace * RATE_HZ).astype(int), corpus.first[i],
                     corpus.first[i + 1] - 1)  # fmt: skip
    vectors, middle = corpus.vectors[frames].astype(float), corpus.middle[frames].astype(float)
    if left:
        vectors, middle = mirrored(vectors), middle * [-1.0, 1.0, 1.0]
    a = rng.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    middle = (middle - middle[len(middle) // 2] * [1.0, 1.0, 0.0]) @ turn.T
    shape = random_shapes(rng, 1, ShapeConfig())
    points = keypoints((vectors @ turn.T)[None], middle[None], shape)[0]
    seen = np.stack([points[..., 0], HIGH_M - points[..., 2], points[..., 1] + AWAY_M], axis=-1)
    xy = (seen[..., :2] / seen[..., 2:]).astype(np.float32)
    noisy, score = add_noise(rng, xy[None], seen[None].astype(np.float32), np.array([1 / FPS], np.float32), noise)
    side = shot.side if not left else ("l" if shot.side == "r" else "r")
    return noisy[0] * FOCAL_PX + np.array(SIZE) / 2, score[0], AROUND_S, side


def blank_clip(path: Path) -> Path:
    """A grey clip as long as the copies."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=round(FPS), options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.time_base = Fraction(1, round(FPS))
        for _ in np.arange(-AROUND_S, AROUND_S, 1 / FPS):
            image = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        out.mux(stream.encode())
    return path


def write_keypoints(path: Path, px: FloatArray, score: FloatArray) -> None:
    frames = [
        {"index": t, "people": [{"id": 1, "keypoints": np.column_stack([px[t], score[t]]).tolist()}]}
        for t in range(len(px))
    ]
    path.write_text(json.dumps({"format": "kasf-keypoints", "version": 1, "frames": frames}))


if __name__ == "__main__":
    main()
