"""The blocks that only KASportsFormer has, beside those of `lifting.blocks`.

A mixer takes tokens (N, L, C) and mixes along L: the 17 joints of a frame (N = B*T), or the frames of a joint (N =
B*J).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lifting.blocks import (
    AttentionMixer,
    FrameOrder,
    Mlp,
    SkeletonGraphMixer,
    TemporalGraphMixer,
    attend,
    full_precision,
    split_heads,
)

from .skeleton import BONES, N_JOINTS

__all__ = [
    "AttentionMixer",
    "Block",
    "BoneMixer",
    "FrameOrder",
    "Mlp",
    "SpatialGraphMixer",
    "TemporalGraphMixer",
    "attend",
    "full_precision",
]


class BoneMixer(nn.Module):
    """Cross-attention: queries from the stream, keys and values from the limb stream. `order` as in AttentionMixer."""

    def __init__(self, dim: int, num_heads: int, order: FrameOrder | None = None) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.order = order
        self.proj = nn.Linear(dim, dim)
        self.qkv_q = nn.Linear(dim, dim, bias=False)
        self.qkv_kv = nn.Linear(dim, 2 * dim, bias=False)

    def forward(self, x: Tensor, limb: Tensor) -> Tensor:
        (q,) = split_heads(self.qkv_q(x), 1, self.num_heads)
        k, v = split_heads(self.qkv_kv(limb), 2, self.num_heads)
        bias = None if self.order is None else self.order()
        out: Tensor = self.proj(attend(q, k, v, bias).transpose(1, 2).flatten(2))
        return out


class SpatialGraphMixer(SkeletonGraphMixer):
    """The skeleton's edges, without self loops."""

    def __init__(self, dim: int) -> None:
        links = torch.zeros(N_JOINTS, N_JOINTS, device="cpu")  # not on "meta": no checkpoint fills it later
        for proximal, distal in BONES:
            links[proximal, distal] = links[distal, proximal] = 1
        super().__init__(dim, links)


class Block(nn.Module):
    """x + scale_1 * mixer(norm1(x)), then x + scale_2 * mlp(norm2(x)), on tokens (N, L, C).

    Every block owns `norm1_limb`, because the published checkpoints do; only those around a BoneMixer use it.
    """

    def __init__(self, dim: int, mlp_ratio: int, mixer: nn.Module) -> None:
        super().__init__()
        # Small at first (MotionAGFormer's 1e-5), so that a deep network starts near the identity
        self.layer_scale_1 = nn.Parameter(torch.full((dim,), 1e-5))
        self.layer_scale_2 = nn.Parameter(torch.full((dim,), 1e-5))
        self.norm1 = nn.LayerNorm(dim)
        self.norm1_limb = nn.LayerNorm(dim)
        self.mixer = mixer
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = Mlp(dim, dim * mlp_ratio)

    def forward(self, x: Tensor, limb: Tensor | None = None) -> Tensor:
        mixed = self.mixer(self.norm1(x)) if limb is None else self.mixer(self.norm1(x), self.norm1_limb(limb))
        x = x + self.layer_scale_1 * mixed
        out: Tensor = x + self.layer_scale_2 * self.mlp(self.norm2(x))
        return out
