"""D3DP's denoising network (MixSTE with a time step): config, block, network, in reading order.

B clips, H hypotheses, T frames, J = 17 joints, C = dim_feat. Written from the published description (Shan et al., ICCV
2023, arXiv 2303.11579) and the names in its MIT-licensed checkpoints.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from kasportsformer.skeleton import N_JOINTS
from lifting.blocks import AttentionMixer, Mlp, from_frames, from_joints, tokens_by_frame, tokens_by_joint
from lifting.network import (
    INPUT_JOINTS,
    NORMALISATIONS,
    InputJoints,
    Normalisation,
    require_choice,
    require_counts,
    require_heads,
)

NORM_EPS = 1e-6  # of all layer norms but the head's, 1e-5


@dataclass(frozen=True)
class D3DPConfig:
    """The numbers that define a network. The defaults are those of the released files (34.8 M parameters).

    `input_joints`: "coco" for the released in-the-wild file, which takes COCO-17 keypoints as detected; its tensors do
    not show it. `normalisation`: see `lifting.normalize`.
    """

    n_layers: int = 8
    dim_feat: int = 512
    mlp_ratio: int = 2
    num_heads: int = 8
    n_frames: int = 243
    n_joints: int = N_JOINTS
    input_joints: InputJoints = "h36m"
    normalisation: Normalisation = "full-frame"

    def __post_init__(self) -> None:
        require_counts(self, "n_layers", "dim_feat", "mlp_ratio", "num_heads", "n_frames", "n_joints")
        require_choice(self, "n_joints", (N_JOINTS,))
        require_choice(self, "input_joints", INPUT_JOINTS)
        require_choice(self, "normalisation", NORMALISATIONS)
        require_heads(self)
        if self.dim_feat < 4 or self.dim_feat % 2:
            raise ValueError(f"dim_feat must be even and at least 4, got {self.dim_feat}")


class TimeEmbedding(nn.Module):
    """Diffusion times (B,) to sines and cosines (B, C)."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, times: Tensor) -> Tensor:
        half = self.dim // 2
        rates = torch.exp(torch.arange(half, device=times.device) * (-math.log(10_000) / (half - 1)))
        angle = times[:, None] * rates
        return torch.cat([angle.sin(), angle.cos()], dim=-1)


class Block(nn.Module):
    """x + attn(norm1(x)), then x + mlp(norm2(x)), on tokens (N, L, C)."""

    def __init__(self, config: D3DPConfig) -> None:
        super().__init__()
        c = config.dim_feat
        self.norm1 = nn.LayerNorm(c, eps=NORM_EPS)
        self.attn = AttentionMixer(c, config.num_heads, qkv_bias=True)
        self.norm2 = nn.LayerNorm(c, eps=NORM_EPS)
        self.mlp = Mlp(c, c * config.mlp_ratio)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        out: Tensor = x + self.mlp(self.norm2(x))
        return out


class Denoiser(nn.Module):
    """Keypoints, noisy poses and a diffusion time to clean poses. Tensor names as in the checkpoints'
    `pose_estimator`."""

    def __init__(self, config: D3DPConfig) -> None:
        super().__init__()
        c = config.dim_feat
        self.Spatial_patch_to_embedding = nn.Linear(2 + 3, c)
        self.Spatial_pos_embed = nn.Parameter(torch.zeros(1, N_JOINTS, c))
        self.Temporal_pos_embed = nn.Parameter(torch.zeros(1, config.n_frames, c))
        self.time_mlp = nn.Sequential(TimeEmbedding(c), nn.Linear(c, 2 * c), nn.GELU(), nn.Linear(2 * c, c))
        self.STEblocks = nn.ModuleList(Block(config) for _ in range(config.n_layers))
        self.TTEblocks = nn.ModuleList(Block(config) for _ in range(config.n_layers))
        self.Spatial_norm = nn.LayerNorm(c, eps=NORM_EPS)  # one for all layers
        self.Temporal_norm = nn.LayerNorm(c, eps=NORM_EPS)
        self.head = nn.Sequential(nn.LayerNorm(c), nn.Linear(c, 3))

    def forward(self, keypoints: Tensor, pose: Tensor, times: Tensor) -> Tensor:
        """Clean poses (B, H, T, 17, 3) in metres.

        keypoints (B, T, 17, 2) screen coordinates, pose (B, H, T, 17, 3) metres with noise, times (B,) 0..999.
        """
        b, h, t, j = pose.shape[:4]
        repeated = keypoints[:, None].expand(b, h, t, j, 2)
        tokens = torch.cat([repeated, pose], dim=-1).flatten(0, 1)  # (B*H, T, J, 5)
        time = self.time_mlp(times).repeat_interleave(h, dim=0)  # (B*H, C)

        x = self.Spatial_patch_to_embedding(tokens) + self.Spatial_pos_embed + time[:, None, None]
        for i, (spatial, temporal) in enumerate(zip(self.STEblocks, self.TTEblocks, strict=True)):
            x = from_frames(self.Spatial_norm(spatial(tokens_by_frame(x))), t)
            x = tokens_by_joint(x)  # (B*H*J, T, C)
            if i == 0:
                x = x + self.Temporal_pos_embed
            x = from_joints(self.Temporal_norm(temporal(x)), j)
        return torch.unflatten(self.head(x), 0, (b, h))
