"""The 3D panel: the scene with its chrome. Chrome is set once; per frame only the scene and the time stamp are
drawn."""

from __future__ import annotations

from collections.abc import Sequence

from kasf_demo.render.framing import DrawArea, fit_view
from kasf_demo.render.primitives import pill
from kasf_demo.render.scene3d import Scene3D
from kasf_demo.render.style import (
    BACKGROUND,
    INTERPOLATED_ALPHA,
    LEFT,
    MIN_ALPHA,
    RIGHT,
    SURE_SCORE,
    TEXT,
    TEXT_DIM,
    Rgb,
    TextSizes,
    mix,
)
from kasf_demo.render.text import Counter, paint, text_mask, wrap
from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.types.people import Person, Pose3D

_CAPTION_LINES = 2


class Panel3D:
    """Draws into `canvas` (height, width, 3), a part of the output image: time stamp above, scene, legend and caption
    below."""

    def __init__(
        self,
        canvas: Image,
        people: Sequence[Person],
        times_s: FloatArray,
        view_deg: tuple[float, float | FloatArray],
        orbit_deg_per_s: float,
        caption: str,
        shots: Sequence[slice] = (),
    ) -> None:
        height, width = canvas.shape[:2]
        self._canvas = canvas
        self._sizes = TextSizes.of(width, height)
        self._margin = max(8, round(0.9 * self._sizes.time))
        self._time = Counter("0123456789. s-", self._sizes.time, TEXT, bold=True)
        self._number = Counter("0123456789frame ", self._sizes.label, TEXT_DIM)
        self._stamp_end = 0  # where the last time stamp ended
        bottom = self._footer(people, caption)
        self._top = round(0.55 * self._margin) + self._time.height
        self._scene_canvas = canvas[self._top : bottom]
        panel = DrawArea(width, bottom - self._top, height)
        elev, azim = view_deg
        self._scenes: list[tuple[int, Scene3D]] = []  # with the first frame that each is for
        for poses, first in _by_shot([p.pose for p in people], shots):
            view = fit_view(poses, times_s, panel, elev_deg=elev, azim_deg=azim, orbit_deg_per_s=orbit_deg_per_s)
            self._scenes.append((first, Scene3D(people, view, (panel.width, panel.height), self._sizes.label)))

    def scene(self, frame: int) -> Scene3D:
        """The scene of the shot that a frame is in: each shot has a camera and a floor of its own."""
        return next((scene for first, scene in reversed(self._scenes) if first <= frame), self._scenes[0][1])

    def draw(self, frame: int, time_s: float) -> None:
        """Draws frame number `frame`."""
        self.scene(frame).draw(self._scene_canvas, frame)
        header = self._canvas[: self._top]
        header[:, self._margin : self._stamp_end] = BACKGROUND
        y = self._top - self._time.height
        x = self._time.draw(header, self._margin, y, f"{time_s:.3f} s")
        # Two type sizes on one baseline
        drop = round(0.58 * (self._time.height - self._number.height) * 1.24)
        self._stamp_end = self._number.draw(header, x + self._margin // 2, y + drop, f"frame {frame}")

    def _footer(self, people: Sequence[Person], caption: str) -> int:
        """Sets caption and legend from the bottom up; returns the row above them."""
        inner = self._canvas.shape[1] - 2 * self._margin
        y = self._canvas.shape[0] - round(0.6 * self._margin)
        size = self._sizes.caption
        for line in reversed(wrap(caption, size, inner, lines=_CAPTION_LINES)):
            mask = text_mask(line, size)
            y -= mask.shape[0]
            paint(self._canvas, mask, self._margin, y, TEXT_DIM)
        return self._legend(people, y - round(0.3 * size))

    def _legend(self, people: Sequence[Person], bottom: int) -> int:
        size = self._sizes.label
        entries: list[tuple[str, tuple[Rgb, ...]]] = [("left", (LEFT,)), ("right", (RIGHT,))]
        if any((p.pose.in_doubt | (p.pose.score < SURE_SCORE))[p.pose.valid].any() for p in people):
            entries.append(("doubtful", tuple(mix(BACKGROUND, c, MIN_ALPHA + 0.15) for c in (LEFT, RIGHT))))
        if any((p.pose.interpolated & p.pose.valid).any() for p in people):
            entries.append(("filled in", tuple(mix(BACKGROUND, c, INTERPOLATED_ALPHA) for c in (LEFT, RIGHT))))
        x, dash = self._margin, round(1.1 * size)
        top = bottom - round(1.5 * size)
        for label, colours in entries:
            mask = text_mask(label, size)
            if x + len(colours) * dash + mask.shape[1] + size > self._canvas.shape[1] and x > self._margin:
                break  # a very narrow panel keeps left and right
            for colour in colours:
                pill(self._canvas, x, top + 0.82 * size, dash, 0.2 * size, colour)
                x += dash + round(0.3 * size)
            paint(self._canvas, mask, x + round(0.2 * size), top, TEXT_DIM)
            x += mask.shape[1] + round(1.3 * size)
        return top - round(0.3 * size)


def _by_shot(poses: Sequence[Pose3D], shots: Sequence[slice]) -> list[tuple[list[Pose3D], int]]:
    """The poses of each shot that has any, and its first frame; all together if there is one shot or none has poses."""
    found = [([p for p in poses if p.valid[shot].any()], shot.start) for shot in shots]
    return (
        [(mine, first) for mine, first in found if mine]
        if len(shots) > 1 and any(mine for mine, _ in found)
        else [(list(poses), 0)]
    )
