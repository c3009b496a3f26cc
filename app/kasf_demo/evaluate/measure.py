"""All errors of a result against the ground truth, per athlete.

3D is root-relative in camera axes, in mm, over the frames with a pose: the two worlds differ by the camera direction,
which a result does not know. Missing frames are counted, and count as missed keypoints; they are never an error of
zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kasf_demo.errors import InputError
from kasf_demo.evaluate.estimate import Estimate
from kasf_demo.evaluate.ground_truth import LIMBS_H36M, VISIBLE, Truth
from kasf_demo.evaluate.matching import NO_PERSON, match, switches
from kasf_demo.kinematics.vectors import out_of_plane_deg, unit
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.feet import HEEL_AND_TOE
from kasportsformer import metrics
from kasportsformer.skeleton import BONES, H36M

# bones between joints of the body: trunk and head of Human3.6M-17 are inferred from the image and change length even in
# the ground truth
RIGID_BONES = tuple(bone for bone in BONES if set(bone) <= set(LIMBS_H36M))
ANKLES = [H36M["r_ankle"], H36M["l_ankle"]]


@dataclass(frozen=True)
class AthleteErrors:
    """One athlete's row. px: 2D over the visible limb keypoints of the ground truth; mm: see the module; _mm_s: mm per
    second.

    Numbers are NaN where nothing can be measured. Over time: px (T,), mpjpe (T,), p_mpjpe (T,) mm, NaN in frames
    without a pose. Per
    joint: joint_mm (17,). `persons` are the ids matched, in order of first appearance.
    """

    athlete: int  # from 1, in the order of the ground truth
    persons: tuple[str, ...]
    frames: int  # in which the athlete is in the image
    missing: int
    switches: int
    stature_m: float
    height_m: float
    scale_kind: str
    px_mean: float
    px_median: float
    pck_2d: float
    mpjpe_mm: float
    n_mpjpe_mm: float
    p_mpjpe_mm: float
    mpjve_mm: float  # per frame
    accel_mm: float  # per frame squared
    side_mm: float
    up_mm: float
    depth_mm: float
    bone_spread: float  # 0.03 is 3 %
    skate_mm_s: float
    skate_pose_mm_s: float
    skate_truth_mm_s: float
    # of the feet, over frames in which both have the foot
    heel_mm: float
    toe_mm: float
    ankle_deg: float
    px: FloatArray
    mpjpe: FloatArray
    p_mpjpe: FloatArray
    joint_mm: FloatArray


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` returns: a row per athlete, and the number of unmatched people of the result."""

    athletes: tuple[AthleteErrors, ...]
    extra_people: int
    times_s: FloatArray
    detector: str
    lifter: str


def evaluate(estimate: Estimate, truth: Truth) -> Evaluation:
    """Measures `estimate` against `truth`. Raises InputError if their frames differ."""
    check_frames(estimate.times_s, truth.times_s)
    pairs = match(estimate.uv, estimate.valid, truth)
    athletes = tuple(_athlete(estimate, truth, a, pairs[a]) for a in range(truth.athletes))
    extra = len(estimate.ids) - len(np.unique(pairs[pairs != NO_PERSON]))
    return Evaluation(athletes, extra, truth.times_s, estimate.detector, estimate.lifter)


def check_frames(times_s: FloatArray, truth_s: FloatArray) -> None:
    """Raises InputError unless both have the same frames, by number and by time (within a quarter of the usual
    distance)."""
    whole = "measure a run of the whole clip of the ground truth, without --start and --end"
    if len(times_s) != len(truth_s):
        raise InputError(f"the result has {len(times_s)} frames, the ground truth {len(truth_s)}", whole)
    apart = float(np.median(np.diff(truth_s))) if len(truth_s) > 1 else np.inf
    off = np.abs(times_s - truth_s)
    if (off > apart / 4).any():
        t = int(np.argmax(off > apart / 4))
        raise InputError(
            f"frame {t} is at {times_s[t]:.3f} s in the result and at {truth_s[t]:.3f} s in the ground truth", whole
        )


def _athlete(estimate: Estimate, truth: Truth, a: int, persons: NDArray[np.int_]) -> AthleteErrors:
    frames, seen = np.arange(len(persons)), persons != NO_PERSON
    xyz, uv = np.full((len(persons), 17, 3), np.nan), np.full((len(persons), 17, 2), np.nan)
    xyz[seen], uv[seen] = estimate.xyz[persons[seen], frames[seen]], estimate.uv[persons[seen], frames[seen]]
    return AthleteErrors(
        athlete=a + 1,
        persons=tuple(estimate.ids[p] for p in dict.fromkeys(persons[seen].tolist())),
        frames=int(truth.in_view[a].sum()),
        missing=int((truth.in_view[a] & ~seen).sum()),
        switches=switches(persons),
        stature_m=float(truth.stature_m[a]), height_m=estimate.height_m, scale_kind=estimate.scale_kind,
        bone_spread=float(metrics.bone_length_spread(xyz, RIGID_BONES)),
        **_errors_2d(uv, truth, a), **_errors_3d(xyz, truth, a), **_skates(xyz, truth, a),
        **_errors_feet(xyz, _feet_of(estimate, persons), truth, a),
    )  # fmt: skip


