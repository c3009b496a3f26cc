"""Bars around the content of a clip: what is found, and what only looks like bars."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from feet import some_feet
from panorama import texture

from kasf_demo.camera import BackgroundPoints
from kasf_demo.detect.base import PlainDetector
from kasf_demo.detect.in_content import ContentDetector, in_content
from kasf_demo.types.camera import Camera
from kasf_demo.types.clip import ContentArea, Frame
from kasf_demo.types.people import Detections
from kasf_demo.video.content_area import FrameStatistics, find_content
from kasf_demo.video.reader import VideoReader
from kasf_demo.video.scan_content import content_of

W, H, FRAMES = 320, 180, 8
FAR = texture(3, (800, 600))
Pictures = list[np.ndarray]


def video(width: int, height: int, *, level: float = 1.0) -> Pictures:
    """A pan over a texture, with noise."""
    noise = np.random.default_rng(0)
    cuts = [FAR[40 : 40 + height, 10 + 7 * k : 10 + 7 * k + width].astype(float) * level for k in range(FRAMES)]
    return [np.clip(cut + noise.normal(0, 2, cut.shape), 0, 255).astype(np.uint8) for cut in cuts]


def barred(
    area: ContentArea, colour: tuple[int, int, int] = (0, 0, 0), *, level: float = 1.0, noise: float = 0.0
) -> Pictures:
    random = np.random.default_rng(1)
    out = []
    for inner in video(area.width, area.height, level=level):
        image = np.clip(np.full((H, W, 3), colour, float) + random.normal(0, noise, (H, W, 3)), 0, 255).astype(np.uint8)
        image[area.slices] = inner
        out.append(image)
    return out


def found(pictures: Pictures) -> ContentArea | None:
    seen = FrameStatistics.of(pictures[0])
    for image in pictures[1:]:
        seen.add(image)
    area = find_content(seen)
    if area is not None:  # the first frame alone must open the search
        assert find_content(FrameStatistics.of(pictures[0]), relaxed=True) is not None
    return area


def near(area: ContentArea | None, want: ContentArea, px: int = 1) -> bool:
    pairs = (
        []
        if area is None
        else [(getattr(area, side), getattr(want, side)) for side in ("left", "top", "right", "bottom")]
    )
    return bool(pairs) and all(abs(a - b) <= px for a, b in pairs)


LETTER, PILLAR, BOTH = ContentArea(0, 24, W, H - 24), ContentArea(109, 0, 211, H), ContentArea(40, 20, W - 40, H - 20)
ONE, ASIDE = ContentArea(0, 0, W, H - 30), ContentArea(30, 0, 200, H)


@pytest.mark.parametrize("area", [LETTER, PILLAR, BOTH, ONE, ASIDE])
def test_black_bars_are_found_to_the_pixel(area: ContentArea) -> None:
    assert near(found(barred(area)), area)


@pytest.mark.parametrize(
    ("colour", "level", "noise"),
    [((255, 255, 255), 1, 0), ((20, 40, 160), 1, 1), ((4, 4, 4), 1, 2), ((0, 0, 0), 0.35, 1)],
    ids=["white", "blue", "nearly black", "dark content"],
)
def test_bars_of_any_colour_come_in_pairs(colour: tuple[int, int, int], level: float, noise: float) -> None:
    assert near(found(barred(PILLAR, colour, level=level, noise=noise)), PILLAR)
    assert near(found(barred(LETTER, colour, level=level, noise=noise)), LETTER)


@pytest.mark.parametrize("noise", [0.0, 2.0])
@pytest.mark.parametrize(("colour", "area"), [((183, 178, 166), ContentArea(30, 62, 109, 140)),
                                              ((255, 255, 255), ContentArea(200, 10, 290, 120)),
                                              ((0, 0, 0), ContentArea(12, 50, 200, 172))])  # fmt: skip
def test_content_anywhere_on_a_canvas(colour: tuple[int, int, int], area: ContentArea, noise: float) -> None:
    assert near(found(barred(area, colour, noise=noise)), area)


@pytest.mark.parametrize("wide", [20, 120])
def test_an_athlete_in_a_white_studio_is_not_on_a_canvas(wide: int) -> None:
    pictures = [np.full((H, W, 3), 250, np.uint8) for _ in range(FRAMES)]
    for k, image in enumerate(pictures):
        cv2.ellipse(image, (90 + 12 * k, 95), (wide // 2, 60), 10.0 * k, 0, 360, (60, 40, 200), -1)
        cv2.circle(image, (90 + 12 * k, 28), 12, (90, 120, 170), -1)
    assert found(pictures) is None


def test_a_logo_and_a_clock_inside_a_bar() -> None:
    pictures = barred(LETTER)
    for k, image in enumerate(pictures):
        image[5:15, 20:60] = 230
        image[H - 18 : H - 8, 250:280] = 20 * k
    assert near(found(pictures), LETTER)


def test_bars_in_part_of_the_clip_are_kept_as_content() -> None:
    assert found(barred(LETTER)[:4] + video(W, H)[4:]) is None


def shot_on_black() -> Pictures:
    """A black studio: a plain floor that ends in a straight line, and a person walking on it."""
    out = []
    for k in range(FRAMES):
        image = np.zeros((H, W, 3), np.uint8)
        image[130:] = (90, 70, 60)
        image[60:150, 60 + 8 * k : 80 + 8 * k] = (180, 140, 120)
        out.append(image)
    return out


def with_sky() -> Pictures:
    """White sky above a straight wall."""
    out = [image.copy() for image in video(W, H)]
    for image in out:
        image[:60] = 255
    return out


def with_thin_edges(px: int) -> Pictures:
    return barred(ContentArea(px, px, W - px, H - px))


@pytest.mark.parametrize(
    "pictures",
    [
        lambda: video(W, H),
        shot_on_black,
        with_sky,
        lambda: with_thin_edges(1),
        lambda: with_thin_edges(2),
        lambda: [np.zeros((H, W, 3), np.uint8)],
    ],
    ids=["plain", "black studio", "white sky", "1 px edge", "2 px edge", "black"],
)
def test_what_only_looks_like_bars(pictures: Callable[[], Pictures]) -> None:
    assert found(pictures()) is None


def over_blur(inner: np.ndarray, size: tuple[int, int], dim: float = 0.8) -> np.ndarray:
    """`inner` in the middle of a frame of `size` (width, height) that is filled with itself, enlarged and blurred."""
    width, height = size
    scale = max(width / inner.shape[1], height / inner.shape[0])
    big = cv2.GaussianBlur(cv2.resize(inner, None, fx=scale, fy=scale), (0, 0), 8)
    y, x = (big.shape[0] - height) // 2, (big.shape[1] - width) // 2
    image = (big[y : y + height, x : x + width] * dim).astype(np.uint8)
    top, left = (height - inner.shape[0]) // 2, (width - inner.shape[1]) // 2
    image[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
    return image


def test_blurred_sides() -> None:
    upright = [over_blur(inner, (640, 360)) for inner in video(202, 360)]
    assert near(found(upright), ContentArea(219, 0, 421, 360), 3)
    wide = [over_blur(inner, (360, 640)) for inner in video(360, 202)]
    assert near(found(wide), ContentArea(0, 219, 360, 421), 3)


def test_a_sharp_athlete_before_a_blurred_background_is_no_bar() -> None:
    inner = video(202, 360)[0]
    soft = cv2.GaussianBlur(FAR[:360, :640], (0, 0), 9)
    soft[:, 219:421] = inner
    assert found([soft] * FRAMES) is None


def test_a_clip_is_scanned_past_its_fade_from_black(tmp_path: Path, tools: Any) -> None:
    pictures = [image.copy() for image in barred(PILLAR) * 3]
    for k in range(12):
        pictures[k] = (pictures[k] * (k / 12)).astype(np.uint8)
    assert near(
        content_of(VideoReader(tools.make_clip(tmp_path / "a.mp4", pictures, options={"crf": "23"}))), PILLAR, 2
    )
    assert content_of(VideoReader(tools.make_clip(tmp_path / "b.mp4", video(W, H)))) is None
    assert content_of(VideoReader(tools.make_clip(tmp_path / "c.mp4", [np.zeros((H, W, 3), np.uint8)] * 3))) is None


def test_bars_that_end_late_in_a_long_clip_are_content(tmp_path: Path, tools: Any) -> None:
    pictures = barred(PILLAR) * 10 + video(W, H) * 8
    assert content_of(VideoReader(tools.make_clip(tmp_path / "a.mp4", pictures))) is None


class Detector(PlainDetector):
    name, weights, weights_sha256, batch = "made-up", "", None, 4

    def __init__(self) -> None:
        self.sizes: list[tuple[int, ...]] = []
        self.warnings: list[str] = []

    def detect(self, frame: Frame) -> Detections:
        self.sizes.append(frame.image.shape)
        xy = np.full((1, 17, 2), 5, np.float32)
        return Detections(
            xy, np.ones((1, 17), np.float32), np.array([[1, 2, 9, 12]], np.float32), np.ones(1, np.float32),
            feet=some_feet(1),
        )  # fmt: skip

    def detect_many(self, frames: list[Frame]) -> list[Detections]:
        return [self.detect(frame) for frame in frames]

    def close(self) -> None: ...


def test_a_detector_sees_the_content_only_and_answers_in_pixels_of_the_frame(tmp_path: Path, tools: Any) -> None:
    info = VideoReader(tools.make_clip(tmp_path / "a.mp4", barred(PILLAR))).info
    inner = Detector()
    assert in_content(inner, info) is inner
    outer = in_content(inner, replace(info, bars_around=PILLAR))
    assert isinstance(outer, ContentDetector)
    frame = Frame(0, 0.0, barred(PILLAR)[0])
    for people in (outer.detect(frame), *outer.detect_many([frame])):
        assert people.xy[0, 0].tolist() == [5 + PILLAR.left, 5]
        assert people.feet is not None
        assert np.allclose(people.feet.xy - some_feet(1).xy, [PILLAR.left, 0], atol=1e-4)
        assert people.box[0].tolist() == [1 + PILLAR.left, 2, 9 + PILLAR.left, 12]
    assert inner.sizes == [(H, PILLAR.width, 3)] * 2
    assert outer.batch == 4


def test_the_lens_and_the_background_are_those_of_the_content(tmp_path: Path, tools: Any) -> None:
    info = VideoReader(tools.make_clip(tmp_path / "a.mp4", barred(ASIDE))).info
    whole, part = (Camera.of(i, fov_deg=None, focal_px=None) for i in (info, replace(info, bars_around=ASIDE)))
    assert part.focal_px == pytest.approx(whole.focal_px * H / W)
    assert (part.cx_px, part.cy_px) == (115, 90)
    points = BackgroundPoints(30.0, ASIDE)
    for image in barred(ASIDE):
        points.feed(image, np.zeros((0, 4)))
    for link in points.links:
        assert len(link.px) > 20
        assert (link.px[:, 0] >= ASIDE.left).all()
        assert (link.px[:, 0] <= ASIDE.right).all()
    assert np.median((points.links[0].px - points.links[0].key_px)[:, 0]) == pytest.approx(-7, abs=0.3)
