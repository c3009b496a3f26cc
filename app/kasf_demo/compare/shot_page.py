"""The shot beside the mean of its style and its nearest example, moving: the page of a comparison."""

from __future__ import annotations

import numpy as np

from kasf_demo.kinematics import measure_angles
from kasf_demo.strikes.library import posture_of
from kasf_demo.strikes.measured import ShotReport
from kasf_demo.strikes.posture import ANKLES
from kasf_demo.strikes.window import BEFORE_S, WINDOW_S
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.people import Pose3D
from kasf_demo.viewer.scene import GREY, Page, Take

ANKLE_M = 0.08
SHOT_COLOUR, EXAMPLE_COLOUR = "#e69f00", "#56b4e9"


def shot_page(title: str, report: ShotReport) -> Page:
    """Pelvis on pelvis, forward along x; all as tall as the athlete. Time runs from the start of the window."""
    shot, found, library = report.shot, report.match, report.library
    tall, pelvis_m = shot.height_m, ANKLE_M - shot.height_m * float(shot.posture[:, ANKLES, 2].min())
    takes = [_take(f"this {shot.kind}", shot.posture, tall, pelvis_m, SHOT_COLOUR, shot.known)]
    notes = [f"The strike is at {BEFORE_S:.2f} s. Left-footed and left-handed shots are mirrored."]
    if found is not None and library is not None:
        n = found.nearest_style
        takes.append(_take(f"mean of style {n}", library.style_postures[n - 1], tall, pelvis_m, GREY))
        nearest = found.nearest[0]
        index = library.names.index(nearest.name)
        takes.append(_take(f"nearest: {nearest.name}", posture_of(library, index), tall, pelvis_m, EXAMPLE_COLOUR))
        notes.append("The nearest example is drawn as the library's code has it, which is smoother than it was.")
    return Page(title, takes, notes=[*notes, *report.doubts])


def _take(
    name: str, posture: FloatArray, height_m: float, pelvis_m: float, colour: str, known: BoolArray | None = None
) -> Take:
    """pelvis_m: how high the pelvis is drawn, the same for all."""
    xyz = posture * height_m
    xyz[..., 2] += pelvis_m
    seen = np.ones(len(xyz), bool)
    times_s = WINDOW_S + BEFORE_S
    guessed = ~seen if known is None else ~known
    pose = Pose3D(xyz, np.ones(xyz.shape[:2]), seen, guessed, times_s)
    return Take(name, xyz, times_s, pose.score, seen, guessed, colour=colour, angles=measure_angles(pose),
                marks=[(BEFORE_S, None, "strike")] if known is not None else ())  # fmt: skip
