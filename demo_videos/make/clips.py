"""The clips: who moves how, where, and how it is filmed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import cameras as film
import halls
import scenes
from clip import Athlete, Clip
from looks import Look
from rig import Pose
from sounds import hall_sound
from things import Hoop, kicked_ball, thrown_ball

FloatArray = NDArray[np.floating[Any]]
FIRST, MORE, JUMP = "cmu_bvh_subjects_01-14", "cmu_bvh_more", "deepmimic_jump"

STRIKER = Look(number="9")
SHOOTER = Look(
    skin=(0.47, 0.32, 0.23), hair_colour=(0.05, 0.04, 0.04), hair="curly", shirt=(0.95, 0.70, 0.12), shorts=(0.12, 0.14, 0.30),
    socks=(0.93, 0.93, 0.93), trim=(0.12, 0.14, 0.30), shoes=(0.85, 0.85, 0.87), number="23", sleeve=0.42, leg=0.86, sock=0.42, build=0.7,
)  # fmt: skip
SPRINTER = Look(
    skin=(0.62, 0.42, 0.31), hair_colour=(0.10, 0.06, 0.04), hair="tail", shirt=(0.10, 0.42, 0.36), shorts=(0.10, 0.11, 0.14),
    socks=(0.93, 0.93, 0.93), trim=(0.93, 0.95, 0.30), shoes=(0.90, 0.35, 0.10), number="4", sleeve=0.40, leg=0.45, sock=0.30, build=0.3, woman=True,
)  # fmt: skip
RIVAL = Look(
    skin=(0.84, 0.63, 0.51), hair_colour=(0.45, 0.28, 0.13), shirt=(0.90, 0.45, 0.10), shorts=(0.13, 0.20, 0.42), socks=(0.93, 0.93, 0.93),
    trim=(0.95, 0.95, 0.95), shoes=(0.20, 0.22, 0.80), number="7", sleeve=0.5, leg=0.55, sock=0.30, build=0.5,
)  # fmt: skip
JUMPER = Look(
    skin=(0.86, 0.66, 0.55), hair_colour=(0.30, 0.17, 0.08), hair="bun", shirt=(0.88, 0.88, 0.90), shorts=(0.16, 0.18, 0.26),
    socks=(0.20, 0.20, 0.22), trim=(0.80, 0.20, 0.35), shoes=(0.80, 0.20, 0.35), sleeve=0.5, leg=0.5, sock=0.25, build=0.3, woman=True,
)  # fmt: skip
FIGHTER = Look(
    skin=(0.78, 0.58, 0.45), hair_colour=(0.05, 0.04, 0.04), shirt=(0.90, 0.90, 0.88), shorts=(0.90, 0.90, 0.88), trim=(0.9, 0.9, 0.88),
    sleeve=2.0, leg=2.0, barefoot=True, belt=True, build=0.6,
)  # fmt: skip
TUMBLER = Look(
    skin=(0.55, 0.37, 0.27), hair_colour=(0.06, 0.05, 0.04), shirt=(0.85, 0.86, 0.88), shorts=(0.70, 0.10, 0.14), trim=(0.70, 0.10, 0.14),
    sleeve=0.35, leg=0.5, barefoot=True, build=0.7,
)  # fmt: skip
DANCER = Look(
    skin=(0.80, 0.60, 0.49), hair_colour=(0.12, 0.07, 0.05), hair="bun", shirt=(0.42, 0.14, 0.30), shorts=(0.12, 0.12, 0.14), trim=(0.42, 0.14, 0.30),
    sleeve=0.45, leg=2.0, barefoot=True, build=0.2, woman=True,
)  # fmt: skip

RELEASE_S = 2.13
SWISH_S = 1.0


def soccer_things(poses: list[Pose], times_s: FloatArray) -> Any:
    """The ball, met where the right foot is fastest near the ground."""
    toe = poses[0].place["r_toe"]
    speed = np.linalg.norm(np.diff(toe, axis=0), axis=1) * (toe[1:, 2] < 0.25)
    return kicked_ball(poses[0], times_s, "r", int(np.argmax(speed)) + 1, 19.0, 13.0)


def basketball_things(poses: list[Pose], times_s: FloatArray) -> Any:
    """The hoop, and the ball from the hands into it."""
    hoop = Hoop((0.0, -5.425), -6.6)
    ball = thrown_ball(poses[0], times_s, int(np.searchsorted(times_s, RELEASE_S)), hoop.middle(), SWISH_S)

    def add(solids: Any, t: int) -> None:
        hoop.add(solids)
        ball(solids, t)

    return add


def basketball_sound(poses: list[Pose], times_s: FloatArray) -> FloatArray:
    """Steps, and the ball through the net."""
    return hall_sound(poses, times_s, [(RELEASE_S + SWISH_S, "swish")])


CLIPS = {
    clip.name: clip
    for clip in (
        Clip(
            "soccer_kick", "a free kick with the right foot", 3.6,
            (Athlete(FIRST, "11/11_01.bvh", 160, STRIKER, 1.80, anchor=(0.0, -4.0)),),
            scenes.football_pitch, film.soccer, "hand-held, pans with the athlete, eye height", soccer_things,
        ),
        Clip(
            "basketball_shot", "a jump shot", 3.8,
            (Athlete(FIRST, "06/06_15.bvh", 80, SHOOTER, 1.93, yaw_deg=180.0, anchor=(0.3, -0.6)),),
            halls.basketball_hall, film.basketball, "static, chest height, from the side", basketball_things, sound=basketball_sound,
        ),
        Clip(
            "run_past", "a run past the camera", 3.0,
            (Athlete(FIRST, "09/09_01.bvh", 0, SPRINTER, 1.70, anchor=(0.6, 5.4), cycle=(59, 146, 6)),),
            scenes.running_track, film.run_past, "low and near, pans fast; motion blur", blur=True,
        ),
        Clip(
            "vertical_jump", "a jump straight up from the stand", 3.1,
            (Athlete(FIRST, "13/13_42.bvh", 24, JUMPER, 1.68, yaw_deg=-20.0),),
            scenes.street_court, film.jump, "static, hip height, portrait", portrait=True,
        ),
        Clip(
            "martial_kick", "a turning kick and the stance after it", 3.6,
            (Athlete(MORE, "martial_arts/07.bvh", 900, FIGHTER, 1.76, yaw_deg=35.0, anchor=(0.0, 1.0)),),
            halls.dojo, film.dojo, "static, chest height", fps=60,
        ),
        Clip(
            "twist_flip", "a run-up and a twisting flip", 3.9,
            (Athlete(JUMP, "data/vae/txt/cmu81-85/85/85_02.txt", 78, TUMBLER, 1.72, yaw_deg=20.0, hands=True),),
            halls.gymnastics_floor, film.flip, "high, pans and tilts",
        ),
        Clip(
            "dance_turn", "two pirouettes", 4.2,
            (Athlete(FIRST, "05/05_11.bvh", 60, DANCER, 1.66, yaw_deg=160.0),),
            halls.dance_studio, film.dance, "static, eye height, slow zoom", variable_rate=True,
        ),
        Clip(
            "crossing", "two runners who meet and pass", 3.0,
            (
                Athlete(FIRST, "09/09_01.bvh", 0, RIVAL, 1.82, anchor=(0.0, 5.1), cycle=(59, 146, 6)),
                Athlete(FIRST, "09/09_06.bvh", 20, SPRINTER, 1.70, yaw_deg=180.0, anchor=(1.22, -5.0), cycle=(51, 140, 6)),
            ),
            scenes.running_track, film.crossing, "static, high and far",
        ),
    )
}  # fmt: skip
