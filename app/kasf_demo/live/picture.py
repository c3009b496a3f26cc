"""What is shown live: the camera's image with the skeleton, the 3D view beside it, a line of figures below it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kasf_demo.live.body import LivePose
from kasf_demo.live.one_euro import share
from kasf_demo.render.camera import View
from kasf_demo.render.compose import place_image
from kasf_demo.render.layout import LayoutName, plan_layout
from kasf_demo.render.overlay import Overlay
from kasf_demo.render.scene3d import Scene3D
from kasf_demo.render.style import BACKGROUND, TEXT, TEXT_DIM, TextSizes
from kasf_demo.render.text import Counter, paint, text_mask
from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.types.people import Keypoints2D, Person, Pose3D

FRAMES = 27  # drawn keypoints are those of the newest frame; the thickness of bones is from so many
FREE_M = 0.5  # the view stands still until the person is farther than this from its middle, then glides after them
GLIDE_HZ = 0.4
DISTANCE_M, FLOOR_M = 6.0, 1.6  # of the virtual camera, and the radius of the floor
STANDING_SHARE = 0.5  # of the panel's height that a standing person takes: room for raised arms and jumps
MIDDLE = 0.6  # where the middle of a standing person is, as a share of the height
CHARACTERS = "0123456789. ms/framesdoplc,-%"


@dataclass(frozen=True)
class LiveView:
    """Elevation and azimuth of the 3D view, degrees: azimuth -90 looks as the camera does."""

    elevation_deg: float = 12.0
    azimuth_deg: float = -60.0


class LivePicture:
    """Draws every image on one canvas. width, height: of the camera; height_m: of the person."""

    def __init__(
        self,
        width: int,
        height: int,
        *,
        layout: LayoutName,
        view: LiveView,
        height_m: float,
        max_height_px: int,
        note: str = "",
    ) -> None:
        self._layout = plan_layout(layout, width, height, max_height_px)
        self.size = (self._layout.width, self._layout.height)
        self._canvas: Image = np.empty((self._layout.height, self._layout.width, 3), np.uint8)
        self._canvas[:] = BACKGROUND
        self._source = (width, height)
        self._recent: list[LivePose] = []
        self._scene: _Panel | None = None
        if panel := self._layout.panel:
            self._scene = _Panel(self._canvas[panel.slices], view, height_m, note)

    def draw(self, image: Image, pose: LivePose | None, figures: str) -> Image:
        """(height, width, 3) RGB; a copy, which may be shown while the next one is drawn."""
        if pose is not None:
            self._recent = [*self._recent, pose][-FRAMES:]
        person = None if pose is None else _person(self._recent)
        if picture := self._layout.picture:
            target = self._canvas[picture.slices]
            place_image(image, target)
            if person is not None:
                scale = np.array([picture.width / self._source[0], picture.height / self._source[1]])
                overlay = Overlay([person], scale, (picture.width, picture.height), 12)
                overlay.draw(target, len(person) - 1)
        if self._scene is not None:
            self._scene.draw(person, figures)
        return self._canvas.copy()


class _Panel:
    """The 3D view: figures above, the legend below."""

    def __init__(self, canvas: Image, view: LiveView, height_m: float, note: str) -> None:
        height, width = canvas.shape[:2]
        self._canvas, self._height_m = canvas, height_m
        sizes = TextSizes.of(width, height)
        self._figures = Counter(CHARACTERS, sizes.label, TEXT_DIM)
        self._margin = max(8, round(0.9 * sizes.label))
        top = 2 * self._margin + self._figures.height
        bottom = height - 2 * self._margin
        if note:
            mask = text_mask(note, sizes.caption)
            bottom -= mask.shape[0]
            paint(canvas, mask, self._margin, bottom + self._margin, TEXT)
        self._area = canvas[top:bottom]
        self._size = (width, bottom - top)
        self._label_px = sizes.label
        scale = STANDING_SHARE * height / height_m
        centre = np.array([width / 2, MIDDLE * self._size[1]])
        middle = np.array([[0.0, 0.0, 0.5 * height_m]])
        self._view = View(
            view.elevation_deg, np.array([view.azimuth_deg]), middle, DISTANCE_M, scale, centre,
            max(FLOOR_M, 0.5 * width / scale),
        )  # fmt: skip
        self._scene = Scene3D([], self._view, self._size, self._label_px)
        self._last_s: float | None = None

    def draw(self, person: Person | None, figures: str) -> None:
        if person is not None:
            self._follow(person.pose.xyz[-1, 0], float(person.pose.times_s[-1]))
        self._scene.show([] if person is None else [person[len(person) - 1 :]])
        self._scene.draw(self._area, 0)
        header = self._canvas[: self._margin + self._figures.height]
        header[:] = BACKGROUND
        self._figures.draw(header, self._margin, self._margin, figures)

    def _follow(self, pelvis: FloatArray, time_s: float) -> None:
        """Moves the view after a person who leaves its middle."""
        step_s = 0.0 if self._last_s is None else time_s - self._last_s
        first, self._last_s = self._last_s is None, time_s
        away = pelvis[:2] - self._view.target[0, :2]
        distance = float(np.linalg.norm(away))
        if distance <= FREE_M:
            return
        beyond = away * (1 - FREE_M / distance)
        target = self._view.target.copy()
        target[0, :2] += away if first else share(GLIDE_HZ, max(step_s, 0.0)) * beyond
        self._view = replace(self._view, target=target)
        self._scene = Scene3D([], self._view, self._size, self._label_px)


def _person(recent: list[LivePose]) -> Person:
    """The last poses as a person with as many rows."""
    t = len(recent)
    yes = np.ones(t, bool)

    def keypoints(name: str) -> Keypoints2D:
        parts = [getattr(p, name) for p in recent]
        xy, score = np.concatenate([k.xy for k in parts]), np.concatenate([k.score for k in parts])
        return Keypoints2D(xy, score, yes, ~yes, parts[0].skeleton)

    h36m = keypoints("h36m")
    times = np.array([p.time_s for p in recent])
    pose = Pose3D(np.stack([p.xyz for p in recent]), h36m.score, yes, ~yes, times, "world")
    return Person(1, keypoints("coco"), h36m, pose)
