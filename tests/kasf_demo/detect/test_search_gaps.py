"""People whom the detector misses are searched for again where they should be, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kasf_demo.detect.base import PlainDetector
from kasf_demo.detect.search_gaps import predicted, search_gaps
from kasf_demo.types.arrays import BoolArray, FloatArray, Image
from kasf_demo.types.clip import Frame
from kasf_demo.types.people import Detections, Keypoints2D, Track

WIDTH, HEIGHT, FRAMES = 400, 300, 60
TIMES = np.arange(FRAMES) / 30
WAY = np.array([(100 + 2 * t, 80, 140 + 2 * t, 180) for t in range(FRAMES)], float)


def person(box: FloatArray) -> FloatArray:
    return box[:2] + (box[2:] - box[:2]) * np.linspace(0.1, 0.9, 17)[:, None]


def track(seen: BoolArray, way: FloatArray = WAY, number: int = 1) -> Track:
    xy = np.stack([person(b) for b in way])
    xy[~seen] = np.nan
    box = np.where(seen[:, None], way, np.nan)
    score = np.where(seen[:, None], np.full((FRAMES, 17), 0.9), 0.0)
    return Track(number, Keypoints2D(xy, score, seen, np.zeros(FRAMES, bool), "coco"), box)


def seen_except(*missing: int) -> BoolArray:
    seen = np.ones(FRAMES, bool)
    seen[list(missing)] = False
    return seen


class Closer(PlainDetector):
    """Sees one bright rectangle, with these scores."""

    name, weights, weights_sha256, parallel = "fake", "none", None, 2

    def __init__(self, score: float = 0.7, box_score: float = 0.4) -> None:
        self.score, self.box_score, self.calls = score, box_score, 0

    def detect_close(self, squares: Sequence[Image]) -> list[Detections]:
        self.calls += len(squares)
        return [self._look(image) for image in squares]

    def _look(self, image: Image) -> Detections:
        y, x = np.nonzero(image[..., 0] == 250)
        if not len(x):
            return Detections.empty()
        box = np.array([x.min(), y.min(), x.max() + 1, y.max() + 1], np.float32)
        points = person(box)[None].astype(np.float32)
        scores = np.full((1, 17), self.score, np.float32)
        return Detections(points, scores, box[None], np.array([self.box_score], np.float32))


def frames(way: FloatArray = WAY) -> list[Frame]:
    out = []
    for t, (x0, y0, x1, y1) in enumerate(way.astype(int)):
        image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        image[y0:y1, x0:x1] = 250
        out.append(Frame(t, t / 30, image))
    return out


def searched(of: Track, detector: Closer, shown: FloatArray = WAY, others: Sequence[Track] = ()) -> Track:
    boxes = predicted(of, TIMES, WIDTH, HEIGHT)
    return search_gaps([of], [boxes], [of, *others], detector, frames(shown))[0]


def test_a_gap_is_filled_with_what_is_seen() -> None:
    gap = range(20, 40)
    detector = Closer()
    got = searched(track(seen_except(*gap)), detector)
    assert got.keypoints.valid.all() and not got.keypoints.interpolated.any()
    assert np.allclose(got.keypoints.xy, np.stack([person(b) for b in WAY]), atol=1e-3)
    assert np.allclose(got.keypoints.score[20:40], 0.7) and detector.calls == len(gap)


def test_a_complete_track_is_not_searched() -> None:
    assert np.isnan(predicted(track(seen_except()), TIMES, WIDTH, HEIGHT)).all()


def test_ends_within_the_image_are_searched_for_a_while() -> None:
    still = np.tile(WAY[:1], (FRAMES, 1))
    of = track(seen_except(*range(20), *range(40, 60)), still)
    wanted = np.flatnonzero(np.isfinite(predicted(of, TIMES, WIDTH, HEIGHT)).all(1))
    assert wanted.tolist() == [*range(8, 20), *range(40, 52)]  # 0.4 s
    assert searched(of, Closer(), still).keypoints.valid[8:52].all()


def test_who_leaves_the_image_is_not_searched() -> None:
    leaves = WAY + (400 - WAY[39, 2]) * np.array([1, 0, 1, 0])  # touches the right border in frame 39
    of = track(seen_except(*range(40, 60)), leaves)
    assert not np.isfinite(predicted(of, TIMES, WIDTH, HEIGHT)).any()


def test_nobody_there_or_hardly_anybody() -> None:
    of = track(seen_except(*range(20, 40)))
    elsewhere = WAY + np.array([0, 150, 0, 115])
    for detector, shown in ((Closer(), elsewhere), (Closer(score=0.5), WAY), (Closer(box_score=0.25), WAY)):
        assert searched(of, detector, shown).keypoints.valid.sum() == FRAMES - 20


def test_another_person_is_not_taken() -> None:
    of = track(seen_except(*range(20, 40)))
    assert searched(of, Closer(), others=[track(seen_except(), number=2)]).keypoints.valid.sum() == FRAMES - 20


def test_long_gaps_stay_empty() -> None:
    times = np.arange(FRAMES) / 5
    assert np.isnan(predicted(track(seen_except(*range(10, 50))), times, WIDTH, HEIGHT)[10:50]).all()


def test_what_does_not_continue_the_track_is_not_taken() -> None:
    shown = WAY.copy()
    shown[25:35] += np.array([0, 30, 0, 30])  # something else, 0.4 sizes away, within the overlap
    got = searched(track(seen_except(*range(20, 40))), Closer(), shown).keypoints
    assert got.valid[:25].all() and got.valid[35:].all() and not got.valid[25:35].any()
