"""Checkpoints in, strictly: the official .pth files and our .safetensors. What does not fit exactly is refused, with
its reason.

The architecture is read from the tensors' shapes. Two numbers leave no trace there, the head count and the temporal
graph's neighbours: they come from the caller, the file's metadata, a `NAME_config.json` beside `NAME.pth`, or else are
the official ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from lifting.checkpoint import Layout, count_layers, load_network, source_record
from lifting.checkpoint import read_config as read_layout_config
from lifting.checkpoint import save_safetensors as save_safetensors
from lifting.tensorfile import CheckpointError as CheckpointError
from lifting.tensorfile import StrPath, read_tensors

from .model import KASportsFormer, KASportsFormerConfig

N_FRAMES = 27  # the window every released network was trained on

_NO_FIT = "give a KASportsFormer checkpoint for 27-frame windows of Human3.6M-17"
_LAYERS = "layers_with_bone."
_LAYER_0 = f"{_LAYERS}0."


def _frame_order(tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    return (
        {"frame_order": _LAYER_0 + "att_temporal.mixer.order.table" in tensors}
        if count_layers(tensors, _LAYERS)
        else {}
    )


def _check_window(config: KASportsFormerConfig) -> None:
    if config.n_frames != N_FRAMES:
        raise CheckpointError(f"made for windows of {config.n_frames} frames, not {N_FRAMES}", _NO_FIT)


LAYOUT = Layout(
    architecture="KASportsFormer",
    config=KASportsFormerConfig,
    build=KASportsFormer,
    layers=_LAYERS,
    shapes={
        "dim_in": ("joints_embed.weight", 1, 2),
        "dim_feat": ("joints_embed.weight", 0, 2),
        "dim_rep": ("rep_logit.fc.weight", 0, 2),
        "dim_out": ("head.weight", 0, 2),
        "mlp_ratio": (_LAYER_0 + "att_spatial.mlp.fc1.weight", 0, 2),
        "n_frames": (_LAYER_0 + "graph_temporal.mixer.batch_norm.weight", 0, 1),
        "n_joints": ("pos_embed", 1, 3),
    },
    remedy=_NO_FIT,
    official_widths=(KASportsFormerConfig().dim_feat,),
    also=_frame_order,
    check_config=_check_window,
)


def load_model(path: StrPath, *, num_heads: int | None = None, allow_numpy_scalars: bool = False) -> KASportsFormer:
    """The network in a checkpoint, float32 on the CPU, in eval mode.

    `num_heads` overrides the file's value. `allow_numpy_scalars` passes over numpy numbers among a .pth's counters (see
    `convert`). Raises CheckpointError (`what`, `remedy`) where the file is missing, damaged, no checkpoint, hostile, of
    another architecture or window, has missing, unexpected or wrongly shaped tensors (the first five of each are
    named), or values that are not finite.
    """
    model = load_network(LAYOUT, path, allow_numpy_scalars=allow_numpy_scalars, num_heads=num_heads)
    assert isinstance(model, KASportsFormer)
    return model


def read_config(path: StrPath, *, num_heads: int | None = None) -> KASportsFormerConfig:
    """The architecture in a checkpoint, without building the network. Raises CheckpointError like `load_model`, short
    of the values."""
    tensors, metadata = read_tensors(path)
    config = read_layout_config(LAYOUT, path, tensors, metadata, {"num_heads": num_heads})
    assert isinstance(config, KASportsFormerConfig)
    return config


def convert(
    src: StrPath, dst: StrPath, *, num_heads: int | None = None, metadata: Mapping[str, str] | None = None
) -> KASportsFormerConfig:
    """Converts a checkpoint to safetensors, with its name and SHA-256 in the header; the same source gives the same
    bytes.

    Unlike `load_model` it takes a .pth that carries numpy numbers, as training scripts leave them (`min_mpjpe`): they
    are dropped unread, and no code of the file runs here either. Raises CheckpointError, OSError; ValueError if dst is
    src.
    """
    src, dst = Path(src), Path(dst)
    if src.resolve() == dst.resolve():
        raise ValueError(f"{dst}: the converted file needs a name of its own")
    model = load_model(src, num_heads=num_heads, allow_numpy_scalars=True)
    save_safetensors(model, dst, {**(metadata or {}), **source_record(src)})
    return model.config
