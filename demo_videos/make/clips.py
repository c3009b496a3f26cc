"""The clips: who moves how, where, and how it is filmed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import scenes
from camera import Camera, follow, hand_held, look
from clip import Athlete, Clip
from looks import Look
from rig import Pose
from things import kicked_ball

FloatArray = NDArray[np.floating[Any]]
FIRST = "cmu_bvh_subjects_01-14"
MORE = "cmu_bvh_more"


def rate(times_s: FloatArray) -> float:
    """Frames a second of a list of times."""
    return 1 / float(np.median(np.diff(times_s)))


def constant(value: float, times_s: FloatArray) -> FloatArray:
    """(T,) the same number."""
    return np.full(len(times_s), value)


def soccer_camera(poses: list[Pose], times_s: FloatArray, size: tuple[int, int]) -> Camera:
    """A person at the side with a phone, following with a small delay."""
    path = follow(poses[0].place["hip"], rate(times_s), 0.30)
    target = path * [0.9, 0.9, 0] + [-0.35, -0.30, 0.93] + hand_held(len(times_s), rate(times_s), 0.012, 1)
    eye = np.array([-6.2, -9.6, 1.45]) + hand_held(len(times_s), rate(times_s), 0.008, 2)
    return look(eye, target, constant(27.5, times_s), *size, constant(0.0, times_s))


def soccer_things(poses: list[Pose], times_s: FloatArray) -> Any:
    toe = poses[0].place["r_toe"]
    speed = np.linalg.norm(np.diff(toe, axis=0), axis=1) * (toe[1:, 2] < 0.25)
    return kicked_ball(poses[0], times_s, "r", int(np.argmax(speed)) + 1, 19.0, 13.0)


CLIPS = {
    clip.name: clip
    for clip in (
        Clip(
            "soccer_kick", "a free kick with the right foot", 3.6,
            (Athlete(FIRST, "11/11_01.bvh", 160, Look(number="9"), 1.80, anchor=(0.0, -4.0)),),
            scenes.football_pitch, soccer_camera, "hand-held, pans with the athlete, eye height", soccer_things,
        ),
    )
}  # fmt: skip
