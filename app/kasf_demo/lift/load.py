"""The lifting network of a weights file in torch, loaded strictly."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kasf_demo.errors import ModelError
from kasf_demo.third_party import TORCH_REMEDY, installed

if TYPE_CHECKING:
    from lifting.network import LiftingNetwork

DIFFUSION = "D3DP"
MAX_NAMES_BYTES = 50_000_000
_ONLY_DIFFUSION = b"pose_estimator.STEblocks."


@dataclass(frozen=True)
class NetworkFile:
    """A weights file, the architecture that it must be of (None: any), and settings that its tensors do not show, by
    their names in the config: for what the file does not record, and whatever it records; None for the official
    value."""

    path: Path
    architecture: str | None
    settings: Mapping[str, Any]
    overrides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What a conversion depends on besides the file's tensors."""
        stems = [self.path.stem, Path(self.path.stem).stem]  # NAME.pth, NAME.pth.tr
        beside = [self.path.with_name(f"{stem}_config.json") for stem in stems]
        record = next((p.read_text("utf-8") for p in beside if p.is_file()), "")
        given = [sorted((k, v) for k, v in s.items() if v is not None) for s in (self.settings, self.overrides)]
        return f"{given} {record}"

    @property
    def draws_hypotheses(self) -> bool:
        """Whether it holds D3DP, going by its architecture or else by the names of its tensors, without loading
        torch."""
        if self.architecture is not None:
            return self.architecture == DIFFUSION
        return _ONLY_DIFFUSION in _names_of_tensors(self.path)


def load_network(file: NetworkFile) -> LiftingNetwork:
    """The network, float32 on the CPU. Raises ModelError: no lifting network, of another architecture, damaged,
    hostile, or settings that its architecture does not have; torch is not installed."""
    if not installed("torch"):
        raise ModelError("torch is not installed, which this network needs", TORCH_REMEDY, path=file.path)
    from lifting import CheckpointError, load_lifter

    try:
        return load_lifter(file.path, architecture=file.architecture, defaults=file.settings, **file.overrides)
    except CheckpointError as e:
        raise ModelError(e.what, e.remedy, path=file.path) from e
    except ValueError as e:  # a setting of another architecture
        remedy = "name a network of its architecture with --lifter, or leave --lifter out"
        raise ModelError(str(e), remedy, path=file.path) from e


def _names_of_tensors(path: Path) -> bytes:
    """The part of a weights file that names its tensors; empty if it cannot be read, which the loader reports."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
            if not head.startswith(b"PK"):
                return file.read(min(int.from_bytes(head, "little"), MAX_NAMES_BYTES))
        with zipfile.ZipFile(path) as archive:
            name = next(n for n in archive.namelist() if n.endswith("/data.pkl"))
            with archive.open(name) as entry:
                return entry.read(MAX_NAMES_BYTES)
    except (OSError, StopIteration, ValueError, NotImplementedError, zipfile.BadZipFile, RuntimeError):
        return b""
