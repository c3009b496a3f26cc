"""Console lines on a result besides its camera: the assumed scale and the share of doubtful joints."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kasf_demo.camera.describe import MEANING
from kasf_demo.options import Options
from kasf_demo.reconstruct.person import height_of
from kasf_demo.types.camera import CameraMotion
from kasf_demo.types.findings import Finding
from kasf_demo.types.people import Person
from kasf_demo.types.result import Result
from kasportsformer.skeleton import H36M_NAMES

SIDES = {"r": "right ", "l": "left "}


def result_lines(people: Sequence[Person], options: Options) -> list[str]:
    """The lines to print; none without people."""
    seen = [person for person in people if person.pose.valid.any()]
    if not seen:
        return []
    return [line for line in (scale_line(options), doubtful_line(seen)) if line]


def scale_line(options: Options) -> str:
    """If the height is assumed: its effect on the result, and the remedy; else empty."""
    if options.height_m is not None:
        return ""
    height_m = height_of(options)
    percent = 10 / height_m  # per 10 cm
    return (
        f"scale: a height of {height_m:.2f} m is assumed; an error of 10 cm changes all lengths and speeds by "
        f"{percent:.0f} %. Give the athlete's height with --height METRES"
    )


def doubtful_line(people: Sequence[Person]) -> str:
    """How many joints are doubtful, and which ones most often; empty if none are."""
    doubtful = np.concatenate([person.pose.in_doubt[person.pose.valid] for person in people])
    if not doubtful.any():
        return ""
    worst = [int(j) for j in np.argsort(-doubtful.sum(0), kind="stable")[:3] if doubtful[:, j].any()]
    named = ", ".join(_in_words(H36M_NAMES[j]) for j in worst)
    return (
        f"doubtful: {100 * doubtful.mean():.1f} % of the joints, in {int(doubtful.any(1).sum())} of {len(doubtful)}"
        f" poses, mostly {named}; drawn pale in the video, listed in the JSON"
    )


def _in_words(joint: str) -> str:
    side, _, name = joint.partition("_")
    return SIDES[side] + name if side in SIDES else joint


def caption(detector: str, lifter: str, options: Options) -> str:
    """The line under the video and the plots. detector, lifter: their names."""
    scale = "assumed" if options.height_m is None else "given"
    return f"{detector}  ·  {lifter}  ·  height {height_of(options):.2f} m ({scale})"


def page_notes(
    result: Result, options: Options, detector: str, lifter: str, findings: Sequence[Finding] = ()
) -> list[str]:
    """What a reader of a page must know to trust the numbers no further than they go. detector, lifter: their names;
    findings: on the footage."""
    height = f"{height_of(options):.2f} m"
    scale = f"Lengths follow from the athlete's height, given as {height}." if options.height_m is not None else (
        f"Lengths follow from an assumed height of {height}: give the athlete's with --height."
    )  # fmt: skip
    seconds = float(result.played_s[-1]) - float(result.played_s[0])
    motion = (result.camera or CameraMotion.none(0)).kind
    return [
        (
            f"{len(result.times_s)} frames, {seconds:.2f} s, {result.video.width} × {result.video.height} px. "
            f"Detector: {detector}; lifting network: {lifter}."
        ),
        scale,
        f"Camera motion: {MEANING[motion]}.",
        (
            "Joints estimated from one camera are off by centimetres, most of all in depth. Pale limbs have low scores,"
            " are in an implausible place or were filled in; a dashed curve or a number with ? rests on such a joint."
        ),
        *(f"Footage: {f.sentence}." for f in findings if f.level != "ok"),
        *(f"Warning: {text}" for text in result.warnings),
    ]
