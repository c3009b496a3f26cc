"""An upload: bytes from the network to a file, within the limits, without filling the memory or the event loop."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from starlette.requests import ClientDisconnect

from kasf_demo.serve.config import Limits
from kasf_demo.serve.errors import ApiError, disk_is_full, is_full

PIECE_BYTES = 1 << 20


def too_large(limits: Limits) -> ApiError:
    """413."""
    text = f"the clip is larger than {limits.bytes / 1e6:.0f} MB; cut it, or record at a lower resolution"
    return ApiError(413, "too_large", text, {"Connection": "close"})


def check_declared(length: str | None, limits: Limits, folder: Path) -> None:
    """Refuses an upload by its Content-Length, before a byte is read. Raises ApiError: 413, 507."""
    declared = int(length) if length is not None and length.isascii() and length.isdigit() else 0
    if declared > limits.bytes:
        raise too_large(limits)
    if shutil.disk_usage(folder).free - declared < limits.free_bytes:
        raise disk_is_full()


async def receive(body: AsyncIterator[bytes], target: Path, limits: Limits) -> tuple[int, str]:
    """Writes the body to the new file `target`. Returns its size in bytes and its SHA-256.

    Raises ApiError: 413 as soon as it is too large, 408 if nothing comes for `limits.idle_s`, 400 for nothing at all or
    a client that goes away, 507 if the disk is full.
    """
    size, digest, waiting = 0, hashlib.sha256(), bytearray()
    file = await asyncio.to_thread(target.open, "xb")
    try:
        while True:
            piece = await _next(body, limits.idle_s)
            size += len(piece or b"")
            if size > limits.bytes:
                raise too_large(limits)
            waiting += piece or b""
            if len(waiting) >= PIECE_BYTES or (piece is None and waiting):
                await asyncio.to_thread(_write, file, bytes(waiting), digest, target.parent, limits)
                waiting.clear()
            if piece is None:
                await asyncio.to_thread(_flush, file)
                break
    except OSError as error:
        if is_full(error):
            raise disk_is_full() from error
        raise
    finally:
        await asyncio.to_thread(file.close)
    if not size:
        raise ApiError(400, "empty", "the upload has no content; choose a video file")
    return size, digest.hexdigest()


async def _next(body: AsyncIterator[bytes], idle_s: float) -> bytes | None:
    try:
        return await asyncio.wait_for(anext(body, None), idle_s)
    except TimeoutError:
        text = f"nothing was received for {idle_s:g} s; check the connection and upload again"
        raise ApiError(408, "too_slow", text, {"Connection": "close"}) from None
    except ClientDisconnect:
        raise ApiError(400, "cut_off", "the upload was cut off; upload again") from None


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _write(file: BinaryIO, data: bytes, digest: hashlib._Hash, folder: Path, limits: Limits) -> None:
    if shutil.disk_usage(folder).free - len(data) < limits.free_bytes:
        raise disk_is_full()
    digest.update(data)
    file.write(data)
