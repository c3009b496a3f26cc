"""The tests by name."""

from __future__ import annotations

from collections.abc import Callable

from kasf_demo.assess.jump_tests import countermovement_jump, drop_jump, squat_jump
from kasf_demo.assess.running import gait, sprint
from kasf_demo.assess.squat import squat
from kasf_demo.assess.turn import change_of_direction
from kasf_demo.assess.values import Assessment, NotShownError, Recording

MIN_FRAMES = 10
TESTS: dict[str, tuple[str, Callable[[Recording], Assessment]]] = {
    "cmj": ("countermovement jump", countermovement_jump),
    "sj": ("squat jump", squat_jump),
    "dj": ("drop jump", drop_jump),
    "sprint": ("running", sprint),
    "squat": ("squat", squat),
    "gait": ("walking", gait),
    "cod": ("change of direction", change_of_direction),
}


def assess(test: str, recording: Recording) -> Assessment:
    """One of `TESTS`. Raises NotShownError if the clip does not show it, KeyError for another name."""
    if recording.pose.valid.sum() < MIN_FRAMES:
        raise NotShownError(
            f"a person is seen in {int(recording.pose.valid.sum())} frames only, {MIN_FRAMES} are needed",
            "film the whole movement with the whole body in view",
        )
    return TESTS[test][1](recording)
