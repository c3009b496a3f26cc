"""Second detection of small people: for which tracks, in which crop, and its keypoints in image coordinates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasf_demo.detect.base import PlainDetector
from kasf_demo.detect.letterbox import GREY, cut
from kasf_demo.detect.redetect import MARGIN, MAX_SMALL_PX, look_closer, small, square
from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.types.clip import Frame
from kasf_demo.types.people import Detections, Keypoints2D, Track

WIDTH, HEIGHT, SCALE = 400, 300, 0.5
BOX = np.array([100.0, 80.0, 140.0, 180.0])


def person(box: FloatArray) -> FloatArray:
    """(17, 2) points spread over a box."""
    return box[:2] + (box[2:] - box[:2]) * np.linspace(0.1, 0.9, 17)[:, None]


class Closer(PlainDetector):
    """Sees bright rectangles: their keypoints spread over them, score by brightness."""

    name, weights, weights_sha256, parallel = "fake", "none", None, 2

    def __init__(self, scale: float | None = SCALE) -> None:
        self.warnings: list[str] = []
        self.scale = scale
        self.squares: list[tuple[int, ...]] = []

    def detect(self, frame: Frame) -> Detections:
        raise AssertionError("not the whole picture")

    def input_scale(self, width: int, height: int) -> float | None:
        return self.scale

    def detect_close(self, squares: Sequence[Image]) -> list[Detections]:
        self.squares += [image.shape for image in squares]
        return [self.look(image) for image in squares]

    def look(self, image: Image) -> Detections:
        boxes = []
        for value in (250, 200):
            y, x = np.nonzero(image[..., 0] == value)
            if len(x):
                boxes.append(np.array([x.min(), y.min(), x.max() + 1, y.max() + 1], np.float32))
        if not boxes:
            return Detections.empty()
        points = np.stack([person(b) for b in boxes]).astype(np.float32)
        return Detections(
            points, np.full((len(boxes), 17), 0.9, np.float32), np.stack(boxes), np.full(len(boxes), 0.8, np.float32)
        )

    def close(self) -> None: ...


def picture(boxes: dict[int, FloatArray]) -> Image:
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for value, box in boxes.items():
        x0, y0, x1, y1 = (max(0, int(v)) for v in box)
        image[y0:y1, x0:x1] = value
    return image


def track(box: FloatArray, valid: Sequence[bool], number: int = 1) -> Track:
    """A rough detection of a person: all keypoints in the middle of the box."""
    seen = np.array(valid)
    xy = np.where(seen[:, None, None], np.broadcast_to((box[:2] + box[2:]) / 2, (len(seen), 17, 2)), np.nan)
    score = np.where(seen[:, None], 0.3, 0.0) * np.ones(17)
    boxes = np.where(seen[:, None], np.broadcast_to(box, (len(seen), 4)), np.nan)
    return Track(number, Keypoints2D(xy, score, seen, np.zeros(len(seen), bool), "coco"), boxes)


def frames(images: Sequence[Image]) -> list[Frame]:
    return [Frame(k, k / 30, image) for k, image in enumerate(images)]


def test_what_is_found_lies_in_the_whole_picture() -> None:
    seen = track(BOX, [True, False, True])
    images = [picture({250: BOX})] * 2 + [picture({})]
    detector = Closer()
    (found,) = look_closer([seen], [0], detector, frames(images))
    np.testing.assert_allclose(found.keypoints.xy[0], person(BOX), atol=1e-3)
    assert (found.keypoints.score[0] == np.float32(0.9)).all()
    np.testing.assert_array_equal(found.keypoints.xy[1:], seen.keypoints.xy[1:])  # no person there; no detection there
    np.testing.assert_array_equal(found.keypoints.score[1:], seen.keypoints.score[1:])
    np.testing.assert_array_equal(found.box, seen.box)
    assert detector.squares == [(125, 125, 3)] * 2  # a square a valid frame
    assert (seen.keypoints.score[0] == 0.3).all()  # what was given is as it was


def test_the_one_looked_for_is_taken_and_nobody_else() -> None:
    beside = BOX + np.array([30.0, 0, 30, 0])
    (found,) = look_closer([track(BOX, [True])], [0], Closer(), frames([picture({200: beside, 250: BOX})]))
    np.testing.assert_allclose(found.keypoints.xy[0], person(BOX), atol=1e-3)
    alone = track(BOX, [True])
    (found,) = look_closer([alone], [0], Closer(), frames([picture({200: beside})]))
    np.testing.assert_array_equal(found.keypoints.xy, alone.keypoints.xy)


@pytest.mark.parametrize(("sure", "taken"), [(0.3, True), (0.99, True), (1.01, False)])  # a close look's scores are 0.9
def test_a_look_that_is_less_sure_is_not_taken(sure: float, taken: bool) -> None:
    seen = track(BOX, [True])
    seen.keypoints.score[:, 5:] = sure
    (found,) = look_closer([seen], [0], Closer(), frames([picture({250: BOX})]))
    assert (np.abs(found.keypoints.xy[0] - person(BOX)).max() < 1e-3) == taken


def test_only_those_of_which_are_looked_at() -> None:
    tracks = [track(BOX, [True], 1), track(BOX + 120, [True], 2)]
    image = picture({250: BOX, 200: BOX + 120})
    found = look_closer(tracks, [1], Closer(), frames([image]))
    assert found[0] is tracks[0] and [t.id for t in found] == [1, 2]
    np.testing.assert_allclose(found[1].keypoints.xy[0], person(BOX + 120), atol=1e-3)


def test_at_the_edge_of_the_picture() -> None:
    box = np.array([-10.0, 220, 40, 320])
    (found,) = look_closer([track(box, [True])], [0], Closer(), frames([picture({250: box})]))
    assert (found.keypoints.xy >= 0).all() and (found.keypoints.xy[0] <= [WIDTH, HEIGHT]).all()
    np.testing.assert_allclose(found.keypoints.xy[0], person(np.array([0.0, 220, 40, 300])), atol=1e-3)


def test_errors_of_the_detector_come_out() -> None:
    class Broken(Closer):
        def look(self, image: Image) -> Detections:
            raise OSError("no eyes")

    with pytest.raises(OSError, match="no eyes"):
        look_closer([track(BOX, [True] * 9)], [0], Broken(), frames([picture({})] * 9))


def test_who_is_small() -> None:
    limit = MAX_SMALL_PX / SCALE
    sizes = [limit - 1, limit + 1, 10]
    tracks = [track(np.array([0.0, 0, 5, side]), [True, False, True], i) for i, side in enumerate(sizes)]
    nobody = track(BOX, [False] * 3)
    assert small([*tracks, nobody], Closer(), WIDTH, HEIGHT) == [0, 2]
    lying = track(np.array([0.0, 0, limit + 1, 5]), [True])
    assert small([lying], Closer(), WIDTH, HEIGHT) == []
    assert small(tracks, Closer(None), WIDTH, HEIGHT) == [] == small(tracks, None, WIDTH, HEIGHT)


numbers = st.floats(-300, 700)


@given(x=numbers, y=numbers, w=st.floats(0, 500), h=st.floats(0, 500))
def test_the_square_holds_the_box_with_its_margin(x: float, y: float, w: float, h: float) -> None:
    left, top, side = square(np.array([x, y, x + w, y + h]))
    assert side >= 2 and side == pytest.approx(max(2, MARGIN * max(w, h)), abs=0.51)
    slack = 0.125 * max(w, h) - 1.5  # rounding
    assert left <= x - slack and top <= y - slack and left + side >= x + w + slack and top + side >= y + h + slack


@given(left=st.integers(-60, 60), top=st.integers(-60, 60), side=st.integers(2, 90))
def test_what_is_cut_out_is_the_picture_or_grey(left: int, top: int, side: int) -> None:
    image = np.random.default_rng(0).integers(0, 255, (30, 40, 3), dtype=np.uint8)
    out = cut(image, left, top, side, beyond=GREY)
    assert out.shape == (side, side, 3)
    padded = np.full((270, 280, 3), GREY, np.uint8)
    padded[120:150, 120:160] = image
    np.testing.assert_array_equal(out, padded[120 + top : 120 + top + side, 120 + left : 120 + left + side])
