"""Strict loading, the same for every lifting network: what does not fit exactly is refused, with its reason.

The architecture's numbers are read from the tensors' shapes (`Layout`). What leaves no trace there, such as the head
count, comes from the caller, the file's metadata, a `NAME_config.json` beside the file, or else is the official one.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .tensorfile import CheckpointError, StrPath, read_tensors, write_safetensors

log = logging.getLogger(__name__)

ShapeAt = tuple[str, int, int]  # a tensor, one of its dimensions, how many it must have
TORCH_SUFFIXES = (".tr", ".pth", ".pt", ".bin", ".safetensors")


def _nothing(_: Mapping[str, Tensor]) -> dict[str, Any]:
    return {}


def _any_config(_: Any) -> None: ...


def _any_file(_: Mapping[str, Tensor], __: Mapping[str, str]) -> None: ...


@dataclass(frozen=True)
class Layout:
    """How the config of one architecture follows from its tensors."""

    architecture: str
    config: type[Any]  # a frozen dataclass with defaults, ValueError for numbers that make no network
    build: Callable[[Any], nn.Module]
    layers: str  # the prefix of the numbered layers: only this architecture has it
    shapes: Mapping[str, ShapeAt]  # config field -> where it stands; `mlp_ratio` is a multiple of `dim_feat`
    remedy: str
    official_widths: tuple[int, ...]  # of these `dim_feat` the head count is known
    # more fields that follow from the tensors
    also: Callable[[Mapping[str, Tensor]], dict[str, Any]] = field(default=_nothing)
    check_config: Callable[[Any], None] = field(default=_any_config)  # raises CheckpointError
    # tensors and metadata; likewise
    check_file: Callable[[Mapping[str, Tensor], Mapping[str, str]], None] = field(default=_any_file)

    def recognises(self, tensors: Iterable[str]) -> bool:
        """Whether any tensor is named as only this architecture names them."""
        return any(name.startswith(self.layers) for name in tensors)


def read_config(
    layout: Layout, path: StrPath, tensors: Mapping[str, Tensor], metadata: Mapping[str, str], given: Mapping[str, Any],
    defaults: Mapping[str, Any] | None = None,
) -> Any:  # fmt: skip
    """The config of a file's tensors. `given`: fields that override its record; `defaults`: fields for what it does not
    record; None for none. Raises CheckpointError."""
    layout.check_file(tensors, metadata)
    found = _shape_config(layout, tensors)
    recorded = _parse_record(layout, metadata["config"]) if "config" in metadata else _sibling(layout, Path(path))
    for name, value in found.items():
        if name in recorded and recorded[name] != value:
            raise CheckpointError(f"its record says {name} {recorded[name]!r}, its tensors say {value}", layout.remedy)
    given = {name: value for name, value in given.items() if value is not None}
    recorded = {name: value for name, value in (defaults or {}).items() if value is not None} | recorded
    official = layout.config()
    if "num_heads" not in recorded | given and found.get("dim_feat", official.dim_feat) not in layout.official_widths:
        log.warning(
            "%s does not record its head count and is not of the official size: taking %d",
            Path(path).name,
            official.num_heads,
        )
    try:
        config = layout.config(**{**recorded, **given, **found})
    except ValueError as error:
        remedy = "give the head count it was trained with" if "num_heads" in str(error) else layout.remedy
        raise CheckpointError(f"not a network that can be built: {error}", remedy) from error
    layout.check_config(config)
    return config


def fill(layout: Layout, config: Any, tensors: Mapping[str, Tensor], file_bytes: int) -> nn.Module:
    """The network with these tensors, float32 on the CPU, in eval mode. Raises CheckpointError."""
    # On "meta" the network costs no memory, so that a file that lies about its shapes cannot make us allocate any
    with torch.device("meta"):
        model = layout.build(config)
    expected = model.state_dict()
    _check_names_and_shapes(tensors, expected, file_bytes, layout.remedy)
    model.load_state_dict(_finite_copies(tensors, expected), strict=True, assign=True)
    return model.eval()


def load_network(layout: Layout, path: StrPath, *, allow_numpy_scalars: bool = True, **given: Any) -> nn.Module:
    """The network in a file that must be of this layout; other keywords override fields of its config. Raises
    CheckpointError."""
    tensors, metadata = read_tensors(path, allow_numpy_scalars=allow_numpy_scalars)
    config = read_config(layout, path, tensors, metadata, given)
    return fill(layout, config, tensors, Path(path).stat().st_size)


def save_safetensors(
    model: Any, path: StrPath, metadata: Mapping[str, str] | None = None, *, half: bool = False
) -> None:
    """Writes the network's tensors with its architecture and config in the header; whole or not at all, same input same
    bytes.

    `metadata`: strings to keep beside it (licence, training data); `architecture`, `config` and `format` are ours.
    `half`: as float16, half the size; loading makes float32 of them. ValueError if a value has no float16; OSError.
    """
    tensors = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    if half:
        tensors = {name: value.half() if value.dtype == torch.float32 else value for name, value in tensors.items()}
    if not all(t.isfinite().all() for t in tensors.values()):
        raise ValueError("values that are not finite, or too large for float16")
    ours = {"format": "pt", "architecture": model.architecture, "config": json.dumps(asdict(model.config))}
    write_safetensors(tensors, path, {**(metadata or {}), **ours})


def source_record(path: StrPath) -> dict[str, str]:
    """The name and SHA-256 of a file that is converted, for the converted file's metadata."""
    with Path(path).open("rb") as file:
        return {"source": Path(path).name, "source_sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def count_layers(tensors: Iterable[str], prefix: str) -> int:
    """How many numbers follow the prefix. Counted, not the largest: a file may name a layer 999999999."""
    return len({name[len(prefix) :].split(".")[0] for name in tensors if name.startswith(prefix)})


def _shape_config(layout: Layout, tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    """The fields that follow from the shapes. A missing tensor sets none: comparing names will report it."""
    found: dict[str, Any] = {}
    for name, (tensor, dimension, ndim) in layout.shapes.items():
        if tensor in tensors and tensors[tensor].ndim == ndim:
            found[name] = tensors[tensor].shape[dimension]
    n_layers = count_layers(tensors, layout.layers)
    if not found and not n_layers:
        raise CheckpointError(f"not a {layout.architecture} checkpoint: none of its tensors are there", layout.remedy)
    hidden, width = found.pop("mlp_ratio", 0), found.get("dim_feat", 0)
    if hidden and width:
        found["mlp_ratio"] = hidden // width
    if n_layers:
        found["n_layers"] = n_layers
    return {**found, **layout.also(tensors)}


def _sibling(layout: Layout, path: Path) -> dict[str, Any]:
    """The config beside NAME.pth or NAME.pth.tr, in NAME_config.json; empty if there is none."""
    names = [path.stem]
    while Path(names[-1]).suffix in TORCH_SUFFIXES:
        names.append(Path(names[-1]).stem)
    record = next((r for name in names if (r := path.with_name(f"{name}_config.json")).is_file()), None)
    try:
        return _parse_record(layout, record.read_text("utf-8")) if record else {}
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError(
            f"{record.name if record else ''} beside it cannot be read: {error}", "remove or repair it"
        ) from error


def _parse_record(layout: Layout, text: str) -> dict[str, Any]:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise CheckpointError("its recorded config is not a JSON object", "convert the checkpoint again")
    known = {f.name for f in fields(layout.config)}
    return {name: value for name, value in record.items() if name in known}


def _check_names_and_shapes(
    tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor], file_bytes: int, remedy: str
) -> None:
    missing = [name for name in expected if name not in tensors]
    unexpected = [name for name in tensors if name not in expected]
    problems = [
        f"{len(names)} {kind}: {_first(names)}"
        for kind, names in (("missing", missing), ("unexpected", unexpected))
        if names
    ]
    if not missing:  # without them the sizes are guesses, and every shape would look wrong
        wrong = [
            f"{name} {tuple(tensors[name].shape)} instead of {tuple(want.shape)}"
            for name, want in expected.items()
            if tensors[name].shape != want.shape
        ]
        problems += [f"{len(wrong)} of the wrong shape: {_first(wrong)}"] if wrong else []
    if problems:
        raise CheckpointError("tensors do not fit the network: " + "; ".join(problems), remedy)
    odd = [
        n
        for n, t in tensors.items()
        if t.layout != torch.strided or t.device.type != "cpu" or not _same_kind(t, expected[n])
    ]
    if odd:
        raise CheckpointError(f"{len(odd)} tensors are not plain numbers of the right kind: {_first(odd)}", remedy)
    # A tensor may repeat one stored number a billion times; ours never do
    if sum(t.numel() * t.element_size() for t in tensors.values()) > file_bytes:
        raise CheckpointError("its tensors claim more bytes than the file holds", "download it again")


def _same_kind(tensor: Tensor, want: Tensor) -> bool:
    return tensor.is_floating_point() if want.is_floating_point() else tensor.dtype == want.dtype


def _finite_copies(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copies of the tensors in the kinds of number that the network has; CheckpointError if a value is not finite."""
    copies = {n: t.detach().to(expected[n].dtype, copy=True).contiguous() for n, t in tensors.items()}
    bad = sum(int((~t.isfinite()).sum()) for t in copies.values())
    if bad:
        raise CheckpointError(
            f"checkpoint has {bad} non-finite values", "its training diverged or the file is damaged: use another one"
        )
    return copies


def _first(names: Iterable[str], n: int = 5) -> str:
    listed = [name if len(name) <= 120 else name[:117] + "..." for name in names]
    return ", ".join(listed[:n]) + (", ..." if len(listed) > n else "")
