"""Anatomy inputs of the network: bones from joints (BoneExt) and learned groups of joints (LimbFus)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .skeleton import BONES, H36M_MIRROR

# The paper lists bone numbers; the released weights were trained with these numbers indexing the *joint input*. Weights
# only fit so.
LIMB_GROUPS = (
    (0, 1, 2),
    (3, 4, 5),
    (6, 7),
    (8, 9),
    (10, 11, 12),
    (13, 14, 15),
    (6, 7, 1, 2),
    (6, 7, 4, 5),
    (6, 7, 11, 12),
    (6, 7, 14, 15),
    (6, 7, 9),
    (14, 15, 11, 12),
    (1, 2, 4, 5),
    (14, 15, 4, 5),
    (11, 12, 4, 5),
    (10, 0),
    (13, 3),
)
LIMB_CHANNELS = ("mlp_dir_x", "mlp_dir_y", "mlp_len")
LIMB_HIDDEN = 16


def mirror_tensor(pose: Tensor) -> Tensor:
    """`skeleton.mirror_h36m` for tensors (..., 17, C): x negated, left and right swapped. A new tensor;
    differentiable."""
    swapped = pose[..., H36M_MIRROR, :]
    return torch.cat([-swapped[..., :1], swapped[..., 1:]], dim=-1)


class BoneExt(nn.Module):
    """Joints (B, T, 17, 3) to bones (B, T, 17, 3): direction x, y (unit vector, distal to proximal) and length.

    Rows 0-15 are `skeleton.BONES`, row 16 their mean. No parameters. A bone without length has direction 0 and length
    1, as in the published code, because the checkpoints saw that. The input's third channel is not used.
    """

    proximal: Tensor
    distal: Tensor

    def __init__(self) -> None:
        super().__init__()
        # Buffers, not lists: a list becomes a tensor at every call, which no CUDA graph may capture. On the CPU as in
        # LimbFus
        for name, joints in zip(("proximal", "distal"), zip(*BONES, strict=True), strict=True):
            self.register_buffer(name, torch.tensor(joints, device="cpu"), persistent=False)

    def forward(self, joints: Tensor) -> Tensor:
        xy = joints[..., :2]
        difference = xy.index_select(-2, self.proximal) - xy.index_select(-2, self.distal)  # (B, T, 16, 2)
        length = torch.linalg.vector_norm(difference, dim=-1, keepdim=True)
        length = torch.where(length == 0, torch.ones_like(length), length)
        bones = torch.cat([difference / length, length], dim=-1)  # (B, T, 16, 3)
        return torch.cat([bones, bones.mean(dim=-2, keepdim=True)], dim=-2)


class _Perceptron(nn.Module):
    """Holds one group's parameters under the checkpoint's names; LimbFus runs all 51 of them at once."""

    def __init__(self, n_in: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(n_in, LIMB_HIDDEN)
        self.fc2 = nn.Linear(LIMB_HIDDEN, 1)


class LimbFus(nn.Module):
    """Joints (B, T, 17, 3) to limbs (B, T, 17, 3): a perceptron per group of joints and channel, n -> 16 -> GELU ->
    1."""

    # (17 * 4,) joint index of each group's slot; slots beyond a group's size repeat joint 0 with zero weight
    joint_of: Tensor
    slot_of: Tensor  # where each fc1 weight lies in the padded (17, 3, 16, 4)

    def __init__(self) -> None:
        super().__init__()
        self.mlp_layers = nn.ModuleList(
            nn.ModuleDict({channel: _Perceptron(len(group)) for channel in LIMB_CHANNELS}) for group in LIMB_GROUPS
        )
        self.widest = max(map(len, LIMB_GROUPS))
        joint_of = [group[i] if i < len(group) else 0 for group in LIMB_GROUPS for i in range(self.widest)]
        rows = len(LIMB_CHANNELS) * LIMB_HIDDEN
        slot_of = [
            (g * rows + r) * self.widest + i
            for g, group in enumerate(LIMB_GROUPS)
            for r in range(rows)
            for i in range(len(group))
        ]
        # device="cpu" also inside a `torch.device("meta")` block: checkpoints do not hold these, so nothing would fill
        # them later
        self.register_buffer("joint_of", torch.tensor(joint_of, device="cpu"), persistent=False)
        self.register_buffer("slot_of", torch.tensor(slot_of, device="cpu"), persistent=False)

    def forward(self, joints: Tensor) -> Tensor:
        groups, channels = len(LIMB_GROUPS), len(LIMB_CHANNELS)
        w1 = self._gather("fc1", "weight")
        padded = w1.new_zeros(groups * channels * LIMB_HIDDEN * self.widest).index_copy(0, self.slot_of, w1)
        w1 = padded.view(groups, channels, LIMB_HIDDEN, self.widest)
        b1 = self._gather("fc1", "bias").view(groups, channels, LIMB_HIDDEN)
        w2 = self._gather("fc2", "weight").view(groups, channels, LIMB_HIDDEN)
        b2 = self._gather("fc2", "bias").view(groups, channels)

        members = torch.unflatten(joints.index_select(-2, self.joint_of), -2, (groups, self.widest))  # (B, T, 17, 4, 3)
        hidden = F.gelu(torch.einsum("btgnc,gchn->btgch", members, w1) + b1)  # (B, T, 17, 3, 16)
        return (hidden * w2).sum(-1) + b2

    def _gather(self, layer: str, kind: str) -> Tensor:
        """One kind of parameter of all perceptrons, flat, in the order group, channel."""
        flat = [
            perceptron.get_parameter(f"{layer}.{kind}").flatten()
            for group in self.mlp_layers
            for perceptron in group.children()
        ]
        return torch.cat(flat)
