"""The values that travel between rooms, checked where they are made.

T is the number of decoded frames of a clip, K the number of keypoints (17), P the people in one frame.
Pixels are those of the upright, square-pixel picture: x right, y down, (0, 0) the corner of the first pixel.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from kasf_demo.camera_motion import CameraMotion
    from kasf_demo.motion import Angles, Events, Motion
    from kasf_demo.shots.shot import Shot

FloatArray = NDArray[np.floating[Any]]
BoolArray = NDArray[np.bool_]
Image = NDArray[np.uint8]


def _want(name: str, array: NDArray[Any], shape: tuple[int | None, ...]) -> None:
    ok = array.ndim == len(shape) and all(want in (None, got) for got, want in zip(array.shape, shape, strict=True))
    if not ok:
        raise ValueError(f"{name}: expected shape {shape} (None is any), got {array.shape}")


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
class CaptureRate:
    """How fast a clip was recorded, as the file says. fps: frames per second of real time. tag: where that is written. playback_fps: what
    the same tag calls the rate of playback, frames/s, if it does."""

    fps: float
    tag: str
    playback_fps: float | None = None


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
    capture: CaptureRate | None = None  # what the file says of its recorded rate
    warnings: tuple[str, ...] = ()
    bars_around: ContentArea | None = None  # the content, if there are bars around it

    @property
    def content(self) -> ContentArea:
        """The part of each frame that shows video: all of it unless there are bars."""
        return self.bars_around or ContentArea(0, 0, self.width, self.height)


@dataclass(frozen=True)
class Frame:
    """One decoded frame. `time_s` counts from the clip's first decoded frame at its stream time; times rise strictly."""

    index: int
    time_s: float
    image: Image  # (H, W, 3) RGB
    damaged: bool = False

    def __post_init__(self) -> None:
        _want("image", self.image, (None, None, 3))


@dataclass(frozen=True)
class Detections:
    """The people found in one frame: COCO-17 keypoints with boxes, in pixels. Empty arrays where nobody is.

    xy (P, 17, 2); score (P, 17) in 0..1; box (P, 4) as x0, y0, x1, y1; box_score (P,) in 0..1;
    ids (P,) where the source knows identities (a keypoints file), else None.
    """

    xy: FloatArray
    score: FloatArray
    box: FloatArray
    box_score: FloatArray
    ids: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        p = len(self.xy)
        _want("xy", self.xy, (p, 17, 2))
        _want("score", self.score, (p, 17))
        _want("box", self.box, (p, 4))
        _want("box_score", self.box_score, (p,))

    def __len__(self) -> int:
        return len(self.xy)

    @staticmethod
    def none() -> Detections:
        """Nobody. One object for all frames: two hours in which nobody is seen should cost nothing."""
        return _NOBODY


_NOBODY = Detections(np.zeros((0, 17, 2), np.float32), np.zeros((0, 17), np.float32), np.zeros((0, 4), np.float32), np.zeros(0, np.float32))


class Detector(Protocol):
    """Finds people in frames, which arrive in order. One file of `detect/` each; vendors' results stop there."""

    name: str  # as in --detector
    weights: str  # a file or model name, for the record
    weights_sha256: str | None
    warnings: list[str]  # what the user should know; complete after `close`

    def detect(self, frame: Frame) -> Detections:
        """People in `frame`, pixels of that frame."""

    def close(self) -> None:
        """Frees what the detector holds. May be called twice."""


@dataclass(frozen=True)
class Keypoints2D:
    """One person's 2D keypoints over a whole clip, COCO-17 or Human3.6M-17 by `skeleton`.

    xy (T, 17, 2) px; score (T, 17) in 0..1; valid (T,) frames with a person; interpolated (T,) valid frames filled from
    their neighbours. Rows that are not valid hold NaN in xy and 0 in score.
    """

    xy: FloatArray
    score: FloatArray
    valid: BoolArray
    interpolated: BoolArray
    skeleton: Literal["coco", "h36m"]

    def __post_init__(self) -> None:
        t = len(self.xy)
        _want("xy", self.xy, (t, 17, 2))
        _want("score", self.score, (t, 17))
        _want("valid", self.valid, (t,))
        _want("interpolated", self.interpolated, (t,))
        if not np.isfinite(self.xy[self.valid]).all():
            raise ValueError("xy: a valid frame holds a value that is not finite")

    def __len__(self) -> int:
        return len(self.xy)

    def part(self, frames: slice) -> Keypoints2D:
        """Of some frames; shares memory with the whole."""
        return Keypoints2D(self.xy[frames], self.score[frames], self.valid[frames], self.interpolated[frames], self.skeleton)


