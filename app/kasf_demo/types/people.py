"""People in 2D and 3D: detections, keypoints, tracks, poses. T: frames of a clip; P: people in one frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.arrays import BoolArray, FloatArray, _want, _want_slice
from kasf_demo.types.deprecated import deprecated
from kasf_demo.types.feet import FootPoints, FootPose
from kasf_demo.types.motion import Angles, Events, Motion

COCO_BODY = range(5, 17)  # of COCO-17: shoulders, elbows, wrists, hips, knees, ankles


@dataclass(frozen=True, repr=False)
class Detections:
    """The people detected in one frame: COCO-17 keypoints with boxes, in pixels. Arrays are empty if there is no
    person.

    xy (P, 17, 2); score (P, 17) in 0..1; box (P, 4) as x0, y0, x1, y1; box_score (P,) in 0..1;
    ids (P,) where the source knows identities (a keypoints file), else None. world (P, 12, 3) m: the detector's own 3D
    estimate of shoulders to ankles (COCO_BODY), from the middle of the hips, x right, y down, z away; None if it has
    none. feet: heel and big toe of the P people; None if the source has no feet.
    """

    xy: FloatArray
    score: FloatArray
    box: FloatArray
    box_score: FloatArray
    ids: NDArray[np.int64] | None = None
    world: FloatArray | None = None
    feet: FootPoints | None = None

    def __post_init__(self) -> None:
        p = len(self.xy)
        if self.world is not None:
            _want("world", self.world, (p, len(COCO_BODY), 3))
        if self.feet is not None:
            _want("feet", self.feet.score, (p, 4))
        _want("xy", self.xy, (p, 17, 2))
        _want("score", self.score, (p, 17))
        _want("box", self.box, (p, 4))
        _want("box_score", self.box_score, (p,))

    def __len__(self) -> int:
        return len(self.xy)

    @property
    def xyxy(self) -> FloatArray:
        """(P, 4) the boxes: x0, y0, x1, y1 px."""
        return self.box

    def __repr__(self) -> str:
        return f"Detections({len(self)} {'person' if len(self) == 1 else 'people'})"

    @staticmethod
    def empty() -> Detections:
        """No people. All frames share one object, so that hours without people take no memory."""
        return _NOBODY

    @staticmethod
    @deprecated("Detections.empty()")
    def none() -> Detections:
        """Deprecated: `Detections.empty()`."""
        return _NOBODY


_NOBODY = Detections(
    np.zeros((0, 17, 2), np.float32),
    np.zeros((0, 17), np.float32),
    np.zeros((0, 4), np.float32),
    np.zeros(0, np.float32),
)


@dataclass(frozen=True, repr=False)
class Keypoints2D:
    """One person's 2D keypoints over a whole clip, COCO-17 or Human3.6M-17 by `skeleton`.

    xy (T, 17, 2) px; score (T, 17) in 0..1; valid (T,) frames with a person; interpolated (T,) valid frames filled from
    their neighbours. Rows that are not valid hold NaN in xy and 0 in score. world (T, 12, 3) m: see Detections; NaN in
    rows without an estimate. feet: heel and big toe in the T frames; None if the source has no feet. other_side (T,
    17): joints that the detector had on the other side of the body; None: none are.
    """

    xy: FloatArray
    score: FloatArray
    valid: BoolArray
    interpolated: BoolArray
    skeleton: Literal["coco", "h36m"]
    world: FloatArray | None = None
    feet: FootPoints | None = None
    other_side: BoolArray | None = None

    def __post_init__(self) -> None:
        t = len(self.xy)
        if self.world is not None:
            _want("world", self.world, (t, len(COCO_BODY), 3))
        if self.feet is not None:
            _want("feet", self.feet.score, (t, 4))
        if self.other_side is not None:
            _want("other_side", self.other_side, (t, 17))
        _want("xy", self.xy, (t, 17, 2))
        _want("score", self.score, (t, 17))
        _want("valid", self.valid, (t,))
        _want("interpolated", self.interpolated, (t,))
        if not np.isfinite(self.xy[self.valid]).all():
            raise ValueError("xy: a valid frame holds a value that is not finite")

    def __len__(self) -> int:
        return len(self.xy)

    def __getitem__(self, frames: slice) -> Keypoints2D:
        """Some of the frames, without a copy."""
        _want_slice(frames)
        world = None if self.world is None else self.world[frames]
        feet = None if self.feet is None else self.feet[frames]
        other_side = None if self.other_side is None else self.other_side[frames]
        return Keypoints2D(
            self.xy[frames],
            self.score[frames],
            self.valid[frames],
            self.interpolated[frames],
            self.skeleton,
            world,
            feet,
            other_side,
        )

    def with_sides_changed(self, joints: BoolArray) -> BoolArray | None:
        """`other_side` after `joints` (T, 17) went to the other side once more."""
        if not joints.any():
            return self.other_side
        return joints if self.other_side is None else self.other_side ^ joints

    def __repr__(self) -> str:
        return f"Keypoints2D({self.skeleton}, {len(self)} frames, {int(self.valid.sum())} with a person)"

    @deprecated("keypoints[frames]")
    def part(self, frames: slice) -> Keypoints2D:
        """Deprecated: `keypoints[frames]`."""
        return self[frames]


@dataclass(frozen=True, repr=False)
class Track:
    """One person tracked through the clip: id (1, 2, ...), COCO-17 keypoints, boxes (T, 4) px (NaN in invalid rows)."""

    id: int
    keypoints: Keypoints2D
    box: FloatArray

    def __post_init__(self) -> None:
        _want("box", self.box, (len(self.keypoints), 4))

    def __repr__(self) -> str:
        return f"Track({self.id}: {self.keypoints})"


@dataclass(frozen=True, repr=False)
class Pose3D:
    """One person's 3D joints over a clip (Human3.6M-17), metres.

    xyz (T, 17, 3) in `axes`: "world" is right-handed with z up, x to the image's right, y away from the camera, the
    floor at z = 0; "camera" is x right, y down, z forward with the camera at the origin. root (T, 3) is the pelvis,
    xyz[:, 0]. score (T, 17); valid and interpolated (T,); times_s (T,). Rows that are not valid hold NaN. doubtful (T,
    17): joints with a low score or in an implausible place (see kinematics.plausibility); None: none are. sigma_m (T,
    17): 68 % of the joints are within it of the truth, in 3D, relative to the pelvis (whose own is 0); None if unknown.
    spread_m (T, 17): how far the hypotheses of the lifting network lie from their mean, before the body fit; None for a
    network that draws none. feet: heels and toes in the same axes; None if the source has no feet.
    """

    xyz: FloatArray
    score: FloatArray
    valid: BoolArray
    interpolated: BoolArray
    times_s: FloatArray
    axes: Literal["world", "camera"] = "world"
    unit: str = "m"
    doubtful: BoolArray | None = None
    sigma_m: FloatArray | None = None
    feet: FootPose | None = None
    spread_m: FloatArray | None = None

    def __post_init__(self) -> None:
        t = len(self.xyz)
        _want("xyz", self.xyz, (t, 17, 3))
        _want("score", self.score, (t, 17))
        if self.spread_m is not None:
            _want("spread_m", self.spread_m, (t, 17))
        if self.doubtful is not None:
            _want("doubtful", self.doubtful, (t, 17))
        if self.sigma_m is not None:
            _want("sigma_m", self.sigma_m, (t, 17))
        if self.feet is not None:
            _want("feet", self.feet.score, (t, 4))
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

    def __getitem__(self, frames: slice) -> Pose3D:
        """Some of the frames, without a copy."""
        _want_slice(frames)
        doubtful = None if self.doubtful is None else self.doubtful[frames]
        sigma_m = None if self.sigma_m is None else self.sigma_m[frames]
        return replace(
            self, xyz=self.xyz[frames], score=self.score[frames], valid=self.valid[frames],
            interpolated=self.interpolated[frames], times_s=self.times_s[frames], doubtful=doubtful, sigma_m=sigma_m,
            feet=None if self.feet is None else self.feet[frames],
            spread_m=None if self.spread_m is None else self.spread_m[frames],
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"Pose3D({len(self)} frames, {int(self.valid.sum())} with a pose, {self.axes} axes, {self.unit})"


@dataclass(frozen=True, repr=False)
class Person:
    """Everything known of one person at the end: 2D as detected (COCO) and as lifted (Human3.6M), and 3D."""

    id: int
    coco: Keypoints2D
    h36m: Keypoints2D
    pose: Pose3D
    motion: Motion | None = None  # angles and events, once measured

    @property
    def angles(self) -> Angles:
        """Joint angles, angular velocities and speeds. Raises ValueError if they were not measured."""
        return self.measured.angles

    @property
    def events(self) -> Events:
        """Flights, steps, kick or throw, contacts and symmetry. Raises ValueError if they were not measured."""
        return self.measured.events

    @property
    def measured(self) -> Motion:
        """Angles and events together. Raises ValueError if they were not measured."""
        if self.motion is None:
            raise ValueError("the motion of this person was not measured: take people from the result of analyse")
        return self.motion

    def __len__(self) -> int:
        """The number of frames of the clip."""
        return len(self.pose)

    def __getitem__(self, frames: slice) -> Person:
        """Some of the frames, without a copy. Events stay those of the whole clip."""
        _want_slice(frames)
        motion = None if self.motion is None else _part(self.motion, frames)
        return Person(self.id, self.coco[frames], self.h36m[frames], self.pose[frames], motion)

    def __repr__(self) -> str:
        valid = np.flatnonzero(self.pose.valid)
        times = self.pose.times_s
        span = f", {times[valid[0]]:.2f} to {times[valid[-1]]:.2f} s" if len(valid) else ""
        return f"Person({self.id}: {len(valid)} of {len(self)} frames with a pose{span})"


def _part(motion: Motion, frames: slice) -> Motion:
    feet = None if motion.foot_angles is None else motion.foot_angles.part(frames)
    return replace(motion, angles=motion.angles.part(frames), foot_angles=feet)
