"""What several cameras see of bodies, what is known before, and what a fit of cameras and bodies returns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from kasf_demo.multiview.cameras import Cameras
from kasf_demo.types.arrays import FloatArray, _want


@dataclass(frozen=True)
class Views:
    """What C cameras see at M moments of a person with J joints and B bones.

    xy (C, M, J, 2) px with sigma_px (C, M, J), infinite where not seen; speed_px (C, M, J, 2) px/s. directions (C, M,
    B, 3): unit vectors of bones in each camera's axes, by the lifting network; NaN if unknown. bones (B, 2) joints.
    person (M,): whose moment it is, 0 .. P-1. lengths_m (P, B) of bones as expected. twins: bones of
    equal length, left and right. independent: how many of the
    moments are worth one whose errors are independent of the others'. moment_s (M,): when they are, from their middle;
    None: all at 0.
    """

    xy: FloatArray
    sigma_px: FloatArray
    speed_px: FloatArray
    directions: FloatArray
    bones: Any
    person: Any
    lengths_m: FloatArray
    twins: tuple[tuple[int, int], ...] = ()
    independent: float = 1.0
    moment_s: FloatArray | None = None

    def __post_init__(self) -> None:
        c, m, j = self.sigma_px.shape
        _want("xy", self.xy, (c, m, j, 2))
        _want("speed_px", self.speed_px, (c, m, j, 2))
        _want("directions", self.directions, (c, m, len(self.bones), 3))
        _want("person", self.person, (m,))

    def moments(self, which: Any) -> Views:
        """Some of the moments."""
        cut = {name: getattr(self, name)[:, which] for name in ("xy", "sigma_px", "speed_px", "directions")}
        moment_s = None if self.moment_s is None else self.moment_s[which]
        return replace(self, person=self.person[which], moment_s=moment_s, **cut)


@dataclass(frozen=True)
class Known:
    """How well things are known before, as standard deviations: log focal lengths (C,); offsets of clocks (C,) s, that
    of camera 0 is not used; the rotation of lifted poses in a view, rad; a lifted bone's direction beyond it, rad; a
    bone's expected length (B,), and of all of a person's together, as shares; a bone's length from moment to moment, m.
    drift: by which share a clock may be faster than the first one, None: not at all. up (C, 3): the vertical in each
    camera's axes with up_sigma (C,) rad, infinite if unknown."""

    log_focal: FloatArray
    offset_s: FloatArray
    lean: float = 0.2
    direction: float = 0.25
    length: FloatArray | float = 0.08
    stature: float = 0.1
    constant_m: float = 0.015
    drift: float | None = None
    up: FloatArray | None = None
    up_sigma: FloatArray | None = None


@dataclass(frozen=True)
class State:
    """Values of the unknowns. offset_s (C,): added to the times at which a camera is read. lean (C, 3, 3) takes lifted
    poses to true ones in a camera's axes. lengths_m (P, B). points (M, J, 3) m in the axes of camera 0. drift (C,): by
    which share a clock is faster than the first one; None: 0."""

    cameras: Cameras
    offset_s: FloatArray
    lean: FloatArray
    lengths_m: FloatArray
    points: FloatArray
    drift: FloatArray | None = None


@dataclass(frozen=True)
class Fitted:
    """state: the estimate. covariance: of rotation (rad) and translation (m) of cameras 1 .. C-1, (6 (C-1), 6 (C-1)).
    offset_sigma_s (C,): of the clocks' offsets; drift_sigma (C,): of their rates. off_sigma (C, M, J): distances of
    keypoints from projected joints in standard deviations, NaN where not seen."""

    state: State
    cost: float
    covariance: FloatArray
    off_sigma: FloatArray
    offset_sigma_s: FloatArray
    drift_sigma: FloatArray
