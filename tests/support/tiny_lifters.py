"""A tiny network of every lifting architecture."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from d3dp.model import D3DP, Sampling
from d3dp.network import D3DPConfig
from kasportsformer.model import KASportsFormer, KASportsFormerConfig
from motionagformer.model import MotionAGFormer, MotionAGFormerConfig
from motionbert.model import MotionBERT, MotionBERTConfig

ARCHITECTURES = ("KASportsFormer", "MotionAGFormer", "MotionBERT", "D3DP")


def tiny(architecture: str) -> Any:
    """Random weights of a size that lets every branch matter; 2 heads."""
    torch.manual_seed(7)
    size: dict[str, Any] = {"n_layers": 2, "dim_feat": 8, "mlp_ratio": 2, "num_heads": 2}
    network: nn.Module
    if architecture == "KASportsFormer":
        network = KASportsFormer(KASportsFormerConfig(dim_rep=12, **size))
    elif architecture == "MotionAGFormer":
        network = MotionAGFormer(MotionAGFormerConfig(dim_rep=12, n_frames=9, **size))
    elif architecture == "MotionBERT":
        network = MotionBERT(MotionBERTConfig(dim_rep=12, max_frames=20, **size))
    else:
        network = D3DP(D3DPConfig(n_frames=9, **size), Sampling(hypotheses=2, steps=2))
    with torch.no_grad():
        for name, value in network.named_parameters():
            if any(part in name for part in ("layer_scale", "fusion", "embed", "ts_attn")):
                value.normal_(std=0.5)
        for name, value in network.named_buffers():
            if name.endswith("running_var"):
                value.uniform_(0.5, 2)
    return network.eval()


def windows(network: Any, count: int = 3, seed: int = 1) -> torch.Tensor:
    """Random windows (count, T, 17, 3) of the longest length, in -1..1."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, network.max_frames, 17, 3, generator=generator) * 2 - 1
