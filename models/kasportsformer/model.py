"""KASportsFormer: config, layer, network, in reading order. B clips, T frames, J = 17 joints, C = dim_feat.

Written from the published description (arXiv 2507.20763) and the names in its Apache-2.0 checkpoints; nothing in
`forward` depends on the data, so that the network can be traced, exported and converted.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn

from lifting.blocks import Representation
from lifting.network import InputJoints, Normalisation

from .anatomy import BoneExt, LimbFus
from .blocks import AttentionMixer, Block, BoneMixer, FrameOrder, SpatialGraphMixer, TemporalGraphMixer
from .skeleton import N_JOINTS


@dataclass(frozen=True)
class KASportsFormerConfig:
    """The numbers that define a network. The defaults are the official ones (29.37 M parameters).

    `frame_order`, which no published network has: temporal attention knows which frames come before and after
    (`FrameOrder`).
    """

    n_layers: int = 26
    dim_in: int = 3
    dim_feat: int = 128
    dim_rep: int = 512
    dim_out: int = 3
    mlp_ratio: int = 4
    num_heads: int = 8
    n_frames: int = 27
    neighbour_num: int = 4
    n_joints: int = N_JOINTS
    frame_order: bool = False

    def __post_init__(self) -> None:
        if type(self.frame_order) is not bool:
            raise ValueError(f"frame_order must be true or false, got {self.frame_order!r}")
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name != "frame_order" and (type(value) is not int or value < 1):
                raise ValueError(f"{field.name} must be a positive whole number, got {value!r}")
        if self.n_joints != N_JOINTS:
            raise ValueError(f"n_joints must be {N_JOINTS}, the Human3.6M skeleton, got {self.n_joints}")
        if self.dim_in != 3:
            raise ValueError(f"dim_in must be 3 (x, y, confidence), got {self.dim_in}")
        if self.dim_feat % self.num_heads:
            raise ValueError(f"dim_feat {self.dim_feat} is not a multiple of num_heads {self.num_heads}")
        if self.neighbour_num > self.n_frames:
            raise ValueError(f"neighbour_num {self.neighbour_num} is more than n_frames {self.n_frames}")


class Layer(nn.Module):
    """Three branches, each spatial then temporal, fused by a learned softmax weight per token. Streams are (B, T, J,
    C)."""

    def __init__(self, config: KASportsFormerConfig) -> None:
        super().__init__()
        c, ratio, heads = config.dim_feat, config.mlp_ratio, config.num_heads

        def order() -> FrameOrder | None:
            return FrameOrder(heads, config.n_frames) if config.frame_order else None

        self.att_spatial = Block(c, ratio, AttentionMixer(c, heads))
        self.att_temporal = Block(c, ratio, AttentionMixer(c, heads, order()))
        self.graph_spatial = Block(c, ratio, SpatialGraphMixer(c))
        self.graph_temporal = Block(c, ratio, TemporalGraphMixer(c, config.n_frames, config.neighbour_num))
        self.bone_spatial = Block(c, ratio, BoneMixer(c, heads))
        self.bone_temporal = Block(c, ratio, BoneMixer(c, heads, order()))
        self.fusion_three_channel = nn.Linear(3 * c, 3)
        nn.init.zeros_(self.fusion_three_channel.weight)  # start by averaging the branches
        nn.init.constant_(self.fusion_three_channel.bias, 0.5)

    def forward(self, joint: Tensor, bone: Tensor, limb_by_frame: Tensor, limb_by_joint: Tensor) -> Tensor:
        """joint and bone (B, T, J, C); the limb stream in both token orders, (B*T, J, C) and (B*J, T, C). Returns (B,
        T, J, C)."""
        t, j = joint.shape[1:3]
        joint_by_frame, bone_by_frame = joint.flatten(0, 1), bone.flatten(0, 1)
        attention = self.att_temporal(_by_joint(self.att_spatial(joint_by_frame), t))
        graph = self.graph_temporal(_by_joint(self.graph_spatial(joint_by_frame), t))
        body = self.bone_temporal(_by_joint(self.bone_spatial(bone_by_frame, limb_by_frame), t), limb_by_joint)

        weight = self.fusion_three_channel(torch.cat([attention, graph, body], dim=-1)).softmax(-1)  # (B*J, T, 3)
        fused = attention * weight[..., 0:1] + graph * weight[..., 1:2] + body * weight[..., 2:3]
        return torch.unflatten(fused, 0, (-1, j)).transpose(1, 2)


def _by_joint(x: Tensor, n_frames: int) -> Tensor:
    """Tokens (B*T, J, C) as (B*J, T, C): from one sequence a frame to one sequence a joint."""
    return torch.unflatten(x, 0, (-1, n_frames)).transpose(1, 2).flatten(0, 1)


class KASportsFormer(nn.Module):
    """Lifts 2D windows to root-relative 3D.

    Input (B, T, 17, 3): Human3.6M-17 keypoints, x and y in screen coordinates (`normalize_screen`), confidence in 0..1.
    Output (B, T, 17, 3): x right, y down, z away from the camera, in the same unit (half an image width at the root's
    depth), relative to the root. In eval mode the clips of a batch do not touch each other.
    """

    architecture = "KASportsFormer"
    averages_mirror = False
    root_relative = True
    normalisation: Normalisation = "square-crop"
    input_joints: InputJoints = "h36m"

    def __init__(self, config: KASportsFormerConfig | None = None) -> None:
        super().__init__()
        self.config = config = KASportsFormerConfig() if config is None else config
        c = config.dim_feat
        self.pos_embed = nn.Parameter(torch.zeros(1, N_JOINTS, c))
        self.bone_pos_embed = nn.Parameter(torch.zeros(1, N_JOINTS, c))
        self.limb_pos_embed = nn.Parameter(torch.zeros(1, N_JOINTS, c))
        self.joints_embed = nn.Linear(config.dim_in, c)
        self.bone_embed = nn.Linear(3, c)
        self.limb_embed = nn.Linear(3, c)
        self.norm = nn.LayerNorm(c)
        self.bone_extraction = BoneExt()
        self.bone_refusion = LimbFus()
        self.layers_with_bone = nn.ModuleList(Layer(config) for _ in range(config.n_layers))
        self.rep_logit = Representation(c, config.dim_rep)
        self.head = nn.Linear(config.dim_rep, config.dim_out)

    @property
    def min_frames(self) -> int:
        return self.config.n_frames

    @property
    def max_frames(self) -> int:
        return self.config.n_frames

    def forward(self, x: Tensor, return_rep: bool = False) -> Tensor:
        """(B, T, 17, 3) to (B, T, 17, 3), or with `return_rep` to the representation (B, T, 17, dim_rep) in -1..1."""
        rep = self.represent(x)
        return rep if return_rep else self.head(rep)

    def represent(self, x: Tensor) -> Tensor:
        """The representation (B, T, 17, dim_rep), the tanh features before the head. ValueError on another input
        shape."""
        want = (self.config.n_frames, N_JOINTS, self.config.dim_in)
        if x.ndim != 4 or tuple(x.shape[1:]) != want:
            raise ValueError(f"expected (B, {want[0]}, {want[1]}, {want[2]}), got {tuple(x.shape)}")
        fused = self.joints_embed(x) + self.pos_embed  # (B, T, J, C)
        bone = self.bone_embed(self.bone_extraction(x)) + self.bone_pos_embed
        limb = self.limb_embed(self.bone_refusion(x)) + self.limb_pos_embed
        # The limb stream is the same for all layers: bring it into both token orders once
        limb_by_frame = limb.flatten(0, 1)
        limb_by_joint = _by_joint(limb_by_frame, x.shape[1])
        for layer in self.layers_with_bone:
            fused = bone = layer(fused, bone, limb_by_frame, limb_by_joint)
        rep: Tensor = self.rep_logit(self.norm(fused))
        return rep
