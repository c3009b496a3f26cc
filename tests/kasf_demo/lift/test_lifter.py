"""Windows, crops, blending and flips of the lifter, with a stand-in network whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from lifters import Echo, small_network, walk

from kasf_demo.errors import ModelError
from kasf_demo.lift.backends import TorchNetwork
from kasf_demo.lift.lifter import Lifter, blend_weights, window_starts
from kasf_demo.types.arrays import runs
from kasf_demo.types.people import Keypoints2D
from kasportsformer.skeleton import H36M_MIRROR, mirror_h36m

W = 640


@given(st.integers(1, 300), st.integers(1, 27))
def test_windows_cover_every_frame_and_stay_inside(frames: int, stride: int) -> None:
    starts = window_starts(frames, 27, stride)
    covered = {t for s in starts for t in range(s, s + 27)}
    assert covered >= set(range(frames))
    assert max(starts) == max(0, frames - 27) and starts == sorted(set(starts))


def test_blend_weights_of_neighbours_sum_to_one() -> None:
    w = blend_weights(28)
    assert np.allclose(w[14:] + w[:14], 1)
    assert blend_weights(27).min() > 0


@pytest.mark.parametrize("frames", range(1, 121))
def test_every_clip_length_gives_as_many_rows(frames: int) -> None:
    k = walk(frames)
    pose = Lifter(TorchNetwork(Echo()), crop_scale=1.25).lift(k, fps=30)  # type: ignore[arg-type]
    assert pose.shape == (frames, 17, 3)
    assert np.allclose(pose[..., :2], k.xy - k.xy[:, :1], atol=1e-3)  # crops are undone exactly: no seam, no scale


def test_invalid_frames_stay_empty_and_split_the_clip() -> None:
    k = walk(90)
    valid = np.ones(90, bool)
    valid[40:52] = False
    k = Keypoints2D(np.where(valid[:, None, None], k.xy, np.nan), k.score, valid, k.interpolated, "h36m")
    pose = Lifter(TorchNetwork(Echo()), crop_scale=1.25).lift(k, fps=30)  # type: ignore[arg-type]
    assert np.isnan(pose[~valid]).all() and np.isfinite(pose[valid]).all()


@given(st.lists(st.booleans(), max_size=60))
def test_runs_are_the_mask(bits: list[bool]) -> None:
    mask = np.array(bits, bool)
    again = np.zeros_like(mask)
    for a, b in runs(mask):
        assert a < b and not again[a:b].any()
        again[a:b] = True
    assert (again == mask).all()


@pytest.mark.parametrize("frames", [5, 27, 64])
def test_a_mirrored_clip_gives_the_mirrored_result(frames: int) -> None:
    k = walk(frames)
    xy = k.xy[:, H36M_MIRROR].copy()
    xy[..., 0] = W - xy[..., 0]
    mirrored = Keypoints2D(xy, k.score[:, H36M_MIRROR], k.valid, k.interpolated, "h36m")
    lifter = Lifter(TorchNetwork(small_network()), crop_scale=1.25)
    a, b = lifter.lift(k, fps=30), lifter.lift(mirrored, fps=30)
    assert np.abs(a).max() > 1  # px: a network that answers nothing would pass
    assert np.allclose(mirror_h36m(a), b, atol=1e-3)


@pytest.mark.parametrize("frames", [5, 27, 64])
def test_a_mirrored_clip_disagrees_as_much(frames: int) -> None:
    k = walk(frames)
    xy = k.xy[:, H36M_MIRROR].copy()
    xy[..., 0] = W - xy[..., 0]
    mirrored = Keypoints2D(xy, k.score[:, H36M_MIRROR], k.valid, k.interpolated, "h36m")
    lifter = Lifter(TorchNetwork(small_network()), crop_scale=1.25)
    a, b = lifter.lift_with_spread(k, fps=30), lifter.lift_with_spread(mirrored, fps=30)
    np.testing.assert_array_equal(a.pose, lifter.lift(k, fps=30))
    assert a.mirror[:, 1:].min() > 0.01 and (a.mirror[:, 0] == 0).all()
    np.testing.assert_allclose(a.mirror[:, H36M_MIRROR], b.mirror, atol=1e-3)
    np.testing.assert_allclose(a.windows[:, H36M_MIRROR], b.windows, atol=1e-3)
    twice = np.isfinite(a.windows).all(1)  # the second window begins at frame 18
    assert not twice[:18].any() and (twice[20:25].sum() == 5) == (frames == 64)


def test_windows_that_agree_have_no_spread() -> None:
    """One place for all frames, and a network that returns its input: every window gives the same."""
    k = walk(64)
    k.xy[:] = k.xy[0]
    spread = Lifter(TorchNetwork(Echo()), crop_scale=1.25, flip=False).lift_with_spread(k, fps=30)  # type: ignore[arg-type]
    assert np.nanmax(spread.windows) < 1e-3 and (spread.mirror == 0).all()


@pytest.mark.parametrize("frames", [5, 27, 64])
def test_a_clip_turned_by_half_gives_the_result_turned_by_half(frames: int) -> None:
    """The network gets an upside-down person upright; its pose is turned back, and depth stays."""
    k = walk(frames)
    k.xy[:, [11, 14], 1] = 90.0 + 3 * np.arange(frames)[:, None]  # shoulders above
    k.xy[:, 0] = k.xy[:, [11, 14]].mean(1) + np.array([10.0, 150.0])  # the pelvis
    turned = Keypoints2D(W - k.xy, k.score, k.valid, k.interpolated, "h36m")
    lifter = Lifter(TorchNetwork(small_network()), crop_scale=1.25)
    a, b = lifter.lift(k, fps=30), lifter.lift(turned, fps=30)
    assert np.abs(a).max() > 1
    assert np.allclose(a * [-1, -1, 1], b, atol=1e-3)
    raw = TorchNetwork(small_network())(np.ones((1, 27, 17, 3), np.float32))
    assert not np.allclose(
        raw, -TorchNetwork(small_network())(-np.ones((1, 27, 17, 3), np.float32)), atol=1e-3
    )  # no symmetry of the network's


def test_flip_averaging_is_not_averaging_with_the_mirror_image() -> None:
    """The published demo's defect: both passes saw the mirrored input, so every pose came out symmetric."""
    k = walk(27)
    pose = Lifter(TorchNetwork(small_network()), crop_scale=1.25).lift(k, fps=30)
    assert np.abs(pose - mirror_h36m(pose)).max() > 1


