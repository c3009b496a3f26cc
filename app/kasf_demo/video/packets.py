"""Packet-by-packet decoding that survives damage: failures are counted, and decoding continues with the next packet."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from kasf_demo.types.clip import VideoInfo

_MAX_DEMUX_ERRORS = 100  # a file may go on after a damaged stretch; a dead disk repeats its error endlessly


class PacketDecoder:
    """Iterates over all frames of `stream` that decode, from where `container` stands; one thread, so always the same
    ones.

    `packets` read, `discarded` (an edit list hides them), `damaged_packets` (cut off, or the decoder refused them),
    `frames` decoded, `ended_badly` (the last packet was damaged or reading failed), `last_pts`.
    """

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self._container, self._stream = container, stream
        self.packets = self.discarded = self.damaged_packets = self.frames = 0
        self.ended_badly = False
        self.last_pts: int | None = None

    def __iter__(self) -> Iterator[VideoFrame]:
        for packet in self._demux():
            if packet is not None:
                self.packets += 1
                self.discarded += packet.is_discard
            bad = packet is not None and packet.is_corrupt
            frames: list[VideoFrame] = []
            try:
                frames = self._stream.decode(packet)
            except av.EOFError:
                pass  # the decoder had been emptied already
            except av.FFmpegError:
                bad = True
            self.damaged_packets += bad
            if packet is not None:
                self.ended_badly = bad
            for frame in frames:
                self.frames += 1
                self.last_pts = frame.pts if frame.pts is not None else self.last_pts
                yield frame

    def _demux(self) -> Iterator[Packet[VideoStream] | None]:
        """The stream's packets, then None: empty the decoder."""
        failed = False
        for _ in range(_MAX_DEMUX_ERRORS):
            try:
                for packet in self._container.demux(self._stream):
                    # an empty one stands for a dropped frame, or for the end: it would shut the decoder
                    if packet.size:
                        failed = False
                        yield packet
                break
            except av.FFmpegError:
                self.damaged_packets += 1
                if failed:  # nothing was read since the last failure
                    break
                failed = True
        yield None
        self.ended_badly |= failed


def ending_remark(decoder: PacketDecoder, stream: VideoStream, info: VideoInfo) -> str | None:
    """A warning if the clip, read to its end, holds less than it declares; None for a complete clip.

    An edit list hides frames on purpose, and AVI counts dropped frames: fewer frames alone is no damage, fewer or
    damaged packets are.
    """
    if info.declared_frames is not None:
        in_file = info.declared_frames
        if "mp4" in info.container.split(","):  # its index holds what the edit list keeps
            in_file = min(in_file, len(getattr(stream, "index_entries", ())) or in_file)
        expected = in_file - decoder.discarded
        if decoder.frames < expected and (decoder.packets < in_file or decoder.damaged_packets):
            return f"decoded {decoder.frames} of {expected} frames: the file is damaged or cut off"
        return None
    declared_s = _matroska_duration_s(stream)
    if declared_s is not None and decoder.last_pts is not None:
        end_s = float(decoder.last_pts * (stream.time_base or info.time_base) + 2 / info.fps)
        if end_s + 0.1 < declared_s:
            return (
                f"decoded {end_s:.2f} of {declared_s:.2f} s ({decoder.frames} frames): the file is damaged or cut off"
            )
    return f"decoded {decoder.frames} frames, then the file ends in the middle of one" if decoder.ended_badly else None


def expected_frames(
    stream: VideoStream, per_stored: int, stored_hz: Fraction, start_s: float | None, end_s: float | None
) -> int | None:
    """How many frames reading from start_s to end_s will give, for progress only; None if the container does not
    declare them. Frames that an edit list hides are not counted. per_stored: frames made of each stored one."""
    if not stream.frames:
        return None
    hidden = sum(bool(entry.is_discard) for entry in getattr(stream, "index_entries", ()))
    first, last = (None if at_s is None else round(at_s * float(stored_hz)) for at_s in (start_s, end_s))
    played = stream.frames - hidden
    return max(0, (played if last is None else min(played, last)) - (first or 0)) * per_stored


def _matroska_duration_s(stream: VideoStream) -> float | None:
    """The DURATION tag of a Matroska track (`00:00:01.500000000`); the container's own duration may be that of the
    audio."""
    parts = stream.metadata.get("DURATION", "").split(":")
    try:
        hours, minutes, seconds = (float(part) for part in parts)
    except ValueError:
        return None
    return hours * 3600 + minutes * 60 + seconds
