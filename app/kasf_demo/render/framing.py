"""One scale, one floor and one view box for the whole clip: a jump goes up, nothing pulses.

The box holds every frame of every person except stray ones (a lifting failure far from everything else). A fixed camera
is taken where it shows the athlete large enough; else the camera follows a smooth path horizontally. It never follows
vertically.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kasf_demo.render.camera import View, perspective, view_axes
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.people import Pose3D

STANDING_SHARE = 0.66  # of the panel's height, for an athlete at full stretch, where the motion leaves room for it
FOLLOW_BELOW_SHARE = 0.46  # a fixed camera that would draw the athlete smaller than this gives way to one that follows
FOLLOW_SMOOTH_S = 0.6  # standard deviation of the path's smoothing: longer than a stride
STRAY_M = 1.5  # frames farther than this (and a quarter of the span) outside the middle 90 % are stray
BODY_MARGIN_M = 0.13  # joints are inside the body
MIN_BODY_M = 1.2  # an athlete crouching in the whole clip is not enlarged to full height
FLOOR_MARGIN_M = 0.35
MIN_FLOOR_M = 1.0
MIN_DISTANCE_M = 6.0  # a nearer camera would make noise in depth visible as pulsing size
_DEFAULT_BODY: FloatArray = np.array([[-0.3, -0.3, 0.0], [0.3, 0.3, 1.75]])


@dataclass(frozen=True)
class DrawArea:
    """The drawing area of the scene, and the height of the panel it is part of, pixels."""

    width: int
    height: int
    panel_height: int


def world_xyz(pose: Pose3D) -> FloatArray:
    """(T, 17, 3) in world axes. Poses in camera axes know no floor: the lowest joints become it."""
    xyz = np.asarray(pose.xyz, np.float64)
    if pose.axes == "world":
        return xyz
    out = _upright(xyz)
    if pose.valid.any():
        out[..., 2] -= _lowest(out, pose)
    return out


def world_feet(pose: Pose3D) -> FloatArray | None:
    """(T, 4, 3) heels and toes beside `world_xyz`; None without feet."""
    if pose.feet is None:
        return None
    feet = np.asarray(pose.feet.xyz, np.float64)
    if pose.axes == "world" or not pose.valid.any():
        return feet
    out = _upright(feet)
    out[..., 2] -= _lowest(_upright(np.asarray(pose.xyz, np.float64)), pose)
    return out


def _upright(points: FloatArray) -> FloatArray:
    right, down, forward = np.moveaxis(points, -1, 0)
    return np.stack([right, forward, -down], axis=-1)


def _lowest(xyz: FloatArray, pose: Pose3D) -> float:
    return float(np.percentile(xyz[pose.valid][..., 2].min(-1), 2))


def steady(xyz: FloatArray, valid: BoolArray) -> BoolArray:
    """(T,) valid frames that lie where the person's other frames do, or near."""
    kept = valid.copy()
    if not valid.any():
        return kept
    low, high = xyz[valid].min(1), xyz[valid].max(1)  # (V, 3)
    bottom = np.percentile(low, 5, axis=0, method="higher")
    top = np.percentile(high, 95, axis=0, method="lower")
    reach = STRAY_M + 0.25 * np.abs(top - bottom)
    kept[valid] = ((low >= bottom - reach) & (high <= top + reach)).all(1)
    return kept if kept.any() else valid.copy()


def follow_path(people: Sequence[FloatArray], kept: Sequence[BoolArray], times_s: FloatArray) -> FloatArray:
    """(T, 2) the smoothed mean of the people's pelvises on the floor: zero lag, and straight motion stays straight to
    its ends."""
    index = np.arange(len(times_s))
    held = [
        np.stack([np.interp(index, np.flatnonzero(k), xyz[k, 0, axis]) for axis in (0, 1)], axis=-1)
        for xyz, k in zip(people, kept, strict=True)
        if k.any()
    ]
    path = np.mean(held, axis=0)
    step_s = float(np.median(np.diff(times_s))) if len(times_s) > 1 else 1.0
    sigma = FOLLOW_SMOOTH_S / max(step_s, 1e-3)
    half = min(int(3 * sigma) + 1, max(len(path) - 1, 1))
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    padded = (
        np.pad(path, ((half, half), (0, 0)), mode="reflect", reflect_type="odd")
        if len(path) > 1
        else np.repeat(path, 3, 0)
    )
    return np.stack([np.convolve(column, kernel / kernel.sum(), mode="valid") for column in padded.T], axis=-1)[
        : len(path)
    ]


