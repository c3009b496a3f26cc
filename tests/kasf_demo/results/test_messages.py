"""Console messages about a result: an assumed height with its remedy, and the share of doubtful joints."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from body import as_pose, standing
from kasf_demo.options import Options
from kasf_demo.results.messages import result_lines
from kasf_demo.types.people import Keypoints2D, Person
from kasportsformer.skeleton import H36M


def person(doubtful: list[str] | None = None) -> Person:
    pose = as_pose(np.tile(standing(), (20, 1, 1)), 30)
    flags = np.zeros((20, 17), bool)
    flags[5:10, [H36M[name] for name in doubtful or []]] = True
    k = Keypoints2D(pose.xyz[..., :2], pose.score, pose.valid, pose.interpolated, "h36m")
    return Person(1, replace(k, skeleton="coco"), k, replace(pose, doubtful=flags))


def test_an_assumed_height_is_said_once_with_its_remedy() -> None:
    (line,) = result_lines([person(), person()], Options())
    assert "1.75 m is assumed" in line and "--height" in line and "\n" not in line
    assert result_lines([person()], Options(height_m=1.8)) == []
    assert result_lines([], Options()) == []


def test_what_is_doubtful_is_named() -> None:
    (line,) = result_lines([person(["l_ankle"]), person(["l_ankle", "r_knee"])], Options(height_m=1.8))
    assert "2.2 % of the joints" in line and "10 of 40 poses" in line and "left ankle, right knee;" in line
