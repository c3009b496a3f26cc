"""KASportsFormer without some of its parts, to measure what each is worth. Ablated networks are trained and examined,
not shipped: no other program builds them.

"bones" (BoneExt) and "limbs" (LimbFus) leave the streams as they are, without input: the network keeps its size.
"body", "graph" and "attention" take a branch out of every layer, with its parameters and its time; without "body" both
inputs go too.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from ..model import KASportsFormer, Layer

INPUTS = {"bones": "bone_extraction", "limbs": "bone_refusion"}
BRANCHES = {"attention": "att", "graph": "graph", "body": "bone"}  # the blocks' names begin so
PARTS = (*INPUTS, *BRANCHES)


class ZeroStream(nn.Module):
    """Replaces BoneExt or LimbFus with no output. The stream keeps its positional embedding, and the network its
    size."""

    def forward(self, joints: Tensor) -> Tensor:
        return torch.zeros_like(joints)


class FewerBranches(nn.Module):
    """A layer of KASportsFormer with some of its three branches. Streams are (B, T, J, C)."""

    def __init__(self, layer: Layer, kept: Iterable[str]) -> None:
        super().__init__()
        self.kept = [BRANCHES[name] for name in BRANCHES if name in kept]
        for prefix in self.kept:
            for order in ("spatial", "temporal"):
                self.add_module(f"{prefix}_{order}", layer.get_submodule(f"{prefix}_{order}"))
        count, width = len(self.kept), layer.fusion_three_channel.in_features // 3
        self.fusion = nn.Linear(count * width, count)
        nn.init.zeros_(self.fusion.weight)  # start by averaging the branches
        nn.init.constant_(self.fusion.bias, 0.5)

    def forward(self, joint: Tensor, bone: Tensor, limb_by_frame: Tensor, limb_by_joint: Tensor) -> Tensor:
        """As `Layer.forward`."""
        t, j = joint.shape[1:3]
        mixed = []
        for prefix in self.kept:
            spatial, temporal = self.get_submodule(f"{prefix}_spatial"), self.get_submodule(f"{prefix}_temporal")
            stream, limbs = (bone, (limb_by_frame, limb_by_joint)) if prefix == "bone" else (joint, (None, None))
            by_frame = spatial(stream.flatten(0, 1), limbs[0])
            mixed.append(temporal(torch.unflatten(by_frame, 0, (-1, t)).transpose(1, 2).flatten(0, 1), limbs[1]))
        weight = self.fusion(torch.cat(mixed, dim=-1)).softmax(-1).unbind(-1)
        fused = torch.stack([m * w[..., None] for m, w in zip(mixed, weight, strict=True)]).sum(0)
        return torch.unflatten(fused, 0, (-1, j)).transpose(1, 2)


def ablate(model: KASportsFormer, parts: tuple[str, ...]) -> KASportsFormer:
    """The network without the `parts`, names of PARTS. Changes the model given. ValueError for another name, or if no
    branch is left."""
    if unknown := set(parts) - set(PARTS):
        raise ValueError(f"an ablation takes away {', '.join(PARTS)}, not {', '.join(sorted(unknown))}")
    kept = [name for name in BRANCHES if name not in parts]
    if not kept:
        raise ValueError("an ablation must leave a branch")
    for name, module in INPUTS.items():
        if name in parts or "body" in parts:
            model.add_module(module, ZeroStream())
    if len(kept) < len(BRANCHES):
        layers = [FewerBranches(layer, kept) for layer in model.layers_with_bone if isinstance(layer, Layer)]
        model.layers_with_bone = nn.ModuleList(layers)
    return model
