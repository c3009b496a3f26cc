"""The camera of a clip: lens, motion and orientation, and the floor that it stands over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.clip import ContentArea, VideoInfo

Kind = Literal["still", "turns", "moves", "unknown"]
MAX_LOST = 0.05  # share of frames in which the motion of a camera that is `known` may be unreliable


@dataclass(frozen=True, repr=False)
class CameraMotion:
    """kind: `still`; `turns` (rotates and zooms about its centre: compensated); `moves` (translates: not compensated);
    `unknown` if the background shows too little.

    rotation (T, 3, 3) takes directions in the first frame's axes to those of each frame. zoom (T,) is each frame's
    focal length divided by that of the first frame. Unless the camera `turns`, rotations are the identity and zooms 1.
    reliable (T,): True if ground trajectories are reliable. `camera.compensate` undoes the motion.
    """

    kind: Kind
    rotation: FloatArray
    zoom: FloatArray
    reliable: BoolArray

    def __repr__(self) -> str:
        return f"CameraMotion({self.kind}, {len(self.zoom)} frames, {int(self.reliable.sum())} reliable)"

    @classmethod
    def none(cls, frames: int, kind: Kind = "unknown") -> CameraMotion:
        """A static camera: known to be (`still`), or assumed to be because nothing better is known."""
        turned = np.broadcast_to(np.eye(3), (frames, 3, 3))  # one for all frames
        return cls(kind, turned, np.broadcast_to(1.0, (frames,)), np.full(frames, kind == "still"))

    @property
    def known(self) -> bool:
        """True if the camera does not translate and its rotation is known in nearly all frames: a level floor stays
        level."""
        return (
            self.kind in ("still", "turns") and bool(len(self.reliable)) and float(self.reliable.mean()) >= 1 - MAX_LOST
        )

    @property
    def turned_deg(self) -> float:
        """The largest angle, degrees, between the viewing direction of any frame and that of the first."""
        ahead = self.rotation[:, 2, 2]
        return float(np.degrees(np.arccos(np.clip(ahead, -1, 1))).max(initial=0.0))

    @property
    def pan_tilt_roll_deg(self) -> FloatArray:
        """(T, 3) by how much the camera has turned since the first frame: right, down, and so that the image turns
        clockwise.

        Intrinsic angles about y, x and z: a roll does not change pan and tilt. Angles are continuous over the clip.
        """
        r = self.rotation  # Rz(roll) Rx(tilt) Ry(-pan)
        pan, tilt, roll = (
            np.arctan2(r[:, 2, 0], r[:, 2, 2]),
            np.arcsin(np.clip(r[:, 2, 1], -1, 1)),
            np.arctan2(-r[:, 0, 1], r[:, 1, 1]),
        )
        return np.asarray(np.degrees(np.unwrap(np.stack([pan, tilt, roll], axis=-1), axis=0)))


@dataclass(frozen=True)
class Camera:
    """A pinhole camera without distortion, principal point in the image centre. Lengths in px. source: where it comes
    from."""

    focal_px: float
    cx_px: float
    cy_px: float
    source: Literal["assumed", "given", "estimated"] = "assumed"

    @classmethod
    def of(cls, info: VideoInfo, *, fov_deg: float | None, focal_px: float | None) -> Camera:
        """From the horizontal field of view of the clip's longer side (a phone held upright has the same lens), or the
        focal length.

        The lens shows the content, not the bars around it.
        """
        return cls.of_area(info.content, fov_deg=fov_deg, focal_px=focal_px)

    @classmethod
    def of_area(cls, area: ContentArea, *, fov_deg: float | None, focal_px: float | None) -> Camera:
        """As `of`, from the part of the image that the lens shows."""
        centre = (area.left + area.right) / 2, (area.top + area.bottom) / 2
        if focal_px is None:
            side = max(area.width, area.height)
            focal_px = side / 2 / float(np.tan(np.radians(fov_deg or DEFAULT_FOV_DEG) / 2))
            return cls(focal_px, *centre, "assumed" if fov_deg is None else "given")
        return cls(focal_px, *centre, "given")


DEFAULT_FOV_DEG = 65.0  # phones film with 58 to 70 degrees (docs/decisions.md, "The assumed lens")
Part = tuple[float, float]  # degrees, and their standard deviation


@dataclass(frozen=True)
class CameraAngle:
    """Tilt or roll of the camera in the first frame. `parts`: the values that an estimate combines, by name."""

    deg: float
    source: Literal["given", "estimated", "assumed"]
    sigma_deg: float | None = None
    parts: dict[str, Part] = field(default_factory=dict)


@dataclass(frozen=True)
class Orientation:
    """Where the vertical is in the camera's axes at the first frame. tilt: how far the camera looks down; roll: how far
    the image is turned clockwise, about the optical axis. conflict: one line if the sources disagree."""

    tilt: CameraAngle
    roll: CameraAngle
    conflict: str | None = None

    @classmethod
    def of(
        cls,
        tilt_deg: float = 0.0,
        roll_deg: float = 0.0,
        source: Literal["given", "estimated", "assumed"] = "given",
    ) -> Orientation:
        """Both angles from one source, without uncertainties."""
        return cls(CameraAngle(tilt_deg, source), CameraAngle(roll_deg, source))

    @property
    def level(self) -> FloatArray:
        """(3, 3) takes directions in the first frame's axes (x right, y down, z forward) to those of a level camera
        with the same heading: undoes the roll, then the tilt."""
        tilt, roll = np.radians([self.tilt.deg, self.roll.deg])
        pitched = np.array([[1, 0, 0], [0, np.cos(tilt), np.sin(tilt)], [0, -np.sin(tilt), np.cos(tilt)]])
        upright = np.array([[np.cos(roll), np.sin(roll), 0], [-np.sin(roll), np.cos(roll), 0], [0, 0, 1.0]])
        return np.asarray(pitched @ upright)

    @property
    def to_world(self) -> FloatArray:
        """(3, 3) takes directions in the first frame's axes to the world's: x right, y away, z up."""
        return np.asarray(np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]) @ self.level)

    def rolls_deg(self, motion: CameraMotion) -> FloatArray:
        """(T,) the roll of each frame."""
        up = -(motion.rotation @ self.level[1])
        return np.asarray(np.degrees(np.arctan2(up[:, 0], -up[:, 1])))


@dataclass(frozen=True, repr=False)
class Floor:
    """Estimated floor height, metres above the camera, before the floor was moved to z = 0. (T,) or one value.

    `constant`: one height. `plane`: one plane for the clip. The real floor is level; an error in camera tilt or roll
    makes it appear inclined. slope_deg (2,): its rise along x and y. `running`: a slow curve over time, for a camera
    whose motion is unknown.
    """

    kind: Literal["constant", "plane", "running"]
    height_m: FloatArray
    slope_deg: tuple[float, float] | None = None

    def __repr__(self) -> str:
        return f"Floor({self.kind}, camera {self.camera_height_m:.2f} m above)"

    @property
    def camera_height_m(self) -> float:
        """Height of the camera above the floor, m, median over time."""
        return float(-np.median(self.height_m))