def test_fast_clips_are_lifted_as_interleaved_slower_ones() -> None:
    k = walk(240)
    lifter = Lifter(TorchNetwork(small_network()), crop_scale=1.25)
    fast = lifter.lift(k, fps=240)
    every4th = Keypoints2D(k.xy[1::4], k.score[1::4], k.valid[1::4], k.interpolated[1::4], "h36m")
    assert np.allclose(fast[1::4], lifter.lift(every4th, fps=60))


def test_no_seam_is_larger_than_motion_inside_windows() -> None:
    k = walk(120)
    pose = Lifter(TorchNetwork(small_network()), crop_scale=1.25).lift(k, fps=30)
    step = np.linalg.norm(np.diff(pose, axis=0), axis=-1).mean(1)
    seams = [s for s in window_starts(120, 27, 14) if 0 < s < 119]
    assert step[np.array(seams) - 1].max() <= 1.5 * np.percentile(step, 95)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e9])
def test_what_is_no_pose_is_an_error_of_the_weights(value: float) -> None:
    class Broken(Echo):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * value

    with pytest.raises(ModelError, match="invalid pose") as e:
        Lifter(TorchNetwork(Broken()), crop_scale=1.2).lift(walk(30), fps=30)  # type: ignore[arg-type]
    assert e.value.exit_code == 5
