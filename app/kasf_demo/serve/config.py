"""How the server is set up, and its limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kasf_demo.serve.worker_command import SERVE_WORKER

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Limits:
    """Of what clients may send. bytes and seconds: of one clip. clips: stored ones. jobs: waiting and running ones.
    uploads: at once. free_bytes: that stay free on the disk. requests_per_s, burst: of one address.
    idle_s: without a byte of an upload. people: pending previews and other short tasks."""

    bytes: int = 2_000_000_000
    seconds: float = 600.0
    clips: int = 500
    jobs: int = 100
    uploads: int = 8
    free_bytes: int = 500_000_000
    requests_per_s: float = 50.0
    burst: int = 300
    idle_s: float = 60.0
    short_tasks: int = 16


@dataclass(frozen=True)
class ServeOptions:
    """folder: of the results. workers: processes that analyse, None for as many as the machine has room for.
    detector: the default of the pages. detector_weights: of yolo. require_token: on loopback too. allowed_hosts:
    further names of this machine. state: where secrets are kept, None for the user's state folder."""

    folder: Path
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int | None = None
    detector: str | None = None
    detector_weights: str | None = None
    require_token: bool = False
    new_token: bool = False
    allowed_hosts: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    state: Path | None = None
    command: Sequence[str] = SERVE_WORKER

    @property
    def local(self) -> bool:
        """Whether only this machine can connect."""
        return self.host in LOOPBACK

    @property
    def needs_token(self) -> bool:
        """Whether clients must show the access token. A name that is allowed is that of a proxy, which opens the server
        to its network."""
        return self.require_token or not self.local or bool(self.allowed_hosts)
