"""Repeated frames: found in every common pattern, at the right times, and not where there are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kasf_demo.types.arrays import FloatArray
from kasf_demo.video.reader import VideoReader
from kasf_demo.video.repeats import ImageChanges, Repeats, find_repeats

NOISE = np.random.default_rng(3)


def shown(images: FloatArray, fps: float) -> Repeats:
    """Of frames (T,) that show image number `images`, with coding noise; images move all the time."""
    motion = 60 + 40 * np.sin(np.arange(len(images)) / 9)
    levels = np.where(np.diff(images, prepend=-1) > 0, motion, NOISE.uniform(0, 5, len(images)))
    levels[0] = np.inf
    return find_repeats(levels, np.arange(len(images)) / fps)


@pytest.mark.parametrize(
    ("content", "fps", "rounded"),
    [
        (24, 30, np.floor),
        (24, 30, np.round),
        (24, 30, np.ceil),
        (24000 / 1001, 30000 / 1001, np.floor),
        (25, 30, np.round),
        (20, 30, np.round),
        (30, 60, np.floor),
        (12, 24, np.floor),
        (15, 60, np.floor),
        (24, 60, np.floor),
        (24, 25, np.floor),
        (50, 60, np.floor),
        (7.5, 60, np.floor),
    ],
)
def test_the_images_of_a_converted_clip_get_their_own_times(content: float, fps: float, rounded: Any) -> None:
    k = np.arange(int(4 * fps))
    images = rounded(np.round(k * content / fps, 6))
    found = shown(images, fps)
    assert (found.distinct == (np.diff(images, prepend=-1) > 0)).all()
    assert found.regular and found.rate_hz == pytest.approx(content, rel=1e-9)
    assert np.allclose(found.times_s, np.arange(len(found.times_s)) / content, atol=1e-6)


def test_a_part_of_a_converted_clip_is_even_too() -> None:
    k = np.arange(37, 150)
    levels = np.where(np.diff(np.floor(k * 0.8), prepend=-1) > 0, 70.0, 1.0)
    levels[0] = np.inf
    found = find_repeats(levels, k / 30)
    assert np.allclose(np.diff(found.times_s)[1:], 1 / 24)
    late_s = found.times_s - np.unique(np.floor(k * 0.8)) / 24  # the first image was shown before the clip begins
    assert np.abs(late_s[1:]).max() < 0.6 / 30 and abs(late_s[0]) < 1 / 30


def test_a_pattern_goes_on_where_nothing_moves() -> None:
    images = np.floor(np.arange(240) / 4)
    levels = np.where(np.diff(images, prepend=-1) > 0, 90.0, 2.0)
    levels[:40] = levels[100:160] = 1.0
    levels[0] = np.inf
    found = find_repeats(levels, np.arange(240) / 60)
    assert (found.distinct == (np.diff(images, prepend=-1) > 0)).all() and found.rate_hz == 15


@pytest.mark.parametrize(
    "levels",
    [
        np.full(200, 60.0),
        np.zeros(200),
        NOISE.uniform(0, 4, 200),
        50 + 49 * np.sin(np.arange(200) / 5),
        NOISE.uniform(30, 100, 200),
        np.where(np.arange(200) % 67 == 40, 200.0, 8.0),  # flashes
        np.where((np.arange(200) > 60) & (np.arange(200) < 90), 0.5, 60.0),  # a pause
        np.where((np.arange(200) > 60) & (np.arange(200) < 65), 0.5, 60.0),  # a short one
    ],
    ids=["even", "still", "noise", "swing", "uneven", "flashes", "pause", "short pause"],
)
def test_ordinary_motion_is_no_repeat(levels: FloatArray) -> None:
    assert not find_repeats(np.concatenate([[np.inf], levels]), np.arange(201) / 30).any


def test_single_copies_are_found() -> None:
    levels = np.full(200, 60.0)
    levels[[50, 120, 121, 160]] = 2.0
    levels[0] = np.inf
    found = find_repeats(levels, np.arange(200) / 30)
    assert np.flatnonzero(~found.distinct).tolist() == [50, 120, 121, 160] or np.flatnonzero(
        ~found.distinct
    ).tolist() == [50, 160]
    assert not found.regular and np.isin(found.times_s, np.arange(200) / 30).all()


def test_changes_of_encoded_copies(tmp_path: Path, tools: Any) -> None:
    """Through a lossy encoder with key frames in between, a small block moves over a still ramp."""
    noise = np.random.default_rng(0)
    images = [image for image in tools.moving(40, 320, 192) for _ in range(3)]
    noisy = [np.clip(image + noise.normal(0, 2, image.shape), 0, 255).astype(np.uint8) for image in images]
    clip = tools.make_clip(tmp_path / "c.mp4", noisy, rate=60, options={"crf": "32", "g": "16"})
    changes = ImageChanges()
    for frame in VideoReader(clip):
        changes.feed(frame.image)
    found = find_repeats(changes.levels, np.arange(120) / 60)
    assert np.flatnonzero(found.distinct).tolist() == list(range(0, 120, 3))
