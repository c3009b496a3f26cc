"""What can be measured of a lifted clip, with and without ground truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kasf_demo.errors import InputError
from kasf_demo.evaluate.estimate import Estimate
from kasf_demo.evaluate.ground_truth import Truth
from kasf_demo.evaluate.matching import NO_PERSON, match
from kasf_demo.evaluate.measure import RIGID_BONES, check_frames, mean
from kasf_demo.lift.lifter import Lifter
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.people import Person
from kasf_demo.types.result import Result
from kasf_demo.weights import Resolved
from kasportsformer import metrics


@dataclass(frozen=True)
class LiftedClip:
    """A clip lifted by one network. standing: the people of the result in world axes."""

    name: str
    result: Result
    standing: Sequence[Person]
    lifter: Lifter
    weights: Resolved


@dataclass(frozen=True)
class MeasuredClip:
    """The person that is compared, over T frames. number: among the people of the result. pose, truth (T, 17, 3) m:
    relative to the pelvis in camera axes; NaN where there is none; truth is None without ground truth. error_m (T, 17).

    bone_spread: 0.03 is 3 %; jitter_mm: mean second difference of the joints, per frame squared; spread_mm: of the
    hypotheses, None if none are drawn; ms_per_frame: time in the network and around it. errors: MPJPE and so on in mm,
    by name.
    """

    lifted: LiftedClip
    number: int | None
    pose: FloatArray
    truth: FloatArray | None
    error_m: FloatArray | None
    bone_spread: float
    jitter_mm: float
    spread_mm: float | None
    ms_per_frame: float
    errors: dict[str, float]

    @property
    def seen(self) -> BoolArray:
        """(T,) frames with a pose."""
        return np.asarray(np.isfinite(self.pose).all((1, 2)))

    @property
    def person(self) -> Person | None:
        """In world axes; None if there is nobody."""
        return None if self.number is None else self.lifted.standing[self.number]


ERRORS = ("mpjpe_mm", "p_mpjpe_mm", "n_mpjpe_mm", "mpjve_mm", "accel_mm")


def measure_clip(lifted: LiftedClip, truth: Truth | None) -> MeasuredClip:
    """Measures the person of most frames; with ground truth, the one matched with an athlete in most frames. Raises
    InputError if the ground truth is of other frames, or if nobody matches it."""
    estimate = Estimate.from_result(lifted.result)
    number = int(estimate.valid.sum(1).argmax()) if len(estimate.ids) else None
    pose = np.full((len(estimate.times_s), 17, 3), np.nan)
    want: FloatArray | None = None
    if truth is not None:
        check_frames(estimate.times_s, truth.times_s)
        number, athlete = _matched(estimate, truth)
        want = truth.joints_camera_m[athlete]
        want = want - want[:, :1]
    if number is not None:
        pose = estimate.xyz[number] - estimate.xyz[number][:, :1]
    errors, error_m = ({}, None) if want is None else _errors(pose, want)
    steps = np.linalg.norm(np.diff(pose, 2, axis=0), axis=-1)[:, 1:]
    spread = None if number is None else lifted.standing[number].pose.spread_m
    return MeasuredClip(
        lifted,
        number,
        pose,
        want,
        error_m,
        float(metrics.bone_length_spread(pose, RIGID_BONES)) if np.isfinite(pose).any() else np.nan,
        1000 * mean(steps),
        None if spread is None else 1000 * mean(spread),
        1000 * lifted.lifter.seconds / max(lifted.lifter.frames, 1),
        errors,
    )


def _matched(estimate: Estimate, truth: Truth) -> tuple[int, int]:
    """The person and the athlete that are one in most frames."""
    pairs = match(estimate.uv, estimate.valid, truth)
    counts = np.array([[(row == p).sum() for p in range(len(estimate.ids))] for row in pairs], int)
    if not counts.size or not counts.max() or (pairs == NO_PERSON).all():
        raise InputError("nobody in the clip matches the ground truth", "give the ground truth of this clip")
    athlete, person = np.unravel_index(counts.argmax(), counts.shape)
    return int(person), int(athlete)


def _errors(pose: FloatArray, want: FloatArray) -> tuple[dict[str, float], FloatArray]:
    """Errors by name, mm, and by frame and joint, m."""
    got, want = 1000 * pose, 1000 * want
    seen = np.isfinite(got).all((1, 2))
    found: dict[str, Any] = {
        "mpjpe_mm": metrics.mpjpe(got, want),
        "p_mpjpe_mm": metrics.p_mpjpe(got[seen], want[seen]),
        "n_mpjpe_mm": metrics.n_mpjpe(got, want),
        "mpjve_mm": metrics.mpjve(got, want) if len(got) > 1 else np.array([np.nan]),
        "accel_mm": metrics.acceleration_error(got, want) if len(got) > 2 else np.array([np.nan]),
    }
    return {name: mean(found[name]) for name in ERRORS}, metrics.joint_errors(got, want) / 1000
