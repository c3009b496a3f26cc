"""Opens clips safely: only regular files and real video containers, never the network, whatever the file's name or
content."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from kasf_demo.errors import InputError, UsageError

# A playlist (hls, concat, dash) reads other files and hosts, an image sequence other files: none of those is here
CONTAINERS = (
    "mov,mp4,matroska,webm,avi,mpegts,mpeg,mpegvideo,h264,hevc,vvc,h263,m4v,av1,obu,ivf,flv,asf,gif,apng,ogg,mxf,nut,rm,dv,"
    "yuv4mpegpipe,mjpeg,wtv,vc1"
)
_FALLBACK_FPS = Fraction(25)
_HEADS = {
    b"#EXTM3U": ("a playlist, not a video", "pass the video itself"),
    b"ffconcat": ("a playlist, not a video", "pass the video itself"),
    b"<?xml": ("an XML file (a streaming manifest?), not a video", "pass the video itself"),
    b"\xff\xd8\xff": ("a still image (JPEG), not a video", "pass a video"),
    b"\x89PNG": ("a still image (PNG), not a video", "pass a video"),
    b"<!DOCTYPE": ("a web page, not a video", "download the video itself"),
    b"<html": ("a web page, not a video", "download the video itself"),
}


def fingerprint(path: Path) -> tuple[int, int, str]:
    """(size in bytes, mtime in ns, sha256) of a file, to detect a change while it was read. Raises: InputError."""
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            return status.st_size, status.st_mtime_ns, hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}", "check that it still exists and its permissions", path=path
        ) from error


def check_regular_file(path: Path) -> None:
    """Checks a path before it is opened: a pipe would hang, and libav's errors for a folder or an empty file are
    unclear. Raises: InputError."""
    try:
        status = os.stat(path)
        if stat.S_ISREG(status.st_mode) and status.st_size:
            with open(path, "rb"):
                return
    except ValueError as error:  # a NUL in the name
        raise InputError("not a file name", "check the path", path=path) from error
    except OSError as error:
        raise _cannot_open(error, path) from error
    if stat.S_ISDIR(status.st_mode):
        raise InputError("is a folder", "name one clip, or give the folder to the batch command", path=path)
    if not stat.S_ISREG(status.st_mode):
        raise InputError("is not a regular file (a pipe or a device)", "save the video to a file first", path=path)
    raise InputError("file is empty (0 bytes)", "copy or download it again", path=path)


def _cannot_open(error: OSError, path: Path) -> InputError:
    if error.errno == errno.ELOOP:
        return InputError("its symbolic links form a loop", "point to the file itself", path=path)
    if error.errno == errno.ENOENT and os.path.islink(path):
        return InputError(
            "is a symbolic link to a file that does not exist",
            "restore its target or point to the file itself",
            path=path,
        )
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return InputError("no such file", "check the path", path=path)
    return InputError(f"cannot be read: {error.strerror}", "check its permissions", path=path)


def file_url(path: Path) -> str:
    """`path` so that libav and ffmpeg take every name for a file: `-i.mp4`, `http:x.mp4` and `concat:a.mp4` are only
    names."""
    return "file:" + os.path.abspath(path)


def open_container(path: Path) -> InputContainer:
    """Opens the checked clip `path` for reading. Raises: InputError."""
    options = {"protocol_whitelist": "file", "format_whitelist": CONTAINERS}
    try:
        return av.open(file_url(path), "r", container_options=options, metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError, MemoryError) as error:
        what, remedy = "not a video, or its header is damaged or cut off", "copy, download or export it again"
        with open(path, "rb") as file:
            head = file.read(512).lstrip()
        for magic, said in _HEADS.items():
            if head.startswith(magic):
                what, remedy = said
        if isinstance(error, MemoryError):
            what = "its header asks for more memory than there is"
        raise InputError(what, remedy, path=path) from error


def pick_stream(container: InputContainer, path: Path, wanted: int | None) -> tuple[VideoStream, list[str]]:
    """The video stream numbered `wanted` in the file, or the default one; and a warning where there was a choice.

    Raises: InputError without a video stream or decoder, UsageError when `wanted` is not a video stream.
    """
    pictures = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails
    streams = [s for s in container.streams.video if not s.disposition & pictures]
    numbers = ", ".join(str(s.index) for s in streams)
    if not streams:
        what = "no video stream (audio only)" if container.streams.audio else "no video stream"
        raise InputError(what, "pass a file with a video in it", path=path)
    if wanted is not None:
        chosen = next((s for s in streams if s.index == wanted), None)
        if chosen is None:
            raise UsageError(f"stream {wanted} is no video stream", f"--stream may be {numbers}", path=path)
    else:
        chosen = next((s for s in streams if s.disposition & av.stream.Disposition.default), streams[0])
    if chosen.codec_context is None:
        raise InputError(
            "no decoder for its video codec", "convert it to H.264 first: ffmpeg -i IN -c:v libx264 OUT.mp4", path=path
        )
    said = []
    if len(streams) > 1 and wanted is None:
        said.append(
            f"{len(streams)} video streams: using number {chosen.index}, choose with --stream N (one of {numbers})"
        )
    # One decoder thread. With several, damaged streams decode to images that differ from run to run (frame threads) or
    # with the number of cores (slice threads), and two passes must give the same. Threads save nothing measurable in a
    # whole run (docs/decisions.md, "Video writer").
    chosen.thread_type = "NONE"
    chosen.thread_count = 1
    return chosen, said


def stream_fps(stream: VideoStream) -> Fraction:
    """The stream's own frame rate; nominal if it varies; 25 if it is missing or invalid."""
    for rate in (stream.guessed_rate, stream.average_rate, stream.base_rate):
        if rate is not None and 0 < rate <= 100_000:
            return Fraction(rate)
    return _FALLBACK_FPS


def duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    """The declared duration, seconds."""
    if stream.duration is not None and stream.time_base:
        return float(stream.duration * stream.time_base)
    return None if container.duration is None else container.duration / 1_000_000
