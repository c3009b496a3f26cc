"""Real time from time stamps, capture rates, options and repeated frames."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kasf_demo.errors import UsageError
from kasf_demo.options import from_mapping
from kasf_demo.shots import Shot, whole_clip
from kasf_demo.timing.real_time import RealTime, real_time
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.clip import CaptureRate
from kasf_demo.types.people import Detections


def clock(
    media_s: FloatArray,
    levels: FloatArray | None = None,
    capture: CaptureRate | None = None,
    shots: Any = None,
    **options: Any,
) -> RealTime:
    t = len(media_s)
    shots = shots or whole_clip(t)
    changes = np.full(t, 60.0) if levels is None else levels
    return real_time(
        media_s, changes, shots, [[Detections.empty()] * len(s) for s in shots], capture, 30.0, from_mapping(options)
    )


def copies(t: int, share: float) -> FloatArray:
    levels = np.where(np.diff(np.floor(np.arange(t) * share), prepend=-1) > 0, 60.0, 2.0)
    levels[0] = np.inf
    return np.asarray(levels)


def test_an_ordinary_clip_is_left_alone() -> None:
    media_s = np.arange(90) / 30
    found = clock(media_s)
    assert found.times_s is media_s and found.distinct.all() and not found.warnings and not found.notes
    assert (found.slowdown, found.record()["media_s"]) == (1, None)


@pytest.mark.parametrize(("fps", "capture", "slowdown"), [
    (15, CaptureRate(60, "com.android.capture.fps"), 4), (30, CaptureRate(240, "com.android.capture.fps"), 8),
    (30, CaptureRate(30, "com.android.capture.fps"), 1), (24.3, CaptureRate(30, "com.android.capture.fps"), 1),
    (240, CaptureRate(240, "com.android.capture.fps"), 1), (23.976, CaptureRate(29.97, "captureFps", 23.976), 1.25),
    (30, CaptureRate(1, "com.android.capture.fps"), 1 / 30), (59.94, CaptureRate(60, "com.android.capture.fps"), 1),
])  # fmt: skip
def test_the_files_capture_rate(fps: float, capture: CaptureRate, slowdown: float) -> None:
    media_s = 2 + np.arange(60) / fps
    found = clock(media_s, capture=capture)
    assert found.slowdown == pytest.approx(slowdown) and np.allclose(found.times_s, media_s / slowdown)
    assert bool(found.notes) == (slowdown != 1) and found.media_s is media_s


@pytest.mark.parametrize("options", [{"slowmo": 4}, {"capture_fps": 60}, {"capture-fps": "60/1"}])
def test_options_win_over_the_file(options: dict[str, Any]) -> None:
    assert clock(np.arange(60) / 15, capture=CaptureRate(30, "x"), **options).slowdown == pytest.approx(4)


def test_slow_motion_baked_into_copies() -> None:
    media_s = np.arange(240) / 60
    found = clock(media_s, copies(240, 1 / 4), capture_fps=60)
    assert found.slowdown == pytest.approx(4) and found.distinct.sum() == 60
    assert np.allclose(found.of(Shot(0, 240)), np.arange(60) / 60) and (np.diff(found.times_s) > 0).all()
    assert "slow motion is likely" not in found.warnings[0]
    assert "slow motion is likely" in clock(media_s, copies(240, 1 / 4)).warnings[0]
    assert "slow motion" not in clock(media_s, copies(240, 1 / 2)).warnings[0]


def test_24_in_30_is_even_and_copies_lie_between() -> None:
    found = clock(np.arange(120) / 30, copies(120, 0.8))
    assert np.allclose(np.diff(found.of(Shot(0, 120))), 1 / 24) and found.images_per_s == pytest.approx(24)
    assert (np.diff(found.times_s) > 0).all() and np.abs(found.times_s - found.media_s).max() < 0.04
    record = found.record()
    assert (record["images"], len(record["repeated_frames"]), len(record["media_s"])) == (96, 24, 120)


def test_each_shot_has_its_own_pattern() -> None:
    levels = np.concatenate([copies(100, 0.8), np.full(80, 60.0)])
    shots = (Shot(0, 100), Shot(100, 180, "cut"))
    found = clock(np.arange(180) / 30, levels, shots=shots)
    assert found.distinct[100:].all() and np.allclose(found.times_s[100:], np.arange(100, 180) / 30)
    assert (np.diff(found.times_s) > 0).all() and found.without_repeats(shots) == [(0, 80), (80, 160)]


def test_a_speed_ramp_is_said_and_undone_by_the_capture_rate() -> None:
    media_s = np.concatenate([[0], np.cumsum(np.repeat([1 / 240, 1 / 30, 1 / 240], 40))])
    assert "pace" in clock(media_s).warnings[0]
    found = clock(media_s, capture_fps=240)
    assert np.allclose(np.diff(found.times_s), 1 / 240) and found.slowdown is None
    jitter = np.arange(120) / 30 + np.random.default_rng(0).uniform(0, 0.01, 120)
    assert not clock(jitter).warnings


def test_one_of_both_options() -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        from_mapping({"slowmo": 4, "capture_fps": 60})
    for wrong in ({"slowmo": 0}, {"capture_fps": "1e999"}, {"slowmo": float("nan")}):
        with pytest.raises(UsageError):
            from_mapping(wrong)
