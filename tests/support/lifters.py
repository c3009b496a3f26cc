"""Lifting networks for tests: `Echo`, `small_network`; and the keypoints of a `walk`."""

from __future__ import annotations

import numpy as np
import torch

from kasf_demo.types.people import Keypoints2D
from kasportsformer import KASportsFormer, KASportsFormerConfig


class Echo(torch.nn.Module):
    """Returns its input's x and y, and z = 0.1 x: linear, but not the same for a mirrored input (z would flip)."""

    architecture, normalisation, input_joints = "Echo", "square-crop", "h36m"
    min_frames = max_frames = 27
    root_relative = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x[..., :2], 0.1 * x[..., :1] + x[..., 1:2]], -1)


def walk(frames: int, seed: int = 0) -> Keypoints2D:
    rng = np.random.default_rng(seed)
    xy = (
        rng.uniform(100, 300, (1, 17, 2))
        + 30 * np.sin(np.arange(frames) / 7)[:, None, None]
        + 3 * np.arange(frames)[:, None, None]
    )
    return Keypoints2D(xy, rng.uniform(0.4, 1, (frames, 17)), np.ones(frames, bool), np.zeros(frames, bool), "h36m")


def small_network() -> KASportsFormer:
    torch.manual_seed(0)
    config = KASportsFormerConfig(
        n_layers=1, dim_in=3, dim_feat=16, dim_rep=32, dim_out=3, mlp_ratio=2, num_heads=2, n_frames=27, neighbour_num=4
    )
    return KASportsFormer(config).eval()
