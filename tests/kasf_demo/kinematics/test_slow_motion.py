"""Slow motion is seen in falls and steps, and ordinary motion is not taken for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from some_slow import slow
from walker import walking_coco, write_clip, write_keypoints

from kasf_demo import analyse
from kasf_demo.evaluate.ground_truth import load_truth
from kasf_demo.kinematics.slow_motion import find_slow_motion
from kasf_demo.types.people import Pose3D

DEMOS = Path(__file__).parents[3] / "demo_videos"


def poses(name: str) -> list[Pose3D]:
    """The ground truth of a demo clip."""
    truth = load_truth(DEMOS / f"{name}.gt.npz")
    seen = np.ones(len(truth.times_s), bool)
    return [Pose3D(xyz, np.ones((len(seen), 17)), seen, ~seen, truth.times_s) for xyz in truth.joints_world_m]


@pytest.mark.parametrize("path", sorted(DEMOS.glob("*.gt.npz")), ids=lambda p: p.name.split(".")[0])
def test_ordinary_motion_is_not_slow(path: Path) -> None:
    assert [find_slow_motion(pose) for pose in poses(path.name.split(".")[0])].count(None) >= 1
    assert not any(find_slow_motion(replace(p, times_s=p.times_s * 1.2)) for p in poses(path.name.split(".")[0]))


@pytest.mark.parametrize("slowed", [2, 4, 8])
@pytest.mark.parametrize("name", ["vertical_jump", "twist_flip"])
def test_a_jump_falls_slowly(name: str, slowed: int) -> None:
    pose = replace(poses(name)[0], times_s=poses(name)[0].times_s * slowed)
    found = find_slow_motion(pose)
    assert found is not None and found.factor == pytest.approx(slowed, rel=0.2) and " g " in found.why
    assert name != "vertical_jump" or find_slow_motion(pose, heights_known=False) is None  # of a carried camera


@pytest.mark.parametrize("name", ["run_past", "crossing"])
def test_long_steps_at_a_slow_cadence(name: str) -> None:
    found = [find_slow_motion(replace(pose, times_s=pose.times_s * 4)) for pose in poses(name)]
    assert all(f is not None and "steps" in f.why and 2 < f.factor < 6 for f in found)


@pytest.mark.parametrize(("slowed", "options"), [slow(1, {}), (4, {}), (4, {"slowmo": 4}), slow(4, {"slowmo": 1})])
def test_a_slowed_walk_is_warned_of_unless_the_rate_is_given(
    slowed: int, options: dict[str, float], tmp_path: Path
) -> None:
    walk, frames = walking_coco(61), 60 * slowed + 1
    at = np.linspace(0, 60, frames)
    slow = np.stack([np.interp(at, np.arange(61), column) for column in walk.reshape(61, -1).T], axis=1).reshape(
        frames, 17, 2
    )
    clip, keypoints = write_clip(tmp_path / "c.mp4", [slow]), write_keypoints(tmp_path / "k.json", [slow])
    result = analyse(clip, keypoints=keypoints, refine=not options, **options)
    assert any("slow motion is likely" in text for text in result.warnings) == (slowed == 4 and not options)
