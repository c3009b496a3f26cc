"""MotionBERT's lifting network (DSTformer): config, block, network, in reading order. B clips, T frames, J = 17 joints,
C = dim_feat.

Written from the published description (Zhu et al., ICCV 2023, arXiv 2210.06551) and the names in its Apache-2.0
checkpoints.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from kasportsformer.skeleton import N_JOINTS
from lifting.blocks import (
    AttentionMixer,
    Mlp,
    Representation,
    from_frames,
    from_joints,
    tokens_by_frame,
    tokens_by_joint,
)
from lifting.network import (
    NORMALISATIONS,
    InputJoints,
    Normalisation,
    require_choice,
    require_counts,
    require_heads,
    require_windows,
)

NORM_EPS = 1e-6  # of all layer norms


@dataclass(frozen=True)
class MotionBERTConfig:
    """The numbers that define a network. The defaults are those of the full network (42.5 M parameters).

    `root_relative`: False for the lite network that the published demo uses, whose output is global. `normalisation`:
    see `lifting.normalize`; the demo takes "whole-clip".
    """

    n_layers: int = 5
    dim_in: int = 3
    dim_feat: int = 512
    dim_rep: int = 512
    dim_out: int = 3
    mlp_ratio: int = 2
    num_heads: int = 8
    max_frames: int = 243
    n_joints: int = N_JOINTS
    root_relative: bool = True
    normalisation: Normalisation = "full-frame"

    def __post_init__(self) -> None:
        require_counts(
            self,
            "n_layers",
            "dim_in",
            "dim_feat",
            "dim_rep",
            "dim_out",
            "mlp_ratio",
            "num_heads",
            "max_frames",
            "n_joints",
        )
        require_choice(self, "n_joints", (N_JOINTS,))
        require_choice(self, "dim_in", (3,))
        require_choice(self, "dim_out", (3,))
        require_choice(self, "root_relative", (False, True))
        require_choice(self, "normalisation", NORMALISATIONS)
        require_heads(self)


SIZES = {
    "full": MotionBERTConfig(),
    "lite": MotionBERTConfig(dim_feat=256, mlp_ratio=4, root_relative=False, normalisation="whole-clip"),
}


class Block(nn.Module):
    """A spatial and a temporal half, each attention then perceptron; `temporal_first` exchanges the halves. (B, T, J,
    C)."""

    def __init__(self, config: MotionBERTConfig, *, temporal_first: bool) -> None:
        super().__init__()
        c, hidden = config.dim_feat, config.dim_feat * config.mlp_ratio
        self.temporal_first = temporal_first
        self.norm1_s = nn.LayerNorm(c, eps=NORM_EPS)
        self.norm1_t = nn.LayerNorm(c, eps=NORM_EPS)
        self.attn_s = AttentionMixer(c, config.num_heads, qkv_bias=True)
        self.attn_t = AttentionMixer(c, config.num_heads, qkv_bias=True)
        self.norm2_s = nn.LayerNorm(c, eps=NORM_EPS)
        self.norm2_t = nn.LayerNorm(c, eps=NORM_EPS)
        self.mlp_s = Mlp(c, hidden)
        self.mlp_t = Mlp(c, hidden)

    def forward(self, x: Tensor) -> Tensor:
        return self.spatial(self.temporal(x)) if self.temporal_first else self.temporal(self.spatial(x))

    def spatial(self, x: Tensor) -> Tensor:
        """Over the joints of each frame."""
        t = x.shape[1]
        h = tokens_by_frame(x)
        h = h + self.attn_s(self.norm1_s(h))
        return from_frames(h + self.mlp_s(self.norm2_s(h)), t)

    def temporal(self, x: Tensor) -> Tensor:
        """Over the frames of each joint."""
        j = x.shape[2]
        h = tokens_by_joint(x)
        h = h + self.attn_t(self.norm1_t(h))
        return from_joints(h + self.mlp_t(self.norm2_t(h)), j)


class MotionBERT(nn.Module):
    """Lifts 2D windows of 1 to `max_frames` frames to 3D. Input and output: `lifting.network.LiftingNetwork`."""

    architecture = "MotionBERT"
    averages_mirror = False
    input_joints: InputJoints = "h36m"
    min_frames = 1

    def __init__(self, config: MotionBERTConfig | None = None) -> None:
        super().__init__()
        self.config = config = MotionBERTConfig() if config is None else config
        c = config.dim_feat
        self.temp_embed = nn.Parameter(torch.zeros(1, config.max_frames, 1, c))
        self.pos_embed = nn.Parameter(torch.zeros(1, N_JOINTS, c))
        self.joints_embed = nn.Linear(config.dim_in, c)
        self.blocks_st = nn.ModuleList(Block(config, temporal_first=False) for _ in range(config.n_layers))
        self.blocks_ts = nn.ModuleList(Block(config, temporal_first=True) for _ in range(config.n_layers))
        self.norm = nn.LayerNorm(c, eps=NORM_EPS)
        self.pre_logits = Representation(c, config.dim_rep)
        self.head = nn.Linear(config.dim_rep, config.dim_out)
        self.ts_attn = nn.ModuleList(_even_fusion(c) for _ in range(config.n_layers))

    @property
    def normalisation(self) -> Normalisation:
        return self.config.normalisation

    @property
    def root_relative(self) -> bool:
        return self.config.root_relative

    @property
    def max_frames(self) -> int:
        return self.config.max_frames

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, 17, 3) to (B, T, 17, 3)."""
        out: Tensor = self.head(self.represent(x))
        return out

    def represent(self, x: Tensor) -> Tensor:
        """The tanh features before the head, (B, T, 17, dim_rep)."""
        require_windows(x, self.min_frames, self.max_frames, N_JOINTS, self.config.dim_in)
        h = self.joints_embed(x) + self.pos_embed + self.temp_embed[:, : x.shape[1]]  # (B, T, J, C)
        for spatial_first, temporal_first, fusion in zip(self.blocks_st, self.blocks_ts, self.ts_attn, strict=True):
            a, b = spatial_first(h), temporal_first(h)
            weight = fusion(torch.cat([a, b], dim=-1)).softmax(-1)  # (B, T, J, 2)
            h = a * weight[..., 0:1] + b * weight[..., 1:2]
        rep: Tensor = self.pre_logits(self.norm(h))
        return rep


def _even_fusion(dim: int) -> nn.Linear:
    """The layer that weighs the two orders per token; at first they weigh the same."""
    fusion = nn.Linear(2 * dim, 2)
    nn.init.zeros_(fusion.weight)
    nn.init.constant_(fusion.bias, 0.5)
    return fusion
