"""What `kasf-demo adapt` gains on virtual sessions: motions of one held-out subject, each filmed by three virtual
cameras as in views.py, cameras found from the motion. Most sessions teach, the others are kept aside and examined
against the true joints. The same with true joints as labels is the ceiling; the same without sessions, the floor.

    python benchmarks/accuracy/adapt.py --corpus corpus.npz [--subjects 06 85] [--sessions 12] [--steps 300]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from views import Filmed, film

from kasf_demo.adapt.labels import read_session
from kasf_demo.adapt.learn import Replay, examined, learn, ready
from kasf_demo.adapt.run import split_views, windows_of
from kasf_demo.adapt.windows import ViewSampler
from kasf_demo.engine import Engine
from kasf_demo.errors import InputError
from kasf_demo.lift.load import NetworkFile, load_network
from kasf_demo.multiview.bodies import measure_body
from kasf_demo.multiview.cameras import Cameras, project
from kasf_demo.multiview.check import check_session
from kasf_demo.multiview.seen import sampled
from kasf_demo.multiview.solve import solve
from kasf_demo.options import Options
from kasf_demo.progress import Quiet
from kasportsformer.skeleton import coco_to_h36m
from kasportsformer.training.body import keypoints
from kasportsformer.training.body_shape import ShapeConfig, random_shapes
from kasportsformer.training.corpus import RATE_HZ, Corpus
from kasportsformer.training.networks import as_lifter

LONGEST_S = 6.0
STATURE_M = 1.75
CROP_SCALE = 1.25


def motions(corpus: Corpus, subject: str, folder: Path) -> list[Path]:
    """Files as `film` reads them, one for each motion of the subject."""
    from kasportsformer.training.pack import subject as subject_of

    out = []
    rng = np.random.default_rng(int(subject))
    for i, name in enumerate(corpus.names):
        if subject_of(name) != subject:
            continue
        length = min(int(corpus.first[i + 1] - corpus.first[i]), round(LONGEST_S * RATE_HZ))
        rows = slice(int(corpus.first[i]), int(corpus.first[i]) + length, 2)
        shape = random_shapes(rng, 1, ShapeConfig())
        points = keypoints(corpus.vectors[None, rows], corpus.middle[None, rows], shape)[0]
        times_s = np.arange(len(points)) * 2 / RATE_HZ
        path = folder / f"{name.replace('/', '_')}.npz"
        np.savez(path, coco_world_m=points, times_s=times_s, stature_m=np.array([STATURE_M]))
        out.append(path)
    return out


def in_3d(coco: Any) -> Any:
    """Human3.6M joints (T, 17, 3) of COCO points in world axes (T, 17, 3), by the remap of each axis."""
    ones = np.ones(coco.shape[:-1])
    flat = coco_to_h36m(np.stack([coco[..., 0], -coco[..., 2]], -1), ones)[0]
    depth = coco_to_h36m(np.stack([coco[..., 1], -coco[..., 2]], -1), ones)[0]
    return np.stack([flat[..., 0], depth[..., 0], -flat[..., 1]], axis=-1)


def write_session(path: Path, filmed: Filmed, coco: Any) -> Path | None:
    """The session as `views` finds it, and beside it one with the true joints and cameras; None if it is refused."""
    views = filmed.views
    found = solve(views, filmed.height_m)
    try:
        check_session(views, found, offset_given=False)
    except InputError:
        return None
    k = found.calibration
    assert k is not None
    at_s = views[0].times_s
    match = tuple(v.people[0] for v in views)
    body = measure_body(views, match, k.cameras, k.offsets_s, k.lengths_m[0], k.lean, at_s)
    # the z axis of these sessions is up
    up = views[0].up
    x = np.cross(up, [0.0, 0.0, 1.0])
    world = np.stack([x / np.linalg.norm(x), np.cross(up, x) / np.linalg.norm(x), up])
    turned = Cameras(k.cameras.intrinsics, k.cameras.rotations @ world.T, k.cameras.translations)
    true_at = sampled(in_3d(coco[1]), coco[0], at_s - filmed.offsets_s[0])
    _save(path, at_s, body, body.xyz @ world.T, turned)
    _save(path.with_name(f"true {path.name}"), at_s, body, true_at, filmed.true, exact=True)
    return path


def _save(path: Path, at_s: Any, body: Any, xyz: Any, cameras: Cameras, *, exact: bool = False) -> None:
    off = np.linalg.norm(project(cameras, np.nan_to_num(xyz)) - body.keypoints, axis=-1)
    off = np.where(body.seen, off, np.nan)
    if exact:
        off = np.where(np.isfinite(body.keypoints).all(-1), 0.0, np.nan)
    np.savez(path, times_s=at_s, xyz_m=xyz[None], keypoints_px=body.keypoints[None], scores=body.scores[None],
             reprojection_px=off[None], K=cameras.intrinsics, R=cameras.rotations, t=cameras.translations,
             person=np.array([1]))  # fmt: skip


WAYS = ("sessions", "true labels", "captured motion alone")


def compare(sessions: list[Path], steps: int, rate: float, threads: int, file: Path, ways: list[str]) -> None:
    """Prints errors against the truth of the sessions kept aside: before, and after learning from each of WAYS."""
    found = [read_session(p) for p in sessions]
    true = [read_session(p.with_name(f"true {p.name}")) for p in sessions]
    learnt, _, split = split_views(found)
    exact, kept, _ = split_views(true)
    network = as_lifter(load_network(NetworkFile(file, None, {})))
    replay = Replay(network.max_frames)
    aside = windows_of(kept, network.max_frames, CROP_SCALE)
    _row("before", network, aside, replay, threads)
    for name in ways:
        began = time.process_time()
        sampler: Any = replay
        if name != WAYS[2]:
            sampler = ViewSampler(learnt if name == WAYS[0] else exact, network.max_frames)
        start = as_lifter(load_network(NetworkFile(file, None, {})))
        taught = learn(start, sampler, replay, steps=steps, rate=rate, threads=threads, say=lambda _: None)
        _row(f"{name} ({time.process_time() - began:.0f} CPU s)", taught, aside, replay, threads)
    print("kept aside:", split, len(aside), "windows", flush=True)


def _row(name: str, network: Any, aside: Any, replay: Replay, threads: int) -> None:
    own, _ = examined(network, aside, threads)
    other, ratio = examined(network, replay.examination, threads)
    print(f"{name}: MPJPE {own.mpjpe:.1f} P-MPJPE {own.p_mpjpe:.1f}; captured {other.mpjpe:.1f} {other.p_mpjpe:.1f};"
          f" limbs {ratio:.3f}", flush=True)  # fmt: skip


def main() -> None:
    """Films, learns, prints."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--corpus", type=Path, required=True)
    arguments.add_argument("--subjects", nargs="+", default=["06", "85"])
    arguments.add_argument("--sessions", type=int, default=12)
    arguments.add_argument("--steps", type=int, default=300)
    arguments.add_argument("--rate", type=float, default=5e-4)
    arguments.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    arguments.add_argument("--keep", type=Path, help="folder for the sessions, which are made once")
    given = arguments.parse_args()
    threads = ready(1)
    with tempfile.TemporaryDirectory() as temporary, Engine(Options(offline=True), Quiet()) as engine:
        folder = given.keep or Path(temporary)
        corpus = None
        for subject in given.subjects:
            sessions = sorted(p for p in folder.glob(f"session {subject} *.npz"))
            if not sessions:
                corpus = corpus or Corpus.load(given.corpus).split(held_out=True)
                sessions = _filmed(corpus, subject, folder, given.sessions, engine)
            print(subject, len(sessions), "sessions accepted", flush=True)
            compare(sessions, given.steps, given.rate, threads, engine.lifter_weights.path, given.ways)


def _filmed(corpus: Corpus, subject: str, folder: Path, count: int, engine: Engine) -> list[Path]:
    sessions: list[Path] = []
    paths = motions(corpus, subject, folder)
    for number in range(3 * count):
        if len(sessions) == count:
            break
        path = paths[number % len(paths)]
        filmed = film(path, np.random.default_rng(1000 + number), engine.lifter, engine.lifter_weights.limb_ratio)
        if filmed is None:
            continue
        with np.load(path) as file:
            coco = file["times_s"].astype(float), file["coco_world_m"].astype(float)
        made = write_session(folder / f"session {subject} {number % len(paths):02d} {number:02d}.npz", filmed, coco)
        print(path.stem, "refused" if made is None else "accepted", flush=True)
        sessions += [] if made is None else [made]
    return sorted(sessions)  # takes of one motion together, so that those kept aside are other motions


if __name__ == "__main__":
    main()
