"""Content of a page: takes (skeletons over time), the clip's proxy video, the lens. Validated on construction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kasf_demo.render.foot_points import foot_points
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.cards import Card
from kasf_demo.types.motion import Angles, FootAngles, Motion
from kasf_demo.types.people import Person

GREY = "#9aa4b2"  # a reference
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
Mark = tuple[float, str | None, str]  # time (s), side, name: as Events.marks gives them


@dataclass(frozen=True)
class ShownCard:
    """A card with the images of its moments: JPEG files, None where there is no image."""

    card: Card
    images: tuple[bytes | None, ...]

    def __post_init__(self) -> None:
        if len(self.images) != len(self.card.moments):
            raise ValueError(f"images: expected {len(self.card.moments)}, got {len(self.images)}")


@dataclass(frozen=True)
class Take:
    """One skeleton over time, T frames of its own.

    name: what the page calls it. xyz (T, 17, 3) metres in world axes (z up, y away from the camera, floor at z = 0),
    NaN where not valid. times_s (T,): when each row is shown, in seconds of the page's time line, never falling; a take
    may have another rate than the
    page, or times moved by an alignment: the row nearest in time is shown. score (T, 17) in 0..1; valid, interpolated
    (T,).
    uv_px (T, 17, 2): the keypoints in the source image, drawn over the video; None draws nothing.
    colour: "#rrggbb" for the whole body; None is blue for left and orange for right. angles: curves for the plots, rows
    as xyz; their own times_s is not used. marks: moments with a name, seconds of the page's time line.
    error_m (T, 17): error of each joint, metres, NaN if unknown: the page marks the worst and lists all.
    camera_height_m: how far the camera was above this take's floor; None where that is not known.
    doubtful (T, 17): joints that are unreliable whatever their score; drawn pale.
    path_reliable (T,): True where the ground trajectory is reliable; None if unknown.
    feet (T, 4, 3) m: l_heel, l_toe, r_heel, r_toe in world axes, NaN where unknown, and feet_px (T, 4, 2) in the source
    image, NaN where they are elsewhere (`foot_points`); None without feet.
    foot_angles: curves of the feet, rows as xyz. cards: of jumps and spins, times in seconds of the page's time line.
    views_px (V, T, 17, 2), views_feet_px (V, T, 4, 2): the skeleton in each view of the page.
    """

    name: str
    xyz: FloatArray
    times_s: FloatArray
    score: FloatArray
    valid: BoolArray
    interpolated: BoolArray
    uv_px: FloatArray | None = None
    colour: str | None = None
    angles: Angles | None = None
    marks: Sequence[Mark] = ()
    error_m: FloatArray | None = None
    spread_m: FloatArray | None = None  # (T, 17) of the lifting network's hypotheses, drawn as balls
    camera_height_m: float | None = None
    path_reliable: BoolArray | None = None
    doubtful: BoolArray | None = None
    feet: FloatArray | None = None
    feet_px: FloatArray | None = None
    foot_angles: FootAngles | None = None
    cards: Sequence[ShownCard] = ()
    views_px: FloatArray | None = None
    views_feet_px: FloatArray | None = None

    def __post_init__(self) -> None:
        t = len(self.xyz)
        shapes = {
            "xyz": (t, 17, 3), "times_s": (t,), "score": (t, 17), "valid": (t,), "interpolated": (t,),
            "uv_px": (t, 17, 2), "error_m": (t, 17), "spread_m": (t, 17), "path_reliable": (t,), "doubtful": (t, 17),
            "feet": (t, 4, 3), "feet_px": (t, 4, 2),
        }  # fmt: skip
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array is not None and np.shape(array) != shape:
                raise ValueError(f"{name}: expected shape {shape}, got {np.shape(array)}")
        if not t or not np.isfinite(self.times_s).all() or (np.diff(self.times_s) < 0).any():
            raise ValueError("times_s: expected one or more finite times that never fall")
        if not np.isfinite(self.xyz[self.valid]).all():
            raise ValueError("xyz: a valid frame holds a value that is not finite")
        for name, curves in (("angles", self.angles), ("foot_angles", self.foot_angles)):
            if curves is not None and len(curves.deg) != t:
                raise ValueError(f"{name}: expected {t} rows, got {len(curves.deg)}")
        for name, points, count in (("views_px", self.views_px, 17), ("views_feet_px", self.views_feet_px, 4)):
            if points is not None and np.shape(points)[1:] != (t, count, 2):
                raise ValueError(f"{name}: expected {t} rows of {count} points, got {np.shape(points)}")
        if self.colour is not None and not _COLOUR.fullmatch(self.colour):
            raise ValueError(f"colour: expected #rrggbb, got {self.colour!r}")

    @classmethod
    def of(
        cls,
        person: Person,
        motion: Motion | None = None,
        *,
        name: str | None = None,
        times_s: FloatArray | None = None,
        **more: Any,
    ) -> Take:
        """A person of a result as a take; `times_s` moves its rows, and its marks with them. `more`: the other fields.

        Raises ValueError unless the pose is in world axes.
        """
        pose = person.pose
        if pose.axes != "world":
            raise ValueError(f"a page shows world axes, got {pose.axes}")
        own_s = np.asarray(pose.times_s, np.float64)
        times_s = own_s if times_s is None else np.asarray(times_s, np.float64)
        marks = motion.events.marks(doubts=True) if motion else []
        moved = [(float(np.interp(at_s, own_s, times_s)), side, what) for at_s, side, what in marks]
        given: dict[str, Any] = {
            "uv_px": person.h36m.xy,
            "doubtful": pose.doubtful,
            "marks": moved,
            "spread_m": pose.spread_m,
        }
        if pose.feet is not None:
            given |= {"feet": pose.feet.xyz, "feet_px": foot_points(person)}
        if motion is not None:
            given |= {"angles": motion.angles, "foot_angles": motion.foot_angles}
        given |= more
        return cls(name or f"Person {person.id}", pose.xyz, times_s, pose.score, pose.valid, pose.interpolated, **given)


@dataclass(frozen=True)
class ProxyVideo:
    """The proxy video that the page embeds: an mp4 that browsers play; frame k of the page is shown from media_s[k] on
    (T,).

    width_px, height_px: the source image, in whose pixels uv_px of the takes are given; video_px: width and height of
    the mp4, which may be smaller; None if they are the same.
    """

    mp4: bytes = field(repr=False)
    media_s: FloatArray
    width_px: int
    height_px: int
    video_px: tuple[int, int] | None = None


@dataclass(frozen=True)
class FilmedView:
    """One of several cameras of a page. tile_px: left, top, width and height of its part of the page's video, px of the
    mp4; width_px, height_px: its image, in whose pixels points of it are given. position_m (3,) in the world; rotation
    (3, 3) from the world to the camera's axes (x right, y down, z forward); focal_px."""

    name: str
    tile_px: tuple[int, int, int, int]
    width_px: int
    height_px: int
    position_m: FloatArray
    rotation: FloatArray
    focal_px: float

    def __post_init__(self) -> None:
        if np.shape(self.position_m) != (3,) or np.shape(self.rotation) != (3, 3):
            raise ValueError("a camera stands at 3 numbers and is turned by 3 times 3")


