"""Checkpoints in, strictly: the official .pth files and our .safetensors. What does not fit exactly is refused, with
its reason.

The architecture is read from the tensors' shapes. Two numbers leave no trace there, the head count and the temporal
graph's neighbours: they come from the caller, the file's metadata, a `NAME_config.json` beside `NAME.pth`, or else are
the official ones.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .model import KASportsFormer, KASportsFormerConfig
from .tensorfile import CheckpointError as CheckpointError
from .tensorfile import StrPath, read_tensors, write_safetensors

log = logging.getLogger(__name__)

N_FRAMES = 27  # the window every released network was trained on

_OFFICIAL = KASportsFormerConfig()
_NO_FIT = "give a KASportsFormer checkpoint for 27-frame windows of Human3.6M-17"
# The architecture from tensor shapes: field -> (tensor, dimension, number of dimensions)
_LAYER_0 = "layers_with_bone.0."
_SHAPES = {
    "dim_in": ("joints_embed.weight", 1, 2),
    "dim_feat": ("joints_embed.weight", 0, 2),
    "dim_rep": ("rep_logit.fc.weight", 0, 2),
    "dim_out": ("head.weight", 0, 2),
    "mlp_ratio": (_LAYER_0 + "att_spatial.mlp.fc1.weight", 0, 2),
    "n_frames": (_LAYER_0 + "graph_temporal.mixer.batch_norm.weight", 0, 1),
    "n_joints": ("pos_embed", 1, 3),
}


def load_model(path: StrPath, *, num_heads: int | None = None, allow_numpy_scalars: bool = False) -> KASportsFormer:
    """The network in a checkpoint, float32 on the CPU, in eval mode.

    `num_heads` overrides the file's value. `allow_numpy_scalars` passes over numpy numbers among a .pth's counters (see
    `convert`). Raises CheckpointError (`what`, `remedy`) where the file is missing, damaged, no checkpoint, hostile, of
    another architecture or window, has missing, unexpected or wrongly shaped tensors (the first five of each are
    named), or values that are not finite.
    """
    tensors, metadata = read_tensors(path, allow_numpy_scalars=allow_numpy_scalars)
    config = _config(Path(path), tensors, metadata, num_heads)
    # On "meta" the network costs no memory, so that a file that lies about its shapes cannot make us allocate any
    with torch.device("meta"):
        model = KASportsFormer(config)
    _check_names_and_shapes(tensors, model.state_dict(), Path(path).stat().st_size)
    model.load_state_dict(_finite_float32(tensors), strict=True, assign=True)
    return model.eval()


def read_config(path: StrPath, *, num_heads: int | None = None) -> KASportsFormerConfig:
    """The architecture in a checkpoint, without building the network. Raises CheckpointError like `load_model`, short
    of the values."""
    tensors, metadata = read_tensors(path)
    return _config(Path(path), tensors, metadata, num_heads)


def save_safetensors(model: KASportsFormer, path: StrPath, metadata: Mapping[str, str] | None = None, *, half: bool = False) -> None:
    """Writes the network's tensors with its config in the header; whole or not at all, same input same bytes. Raises
    OSError.

    `metadata`: strings to keep beside it (licence, training data, input normalisation); `config` and `format` are ours.
    `half`: as float16, half the size; `load_model` makes float32 of them. ValueError if a value has no float16.
    """
    kind = torch.float16 if half else torch.float32
    tensors = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    tensors = {name: value.to(kind) if value.is_floating_point() else value for name, value in tensors.items()}
    if not all(t.isfinite().all() for t in tensors.values()):
        raise ValueError("values that are not finite, or too large for float16")
    ours = {"format": "pt", "architecture": "KASportsFormer", "config": json.dumps(asdict(model.config))}
    write_safetensors(tensors, path, {**(metadata or {}), **ours})


def convert(src: StrPath, dst: StrPath, *, num_heads: int | None = None, metadata: Mapping[str, str] | None = None) -> KASportsFormerConfig:
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
    with src.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    save_safetensors(model, dst, {**(metadata or {}), "source": src.name, "source_sha256": sha256})
    return model.config


def _config(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str], num_heads: int | None) -> KASportsFormerConfig:
    found = _shape_config(tensors)
    recorded = _parse_record(metadata["config"]) if "config" in metadata else _sibling(path)
    for field, value in found.items():
        if field in recorded and recorded[field] != value:
            raise CheckpointError(f"its record says {field} {recorded[field]!r}, its tensors say {value}", _NO_FIT)
    if num_heads is None and "num_heads" not in recorded:
        if found.get("dim_feat", _OFFICIAL.dim_feat) != _OFFICIAL.dim_feat:
            log.warning("%s does not record its head count and is not of the official size: taking %d", path.name, _OFFICIAL.num_heads)
    elif num_heads is not None:
        recorded["num_heads"] = num_heads
    try:
        config = KASportsFormerConfig(**{**recorded, **found})
    except ValueError as error:
        remedy = "give the head count it was trained with" if "num_heads" in str(error) else _NO_FIT
        raise CheckpointError(f"not a network that can be built: {error}", remedy) from error
    if config.n_frames != N_FRAMES:
        raise CheckpointError(f"made for windows of {config.n_frames} frames, not {N_FRAMES}", _NO_FIT)
    return config


def _shape_config(tensors: Mapping[str, Tensor]) -> dict[str, int]:
    """The architecture from the shapes. Missing tensors are ignored here: the comparison of names reports them."""
    found: dict[str, int] = {}
    for field, (name, dimension, ndim) in _SHAPES.items():
        if name in tensors and tensors[name].ndim == ndim:
            found[field] = tensors[name].shape[dimension]
    if not found:
        raise CheckpointError("not a KASportsFormer checkpoint: none of its tensors are there", _NO_FIT)
    hidden, width = found.pop("mlp_ratio", 0), found.get("dim_feat", 0)
    if hidden and width:
        found["mlp_ratio"] = hidden // width
    # Counted, not the largest number: a file may say layer 999999999
    layers = len({name.split(".")[1] for name in tensors if name.startswith("layers_with_bone.")})
    if layers:
        found["n_layers"] = layers
        found["frame_order"] = _LAYER_0 + "att_temporal.mixer.order.table" in tensors
    return found


def _sibling(path: Path) -> dict[str, Any]:
    """The config beside NAME.pth, in NAME_config.json; empty if there is none."""
    record = path.with_name(f"{path.stem}_config.json")
    try:
        return _parse_record(record.read_text("utf-8")) if record.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{record.name} beside it cannot be read: {error}", "remove or repair it") from error


def _parse_record(text: str) -> dict[str, Any]:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise CheckpointError("its recorded config is not a JSON object", "convert the checkpoint again")
    known = {field.name for field in fields(KASportsFormerConfig)}
    return {name: value for name, value in record.items() if name in known}


def _check_names_and_shapes(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor], file_bytes: int) -> None:
    missing = [name for name in expected if name not in tensors]
    unexpected = [name for name in tensors if name not in expected]
    problems = [f"{len(names)} {kind}: {_first(names)}" for kind, names in (("missing", missing), ("unexpected", unexpected)) if names]
    if not missing:  # without them the sizes are guesses, and every shape would look wrong
        wrong = [
            f"{name} {tuple(tensors[name].shape)} instead of {tuple(want.shape)}"
            for name, want in expected.items()
            if tensors[name].shape != want.shape
        ]
        problems += [f"{len(wrong)} of the wrong shape: {_first(wrong)}"] if wrong else []
    if problems:
        raise CheckpointError("tensors do not fit the network: " + "; ".join(problems), _NO_FIT)
    odd = [n for n, t in tensors.items() if t.layout != torch.strided or t.device.type != "cpu" or not _same_kind(t, expected[n])]
    if odd:
        raise CheckpointError(f"{len(odd)} tensors are not plain numbers of the right kind: {_first(odd)}", _NO_FIT)
    # A tensor may repeat one stored number a billion times; ours never do
    if sum(t.numel() * t.element_size() for t in tensors.values()) > file_bytes:
        raise CheckpointError("its tensors claim more bytes than the file holds", "download it again")


def _same_kind(tensor: Tensor, want: Tensor) -> bool:
    return tensor.is_floating_point() if want.is_floating_point() else tensor.dtype == want.dtype


def _finite_float32(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copies of the tensors, floating ones as float32; CheckpointError if a value is not finite."""
    copies = {n: t.detach().to(torch.float32 if t.is_floating_point() else t.dtype, copy=True).contiguous() for n, t in tensors.items()}
    bad = sum(int((~t.isfinite()).sum()) for t in copies.values())
    if bad:
        raise CheckpointError(f"checkpoint has {bad} non-finite values", "its training diverged or the file is damaged: use another one")
    return copies


def _first(names: Iterable[str], n: int = 5) -> str:
    listed = [name if len(name) <= 120 else name[:117] + "..." for name in names]
    return ", ".join(listed[:n]) + (", ..." if len(listed) > n else "")
