"""Any lifting network from a file: the architecture is recognised by the names of its tensors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from torch import Tensor

import d3dp.checkpoint
import kasportsformer.checkpoint
import motionagformer.checkpoint
import motionbert.checkpoint

from .checkpoint import Layout, fill, read_config, save_safetensors, source_record
from .network import LiftingNetwork
from .tensorfile import CheckpointError, StrPath, read_tensors

LAYOUTS: dict[str, Layout] = {
    layout.architecture: layout
    for layout in (
        kasportsformer.checkpoint.LAYOUT,
        motionagformer.checkpoint.LAYOUT,
        motionbert.checkpoint.LAYOUT,
        d3dp.checkpoint.LAYOUT,
    )
}

_REMEDY = f"give weights of {', '.join(list(LAYOUTS)[:-1])} or {list(LAYOUTS)[-1]}"


def load_lifter(
    path: StrPath, *, architecture: str | None = None, defaults: Mapping[str, Any] | None = None, **overrides: Any
) -> LiftingNetwork:
    """The network in a checkpoint or safetensors file, float32 on the CPU, in eval mode.

    `architecture`: what it must be, one of `LAYOUTS`. `overrides`: fields of its config that no tensor shows
    (`num_heads`, `neighbour_num`, `symmetric_graph`, `root_relative`, `input_joints`, `normalisation`); `defaults`: the
    same for what the file does not record itself; None is passed over. ValueError for a field that the architecture
    does not have. CheckpointError (`what`, `remedy`) if the file is missing, damaged, hostile, no lifting network, of
    another architecture, or does not fit in all tensors. No code of the file is run.
    """
    tensors, metadata = read_tensors(path, allow_numpy_scalars=True)
    layout = recognise(tensors)
    if architecture is not None and layout is not LAYOUTS[architecture]:
        raise CheckpointError(f"holds {layout.architecture}, not {architecture}", f"give weights of {architecture}")
    unknown = sorted(
        name
        for name, value in {**(defaults or {}), **overrides}.items()
        if value is not None and name not in layout.config.__dataclass_fields__
    )
    if unknown:
        raise ValueError(f"{layout.architecture} has no {', '.join(unknown)}")
    config = read_config(layout, path, tensors, metadata, overrides, defaults)
    return cast(LiftingNetwork, fill(layout, config, tensors, Path(path).stat().st_size))


def recognise(tensors: Mapping[str, Tensor]) -> Layout:
    """The layout whose layers are among the tensors. Raises CheckpointError if there are none of any or of more than
    one."""
    found = [layout for layout in LAYOUTS.values() if layout.recognises(tensors)]
    if len(found) > 1:
        raise CheckpointError(f"holds tensors of {' and '.join(layout.architecture for layout in found)}", _REMEDY)
    if not found:
        names = ", ".join(ascii(name)[1:61] for name in list(tensors)[:3])
        raise CheckpointError(f"holds no lifting network that is known here (its tensors: {names}, ...)", _REMEDY)
    return found[0]


def convert(src: StrPath, dst: StrPath, *, metadata: Mapping[str, str] | None = None, **given: Any) -> LiftingNetwork:
    """Converts a checkpoint to safetensors, with its name and SHA-256 in the header, and returns the network.

    Arguments as for `load_lifter`. Raises CheckpointError, OSError; ValueError if dst is src.
    """
    if Path(src).resolve() == Path(dst).resolve():
        raise ValueError(f"{dst}: the converted file needs a name of its own")
    network = load_lifter(src, **given)
    save_safetensors(network, dst, {**(metadata or {}), **source_record(src)})
    return network
