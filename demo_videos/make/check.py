"""Do the detectors find the athletes, and where? python demo_videos/make/check.py [NAME ...], in the project's own environment.

For each clip: share of frames with a YOLO box of confidence 0.8 or more, mean 2D error and PCK@0.05 (of the ground truth box's longer side, visible
points) of YOLO and of MediaPipe. Two athletes: each is compared with the nearest detection.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "models")]

import cv2
import numpy as np

from kasportsformer.skeleton import COCO_NAMES

WEIGHTS = HERE.parents[2] / "shared" / "weights" / "yolov8n-pose_int8_openvino_model"
MEDIAPIPE = (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)  # its 33 landmarks that are COCO's


def frames(path: Path, portrait: bool) -> list[Any]:
    """Upright RGB images."""
    import av

    with av.open(str(path)) as file:
        pictures = [f.to_ndarray(format="rgb24") for f in file.decode(video=0)]
    return [cv2.rotate(p, cv2.ROTATE_90_CLOCKWISE) for p in pictures] if portrait else pictures


def yolo(pictures: list[Any]) -> tuple[list[Any], list[Any]]:
    """Per frame: keypoints (P, 17, 2) px and box confidences (P,)."""
    from ultralytics import YOLO

    model = YOLO(str(WEIGHTS), task="pose")
    found = [model(p[..., ::-1], verbose=False)[0] for p in pictures]
    return [r.keypoints.xy.numpy() for r in found], [r.boxes.conf.numpy() for r in found]


def mediapipe(pictures: list[Any]) -> list[Any]:
    """Per frame: keypoints (0 or 1, 17, 2) px."""
    import mediapipe as mp

    out = []
    with mp.solutions.pose.Pose(model_complexity=1) as pose:
        for p in pictures:
            marks = pose.process(p).pose_landmarks
            size = [p.shape[1], p.shape[0]]
            out.append(
                np.array([[[m.x, m.y] for m in marks.landmark]])[:, MEDIAPIPE] * size if marks else np.zeros((0, 17, 2))
            )
    return out


def scores(found: list[Any], truth: Any, seen: Any) -> tuple[float, float, float, Any]:
    """(share of frames found, mean error px, PCK@0.05, mean offset per joint (17, 2) px) against one athlete's truth (T, 17, 2)."""
    errors, near, offsets, missing = [], [], [[] for _ in range(17)], 0
    for people, points, visible in zip(found, truth, seen, strict=True):
        use = visible == 2
        if not len(people) or not use.any():
            missing += 1
            continue
        size = np.ptp(points, axis=0).max()
        distance = np.linalg.norm(people - points, axis=-1)
        best = int(np.argmin(distance[:, use].mean(1)))
        if distance[best, use].mean() > 0.5 * size:
            missing += 1
            continue
        errors.append(distance[best, use])
        near.append(distance[best, use] < 0.05 * size)
        for j in np.flatnonzero(use):
            offsets[j].append((people[best, j] - points[j]) / size)
    if not errors:
        return 0.0, float("nan"), 0.0, None
    mean = np.array([np.mean(o, axis=0) if o else [np.nan, np.nan] for o in offsets])
    return 1 - missing / len(found), float(np.concatenate(errors).mean()), float(np.concatenate(near).mean()), mean


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument(
        "--joints", action="store_true", help="also the mean offset of each point, in thousandths of the box"
    )
    parser.add_argument("--folder", type=Path, default=HERE.parent)
    options = parser.parse_args()
    for name in options.names or sorted(p.stem for p in options.folder.glob("*.mp4")):
        truth = dict(np.load(options.folder / f"{name}.gt.npz"))
        pictures = frames(options.folder / f"{name}.mp4", bool(truth["size_px"][1] > truth["size_px"][0]))
        px, seen = (truth[k] if truth["coco_px"].ndim == 4 else truth[k][None] for k in ("coco_px", "visibility"))
        assert len(pictures) == px.shape[1], f"{name}: {len(pictures)} frames, truth has {px.shape[1]}"
        points, confidence = yolo(pictures)
        strong = np.mean([len(c) > 0 and c.max() >= 0.8 for c in confidence])
        medians = np.median([c.max() if len(c) else 0 for c in confidence])
        print(
            f"{name}: {len(pictures)} frames, YOLO box >= 0.8 on {strong:.0%} (median {medians:.2f}), people a frame {np.mean([len(c) for c in confidence]):.2f}"
        )
        for detector, found in (("yolo", points), ("mediapipe", mediapipe(pictures))):
            for n in range(len(px)):
                share, error, pck, mean = scores(found, px[n], seen[n])
                print(f"  {detector:9s} athlete {n}: found {share:.0%}, error {error:.1f} px, PCK@0.05 {pck:.0%}")
                if options.joints and mean is not None:
                    print(
                        "   ",
                        ", ".join(
                            f"{j} {m[0] * 1000:+.0f} {m[1] * 1000:+.0f}" for j, m in zip(COCO_NAMES, mean, strict=True)
                        ),
                    )


if __name__ == "__main__":
    main()
