"""Fetching one file over HTTP(S), also out of a .tgz, or from Google Drive. Only a `.part` file is written; `install`
renames it when complete."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import tarfile
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from kasf_demo.errors import ModelError
from kasf_demo.files.atomic import sync_folder
from kasf_demo.system import filesystem
from kasf_demo.system.locks import try_lock

Say = Callable[[str], None]
OnBytes = Callable[[int, int | None], None]  # bytes so far, bytes in total if the server reports it

CHUNK_BYTES = 1 << 18
STALL_S = 30.0  # without a byte for this long, the connection counts as dead
LOCK_POLL_S = 0.2


class FetchError(ModelError):
    """The address did not give the file; another one may. A disk that cannot be written is a plain ModelError."""


def download(
    part: Path,
    *,
    url: str | None = None,
    gdrive_id: str | None = None,
    member: str | None = None,
    size_bytes: int | None = None,
    final: Path | None = None,
    on_bytes: OnBytes | None = None,
) -> str:
    """Fetches `url`, or the public Google Drive file `gdrive_id`, into `part`; returns the sha256 of what came. One
    attempt. If `url` is a .tgz, `member` is the file inside that is wanted; nothing else of it is written.

    `final` is named in remedies. On any failure, Ctrl-C included, `part` is removed. Raises FetchError: no connection,
    an error status, cut short, no such member, another size than `size_bytes`, a web page instead of a file. Raises
    ModelError: a disk that is full or read-only.
    """
    link = url or f"https://drive.google.com/file/d/{gdrive_id}/view"
    inside = f" (take {member} out of it)" if member else ""
    by_hand = f"fetch it by hand from {link}{inside} and put it at {final or part}"
    try:
        with _PartFile(part, on_bytes, page=_page_error(gdrive_id is not None, by_hand)) as out:
            if gdrive_id is not None:
                _from_drive(gdrive_id, out, by_hand)
            else:
                _from_http(link, out, by_hand, member, size_bytes)
            if out.count == 0 or (size_bytes is not None and out.count != size_bytes):
                raise FetchError(
                    f"{link} gave {out.count} bytes, expected {size_bytes or 'more'}", f"try again, or {by_hand}"
                )
            out.sync()
            return out.sha256.hexdigest()
    except BaseException:  # KeyboardInterrupt too: nothing half-fetched stays
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def install(part: Path, final: Path) -> None:
    """Gives a whole, synced `part` its final name, durably. Raises ModelError."""
    try:
        filesystem.replace(part, final)
        sync_folder(final.parent)  # a rename is on the disk once its folder is
    except OSError as e:
        raise cache_error(final, e) from e


@contextlib.contextmanager
def lock(final: Path, say: Say) -> Iterator[None]:
    """Holds `final`'s lock: one process fetches, the others wait for the file. Raises ModelError.

    The lock file stays: removing it would let two processes lock two files of one name.
    """
    path = final.with_name(final.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = open(path, "a+b")  # noqa: SIM115 (the with below closes it; the try is for open alone)
    except OSError as e:
        raise cache_error(final, e) from e
    with handle:
        if not _try_lock(handle, final):
            say(f"another process is fetching {final.name}; waiting for it")
            while not _try_lock(handle, final):
                time.sleep(LOCK_POLL_S)
        yield  # closing the file releases the lock, also when the process dies


def cache_error(path: Path, error: OSError) -> ModelError:
    """The error for a cache that cannot be written."""
    return ModelError(
        f"cannot write to the cache: {error.strerror or error}",
        "free some space, or set KASF_CACHE to a folder that you can write to",
        path=path,
    )


def looks_like_page(head: bytes) -> bool:
    """Whether a file starts like a web page."""
    return (
        head.lstrip(b"\xef\xbb\xbf \t\r\n")[:32]
        .lower()
        .startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<!--"))
    )


def _page_error(drive: bool, by_hand: str) -> FetchError:
    if drive:
        return FetchError(
            "Google Drive answered with a web page, probably its quota page", f"try again later, or {by_hand}"
        )
    return FetchError("the server answered with a web page, not with the file", by_hand)


def _try_lock(handle: IO[bytes], final: Path) -> bool:
    try:
        return try_lock(handle.fileno())
    except OSError as e:  # some network file systems have no locks
        raise cache_error(final, e) from e


class _PartFile:
    """The `.part` file: hashes and counts what is written, refuses web pages, and distinguishes a full disk from a
    network failure.

    Both `requests` and `urllib` raise OSError for network trouble, so disk errors are raised as ModelError here.
    """

    def __init__(self, path: Path, on_bytes: OnBytes | None, page: ModelError) -> None:
        self._path, self._on_bytes, self._page = path, on_bytes, page
        self.total: int | None = None
        self.count = 0
        self.sha256 = hashlib.sha256()
        try:
            self._file: BinaryIO = open(path, "wb")  # noqa: SIM115 (__exit__ closes it). Truncates what a killed process left
        except OSError as e:
            raise cache_error(path, e) from e

    def __enter__(self) -> _PartFile:
        return self

    def __exit__(self, *_: object) -> None:
        # flushing to a full disk fails again; the first error is already being raised
        with contextlib.suppress(OSError):
            self._file.close()

    def write(self, chunk: bytes) -> int:
        if self.count == 0 and looks_like_page(chunk):
            raise self._page
        try:
            self._file.write(chunk)
        except OSError as e:
            raise cache_error(self._path, e) from e
        self.sha256.update(chunk)
        self.count += len(chunk)
        if self._on_bytes is not None:
            self._on_bytes(self.count, self.total)
        return len(chunk)

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError as e:
            raise cache_error(self._path, e) from e

    def sync(self) -> None:
        self.flush()
        try:
            os.fsync(self._file.fileno())
        except OSError as e:
            raise cache_error(self._path, e) from e


class _NoDowngrade(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from https to an unencrypted address."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if req.type == "https" and not newurl.lower().startswith("https:"):
            raise urllib.error.URLError(f"redirected from https to {newurl.split(':')[0]}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _from_http(url: str, out: _PartFile, by_hand: str, member: str | None, size_bytes: int | None) -> None:
    if not url.lower().startswith(("https:", "http:")):
        raise ModelError(f"{url} is not an http(s) address", "correct registry.toml")
    request = urllib.request.Request(url, headers={"User-Agent": "kasf-demo", "Accept-Encoding": "identity"})
    try:
        with urllib.request.build_opener(_NoDowngrade).open(request, timeout=STALL_S) as reply:
            if member is not None:
                _take_member(reply, member, size_bytes, out)
                return
            length = reply.headers.get("Content-Length", "")
            out.total = int(length) if length.isdigit() else None
            while chunk := reply.read(CHUNK_BYTES):
                out.write(chunk)
    except urllib.error.HTTPError as e:
        raise FetchError(f"{url}: the server answered {e.code} {e.reason}", by_hand) from e
    except (tarfile.TarError, zlib.error, EOFError) as e:
        raise FetchError(f"{url}: {e or 'the connection was cut'}", f"try again, or {by_hand}") from e
    except (OSError, http.client.HTTPException) as e:
        raise FetchError(
            f"cannot fetch {url}: {getattr(e, 'reason', None) or e}", f"check the network, or {by_hand}"
        ) from e
    if out.total is not None and out.count != out.total:  # http.client silently returns short reads at a cut connection
        raise FetchError(
            f"{url}: the connection was cut after {out.count} of {out.total} bytes", f"try again, or {by_hand}"
        )


def _take_member(reply: IO[bytes], member: str, size_bytes: int | None, out: _PartFile) -> None:
    """Writes one plain file of a .tgz, read as it arrives, to `out`. No name in the archive becomes a path, and links
    are not followed. Raises TarError, zlib.error, EOFError or OSError."""
    with tarfile.open(fileobj=reply, mode="r|gz", bufsize=CHUNK_BYTES) as archive:
        for info in archive:
            if info.name != member:
                continue
            file = archive.extractfile(info) if info.isreg() else None
            if file is None or (size_bytes is not None and info.size != size_bytes):
                raise tarfile.TarError(f"{member} is not a file of {size_bytes or 'some'} bytes")
            out.total = info.size
            while chunk := file.read(CHUNK_BYTES):
                out.write(chunk)
            return
    raise tarfile.TarError(f"no {member} is inside")


def _from_drive(gdrive_id: str, out: _PartFile, by_hand: str) -> None:
    import gdown
    from gdown.exceptions import DownloadError, FileURLRetrievalError

    def on_bytes(_count: int, total: int | None) -> None:
        out.total = total

    try:
        # a stream, so that gdown chooses no file names; without cookies, so that it writes nothing into the home folder
        stream = cast(BinaryIO, out)  # write and flush are all that gdown uses
        gdown.download(id=gdrive_id, output=stream, quiet=True, use_cookies=False, timeout=STALL_S, progress=on_bytes)
    except FileURLRetrievalError as e:
        raise _page_error(True, by_hand) from e
    except DownloadError as e:
        raise FetchError(f"Google Drive: {' '.join(str(e).split())}", f"try again, or {by_hand}") from e
    except (OSError, KeyError, AssertionError, ValueError) as e:  # the last three: an answer that gdown cannot read
        raise FetchError(f"cannot fetch from Google Drive: {e}", f"check the network, or {by_hand}") from e
