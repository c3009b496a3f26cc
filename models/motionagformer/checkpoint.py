"""MotionAGFormer's checkpoints: the official `.pth.tr` files and our safetensors."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from lifting.checkpoint import Layout, load_network
from lifting.checkpoint import save_safetensors as save_safetensors
from lifting.tensorfile import ENTRIES, CheckpointError, StrPath

from .model import SIZES, MotionAGFormer, MotionAGFormerConfig

_NO_FIT = "give a MotionAGFormer checkpoint of Human3.6M-17"
_LAYERS = "layers."
_LAYER_0 = f"{_LAYERS}0."


def _check_joints(_: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    entries = metadata.get(ENTRIES, "").split(",")
    if "min_p1" in entries and "min_mpjpe" not in entries:  # as its training on MPI-INF-3DHP writes them
        raise CheckpointError("trained on MPI-INF-3DHP, whose joints are in another order", _NO_FIT)


LAYOUT = Layout(
    architecture=MotionAGFormer.architecture,
    config=MotionAGFormerConfig,
    build=MotionAGFormer,
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
    official_widths=tuple({size.dim_feat for size in SIZES.values()}),
    check_file=_check_joints,
)


def load_model(
    path: StrPath,
    *,
    num_heads: int | None = None,
    neighbour_num: int | None = None,
    symmetric_graph: bool | None = None,
) -> MotionAGFormer:
    """The network in a checkpoint, float32 on the CPU, in eval mode. The keywords override what the file records.

    Raises CheckpointError like `kasportsformer.load_model`, also for files trained on MPI-INF-3DHP as far as they can
    be recognised.
    """
    model = load_network(
        LAYOUT, path, num_heads=num_heads, neighbour_num=neighbour_num, symmetric_graph=symmetric_graph
    )
    assert isinstance(model, MotionAGFormer)
    return model
