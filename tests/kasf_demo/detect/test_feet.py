"""`--feet mediapipe`: feet are taken where both networks see the same ankle, whatever they call left."""

from __future__ import annotations

import numpy as np
import pytest

from kasf_demo.detect import feet
from kasf_demo.errors import UsageError
from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.types.clip import Frame
from kasf_demo.types.people import Keypoints2D, Track

ANKLES = np.array([[300.0, 400.0], [360.0, 410.0]])  # left, right, px of the frame
BOX = np.array([250.0, 100.0, 400.0, 430.0])


def track(valid: list[bool]) -> Track:
    n = len(valid)
    xy = np.full((n, 17, 2), 320.0)
    xy[:, 15:] = ANKLES
    seen = np.array(valid)
    xy[~seen] = np.nan
    k = Keypoints2D(xy, np.where(seen[:, None], 0.9, 0.0) * np.ones(17), seen, np.zeros(n, bool), "coco")
    return Track(1, k, np.where(seen[:, None], BOX, np.nan))


class Finder:
    """Landmarks around ANKLES, in px of the crop that it is given."""

    def __init__(self, *, swapped: bool = False, off_px: float = 0.0) -> None:
        self.swapped, self.off_px, self.asked = swapped, off_px, 0

    def find(self, image: Image) -> FloatArray | None:
        self.asked += 1
        assert image.shape[0] == image.shape[1] > 330  # all of the person
        marks = np.full((33, 6), 0.95, np.float32)
        corner = np.array([325.0, 265.0]) - image.shape[0] / 2
        for side, row in enumerate((1, 0) if self.swapped else (0, 1)):
            ankle = ANKLES[side] + [self.off_px * side, 0] - corner
            for landmark, offset in ((27, (0, 0)), (29, (-5, 8)), (31, (25, 12))):
                marks[landmark + row, :2] = ankle + np.array(offset)
        return marks

    def close(self) -> None: ...


def frames(n: int) -> list[Frame]:
    return [Frame(i, i / 30, np.zeros((480, 640, 3), np.uint8)) for i in range(n)]


@pytest.mark.parametrize("swapped", [False, True])
def test_feet_go_with_the_tracks_own_ankles(swapped: bool) -> None:
    finder = Finder(swapped=swapped)
    (found,) = feet.find_feet([track([True, False, True])], finder, frames(3))
    points = found.keypoints.feet
    assert points is not None and finder.asked == 2
    want = np.concatenate([ANKLES[[0]] + [[-5, 8], [25, 12]], ANKLES[[1]] + [[-5, 8], [25, 12]]])
    np.testing.assert_allclose(points.xy[0], want, atol=1)
    assert np.isnan(points.xy[1]).all() and (points.score[1] == 0).all() and (points.score[2] > 0.9).all()


def test_a_foot_at_another_ankle_is_not_taken() -> None:
    (found,) = feet.find_feet([track([True])], Finder(off_px=40), frames(1))
    points = found.keypoints.feet
    assert points is not None and (points.score[0, :2] > 0.9).all() and (points.score[0, 2:] == 0).all()


def test_shots_get_their_own_frames() -> None:
    finder = Finder()
    shots = feet.find_feet_in_shots([[track([True])], [track([True, True])]], [(1, 2), (3, 5)], finder, iter(frames(6)))
    assert finder.asked == 3
    assert all(t.keypoints.feet is not None and (t.keypoints.feet.score > 0).all() for t in (shots[0][0], shots[1][0]))


def test_without_mediapipe_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feet, "installed", lambda name: False)
    assert not feet.asks_network("auto") and not feet.asks_network("off")
    with pytest.raises(UsageError, match="mediapipe is not installed"):
        feet.asks_network("mediapipe")
