"""Made-up people to plot, with events and crops; and a figure once it is laid out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from kicks import kicking
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from kasf_demo.kinematics import measure
from kasf_demo.plots.key_moments import key_moments
from kasf_demo.plots.style import new_figure, styled
from kasf_demo.plots.subject import Subject
from kasf_demo.types.motion import Contact, Flight, Gait, Motion, Strike
from kasf_demo.types.people import Keypoints2D, Person, Pose3D

EVIL = "<img src=x onerror=alert(1)>&$x^2$.mp4"


def a_person(pose: Pose3D, number: int = 1) -> Person:
    """Seen from in front, 100 px a metre, at (300, 200)."""
    xy = pose.xyz[..., [0, 2]] * [100, -100] + [300, 200]
    k = Keypoints2D(xy, pose.score, pose.valid, pose.interpolated, "h36m")
    return Person(number, k, k, pose)


def a_subject(pose: Pose3D | None = None, motion: Motion | None = None, **more: object) -> Subject:
    pose = pose or kicking()
    person, motion = a_person(pose), motion or measure(pose)
    return Subject(EVIL, person, motion, np.ones(len(pose), bool), key_moments(person, motion), **more)  # type: ignore[arg-type]


def with_events() -> Motion:
    motion = measure(kicking())
    events = replace(
        motion.events, flights=(Flight(0.4, 0.8, 0.2, 0.196),), strike=Strike("kick", "r", 1.35, 9.0, 8.0),
        gait=Gait(((0.1, "r"), (0.25, "l"), (1.7, "r")), 170.0),
    )  # fmt: skip
    return replace(motion, events=events)


def with_contacts(n: int = 2) -> Motion:
    """Contacts of alternating feet each half second, the first of each foot with a heel strike."""
    motion = with_events()
    strikes = [
        Contact("l" if k % 2 else "r", 0.1 + 0.5 * k, 0.35 + 0.5 * k, k == 1, 12.4 if k < 2 else -3.0,
                "rear" if k < 2 else "fore", toe_off=k != 1)
        for k in range(n)
    ]  # fmt: skip
    unknown = Contact("r", 0.0, 0.05)
    return replace(motion, events=replace(motion.events, contacts=(unknown, *strikes)))


def cuts(subject: Subject, colour: int = 120) -> Subject:
    picture = np.full((400, 600, 3), colour, np.uint8)
    return replace(subject, cuts={m.frame: m.box.cut(picture) for m in subject.moments})


def drawn(draw: Callable[[Figure, Subject], None], subject: Subject, height_in: float) -> Figure:
    """As it looks once it is laid out."""
    with styled():
        figure = new_figure(height_in)
        draw(figure, subject)
        FigureCanvasAgg(figure).draw()
    return figure
