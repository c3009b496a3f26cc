"""The README's clip: at the top of the kick (frames 69 to 72) the detector puts both shins between the legs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kasf_demo import analyse
from kasf_demo.evaluate.ground_truth import load_truth
from kasf_demo.types.arrays import FloatArray
from kasportsformer.skeleton import H36M, coco_to_h36m

CLIP = Path(__file__).resolve().parents[2] / "demo_videos" / "soccer_kick.mp4"
TOP = slice(69, 73)


def knee_deg(xyz: FloatArray, side: str) -> FloatArray:
    """(T,) flexion."""
    hip, knee, ankle = (xyz[:, H36M[f"{side}_{name}"]] for name in ("hip", "knee", "ankle"))
    thigh, shank = knee - hip, ankle - knee
    cos = (thigh * shank).sum(-1) / np.linalg.norm(thigh, axis=-1) / np.linalg.norm(shank, axis=-1)
    return np.asarray(np.degrees(np.arccos(np.clip(cos, -1, 1))))


def test_the_standing_leg_stands_at_the_top_of_the_kick() -> None:
    truth = load_truth(CLIP.with_suffix(".gt.npz"))
    result = analyse(CLIP, detector="mediapipe", height_m=float(truth.stature_m[0]))
    person = result.people[0]
    for side, limit in (("l", 12.0), ("r", 20.0)):
        off = knee_deg(person.pose.xyz[TOP], side) - knee_deg(truth.joints_world_m[0, TOP], side)
        assert np.abs(off).max() < limit, side
    assert person.pose.in_doubt[TOP][:, [H36M["l_ankle"], H36M["r_ankle"]]].any()
    # keypoints that are not believed are shown where the body is
    exact = coco_to_h36m(truth.coco_px[0, TOP], np.ones((4, 17)))[0]
    ankles = [H36M["l_ankle"], H36M["r_ankle"]]
    apart = np.linalg.norm(person.h36m.xy[TOP][:, ankles] - exact[:, ankles], axis=-1)
    assert apart.max() < 60  # px; 300 as detected
