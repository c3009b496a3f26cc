"""What the screen says of a result besides its camera: the assumed scale, and how much of it is doubtful."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kasf_demo.camera.describe import MEANING
from kasf_demo.options import Options
from kasf_demo.reconstruct.person import height_of
from kasf_demo.types.camera import CameraMotion
from kasf_demo.types.people import Person
from kasf_demo.types.result import Result
from kasportsformer.skeleton import H36M_NAMES

SIDES = {"r": "right ", "l": "left "}


def result_lines(people: Sequence[Person], options: Options) -> list[str]:
    """Sentences; none without people."""
    seen = [person for person in people if person.pose.valid.any()]
    if not seen:
        return []
    return [line for line in (scale_line(options), doubtful_line(seen)) if line]


def scale_line(options: Options) -> str:
    """If the height is assumed: what follows from it, and the remedy."""
    if options.height_m is not None:
        return ""
    height_m = height_of(options)
    percent = 10 / height_m  # that 10 cm make
    return (
        f"scale: a height of {height_m:.2f} m is assumed; for each 10 cm that it is wrong, all lengths and speeds are wrong by "
        f"{percent:.0f} %: give the athlete's with --height METRES"
    )


def doubtful_line(people: Sequence[Person]) -> str:
    """How many joints are doubtful, and which most of all; empty where none are."""
    doubtful = np.concatenate([person.pose.in_doubt[person.pose.valid] for person in people])
    if not doubtful.any():
        return ""
    worst = [int(j) for j in np.argsort(-doubtful.sum(0), kind="stable")[:3] if doubtful[:, j].any()]
    named = ", ".join(_spoken(H36M_NAMES[j]) for j in worst)
    return (
        f"doubtful: {100 * doubtful.mean():.1f} % of the joints, in {int(doubtful.any(1).sum())} of {len(doubtful)} poses, most of all "
        f"{named}; drawn pale, 1 in the table's column doubtful"
    )


def _spoken(joint: str) -> str:
    side, _, name = joint.partition("_")
    return SIDES[side] + name if side in SIDES else joint


def page_notes(result: Result, options: Options, detector: str, lifter: str) -> list[str]:
    """What a reader of a page must know to trust the numbers no further than they go. detector, lifter: their names."""
    height = f"{height_of(options):.2f} m"
    scale = f"Lengths follow from the athlete's height, given as {height}." if options.height_m is not None else (
        f"Lengths follow from an assumed height of {height}: with --height they are the athlete's own."
    )  # fmt: skip
    seconds = float(result.played_s[-1]) - float(result.played_s[0])
    motion = (result.camera or CameraMotion.none(0)).kind
    return [
        f"{len(result.times_s)} frames, {seconds:.2f} s, {result.video.width} × {result.video.height} px. "
        f"Detector: {detector}; lifting network: {lifter}.",
        scale,
        f"Camera motion: {MEANING[motion]}.",
        "Joints estimated from one camera are off by centimetres, most of all in depth. Pale limbs have low scores, are in an implausible "
        "place or were filled in; a "
        "dashed curve or a number with ? rests on such a joint.",
        *(f"Warning: {text}" for text in result.warnings),
    ]
