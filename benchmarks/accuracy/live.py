"""How far the live pose is from ground truth, beside the offline one, on the demo clips.

    python benchmarks/accuracy/live.py [NAME ...]

MediaPipe, one person. Live: every frame, from the frames before it only; offline: `analyse`. Printed, as Markdown for
docs/live.md, over frames in which both have a pose: MPJPE in mm relative to the pelvis, after one rotation for the
whole clip (live does not estimate the camera's tilt); P-MPJPE; the mean error of the joints' acceleration, m/s2, which
is jitter; the delay that fits best, ms.
"""

from __future__ import annotations

import argparse

import numpy as np

from kasf_demo import Engine, Options, analyse
from kasf_demo.demo_clips import Demo, demos, find_demo, options_for
from kasf_demo.evaluate.ground_truth import Truth
from kasf_demo.live.body import LiveBody
from kasf_demo.options import from_mapping
from kasf_demo.progress import Quiet
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import Camera, Orientation
from kasf_demo.video.reader import VideoReader
from kasportsformer.metrics import p_mpjpe

MAX_DELAY = 8  # frames


def live_poses(demo: Demo, truth: Truth, engine: Engine) -> FloatArray:
    """(T, 17, 3) m, NaN without a pose."""
    reader = VideoReader(demo.clip)
    detector = engine.detector(reader.info, live=True)
    camera = Camera.of(reader.info, fov_deg=None, focal_px=None)
    height_m, ratio = float(truth.stature_m.mean()), engine.lifter_weights.limb_ratio
    body = LiveBody(engine.lifter, camera, Orientation.of(), height_m=height_m, limb_ratio=ratio)
    poses = np.full((len(truth.times_s), 17, 3), np.nan)
    for frame in reader:
        pose = body.update(detector.detect(frame), frame.time_s)
        if pose is not None:
            poses[frame.index] = pose.xyz
    return poses


def errors(poses: FloatArray, truth: FloatArray, times_s: FloatArray) -> tuple[float, float, float, float]:
    """MPJPE and P-MPJPE mm, acceleration error m/s2, delay ms, of poses and truth (T, 17, 3)."""
    poses, truth = poses - poses[:, :1], truth - truth[:, :1]
    u, _, vt = np.linalg.svd(np.einsum("tji,tjk->ik", poses, truth))
    poses = poses @ (u @ np.diag([1, 1, np.linalg.det(u @ vt)]) @ vt)
    step_s = float(np.median(np.diff(times_s)))

    def apart(delay: int) -> float:
        late = poses[delay:] if delay else poses
        return float(np.linalg.norm(late - truth[: len(late)], axis=-1).mean())

    bent = [np.diff(x, 2, axis=0) / step_s**2 for x in (poses, truth)]
    off = np.linalg.norm(poses - truth, axis=-1)[:, 1:].mean()
    jitter = np.linalg.norm(bent[0] - bent[1], axis=-1).mean()
    delay = min(range(MAX_DELAY), key=apart)
    return 1e3 * float(off), 1e3 * float(np.mean(p_mpjpe(poses, truth))), float(jitter), 1e3 * delay * step_s


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("clips", nargs="*")
    args = parser.parse_args()
    chosen = [find_demo(n) for n in args.clips] or [d for d in demos().values() if d.load_truth().athletes == 1]
    print("| clip | offline | P-MPJPE | jitter | live | P-MPJPE | jitter | delay |\n|---|---|---|---|---|---|---|---|")
    rows = []
    with Engine(Options(detector="mediapipe", offline=True), Quiet()) as engine:
        for demo in chosen:
            truth = demo.load_truth()
            options = from_mapping(options_for(truth), engine.model_options)
            offline = analyse(demo.clip, engine=engine, options=options).people[0].pose
            live = live_poses(demo, truth, engine)
            both = offline.valid & np.isfinite(live).all((1, 2))
            pair = [errors(x[both], truth.joints_world_m[0][both], truth.times_s[both]) for x in (offline.xyz, live)]
            rows.append([*pair[0][:3], *pair[1]])
            print(row(demo.name, rows[-1]), flush=True)
    print(row("mean", np.mean(rows, axis=0).tolist()))


def row(name: str, values: list[float]) -> str:
    """A line of the table."""
    digits = (0, 0, 1, 0, 0, 1, 0)
    return f"| {name} | {' | '.join(f'{v:.{d}f}' for v, d in zip(values, digits, strict=True))} |"


if __name__ == "__main__":
    main()
