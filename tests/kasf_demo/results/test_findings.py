"""Findings on made-up footage: each fault is found, with a remedy, and good footage has none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasf_demo.results.findings import TIMED, Footage, find_findings, findings_record
from kasf_demo.types.camera import CameraAngle
from kasf_demo.types.clip import ContentArea
from kasf_demo.types.findings import Finding, ImageSample

LEVEL = CameraAngle(0.0, "estimated", 1.0)


def footage(height_px: float = 400.0, top_px: float = 150.0) -> Footage:
    """One athlete in the middle of 1280 x 720 px, sharp and lit, before a still camera."""
    y = top_px + np.array([0, 0, 0, 10, 10, 70, 70, 130, 130, 180, 180, 200, 200, 300, 300, 400, 400]) * height_px / 400
    x = 640 + np.array([0, 5, -5, 10, -10, 40, -40, 50, -50, 50, -50, 25, -25, 25, -25, 25, -25]) * height_px / 400
    xy = np.tile(np.stack([x, y], axis=-1), (30, 1, 1))
    samples = [ImageSample(i, 120.0, 50.0, 0.35) for i in range(5)]
    found = np.ones(30, bool)
    return Footage(
        ContentArea(0, 0, 1280, 720), 60.0, xy, np.full((30, 17), 0.9), found, "still", LEVEL, LEVEL, samples
    )


def found(own: Footage, code: str, test: str | None = None) -> Finding:
    (finding,) = [f for f in find_findings(own, test) if f.code == code]
    assert bool(finding.remedy) == (finding.level != "ok")
    return finding


def test_good_footage_has_nothing_to_do() -> None:
    assert {f.level for f in find_findings(footage())} == {"ok"}
    assert [f["code"] for f in findings_record(find_findings(footage()))] == [
        "athlete", "size", "view", "feet", "light", "sharpness", "frame_rate", "camera_still", "camera_level",
    ]  # fmt: skip


@pytest.mark.parametrize(("height_px", "level"), [(300, "ok"), (120, "warning"), (50, "problem")])
def test_size(height_px: float, level: str) -> None:
    size = found(footage(height_px), "size")
    assert size.level == level and size.value == pytest.approx(height_px) and size.unit == "px"


def test_cut_off_and_hidden_feet() -> None:
    assert found(footage(top_px=321), "view").level == "problem"  # ankles at the lower border
    own = footage()
    own.score[:6, 15] = 0.1
    assert found(own, "feet").level == "warning" and found(own, "view").level == "ok"
    own.score[:, 16] = 0.1
    assert found(own, "feet").level == "problem"


@pytest.mark.parametrize(
    ("sample", "code", "level"),
    [
        ((120.0, 50.0, 0.8), "sharpness", "problem"), ((120.0, 50.0, 0.65), "sharpness", "warning"),
        ((50.0, 30.0, 0.3), "light", "warning"), ((20.0, 10.0, 0.3), "light", "problem"),
        ((240.0, 20.0, 0.3), "light", "warning"), ((120.0, 8.0, 0.3), "light", "warning"),
    ],
)  # fmt: skip
def test_light_and_sharpness(sample: tuple[float, float, float], code: str, level: str) -> None:
    assert found(replace(footage(), samples=[ImageSample(0, *sample)]), code).level == level


def test_camera_cuts_and_people() -> None:
    own = footage()
    assert found(replace(own, camera="moves"), "camera_still").level == "problem"
    assert found(replace(own, camera="turns"), "camera_still").level == "ok"
    assert found(replace(own, roll=CameraAngle(8.0, "estimated", 1.0)), "camera_level").level == "warning"
    assert found(replace(own, shots=3), "cut").value == 3 and found(replace(own, people=2), "people").level == "warning"


def test_the_rate_is_judged_by_the_test() -> None:
    slow = replace(footage(), rate_hz=30.0)
    assert found(slow, "frame_rate").level == "ok" and found(slow, "frame_rate", "squat").level == "ok"
    sprint = found(slow, "frame_rate", "sprint")
    assert sprint.level == "warning" and "90 frames/s" in sprint.remedy and "0.1 s" in sprint.text
    assert found(replace(slow, rate_hz=25.0), "frame_rate", "sprint").level == "problem"
    assert all(found(replace(slow, rate_hz=240.0), "frame_rate", test).level == "ok" for test in TIMED)


def test_a_single_frame_has_no_rate() -> None:
    single = find_findings(replace(footage(), rate_hz=float("nan")))
    assert all(f["value"] is None or np.isfinite(f["value"]) for f in findings_record(single))
    assert "not known" in found(replace(footage(), rate_hz=float("nan")), "frame_rate").text


def test_nobody_is_a_problem_and_no_error() -> None:
    own = footage()
    empty = replace(
        own, found=np.zeros(30, bool), xy=np.full_like(own.xy, np.nan), score=np.zeros((30, 17)), samples=[]
    )
    assert find_findings(empty)[0].code == "athlete" and find_findings(empty)[0].level == "problem"


@given(st.integers(0, 30), st.floats(0, 1), st.floats(5, 900))
def test_any_footage_gets_findings_in_order(lost: int, score: float, height_px: float) -> None:
    own = footage(height_px)
    own.score[:, 5:] = score
    own.found[:lost] = False
    levels = [f.level for f in find_findings(own)]
    assert levels == sorted(levels, key=("problem", "warning", "ok").index)


def test_no_angle_reads_minus_zero() -> None:
    level = replace(footage(), roll=CameraAngle(-0.3, "estimated", 1.0))
    assert found(level, "camera_level").text.startswith("the camera is rolled by 0°")
