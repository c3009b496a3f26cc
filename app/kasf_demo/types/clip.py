"""What is known of a clip, and one decoded frame. Pixels: x right, y down, (0, 0) the corner of the first pixel."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from kasf_demo.types.arrays import Image, _want


@dataclass(frozen=True)
class ContentArea:
    """The part of a frame that shows video, not bars, in px: left <= x < right, top <= y < bottom."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of an image (H, W, ...)."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


@dataclass(frozen=True)
class VideoInfo:
    """What is known of a clip before decoding it. Width and height are upright and in square pixels."""

    path: Path
    width: int
    height: int
    fps: Fraction  # the stream's own rate; nominal where the rate varies
    time_base: Fraction
    codec: str
    container: str
    rotation_deg: int = 0  # what the display matrix asked for, already applied to every frame
    mirrored: bool = False
    sample_aspect_ratio: Fraction = Fraction(1)
    has_audio: bool = False
    audio_codec: str | None = None
    declared_frames: int | None = None  # what the container claims: never allocate from it
    duration_s: float | None = None
    stream_index: int = 0
    transfer: Literal["sdr", "sdr-bt2020", "hlg", "pq"] = "sdr"  # of the source; frames are SDR with BT.709 primaries
    deinterlaced: bool = False  # each stored frame became two: `fps` counts fields, `declared_frames` stored frames
    capture: CaptureRate | None = None  # the recorded rate according to the file's metadata
    warnings: tuple[str, ...] = ()
    bars_around: ContentArea | None = None  # the content, if there are bars around it

    @property
    def content(self) -> ContentArea:
        """The part of each frame that shows video: all of it unless there are bars."""
        return self.bars_around or self.whole

    @property
    def whole(self) -> ContentArea:
        """All of each frame."""
        return ContentArea(0, 0, self.width, self.height)


@dataclass(frozen=True)
class Frame:
    """One decoded frame. `time_s` counts from the clip's first decoded frame at its stream time; times rise
    strictly."""

    index: int
    time_s: float
    image: Image  # (H, W, 3) RGB
    damaged: bool = False

    def __post_init__(self) -> None:
        _want("image", self.image, (None, None, 3))


@dataclass(frozen=True)
class CaptureRate:
    """The recorded rate according to the file's metadata. fps: frames per second of real time. tag: the metadata field.
    playback_fps: the playback rate in the same field, frames/s, or None."""

    fps: float
    tag: str
    playback_fps: float | None = None
