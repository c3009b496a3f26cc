"""MotionAGFormer: config, layer, network, in reading order. B clips, T frames, J = 17 joints, C = dim_feat.

Written from the published description (Mehraban, Adeli and Taati, WACV 2024, arXiv 2310.16288) and the names in its
Apache-2.0 checkpoints. `forward` does not branch on the data: the network can be traced and exported.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from kasportsformer.skeleton import BONES, H36M, N_JOINTS
from lifting.blocks import (
    AttentionMixer,
    Mlp,
    Representation,
    SkeletonGraphMixer,
    TemporalGraphMixer,
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

# Joints that the pelvis and the thorax do not take from in the published graph, although these take from them
_ONE_WAY = (("pelvis", "l_hip"), ("thorax", "l_shoulder"), ("thorax", "r_shoulder"))


@dataclass(frozen=True)
class MotionAGFormerConfig:
    """The numbers that define a network. The defaults are those of size B (11.7 M parameters).

    `symmetric_graph`: False for all released files, whose spatial graph is not symmetric; True for the retrained
    networks in KASportsFormer's tables. `normalisation`: see `lifting.normalize`.
    """

    n_layers: int = 16
    dim_in: int = 3
    dim_feat: int = 128
    dim_rep: int = 512
    dim_out: int = 3
    mlp_ratio: int = 4
    num_heads: int = 8
    n_frames: int = 243
    neighbour_num: int = 2
    n_joints: int = N_JOINTS
    symmetric_graph: bool = False
    normalisation: Normalisation = "full-frame"

    def __post_init__(self) -> None:
        counts = (
            "n_layers",
            "dim_in",
            "dim_feat",
            "dim_rep",
            "dim_out",
            "mlp_ratio",
            "num_heads",
            "n_frames",
            "neighbour_num",
            "n_joints",
        )
        require_counts(self, *counts)
        require_choice(self, "n_joints", (N_JOINTS,))
        require_choice(self, "dim_in", (3,))
        require_choice(self, "dim_out", (3,))
        require_choice(self, "symmetric_graph", (False, True))
        require_choice(self, "normalisation", NORMALISATIONS)
        require_heads(self)
        if self.neighbour_num > self.n_frames:
            raise ValueError(f"neighbour_num {self.neighbour_num} is more than n_frames {self.n_frames}")


SIZES = {
    "xs": MotionAGFormerConfig(n_layers=12, dim_feat=64, n_frames=27),
    "s": MotionAGFormerConfig(n_layers=26, dim_feat=64, n_frames=81),
    "b": MotionAGFormerConfig(),
    "l": MotionAGFormerConfig(n_layers=26),
}


class Block(nn.Module):
    """x + scale_1 * mixer(norm1(x)), then x + scale_2 * mlp(norm2(x)), on tokens (N, L, C)."""

    def __init__(self, dim: int, mlp_ratio: int, mixer: nn.Module) -> None:
        super().__init__()
        # Small at first, so that a deep network starts near the identity
        self.layer_scale_1 = nn.Parameter(torch.full((dim,), 1e-5))
        self.layer_scale_2 = nn.Parameter(torch.full((dim,), 1e-5))
        self.norm1 = nn.LayerNorm(dim)
        self.mixer = mixer
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = Mlp(dim, dim * mlp_ratio)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.layer_scale_1 * self.mixer(self.norm1(x))
        out: Tensor = x + self.layer_scale_2 * self.mlp(self.norm2(x))
        return out


class Layer(nn.Module):
    """An attention and a graph branch, each spatial then temporal, fused by a learned softmax weight per token. (B, T,
    J, C)."""

    def __init__(self, config: MotionAGFormerConfig) -> None:
        super().__init__()
        c, ratio, heads = config.dim_feat, config.mlp_ratio, config.num_heads
        self.att_spatial = Block(c, ratio, AttentionMixer(c, heads))
        self.att_temporal = Block(c, ratio, AttentionMixer(c, heads))
        self.graph_spatial = Block(c, ratio, SkeletonGraphMixer(c, spatial_links(config.symmetric_graph)))
        self.graph_temporal = Block(c, ratio, TemporalGraphMixer(c, config.n_frames, config.neighbour_num))
        self.fusion = nn.Linear(2 * c, 2)
        nn.init.zeros_(self.fusion.weight)  # start by averaging the branches
        nn.init.constant_(self.fusion.bias, 0.5)

    def forward(self, x: Tensor) -> Tensor:
        t, j = x.shape[1:3]
        by_frame = tokens_by_frame(x)
        attention = self.att_temporal(tokens_by_joint(from_frames(self.att_spatial(by_frame), t)))
        graph = self.graph_temporal(tokens_by_joint(from_frames(self.graph_spatial(by_frame), t)))

        weight = self.fusion(torch.cat([attention, graph], dim=-1)).softmax(-1)  # (B*J, T, 2)
        return from_joints(attention * weight[..., 0:1] + graph * weight[..., 1:2], j)


class MotionAGFormer(nn.Module):
    """Lifts 2D windows of `n_frames` to root-relative 3D. Input and output: `lifting.network.LiftingNetwork`."""

    architecture = "MotionAGFormer"
    averages_mirror = False
    root_relative = True
    input_joints: InputJoints = "h36m"

    def __init__(self, config: MotionAGFormerConfig | None = None) -> None:
        super().__init__()
        self.config = config = MotionAGFormerConfig() if config is None else config
        c = config.dim_feat
        self.pos_embed = nn.Parameter(torch.zeros(1, N_JOINTS, c))
        self.joints_embed = nn.Linear(config.dim_in, c)
        self.norm = nn.LayerNorm(c)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.n_layers))
        self.rep_logit = Representation(c, config.dim_rep)
        self.head = nn.Linear(config.dim_rep, config.dim_out)

    @property
    def normalisation(self) -> Normalisation:
        return self.config.normalisation

    @property
    def min_frames(self) -> int:
        return self.config.n_frames

    @property
    def max_frames(self) -> int:
        return self.config.n_frames

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, 17, 3) to (B, T, 17, 3)."""
        out: Tensor = self.head(self.represent(x))
        return out

    def represent(self, x: Tensor) -> Tensor:
        """The tanh features before the head, (B, T, 17, dim_rep)."""
        require_windows(x, self.min_frames, self.max_frames, N_JOINTS, self.config.dim_in)
        x = self.joints_embed(x) + self.pos_embed  # (B, T, J, C)
        for layer in self.layers:
            x = layer(x)
        rep: Tensor = self.rep_logit(self.norm(x))
        return rep


def spatial_links(symmetric: bool) -> Tensor:
    """(17, 17), 1 where joint i takes from joint j: the skeleton's bones, less three directions unless `symmetric`."""
    links = torch.zeros(N_JOINTS, N_JOINTS, device="cpu")  # not on "meta": no checkpoint fills it later
    for proximal, distal in BONES:
        links[proximal, distal] = links[distal, proximal] = 1
    if not symmetric:
        for joint, other in _ONE_WAY:
            links[H36M[joint], H36M[other]] = 0
    return links
