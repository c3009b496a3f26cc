"""The floor of the 3D panel: a disc of grid that fades out, metre marks at its rim, and the athletes' shadows.

It is drawn as one channel of light (FLOOR_LEVEL is bare floor) and coloured by a table at the end, so that lines,
marks, fade and shadow cost one small image.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from kasf_demo.render.camera import View
from kasf_demo.render.primitives import SHIFT, capsules, fixed_point
from kasf_demo.render.style import (
    BACKGROUND,
    BELOW_SHADOW,
    BONE_PAIRS,
    FLOOR,
    FLOOR_LINE,
    HEAD,
    HEAD_RADIUS_M,
    JOINT_RADIUS_M,
    mix,
)
from kasf_demo.render.text import text_mask
from kasf_demo.types.arrays import FloatArray, Image

EMPTY_LEVEL, FLOOR_LEVEL, MINOR_LEVEL, MAJOR_LEVEL, MARK_LEVEL = 32, 72, 115, 180, 255
SHADOW_DEPTH = 0.62
_SHADOW_SHRINK = 4  # shadows are soft: a quarter of the resolution is enough
# shares of the radius: marks stand on this circle, this far from each axis: the rows never meet
_MARK_RADIUS, _MARK_REACH = 0.80, 0.55
_SPACING_SHARE = 0.11  # metre lines are at least this share of the panel's height apart, else 2 m, 5 m, ...


def colour_table() -> Image:
    """(256, 1, 3): the colour of each level of light."""
    stops = [(0, BELOW_SHADOW), (EMPTY_LEVEL, BACKGROUND), (FLOOR_LEVEL, FLOOR), (255, FLOOR_LINE)]
    table = np.empty((256, 1, 3), np.uint8)
    for (start, low), (end, high) in pairwise(stops):
        for level in range(start, end + 1):
            table[level, 0] = mix(low, high, (level - start) / (end - start))
    return table


def grid_spacing(scale_px_per_m: float, height_px: int) -> float:
    """Metres between the numbered lines: 1, 2, 5, 10, ..."""
    least = max(1.0, _SPACING_SHARE * height_px / scale_px_per_m)
    decade = 10.0 ** np.floor(np.log10(least))
    return float(next(decade * step for step in (1, 2, 5, 10) if decade * step >= least * (1 - 1e-9)))


class FloorGrid:
    """Draws the floor of one clip into the scene (height, width, 3)."""

    def __init__(self, view: View, size: tuple[int, int], label_px: int) -> None:
        self._view = view
        self._label_px = label_px
        self._spacing_m = grid_spacing(view.scale_px_per_m, size[1])
        self._line_px = max(1, round(size[1] / 900))
        circle = view.radius_m * np.stack([np.cos(a := np.linspace(0, 2 * np.pi, 72)), np.sin(a), 0 * a], axis=-1)
        rim, _ = view.project(0, circle + view.target[0] * (1, 1, 0))
        pad = 2 * label_px
        x0, y0 = np.floor(rim.min(0) - pad).clip(0, size).astype(int).tolist()
        x1, y1 = np.ceil(rim.max(0) + pad).clip(0, size).astype(int).tolist()
        self.box = (x0, y0, max(x1, x0 + 1), max(y1, y0 + 1))
        width, height = self.box[2] - x0, self.box[3] - y0
        self._fade = _fade(rim, self.box, size)
        self._table = colour_table()
        self._light = np.zeros((height, width), np.uint8)
        self._shaded = np.zeros_like(self._light)
        self._coloured = np.zeros((height, width, 3), np.uint8)
        self._small = np.zeros((height // _SHADOW_SHRINK + 1, width // _SHADOW_SHRINK + 1), np.uint8)
        self._still = None if view.moves else self._lit(0).copy()

    def _lit(self, frame: int) -> Image:
        """The floor's light without shadows."""
        light = self._light
        light[:] = FLOOR_LEVEL
        minor = self._spacing_m / 2
        for step, level, odd in ((minor, MINOR_LEVEL, True), (self._spacing_m, MAJOR_LEVEL, False)):
            lines = [line for axis in (0, 1) for line in self._lines(frame, axis, step, odd)]
            cv2.polylines(light, [fixed_point(line) for line in lines], False, level, self._line_px, cv2.LINE_AA, SHIFT)
        light -= EMPTY_LEVEL  # faded to the level of the empty panel, not to black
        cv2.multiply(light, self._fade, dst=light, scale=1 / 255)
        light += EMPTY_LEVEL
        self._marks(frame, light)
        return light

    def _lines(self, frame: int, axis: int, step_m: float, odd: bool) -> list[FloatArray]:
        """Grid lines of constant x (axis 0) or y (axis 1) as pixels of the box; `odd` leaves out every other one."""
        target, reach = self._view.target[min(frame, len(self._view.target) - 1)], self._view.radius_m
        first, last = int(np.ceil((target[axis] - reach) / step_m)), int(np.floor((target[axis] + reach) / step_m))
        numbers = [n for n in range(first, last + 1) if not odd or n % 2]
        ends = np.zeros((len(numbers), 2, 3))
        ends[..., axis] = np.array(numbers).reshape(-1, 1) * step_m
        half = np.sqrt(np.maximum(reach**2 - (ends[:, 0, axis] - target[axis]) ** 2, 0))
        ends[:, 0, 1 - axis], ends[:, 1, 1 - axis] = target[1 - axis] - half, target[1 - axis] + half
        px, _ = self._view.project(frame, ends)
        return list(px - self.box[:2])

    def _marks(self, frame: int, light: Image) -> None:
        """Numbers of the lines, in metres, at the rim that is nearer to the viewer."""
        row = min(max(frame, 0), len(self._view.target) - 1)
        target, reach = self._view.target[row], self._view.radius_m
        azim = np.radians(self._view.azim_deg[row])
        toward = np.array([np.cos(azim), np.sin(azim)])
        for axis in (0, 1):
            side = 1.0 if toward[1 - axis] >= 0 else -1.0
            span = _MARK_REACH * reach
            for n in range(
                int(np.ceil((target[axis] - span) / self._spacing_m)), int((target[axis] + span) // self._spacing_m) + 1
            ):
                away = n * self._spacing_m - target[axis]
                spot = np.zeros(3)
                spot[axis] = n * self._spacing_m
                spot[1 - axis] = target[1 - axis] + side * np.sqrt(max((_MARK_RADIUS * reach) ** 2 - away**2, 0.0))
                px, _ = self._view.project(row, spot)
                strength = 1 - (away / span) ** 4
                _lighten(light, f"{n * self._spacing_m:g} m", px - self.box[:2], self._label_px, strength)

    def draw(self, scene: Image, frame: int, bodies: list[FloatArray]) -> None:
        """Draws the floor of frame number `frame` with the shadows of `bodies`, each (17, 3) m."""
        light = self._lit(frame) if self._still is None else self._still
        x0, y0, x1, y1 = self.box
        if bodies:
            small = self._small
            small[:] = 0
            for outline in fixed_point(np.concatenate([self._shadow(frame, xyz) for xyz in bodies])):
                cv2.fillConvexPoly(small, outline, 255, cv2.LINE_AA, SHIFT)
            blur = max(1, round(scene.shape[0] / _SHADOW_SHRINK / 75)) * 2 + 1
            keep = cv2.convertScaleAbs(cv2.GaussianBlur(small, (blur, blur), 0), alpha=-SHADOW_DEPTH, beta=255)
            keep = cv2.resize(keep, light.shape[::-1], interpolation=cv2.INTER_LINEAR)
            cv2.multiply(light, keep, dst=self._shaded, scale=1 / 255)
            light = self._shaded
        cv2.applyColorMap(light, self._table, self._coloured)
        scene[y0:y1, x0:x1] = self._coloured

    def _shadow(self, frame: int, xyz: FloatArray) -> FloatArray:
        """(16, 18, 2) px of the small image: bones and head as a light straight above casts them on the floor."""
        a, b = BONE_PAIRS.T
        radius = np.append(1.3 * JOINT_RADIUS_M, HEAD_RADIUS_M)
        is_head = b == HEAD
        flat = capsules(xyz[a, :2], xyz[b, :2], radius[np.where(is_head, -1, a)], radius[np.where(is_head, -1, b)])
        px, _ = self._view.project(frame, np.concatenate([flat, np.zeros((*flat.shape[:2], 1))], axis=-1))
        small: FloatArray = (px - self.box[:2]) / _SHADOW_SHRINK
        return small


def _lighten(light: Image, text: str, centre: FloatArray, size_px: int, strength: float) -> None:
    mask = text_mask(text, size_px)
    x, y = round(float(centre[0]) - mask.shape[1] / 2), round(float(centre[1]) - mask.shape[0] / 2)
    room = min(x, light.shape[1] - x - mask.shape[1])
    strength *= min(max(room / size_px - 0.5, 0.0), 1.0)  # marks scroll in and out, they do not pop
    if y < 0 or y + mask.shape[0] > light.shape[0] or strength <= 0:
        return
    target = light[y : y + mask.shape[0], x : x + mask.shape[1]]
    thin = max(3, size_px // 3)
    target[:] = cv2.erode(target, np.ones((thin, thin), np.uint8))  # takes grid lines away from behind the figures
    cover = mask * (strength / 255)
    target[:] = np.rint(target + cover * (MARK_LEVEL - target.astype(np.float64))).astype(np.uint8)


def _fade(rim: FloatArray, box: tuple[int, int, int, int], size: tuple[int, int]) -> Image:
    """255 in the middle of the disc, 0 at its rim and at the scene's edges, for the pixels of `box`.

    The same for every frame: the disc is round and stays under the camera, whatever the camera does.
    """
    x, y = np.arange(box[0], box[2]), np.arange(box[1], box[3])
    centre, half = (rim.min(0) + rim.max(0)) / 2, np.ptp(rim, axis=0) / 2 + 1e-6
    ramp = (1.0 - np.hypot((x[None] - centre[0]) / half[0], (y[:, None] - centre[1]) / half[1])) / 0.38
    ramp = np.minimum(ramp, (size[1] - 1 - y[:, None]) / (0.10 * size[1]))
    ramp = np.clip(np.minimum(ramp, (np.minimum(x, size[0] - 1 - x) / (0.10 * size[0]))[None]), 0, 1)
    fade: Image = np.rint(255 * ramp * ramp * (3 - 2 * ramp)).astype(np.uint8)
    return fade
