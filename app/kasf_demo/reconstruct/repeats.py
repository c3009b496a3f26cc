"""Rows for repeated frames: what was measured in frames with a new image, spread over all frames of a shot.

In a repeat, the 2D keypoints are those of the image it shows; the 3D pose, angles and speeds lie between those of the
images before and after, as the frame's time does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kasf_demo.reconstruct.shot import ShotBodies
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.camera import CameraMotion
from kasf_demo.types.feet import FootPoints, FootPose
from kasf_demo.types.motion import Angles, FootAngles, Motion
from kasf_demo.types.people import Keypoints2D, Person, Pose3D


def fill_repeats(bodies: ShotBodies, distinct: BoolArray, times_s: FloatArray) -> ShotBodies:
    """`bodies` with D rows, one for each True of distinct (n,), as one with n rows; times_s (n,) are those of the
    rows."""
    if distinct.all():
        return bodies
    fill = _Fill(distinct, times_s)
    return replace(
        bodies, camera_motion=fill.camera(bodies.camera_motion), people=[fill.person(p) for p in bodies.people],
        seen=[fill.person(p) for p in bodies.seen], motion=[fill.motion(m) for m in bodies.motion],
        rough={i: fill.angles(a) for i, a in bodies.rough.items()},
    )  # fmt: skip


class _Fill:
    """Takes arrays of D rows to n rows: `held` repeats a row, `between` goes on a straight line in time to the next
    one."""

    def __init__(self, distinct: BoolArray, times_s: FloatArray) -> None:
        self._times_s = times_s
        self._row = np.cumsum(distinct) - 1
        own_s = times_s[distinct]
        self._next = np.minimum(self._row + 1, len(own_s) - 1)
        gap_s = np.where(self._next > self._row, own_s[self._next] - own_s[self._row], 1.0)
        self._share = np.where(distinct, 0.0, (times_s - own_s[self._row]) / gap_s)
        self._share[self._next == self._row] = 0.0

    def held(self, rows: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(rows[self._row])

    def between(self, rows: FloatArray, *, degrees: bool = False) -> FloatArray:
        """A row beside an unknown one is held. degrees: by the shorter way round."""
        before, step = rows[self._row], rows[self._next] - rows[self._row]
        if degrees:
            step = (step + 180) % 360 - 180
        step = np.where(np.isfinite(step), step, 0.0)
        out = before + self._share.reshape(-1, *[1] * (rows.ndim - 1)) * step
        if degrees:  # angles of -180..180 stay there; those that count turns go on
            within = (np.abs(before) <= 180) & (np.abs(rows[self._next]) <= 180) & (np.abs(out) > 180)
            out = np.where(within, out - 360 * np.sign(out), out)
        return np.asarray(out)

    def camera(self, c: CameraMotion) -> CameraMotion:
        return CameraMotion(c.kind, self.held(c.rotation), self.held(c.zoom), self.held(c.reliable))

    def person(self, p: Person) -> Person:
        pose = p.pose
        poses = Pose3D(
            self.between(pose.xyz),
            self.held(pose.score),
            self.held(pose.valid),
            self.held(pose.interpolated),
            self._times_s,
            pose.axes,
            pose.unit,
            doubtful=None if pose.doubtful is None else self.held(pose.doubtful),
            sigma_m=None if pose.sigma_m is None else self.held(pose.sigma_m),
            feet=None if pose.feet is None else self.feet(pose.feet),
            spread_m=None if pose.spread_m is None else self.held(pose.spread_m),
        )
        return Person(p.id, self._keypoints(p.coco), self._keypoints(p.h36m), poses)

    def feet(self, feet: FootPose) -> FootPose:
        return replace(feet.with_rows(lambda values, _: self.held(values)), xyz=self.between(feet.xyz))

    def _keypoints(self, k: Keypoints2D) -> Keypoints2D:
        return Keypoints2D(
            self.held(k.xy), self.held(k.score), self.held(k.valid), self.held(k.interpolated), k.skeleton,
            feet=None if k.feet is None else FootPoints(self.held(k.feet.xy), self.held(k.feet.score)),
            other_side=None if k.other_side is None else self.held(k.other_side),
        )  # fmt: skip

    def angles(self, a: Angles) -> Angles:
        return Angles(
            self._times_s, self.between(a.deg, degrees=True), self.between(a.deg_per_s), self.held(a.doubtful),
            self.between(a.m_per_s), self.held(a.doubtful_points),
            *(None if v is None else self.held(v) for v in (a.sigma_deg, a.sigma_m_per_s)),
        )  # fmt: skip

    def motion(self, m: Motion) -> Motion:
        feet = m.foot_angles
        if feet is not None:
            sigma_deg = None if feet.sigma_deg is None else self.held(feet.sigma_deg)
            feet = FootAngles(self._times_s, self.between(feet.deg, degrees=True), sigma_deg)
        return replace(m, angles=self.angles(m.angles), foot_angles=feet)