def _errors_2d(uv: FloatArray, truth: Truth, a: int) -> dict[str, Any]:
    """The limbs' keypoints, the same points in both skeletons; uv (T, 17, 2)."""
    in_view = truth.in_view[a]
    limbs, visible = uv[:, LIMBS_H36M], (truth.limbs_visibility[a] == VISIBLE) & in_view[:, None]
    px = np.where(visible, metrics.keypoint_errors(limbs, truth.limbs_px[a]), np.nan)
    pck = metrics.pck_2d(limbs, truth.limbs_px[a], visible, truth.side_px[a])
    known = px[np.isfinite(px)]
    return {
        "px": mean_over(px, 1), "pck_2d": mean(pck), "px_mean": mean(known),
        "px_median": float(np.median(known)) if len(known) else np.nan,
    }  # fmt: skip


def _errors_3d(xyz: FloatArray, truth: Truth, a: int) -> dict[str, Any]:
    """Root-relative, mm; xyz (T, 17, 3) metres in camera axes, NaN where there is no pose."""
    want = truth.joints_camera_m[a]
    got, want = 1000 * (xyz - xyz[:, :1]), 1000 * (want - want[:, :1])
    seen, t = np.isfinite(got).all((1, 2)), len(got)
    p_mpjpe = np.full(t, np.nan)
    p_mpjpe[seen] = metrics.p_mpjpe(got[seen], want[seen])
    mpjpe = metrics.mpjpe(got, want)
    side, up, depth = (mean(np.abs(got - want)[..., axis]) for axis in range(3))
    return {
        "mpjpe": mpjpe, "p_mpjpe": p_mpjpe, "joint_mm": mean_over(metrics.joint_errors(got, want), 0),
        "mpjpe_mm": mean(mpjpe), "p_mpjpe_mm": mean(p_mpjpe), "n_mpjpe_mm": mean(metrics.n_mpjpe(got, want)),
        "mpjve_mm": mean(metrics.mpjve(got, want)) if t > 1 else np.nan,
        "accel_mm": mean(metrics.acceleration_error(got, want)) if t > 2 else np.nan,
        "side_mm": side, "up_mm": up, "depth_mm": depth,
    }  # fmt: skip


def _skates(xyz: FloatArray, truth: Truth, a: int) -> dict[str, Any]:
    """Foot skate in world axes of the ground truth while its foot stands, mm/s: of the placed result (camera motion
    compensated), of its limbs alone (attached to the true root), and of the ground truth itself."""
    times_s, joints = truth.times_s, truth.joints_world_m[a]
    names = ("skate_mm_s", "skate_pose_mm_s", "skate_truth_mm_s")
    if len(times_s) < 2:
        return dict.fromkeys(names, np.nan)
    contact = metrics.foot_contact(joints[:, ANKLES], times_s) & truth.in_view[a][:, None]
    placed = truth.from_camera(xyz)
    hung = placed - placed[:, :1] + joints[:, :1]
    return {
        n: 1000 * float(metrics.foot_skate(x[:, ANKLES], times_s, contact))
        for n, x in zip(names, (placed, hung, joints), strict=True)
    }


def _feet_of(estimate: Estimate, persons: NDArray[np.int_]) -> FloatArray | None:
    """(T, 4, 3) the feet of the matched persons (T,), in camera axes; NaN where unknown, None without feet."""
    if estimate.feet is None:
        return None
    frames, seen = np.arange(len(persons)), persons != NO_PERSON
    feet = np.full((len(persons), 4, 3), np.nan)
    feet[seen] = estimate.feet[persons[seen], frames[seen]]
    return feet


def _errors_feet(xyz: FloatArray, feet: FloatArray | None, truth: Truth, a: int) -> dict[str, Any]:
    """Heel and toe root-relative, mm, and the ankle angle, degrees, from the same points in both."""
    if feet is None or truth.feet_world_m is None:
        return dict.fromkeys(("heel_mm", "toe_mm", "ankle_deg"), np.nan)
    joints = truth.joints_camera_m[a]
    true = np.einsum("tij,tkj->tki", truth.R, truth.feet_world_m[a]) + truth.t[:, None]
    off = 1000 * np.linalg.norm((feet - xyz[:, :1]) - (true - joints[:, :1]), axis=-1)
    deg = np.abs(_ankle_deg(xyz, feet) - _ankle_deg(joints, true))
    return {"heel_mm": mean(off[:, [0, 2]]), "toe_mm": mean(off[:, [1, 3]]), "ankle_deg": mean(deg)}


def _ankle_deg(xyz: FloatArray, feet: FloatArray) -> FloatArray:
    """(T, 2) the left and right ankle's flexion (docs/angles.md), of joints (T, 17, 3) and feet (T, 4, 3)."""
    found = []
    for side, own in HEEL_AND_TOE.items():
        heel, toe = np.moveaxis(feet[:, own], 1, 0)
        shank = unit(xyz[:, H36M[f"{side}_knee"]] - xyz[:, H36M[f"{side}_ankle"]])
        found.append(out_of_plane_deg(unit(toe - heel), shank))
    return np.stack(found, axis=-1)


def mean(values: FloatArray) -> float:
    """Mean of the values that are not NaN; NaN if there are none."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def mean_over(values: FloatArray, axis: int) -> FloatArray:
    """`mean` along one axis."""
    return np.apply_along_axis(mean, axis, values)
