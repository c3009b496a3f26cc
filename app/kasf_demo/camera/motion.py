"""Camera rotation, zoom and focal length from background points.

Each frame is compared with its key frame, and each key frame with the next. If the camera translates or the background
moves, few points agree.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from kasf_demo.camera.background import MIN_POINTS, SMALL_PX
from kasf_demo.camera.correspondences import Link
from kasf_demo.camera.rotation import Turn, find_turn, residuals_px
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.camera import CameraMotion

# A camera that rotates and zooms by less is static: 0.2 degrees are 2 cm at 6 m. On a tripod 0.03 degrees and a zoom of
# 0.001 are measured
STILL_DEG, STILL_ZOOM = 0.2, 0.01
STILL_PX = 0.15  # px of the small image: points that moved less since the key frame count as static
# minimum share of points that agree with a rotation of the camera; spectators and other athletes do not agree
MIN_SHARE = 0.3
ZOOM_GAIN = 1.25  # minimum ratio of the points that agree with and without a zoom, for the camera to zoom
MIN_FRAMES = 0.7  # minimum share of frames with enough points that agree, for the rotation to be undone

# The lens: candidate focal lengths relative to the longer side (98 to 18 degrees)
LENSES = np.geomspace(0.432, 3.074, 15)
LENS_POINTS = 100
LENS_LINKS = 10
LENS_MOVED = 0.03  # minimum motion of points for an estimate of the lens, relative to the longer side
# minimum ratio of the residuals at a focal length this many times longer or shorter to those of the best one
LENS_WORSE, LENS_OFF = 1.08, 1.35
# points that are enough to exclude the assumed focal length, and how many times as many must agree with the best one
ROUGH_POINTS, LENS_GAIN = 50, 1.4


def camera_motion(
    links: Sequence[Link], frames: int, *, focal_px: float, centre_px: FloatArray, side_px: int
) -> CameraMotion:
    """The camera's motion over `frames` frames, given the lens and the image's centre and longer side, px."""
    if not links:
        return CameraMotion.none(frames, "still" if frames == 1 else "unknown")
    zooms = _zooms(links, focal_px, centre_px, side_px)
    rotation, zoom, shares = _chain(links, focal_px, centre_px, side_px, zooms)
    at = np.array(sorted(rotation))
    agree = _spread(at, np.array([shares[i] for i in at.tolist()]), frames)
    if np.mean([len(link.px) >= MIN_POINTS for link in links]) < MIN_FRAMES:
        return CameraMotion.none(frames, "unknown")
    if agree.mean() < MIN_FRAMES:
        return CameraMotion.none(frames, "moves")
    between = np.clip(np.arange(frames), at[0], at[-1])
    turned = Slerp(at, Rotation.from_matrix(np.array([rotation[i] for i in at.tolist()])))(between)
    lens = np.interp(between, at, [zoom[i] for i in at.tolist()])
    if np.degrees(turned.magnitude()).max() < STILL_DEG and np.abs(np.log(lens)).max() < STILL_ZOOM:
        return CameraMotion.none(frames, "still")
    return CameraMotion("turns", turned.as_matrix(), lens, agree)


def estimate_focal(
    links: Sequence[Link], *, centre_px: FloatArray, side_px: int, assumed_px: float | None = None
) -> float | None:
    """The focal length, px, that best explains the background's motion by a rotation; None if it cannot be estimated.

    Under rotation a long lens moves image centre and edges alike, a short one does not. Needs a pan; may zoom
    meanwhile. assumed_px: the focal length that would be taken otherwise. If far fewer points agree with it, the best
    one is returned even if it is not precise: with a lens that is far off, a pan looks like a camera that is carried.
    """
    links = _widest(links, LENS_MOVED * side_px)
    if not links:
        return None
    links = links[:: -(-len(links) // LENS_LINKS)]  # a long pan has more than it takes
    focals, near, random = side_px * LENSES, side_px / SMALL_PX, np.random.default_rng(0)

    def off(link: Link, focal: float) -> FloatArray:
        before, after = link.key_px - centre_px, link.px - centre_px
        return residuals_px(find_turn(before, after, focal, near, random), before, after, focal)

    distances = np.concatenate([np.array([off(link, f) for f in focals]) for link in links], axis=1)
    fits = distances.min(0) < near
    if fits.sum() < max(ROUGH_POINTS, MIN_SHARE * len(fits)):
        return None
    cost = np.minimum(distances[:, fits], 2 * near).mean(1)
    best = int(np.argmin(cost))
    if not 0 < best < len(cost) - 1:
        return None
    log = np.log(focals)
    # the parabola through the lowest and its neighbours
    bend = cost[best - 1] - 2 * cost[best] + cost[best + 1]
    found = log[best] + (log[1] - log[0]) * (cost[best - 1] - cost[best + 1]) / (2 * max(float(bend), 1e-12))
    around = np.interp([found - np.log(LENS_OFF), found + np.log(LENS_OFF)], log, cost, left=np.inf, right=np.inf)
    if fits.sum() >= LENS_POINTS and around.min() > LENS_WORSE * cost[best]:
        return float(np.exp(found))
    agree = (distances < near).sum(1)
    if assumed_px is None or agree[best] < MIN_SHARE * len(fits):
        return None
    excluded = agree[best] > LENS_GAIN * np.interp(np.log(assumed_px), log, agree)
    return float(np.exp(found)) if excluded else None


def _zooms(links: Sequence[Link], focal_px: float, centre_px: FloatArray, side_px: int) -> bool:
    """True if clearly more points agree when the focal length may change: assuming zoom without need adds errors."""
    fixed = free = 0
    near, random = side_px / SMALL_PX, np.random.default_rng(0)
    for link in _widest(links, STILL_PX * near):
        before, after = link.key_px - centre_px, link.px - centre_px
        fixed += int(find_turn(before, after, focal_px, near, random, zooms=False).fits.sum())
        free += int(find_turn(before, after, focal_px, near, random).fits.sum())
    return free > ZOOM_GAIN * fixed


def _widest(links: Sequence[Link], moved_px: float) -> list[Link]:
    """The last link of every key frame whose points have moved `moved_px` or more by then."""
    last: dict[int, Link] = {}
    for link in links:
        if len(link.px) >= MIN_POINTS and np.median(np.linalg.norm(link.px - link.key_px, axis=-1)) > moved_px:
            last[link.key] = link
    return list(last.values())


def _chain(
    links: Sequence[Link], focal_px: float, centre_px: FloatArray, side_px: int, zooms: bool
) -> tuple[dict[int, FloatArray], dict[int, float], dict[int, float]]:
    """By frame: rotation from the first frame, zoom relative to it, share of points that agree. Frames with too few
    points keep the values of their key frame."""
    near, random = side_px / SMALL_PX, np.random.default_rng(0)
    rotation: dict[int, FloatArray] = {links[0].key: np.eye(3)}
    zoom, shares = {links[0].key: 1.0}, {links[0].key: 1.0}
    for link in links:
        turn = _turn(link, focal_px * zoom[link.key], centre_px, near, random, zooms)
        rotation[link.frame] = turn.rotation @ rotation[link.key] if turn else rotation[link.key]
        zoom[link.frame] = (turn.zoom if turn else 1.0) * zoom[link.key]
        shares[link.frame] = float(turn.fits.mean()) if turn else 0.0
    return rotation, zoom, shares


def _turn(
    link: Link, focal_px: float, centre_px: FloatArray, near_px: float, random: np.random.Generator, zooms: bool
) -> Turn | None:
    if len(link.px) < MIN_POINTS:
        return None
    moved = np.linalg.norm(link.px - link.key_px, axis=-1)
    if np.median(moved) < STILL_PX * near_px:  # most frames of a still camera: nothing to compute
        return Turn(np.eye(3), 1.0, moved < near_px)
    return find_turn(link.key_px - centre_px, link.px - centre_px, focal_px, near_px, random, zooms=zooms)


def _spread(at: FloatArray, shares: FloatArray, frames: int) -> BoolArray:
    """(T,) whether enough points agree in a frame, or in the next one that was processed."""
    following = np.minimum(np.searchsorted(at, np.arange(frames)), len(at) - 1)
    return np.asarray(shares[following] >= MIN_SHARE)
