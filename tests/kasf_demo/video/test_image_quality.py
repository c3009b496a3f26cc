"""Sharpness falls with blur whatever the contrast; brightness is that of the person."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from kasf_demo.video.image_quality import ImageQuality, blur_of, sample_of


def texture(contrast: float = 1.0) -> np.ndarray:
    """(240, 120, 3) with edges of all sizes."""
    rng = np.random.default_rng(0)
    coarse = cv2.resize(rng.uniform(0, 255, (24, 12)).astype(np.float32), (120, 240), interpolation=cv2.INTER_NEAREST)
    grey = 128 + contrast * (0.7 * coarse + 0.3 * rng.uniform(0, 255, (240, 120)) - 128)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize("contrast", [1.0, 0.3])
def test_blur_rises_with_blur(contrast: float) -> None:
    blurs = [sample_of(0, texture(contrast)).blur]
    blurs += [sample_of(0, cv2.GaussianBlur(texture(contrast), (0, 0), s)).blur for s in (1, 2, 4)]
    assert blurs == sorted(blurs) and blurs[0] < 0.4 and blurs[2] > 0.6 and blurs[3] > 0.7
    assert blur_of(np.full((40, 40), 7.0, np.float32)) == 1.0


def test_the_largest_person_is_looked_at_twice_a_second() -> None:
    quality = ImageQuality(30)
    image = np.zeros((720, 1280, 3), np.uint8)
    image[100:400, 600:700] = 200
    boxes = np.array([[10.0, 10, 40, 60], [600, 100, 700, 400]])
    for _ in range(61):
        quality.feed(image, boxes)
    assert [s.frame for s in quality.samples] == [0, 15, 30, 45, 60]
    assert all(s.brightness == pytest.approx(200, abs=1) for s in quality.samples)


def test_no_people_and_boxes_outside_give_no_samples() -> None:
    quality = ImageQuality(2)
    for boxes in (np.zeros((0, 4)), np.array([[-50.0, -50, -10, -10]]), np.array([[5.0, 5, 10, 10]])):
        quality.feed(np.zeros((100, 100, 3), np.uint8), boxes)
    assert quality.samples == []
