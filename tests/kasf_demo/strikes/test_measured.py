"""What a report says is not sure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from strikes import truth_of

from strikes import recorded  # isort: skip

from kasf_demo.strikes.library_file import SHIPPED, load_library
from kasf_demo.strikes.measured import report_shot
from kasf_demo.strikes.posture import AthleteShot, make_shot


@pytest.fixture(scope="module")
def shot() -> AthleteShot:
    (xyz,), times_s = truth_of("soccer_kick")
    recording = recorded(xyz, times_s)
    strike = recording.motion.events.strike
    assert strike is not None
    return make_shot(recording, strike)


def test_a_clear_kick_is_sure_and_its_examples_are_football(shot: AthleteShot) -> None:
    report = report_shot(1, "found", 1, shot, load_library(SHIPPED["kick"]))
    assert report.match is not None and report.match.style is not None and not report.doubts
    assert {n.what for n in report.match.nearest} == {"football kick"}
    assert all(n.link.startswith("http://mocap.cs.cmu.edu") for n in report.match.nearest)


def test_a_guess_has_no_style_however_near_it_is(shot: AthleteShot) -> None:
    report = report_shot(1, "guess", 1, shot, load_library(SHIPPED["kick"]))
    assert report.match is not None and report.match.style is None and report.match.distance < report.match.far
    assert len(report.doubts) == 1 and "guess" in report.doubts[0]


def test_doubtful_limbs_and_missing_poses_are_said(shot: AthleteShot) -> None:
    doubtful = np.zeros_like(shot.doubtful)
    strike = int(np.abs(shot.times_s).argmin())
    doubtful[strike, 3] = True  # the right ankle
    assert "doubtful at the strike" in report_shot(1, "found", 1, replace(shot, doubtful=doubtful), None).doubts[0]
    doubtful[:, 3] = True
    assert "in 100 % of the frames" in report_shot(1, "found", 1, replace(shot, doubtful=doubtful), None).doubts[0]
    doubtful[:], known = False, shot.known.copy()
    doubtful[:, 6] = True  # the other ankle
    known[:4] = False
    (said,) = report_shot(1, "found", 1, replace(shot, doubtful=doubtful, known=known), None).doubts
    assert said.startswith("4 of 20 poses")
