"""Brightness and sharpness of the image around people, in a few frames of a clip.

Sharpness is the measure of Crete et al. (SPIE 6492, 2007): a sharp image loses differences between neighbouring pixels
if it is blurred once more, a blurred one hardly does. It does not depend on contrast.
"""

from __future__ import annotations

import cv2
import numpy as np

from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.types.findings import ImageSample

EVERY_S = 0.5
HEIGHT_PX = 256  # a larger crop is shrunk to this: what counts is detail in relation to the body
MIN_PX = 16
BLUR_PX = 9


class ImageQuality:
    """`feed` every frame in order, then read `samples`."""

    def __init__(self, rate_hz: float) -> None:
        self.samples: list[ImageSample] = []
        self._every = max(1, round(EVERY_S * rate_hz))
        self._frame = -1

    def feed(self, image: Image, boxes: FloatArray) -> None:
        """The next frame, (H, W, 3) RGB, and the people in it, (P, 4) x0, y0, x1, y1 px: the largest is looked at."""
        self._frame += 1
        if self._frame % self._every or not len(boxes):
            return
        x0, y0, x1, y1 = (
            int(v) for v in boxes[int(np.argmax((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])))]
        )
        crop = image[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
        if min(crop.shape[:2]) >= MIN_PX:
            self.samples.append(sample_of(self._frame, crop))


def sample_of(frame: int, crop: Image) -> ImageSample:
    """Of a crop (h, w, 3) RGB."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    shrink = min(1.0, HEIGHT_PX / grey.shape[0])
    if shrink < 1:
        grey = cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    return ImageSample(frame, float(grey.mean()), float(grey.std()), blur_of(np.asarray(grey, np.float32)))


def blur_of(grey: FloatArray) -> float:
    """0 (sharp) to 1 (blurred) of a grey image (h, w); 1 of a plain one."""
    worst = 0.0
    for axis, size in ((0, (1, BLUR_PX)), (1, (BLUR_PX, 1))):
        again = cv2.blur(grey, size)
        sharp, soft = (np.abs(np.diff(image, axis=axis)) for image in (grey, again))
        total = float(sharp.sum())
        worst = max(worst, 1 - float(np.maximum(sharp - soft, 0).sum()) / total if total > 0 else 1.0)
    return worst
