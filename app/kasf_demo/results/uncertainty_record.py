"""The stated uncertainty in the JSON: of a person's joints, and intervals of peaks and events."""

from __future__ import annotations

from typing import Any

import numpy as np

from kasf_demo.reconstruct.uncertainty import calibration
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.feet import FEET
from kasf_demo.types.people import Pose3D
from kasportsformer.skeleton import H36M_NAMES

MEANING = (
    "68 % of the joints are within sigma_m of the truth (3D distance relative to the pelvis, the athlete's true height"
    " and the camera's orientation given), 95 % within within_95 times sigma_m"
)

UNCALIBRATED = (
    "not calibrated for this lifting network: sigma_m compares joints and frames with each other, and says nothing of"
    " how many joints are within it"
)


def uncertainty_record(pose: Pose3D, lifter_sha256: str | None) -> dict[str, Any] | None:
    """Median over the frames of each joint's sigma_m; None without one. lifter_sha256: of the network in
    use."""
    if pose.sigma_m is None or not pose.valid.any():
        return None
    own = calibration()
    calibrated = lifter_sha256 == own.lifter[1]
    medians = np.median(pose.sigma_m[pose.valid], axis=0)
    wide = {"joints": own.joints.within_95, "angles": own.angles.within_95, "speeds": own.speeds.within_95}
    sigmas = dict(zip(H36M_NAMES, medians, strict=True))
    if pose.feet is not None and pose.feet.sigma_m is not None:
        wide |= {"feet": own.feet.within_95, "foot_angles": own.foot_angles.within_95}
        known = {name: s[np.isfinite(s)] for name, s in zip(FEET, pose.feet.sigma_m.T, strict=True)}
        sigmas |= {name: np.median(s) for name, s in known.items() if len(s)}
    return {
        "meaning": MEANING if calibrated else UNCALIBRATED,
        "calibrated": calibrated,
        "within_95": wide,
        "median_sigma_m": {name: round(float(s), 4) for name, s in sigmas.items()},
    }


def interval(value: float, sigma: float, digits: int) -> list[float] | None:
    """[low, high] that holds the truth in 68 % of cases; None if unknown."""
    if not np.isfinite([value, sigma]).all():
        return None
    return [round(value - sigma, digits) + 0.0, round(value + sigma, digits) + 0.0]


def sigma_at(sigma: FloatArray | None, times_s: FloatArray, time_s: float) -> float:
    """Of (T,) sigmas the one at a time; NaN if there is none."""
    if sigma is None or not np.isfinite(time_s):
        return float("nan")
    return float(sigma[int(np.abs(times_s - time_s).argmin())])
