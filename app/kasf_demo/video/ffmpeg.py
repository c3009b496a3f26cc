"""Finds ffmpeg, runs it, ends it, and reports its own error message if it fails."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
import threading
from collections import deque
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from kasf_demo.errors import OutputError
from kasf_demo.system.pipes import widen
from kasf_demo.system.processes import ended_by, file_was_too_large, own_group
from kasf_demo.video.source import file_url

_REMEDY = "install ffmpeg (apt install ffmpeg, brew install ffmpeg) or pip install imageio-ffmpeg"
_SHORT_RUN_S = 30
_FULL_DISK = ("No space left", "Disk quota", "File too large")
# what ffmpeg 7 adds after the error itself, one line for each of its threads
_CONSEQUENCES = (
    "Task finished with error",
    "Terminating thread",
    "Nothing was written into output",
    "Error sending frames",
    "Could not open encoder",
)

# Each ffmpeg gets a group of its own, out of Ctrl-C's reach. A worker of a batch, which has one itself, sets this to
# False, so that killing the worker's group kills its ffmpeg too.
own_session = True


def find_ffmpeg() -> Path:
    """The ffmpeg to encode with: $KASF_FFMPEG, else the system's if it has libx264, else the one imageio-ffmpeg
    carries.

    Raises: OutputError if there is none.
    """
    return _find(os.environ.get("KASF_FFMPEG", ""), os.environ.get("PATH", ""))


@functools.lru_cache(maxsize=8)
def _find(override: str, search_path: str) -> Path:
    if override:
        if not shutil.which(override):
            raise OutputError(f"KASF_FFMPEG names {override}, which is not a program", "correct or unset it")
        return Path(shutil.which(override) or override).absolute()
    system = shutil.which("ffmpeg", path=search_path)
    if system and _has_libx264(system):
        return Path(system).absolute()
    try:
        import imageio_ffmpeg

        return Path(imageio_ffmpeg.get_ffmpeg_exe()).absolute()
    except (ImportError, RuntimeError) as error:
        what = "the ffmpeg found has no libx264 encoder" if system else "no ffmpeg found"
        raise OutputError(what, _REMEDY) from error


def _has_libx264(binary: str) -> bool:
    words = [binary, "-nostdin", "-hide_banner", "-loglevel", "error", "-encoders"]
    try:
        return (
            "libx264" in subprocess.run(words, capture_output=True, text=True, timeout=_SHORT_RUN_S, check=False).stdout
        )
    except (OSError, subprocess.SubprocessError):
        return False


def compiled(node: Any, binary: Path, **paths: Path) -> list[str]:
    """The command of an ffmpeg-python node, in which the names of `paths` stand for files: it cannot hold names that
    are not UTF-8."""
    words = (str(word) for word in ffmpeg.compile(node, cmd=str(binary), overwrite_output=True))
    return [file_url(paths[word]) if word in paths else word for word in words]


def last_words(lines: list[str], returncode: int | None) -> str:
    """The last of ffmpeg's messages on one line, or its exit status if there are none. Follow-up errors are left
    out."""
    telling = [line.strip() for line in lines if line.strip() and not any(text in line for text in _CONSEQUENCES)]
    said = "; ".join(telling[-4:])[-400:]
    if how := ended_by(returncode or 0):
        said = f"ended by {how}" + (f"; {said}" if said else "")
    return said or f"exit status {returncode}"


def failure(path: Path, lines: list[str], returncode: int | None) -> OutputError:
    """The error for an ffmpeg that did not finish `path`."""
    words = last_words(lines, returncode)
    full = next((text for text in _FULL_DISK if text in words), None)
    if full is None and file_was_too_large(returncode or 0):
        full = "File too large"
    if full is not None:
        full = "No space left on device" if full.startswith("No space") else full
        remedy = f"free some space in {Path(path).absolute().parent} or write elsewhere"
        return OutputError(f"the video could not be written: {full}", remedy, path=path)
    remedy = "see ffmpeg's message; no file was written"
    return OutputError(f"ffmpeg could not write the video: {words}", remedy, path=path)


class FfmpegProcess:
    """An ffmpeg that is fed through its standard input. In a session of its own: Ctrl-C must not make it finish a
    partial file."""

    def __init__(self, command: list[str], target: Path) -> None:
        self._target = target
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                **_group(),
            )
        except OSError as error:
            raise OutputError(f"{command[0]} does not start: {error.strerror}", _REMEDY, path=target) from error
        self.pid = self._process.pid
        widen(self._process.stdin)  # half a frame
        self._lines: deque[str] = deque(maxlen=20)
        self._reader = threading.Thread(target=self._drain, name="ffmpeg-stderr", daemon=True)
        self._reader.start()

    def _drain(self) -> None:
        """Reads stderr in a thread, so that ffmpeg never blocks on a full pipe."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._lines.append(line.decode(errors="replace"))

    def write(self, data: NDArray[np.uint8]) -> None:
        """All of `data`, contiguous. Raises: OutputError with ffmpeg's message if it has ended."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data.data)
        except OSError:  # a broken pipe: ffmpeg has ended; its messages contain the reason
            raise self._failed() from None

    def finish(self) -> None:
        """Ends the input and waits. Raises: OutputError if ffmpeg fails; ffmpeg 5 ends with 0 where only the index
        found the disk full."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        status = self._process.wait()
        self._close()
        if status != 0 or any(text in line for line in self._lines for text in _FULL_DISK):
            raise failure(self._target, list(self._lines), status)

    def kill(self) -> None:
        """Ends it at once. May be called twice, or after `finish`."""
        if self._process.poll() is None:
            self._process.kill()
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._process.wait()
        self._close()

    def _failed(self) -> OutputError:
        try:
            self._process.wait(timeout=_SHORT_RUN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._close()
        return failure(self._target, list(self._lines), self._process.returncode)

    def _close(self) -> None:
        self._reader.join(timeout=5)
        if self._process.stderr is not None and not self._reader.is_alive():
            self._process.stderr.close()


def _group() -> dict[str, Any]:
    return own_group() if own_session else {}


def run(command: list[str], timeout_s: float) -> tuple[int, list[str]]:
    """Runs ffmpeg without input: (exit status, lines of its messages). Killed, with status -9, after `timeout_s`."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
            check=False,
            **_group(),
        )
    except subprocess.TimeoutExpired:
        return -9, [f"no end after {timeout_s:g} s"]
    except OSError as error:
        return 127, [str(error)]
    return done.returncode, done.stderr.decode(errors="replace").splitlines()
