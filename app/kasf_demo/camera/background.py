"""Background corners tracked from frame to frame in a small grey image (Lucas and Kanade 1981, in pyramids: Bouguet
2000).

Points are found in a key frame and tracked until too few are left or the image has moved far; then the current frame is
the next key. Motion is measured against the key, not the frame before, so that errors do not add up with every frame.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from kasf_demo.camera.correspondences import Links
from kasf_demo.camera.exposure import MAX_FLASH_FRAMES, is_blank, is_flash, same_exposure
from kasf_demo.camera.insets import InsetFinder
from kasf_demo.camera.lines import LineSampler
from kasf_demo.types.arrays import BoolArray, FloatArray, Image
from kasf_demo.types.clip import ContentArea

SMALL_PX = 320  # longer side of the small image: a fifth of a pixel there is a thirtieth of a degree
POINTS = 140
MIN_POINTS = 8
APART_PX = 8
KEPT_SHARE = 0.6  # if a smaller share of the key frame's points is left, a new key frame begins
MAX_MOVED_SHARE = 0.15  # the same if points have moved by more than this share of SMALL_PX
BOX_MARGIN = 0.15  # added around a person's box, relative to its size: arms and shadows reach out of it
WINDOW = (11, 11)
RATE_HZ = 30.0  # cameras rotate smoothly: of faster clips, every second, third, ... frame is enough
INSETS_MOVED_PX = 10.0  # px of the small image: after less motion, insets cannot be told from a static background
BRIGHTER = 1.5  # if contrast rises by this ratio since the key frame (fade from black), corners are detected again
MAX_SKIPPED = 8  # containers may claim any rate


class BackgroundPoints:
    """Tracks the background through a clip: `feed` every frame in order, then read `links`, one per examined frame but
    the first."""

    def __init__(self, rate_hz: float, area: ContentArea | None = None) -> None:
        """area: the part of the frames that shows video, if there are bars around it."""
        self._area = area
        self._corner = None if area is None else np.array([area.left, area.top], np.float64)
        self.links = Links(self._corner)
        self.lines = LineSampler(rate_hz, area)
        self._every = min(max(1, round(rate_hz / RATE_HZ)), MAX_SKIPPED)
        self._frame = -1
        self._key = 0
        self._before: Image | None = None
        self._key_px = self._px = np.zeros((0, 2), np.float32)  # of the key frame; now, and which of those they are
        self._which = np.zeros(0, np.uint8)
        self._insets = InsetFinder()
        self._scale: FloatArray = np.ones(2)
        self._moved_px = 0.0  # the farthest that a quarter of the points moved since their key frame
        self._key_contrast = 0.0
        self._skipped = 0  # frames in a row

    def feed(self, image: Image, boxes: FloatArray) -> None:
        """The next frame, (H, W, 3), and the people in it, (P, 4) x0, y0, x1, y1 px: their points do not count."""
        self._frame += 1
        self.lines.feed(self._frame, image, boxes)
        if self._frame % self._every:
            return
        small, scale = _small(image if self._area is None else image[self._area.slices])
        if self._corner is not None:
            boxes = boxes - np.tile(self._corner, 2)
        people = boxes[np.isfinite(boxes).all(-1)] / np.tile(scale, 2)
        contrast = float(small.std())
        if is_blank(contrast):  # the first or last frames of a fade
            return
        self._insets.feed(small)
        self._scale = scale
        if self._before is not None:
            px, which = self._followed(self._before, small, people)
            if self._skipped < MAX_FLASH_FRAMES and is_flash(self._before, small, len(self._px), len(px)):
                self._skipped += 1
                return
            self._px, self._which = px, which
            self.links.append(self._key, self._frame, self._key_px, self._which, self._px, scale)
            if len(px) >= MIN_POINTS:
                moved = np.linalg.norm(px - self._key_px[which], axis=-1)
                self._moved_px = max(self._moved_px, float(np.partition(moved, -len(px) // 4)[-len(px) // 4]))
        if self._before is None or self._is_used_up(contrast):
            self._key, self._key_px, self._key_contrast = self._frame, _corners(small, people), contrast
            self._px, self._which = self._key_px, np.arange(len(self._key_px), dtype=np.uint8)
        self._before, self._skipped = small, 0

    def insets(self) -> FloatArray:
        """(N, 4) px of the whole frame: areas with a border that stands still while the camera turns."""
        if self._moved_px < INSETS_MOVED_PX:
            return np.zeros((0, 4))
        boxes = self._insets.boxes() * np.tile(self._scale, 2)
        return boxes if self._corner is None else boxes + np.tile(self._corner, 2)

    def _followed(self, before: Image, small: Image, people: FloatArray) -> tuple[FloatArray, NDArray[np.uint8]]:
        """Where the points are now, of those that are still seen, and which of the key frame's they are."""
        if not len(self._px):
            return self._px, self._which
        before, small = same_exposure(before, small)
        found, ok, _ = cv2.calcOpticalFlowPyrLK(before, small, self._px[:, None], None, winSize=WINDOW, maxLevel=3)
        px: FloatArray = np.asarray(found[:, 0], np.float32)
        inside = ((px >= 0) & (px < (small.shape[1], small.shape[0]))).all(-1)
        keep = (ok[:, 0] > 0) & inside & ~_within(px, people)
        return px[keep], self._which[keep]

    def _is_used_up(self, contrast: float) -> bool:
        if contrast > BRIGHTER * self._key_contrast:
            return True
        if len(self._px) < max(MIN_POINTS, KEPT_SHARE * len(self._key_px)):
            return True
        return (
            float(np.median(np.linalg.norm(self._px - self._key_px[self._which], axis=-1))) > MAX_MOVED_SHARE * SMALL_PX
        )


def _small(image: Image) -> tuple[Image, FloatArray]:
    """The green channel at SMALL_PX or less, and px of `image` per px of it, (2,) for x and y. Every other pixel of a
    large image is skipped: reading all of them would take most of the time here."""
    height, width = image.shape[:2]
    side = max(height, width)
    step = max(1, side // (2 * SMALL_PX))
    green = np.ascontiguousarray(image[::step, ::step, 1])
    f = min(1.0, SMALL_PX / max(green.shape))
    small: Image = np.asarray(
        cv2.resize(green, None, fx=f, fy=f, interpolation=cv2.INTER_AREA) if f < 1 else green, np.uint8
    )
    return small, np.array([width / small.shape[1], height / small.shape[0]])


def _corners(small: Image, people: FloatArray) -> FloatArray:
    """(N, 2) corners outside the people's boxes."""
    mask = np.full(small.shape, 255, np.uint8)
    for x0, y0, x1, y1 in _widened(people).tolist():
        mask[max(0, int(y0)) : max(0, int(y1) + 1), max(0, int(x0)) : max(0, int(x1) + 1)] = 0
    found = cv2.goodFeaturesToTrack(small, POINTS, 0.01, APART_PX, mask=mask)
    return np.zeros((0, 2), np.float32) if found is None else np.asarray(found[:, 0])


def _widened(people: FloatArray) -> FloatArray:
    size = people[:, 2:] - people[:, :2]
    return np.concatenate([people[:, :2] - BOX_MARGIN * size, people[:, 2:] + BOX_MARGIN * size], axis=-1)


def _within(px: FloatArray, people: FloatArray) -> BoolArray:
    """(N,) True for points inside a person's box."""
    wide = _widened(people)[:, None]
    return np.asarray(((px >= wide[..., :2]) & (px <= wide[..., 2:])).all(-1).any(0))
