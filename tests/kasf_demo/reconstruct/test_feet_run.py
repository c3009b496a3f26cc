"""Whole runs with feet: the 17 joints are what they are without, on the floor of heels and toes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from walker import walking_coco, write_clip, write_keypoints

from kasf_demo import analyse
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.result import Result

FRAMES = 24


def feet_of(coco: FloatArray) -> FloatArray:
    """(T, 4, 2) px: heels behind and toes before the ankles, for a figure that walks to the right."""
    size = np.ptp(coco[0, :, 1])
    behind, before = np.array([-0.05, 0.03]) * size, np.array([0.12, 0.04]) * size
    return np.stack([coco[:, 15] + behind, coco[:, 15] + before, coco[:, 16] + behind, coco[:, 16] + before], axis=1)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Result, Path]:
    """The results without and with feet, in camera axes too."""
    folder = tmp_path_factory.mktemp("feet")
    coco = walking_coco(FRAMES)
    clip, plain = write_clip(folder / "c.mp4", [coco]), write_keypoints(folder / "plain.json", [coco])
    data = json.loads(plain.read_text())
    for frame, feet in zip(data["frames"], feet_of(coco), strict=True):
        frame["people"][0]["feet"] = [[float(x), float(y), 0.9] for x, y in feet]
    with_feet = folder / "feet.json"
    with_feet.write_text(json.dumps(data))
    options = {"video": False, "height_m": 1.8}
    return (
        analyse(clip, folder / "without.mp4", keypoints=plain, **options),
        analyse(clip, folder / "with.mp4", keypoints=with_feet, **options),
        folder,
    )


def test_the_joints_change_by_the_height_of_the_floor_alone(runs: tuple[Result, Result, Path]) -> None:
    plain, feet, _ = runs
    a, b = plain.people[0].pose, feet.people[0].pose
    assert a.feet is None and b.feet is not None
    np.testing.assert_array_equal(a.xyz[..., :2], b.xyz[..., :2])
    lower_m = (a.xyz - b.xyz)[..., 2]
    assert np.ptp(lower_m) < 1e-12 and 0 < abs(lower_m.mean()) < 0.03
    for name in ("score", "valid", "sigma_m"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def test_the_report_says_where_feet_come_from(runs: tuple[Result, Result, Path]) -> None:
    plain, feet, folder = runs
    assert plain.report["people"][0]["feet"]["source"] is None
    assert "--feet mediapipe" in plain.report["people"][0]["feet"]["why"]
    record = feet.report["people"][0]["feet"]
    assert record["source"] == "keypoints-file" and record["frames"]["left"] > 0.8 * FRAMES
    off = analyse(folder / "c.mp4", keypoints=folder / "feet.json", height_m=1.8, feet="off")
    assert off.people[0].pose.feet is None and off.report["people"][0]["feet"] == {"source": None, "why": "--feet off"}


def test_feet_stand_where_they_are_seen(runs: tuple[Result, Result, Path]) -> None:
    _, result, _ = runs
    pose = result.people[0].pose
    assert pose.feet is not None and pose.feet.valid.mean() > 0.8
    toward = np.nanmean(pose.feet.xyz[:, [1, 3], 0] - pose.feet.xyz[:, [0, 2], 0])
    assert toward > 0.1  # toes to the right
    assert np.nanmin(pose.feet.xyz[..., 2]) > -0.12 and np.nanmax(pose.feet.xyz[..., 2]) < 0.5