@dataclass(frozen=True)
class Track:
    """One person followed through the clip: id (1, 2, ...), COCO-17 keypoints, boxes (T, 4) px (NaN where not valid)."""

    id: int
    keypoints: Keypoints2D
    box: FloatArray

    def __post_init__(self) -> None:
        _want("box", self.box, (len(self.keypoints), 4))


@dataclass(frozen=True)
class Pose3D:
    """One person's 3D joints over a clip (Human3.6M-17), metres.

    xyz (T, 17, 3) in `axes`: "world" is right-handed with z up, x to the picture's right, y away from the camera, the floor
    at z = 0; "camera" is x right, y down, z forward with the camera at the origin. root (T, 3) is the pelvis, xyz[:, 0].
    score (T, 17); valid and interpolated (T,); times_s (T,). Rows that are not valid hold NaN. doubtful (T, 17): joints with a low score or
    in an implausible place (see kinematics.plausibility); None: none are.
    """

    xyz: FloatArray
    score: FloatArray
    valid: BoolArray
    interpolated: BoolArray
    times_s: FloatArray
    axes: Literal["world", "camera"] = "world"
    unit: str = "m"
    doubtful: BoolArray | None = None

    def __post_init__(self) -> None:
        t = len(self.xyz)
        _want("xyz", self.xyz, (t, 17, 3))
        _want("score", self.score, (t, 17))
        if self.doubtful is not None:
            _want("doubtful", self.doubtful, (t, 17))
        for name in ("valid", "interpolated", "times_s"):
            _want(name, getattr(self, name), (t,))
        if not np.isfinite(self.xyz[self.valid]).all():
            raise ValueError("xyz: a valid frame holds a value that is not finite")

    @property
    def in_doubt(self) -> BoolArray:
        """(T, 17) `doubtful`, False for None."""
        return np.zeros(self.score.shape, bool) if self.doubtful is None else self.doubtful

    @property
    def root(self) -> FloatArray:
        """(T, 3) the pelvis."""
        return self.xyz[:, 0]

    def __len__(self) -> int:
        return len(self.xyz)


@dataclass(frozen=True)
class Person:
    """Everything known of one person at the end: 2D as detected (COCO) and as lifted (Human3.6M), and 3D."""

    id: int
    coco: Keypoints2D
    h36m: Keypoints2D
    pose: Pose3D


@dataclass
class Result:
    """What `analyse` returns. times_s (T,) are real seconds; media_s (T,) the time stamps of the clip as played, if they are others (slow
    motion, repeated frames): `played_s` is what the video and --start and --end count in. `files` are the outputs written; `report` is the
    content of the JSON beside them.

    `motion` holds what was measured of each of `people`, in their order: `angles` and `events` are its parts. Always in world axes.
    """

    video: VideoInfo
    times_s: FloatArray
    people: list[Person]
    files: list[Path] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)
    motion: list[Motion] = field(default_factory=list)
    camera: CameraMotion | None = None  # how the camera turned, and in which frames the path over the ground may be trusted
    shots: tuple[Shot, ...] = ()  # in order; a person has poses in one of them only
    media_s: FloatArray | None = None

    @property
    def played_s(self) -> FloatArray:
        """(T,) the time stamps of the clip as played, s."""
        return self.times_s if self.media_s is None else self.media_s

    @property
    def cuts_s(self) -> list[float]:
        """The times at which the second and each later shot begins."""
        return [float(self.times_s[shot.start]) for shot in self.shots[1:]]

    @property
    def angles(self) -> list[Angles]:
        """Joint angles, angular velocities and speeds of each person."""
        return [m.angles for m in self.motion]

    @property
    def events(self) -> list[Events]:
        """Flights, steps, kick or throw, contacts and symmetry of each person."""
        return [m.events for m in self.motion]
