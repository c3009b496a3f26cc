"""A registry of a test's own, with shipped files, a cache and a server."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from weights_server import PAYLOAD, Server, serve

from kasf_demo import weights
from kasf_demo.weights import registry_file, store

SHA256 = hashlib.sha256(PAYLOAD).hexdigest()
TOML = """
[shipped]
kind = "lifter"
description = "d"
licence = "Apache-2.0"
file = "shipped.safetensors"
sha256 = "{sha}"
source_2d = "synthetic"
heads = 4
crop = {{ kind = "clip-square", scale = 1.3 }}
[pinned]
kind = "detector"
description = "d"
licence = "AGPL-3.0"
url = "{url}/{how}/pinned.pt"
sha256 = "{sha}"
[unpinned]
kind = "detector"
description = "d"
licence = "AGPL-3.0"
url = "{url}/{how}/unpinned.pt"
about_mb = 1
[mirrored]
kind = "detector"
description = "d"
licence = "Apache-2.0"
url = "{url}/{how}/mirrored.pt"
mirrors = [{{ url = "{url}/missing/mirrored.tgz" }}, {{ url = "{url}/tgz/mirrored.tgz", member = "package/m" }}]
sha256 = "{sha}"
detector = "mediapipe"
[drive]
kind = "lifter"
description = "d"
licence = "research only"
gdrive_id = "1abc"
source_2d = "det"
heads = 8
crop = {{ kind = "full-frame", scale = 1.8 }}
[by-hand]
kind = "lifter"
architecture = "MotionBERT"
description = "d"
licence = "research only"
page = "https://x/page"
saved_as = "by-hand.bin"
aliases = ["placed"]
source_2d = "det"
heads = 2
root_relative = false
normalisation = "whole-clip"
"""


class House:
    """A registry, shipped files and a cache of the test's own, and a server."""

    def __init__(self, root: Path, server: Server) -> None:
        self.shipped, self.cache, self.server = root / "shipped", root / "cache" / "weights", server
        self.shipped.mkdir()
        (self.shipped / "shipped.safetensors").write_bytes(PAYLOAD)
        self.said: list[str] = []
        self.register()

    def register(self, how: str = "file", sha256: str = SHA256) -> None:
        (self.shipped / "registry.toml").write_text(TOML.format(url=self.server.url, how=how, sha=sha256))
        registry_file._load.cache_clear()

    def resolve(self, name: str | Path, kind: str = "detector", offline: bool = False) -> weights.Resolved:
        return weights.resolve(name, kind=kind, offline=offline, say=self.said.append)  # type: ignore[arg-type]

    def cached(self) -> set[str]:
        return {p.name for p in self.cache.iterdir() if p.suffix != ".lock"} if self.cache.is_dir() else set()


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("KASF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(registry_file, "shipped_dir", lambda: tmp_path / "shipped")
    monkeypatch.setattr(store, "shipped_dir", lambda: tmp_path / "shipped")
    with serve() as server:
        yield House(tmp_path, server)
    registry_file._load.cache_clear()
