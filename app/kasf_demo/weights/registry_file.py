"""The registry: one entry per known weights file, read from `weights/registry.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Literal
from urllib.parse import urlsplit

Kind = Literal["lifter", "detector"]
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
class Source:
    """Where a file is: an address, and the file's name inside if that is a .tgz."""

    url: str
    member: str | None = None


@dataclass(frozen=True)
class Entry:
    """Registry entry of one weights file. Exactly one of `file` (shipped), `url`, `gdrive_id` is set. Fields: see
    registry.toml."""

    name: str
    kind: Kind
    description: str
    licence: str
    file: str | None = None
    url: str | None = None
    gdrive_id: str | None = None
    mirrors: tuple[Source, ...] = ()
    sha256: str | None = None
    size_bytes: int | None = None
    about_mb: float | None = None
    licence_url: str | None = None
    source_2d: Literal["det", "gt", "synthetic"] | None = None
    heads: int | None = None
    crop: Crop | None = None
    limb_ratio: float = 1.0
    detector: Literal["yolo", "mediapipe"] = "yolo"
    quality: Literal["fast", "balanced", "best"] | None = None
    card: str | None = None
    citation: str | None = None

    def __post_init__(self) -> None:
        if sum(x is not None for x in (self.file, self.url, self.gdrive_id)) != 1:
            raise ValueError(f"{self.name}: exactly one of file, url, gdrive_id expected")
        if self.kind not in ("lifter", "detector") or not self.licence or not self.description:
            raise ValueError(f"{self.name}: kind lifter or detector, a description and a licence expected")
        if self.sha256 is not None and (len(self.sha256) != 64 or set(self.sha256) - set("0123456789abcdef")):
            raise ValueError(f"{self.name}: sha256 is not 64 lower-case hex digits")
        if not 0.5 <= self.limb_ratio <= 1.5:
            raise ValueError(f"{self.name}: limb_ratio is near 1, got {self.limb_ratio!r}")
        if self.kind == "lifter" and (self.crop is None or self.source_2d is None):
            raise ValueError(f"{self.name}: a lifter needs crop and source_2d")
        if self.detector not in ("yolo", "mediapipe"):
            raise ValueError(f"{self.name}: detector yolo or mediapipe expected, got {self.detector!r}")
        if self.mirrors and (self.url is None or self.sha256 is None):
            raise ValueError(f"{self.name}: mirrors need url and sha256")

    @property
    def sources(self) -> tuple[Source, ...]:
        """Addresses in the order in which they are asked; none for a shipped file and for Google Drive."""
        return () if self.url is None else (Source(self.url), *self.mirrors)

    @property
    def filename(self) -> str:
        """File name on disk."""
        if self.url is not None:
            return PurePosixPath(urlsplit(self.url).path).name
        return self.file or f"{self.name}.pth"

    @property
    def link(self) -> str:
        """Address for a browser, or "shipped"."""
        return self.url or (f"https://drive.google.com/file/d/{self.gdrive_id}/view" if self.gdrive_id else "shipped")

    @property
    def size_text(self) -> str:
        """The size as text, e.g. "6.1 MB" or "about 350 MB"."""
        if self.size_bytes is not None:
            return f"{self.size_bytes / 1e6:.1f} MB"
        return "size unknown" if self.about_mb is None else f"about {self.about_mb:g} MB"


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
    if "mirrors" in table:
        table["mirrors"] = tuple(Source(**mirror) for mirror in table["mirrors"])
    return Entry(name=name, **table)
