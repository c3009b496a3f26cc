"""What holds for every lifting network, whatever its architecture."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tiny_lifters import tiny, windows

from lifting.mirror import mirror, mirror_average, start_at_root_depth, subtract_root, zero_root
from lifting.network import LiftingNetwork


def test_interface(network: Any) -> None:
    assert isinstance(network, LiftingNetwork)
    assert 1 <= network.min_frames <= network.max_frames
    assert network.normalisation in ("square-crop", "full-frame", "whole-clip") and network.input_joints == "h36m"


@torch.inference_mode()
def test_shapes(network: Any) -> None:
    for frames in {network.min_frames, network.max_frames}:
        out = network(torch.rand(2, frames, 17, 3))
        assert out.shape == (2, frames, 17, 3) and out.dtype == torch.float32 and out.isfinite().all()
    longest = network.max_frames
    for shape in ((1, longest + 1, 17, 3), (1, longest, 16, 3), (1, longest, 17, 2), (longest, 17, 3), (1, 0, 17, 3)):
        with pytest.raises(ValueError, match=r"expected \(B, "):
            network(torch.zeros(shape))


@torch.inference_mode()
def test_clips_of_a_batch_are_independent(network: Any) -> None:
    x = windows(network)
    whole = network(x)
    assert (whole[0] - whole[1]).abs().max() > 1e-3
    torch.testing.assert_close(whole, torch.cat([network(clip[None]) for clip in x]), rtol=0, atol=1e-5)
    torch.testing.assert_close(network(x), whole, rtol=0, atol=0)


@torch.inference_mode()
def test_mirrored_input_gives_the_mirrored_average(network: Any) -> None:
    if network.architecture == "D3DP":
        pytest.skip("its noise would have to be mirrored too: see tests/d3dp")
    x = windows(network, 2)
    straight = mirror_average(network, x)
    torch.testing.assert_close(mirror_average(network, mirror(x)), mirror(straight), rtol=0, atol=1e-5)
    assert (straight - mirror(straight)).abs().max() > 1e-3


@torch.inference_mode()
def test_time_and_joints_both_matter(network: Any) -> None:
    x = windows(network, 1)
    before = subtract_root(network(x))
    later, wrist = x.clone(), x.clone()
    later[:, -1, 1:] += 0.5
    wrist[:, :, 13] += 0.5
    assert (subtract_root(network(later)) - before)[:, 0].abs().max() > 1e-6  # the last frame is seen in the first
    assert (subtract_root(network(wrist)) - before)[:, :, 3].abs().max() > 1e-6  # the wrist is seen in the ankle


def test_trains() -> None:
    for architecture in ("MotionAGFormer", "MotionBERT"):
        network = tiny(architecture).train()
        network(windows(network, 2)).square().mean().backward()
        assert all(p.grad is not None for p in network.parameters()), architecture


def test_roots_by_hand() -> None:
    pose = torch.arange(2 * 17 * 3, dtype=torch.float32).reshape(1, 2, 17, 3)
    assert (zero_root(pose)[0, :, 0] == 0).all() and torch.equal(zero_root(pose)[0, :, 1:], pose[0, :, 1:])
    assert torch.equal(subtract_root(pose)[0, 1, 2], torch.full((3,), 6.0))
    started = start_at_root_depth(pose)
    assert started[0, 0, 0].tolist() == [0, 1, 0] and torch.equal(started[0, 1], pose[0, 1])
    assert pose[0, 0, 0, 2] == 2  # the argument is left as it is


def test_mirror_of_coco_exchanges_its_own_pairs() -> None:
    x = torch.zeros(17, 3)
    x[5, 0] = 1.0  # the left shoulder, in COCO's order
    assert mirror(x, "coco")[6, 0] == -1 and torch.equal(mirror(mirror(x, "coco"), "coco"), x)
