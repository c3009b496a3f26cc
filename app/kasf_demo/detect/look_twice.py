"""A fresh look at one person, believed only if two crops of different size show the same pose.

What MediaPipe imagines in foliage or in the sun changes with the crop. Measurements: docs/decisions.md, "Searching
again with MediaPipe".
"""

from __future__ import annotations

import numpy as np

from kasf_demo.detect.base import Detector
from kasf_demo.detect.letterbox import cut
from kasf_demo.detect.redetect import BODY
from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.types.feet import FootPoints
from kasf_demo.types.people import Detections, Track

ROOMS = (1.6, 1.3)  # sides of the two crops, relative to the larger side of the person's last box
AGREE = 0.08  # maximum mean distance of the body's joints in both, relative to that side
BEYOND = 0  # level of pixels outside the image


def usual_score(track: Track) -> float:
    """Median over the frames of the mean score of the body's joints; 1 without any."""
    k = track.keypoints
    return float(np.median(k.score[k.valid][:, BODY].mean(1))) if k.valid.any() else 1.0


def look_twice(detector: Detector, image: Image, box: FloatArray, min_score: float) -> Detections | None:
    """The person in two crops of different size around `box` (4,), in px of the image, if both show the same pose, with
    a mean score of the body's joints of at least `min_score`."""
    squares = [_square(box, room) for room in ROOMS]
    looks = detector.detect_close([cut(image, *square, beyond=BEYOND) for square in squares])
    if not all(map(len, looks)):
        return None
    height, width = image.shape[:2]
    one, two = (_moved(look, square, width, height) for look, square in zip(looks, squares, strict=True))
    apart = float(np.linalg.norm(one.xy[0, BODY] - two.xy[0, BODY], axis=-1).mean())
    believed = apart <= AGREE * larger_side(one.box[0]) and one.score[0, BODY].mean() >= min_score
    return one if believed else None


def larger_side(box: FloatArray) -> float:
    """Of a box (4,), px, 1 at least."""
    return max(float(np.max(box[2:] - box[:2])), 1.0)


def _square(box: FloatArray, room: float) -> tuple[int, int, int]:
    """Left, top and side, px, of a crop around a person's last box."""
    side = max(2, round(room * larger_side(box)))
    left, top = np.round((box[:2] + box[2:] - side) / 2).astype(int)
    return int(left), int(top), side


def _moved(look: Detections, square: tuple[int, int, int], width: int, height: int) -> Detections:
    """The best person of a crop, in px of the image."""
    k = int(np.argmax(look.box_score))
    corner = np.array(square[:2], look.xy.dtype)
    box = look.box[k] + np.tile(corner, 2)
    feet: FootPoints | None = None if look.feet is None else look.feet[k : k + 1].moved(corner)
    return Detections(
        look.xy[k][None] + corner,
        look.score[k][None],
        np.clip(box, 0, np.tile(np.array([width, height], box.dtype), 2))[None],
        look.box_score[k][None],
        world=None if look.world is None else look.world[k][None],
        feet=feet,
    )
