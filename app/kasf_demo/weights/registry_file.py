"""The registry: one entry per known weights file, read from `weights/registry.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

Kind = Literal["lifter", "detector"]
Architecture = Literal["KASportsFormer", "MotionAGFormer", "MotionBERT", "D3DP"]
InputSquare = Literal["square-crop", "full-frame", "whole-clip"]  # see lifting.normalize
DEFAULT_CROP_SCALE = 1.25  # for a user's own lifter: how kasportsformer.training crops, see kasf-open-s


@dataclass(frozen=True)
class Crop:
    """The crop in which a lifter's 2D input is normalised: a square, `scale` times the athlete's extent. registry.toml
    has more."""

    kind: Literal["clip-square", "full-frame"]
    scale: float

    def __post_init__(self) -> None:
        if self.kind not in ("clip-square", "full-frame") or not 1.0 <= self.scale <= 100.0:
            raise ValueError(
                f"crop: kind clip-square or full-frame and scale 1 to 100 expected, got {self.kind!r}, {self.scale!r}"
            )


@dataclass(frozen=True)
class Conversion:
    """A shipped lifter as an OpenVINO model: a folder beside the registry, and its sha256 (`hashing.sha256_of`)."""

    folder: str
    sha256: str


@dataclass(frozen=True)
class Source:
    """Where a file is: an address, and the file's name inside if that is a .tgz."""

    url: str
    member: str | None = None


@dataclass(frozen=True)
class Entry:
    """Registry entry of one weights file. Exactly one of `file` (shipped), `url`, `gdrive_id`, `page` (put there by
    hand) is set. Fields: see registry.toml."""

    name: str
    kind: Kind
    description: str
    licence: str
    file: str | None = None
    url: str | None = None
    gdrive_id: str | None = None
    page: str | None = None
    saved_as: str | None = None
    aliases: tuple[str, ...] = ()
    mirrors: tuple[Source, ...] = ()
    sha256: str | None = None
    size_bytes: int | None = None
    about_mb: float | None = None
    licence_url: str | None = None
    source_2d: Literal["det", "gt", "synthetic"] | None = None
    architecture: Architecture | None = None
    heads: int | None = None
    neighbours: int | None = None
    symmetric_graph: bool | None = None
    root_relative: bool | None = None
    input_joints: Literal["h36m", "coco"] | None = None
    normalisation: InputSquare = "square-crop"
    crop: Crop | None = None
    limb_ratio: float = 1.0
    detector: Literal["yolo", "mediapipe"] = "yolo"
    quality: Literal["fast", "balanced", "best"] | None = None
    openvino: Conversion | None = None
    card: str | None = None
    citation: str | None = None

    def __post_init__(self) -> None:
        if sum(x is not None for x in (self.file, self.url, self.gdrive_id, self.page)) != 1:
            raise ValueError(f"{self.name}: exactly one of file, url, gdrive_id, page expected")
        if self.kind not in ("lifter", "detector") or not self.licence or not self.description:
            raise ValueError(f"{self.name}: kind lifter or detector, a description and a licence expected")
        if self.sha256 is not None and (len(self.sha256) != 64 or set(self.sha256) - set("0123456789abcdef")):
            raise ValueError(f"{self.name}: sha256 is not 64 lower-case hex digits")
        if not 0.5 <= self.limb_ratio <= 1.5:
            raise ValueError(f"{self.name}: limb_ratio is near 1, got {self.limb_ratio!r}")
        if self.kind == "lifter":
            self._check_lifter()
        if self.detector not in ("yolo", "mediapipe"):
            raise ValueError(f"{self.name}: detector yolo or mediapipe expected, got {self.detector!r}")
        if self.mirrors and (self.url is None or self.sha256 is None):
            raise ValueError(f"{self.name}: mirrors need url and sha256")

    def _check_lifter(self) -> None:
        if self.source_2d is None or (self.crop is None) == (self.normalisation == "square-crop"):
            raise ValueError(f"{self.name}: a lifter needs source_2d, and a crop or another normalisation")
        for field in ("architecture", "normalisation", "input_joints"):
            value, choices = getattr(self, field), _CHOICES[field]
            if value not in choices:
                raise ValueError(f"{self.name}: {field} {value!r} is not one of {choices}")

    @property
    def network_settings(self) -> dict[str, Any]:
        """What a lifter's tensors do not show, by the names of its config (`lifting.load_lifter`); None if not
        set."""
        return {
            "num_heads": self.heads,
            "neighbour_num": self.neighbours,
            "symmetric_graph": self.symmetric_graph,
            "root_relative": self.root_relative,
            "input_joints": self.input_joints,
        }

    @property
    def sources(self) -> tuple[Source, ...]:
        """Addresses in the order in which they are asked; none for a shipped file and for Google Drive."""
        return () if self.url is None else (Source(self.url), *self.mirrors)

    @property
    def filename(self) -> str:
        """File name on disk."""
        if self.saved_as is not None:
            return self.saved_as
        if self.url is not None:
            return PurePosixPath(urlsplit(self.url).path).name
        return self.file or f"{self.name}.pth"

    @property
    def link(self) -> str:
        """Address for a browser, or "shipped"."""
        drive = f"https://drive.google.com/file/d/{self.gdrive_id}/view" if self.gdrive_id else "shipped"
        return self.url or self.page or drive

    @property
    def size_text(self) -> str:
        """The size as text, e.g. "6.1 MB" or "about 350 MB"."""
        if self.size_bytes is not None:
            return f"{self.size_bytes / 1e6:.1f} MB"
        return "size unknown" if self.about_mb is None else f"about {self.about_mb:g} MB"


_CHOICES: dict[str, tuple[str | None, ...]] = {
    "architecture": (None, *get_args(Architecture)),
    "normalisation": get_args(InputSquare),
    "input_joints": (None, "h36m", "coco"),
}


def shipped_dir() -> Path:
    """The folder of registry.toml and the shipped weights: inside an installed package, or `weights/` of a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_weights"
    return installed if installed.is_dir() else package.parents[1] / "weights"


def registry() -> dict[str, Entry]:
    """Name to entry, in the order of registry.toml."""
    return _load(shipped_dir() / "registry.toml")


@cache
def _load(path: Path) -> dict[str, Entry]:
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: _entry(name, dict(table)) for name, table in tables.items()}


def _entry(name: str, table: dict[str, Any]) -> Entry:
    if "crop" in table:
        table["crop"] = Crop(**table["crop"])
    if "openvino" in table:
        table["openvino"] = Conversion(**table["openvino"])
    if "mirrors" in table:
        table["mirrors"] = tuple(Source(**mirror) for mirror in table["mirrors"])
    if "aliases" in table:
        table["aliases"] = tuple(table["aliases"])
    return Entry(name=name, **table)


def find(name: str) -> Entry | None:
    """The entry of that name or alias."""
    return registry().get(name) or next((e for e in registry().values() if name in e.aliases), None)
