"""What a clip is made of, and the moments of it that the renderer draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from body import GROUPS, add_athlete
from camera import Camera
from looks import Look
from picture import Actors, Stage
from prims import Solids
from captures import load
from rig import Pose, on_floor, pose_at, repeat
from surface import STYLE_WIDTH

FloatArray = NDArray[np.floating[Any]]
NUMBER_PX = 64
TICKS_HZ = 600  # all frame rates are parts of it
Things = Callable[[Solids, int], None]  # adds balls and the like at tick t


@dataclass(frozen=True)
class Athlete:
    """Who moves how, and where: `start` is the capture's frame at the clip's beginning (after `cycle`, if the stride is repeated)."""

    archive: str
    member: str
    start: int
    look: Look
    stature_m: float = 1.78
    yaw_deg: float = 0.0
    anchor: tuple[float, float] = (0.0, 0.0)
    cycle: tuple[int, int, int] | None = None  # frames from, to and how often
    hands: bool = False  # they carry the athlete, too

    def pose(self, times_s: FloatArray) -> Pose:
        """The athlete at evenly spaced times, on the floor."""
        motion = load(self.archive, self.member)
        if self.cycle:
            motion = repeat(motion, *self.cycle)
        pose = pose_at(
            motion, times_s, start=self.start, stature_m=self.stature_m, yaw_deg=self.yaw_deg, anchor=self.anchor
        )
        return on_floor(pose, 1 / (times_s[1] - times_s[0]), self.hands)


@dataclass(frozen=True)
class Clip:
    """A clip. camera, things and sound get the athletes' poses and times at TICKS_HZ; portrait clips are 720 wide and 1280 high."""

    name: str
    title: str
    seconds: float
    athletes: tuple[Athlete, ...]
    stage: Callable[[], Stage]
    camera: Callable[[list[Pose], FloatArray, tuple[int, int]], Camera]
    camera_words: str
    things: Callable[[list[Pose], FloatArray], Things] | None = None
    fps: int = 30
    portrait: bool = False
    variable_rate: bool = False
    blur: bool = False  # the shutter is open for 0.45 of the frame's time at 30 fps, instead of a moment
    sound: Callable[[list[Pose], FloatArray], FloatArray] | None = None
    late_ticks: int = 0  # when the camera starts

    def size(self) -> tuple[int, int]:
        """Width and height of the upright image, px."""
        return (720, 1280) if self.portrait else (1280, 720)

    def ticks(self) -> NDArray[np.integer[Any]]:
        """(T,) ticks of the frames. A variable rate delays frames the way a phone does in poor light: 33, 42, 50 or 67 ms."""
        if not self.variable_rate:
            count = round((self.seconds - self.late_ticks / TICKS_HZ) * self.fps)
            return self.late_ticks + np.arange(count) * (TICKS_HZ // self.fps)
        steps = np.random.default_rng(8).choice([20, 25, 30, 40], size=400, p=[0.55, 0.2, 0.15, 0.1])
        ticks = np.concatenate([[0], np.cumsum(steps)])
        return ticks[ticks < self.seconds * TICKS_HZ]


def skins(looks: tuple[Look, ...]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Palettes (athletes + 1 for things, materials, 3), styles, and numbers (athletes + 1, px, px)."""
    palettes = np.stack([look.palette() for look in (*looks, Look())])
    styles, numbers = np.zeros((len(looks) + 1, STYLE_WIDTH)), np.zeros((len(looks) + 1, NUMBER_PX, NUMBER_PX))
    for n, look in enumerate(looks):
        styles[n] = look.sock, float(bool(look.number)), float(look.barefoot)
        ink = np.zeros((NUMBER_PX, NUMBER_PX), np.uint8)
        (w, h), _ = cv2.getTextSize(look.number, cv2.FONT_HERSHEY_DUPLEX, 1.7, 6)
        cv2.putText(
            ink,
            look.number,
            ((NUMBER_PX - w) // 2, (NUMBER_PX + h) // 2),
            cv2.FONT_HERSHEY_DUPLEX,
            1.7,
            255,
            6,
            cv2.LINE_AA,
        )
        numbers[n] = ink / 255
    return palettes, styles, numbers


def actors_at(
    poses: list[Pose], looks: tuple[Look, ...], t: int, things: Things | None, painted: tuple[Any, Any, Any]
) -> Actors:
    """Everything that moves, at frame t."""
    solids = Solids()
    frames = np.zeros((len(poses), 2, 13))
    for n, (pose, look) in enumerate(zip(poses, looks, strict=True)):
        add_athlete(solids, pose, t, look, n)
        for i, joint in enumerate(("head", "chest")):
            frames[n, i] = [*pose.place[joint][t], *pose.axes[joint][t].T.ravel(), pose.scale]
    if things:
        solids.owner, solids.scale = len(poses), 1.0
        things(solids, t)
    palettes, styles, numbers = painted
    return Actors(solids.tables(), (palettes, styles, frames, numbers))


THINGS_GROUP = 8 * GROUPS  # balls and posts come after all athletes' groups
