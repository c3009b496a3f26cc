"""The virtual camera of the 3D panel: a mild perspective that looks at a target from an elevation and an azimuth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kasf_demo.types.arrays import FloatArray

_NEAR_SHARE = 0.1  # what comes nearer to the camera than this share of its distance is drawn as if it were there


def view_axes(elev_deg: float, azim_deg: FloatArray | float) -> FloatArray:
    """Rows right, up and toward the viewer (..., 3, 3), in world axes, for a camera at (elev, azim) around its target.

    matplotlib's convention: azim -90 looks along +y, from the source camera's side, with world x to the right.
    """
    e, a = np.radians(elev_deg), np.radians(np.asarray(azim_deg, np.float64))
    zero = np.zeros_like(a)
    right = np.stack([-np.sin(a), np.cos(a), zero], axis=-1)
    up = np.stack([-np.sin(e) * np.cos(a), -np.sin(e) * np.sin(a), zero + np.cos(e)], axis=-1)
    toward = np.stack([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), zero + np.sin(e)], axis=-1)
    return np.stack([right, up, toward], axis=-2)


def perspective(xyz: FloatArray, target: FloatArray, axes: FloatArray, distance_m: float) -> FloatArray:
    """World points (..., 3) -> (right, up, toward): metres right and up as seen at the target's depth, metres toward
    the viewer."""
    seen: FloatArray = np.einsum("...ij,...j->...i", axes, xyz - target)
    seen[..., :2] *= (1 / np.maximum(1 - seen[..., 2] / distance_m, _NEAR_SHARE))[..., None]
    return seen


@dataclass(frozen=True)
class View:
    """One camera path for a whole clip of T frames: distance, scale and the target's height never change.

    azim_deg (T,); target (T, 3) world metres, moving horizontally only; scale_px_per_m at the target's depth;
    centre_px (2,) where the target is seen; radius_m of the floor disc around the target.
    """

    elev_deg: float
    azim_deg: FloatArray
    target: FloatArray
    distance_m: float
    scale_px_per_m: float
    centre_px: FloatArray
    radius_m: float
    _last: list[Any] = field(default_factory=lambda: [-1, None], init=False, repr=False, compare=False)

    @property
    def moves(self) -> bool:
        """Whether the floor must be drawn anew for every frame."""
        return bool(np.ptp(self.azim_deg) > 0 or np.ptp(self.target, axis=0).any())

    def _axes(self, frame: int) -> FloatArray:
        """(3, 3) `view_axes` of a frame; ten calls in a row ask for the same one."""
        if self._last[0] != frame:
            self._last[:] = [frame, view_axes(self.elev_deg, self.azim_deg[frame])]
        return np.asarray(self._last[1])

    def project(self, frame: int, xyz: FloatArray) -> tuple[FloatArray, FloatArray]:
        """World points (..., 3) m in frame number `frame` -> (..., 2) px of the scene (x right, y down) and (...,) m
        toward the viewer."""
        frame = min(max(frame, 0), len(self.azim_deg) - 1)
        seen = perspective(xyz, self.target[frame], self._axes(frame), self.distance_m)
        return self.centre_px + seen[..., :2] * (self.scale_px_per_m, -self.scale_px_per_m), seen[..., 2]

    def magnification(self, toward_m: FloatArray) -> FloatArray:
        """How much larger things are drawn there than at the target's depth."""
        larger: FloatArray = 1 / np.maximum(1 - toward_m / self.distance_m, _NEAR_SHARE)
        return larger
