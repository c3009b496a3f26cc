"""What the screen says of a result besides its camera: the assumed scale, and how much of it is doubtful."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kasf_demo.options import Options
from kasf_demo.reconstruct.person import height_of
from kasf_demo.types.people import Person
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
