"""People lost for others are followed on, forward and back, while two crops show one pose that continues theirs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from kasf_demo import tracking
from kasf_demo.detect import follow_lost
from kasf_demo.detect.base import PlainDetector
from kasf_demo.detect.follow_lost import LostPeople, losing
from kasf_demo.types.arrays import BoolArray, FloatArray, Image
from kasf_demo.types.clip import Frame
from kasf_demo.types.people import Detections, Keypoints2D, Track

WIDTH, HEIGHT, FRAMES = 400, 300, 60
WAY = np.array([(60 + 3 * t, 80, 100 + 3 * t, 180) for t in range(FRAMES)], float)
NONE = np.zeros(FRAMES, bool)
PERSON, IMAGINED = 250, 120  # levels of what is shown


def person(box: FloatArray) -> FloatArray:
    return box[:2] + (box[2:] - box[:2]) * np.stack([np.tile([0.1, 0.9, 0.5], 6)[:17], np.linspace(0.1, 0.9, 17)], -1)


def track(seen: BoolArray, way: FloatArray = WAY, number: int = 1) -> Track:
    xy = np.stack([person(b) for b in way])
    xy[~seen] = np.nan
    score = np.where(seen[:, None], np.full((FRAMES, 17), 0.9), 0.0)
    return Track(number, Keypoints2D(xy, score, seen, NONE, "coco"), np.where(seen[:, None], way, np.nan))


def seen_in(first: int, last: int) -> BoolArray:
    seen = NONE.copy()
    seen[first:last] = True
    return seen


class Crops(PlainDetector):
    """Sees one bright rectangle; of a grey one it imagines a person in a corner of the crop."""

    name, weights, weights_sha256 = "fake", "none", None

    def __init__(self, score: float = 0.8) -> None:
        self.score, self.calls = score, 0

    def detect_close(self, squares: Sequence[Image]) -> list[Detections]:
        self.calls += len(squares)
        return [self._look(image) for image in squares]

    def _look(self, image: Image) -> Detections:
        for level in (PERSON, IMAGINED):
            y, x = np.nonzero(image[..., 0] == level)
            if len(x):
                box = np.array([x.min(), y.min(), x.max() + 1, y.max() + 1], np.float32)
                if level == IMAGINED:
                    box = np.array([0, 0, len(image) / 2, len(image) / 2], np.float32)
                scores = np.full((1, 17), self.score, np.float32)
                return Detections(person(box)[None].astype(np.float32), scores, box[None], scores[:, 0])
        return Detections.empty()


def frames(way: FloatArray = WAY, levels: Sequence[int] = (PERSON,) * FRAMES) -> list[Frame]:
    out = []
    for t, (x0, y0, x1, y1) in enumerate(way.astype(int)):
        image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        image[y0:y1, x0:x1] = levels[t]
        out.append(Frame(t, t / 30, image))
    return out


def followed(
    of: Track, detector: Crops, shown: Sequence[Frame], others: Sequence[Track] = (), copies: BoolArray = NONE
) -> tuple[BoolArray, int]:
    """(T,) frames in which somebody was found, and the number of passes over the frames."""
    lost, passes = LostPeople([of], [of, *others], detector, copies), 0
    while lost.unfinished:
        lost.look(shown)
        passes += 1
    return np.array([len(d) > 0 for d in lost.added_to([Detections.empty()] * FRAMES)]), passes


def test_before_between_and_after() -> None:
    of = track(seen_in(10, 20) | seen_in(40, 50))
    detector = Crops()
    found, passes = followed(of, detector, frames())
    assert np.array_equal(found, ~of.keypoints.valid) and passes == 1
    assert detector.calls == 2 * found.sum()


def test_what_is_found_is_where_it_is_shown() -> None:
    of = track(seen_in(20, 40))
    lost = LostPeople([of], [of], Crops(), NONE)
    lost.look(frames())
    added = lost.added_to([Detections.empty()] * FRAMES)
    for t in (0, 5, 19, 40, 59):
        assert np.allclose(added[t].xy[0], person(WAY[t]), atol=0.5) and np.allclose(added[t].box[0], WAY[t], atol=0.5)


def test_many_frames_before_the_first_take_more_passes_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow_lost, "HELD_BYTES", 10 * WIDTH * HEIGHT * 3)
    found, passes = followed(track(seen_in(45, FRAMES)), Crops(), frames())
    assert np.array_equal(found, seen_in(0, 45)) and passes == 5
    found, passes = followed(track(seen_in(28, 30) | seen_in(58, 60)), Crops(), frames())
    assert np.array_equal(found, ~(seen_in(28, 30) | seen_in(58, 60))) and passes == 3


def test_what_changes_with_the_crop_is_imagined() -> None:
    levels = [PERSON] * 30 + [IMAGINED] * 30
    found, _ = followed(track(seen_in(0, 20)), Crops(), frames(levels=levels))
    assert np.array_equal(found, seen_in(20, 30))


def test_what_does_not_continue_the_motion_is_somebody_else() -> None:
    shown = WAY.copy()
    shown[30:] += np.array([0, 30, 0, 30])
    found, _ = followed(track(seen_in(0, 20)), Crops(), frames(shown))
    assert np.array_equal(found, seen_in(20, 30))


def test_low_scores_and_other_peoples_poses_are_not_taken() -> None:
    of = track(seen_in(0, 20))
    assert not followed(of, Crops(score=0.4), frames())[0].any()
    other = track(seen_in(15, FRAMES), number=2)
    assert not followed(of, Crops(), frames(), [other])[0].any()


def test_who_is_gone_is_not_looked_for_long() -> None:
    detector = Crops()
    found, _ = followed(track(seen_in(0, 20)), detector, frames(levels=[PERSON] * 20 + [0] * 40))
    assert not found.any() and detector.calls == 2 * (follow_lost.MAX_SKIPPED + 1)


def test_copies_of_images_are_not_looked_at() -> None:
    copies = NONE.copy()
    copies[4::5] = True
    of = track(~copies)
    assert not losing([of], copies) and losing([of], NONE) == [of]
    found, _ = followed(track(seen_in(0, 20)), Crops(), frames(), copies=copies)
    assert np.array_equal(found, seen_in(20, FRAMES) & ~copies)


def test_a_few_missing_frames_are_left_to_interpolation() -> None:
    of = track(seen_in(0, FRAMES - 1))
    assert not losing([of], NONE)


def test_people_keep_their_ids_when_pieces_are_joined() -> None:
    first, second, other = (
        track(seen_in(0, 20), number=3),
        track(seen_in(40, 60), number=1),
        track(seen_in(0, 60), WAY + 60, 2),
    )
    whole = track(seen_in(0, 60), number=9)
    new = track(seen_in(0, 60), WAY - 50, number=1)
    kept = tracking.keep_ids([[new, whole, other]], [[second, other, first]])
    assert [t.id for t in kept[0]] == [4, 1, 2]
    assert [t.keypoints.valid.sum() for t in kept[0]] == [60, 60, 60]
