"""MotionBERT's checkpoints: the official `.bin` files and our safetensors."""

from __future__ import annotations

from lifting.checkpoint import Layout, load_network
from lifting.checkpoint import save_safetensors as save_safetensors
from lifting.network import Normalisation
from lifting.tensorfile import StrPath

from .model import SIZES, MotionBERT, MotionBERTConfig

_NO_FIT = "give a MotionBERT checkpoint for 3D poses of Human3.6M-17"
_LAYERS = "blocks_st."

LAYOUT = Layout(
    architecture=MotionBERT.architecture,
    config=MotionBERTConfig,
    build=MotionBERT,
    layers=_LAYERS,
    shapes={
        "dim_in": ("joints_embed.weight", 1, 2),
        "dim_feat": ("joints_embed.weight", 0, 2),
        "dim_rep": ("pre_logits.fc.weight", 0, 2),
        "dim_out": ("head.weight", 0, 2),
        "mlp_ratio": (f"{_LAYERS}0.mlp_s.fc1.weight", 0, 2),
        "max_frames": ("temp_embed", 1, 4),
        "n_joints": ("pos_embed", 1, 3),
    },
    remedy=_NO_FIT,
    official_widths=tuple(size.dim_feat for size in SIZES.values()),
)


def load_model(
    path: StrPath,
    *,
    num_heads: int | None = None,
    root_relative: bool | None = None,
    normalisation: Normalisation | None = None,
) -> MotionBERT:
    """The network in a checkpoint, float32 on the CPU, in eval mode. The keywords override what the file records.

    No tensor shows whether the output is root-relative; subtracting the root is right for both kinds. Raises
    CheckpointError like `kasportsformer.load_model`.
    """
    model = load_network(LAYOUT, path, num_heads=num_heads, root_relative=root_relative, normalisation=normalisation)
    assert isinstance(model, MotionBERT)
    return model
