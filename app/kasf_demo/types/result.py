"""What an analysis returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import Camera, CameraMotion, Floor, Orientation
from kasf_demo.types.clip import VideoInfo
from kasf_demo.types.deprecated import deprecated
from kasf_demo.types.motion import Angles, Events, Motion
from kasf_demo.types.people import Person
from kasf_demo.types.shot import Shot

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, repr=False)
class Scene:
    """The camera, its orientation and its motion over all T frames, and the floors. In a clip of several shots, camera
    and orientation are those of the first shot with a person of the result.

    By a person's id: floors; orientations of the camera of the person's shot; insets: box, px, of the inset that the
    person is in, where no camera motion is compensated."""

    camera: Camera
    motion: CameraMotion
    orientation: Orientation
    floors: Mapping[int, Floor]
    orientations: Mapping[int, Orientation] = field(default_factory=dict)
    insets: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    def __repr__(self) -> str:
        tilt, roll = self.orientation.tilt.deg, self.orientation.roll.deg
        lens = f"{self.camera.focal_px:.0f} px {self.camera.source}"
        return f"Scene(focal length {lens}, tilt {tilt:.1f}°, roll {roll:.1f}°, {self.motion})"


@dataclass(frozen=True)
class Provenance:
    """What a result was made from, and with: size and SHA-256 of the clip; truncated: whether its end is missing; names
    of the detector, its weights and the lifting network; the standing height that sets the scale, given or assumed."""

    clip_bytes: int
    clip_sha256: str
    truncated: bool
    detector: str
    detector_weights: str | None
    lifter: str
    height_m: float
    height_given: bool


@dataclass(repr=False)
class Result:
    """What `analyse` returns. times_s (T,) are real seconds; media_s (T,) the time stamps of the clip as played, if
    they are others (slow motion, repeated frames): `played_s` is what the video and --start and --end count in. `files`
    are the outputs written; `report` is the content of the JSON beside them.

    `motion` holds what was measured of each of `people`, in their order: `angles` and `events` are its parts. Always in
    world axes.
    """

    video: VideoInfo
    times_s: FloatArray
    people: list[Person]
    files: list[Path] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)
    motion: list[Motion] = field(default_factory=list)
    # how the camera turned, and in which frames the ground trajectory may be trusted
    camera: CameraMotion | None = None
    shots: tuple[Shot, ...] = ()  # in order; a person has poses in one of them only
    media_s: FloatArray | None = None
    replaced: str = ""  # with --overwrite: what became of the earlier result's other files
    scene: Scene | None = None
    provenance: Provenance | None = None

    @property
    def played_s(self) -> FloatArray:
        """(T,) the time stamps of the clip as played, s."""
        return self.times_s if self.media_s is None else self.media_s

    @property
    def cuts_s(self) -> list[float]:
        """The times at which the second and each later shot begins."""
        return [float(self.times_s[shot.start]) for shot in self.shots[1:]]

    @property
    @deprecated("result.people[i].angles")
    def angles(self) -> list[Angles]:
        """Deprecated: `result.people[i].angles`."""
        return [m.angles for m in self.motion]

    @property
    @deprecated("result.people[i].events")
    def events(self) -> list[Events]:
        """Deprecated: `result.people[i].events`."""
        return [m.events for m in self.motion]

    def __len__(self) -> int:
        """The number of frames of the clip."""
        return len(self.times_s)

    def __repr__(self) -> str:
        people = f"{len(self.people)} {'person' if len(self.people) == 1 else 'people'}"
        shots = f", {len(self.shots)} shots" if len(self.shots) > 1 else ""
        seconds = float(self.times_s[-1] - self.times_s[0]) if len(self) else 0.0
        return f"Result({self.video.path.name}: {len(self)} frames, {seconds:.2f} s, {people}{shots})"

    def to_dataframe(self) -> DataFrame:
        """The joints as a pandas table, tidy as the CSV: a row per frame, person and joint, with the same columns and
        `doubtful`; NaN without a pose.

        Raises ImportError if pandas is not installed (extra `pandas`).
        """
        try:
            from kasf_demo.types.dataframe import joints_table
        except ImportError as error:
            raise ImportError("to_dataframe needs pandas: pip install 'kasf-demo[pandas]'") from error
        return joints_table(self.people, self.times_s)
