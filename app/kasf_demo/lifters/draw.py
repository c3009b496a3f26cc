"""The video of `kasf-demo lifters`: the clip, and beside it a panel for each network with ground truth in grey, the
estimate in blue and joints that are far off in a ring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from kasf_demo import concurrency
from kasf_demo.files.output_set import OutputSet
from kasf_demo.lifters.measure import MeasuredClip
from kasf_demo.passes.first_pass import DECODED_AHEAD
from kasf_demo.progress import DRAWING, Notes
from kasf_demo.render.primitives import Polygon, capsules, discs, draw_shapes, fixed_point
from kasf_demo.render.style import (
    BACKGROUND,
    BONE_PAIRS,
    FLOOR_LINE,
    HEAD,
    HEAD_RADIUS_M,
    JOINT_RADIUS_M,
    LEFT,
    TEXT,
    TEXT_DIM,
    Rgb,
)
from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.video.reader import VideoReader
from kasf_demo.viewer.scene import ProxyVideo

HEIGHT_PX = 720
CAPTION_PX = 36
MAX_IN_ROW = 2
GREY: Rgb = (150, 156, 164)
RING: Rgb = (255, 74, 74)
YAW_DEG, PITCH_DEG = -35.0, 10.0  # the skeletons are seen from beside the camera, so that depth shows
REACH_M = 1.15  # shown around the pelvis, up and down
_TUBES = [i for i, (_, distal) in enumerate(BONE_PAIRS.tolist()) if distal != HEAD]


@dataclass(frozen=True)
class Grid:
    """Sizes, px: of the clip as drawn, of a panel, and of the whole frame; where panels are."""

    clip: tuple[int, int]
    panel: tuple[int, int]
    frame: tuple[int, int]
    corners: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, width_px: int, height_px: int, panels: int) -> Grid:
        """For a clip of this size: one row of panels for few, two for more."""
        rows = 1 if panels <= MAX_IN_ROW else 2
        columns = -(-panels // rows)
        clip = (2 * round(HEIGHT_PX * width_px / height_px / 2), HEIGHT_PX)
        panel = (2 * round((480 if rows == 1 else 400) / 2), HEIGHT_PX // rows)
        corners = tuple((clip[0] + panel[0] * (i % columns), panel[1] * (i // columns)) for i in range(panels))
        return cls(clip, panel, (clip[0] + panel[0] * columns, HEIGHT_PX + CAPTION_PX), corners)


def draw_lifters(
    path: Path,
    rows: Sequence[MeasuredClip],
    reader: VideoReader,
    threshold_m: float,
    what: str,
    files: OutputSet,
    notes: Notes,
    *,
    overwrite: bool,
) -> ProxyVideo | None:
    """Draws the comparison into `files` as `path`, and returns the small video of the clip for a page. Raises
    OutputError."""
    from kasf_demo.video.writer import VideoWriter
    from kasf_demo.viewer.proxy_video import ProxyVideoWriter

    result = rows[0].lifted.result
    grid = Grid.of(result.video.width, result.video.height, len(rows))
    legend = f"blue: estimate, {what}"
    if rows[0].truth is not None:
        legend += f"; grey: ground truth; ring: off by more than {1000 * threshold_m:.0f} mm"
    panels = [Panel(measured, grid.panel, threshold_m) for measured in rows]
    with (
        VideoWriter(
            path,
            width=grid.frame[0],
            height=grid.frame[1],
            times_s=result.played_s,
            fps=result.video.fps,
            time_base=result.video.time_base,
            audio_from=reader.path if result.video.has_audio else None,
            audio_start_s=float(result.played_s[0]),
            overwrite=overwrite,
            publish=files.add,
        ) as writer,
        ProxyVideoWriter(result.video, result.played_s) as small,
        concurrency.prefetch(reader, room=DECODED_AHEAD, name="decode") as frames,
    ):
        for frame in notes.track(frames, DRAWING, len(result.times_s)):
            writer.write(_composed(frame.image, frame.index, grid, panels, legend))
            small.write(frame.image)
    notes.warn(*writer.warnings)
    return small.video


def _composed(image: Image, frame: int, grid: Grid, panels: Sequence[Panel], legend: str) -> Image:
    from kasf_demo.render.text import fit_line, paint, text_mask

    out: Image = np.empty((grid.frame[1], grid.frame[0], 3), np.uint8)
    out[:] = BACKGROUND
    shrink = image.shape[0] > grid.clip[1]
    out[: grid.clip[1], : grid.clip[0]] = cv2.resize(
        image, grid.clip, interpolation=cv2.INTER_AREA if shrink else cv2.INTER_LINEAR
    )
    for panel, (x, y) in zip(panels, grid.corners, strict=True):
        panel.draw(out[y : y + grid.panel[1], x : x + grid.panel[0]], frame)
    paint(out, text_mask(fit_line(legend, 18, grid.frame[0] - 24), 18), 12, grid.clip[1] + 5, TEXT_DIM)
    return out


class Panel:
    """One network's skeleton, about the pelvis, in a fixed view."""

    def __init__(self, measured: MeasuredClip, size: tuple[int, int], threshold_m: float) -> None:
        self._pose = seen_from_beside(measured.pose)
        self._truth = None if measured.truth is None else seen_from_beside(measured.truth)
        self._error_m, self._seen = measured.error_m, measured.seen
        self._name, self._mean = measured.lifted.name, measured.errors.get("mpjpe_mm")
        self._threshold_m = threshold_m
        self._scale = min(size[0] / (1.7 * REACH_M), (size[1] - 60) / (2 * REACH_M))
        self._centre = np.array([size[0] / 2, size[1] / 2 + 8])
        self._size = size

    def draw(self, area: Image, frame: int) -> None:
        """Over the whole of `area`."""
        from kasf_demo.render.text import fit_line, paint, text_mask

        area[:, :1] = FLOOR_LINE
        if self._truth is not None and np.isfinite(self._truth[frame]).all():
            self._body(area, self._truth[frame], GREY)
        if self._seen[frame]:
            self._body(area, self._pose[frame], LEFT)
            self._rings(area, frame)
        paint(area, text_mask(fit_line(self._name, 22, self._size[0] - 20), 22, bold=True), 12, 6, TEXT)
        words = "" if self._seen[frame] else "no pose"
        if self._error_m is not None and self._seen[frame]:
            words = f"{1000 * self._error_m[frame].mean():.0f} mm, mean of the clip {self._mean:.0f} mm"
        if words:
            paint(area, text_mask(words, 18), 12, self._size[1] - 32, TEXT_DIM)

    def _px(self, joints: FloatArray) -> FloatArray:
        return np.asarray(joints[:, :2] * self._scale + self._centre)

    def _body(self, area: Image, joints: FloatArray, colour: Rgb) -> None:
        """Bones from far to near, then the head."""
        at, radius = self._px(joints), JOINT_RADIUS_M * self._scale
        a, b = BONE_PAIRS[_TUBES].T
        outlines = fixed_point(capsules(at[a], at[b], radius[a], radius[b]))
        depth = joints[BONE_PAIRS[_TUBES], 2].mean(1)
        shade = np.clip(1 - 0.35 * (depth + 0.3), 0.6, 1.0)
        shapes = [Polygon(outlines[i], tuple(round(c * shade[i]) for c in colour)) for i in np.argsort(-depth)]
        draw_shapes(area, shapes + discs(at[[HEAD]], np.array([HEAD_RADIUS_M * self._scale]), [colour]))

    def _rings(self, area: Image, frame: int) -> None:
        if self._error_m is None:
            return
        at = np.rint(self._px(self._pose[frame]) * 16).astype(int)
        radius = round(max(10.0, 0.09 * self._scale) * 16)
        for joint in np.flatnonzero(self._error_m[frame] > self._threshold_m):
            cv2.circle(area, at[joint].tolist(), radius, RING, 2, cv2.LINE_AA, 4)


def seen_from_beside(pose: FloatArray) -> FloatArray:
    """(T, 17, 3) camera axes turned about the vertical and tipped: x right, y down, z away from the viewer."""
    yaw, pitch = np.radians([YAW_DEG, PITCH_DEG])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    return np.asarray(pose @ (about_x @ about_y).T)
