"""The README's clip, as it is and with a detector that puts both shins between the legs at the top of the kick."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from walker import write_keypoints

from kasf_demo import analyse
from kasf_demo.assess.values import Recording
from kasf_demo.evaluate.ground_truth import Truth, load_truth
from kasf_demo.kinematics import measure
from kasf_demo.strikes.choose import choose_shooter
from kasf_demo.strikes.library_file import SHIPPED, load_library
from kasf_demo.strikes.measured import report_shot
from kasf_demo.strikes.posture import make_shot
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.people import Pose3D
from kasf_demo.types.result import Result
from kasportsformer.skeleton import COCO, H36M, coco_to_h36m

CLIP = Path(__file__).resolve().parents[2] / "demo_videos" / "soccer_kick.mp4"
TOP = slice(69, 73)


def knee_deg(xyz: FloatArray, side: str) -> FloatArray:
    """(T,) flexion."""
    hip, knee, ankle = (xyz[:, H36M[f"{side}_{name}"]] for name in ("hip", "knee", "ankle"))
    thigh, shank = knee - hip, ankle - knee
    cos = (thigh * shank).sum(-1) / np.linalg.norm(thigh, axis=-1) / np.linalg.norm(shank, axis=-1)
    return np.asarray(np.degrees(np.arccos(np.clip(cos, -1, 1))))


@pytest.fixture(scope="module")
def kick() -> tuple[Result, Truth]:
    truth = load_truth(CLIP.with_suffix(".gt.npz"))
    return analyse(CLIP, detector="mediapipe", height_m=float(truth.stature_m[0])), truth


def test_the_standing_leg_stands_at_the_top_of_the_kick(kick: tuple[Result, Truth], tmp_path: Path) -> None:
    """MediaPipe did this to an earlier rendering of the clip, in frames 69 to 72."""
    result, truth = kick
    xy = result.people[0].coco.xy.astype(float)
    lost = [COCO[f"{side}_{joint}"] for side in ("left", "right") for joint in ("knee", "ankle")]
    between = xy[TOP][:, lost].mean(1, keepdims=True)
    xy[TOP, lost] = between + np.array([[0, -40], [0, 40], [0, -40], [0, 40]])
    write_keypoints(tmp_path / "kick.json", [xy])
    person = analyse(CLIP, keypoints=tmp_path / "kick.json", height_m=float(truth.stature_m[0])).people[0]
    for side, limit in (("l", 12.0), ("r", 20.0)):
        off = knee_deg(person.pose.xyz[TOP], side) - knee_deg(truth.joints_world_m[0, TOP], side)
        assert np.abs(off).max() < limit, side
    ankles = [H36M["l_ankle"], H36M["r_ankle"]]
    assert person.pose.in_doubt[TOP][:, ankles].any()
    # keypoints that are not believed are shown where the body is
    exact = coco_to_h36m(truth.coco_px[0, TOP], np.ones((4, 17)))[0]
    apart = np.linalg.norm(person.h36m.xy[TOP][:, ankles] - exact[:, ankles], axis=-1)
    assert apart.max() < 60  # px


def test_the_kick_keeps_its_peak_speed_and_moment(kick: tuple[Result, Truth]) -> None:
    """The foot stops within a frame at the ball: no reason to doubt it, or to smooth it away."""
    result, truth = kick
    joints = truth.joints_world_m[0]
    seen = np.ones(len(joints), bool)
    true = measure(Pose3D(joints, np.ones(joints.shape[:2]), seen, ~seen, truth.times_s)).events.strike
    found = result.people[0].events.strike
    assert true is not None and found is not None
    assert found.time_s == pytest.approx(true.time_s, abs=1e-6)
    assert found.m_per_s == pytest.approx(true.m_per_s, rel=0.05)
    assert not found.doubtful


def shooter(result: Result) -> tuple[Recording, str, str, float]:
    """The chosen person, how it was chosen, the foot and the moment."""
    people = {p.id: Recording(p.pose, p.measured, np.ones(len(p.pose), bool)) for p in result.people}
    choice = choose_shooter(people)
    return people[choice.key], choice.how, choice.strike.side, choice.strike.time_s


def test_the_shot_is_found_and_is_most_like_football(kick: tuple[Result, Truth]) -> None:
    result, _ = kick
    recording, how, side, time_s = shooter(result)
    assert (how, side) == ("found", "r") and time_s == pytest.approx(2.033, abs=1 / 30)
    strike = recording.motion.events.strike
    assert strike is not None
    report = report_shot(1, "found", 1, make_shot(recording, strike), load_library(SHIPPED["kick"]))
    assert report.match is not None and report.match.style is not None
    assert {n.what for n in report.match.nearest} == {"football kick"}


@pytest.mark.slow
def test_the_martial_kick_is_found() -> None:
    """The left foot, within a frame of the ground truth's."""
    clip = CLIP.with_name("martial_kick.mp4")
    truth = load_truth(clip.with_suffix(".gt.npz"))
    result = analyse(clip, detector="mediapipe", height_m=float(truth.stature_m[0]))
    _, how, side, time_s = shooter(result)
    assert (how, side) == ("found", "l") and time_s == pytest.approx(1.783, abs=1.01 / 60)