def fit_view(
    poses: Sequence[Pose3D],
    times_s: FloatArray,
    panel: DrawArea,
    *,
    elev_deg: float,
    azim_deg: float | FloatArray,
    orbit_deg_per_s: float = 0.0,
) -> View:
    """The camera for a clip: fixed where that shows the athlete well, else following. times_s (T,); azim_deg: one, or
    (T,)."""
    people = [world_xyz(pose) for pose in poses]
    kept = [steady(xyz, pose.valid) for xyz, pose in zip(people, poses, strict=True)]
    frames = max(len(times_s), 1)
    azim = azim_deg + orbit_deg_per_s * (times_s if len(times_s) else np.zeros(1))
    blank = View(elev_deg, azim, np.zeros((frames, 3)), MIN_DISTANCE_M, 1.0, np.zeros(2), MIN_FLOOR_M)
    if not any(k.any() for k in kept):
        return _scaled(blank, np.repeat(_DEFAULT_BODY[None], frames, 0), np.arange(frames), panel)[0]
    points = np.concatenate([xyz[k] for xyz, k in zip(people, kept, strict=True)])  # (N, 17, 3)
    rows = np.concatenate([np.flatnonzero(k) for k in kept])
    low, high = points.min((0, 1)), points.max((0, 1))
    middle = (low + high) / 2
    fixed, share = _scaled(replace(blank, target=np.tile(middle, (frames, 1))), points, rows, panel)
    if share >= FOLLOW_BELOW_SHARE:
        return fixed
    path = np.column_stack([follow_path(people, kept, times_s), np.full(frames, middle[2])])
    following, larger = _scaled(replace(blank, target=path), points, rows, panel)
    return following if larger > 1.15 * share else fixed


def _scaled(view: View, points: FloatArray, rows: NDArray[np.integer[Any]], panel: DrawArea) -> tuple[View, float]:
    """`view` set so that points (N, J, 3) m of frames `rows` (N,) fill the panel, and the share of its height that the
    athlete takes."""
    offset = points - view.target[rows][:, None]
    floor_reach = float(np.hypot(offset[..., 0], offset[..., 1]).max())
    distance = max(MIN_DISTANCE_M, 4.0 * float(np.linalg.norm(offset, axis=-1).max()))
    axes = view_axes(view.elev_deg, view.azim_deg[rows])
    seen = perspective(points, view.target[rows][:, None], axes[:, None], distance)[..., :2]
    shadow = perspective(points * (1, 1, 0), view.target[rows][:, None], axes[:, None], distance)[..., :2]
    both = np.concatenate([seen, shadow], axis=1)
    low, high = both.min((0, 1)) - BODY_MARGIN_M, both.max((0, 1)) + BODY_MARGIN_M
    body = max(MIN_BODY_M, float(np.percentile(np.ptp(seen[..., 1], axis=1), 90)))
    scale = min(
        0.94 * panel.width / (high[0] - low[0]),
        0.94 * panel.height / (high[1] - low[1]),
        STANDING_SHARE * panel.panel_height / body,
    )
    centre = np.array(
        [panel.width / 2 - scale * (low[0] + high[0]) / 2, panel.height / 2 + scale * (low[1] + high[1]) / 2]
    )
    radius = max(MIN_FLOOR_M, floor_reach + FLOOR_MARGIN_M, 0.5 * panel.width / scale)
    done = replace(view, distance_m=distance, scale_px_per_m=float(scale), centre_px=centre, radius_m=radius)
    return done, body * float(scale) / panel.panel_height
