"""D3DP's checkpoints: the official `.bin` files and our safetensors."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from lifting.checkpoint import Layout, load_network
from lifting.checkpoint import save_safetensors as save_safetensors
from lifting.network import InputJoints
from lifting.tensorfile import CheckpointError, StrPath

from .model import D3DP
from .network import D3DPConfig
from .schedule import cosine_schedule

_NO_FIT = "give a D3DP checkpoint with 1000 cosine steps for Human3.6M-17"
_NET = "pose_estimator."
_TOLERANCE = 1e-6


def _check_schedule(tensors: Mapping[str, Tensor], _: Mapping[str, str]) -> None:
    """Missing ones and wrong shapes are reported later, with the other tensors."""
    for name, ours in cosine_schedule().items():
        theirs = tensors.get(name)
        if theirs is None or theirs.shape != ours.shape or not theirs.is_floating_point():
            continue
        if not torch.allclose(theirs.double(), ours, rtol=_TOLERANCE, atol=_TOLERANCE):
            raise CheckpointError(f"its noise schedule ({name}) is not the cosine schedule of D3DP", _NO_FIT)


LAYOUT = Layout(
    architecture=D3DP.architecture,
    config=D3DPConfig,
    build=D3DP,
    layers=f"{_NET}STEblocks.",
    shapes={
        "dim_feat": (f"{_NET}Spatial_patch_to_embedding.weight", 0, 2),
        "mlp_ratio": (f"{_NET}STEblocks.0.mlp.fc1.weight", 0, 2),
        "n_frames": (f"{_NET}Temporal_pos_embed", 1, 3),
        "n_joints": (f"{_NET}Spatial_pos_embed", 1, 3),
    },
    remedy=_NO_FIT,
    official_widths=(D3DPConfig().dim_feat,),
    check_file=_check_schedule,
)


def load_model(path: StrPath, *, num_heads: int | None = None, input_joints: InputJoints | None = None) -> D3DP:
    """The network in a checkpoint, float32 on the CPU, in eval mode. The keywords override what the file records.

    `input_joints`: "coco" for the released in-the-wild file. Raises CheckpointError like `kasportsformer.load_model`,
    also for another noise schedule.
    """
    model = load_network(LAYOUT, path, num_heads=num_heads, input_joints=input_joints)
    assert isinstance(model, D3DP)
    return model
