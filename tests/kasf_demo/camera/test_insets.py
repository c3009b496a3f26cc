"""Insets of the frame: found by a border that stands still over a moving background, and their points do not count."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from panorama import MIDDLE, SIZE, rotation, seen, texture

from kasf_demo.camera import BackgroundPoints, LinksOutside, camera_motion, inset_of

FOCAL, FRAMES = 700.0, 48
FAR, COACH = cv2.GaussianBlur(texture(6), (0, 0), 4), cv2.GaussianBlur(texture(9)[:150, :220], (0, 0), 5)
BOX = (400, 16, 600, 136)


def frames(pan_deg: float, box: tuple[int, int, int, int] | None) -> list[np.ndarray]:
    out = []
    for k in range(FRAMES):
        image = seen(FAR, rotation(pan_deg * k / FRAMES), FOCAL).copy()
        if box is not None:
            x0, y0, x1, y1 = box
            image[y0:y1, x0:x1] = 255
            image[y0 + 3 : y1 - 3, x0 + 3 : x1 - 3] = COACH[: y1 - y0 - 6, : x1 - x0 - 6]
            image[y0 + 40 : y0 + 90, x0 + 60 + k : x0 + 80 + k] = (200, 150, 120)  # the inset's own motion
        out.append(image)
    return out


def followed(images: list[np.ndarray]) -> BackgroundPoints:
    points = BackgroundPoints(30.0)
    for image in images:
        points.feed(image, np.zeros((0, 4)))
    return points


@pytest.mark.parametrize(
    "box", [BOX, (0, 0, 180, 120), (440, 230, 640, 360)], ids=["free", "upper left corner", "lower right corner"]
)
def test_an_inset_over_a_pan_is_found(box: tuple[int, int, int, int]) -> None:
    points = followed(frames(15, box))
    insets = points.insets()
    assert insets.shape == (1, 4)
    assert np.abs(insets[0] - box).max() <= 12
    links = LinksOutside(points.links, insets)
    motion = camera_motion(links, FRAMES, focal_px=FOCAL, centre_px=MIDDLE, side_px=SIZE[0])
    assert motion.kind == "turns"
    assert motion.turned_deg == pytest.approx(15, abs=1)
    assert motion.reliable.all()


@pytest.mark.parametrize(
    ("pan_deg", "box"), [(15, None), (0, BOX), (0, None)], ids=["pan", "tripod with an inset", "tripod"]
)
def test_nothing_is_found_without_an_inset_or_without_motion(
    pan_deg: float, box: tuple[int, int, int, int] | None
) -> None:
    assert len(followed(frames(pan_deg, box)).insets()) == 0


def test_people_are_in_an_inset_if_they_stay_in_it() -> None:
    boxes = np.array([BOX], float)
    person = np.tile([450.0, 30, 500, 130], (20, 1))
    assert inset_of(person, boxes) == 0
    person[5:] = np.nan
    assert inset_of(person, boxes) == 0
    passing = np.tile([300.0, 30, 500, 300], (20, 1))
    assert inset_of(passing, boxes) is None
    assert inset_of(person, np.zeros((0, 4))) is None
    assert inset_of(np.full((3, 4), np.nan), boxes) is None
