"""Reads a clip: its metadata (`VideoReader.info`) and its frames, upright, with repaired time stamps. Damage is
reported."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from kasf_demo.errors import InputError, UsageError
from kasf_demo.types.clip import Frame, VideoInfo
from kasf_demo.video import capture_rate, deinterlace, pixels, source, tone_map
from kasf_demo.video.frame_cache import Kept, KeptFrames
from kasf_demo.video.packets import PacketDecoder, ending_remark, expected_frames
from kasf_demo.video.timestamps import ClipClock

MIN_SIDE_PX = 16
MAX_PIXELS = 2**26  # 8192 x 8192; an 8K frame has half of it. One such frame is 200 MB as RGB
_MAX_ASPECT = 8  # a pixel more oblong than this is a damaged header
_SEEK_AFTER_S = 3.0  # nearer than this, decoding from the start costs less than it risks
_SEEK_MARGIN_S = 1.0  # containers seek by decoding time, which is earlier than the time shown
_NO_SEEK = {"mpegts", "mpeg", "h264", "hevc", "m4v", "mjpeg", "vvc", "obu"}  # no index, or a clock that may start again
_EPSILON_S = 1e-6


class VideoReader:
    """A clip. Opening it checks the file, decodes its first frame and fills `info`; iterating decodes it, one frame in
    memory at a time.

    Each iteration gives identical frames, and opens the file anew unless its frames were kept. Images are (H, W, 3)
    uint8 RGB, upright by the display matrix (rotation and mirroring), with square pixels; colours follow the stream's
    matrix and range; alpha is put on black; HDR is tone-mapped to SDR.

    start_s, end_s: only frames with start_s <= time < end_s, in seconds since the clip's first frame. `Frame.index`
    counts the kept frames from 0; `Frame.time_s` stays relative to the clip's first frame, so that it can be compared
    with the source. stream: number of the video stream in the file (default: the one marked so). fps: the rate of a
    file without time stamps. deinterlace: frames of an interlaced stream become two each, one a field, at its own time;
    `info.deinterlaced` is then true. keep_bytes: frames that a whole iteration decoded stay in memory for the next
    ones, if they take no more than this.

    While iterating: `frames_decoded` (kept frames so far), `damaged_frames`, `damaged_packets` (pieces of the stream
    that are lost or damaged), `truncated` (fewer frames than the file declares) and `warnings`. They start again with
    each iteration.

    Raises: InputError (not a usable clip), UsageError (a range without frames, a stream that does not exist).
    """

    def __init__(
        self,
        path: Path,
        *,
        start_s: float | None = None,
        end_s: float | None = None,
        stream: int | None = None,
        fps: Fraction | None = None,
        deinterlace: bool = True,
        keep_bytes: int = 0,
    ) -> None:
        self.path = Path(path)
        _check_range(start_s, end_s, fps, self.path)
        self.start_s, self.end_s = start_s, end_s
        self._stream, self._fps, self._deinterlace = stream, fps, deinterlace
        self._kept = KeptFrames(keep_bytes)
        source.check_regular_file(self.path)
        self._origin_pts: int | None = None
        self.info: VideoInfo = self._probe()
        if start_s is not None and self.info.duration_s is not None and start_s >= self.info.duration_s + 1:
            raise self._empty_range(self.info.duration_s)
        self._reset()

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing stays open between iterations; an unfinished one closes its file when its iterator is dropped."""

    def __iter__(self) -> Iterator[Frame]:
        maker = pixels.PictureMaker(*self._geometry)
        if self._kept.complete:  # counts and warnings stay those of the iteration that decoded
            frames: Iterator[Kept] = iter(self._kept)
        else:
            self._reset()
            declared = (self.info.declared_frames or 0) * (2 if self.info.deinterlaced else 1)
            self._kept.begin(declared if self.start_s is None and self.end_s is None else None)
            frames = self._decoded()
        for number, kept in enumerate(frames):
            image = maker.picture(kept.decoded)
            if maker.rescaled == 1 and (kept.decoded.width, kept.decoded.height) != self._geometry[0]:
                size = f"{kept.decoded.width} x {kept.decoded.height} px"
                self._say(f"the frame size changes to {size}: fitted into the first size with bars")
            yield Frame(number, kept.time_s, image, damaged=kept.damaged)

    def part(self, start_s: float, end_s: float | None) -> VideoReader:
        """Another reader of the same clip, for a part of it. Raises as the constructor does."""
        return VideoReader(
            self.path, start_s=start_s, end_s=end_s, stream=self._stream, fps=self._fps, deinterlace=self._deinterlace
        )

    def _decoded(self) -> Iterator[Kept]:
        """Opens the file and decodes what is asked for."""
        far = self.seekable and self.start_s is not None and self.start_s > _SEEK_AFTER_S
        for seek in (True, False) if far else (False,):
            with source.open_container(self.path) as container:
                stream, _ = source.pick_stream(container, self.path, self._stream)
                if seek and not self._seek(container, stream):
                    continue
                yield from self._range(container, stream, sought=seek)
                return

    def _reset(self) -> None:
        self.warnings: list[str] = list(self.info.warnings)
        self.frames_decoded = self.damaged_frames = self.damaged_packets = 0
        self.truncated = False

    def _probe(self) -> VideoInfo:
        with source.open_container(self.path) as container:
            stream, said = source.pick_stream(container, self.path, self._stream)
            decoder = PacketDecoder(container, stream)
            frames = iter(decoder)
            first = next(frames, None)
            declared = stream.frames or None
            if first is None:
                of = f" (0 of {declared} frames)" if declared else ""
                raise InputError(
                    "header readable but no frame decodes" + of, "copy, download or export it again", path=self.path
                )
            self._check_size(first)
            sar, sar_said = _sample_aspect_ratio(stream)
            self._geometry = ((first.width, first.height), sar, pixels.DisplayOrientation.of(first))
            orientation = self._geometry[2]
            width, height = pixels.PictureMaker(*self._geometry).size_px
            if min(width, height) < MIN_SIDE_PX:
                raise self._too_small(width, height)
            fps, fps_said = self._rate(stream, first)
            self._origin_pts = first.pts
            scan = deinterlace.decide(first, frames, fps, container.format.name, wanted=self._deinterlace)
            per_frame = 2 if scan.fields else 1
            self.expected_frames = expected_frames(stream, per_frame, scan.frame_rate, self.start_s, self.end_s)
            self._first_field, self._stored_rate, self._stamps_s = (
                scan.first,
                scan.frame_rate,
                Fraction(stream.time_base or 1 / fps),
            )
            audio = container.streams.audio[0] if container.streams.audio else None
            sound = None if audio is None else audio.codec_context
            return VideoInfo(
                path=self.path,
                width=width,
                height=height,
                fps=scan.frame_rate * per_frame,
                time_base=self._stamps_s / per_frame,
                codec=stream.codec_context.codec.canonical_name,
                container=container.format.name,
                rotation_deg=orientation.rotation_deg,
                mirrored=orientation.mirrored,
                sample_aspect_ratio=sar,
                has_audio=audio is not None,
                audio_codec=None if sound is None else sound.codec.canonical_name,
                declared_frames=declared,
                duration_s=source.duration_s(container, stream),
                stream_index=stream.index,
                transfer=tone_map.transfer_of(first),
                deinterlaced=scan.fields,
                capture=capture_rate.read_capture_rate(
                    self.path, container.format.name, {**container.metadata, **stream.metadata}
                ),
                warnings=(*said, *sar_said, *fps_said, *scan.remarks, *pixels.remarks(first, stream, orientation)),
            )

    def _rate(self, stream: VideoStream, first: VideoFrame) -> tuple[Fraction, list[str]]:
        """The clip's rate, and whether it had to be assumed."""
        self._unstamped = first.pts is None and stream.start_time is None and stream.duration is None
        own = source.stream_fps(stream)
        if not self._unstamped:
            return own, [] if self._fps is None else [
                f"the file has time stamps: --fps {float(self._fps):g} is not used"
            ]
        if self._fps is not None:
            return self._fps, []
        return own, [f"no time stamps, assuming {float(own):g} frames/s; set another rate with --fps"]

    def _check_size(self, frame: VideoFrame) -> None:
        if min(frame.width, frame.height) < MIN_SIDE_PX:
            raise self._too_small(frame.width, frame.height)
        if frame.width * frame.height > MAX_PIXELS:
            what = f"frames of {frame.width} x {frame.height} px are larger than 8192 x 8192"
            raise InputError(what, "scale it down first: ffmpeg -i IN -vf scale=3840:-2 OUT.mp4", path=self.path)

    def _too_small(self, width: int, height: int) -> InputError:
        what = f"frame smaller than {MIN_SIDE_PX} px ({width} x {height})"
        return InputError(what, "pass a video in which the athlete can be seen", path=self.path)

    @property
    def seekable(self) -> bool:
        """Whether a part of the clip can be read without decoding all that precedes it."""
        return self._origin_pts is not None and not set(self.info.container.split(",")) & _NO_SEEK

    def _seek(self, container: InputContainer, stream: VideoStream) -> bool:
        """Moves to a key frame at or before `start_s`; False where that fails or lands too late, then decode from the
        start."""
        assert self.start_s is not None and self._origin_pts is not None
        target_s = Fraction(self.start_s) - Fraction(_SEEK_MARGIN_S)
        pts = self._origin_pts + math.floor(target_s / self._stamps_s)
        try:
            container.seek(pts, stream=stream, backward=True)
            first = next(iter(PacketDecoder(container, stream)), None)
            if first is None or first.pts is None or (first.pts - self._origin_pts) * self._stamps_s > self.start_s:
                return False
            container.seek(pts, stream=stream, backward=True)
        except av.FFmpegError:
            return False
        return True

    def _range(self, container: InputContainer, stream: VideoStream, *, sought: bool) -> Iterator[Kept]:
        decoder = PacketDecoder(container, stream)
        clock = ClipClock(self._stamps_s, self._stored_rate, self._origin_pts)
        timed: Iterator[Kept] = (
            Kept(decoded, clock.time_s(decoded.pts), bool(decoded.is_corrupt)) for decoded in decoder
        )
        if self.info.deinterlaced:
            timed = deinterlace.fields(timed, float(clock.frame_s), self._first_field)
        time_s, ended = 0.0, True
        for frame in timed:
            time_s = frame.time_s
            self.damaged_packets = decoder.damaged_packets
            if self.end_s is not None and time_s >= self.end_s - _EPSILON_S:
                ended = False
                break
            if self.start_s is not None and time_s < self.start_s - _EPSILON_S:
                continue
            self._check_size(frame.decoded)
            self._kept.add(frame)
            self.damaged_frames += frame.damaged
            self.frames_decoded += 1
            yield frame
        self._finish(decoder, clock, stream, time_s, whole=ended and not sought)
        self._kept.finish()

    def _finish(
        self, decoder: PacketDecoder, clock: ClipClock, stream: VideoStream, last_s: float, *, whole: bool
    ) -> None:
        """Warnings that are known only at the end: damage, truncation, repaired time stamps."""
        self.damaged_packets = decoder.damaged_packets
        if whole:
            remark = ending_remark(decoder, stream, self.info)
            self.truncated = remark is not None
            if remark:
                self._say(remark)
        if self.damaged_packets or self.damaged_frames:
            self._say(
                f"damaged video: {self.damaged_packets} damaged packets, {self.damaged_frames} frames with errors"
            )
        # said before, as an assumption, or wished with fps
        if not (self._unstamped and clock.missing == decoder.frames):
            for remark in clock.remarks():
                self._say(remark)
        if not self.frames_decoded:
            raise self._empty_range(last_s)

    def _say(self, warning: str) -> None:
        if warning not in self.warnings:
            self.warnings.append(warning)

    def _empty_range(self, end_s: float) -> UsageError:
        start, end = self.start_s or 0.0, "the end" if self.end_s is None else f"{self.end_s:g} s"
        return UsageError(
            f"no frame between {start:g} s and {end}", f"the clip ends at about {end_s:.3g} s", path=self.path
        )


def _check_range(start_s: float | None, end_s: float | None, fps: Fraction | None, path: Path) -> None:
    for name, value in (("start", start_s), ("end", end_s)):
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise UsageError(f"{name} is {value}", "give seconds since the clip's first frame, 0 or more", path=path)
    if end_s is not None and end_s <= (start_s or 0.0):
        what = f"the range ends at {end_s:g} s, not after its start at {start_s or 0.0:g} s"
        raise UsageError(what, "give an end after the start", path=path)
    if fps is not None and not 0 < fps <= 100_000:
        raise UsageError(
            f"a rate of {float(fps):g} frames/s", "give a positive number, such as 25 or 30000/1001", path=path
        )


def _sample_aspect_ratio(stream: VideoStream) -> tuple[Fraction, list[str]]:
    """Width over height of a stored pixel; 1 where unknown or absurd."""
    ratio = stream.sample_aspect_ratio
    if not ratio or ratio <= 0:
        return Fraction(1), []
    if not Fraction(1, _MAX_ASPECT) <= ratio <= _MAX_ASPECT:
        return Fraction(1), [f"pixel aspect ratio {ratio} cannot be right: taken as square"]
    return Fraction(ratio), []