@dataclass(frozen=True)
class Lens:
    """Lens for the 3D view from the camera position: at x = y = 0, pitched down by tilt_deg."""

    focal_px: float
    tilt_deg: float


@dataclass(frozen=True)
class Page:
    """One page. title: shown and used as the document's title; any text. takes: drawn together, the first is active at
    the start.

    times_s (T,): the frames of the page's time line, strictly rising; None takes those of the first take. picture: its
    media_s has as many frames. notes: sentences for the reader (scale, warnings), shown behind the (i). cuts_s: the
    times at which the second and each later shot begins, marked on the time axes. views: several cameras, each a part
    of the picture.
    """

    title: str
    takes: Sequence[Take]
    picture: ProxyVideo | None = None
    lens: Lens | None = None
    times_s: FloatArray | None = None
    notes: Sequence[str] = ()
    cuts_s: Sequence[float] = ()
    views: Sequence[FilmedView] = ()

    def __post_init__(self) -> None:
        if self.times_s is None and not self.takes:
            raise ValueError("a page without takes needs times_s")
        times_s = self.frames_s
        if not len(times_s) or not np.isfinite(times_s).all() or (np.diff(times_s) <= 0).any():
            raise ValueError("times_s: expected one or more finite, strictly rising times")
        if self.picture is not None and len(self.picture.media_s) != len(times_s):
            raise ValueError(f"picture: expected {len(times_s)} frames, got {len(self.picture.media_s)}")
        for take in self.takes:
            if self.views and take.views_px is not None and len(take.views_px) != len(self.views):
                raise ValueError(f"views_px: expected {len(self.views)} views, got {len(take.views_px)}")

    @property
    def frames_s(self) -> FloatArray:
        """(T,) the times of the time line."""
        return np.asarray(self.takes[0].times_s if self.times_s is None else self.times_s, np.float64)
