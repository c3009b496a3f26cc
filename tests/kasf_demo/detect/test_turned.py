"""People who are turned over are detected again in turned crops, and nobody else is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from kasf_demo.detect.base import PlainDetector
from kasf_demo.detect.turned import lean_deg, look_afresh, look_turned, replaced, turned, widened
from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.types.clip import Frame
from kasf_demo.types.people import Detections, Keypoints2D, Track

SIZE, FRAMES = 400, 24
TIMES = np.arange(FRAMES) / 30
UPRIGHT = np.array(
    [(0, -90), (-5, -95), (5, -95), (-10, -90), (10, -90), (-25, -60), (25, -60), (-35, -30), (35, -30), (-40, 0),
     (40, 0), (-15, 10), (15, 10), (-18, 60), (18, 60), (-20, 110), (20, 110)], float,
)  # fmt: skip
SOMERSAULT = np.linspace(0, 360, FRAMES)  # degrees clockwise


def turn(points: FloatArray, deg: float) -> FloatArray:
    c, s = np.cos(np.radians(deg)), np.sin(np.radians(deg))
    return points @ np.array([[c, s], [-s, c]])


def poses(leans: FloatArray) -> FloatArray:
    return np.stack([SIZE / 2 + turn(UPRIGHT, deg) for deg in leans])


def track(xy: FloatArray) -> Track:
    seen = np.ones(len(xy), bool)
    box = np.concatenate([xy.min(1) - 5, xy.max(1) + 5], axis=1)
    return Track(1, Keypoints2D(xy, np.full(xy.shape[:2], 0.9), seen, ~seen, "coco"), box)


def drawn(xy: FloatArray) -> Frame:
    """Each joint is a blob with a level of its own."""
    image = np.zeros((SIZE, SIZE, 3), np.uint8)
    for j, p in enumerate(xy):
        cv2.circle(image, (round(p[0]), round(p[1])), 3, (50 + 12 * j, 0, 255), -1)
    return Frame(0, 0.0, image)


class UprightOnly(PlainDetector):
    """Finds the drawn joints of people who are nearly upright; of others it finds somebody upright, with full
    scores."""

    name, weights, weights_sha256 = "fake", "none", None

    def __init__(self) -> None:
        self.calls = 0

    def detect_close(self, squares: Sequence[Image]) -> list[Detections]:
        self.calls += len(squares)
        return [self.seen(image) for image in squares]

    def seen(self, image: Image) -> Detections:
        xy = np.full((17, 2), np.nan)
        for j in range(17):
            y, x = np.nonzero((image[..., 2] > 250) & (np.abs(image[..., 0].astype(int) - (50 + 12 * j)) < 3))
            xy[j] = np.median(x), np.median(y)
        if abs(lean_deg(xy)) > 40:
            xy = len(image) / 2 + UPRIGHT
        points = xy[None].astype(np.float32)
        box = np.concatenate([points.min(1), points.max(1)], axis=1)
        return Detections(points, np.full((1, 17), 0.9, np.float32), box, np.array([0.9], np.float32))


@pytest.mark.parametrize("way", [1, -1])
def test_a_somersault_is_followed_round(way: int) -> None:
    true = poses(way * SOMERSAULT)
    seen = track(true)
    wanted = turned(seen, TIMES)
    assert 8 <= wanted.sum() <= 14 and wanted[FRAMES // 2]
    wrong = true.copy()
    wrong[wanted] = UPRIGHT + SIZE / 2 + 30 * np.sin(np.arange(17))[:, None]
    detector = UprightOnly()
    of = track(wrong)
    of = Track(1, of.keypoints, seen.box)  # the box is right, the limbs are not
    found = look_turned([of], [wanted], detector, [drawn(xy) for xy in true])[0].keypoints
    assert np.abs(found.xy[wanted, 5:] - true[wanted, 5:]).max() < 3 and detector.calls == wanted.sum()
    assert np.array_equal(found.xy[~wanted], wrong[~wanted])


def test_frames_that_were_replaced() -> None:
    xy = poses(SOMERSAULT)
    before, seen = track(xy), np.ones(FRAMES, bool)
    seen[3] = False
    moved = xy.copy()
    moved[7, 15] += 2
    gap = replace(before, keypoints=replace(before.keypoints, valid=seen, xy=np.where(seen[:, None, None], xy, np.nan)))
    assert np.flatnonzero(replaced(gap, track(moved))).tolist() == [3, 7]
    assert not replaced(gap, gap).any() and not replaced(before, gap).any()


def test_who_stands_or_bends_down_is_left_alone() -> None:
    leans = np.concatenate([np.linspace(0, 110, FRAMES // 2), np.linspace(110, 0, FRAMES // 2)])
    bent = poses(leans)
    bent[:, 13:] = SIZE / 2 + UPRIGHT[13:]  # the legs stay
    assert not turned(track(bent), TIMES).any()
    assert not turned(track(poses(np.full(FRAMES, 60.0))), TIMES).any()


def test_a_moment_in_which_legs_are_taken_for_arms_is_bridged() -> None:
    xy = poses(SOMERSAULT)
    xy[11:14] = SIZE / 2 + UPRIGHT
    assert turned(track(xy), TIMES)[9:16].all()
    assert not turned(track(xy), TIMES * 4)[11:14].any()


def test_nobody_found_leaves_the_track_as_it_is() -> None:
    xy = poses(SOMERSAULT)

    class Nobody(UprightOnly):
        def seen(self, image: Image) -> Detections:
            return Detections.empty()

    of = track(xy)
    found = look_turned([of], [turned(of, TIMES)], Nobody(), [drawn(p) for p in xy])[0].keypoints
    assert np.array_equal(found.xy, xy) and np.array_equal(found.score, of.keypoints.score)


def test_lean_is_clockwise_from_upright() -> None:
    for deg in (0, 45, 90, 170, -90):
        assert lean_deg(turn(UPRIGHT, deg)) == pytest.approx(deg)


class FreshLooks(UprightOnly):
    """Sees everybody, but imagines somebody of its own in crops with a dark spot."""

    def seen(self, image: Image) -> Detections:
        xy = np.full((17, 2), np.nan)
        for j in range(17):
            y, x = np.nonzero((image[..., 2] > 250) & (np.abs(image[..., 0].astype(int) - (50 + 12 * j)) < 3))
            xy[j] = np.median(x), np.median(y)
        if (image[..., 1] == 200).any():
            xy += 0.5 * len(image)
        points = xy[None].astype(np.float32)
        box = np.concatenate([points.min(1), points.max(1)], axis=1)
        world = np.ones((1, 12, 3), np.float32)
        return Detections(points, np.full((1, 17), 0.9, np.float32), box, np.array([0.9], np.float32), world=world)


def test_fresh_looks_that_agree_replace_a_lost_region_and_fill_gaps() -> None:
    true = poses(SOMERSAULT)
    held = true.copy()
    held[14:18] = true[13]  # the region stays where it was
    of = track(held)
    k = of.keypoints
    seen = k.valid.copy()
    seen[12] = False
    held[12] = np.nan
    world = np.zeros((FRAMES, 12, 3))
    of = replace(of, keypoints=replace(k, xy=held, valid=seen, world=world))
    wanted = widened(turned(of, TIMES), TIMES)
    shown = [drawn(xy) for xy in true]
    shown[15].image[200:203, 200:203, 1] = 200
    found = look_afresh([of], [wanted], FreshLooks(), shown)[0].keypoints
    assert wanted[12] and found.valid.all()
    right = wanted.copy()
    right[15] = False
    assert np.abs(found.xy[right, 5:] - true[right, 5:]).max() < 3 and np.array_equal(found.xy[15], held[15])
    assert found.world is not None and (found.world[right] == 1).all() and (found.world[~right] == 0).all()


def test_looks_reach_a_fifth_of_a_second_around() -> None:
    over = np.zeros(FRAMES, bool)
    over[10] = True
    assert np.flatnonzero(widened(over, TIMES)).tolist() == list(range(4, 17))
