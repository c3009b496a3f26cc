"""Time stamps: repairing those that come in, finding the constant rate in them, and rounding them for the file that
goes out."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.arrays import FloatArray
from kasf_demo.video.source import file_url

TICKS_PER_S = 90_000  # of a file with its own time stamps: MPEG's clock, 11 us a tick
_MAX_TICKS_PER_S = 2**31 - 1  # what mp4 has room for
_UNKNOWN_TICK_S = 0.001
_JITTER_FRAMES = 2  # a step back of up to this many frames is disorder; a longer one is a new clock (a joined file)
_STANDARD_RATES = [Fraction(n * 1000, 1001) for n in (24, 30, 60, 120)] + [
    Fraction(n) for n in (24, 25, 30, 48, 50, 60, 100, 120, 240)
]


class ClipClock:
    """Turns the time stamps of a clip into seconds since its first frame, strictly rising.

    A missing stamp is the previous one plus a frame; missing stamps before the first known one count back from it. A
    stamp that does not rise is nudged just past the previous one, or, where it jumps back by more than two frames
    (recordings joined end to end), starts a new clock one frame later. A rising sequence passes unchanged. `missing`,
    `nudged` and `jumps` count what was done, and `crowded` the stamps that rise by less than a tenth of a frame: a
    muxer has nudged those before us.
    """

    def __init__(self, time_base: Fraction, fps: Fraction, origin_pts: int | None = None) -> None:
        self.time_base = time_base
        self.frame_s = 1 / fps
        self.nudge_s = min(Fraction(1, 1000), self.frame_s / 4)
        self.missing = self.nudged = self.jumps = self.crowded = 0
        self._offset_s = None if origin_pts is None else origin_pts * time_base
        self._last_s: Fraction | None = None

    def time_s(self, pts: int | None) -> float:
        """Seconds since the first frame of the clip for the next frame, whose stamp is `pts` (None: missing)."""
        expected_s = Fraction(0) if self._last_s is None else self._last_s + self.frame_s
        if pts is None:
            self.missing += 1
            self._last_s = expected_s
            return float(expected_s)
        stamp_s = pts * self.time_base
        if self._offset_s is None:
            self._offset_s = stamp_s - expected_s
        now_s = stamp_s - self._offset_s
        if self._last_s is not None and now_s <= self._last_s:
            if self._last_s - now_s > _JITTER_FRAMES * self.frame_s:
                self.jumps += 1
                self._offset_s = stamp_s - expected_s
                now_s = expected_s
            else:
                self.nudged += 1
                now_s = self._last_s + self.nudge_s
        elif self._last_s is not None and now_s - self._last_s < self.frame_s / 10:
            self.crowded += 1
        self._last_s = now_s
        return float(now_s)

    def remarks(self) -> list[str]:
        """Warnings about repairs."""
        said = []
        if self.missing:
            said.append(f"{self.missing} frames without a time stamp: placed at {float(1 / self.frame_s):g} frames/s")
        if self.nudged:
            said.append(f"{self.nudged} time stamps did not rise: moved just past the one before")
        if self.crowded:
            said.append(
                f"{self.crowded} frames follow the one before in less than a tenth of a frame: uneven time stamps"
            )
        if self.jumps:
            said.append(f"the time stamps jump back {self.jumps} times: joined without a gap")
        return said


def constant_rate(times_s: FloatArray, fps: Fraction, time_base: Fraction | None = None) -> Fraction | None:
    """The exact rate at which `times_s` (T,) are k/rate, or None if they follow no constant rate.

    `fps` is tried first, then the standard rates and the plain fraction nearest to the mean rate (a container's nominal
    rate may be off). Times may be rounded to whole ticks of `time_base`, which for rates that are no multiple of it may
    add up to a tick; if it is unknown, to milliseconds, as Matroska stores them; but never by a quarter of a frame. Of
    several rates that fit, one within half a tick wins, else the nearest: 120 and 119.88 frames/s differ by less than a
    millisecond in a clip of one second.
    """
    if len(times_s) < 2:
        return fps
    since_s = np.asarray(times_s, np.float64) - float(times_s[0])
    mean = Fraction((len(since_s) - 1) / float(since_s[-1])).limit_denominator(100_000)
    standard = sorted(_STANDARD_RATES, key=lambda rate: abs(rate - mean))[:2]
    tick_s = _UNKNOWN_TICK_S if time_base is None else float(time_base)
    found: list[tuple[float, Fraction]] = []
    for rate in (fps, *standard, mean.limit_denominator(1001)):
        if rate <= 0:
            continue
        error_s = float(np.abs(since_s - np.arange(len(since_s)) / float(rate)).max())
        if error_s <= 0.51 * tick_s:
            return rate
        if error_s <= min(1.01 * tick_s, 0.25 / float(rate)):
            found.append((error_s, rate))
    return min(found)[1] if found else None


def ticks_per_s(time_base: Fraction | None) -> int:
    """The clock of a file whose frames have stamps of their own: every tick of the source's is one of its, and none is
    above 11 us."""
    if time_base is None or not 0 < time_base.denominator <= _MAX_TICKS_PER_S:
        return TICKS_PER_S
    return time_base.denominator * -(-TICKS_PER_S // time_base.denominator)


def to_ticks(times_s: FloatArray, ticks_per_s: int = TICKS_PER_S) -> NDArray[np.int64]:
    """(T,) whole ticks since the first time, strictly rising even where two times round to one tick."""
    since = np.round((np.asarray(times_s, np.float64) - float(times_s[0])) * ticks_per_s).astype(np.int64)
    steps = np.arange(len(since))
    return np.asarray(np.maximum.accumulate(since - steps) + steps, np.int64)


def last_duration_s(times_s: FloatArray, fps: Fraction) -> float:
    """How long the last frame stays: the median gap of the clip, or a frame at `fps` where there is only one."""
    return float(np.median(np.diff(times_s))) if len(times_s) > 1 else float(1 / fps)


def count_frames(path: Path) -> int:
    """Number of video packets in an mp4 that we wrote: one per frame."""
    with av.open(file_url(path)) as container:
        return sum(1 for packet in container.demux(container.streams.video[0]) if packet.size)


def retime(
    video: Path, out: Path, rate: Fraction, ticks: NDArray[np.int64], last_ticks: int, ticks_per_s: int = TICKS_PER_S
) -> None:
    """Copies the packets of `video` (frame k shown at k/rate, no B-frames) to `out` with frame k at ticks[k] of
    `ticks_per_s`.

    Without B-frames a packet is decoded when it is shown, and its duration is that of its frame: with them, mp4 has no
    place for the duration of the last frame shown. `last_ticks`: how long that one stays.
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
