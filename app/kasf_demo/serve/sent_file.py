"""Files of the server's own folders: neither links nor gone when they are sent."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path

from starlette.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from kasf_demo.serve.errors import not_found


def regular(path: Path, below: Path) -> bool:
    """Whether `path` is a file, and neither it nor a folder between it and `below` is a symbolic link."""
    steps = takewhile(lambda step: step != below, (path, *path.parents))
    return os.path.isfile(path) and not any(os.path.islink(step) for step in steps)


def drop_oldest(folder: Path, pattern: str, kept: int, spared: Path | None = None) -> None:
    """Removes all files that match but the `kept` newest and `spared`. What another request removes meanwhile is left
    to it."""
    aged = list[tuple[float, Path]]()
    with contextlib.suppress(OSError):
        for path in folder.glob(pattern):
            with contextlib.suppress(OSError):
                aged.append((path.lstat().st_mtime, path))
    for _, path in sorted(aged)[: max(0, len(aged) - kept)]:
        if path != spared:
            with contextlib.suppress(OSError):
                path.unlink()


class SentFile(FileResponse):
    """A file below the folder `below`. ApiError (404): it is a link, or is gone; `what` names it."""

    def __init__(self, path: Path, below: Path, what: str, *, media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(path, media_type=media_type, headers=headers)
        self._file, self._below, self._what = path, below, what
        if not regular(path, below):
            raise not_found(what)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the status once the file is open, since it may be removed up to then."""
        started = list[Message]()
        sent = False

        async def when_open(message: Message) -> None:
            nonlocal sent
            if message["type"] == "http.response.start":
                started.append(message)
                return
            for first in started:
                sent = True
                await send(first)
            started.clear()
            await send(message)

        try:
            await super().__call__(scope, receive, when_open)
        except (OSError, RuntimeError):
            if sent or regular(self._file, self._below):
                raise
            raise not_found(self._what) from None
