"""Adds the source's sound to a finished video: copied if mp4 supports its codec, else as AAC, else left out with a
warning.

This is a separate, quick step after encoding, so that a sound error cannot damage the video.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import ffmpeg

from kasf_demo.errors import KasfError
from kasf_demo.video import ffmpeg as ffmpeg_process
from kasf_demo.video import source

_COPIED = {"aac", "mp3", "mp2", "ac3", "eac3", "alac", "opus", "flac"}  # what mp4 holds and players play
_TIMEOUT_S = 600
_TINY_S = 0.0005


@dataclass(frozen=True)
class SourceAudio:
    """The audio stream to take: its number in the file, its codec, and how far into the file the first video frame
    lies."""

    index: int
    codec: str
    video_start_s: float


def find_audio(path: Path) -> SourceAudio | None:
    """The default audio stream of a clip, or None. Raises: InputError."""
    with source.open_container(path) as container:
        if not container.streams.audio:
            return None
        default = av.stream.Disposition.default
        audio = next((s for s in container.streams.audio if s.disposition & default), container.streams.audio[0])
        video, _ = source.pick_stream(container, path, None)
        file_start_s = (container.start_time or 0) / 1_000_000
        start = video.start_time * video.time_base if video.start_time is not None and video.time_base else file_start_s
        codec = audio.codec_context.codec.canonical_name if audio.codec_context is not None else "unknown"
        return SourceAudio(audio.index, codec, float(start) - file_start_s)


def _command(
    binary: Path, video: Path, clip: Path, out: Path, audio: SourceAudio, codec: str, lead_s: float, length_s: float
) -> list[str]:
    """ffmpeg counts an input's times from its earliest stream: with `-ss` at the first frame, sound keeps its distance
    to it."""
    skip = {"ss": f"{lead_s:.6f}"} if lead_s > _TINY_S else {}
    sound = ffmpeg.input("CLIP", protocol_whitelist="file", format_whitelist=source.CONTAINERS, **skip)
    options = {
        "c:v": "copy",
        "c:a": codec,
        "movflags": "+faststart",
        "f": "mp4",
        "strict": "-2",
        "t": f"{length_s:.6f}",
    }
    if codec == "aac":
        options["b:a"] = "192k"
    with av.open(source.file_url(video)) as container:
        base = container.streams.video[0].time_base
    if base is not None and base.numerator == 1:  # keep the video's time base
        options["video_track_timescale"] = str(base.denominator)
    picture = ffmpeg.input("VIDEO")
    node = ffmpeg.output(picture["v:0"], sound[str(audio.index)], "OUT", **options)
    node = node.global_args("-nostdin", "-hide_banner", "-loglevel", "error")
    return ffmpeg_process.compiled(node, binary, VIDEO=video, CLIP=clip, OUT=out)


def _count(path: Path) -> tuple[int, int]:
    """(video packets, audio packets) of a file we wrote."""
    counts = {"video": 0, "audio": 0}
    with av.open(source.file_url(path)) as container:
        for packet in container.demux():
            if packet.size and packet.stream.type in counts:
                counts[packet.stream.type] += 1
    return counts["video"], counts["audio"]


def add_audio(
    binary: Path, video: Path, clip: Path, out: Path, *, start_s: float, length_s: float, frames: int
) -> tuple[bool, list[str]]:
    """Writes `out`: the images of `video` with the sound of `clip` from `start_s` (after its first frame) for
    `length_s` seconds.

    Returns (True if `out` is usable, warnings). Sound errors never raise.
    """
    try:
        audio = find_audio(clip)
    except KasfError as error:
        return False, [f"no sound in the output: {error.what}"]
    if audio is None:
        return False, []
    lead_s = audio.video_start_s + start_s
    said: list[str] = []
    for codec in ("copy", "aac") if audio.codec in _COPIED else ("aac",):
        status, _ = ffmpeg_process.run(_command(binary, video, clip, out, audio, codec, lead_s, length_s), _TIMEOUT_S)
        try:
            pictures, sounds = _count(out) if status == 0 else (0, 0)
        except (av.FFmpegError, OSError):
            pictures = sounds = 0
        if pictures == frames and sounds:
            if codec == "aac":
                why = "could not be copied" if said else "does not go into an mp4"
                return True, [f"the sound ({audio.codec}) {why}: encoded again as AAC"]
            return True, []
        said.append(codec)
    named = f" ({audio.codec})" if audio.codec != "unknown" else ""
    return False, [f"no sound in the output: the clip's sound{named} cannot be decoded or is damaged"]
