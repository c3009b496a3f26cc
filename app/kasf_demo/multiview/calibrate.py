"""Cameras and clocks from the people that several static cameras film, with how certain they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kasf_demo.multiview.body_bundle import fit_bodies
from kasf_demo.multiview.body_views import Fitted, Known, State, Views
from kasf_demo.multiview.cameras import Cameras, depths, project, triangulate
from kasf_demo.multiview.jackknife import jackknife
from kasf_demo.multiview.moments import Match, first_guess, gathered, with_points
from kasf_demo.multiview.seen import LENGTH_SIGMA, SeenView
from kasf_demo.types.arrays import FloatArray

COARSE, FINE = 40, 120  # moments of a person in the search and in the final fit
OFFSET_SIGMA_S = 0.03  # of an offset found by correlation
REFINED = 2  # fits, after each of which keypoints are read at the new offset
STRANGER_MM = 40.0  # a person's keypoints in a view that are farther from the fitted body, in the median
SAME_MM = 80.0  # two people whose rays pass one another this closely, in the median, are one


@dataclass(frozen=True)
class ViewCalibration:
    """C cameras in the axes of the first, m; offsets_s (C,): what to add to the first camera's time for that of each.

    matches: the people by view. sigma_deg (C,): standard deviation of the rotation by the fit; spread_deg (C,): by
    leaving out limbs and parts of the time (jackknife). angle_deg (C, C): between the lines of sight to the people.
    residual_mm (C,): median distance of keypoints from the projected joints, at the person's distance. pose_deg: median
    angle between lifted and fitted bones. seconds: length of the common part. offset_sigma_s (C,). lengths_m (P, B) of
    bones; lean (C, 3, 3) takes lifted poses to true ones in each camera's axes. person_mm (P, C): residual of each
    person in each view, NaN where not seen.
    """

    cameras: Cameras
    offsets_s: FloatArray
    offset_sigma_s: FloatArray
    matches: Sequence[Match]
    sigma_deg: FloatArray
    spread_deg: FloatArray
    angle_deg: FloatArray
    residual_mm: FloatArray
    pose_deg: float
    seconds: float
    lengths_m: FloatArray
    lean: FloatArray
    cost: float
    person_mm: FloatArray


def calibrate(
    views: Sequence[SeenView], matches: Sequence[Match], offsets_s: FloatArray, height_m: float, *, offset_known: bool
) -> ViewCalibration | None:
    """The calibration from matched people at offsets that are right to some frames, or exact if they are known. None if
    a camera shares too few moments with the first one."""
    search = _searched(views, matches, offsets_s, height_m, offset_known, COARSE)
    if search is None:
        return None
    fitted, _ = search
    offsets_s = np.asarray(offsets_s, float)
    for _ in range(REFINED):
        offsets_s = offsets_s + fitted.state.offset_s
        seen, lifted = gathered(views, matches, offsets_s, height_m, FINE)
        if seen.sigma_px.shape[1] < 5:
            return None
        start = with_points(fitted.state.cameras, np.zeros(len(views)), fitted.state.lean, seen, lifted)
        start = replace(start, lengths_m=fitted.state.lengths_m)
        fitted = fit_bodies(start, seen, known_of(views, offset_known))
    return _described(views, matches, offsets_s + fitted.state.offset_s, fitted, seen, known_of(views, offset_known))


def with_more_people(
    views: Sequence[SeenView], found: ViewCalibration, height_m: float, *, offset_known: bool
) -> ViewCalibration:
    """The calibration with those other people who are where two cameras see them as one, or `found` itself."""
    taken = [{p.id for m in found.matches if (p := m[c]) is not None} for c in range(len(views))]
    more: list[Match] = []
    for a in (p for p in views[0].people if p.id not in taken[0]):
        match: list[Any] = [a]
        for c in range(1, len(views)):
            near = [
                (off_mm([views[0], views[c]], (a, b), found.cameras.only([0, c]), found.offsets_s[[0, c]]), b.id, b)
                for b in views[c].people
                if b.id not in taken[c] and all(m[c] is not b for m in more)
            ]
            best = min(near, default=(np.inf, 0, None))
            match.append(best[2] if best[0] < SAME_MM else None)
        if any(p is not None for p in match[1:]):
            more.append(tuple(match))
    if not more:
        return found
    again = calibrate(views, [*found.matches, *more], found.offsets_s, height_m, offset_known=offset_known)
    return found if again is None else again


def without_strangers(
    views: Sequence[SeenView], found: ViewCalibration, height_m: float, *, offset_known: bool
) -> ViewCalibration:
    """The calibration without the views of people that do not fit the others: somebody else was taken for them. The
    worst is left out first."""
    for _ in range(len(views) * len(found.matches)):
        off = np.nan_to_num(found.person_mm)
        person, view = divmod(int(off.argmax()), off.shape[1])
        if off[person, view] < STRANGER_MM:
            break
        match = list(found.matches[person])
        match[view] = None
        kept = [m for n, m in enumerate(found.matches) if n != person]
        if sum(p is not None for p in match) >= 2:
            kept.insert(person, tuple(match))
        if not kept or any(all(m[c] is None for m in kept) for c in range(len(views))):
            break
        again = calibrate(views, kept, found.offsets_s, height_m, offset_known=offset_known)
        if again is None:
            break
        found = again
    return found


def _by_person(mm: FloatArray, seen: Views) -> FloatArray:
    """(P, C) medians of (C, M, J) distances, NaN where a person is not seen."""
    out = np.full((len(seen.lengths_m), len(mm)), np.nan)
    for person in range(len(out)):
        for c, rows in enumerate(mm[:, seen.person == person]):
            known = rows[np.isfinite(rows)]
            out[person, c] = np.median(np.abs(known)) if len(known) else np.nan
    return out


def off_mm(views: Sequence[SeenView], match: Match, cameras: Cameras, offsets_s: FloatArray) -> float:
    """Median distance of keypoints from the projected joints, mm at the person's distance, of two people as if they
    were one; infinite without common moments."""
    seen, _ = gathered(views, [match], offsets_s, 1.75, COARSE)
    if seen.sigma_px.shape[1] < 5:
        return np.inf
    points = triangulate(cameras, seen.xy, 1 / seen.sigma_px)
    depth = depths(cameras, points)
    off = np.linalg.norm(project(cameras, points) - seen.xy, axis=-1) * depth / cameras.intrinsics[:, 0, 0, None, None]
    known = np.isfinite(off) & np.isfinite(seen.sigma_px)
    if not known.any() or (depth[known] < 0).mean() > 0.1:
        return np.inf
    return float(1000 * np.median(off[known]))


def search_cost(views: Sequence[SeenView], matches: Sequence[Match], offsets_s: FloatArray, height_m: float) -> float:
    """How badly cameras and bodies explain what was seen at these offsets: the cost for a moment."""
    found = _searched(views, matches, offsets_s, height_m, False, COARSE)
    if found is None:
        return np.inf
    fitted, seen = found
    return float(fitted.cost / (seen.sigma_px.shape[1] * seen.independent))


def _searched(
    views: Sequence[SeenView], matches: Sequence[Match], offsets_s: FloatArray, height_m: float, offset_known: bool,
    most: int,
) -> tuple[Fitted, Views] | None:  # fmt: skip
    seen, lifted = gathered(views, matches, offsets_s, height_m, most)
    if seen.sigma_px.shape[1] < 5:
        return None
    start = first_guess(views, seen, lifted)
    return None if start is None else (fit_bodies(start, seen, known_of(views, offset_known)), seen)


def known_of(views: Sequence[SeenView], offset_known: bool) -> Known:
    """What is known before of these views."""
    return Known(
        np.array([v.log_focal for v in views]),
        np.full(len(views), 0.0 if offset_known else OFFSET_SIGMA_S),
        length=LENGTH_SIGMA,
        up=np.stack([v.up for v in views]),
        up_sigma=np.array([v.up_sigma for v in views]),
    )


def _described(
    views: Sequence[SeenView],
    matches: Sequence[Match],
    offsets_s: FloatArray,
    fitted: Fitted,
    seen: Views,
    known: Known,
) -> ViewCalibration:
    state, count = fitted.state, len(views)
    variance = np.stack(
        [np.linalg.eigvalsh(fitted.covariance[3 * c : 3 * c + 3, 3 * c : 3 * c + 3])[-1] for c in range(count - 1)]
    )
    sigma = np.concatenate([[0.0], np.degrees(np.sqrt(np.maximum(variance, 0)))])
    depth = (
        np.einsum("cj,mnj->cmn", state.cameras.rotations[:, 2], state.points)
        + state.cameras.translations[:, 2, None, None]
    )
    focal = state.cameras.intrinsics[:, 0, 0][:, None, None]
    mm = 1000 * fitted.off_sigma * seen.sigma_px * depth / focal
    spread = jackknife(state, seen, known)
    offset_sigma_s = np.hypot(fitted.offset_sigma_s, spread.offset_s)
    return ViewCalibration(
        state.cameras, offsets_s, offset_sigma_s, matches, sigma, spread.deg,
        angles_of_sight(state.cameras, state.points), np.nanmedian(np.where(np.isfinite(mm), mm, np.nan), axis=(1, 2)),
        _pose_deg(state, seen), _seconds(seen), state.lengths_m, state.lean,
        fitted.cost, _by_person(mm, seen),
    )  # fmt: skip


def _seconds(seen: Views) -> float:
    return 0.0 if seen.moment_s is None else float(np.ptp(seen.moment_s))


def angles_of_sight(cameras: Cameras, points: FloatArray) -> FloatArray:
    """(C, C) degrees between lines from two cameras to points (..., 3), median."""
    lines = points.reshape(1, -1, 3) - cameras.centres[:, None]
    lines = lines / np.linalg.norm(lines, axis=-1, keepdims=True)
    cosine = np.clip(np.einsum("ank,bnk->abn", lines, lines), -1, 1)
    return np.asarray(np.degrees(np.arccos(np.median(cosine, axis=-1))))


def _pose_deg(state: State, seen: Views) -> float:
    """Median angle between the fitted bones and those of the lifted poses, after the lean of each view."""
    start, end = seen.bones.T
    bones = state.points[:, end] - state.points[:, start]
    bones = bones / np.maximum(np.linalg.norm(bones, axis=-1, keepdims=True), 1e-9)
    own = np.einsum("cij,mbj->cmbi", state.cameras.rotations, bones)
    lifted = np.einsum("cij,cmbj->cmbi", state.lean, seen.directions)
    return float(np.degrees(np.arccos(np.clip(np.nanmedian((own * lifted).sum(-1)), -1, 1))))
