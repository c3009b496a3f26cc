"""Writes a video that plays everywhere: H.264 in mp4, yuv420p, with the source's timing and sound. Never partial."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import ffmpeg
import numpy as np

from kasf_demo.concurrency import BackgroundConsumer
from kasf_demo.errors import OutputError
from kasf_demo.files import atomic
from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.video import audio, timestamps
from kasf_demo.video.ffmpeg import FfmpegProcess, compiled, find_ffmpeg
from kasf_demo.video.pixels import Planes, YuvMaker
from kasf_demo.video.timestamps import count_frames, retime

# Chosen for speed at no visible loss (docs/decisions.md, "Video writer"). Without B-frames, decoding order equals
# display order, which `retime` needs.
PRESET = "ultrafast"
CRF = 24
X264 = "no-deblock=0"
# x264's stream depends on its number of threads; with one number the same clip gives the same file on any number of
# cores
THREADS = 3
_WAITING = 2  # frames that wait for the pipe


class VideoWriter:
    """Takes (H, W, 3) uint8 RGB frames one by one. A context manager: leaving it well puts the file in place, an
    exception leaves nothing.

    times_s (T,): when each frame is shown, strictly rising; only the distances count, the video starts at 0. None: not
    known beforehand, each frame is written with its own. Where they follow a constant rate, that exact fraction
    (`fps`, say 30000/1001) is written; otherwise each frame gets its own time, in ticks of `time_base`, which is that
    of the source (None: unknown, times may be rounded to milliseconds), or of 1/90000 s if that has none that fits.
    audio_from: the clip whose sound is added; audio_start_s: where in it, in seconds after its first frame, this video
    begins; the sound is cut to the length of the video. Odd widths and heights are padded by one repeated pixel, right
    and below. publish: called with the finished file and `path` instead of giving it that name, see
    output_set.OutputSet.add. key_every: maximum number of frames between key frames; fewer make seeking faster.
    warnings: what happened to the sound, after `close`.

    Raises: OutputError (exists, disk full, no ffmpeg, ffmpeg fails), ValueError for wrong frames or times.
    """

    def __init__(
        self,
        path: Path,
        *,
        width: int,
        height: int,
        times_s: FloatArray | None,
        fps: Fraction,
        time_base: Fraction | None = None,
        audio_from: Path | None = None,
        audio_start_s: float = 0.0,
        overwrite: bool = False,
        publish: Callable[[Path, Path], None] | None = None,
        preset: str = PRESET,
        crf: int = CRF,
        key_every: int | None = None,
    ) -> None:
        self.path = Path(path)
        self.warnings: list[str] = []
        self.frames_written = 0
        self._times_s = None if times_s is None else _checked_times(times_s)
        self._given_s: list[float] = []  # of the frames, if they come with them
        if width < 1 or height < 1 or fps <= 0:
            raise ValueError(f"expected a size and a rate above 0, got {width} x {height} at {fps}")
        self._shape = (height, width, 3)
        self._pad = (height % 2, width % 2)
        self._publish = publish or (lambda part, path: atomic.publish(part, path, overwrite))
        self._audio_from = audio_from
        self._audio_start_s = audio_start_s
        self._rate = None if self._times_s is None else timestamps.constant_rate(self._times_s, fps, time_base)
        self._ticks_per_s = timestamps.ticks_per_s(time_base)
        self._encoding_rate = self._rate or fps
        atomic.check_target(self.path, overwrite)
        self._ffmpeg = find_ffmpeg()
        self._parts = [atomic.part_path(self.path.with_suffix(".mp4"), tag) for tag in ("v", "t", "a")]
        self._done = False
        even = (width + self._pad[1], height + self._pad[0])
        self._yuv = YuvMaker(*even)
        # In turn: one is being filled, _WAITING wait, one is in the pipe
        self._buffers = [np.empty(even[0] * even[1] * 3 // 2, np.uint8) for _ in range(_WAITING + 2)]
        try:
            self._parts[0].touch()  # a clear error, before the encoder starts, if the folder is not writable
            self._process = FfmpegProcess(self._command(preset, crf, key_every), self.path)
            self._pipe = BackgroundConsumer[Planes](self._process.write, room=_WAITING, name="encode")
        except BaseException as error:
            self._remove_parts()
            if isinstance(error, OSError):
                raise atomic.output_error(error, self.path) from error
            raise

    def _command(self, preset: str, crf: int, key_every: int | None) -> list[str]:
        height, width = self._shape[0] + self._pad[0], self._shape[1] + self._pad[1]
        colours = {"colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709", "color_range": "tv"}
        frames = ffmpeg.input(
            "pipe:",
            format="rawvideo",
            pix_fmt="yuv420p",
            s=f"{width}x{height}",
            framerate=str(self._encoding_rate),
            **colours,
        )
        node = frames.output(
            "OUT",
            f="mp4",
            vcodec="libx264",
            r=str(self._encoding_rate),  # else ffmpeg takes 120000/1001 for 120
            preset=preset,
            crf=crf,
            threads=THREADS,
            pix_fmt="yuv420p",
            bf=0,
            **{"x264-params": X264},
            movflags="+faststart",
            **({"g": key_every} if key_every else {}),
            **colours,
        ).global_args("-nostdin", "-hide_banner", "-loglevel", "error")
        return compiled(node, self._ffmpeg, OUT=self._parts[0])

    def write(self, image: Image, time_s: float | None = None) -> None:
        """One (H, W, 3) uint8 RGB frame, which may be changed as soon as this returns. A thread hands it on. time_s: of
        a writer without `times_s`, later than that of the frame before.

        Raises: ValueError for another shape or type, a time that does not rise or a frame too many; OutputError if
        ffmpeg fails, now or at an earlier frame.
        """
        if self._done:
            raise ValueError("the writer is closed")
        if image.shape != self._shape or image.dtype != np.uint8:
            raise ValueError(f"expected a frame of shape {self._shape} and uint8, got {image.shape} {image.dtype}")
        if self._times_s is None:
            if time_s is None or (self._given_s and time_s <= self._given_s[-1]):
                raise ValueError(f"expected a later time than that of the frame before, got {time_s}")
            self._given_s.append(time_s)
        elif self.frames_written == len(self._times_s):
            raise ValueError(f"expected {len(self._times_s)} frames, one for each time, got one more")
        if any(self._pad):
            image = np.pad(image, ((0, self._pad[0]), (0, self._pad[1]), (0, 0)), mode="edge")
        planes = self._buffers[self.frames_written % len(self._buffers)]
        self._yuv.convert(np.ascontiguousarray(image), planes)
        self._pipe.put(planes)
        self.frames_written += 1

    def close(self) -> None:
        """Finishes the file, adds the sound and puts it in place. May be called twice. Raises: OutputError; nothing is
        left then."""
        if self._done:
            return
        try:
            self._pipe.finish()
            self._process.finish()
            finished = self._add_sound(self._set_times(self._parts[0]))
            self._publish(finished, self.path)
        except (av.FFmpegError, OSError) as error:
            reason = error if isinstance(error, OSError) else OSError(None, str(error))
            raise atomic.output_error(reason, self.path) from error
        finally:
            self.abort()

    @property
    def _times(self) -> FloatArray:
        return np.array(self._given_s) if self._times_s is None else self._times_s

    @property
    def _last_s(self) -> float:
        return timestamps.last_duration_s(self._times, self._encoding_rate)

    def _set_times(self, video: Path) -> Path:
        expected, written = len(self._times), count_frames(video)
        if self.frames_written != expected or written != expected:
            what = f"{expected} frames expected, {self.frames_written} given, {written} encoded"
            raise OutputError(what, "did the input change while it was read? Try again", path=self.path)
        if self._rate is not None:
            return video
        last_ticks = max(1, round(self._last_s * self._ticks_per_s))
        ticks = timestamps.to_ticks(self._times, self._ticks_per_s)
        retime(video, self._parts[1], self._encoding_rate, ticks, last_ticks, self._ticks_per_s)
        return self._parts[1]

    def _add_sound(self, video: Path) -> Path:
        if self._audio_from is None:
            return video
        length_s = float(self._times[-1] - self._times[0]) + self._last_s
        out = self._parts[2]
        good, said = audio.add_audio(
            self._ffmpeg,
            video,
            self._audio_from,
            out,
            start_s=self._audio_start_s,
            length_s=length_s,
            frames=len(self._times),
        )
        self.warnings += said
        return out if good else video

    def abort(self) -> None:
        """Ends ffmpeg and removes everything unfinished. May be called at any time, also after `close`."""
        self._done = True
        self._process.kill()  # wakes the thread, should it wait for the pipe
        if hasattr(self, "_pipe"):
            self._pipe.stop()
        self._remove_parts()

    def __del__(self) -> None:
        """A signal may come between the constructor and the with-block: then ffmpeg is ended and the part removed
        here."""
        if not getattr(self, "_done", True) and hasattr(self, "_process"):
            self.abort()

    def _remove_parts(self) -> None:
        for part in self._parts:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()


def _checked_times(times_s: FloatArray) -> FloatArray:
    times_s = np.asarray(times_s, np.float64)
    if times_s.ndim != 1 or not len(times_s):
        raise ValueError(f"times_s: expected shape (T,) with T > 0, got {times_s.shape}")
    if not np.isfinite(times_s).all() or (np.diff(times_s) <= 0).any():
        raise ValueError("times_s: expected finite, strictly rising times")
    return times_s
