"""Known mistakes give known numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scene import a_truth, perfect, without

from kasf_demo.errors import InputError
from kasf_demo.evaluate import AthleteErrors, Estimate, Truth, evaluate
from kasf_demo.evaluate.ground_truth import OCCLUDED, OUTSIDE
from kasf_demo.evaluate.measure import RIGID_BONES
from kasportsformer.skeleton import H36M

ZERO = (
    "missing",
    "switches",
    "px_mean",
    "px_median",
    "mpjpe_mm",
    "n_mpjpe_mm",
    "p_mpjpe_mm",
    "mpjve_mm",
    "accel_mm",
    "side_mm",
    "up_mm",
    "depth_mm",
    "bone_spread",
    "skate_mm_s",
    "skate_pose_mm_s",
    "skate_truth_mm_s",
)


def errors(estimate: Estimate, truth: Truth, athlete: int = 0) -> AthleteErrors:
    return evaluate(estimate, truth).athletes[athlete]


@pytest.mark.parametrize("athletes", [1, 2, 3])
def test_a_perfect_result_has_no_errors(athletes: int) -> None:
    truth = a_truth(athletes=athletes)
    got = evaluate(perfect(truth), truth)
    assert len(got.athletes) == athletes and got.extra_people == 0
    for e in got.athletes:
        assert {k: pytest.approx(0, abs=1e-6) for k in ZERO} == {k: getattr(e, k) for k in ZERO}
        assert e.pck_2d == 1 and e.frames == 20 and e.persons == (str(e.athlete),)


def test_pixels() -> None:
    truth = a_truth()
    estimate = perfect(truth)
    off = estimate.uv.copy()
    off[..., :2] += [3, 4]
    assert errors(replace(estimate, uv=off), truth).px_mean == pytest.approx(5)
    off = estimate.uv.copy()
    off[:, :, H36M["l_wrist"]] += [30, 40]  # the box is some 280 px high: 5 % are 14 px
    got = errors(replace(estimate, uv=off), truth)
    assert (
        got.px_mean == pytest.approx(50 / 12)
        and got.px_median == pytest.approx(0, abs=1e-9)
        and got.pck_2d == pytest.approx(11 / 12)
    )
    hidden = truth.visibility.copy()
    hidden[..., 9] = OCCLUDED  # COCO's left wrist: what the ground truth does not see is not compared
    got = errors(replace(estimate, uv=off), replace(truth, visibility=hidden))
    assert got.px_mean == pytest.approx(0, abs=1e-9) and got.pck_2d == 1


def test_the_guessed_trunk_is_no_keypoint() -> None:
    truth = a_truth()
    estimate = perfect(truth)
    estimate.uv[:, :, [H36M[n] for n in ("pelvis", "spine", "thorax", "neck", "head")]] += 500
    assert errors(estimate, truth).px_mean == pytest.approx(0, abs=1e-9)


def test_where_the_athlete_stands_is_no_error_of_the_pose() -> None:
    truth = a_truth()
    estimate = perfect(truth)
    got = errors(replace(estimate, xyz=estimate.xyz + np.array([0.4, -0.2, 3.0])), truth)
    assert got.mpjpe_mm == pytest.approx(0, abs=1e-6) and got.mpjve_mm == pytest.approx(0, abs=1e-6)
    assert got.skate_pose_mm_s == pytest.approx(0, abs=1e-6)
    assert got.skate_mm_s > 100  # the camera pans: a wrong distance makes the placed athlete slide


def test_depth_side_and_up() -> None:
    truth = a_truth()
    estimate = perfect(truth)
    shift = np.zeros((17, 3))
    shift[H36M["r_wrist"]] = [0.017, -0.034, 0.17]
    got = errors(replace(estimate, xyz=estimate.xyz + shift), truth)
    assert (got.side_mm, got.up_mm, got.depth_mm) == pytest.approx((1, 2, 10))
    assert got.joint_mm[H36M["r_wrist"]] == pytest.approx(1000 * np.linalg.norm([0.017, 0.034, 0.17]))
    assert got.mpjpe_mm == pytest.approx(got.joint_mm.mean()) and got.mpjve_mm == pytest.approx(0, abs=1e-6)


def test_scale() -> None:
    truth = a_truth()
    estimate = perfect(truth)
    root = estimate.xyz[:, :, :1]
    got = errors(replace(estimate, xyz=root + 1.1 * (estimate.xyz - root), height_m=1.98, scale_kind="assumed"), truth)
    assert (
        got.mpjpe_mm > 30
        and got.n_mpjpe_mm == pytest.approx(0, abs=1e-6)
        and got.p_mpjpe_mm == pytest.approx(0, abs=1e-6)
    )
    assert got.stature_m == 1.8 and got.height_m == 1.98 and got.scale_kind == "assumed"


def test_missing_frames_are_counted_and_never_zero_error() -> None:
    truth = a_truth()
    shifted = perfect(truth)
    shifted = replace(shifted, uv=shifted.uv + 3, xyz=shifted.xyz * 1.02)
    whole, got = errors(shifted, truth), errors(without(shifted, 0, slice(5, 10)), truth)
    assert got.missing == 5 and got.frames == 20 and got.switches == 0
    assert got.px_mean == pytest.approx(whole.px_mean)  # over the frames there are
    assert got.mpjpe_mm == pytest.approx(whole.mpjpe_mm, rel=0.2) and got.mpjpe_mm > 0
    assert np.isnan(got.mpjpe[5:10]).all() and np.isnan(got.px[5:10]).all() and np.isfinite(got.mpjpe[:5]).all()
    assert got.pck_2d == pytest.approx(0.75) and whole.pck_2d == 1


def test_velocity_does_not_jump_over_a_gap() -> None:
    truth = a_truth(40)
    estimate = without(perfect(truth), 0, slice(10, 30))
    got = errors(estimate, truth)
    assert got.mpjve_mm == pytest.approx(0, abs=1e-6) and got.accel_mm == pytest.approx(0, abs=1e-6)


def test_nobody_found() -> None:
    truth = a_truth()
    nobody = perfect(truth)
    nobody = replace(nobody, ids=(), valid=nobody.valid[:0], xyz=nobody.xyz[:0], uv=nobody.uv[:0])
    for estimate in (nobody, without(perfect(truth), 0, slice(None))):
        got = errors(estimate, truth)
        assert got.missing == 20 and got.persons == () and got.pck_2d == 0
        assert all(
            np.isnan(getattr(got, k))
            for k in ("px_mean", "px_median", "mpjpe_mm", "p_mpjpe_mm", "mpjve_mm", "bone_spread", "skate_mm_s")
        )


def test_who_is_out_of_the_picture_is_not_missed() -> None:
    truth = a_truth()
    visibility = truth.visibility.copy()
    visibility[:, 15:] = OUTSIDE
    got = errors(without(perfect(truth), 0, slice(12, None)), replace(truth, visibility=visibility))
    assert got.frames == 15 and got.missing == 3


def test_identities_that_swap() -> None:
    truth = a_truth(athletes=2)
    estimate = perfect(truth)
    swapped = estimate.uv.copy(), estimate.xyz.copy()
    for array in swapped:
        array[:, 12:] = array[::-1, 12:].copy()
    got = evaluate(replace(estimate, uv=swapped[0], xyz=swapped[1]), truth)
    assert [e.switches for e in got.athletes] == [1, 1] and [e.missing for e in got.athletes] == [0, 0]
    assert got.athletes[0].persons == ("1", "2") and got.athletes[0].mpjpe_mm == pytest.approx(0, abs=1e-6)
    there_and_back = estimate.uv.copy()
    there_and_back[:, 8:12] = there_and_back[::-1, 8:12].copy()
    assert [e.switches for e in evaluate(replace(estimate, uv=there_and_back), truth).athletes] == [2, 2]


def test_a_gap_is_no_switch_but_a_new_number_after_it_is() -> None:
    truth = a_truth()
    estimate = perfect(truth)
    assert errors(without(estimate, 0, slice(8, 12)), truth).switches == 0
    two = replace(
        estimate,
        ids=("4", "9"),
        valid=np.repeat(estimate.valid, 2, 0),
        xyz=np.repeat(estimate.xyz, 2, 0),
        uv=np.repeat(estimate.uv, 2, 0),
    )
    got = errors(without(without(two, 0, slice(8, None)), 1, slice(0, 12)), truth)
    assert got.switches == 1 and got.missing == 4 and got.persons == ("4", "9")


def test_the_one_who_is_left_keeps_their_athlete_while_two_overlap() -> None:
    truth = a_truth(athletes=2, apart_m=0.1)
    estimate = without(perfect(truth), 1, slice(8, 12))
    off = estimate.uv.copy()
    off[0, 8:12] = 0.4 * estimate.uv[0, 8:12] + 0.6 * perfect(truth).uv[1, 8:12]  # a little nearer to the other
    got = evaluate(replace(estimate, uv=off), truth)
    assert [e.switches for e in got.athletes] == [0, 0] and [e.missing for e in got.athletes] == [0, 4]


def test_a_ghost_fits_nobody() -> None:
    truth = a_truth()
    estimate = perfect(truth)
    both = replace(
        estimate,
        ids=("1", "2"),
        valid=np.repeat(estimate.valid, 2, 0),
        xyz=np.repeat(estimate.xyz, 2, 0),
        uv=np.concatenate([estimate.uv + 400, estimate.uv]),
    )
    got = evaluate(both, truth)
    assert (
        got.extra_people == 1
        and got.athletes[0].persons == ("2",)
        and got.athletes[0].px_mean == pytest.approx(0, abs=1e-9)
    )


def test_bones_and_feet() -> None:
    truth = a_truth()
    estimate = perfect(truth)
    assert len(RIGID_BONES) == 8
    stretched = estimate.xyz.copy()
    knee, ankle = H36M["l_knee"], H36M["l_ankle"]
    stretched[:, ::2, ankle] += 0.2 * (stretched[:, ::2, ankle] - stretched[:, ::2, knee])
    assert errors(replace(estimate, xyz=stretched), truth).bone_spread == pytest.approx(0.1 / 1.1 / 8)
    sliding = truth.joints_world_m + truth.times_s[:, None, None] * np.array([0.3, 0.4, 0])
    moved = np.einsum("tij,atkj->atki", truth.R, sliding) + truth.t[:, None]
    got = errors(replace(estimate, xyz=moved), truth)
    assert (
        got.skate_mm_s == pytest.approx(500)
        and got.skate_pose_mm_s == pytest.approx(0, abs=1e-6)
        and got.skate_truth_mm_s < 1e-6
    )


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_short_clips(frames: int) -> None:
    truth = a_truth(frames)
    got = errors(perfect(truth), truth)
    assert (
        got.mpjpe_mm == pytest.approx(0, abs=1e-6)
        and np.isnan(got.accel_mm) == (frames < 3)
        and np.isnan(got.mpjve_mm) == (frames < 2)
    )


def test_other_frames_are_refused() -> None:
    truth = a_truth(20)
    with pytest.raises(InputError, match="19 frames, the ground truth 20"):
        evaluate(perfect(a_truth(19)), truth)
    late = perfect(truth)
    with pytest.raises(InputError, match=r"frame 0 is at 0\.500 s .* 0\.000 s"):
        evaluate(replace(late, times_s=late.times_s + 0.5), truth)
    slow = replace(late, times_s=late.times_s * 1.1)  # frame by frame it drifts away
    with pytest.raises(InputError, match="frame 3 is at"):
        evaluate(slow, truth)
    evaluate(replace(late, times_s=late.times_s + 0.002), truth)


def test_feet_are_measured_from_the_pelvis_and_their_angle_from_the_same_points() -> None:
    truth = a_truth(6)
    world = np.repeat(truth.joints_world_m[:, :, [H36M["l_ankle"]] * 2 + [H36M["r_ankle"]] * 2], 1, axis=2)
    world = world + np.array([[0, 0.05, -0.06], [0, -0.15, -0.06]] * 2)
    truth = replace(truth, feet_world_m=world)
    feet = np.einsum("tij,atkj->atki", truth.R, world) + truth.t[:, None]
    exact = evaluate(replace(perfect(truth), feet=feet), truth).athletes[0]
    assert exact.heel_mm < 1e-6 and exact.toe_mm < 1e-6 and exact.ankle_deg < 1e-4
    off = feet.copy()
    off[:, :, 1] += [0.03, 0, 0.04]  # the left toe, 50 mm
    off[:, 2:4] = np.nan
    moved = evaluate(replace(perfect(truth), feet=off), truth).athletes[0]
    assert moved.heel_mm < 1e-6 and moved.toe_mm == pytest.approx(25) and moved.ankle_deg > 0.3
    none = evaluate(perfect(truth), truth).athletes[0]
    assert np.isnan([none.heel_mm, none.toe_mm, none.ankle_deg]).all()
