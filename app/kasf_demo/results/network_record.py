"""The lifting network in the JSON: its architecture, windows and normalisation, and its hypotheses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kasf_demo.lift.lifter import Lifter, lifted_frames
from kasf_demo.types.arrays import BoolArray
from kasf_demo.types.people import Pose3D
from kasportsformer.skeleton import H36M_NAMES

SPREAD_MEANING = (
    "root mean square distance of the network's hypotheses from their mean, before the body fit, at the athlete's size;"
    " a disagreement, not a calibrated error"
)


def network_record(lifter: Lifter, valid: Sequence[BoolArray], fps: float, lens_source: str) -> dict[str, Any]:
    """How the network was used. valid (T,): of each person, the frames that were lifted, of mean rate fps; lens_source:
    of the camera."""
    facts = lifter.facts
    longest = max((lifted_frames(frames, fps) for frames in valid), default=facts.max_frames)
    s = lifter.sampling
    record: dict[str, Any] = {
        "architecture": facts.architecture,
        "window_frames": facts.window_frames(longest),
        "normalisation": lifter.normalisation,
        "input_joints": facts.input_joints,
        "root": "subtracted" if facts.subtracts_root else "set to 0",
        "flip_averaged": True,
    }
    if lifter.normalisation == "square-crop":
        record["crop_scale"] = lifter.crop_scale
    if s is not None:
        unused = aggregate_unused(lifter, lens_source)
        record["sampling"] = {
            "hypotheses": s.hypotheses,
            "steps": s.steps,
            "seed": s.seed,
            "passes_per_window": s.passes,
            "aggregate": "p" if unused else s.aggregate,
        }
        if unused:
            record["sampling"]["why"] = AGGREGATE_WARNING
    return record


AGGREGATE_WARNING = (
    "--aggregate j needs the lens, which is only assumed: the mean of the hypotheses is taken (p); give --fov or"
    " --focal-px"
)


def aggregate_unused(lifter: Lifter, lens_source: str) -> bool:
    """Whether J-Agg was asked for and could not be used."""
    return lifter.sampling is not None and lifter.sampling.aggregate == "j" and lens_source == "assumed"


def hypotheses_record(pose: Pose3D) -> dict[str, Any] | None:
    """Median over the frames of each joint's `spread_m`; None if the network draws no hypotheses."""
    if pose.spread_m is None or not pose.valid.any():
        return None
    medians = np.nanmedian(pose.spread_m[pose.valid], axis=0)
    named = {name: round(float(s), 4) for name, s in zip(H36M_NAMES, medians, strict=True)}
    return {"meaning": SPREAD_MEANING, "median_spread_m": named}
