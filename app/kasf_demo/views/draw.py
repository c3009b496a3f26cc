"""The video of a session: every view with the same skeleton over it, and the 3D panel with the cameras."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from kasf_demo import concurrency
from kasf_demo.files.output_set import OutputSet
from kasf_demo.options import Options
from kasf_demo.passes.first_pass import DECODED_AHEAD
from kasf_demo.progress import DRAWING, Notes
from kasf_demo.reconstruct.clip import ClipBodies
from kasf_demo.render.layout import Rect
from kasf_demo.render.overlay import Overlay
from kasf_demo.render.panel import Panel3D
from kasf_demo.render.panel_view import panel_view
from kasf_demo.render.style import BACKGROUND, TEXT, TextSizes
from kasf_demo.render.text import paint, text_mask
from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.types.clip import Frame
from kasf_demo.types.feet import FootPoints
from kasf_demo.types.people import Person
from kasf_demo.video.reader import VideoReader
from kasf_demo.viewer.scene import ProxyVideo
from kasf_demo.views.atlas import Atlas
from kasf_demo.views.plan_map import PlanMap

HEIGHT_PX = 900  # of the video
PANEL_SHARE = 0.62  # of the height: the panel's width
MARGIN_PX = 4
MAP_SHARE = 0.34  # of the panel's width: the map of the cameras


def grid(sizes: Sequence[tuple[int, int]], height_px: int) -> tuple[list[Rect], int]:
    """Cells for views of these sizes (width, height) in one or two rows of `height_px` in all, each view as large as
    its row allows; and the width of all."""
    rows = 1 if len(sizes) == 1 or (len(sizes) == 2 and all(h > w for w, h in sizes)) else 2
    columns = math.ceil(len(sizes) / rows)
    if len(sizes) == 4 and all(h > w for w, h in sizes):
        rows, columns = 1, 4
    cell_h = (height_px - MARGIN_PX * (rows - 1)) // rows
    cells, width = [], 0
    for row in range(rows):
        x = 0
        for w, h in sizes[row * columns : (row + 1) * columns]:
            scaled = round(cell_h * w / h)
            cells.append(Rect(x, row * (cell_h + MARGIN_PX), scaled, cell_h))
            x += scaled + MARGIN_PX
        width = max(width, x)
    return cells, width


class SessionComposer:
    """Draws the frames of a session on one buffer. people: in the world, by view with keypoints where that view shows
    the joints, rows as the frames of the first view. cameras: where they stand and look, (C, 3) each, in the world."""

    def __init__(
        self, by_view: Sequence[Sequence[Person]], sizes: Sequence[tuple[int, int]], names: Sequence[str],
        cameras: tuple[FloatArray, FloatArray], times_s: FloatArray, view: tuple[float, float | FloatArray],
        caption: str,
    ) -> None:  # fmt: skip
        self._cells, width = grid(sizes, HEIGHT_PX)
        panel_px = round(PANEL_SHARE * HEIGHT_PX)
        panel_px += (width + panel_px) % 2
        self.size = (width + panel_px, HEIGHT_PX)
        self._canvas: Image = np.empty((HEIGHT_PX, width + panel_px, 3), np.uint8)
        self._canvas[:] = BACKGROUND
        self._overlays = []
        self._labels = []
        for cell, (w, h), people, name in zip(self._cells, sizes, by_view, names, strict=True):
            type_px = TextSizes.of(cell.width, cell.height)
            scale = np.array([cell.width / w, cell.height / h])
            self._overlays.append(Overlay(people, scale, (cell.width, cell.height), type_px.label))
            self._labels.append(text_mask(name, type_px.label))
        self._map = PlanMap(*cameras, by_view[0], round(MAP_SHARE * panel_px))
        self._panel = Panel3D(self._canvas[:, width:], by_view[0], times_s, view, 0.0, caption)

    def draw(self, images: Sequence[Image | None], frame: int, time_s: float) -> Image:
        """One image of the video; images by view, None while a clip does not run."""
        for cell, image, overlay, label in zip(self._cells, images, self._overlays, self._labels, strict=True):
            target = self._canvas[cell.slices]
            if image is None:
                target[:] = BACKGROUND
            else:
                target[:] = cv2.resize(image, (cell.width, cell.height), interpolation=cv2.INTER_AREA)
                overlay.draw(target, frame)
            paint(target, label, 8, 6, TEXT)
        self._panel.draw(frame, time_s)
        self._map.draw(self._canvas[:, -self._map.size_px - MARGIN_PX :], frame)
        return self._canvas


class NearestFrames:
    """Images of a clip at rising times: the frame nearest in time, None before the first and after the last one."""

    def __init__(self, frames: Iterator[Frame], slack_s: float) -> None:
        self._frames, self._slack_s = frames, slack_s
        self._now: Frame | None = None
        self._next: Frame | None = next(frames, None)

    def at(self, time_s: float) -> Image | None:
        """The image at a time, not before the one asked for last."""
        while self._next is not None and (
            self._now is None or abs(self._next.time_s - time_s) <= abs(self._now.time_s - time_s)
        ):
            self._now, self._next = self._next, next(self._frames, None)
        if self._now is None or abs(self._now.time_s - time_s) > self._slack_s:
            return None
        return self._now.image


def draw_session(
    path: Path, bodies: ClipBodies, readers: Sequence[VideoReader], clocks: Sequence[FloatArray],
    by_view: Sequence[Sequence[Person]], cameras: tuple[FloatArray, FloatArray], caption: str, options: Options,
    files: OutputSet, notes: Notes, *, for_page: bool,
) -> ProxyVideo | None:  # fmt: skip
    """Draws all views into `files` as `path`. clocks: by view, the times (T,) of its own clock at the first view's
    frames. cameras: where they stand and look, (C, 3) each, in the world. Returns the small video
    of all views (`views.atlas`) if it is wanted `for_page`. Raises OutputError."""
    from kasf_demo.video.writer import VideoWriter
    from kasf_demo.viewer.proxy_video import ProxyVideoWriter

    result = bodies.result
    view = panel_view(options.view, bodies.shots, result.times_s)
    names = [f"{n + 1}  {r.path.name}" for n, r in enumerate(readers)]
    sizes = [(r.info.width, r.info.height) for r in readers]
    composer = SessionComposer(by_view, sizes, names, cameras, result.times_s, view, caption)
    width, height = composer.size
    with contextlib.ExitStack() as stack:
        writer = stack.enter_context(
            VideoWriter(
                path, width=width, height=height, times_s=result.played_s, fps=result.video.fps,
                time_base=result.video.time_base, audio_from=readers[0].path if result.video.has_audio else None,
                audio_start_s=float(result.played_s[0]), overwrite=options.overwrite, publish=files.add,
            )
        )  # fmt: skip
        atlas = Atlas(sizes)
        both = replace(result.video, width=atlas.size[0], height=atlas.size[1])
        small = None
        if for_page:
            small = stack.enter_context(ProxyVideoWriter(both, result.played_s, long_side_px=max(atlas.size)))
        first, *rest = (
            stack.enter_context(concurrency.prefetch(r, room=DECODED_AHEAD, name="decode")) for r in readers
        )
        others = [
            NearestFrames(iter(r), 1.0 / float(reader.info.fps)) for r, reader in zip(rest, readers[1:], strict=True)
        ]
        for frame in notes.track(first, DRAWING, len(result.times_s)):
            images = [frame.image, *(o.at(float(c[frame.index])) for o, c in zip(others, clocks[1:], strict=True))]
            writer.write(composer.draw(images, frame.index, float(result.times_s[frame.index])))
            if small is not None:
                small.write(atlas.draw(images))
    notes.warn(*writer.warnings)
    if small is None or small.video is None:
        return None
    # in pixels of the first view's image, which is the first tile
    first_size, tile = sizes[0], atlas.tiles[0]
    whole = (round(atlas.size[0] * first_size[0] / tile[2]), round(atlas.size[1] * first_size[1] / tile[3]))
    return replace(small.video, width_px=whole[0], height_px=whole[1])


def seen_from(person: Person, xy: FloatArray, feet_xy: FloatArray | None) -> Person:
    """The person with the joints (T, 17, 2) px and heels and toes (T, 4, 2) px of another view."""
    keypoints = replace(person.h36m, xy=np.where(person.pose.valid[:, None, None], xy, np.nan), feet=None)
    feet = None
    if feet_xy is not None and person.pose.feet is not None:
        known = np.isfinite(feet_xy)
        score = np.where(known.all(-1), person.pose.feet.score, 0.0)
        feet = FootPoints(np.where(known, feet_xy, np.nan), score)
    pose = person.pose if feet is not None else replace(person.pose, feet=None)
    return replace(person, h36m=keypoints, coco=replace(person.coco, feet=feet), pose=pose)
