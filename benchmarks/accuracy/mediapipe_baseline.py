"""The peer: MediaPipe's own 3D (`pose_world_landmarks`), which is what a user would take instead of kasf-demo.

It sees the same frames with the same settings as our detector. Compared are the twelve limb joints that MediaPipe, COCO
and Human3.6M have in common, by P-MPJPE: its landmarks have their origin between the hips and no known camera, so only
the shape can be compared.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mediapipe.python.solutions import pose
from numpy.typing import NDArray

from kasf_demo.detect.mediapipe import COCO17, SETTINGS
from kasf_demo.evaluate import Estimate, Truth
from kasf_demo.evaluate.ground_truth import LIMBS_COCO, LIMBS_H36M
from kasf_demo.evaluate.matching import NO_PERSON, limb_distances, match
from kasf_demo.types.arrays import FloatArray
from kasf_demo.video.reader import VideoReader
from kasportsformer import metrics

ROWS = [pose.PoseLandmark[COCO17[i]].value for i in LIMBS_COCO]


def landmarks(clip: Path) -> tuple[FloatArray, FloatArray]:
    """(T, 12, 2) px and (T, 12, 3) metres of the limbs, NaN in frames where MediaPipe finds no person."""
    uv, xyz = [], []
    with VideoReader(clip) as reader, pose.Pose(**SETTINGS) as network:
        for frame in reader:
            found = network.process(np.ascontiguousarray(frame.image))
            if found.pose_landmarks is None:
                uv.append(np.full((len(ROWS), 2), np.nan))
                xyz.append(np.full((len(ROWS), 3), np.nan))
                continue
            flat, world = found.pose_landmarks.landmark, found.pose_world_landmarks.landmark
            uv.append(np.array([(flat[r].x * reader.info.width, flat[r].y * reader.info.height) for r in ROWS]))
            xyz.append(np.array([(world[r].x, world[r].y, world[r].z) for r in ROWS]))
    return np.array(uv), np.array(xyz)


def compare(peer: tuple[FloatArray, FloatArray], ours: Estimate, truth: Truth) -> dict[str, float]:
    """frames: those in which MediaPipe found a person, and we have a pose of the same athlete; peer_mm, ours_mm:
    P-MPJPE of the limbs over these, NaN where there are none.

    MediaPipe finds one person: of several athletes it is compared with the one it is nearest to in the image, and so
    are we.
    """
    assert truth.coco_world_m is not None
    uv, xyz = peer
    nearest, found = _nearest(uv, truth)
    frames = np.arange(len(uv))
    persons = match(ours.uv, ours.valid, truth)[nearest, frames]
    both = frames[found & (persons != NO_PERSON)]
    want = 1000 * truth.coco_world_m[nearest[both], both][:, LIMBS_COCO]
    got = 1000 * ours.xyz[persons[both], both][:, LIMBS_H36M]
    if not len(both):
        return {"frames": 0, "peer_mm": float("nan"), "ours_mm": float("nan")}
    peer_mm, ours_mm = metrics.p_mpjpe(1000 * xyz[both], want), metrics.p_mpjpe(got, want)
    return {"frames": len(both), "peer_mm": float(peer_mm.mean()), "ours_mm": float(ours_mm.mean())}


def _nearest(uv: FloatArray, truth: Truth) -> tuple[NDArray[np.int_], NDArray[np.bool_]]:
    """(T,) the athlete nearest to MediaPipe's person in the image, and whether it found a person."""
    distances = limb_distances(uv[None], np.isfinite(uv).all((1, 2))[None], truth)[:, 0]
    return distances.argmin(0), np.isfinite(distances.min(0))
