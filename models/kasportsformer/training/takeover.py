"""Other architectures that begin from a trained KASportsFormer instead of from nothing: what both have is taken over.

MotionAGFormer's layers are KASportsFormer's without the body branch. MotionBERT's blocks and D3DP's are its attention
branch: what they lack, the scales of a block's two steps, is multiplied into the last matrix of each step. All other
parameters stay as they were made, D3DP's columns for the noisy pose and its time begin at 0.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from d3dp.model import D3DP
from kasportsformer.model import KASportsFormer
from motionagformer.model import MotionAGFormer
from motionbert.model import MotionBERT

from .networks import ARCHITECTURES, Lifter

Tensors = dict[str, Tensor]


def taken_over(source: KASportsFormer, name: str, given: dict[str, Any]) -> Lifter:
    """A network of the architecture `name` with the layers of `source`; `given`: other fields of its config.

    ValueError if it does not have the width, heads, window and number of layers of `source`, or is one itself.
    """
    kind, c = ARCHITECTURES[name], source.config
    shared = {"dim_feat": c.dim_feat, "num_heads": c.num_heads, "mlp_ratio": c.mlp_ratio, kind.frames: c.n_frames}
    own: dict[str, Any] = {
        "motionagformer": {"dim_rep": c.dim_rep, "neighbour_num": c.neighbour_num, "symmetric_graph": True},
        "motionbert": {"dim_rep": c.dim_rep},
    }.get(name, {})
    network = kind.new({**kind.small, "n_layers": c.n_layers, **shared, **own, **given})
    if isinstance(network, KASportsFormer):
        raise ValueError("it is a KASportsFormer already")
    if any(getattr(network.config, field) != value for field, value in {**shared, "n_layers": c.n_layers}.items()):
        raise ValueError("layers can be taken over at the same width, heads and window, and one for one")
    tensors = source.state_dict()
    if isinstance(network, MotionAGFormer):
        found = _motionagformer(tensors)
    elif isinstance(network, MotionBERT):
        found = _motionbert(tensors, c.n_layers)
    else:
        found = _d3dp(tensors, c.n_layers, network)
    network.load_state_dict({**network.state_dict(), **found})
    return network


def _motionagformer(source: Tensors) -> Tensors:
    names = ("pos_embed", "joints_embed.", "norm.", "rep_logit.", "head.")
    found = {name: value for name, value in source.items() if name.startswith(names)}
    for name, value in source.items():
        if not name.startswith("layers_with_bone."):
            continue
        new = name.replace("layers_with_bone.", "layers.", 1)
        if ".fusion_three_channel." in name:  # of (attention, graph, body) the first two
            two = value[:2] if value.ndim == 1 else value[:2, : value.shape[1] * 2 // 3]
            found[new.replace("fusion_three_channel", "fusion")] = two
        elif not any(part in name for part in (".bone_", ".norm1_limb.", ".order.")):
            found[new] = value
    return found


def _step(source: Tensors, block: str) -> Tensors:
    """A block of KASportsFormer as one without scales: norm1, attn, norm2, mlp."""
    get = {name.removeprefix(block): value for name, value in source.items() if name.startswith(block)}
    scale_1, scale_2 = get["layer_scale_1"], get["layer_scale_2"]
    qkv = get["mixer.qkv.weight"]
    found = {name: get[name] for name in ("norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias")}
    return found | {
        "attn.qkv.weight": qkv,
        "attn.qkv.bias": torch.zeros(len(qkv)),
        "attn.proj.weight": get["mixer.proj.weight"] * scale_1[:, None],
        "attn.proj.bias": get["mixer.proj.bias"] * scale_1,
        "mlp.fc1.weight": get["mlp.fc1.weight"],
        "mlp.fc1.bias": get["mlp.fc1.bias"],
        "mlp.fc2.weight": get["mlp.fc2.weight"] * scale_2[:, None],
        "mlp.fc2.bias": get["mlp.fc2.bias"] * scale_2,
    }


def _motionbert(source: Tensors, n_layers: int) -> Tensors:
    names = {"joints_embed.": "joints_embed.", "norm.": "norm.", "rep_logit.": "pre_logits.", "head.": "head."}
    found = {new + n.removeprefix(old): v for old, new in names.items() for n, v in source.items() if n.startswith(old)}
    found["pos_embed"] = source["pos_embed"]
    for i in range(n_layers):
        for half in ("spatial", "temporal"):
            for name, value in _step(source, f"layers_with_bone.{i}.att_{half}.").items():
                module, _, rest = name.partition(".")
                for order in ("st", "ts"):
                    found[f"blocks_{order}.{i}.{module}_{half[0]}.{rest}"] = value
    return found


def _d3dp(source: Tensors, n_layers: int, network: D3DP) -> Tensors:
    net = "pose_estimator."
    own = network.state_dict()
    embed = torch.zeros_like(own[f"{net}Spatial_patch_to_embedding.weight"])
    embed[:, :2] = source["joints_embed.weight"][:, :2]
    found = {
        f"{net}Spatial_patch_to_embedding.weight": embed,
        # it sees no scores: all are taken for 1
        f"{net}Spatial_patch_to_embedding.bias": source["joints_embed.bias"] + source["joints_embed.weight"][:, 2],
        f"{net}Spatial_pos_embed": source["pos_embed"],
        f"{net}time_mlp.3.weight": torch.zeros_like(own[f"{net}time_mlp.3.weight"]),
        f"{net}time_mlp.3.bias": torch.zeros_like(own[f"{net}time_mlp.3.bias"]),
    }
    for i in range(n_layers):
        for half, blocks in (("spatial", "STEblocks"), ("temporal", "TTEblocks")):
            for name, value in _step(source, f"layers_with_bone.{i}.att_{half}.").items():
                found[f"{net}{blocks}.{i}.{name}"] = value
    return found
