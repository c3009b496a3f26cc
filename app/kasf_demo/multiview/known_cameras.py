"""A session whose cameras are known: clocks from motion and from rays that must meet, people from where they stand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kasf_demo.multiview.calibrate import COARSE, SAME_MM, ViewCalibration, angles_of_sight, off_mm
from kasf_demo.multiview.cameras import Cameras, triangulate
from kasf_demo.multiview.match import candidates
from kasf_demo.multiview.moments import Match, gathered
from kasf_demo.multiview.rates import ClockRate
from kasf_demo.multiview.rotations import rotation_between
from kasf_demo.multiview.seen import SeenPerson, SeenView
from kasf_demo.multiview.solve import FAR_RATIO, FAR_S, NEAR_RATIO, SIMILAR, SolvedSession, Synced
from kasf_demo.types.arrays import FloatArray

REACH_S, STEP_S = 0.12, 1 / 120  # around an offset by correlation, offsets are tried in such steps


def solve_known(
    views: Sequence[SeenView], cameras: Cameras, *, wanted: Sequence[int | None] = (),
    offsets_s: Sequence[float] | None = None,
) -> SolvedSession:  # fmt: skip
    """Clocks and people of views whose intrinsics are those of `cameras`, which are in metres; see `solve`."""
    cameras = cameras.seen_from(0)
    wanted = list(wanted) or [None] * len(views)
    synced: list[Synced] = []
    rates = tuple(ClockRate() for _ in views)
    for c in range(1, len(views)):
        pair, own = (views[0], views[c]), cameras.only([0, c])
        found = candidates(*pair, (wanted[0], wanted[c]), None if offsets_s is None else offsets_s[c - 1])
        top = max((f.score for f in found), default=0.0)
        found = [f for f in found if f.score >= SIMILAR * top]
        tried = sorted(
            ((_refined(pair, own, f.offset_s, f.pairs, offsets_s is None), f) for f in found), key=lambda row: row[0]
        )
        if not tried or not np.isfinite(tried[0][0][0]):
            return SolvedSession(None, tuple(synced), views, rates)
        (mm, offset_s), best = tried[0]
        others = [m / max(mm, 1.0) / (FAR_RATIO if abs(o - offset_s) > FAR_S else NEAR_RATIO) for (m, o), _ in tried[1:]
                  if abs(o - offset_s) > 2 * STEP_S]  # fmt: skip
        synced.append(Synced(offset_s, best.score, min(others, default=np.inf), best.pairs))
    offsets = np.array([0.0, *(s.offset_s for s in synced)])
    matches = _standing_together(views, cameras, offsets, wanted[0])
    if not matches:
        return SolvedSession(None, tuple(synced), views, rates)
    return SolvedSession(_described(views, matches, cameras, offsets), tuple(synced), views, rates)


def _refined(
    pair: tuple[SeenView, SeenView], cameras: Cameras, offset_s: float, pairs: Sequence[tuple[int, int]], search: bool
) -> tuple[float, float]:
    """Distance of rays, mm, and the offset near offset_s at which it is least."""
    matches = [[next(p for p in v.people if p.id == i) for v, i in zip(pair, ids, strict=True)] for ids in pairs]
    steps = np.arange(-REACH_S, REACH_S + 1e-9, STEP_S) if search else np.zeros(1)
    clocks = [np.array([0.0, offset_s + s]) for s in steps]
    off = np.array([np.mean([off_mm(pair, m, cameras, c) for m in matches]) for c in clocks])
    n = int(off.argmin())
    shift = 0.0
    if 0 < n < len(off) - 1 and np.isfinite(off[n - 1 : n + 2]).all():
        bend = off[n - 1] - 2 * off[n] + off[n + 1]
        shift = 0.5 * (off[n - 1] - off[n + 1]) / bend if bend > 1e-9 else 0.0
    return float(off[n]), float(offset_s + steps[n] + shift * STEP_S)


def _standing_together(
    views: Sequence[SeenView], cameras: Cameras, offsets_s: FloatArray, athlete: int | None
) -> list[Match]:
    """The people of the first view with those of the others whose rays meet theirs."""
    from scipy.optimize import linear_sum_assignment

    first = views[0].people
    columns: list[list[SeenPerson | None]] = [list(first)]
    for c in range(1, len(views)):
        pair, own, offsets = (views[0], views[c]), cameras.only([0, c]), offsets_s[[0, c]]
        off = np.array([[off_mm(pair, (a, b), own, offsets) for b in views[c].people] for a in first])
        rows, found = linear_sum_assignment(np.minimum(off, 10 * SAME_MM))
        column: list[SeenPerson | None] = [None] * len(first)
        for i, k in zip(rows.tolist(), found.tolist(), strict=True):
            if off[i, k] < SAME_MM:
                column[i] = views[c].people[k]
        columns.append(column)
    matches = [m for m in zip(*columns, strict=True) if sum(p is not None for p in m) > 1]
    return sorted(matches, key=lambda m: (m[0] is not None and m[0].id != athlete, sum(p is None for p in m)))


def _described(
    views: Sequence[SeenView], matches: Sequence[Match], cameras: Cameras, offsets_s: FloatArray
) -> ViewCalibration:
    count = len(views)
    seen, _ = gathered(views, matches, offsets_s, 1.75, 3 * COARSE)
    points = triangulate(cameras, seen.xy, 1 / seen.sigma_px)
    start, end = seen.bones.T
    bones = points[:, end] - points[:, start]
    size = np.linalg.norm(bones, axis=-1)
    lengths = np.stack([np.nanmedian(size[seen.person == p], axis=0) for p in range(len(matches))])
    lean = np.tile(np.eye(3), (count, 1, 1))
    for c in range(count):
        lifted, true = seen.directions[c], (bones / size[..., None]) @ cameras.rotations[c].T
        both = np.isfinite(lifted).all(-1) & np.isfinite(true).all(-1)
        if both.sum() > 10:
            lean[c] = rotation_between(lifted[both], true[both], np.ones(both.sum()))
    off = np.full((len(matches), count), np.nan)
    for n, match in enumerate(matches):
        for c in range(1, count):
            if match[0] is not None and match[c] is not None:
                pair = [match[0], match[c]]
                off[n, c] = off_mm([views[0], views[c]], pair, cameras.only([0, c]), offsets_s[[0, c]])
    off[:, 0] = np.nanmin(off, axis=1)
    known = points[np.isfinite(points).all(-1)]
    return ViewCalibration(
        cameras, offsets_s, np.full(count, STEP_S / 2), matches, np.zeros(count), np.zeros(count),
        angles_of_sight(cameras, known), np.nanmedian(off, axis=0), 0.0, float(len(seen.person)), lengths, lean,
        0.0, off,
    )  # fmt: skip
