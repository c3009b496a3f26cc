"""The main numbers of an evaluation in words, each with a reference value.

Typical errors: networks that lift detected keypoints, on Human3.6M (laboratory; MPJPE 39 mm of MotionBERT, Zhu et al.
2023, to 47 mm of VideoPose3D, Pavllo et al. 2019) and on 3DPW (outdoors; 69 to 94 mm in the comparisons of MotionBERT).
P-MPJPE is about a third less.
"""

from __future__ import annotations

import math

from kasf_demo.evaluate.measure import AthleteErrors

HAND_MM, FOOT_MM = 85, 260  # breadth of an adult's hand, length of a foot


def explain(errors: AthleteErrors) -> list[str]:
    """One sentence per line; missing numbers are left out."""
    e = errors
    seen = e.frames - e.missing
    lines = [f"the athlete was found in {seen} of {e.frames} frames"]
    if _known(e.px_mean, e.pck_2d):
        lines.append(
            f"keypoints are {e.px_mean:.1f} px off in the image on average; {100 * e.pck_2d:.0f} % are within 5 % of"
            " the athlete's size (PCK): above 90 % is good"
        )
    if _known(e.mpjpe_mm):
        lines.append(
            f"joints are {e.mpjpe_mm:.0f} mm off on average, measured from the pelvis (MPJPE); a typical error with one"
            " camera is 40 to 50 mm in the laboratory of the training data and 70 to 95 mm outdoors; a hand is"
            f" {HAND_MM} mm wide"
        )
    if _known(e.p_mpjpe_mm):
        lines.append(
            f"the shape of the pose alone, turned and scaled to fit, is {e.p_mpjpe_mm:.0f} mm off (P-MPJPE); typical:"
            " 30 to 60 mm"
        )
    if _known(e.side_mm, e.up_mm, e.depth_mm):
        lines.append(
            f"the errors are {e.side_mm:.0f} mm to the side, {e.up_mm:.0f} mm up or down and {e.depth_mm:.0f} mm in"
            " depth; one camera sees depth worst: typically twice the error to the side"
        )
    if _known(e.skate_mm_s, e.skate_truth_mm_s):
        lines.append(
            f"standing feet slide at {e.skate_mm_s:.0f} mm/s, in the ground truth at {e.skate_truth_mm_s:.0f} (they"
            f" roll); a foot is {FOOT_MM} mm long"
        )
    return lines


def _known(*values: float) -> bool:
    return all(math.isfinite(value) for value in values)
