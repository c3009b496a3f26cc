"""Length of clips from their headers, read in separate processes: a file that crashes or hangs libav must not end the
batch.

As a program, `python -m kasf_demo.batch.probe`: JSON paths, one per line, on stdin; JSON [frames, seconds] or null, one
per line, on stdout.
"""

from __future__ import annotations

import contextlib
import json
import math
import queue
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from kasf_demo.system.processes import own_group

Length = tuple[int | None, float | None]  # frames, seconds
UNKNOWN: Length = (None, None)
_PIECE = 64
_PATIENCE_S = 10.0


def lengths(clips: Iterable[Path], *, processes: int = 2) -> list[Length]:
    """Frames and seconds of each clip as its header has them; (None, None) if it has no usable value."""
    paths = list(clips)
    pieces = [paths[i : i + _PIECE] for i in range(0, len(paths), _PIECE)]
    with ThreadPoolExecutor(max(1, min(processes, len(pieces)))) as pool:
        return [length for piece in pool.map(_piece, pieces) for length in piece]


def _piece(paths: Sequence[Path]) -> list[Length]:
    """One process for all; after a crash or a hang another for those that follow."""
    found: list[Length] = []
    while len(found) < len(paths):
        found += _attempt(paths[len(found) :])
        if len(found) < len(paths):
            found.append(UNKNOWN)  # the file that caused it
    return found


def _attempt(paths: Sequence[Path]) -> list[Length]:
    command = [sys.executable, "-P", "-m", "kasf_demo.batch.probe"]
    found: list[Length] = []
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **own_group()
    )
    assert child.stdin is not None and child.stdout is not None
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    reader = threading.Thread(target=_pass_on, args=(child.stdout, lines), name="probe", daemon=True)
    reader.start()
    try:
        with contextlib.suppress(OSError):  # a broken pipe: it has ended
            child.stdin.write("".join(json.dumps(str(p)) + "\n" for p in paths).encode("ascii"))
            child.stdin.close()
        while len(found) < len(paths) and (line := lines.get(timeout=_PATIENCE_S)):
            found.append(UNKNOWN if (pair := json.loads(line)) is None else (pair[0], pair[1]))
    except queue.Empty:
        pass
    finally:
        child.kill()
        child.wait()
        reader.join()
        child.stdout.close()
    return found


def _pass_on(pipe: IO[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    """The lines of a pipe, and an empty one at its end. In a thread: Windows cannot wait for a pipe with a limit."""
    for line in pipe:
        if line.endswith(b"\n"):
            lines.put(line)
    lines.put(b"")


def _length(path: Path) -> Length:
    from kasf_demo.video import source

    source.check_regular_file(path)
    with source.open_container(path) as container:
        stream, _ = source.pick_stream(container, path, None)
        seconds = source.duration_s(container, stream)
        seconds = seconds if seconds is not None and math.isfinite(seconds) and 0 < seconds < 1e7 else None
        frames = stream.frames or (round(seconds * float(source.stream_fps(stream))) if seconds else None)
    return frames if frames and 0 < frames < 1e9 else None, seconds


def main() -> None:
    """The program."""
    import av

    from kasf_demo.errors import KasfError

    av.logging.set_level(None)
    for line in sys.stdin:
        found: Length | None = None
        with contextlib.suppress(KasfError, OSError, ValueError, MemoryError, av.FFmpegError):
            found = _length(Path(json.loads(line)))
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
