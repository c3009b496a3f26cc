"""Giving a constant-rate mp4 the time stamps of its source, frame by frame, without encoding again.

Encoding at a constant rate and moving the stamps afterwards works with every ffmpeg; its own handling of variable rates changed
several times and drops or doubles frames where it thinks it should.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from kasf_demo.video.source import file_url
from kasf_demo.video.timestamps import TICKS_PER_S


def count_frames(path: Path) -> int:
    """Video packets in an mp4 that we wrote: one a frame."""
    with av.open(file_url(path)) as container:
        return sum(1 for packet in container.demux(container.streams.video[0]) if packet.size)


def retime(video: Path, out: Path, rate: Fraction, ticks: NDArray[np.int64], last_ticks: int, ticks_per_s: int = TICKS_PER_S) -> None:
    """Copies the packets of `video` (frame k shown at k/rate, no B-frames) to `out` with frame k at ticks[k] of `ticks_per_s`.

    Without B-frames a packet is decoded when it is shown, and its duration is that of its frame: with them, mp4 has no place for the
    duration of the last frame shown. `last_ticks`: how long that one stays.
    """
    gaps = np.append(np.diff(ticks), last_ticks)
    tick_s = Fraction(1, ticks_per_s)
    options = {"movflags": "faststart", "video_track_timescale": str(ticks_per_s)}
    with av.open(file_url(video)) as source, av.open(file_url(out), "w", format="mp4", options=options) as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        copy.time_base = tick_s
        for packet in source.demux(stream):
            if not packet.size or packet.pts is None:
                continue
            shown = round(packet.pts * packet.time_base * rate)
            packet.stream = copy
            packet.time_base = tick_s
            packet.pts = packet.dts = int(ticks[shown])
            packet.duration = int(gaps[shown])
            target.mux(packet)
