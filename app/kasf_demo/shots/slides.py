"""Slides: the new image pushes the old one out, covers it, or is uncovered by it, with a straight edge that crosses the
image.

While it lasts, the image changes by more than before and after it, and each frame is a piece of the last image before
and a piece of the first image after it, side by side; the edge between them crosses the whole image. A pan over just
the width of the image is no push: its images join without a seam.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from kasf_demo.shots.gradual import MIN_CHANGE, MIN_CONTRAST, change
from kasf_demo.types.arrays import FloatArray, runs

MIN_S, MAX_S = 0.15, 2.0  # duration of a slide
LEVELS = (0.5, 0.3, 0.15)  # thresholds tried: shares of the greatest change nearby that frames of a slide exceed
CALM = 0.7  # maximum change before and after the slide, relative to its median change
AROUND_S = 0.15  # duration before and after the slide for that comparison
FITS = 10  # maximum number of frames compared with the two pieces
MAX_OFF = 0.33  # maximum difference from the two pieces, relative to unrelated columns
# the same for one piece in one frame, if it covers at least this share of the image: a pan shows other content
MAX_OFF_OF_PIECE, LARGE_PIECE = 0.6, 0.2
MIN_WAY = 0.4  # minimum share of the image that the edge crosses from the first frame to the last
MAX_BACK = 0.07  # maximum share that it goes back
SEAM_COLUMNS, USUAL = 4, 90  # a seam differs by more than this percentage of columns so far apart within the images
OUTSIDE = 2  # frames before and after the slide, which may begin and end slowly, that are compared at the seam

Turn = Callable[[FloatArray], FloatArray]
TURNS: tuple[Turn, ...] = (  # images turned so that the old one leaves to the left
    lambda x: x,
    lambda x: x[..., ::-1],
    lambda x: np.swapaxes(x, -1, -2),
    lambda x: np.swapaxes(x, -1, -2)[..., ::-1],
)
PUSH, COVER, UNCOVER = range(3)


def find_slide(coarse: Sequence[FloatArray], jumps: Sequence[float], rate_hz: float) -> tuple[int, int] | None:
    """First frame of a slide (a sliding transition, see above) within these frames, and the first frame after it. None
    if there is no slide.

    coarse: T images (36, 64); jumps: T changes since the frame before (see `gradual.change`).
    """
    for first, end in sorted(_spans(np.asarray(jumps, float), rate_hz), key=lambda span: span[0] - span[1]):
        before, after = coarse[first - 1], coarse[end]
        if change(before, after) < MIN_CHANGE or min(before.std(), after.std()) < MIN_CONTRAST:
            continue
        at = np.unique(np.linspace(first, end - 1, min(FITS, end - first)).round().astype(int))
        between = np.stack([coarse[i] for i in at])
        for turn in TURNS:
            found = _kind(turn(before), turn(after), turn(between))
            outer = turn(coarse[max(0, first - 1 - OUTSIDE)]), turn(coarse[min(len(coarse) - 1, end + OUTSIDE)])
            if found is not None and (found[0] != PUSH or _has_seam(*outer)):
                sooner, later = _beyond(found[1] / outer[0].shape[1], at)
                return max(1, first - sooner), min(len(coarse) - 1, max(end, int(at[-1]) + 1 + later))
    return None


def _spans(jumps: FloatArray, rate_hz: float) -> set[tuple[int, int]]:
    """Candidates: the last span, per level, in which the image changes by more than before and after it. (first frame,
    first frame after it)."""
    around = max(2, round(AROUND_S * rate_hz))
    found: set[tuple[int, int]] = set()
    if len(jumps) < 2 * around + 3:
        return found
    padded = np.concatenate([jumps[:1], jumps, jumps[-1:]])
    held = np.maximum(jumps, np.minimum(padded[:-2], padded[2:]))  # a single frame at rest is a repeated one
    for level in LEVELS:
        spans = [
            (a, b)
            for a, b in runs(held > level * float(np.sort(held)[-3]))
            if MIN_S * rate_hz <= b - a <= MAX_S * rate_hz and a >= around and b + around <= len(jumps)
        ]
        for start, end in spans[-1:]:
            calm = CALM * float(np.median(held[start:end]))
            if max(np.median(held[start - around : start]), np.median(held[end : end + around])) < calm:
                found.add((start, end - 1))
    return found


def _beyond(way: FloatArray, at: NDArray[np.int64]) -> tuple[int, int]:
    """Number of frames by which a slide extends before and after the frames `at`, where the new image covers `way`
    (n,), 0 to 1: the first and last pieces are small and change little."""
    pace = float(way[-1] - way[0]) / max(1, int(at[-1] - at[0]))
    return max(0, round(float(way[0]) / pace) - 1), max(0, round(float(1 - way[-1]) / pace) - 1)


def _kind(before: FloatArray, after: FloatArray, between: FloatArray) -> tuple[int, FloatArray] | None:
    """PUSH, COVER or UNCOVER if all (n, H, W) images between are the pieces of such a slide to the left, and how many
    columns (n,) of the new image are in."""
    width = before.shape[1]
    from_old, from_new = _differences(between, before), _differences(between, after)
    unrelated = np.minimum(from_old.mean((1, 2)), from_new.mean((1, 2)))
    for kind in (PUSH, COVER, UNCOVER):
        old, new = _pieces(from_old, from_new, kind)
        edge = np.argmin(old.sum(-1) + new.sum(-1), axis=1)  # (n,) columns of the new image that are in
        rows = np.arange(len(between))
        off = [piece[rows, edge].sum(-1) / unrelated for piece in (old, new)]  # columns
        sizes = zip(off, (width - edge, edge), strict=True)
        worst = max(float((o / np.maximum(n, 1))[n >= LARGE_PIECE * width].max(initial=0.0)) for o, n in sizes)
        if float((off[0] + off[1]).mean()) > MAX_OFF * width or worst > MAX_OFF_OF_PIECE:
            continue
        if edge[-1] - edge[0] < MIN_WAY * width or (np.maximum.accumulate(edge) - edge).max() > MAX_BACK * width:
            continue
        return kind, edge.astype(float)
    return None


def _differences(images: FloatArray, other: FloatArray) -> FloatArray:
    """(n, W, W) mean difference of each column of the images from each column of the other."""
    return np.stack([np.abs(image[:, :, None] - other[:, None, :]).mean(0) for image in images])


def _pieces(from_old: FloatArray, from_new: FloatArray, kind: int) -> tuple[FloatArray, FloatArray]:
    """(n, W + 1, W) difference of each column from the old and from the new piece, 0 outside the piece, for each number
    of columns of the new one."""
    width = from_old.shape[-1]
    x, k = np.arange(width), np.arange(width + 1)[:, None]
    old_is = x < width - k
    old_at = x + k if kind in (PUSH, UNCOVER) else np.broadcast_to(x, (width + 1, width))
    new_at = x - (width - k) if kind in (PUSH, COVER) else np.broadcast_to(x, (width + 1, width))
    old = np.where(old_is, from_old[:, x, np.clip(old_at, 0, width - 1)], 0.0)
    new = np.where(old_is, 0.0, from_new[:, x, np.clip(new_at, 0, width - 1)])
    return old, new


def _has_seam(before: FloatArray, after: FloatArray) -> bool:
    """True if the right edge of one image does not go on at the left edge of the other."""
    within = [np.abs(i[:, SEAM_COLUMNS:] - i[:, :-SEAM_COLUMNS]).mean(0) for i in (before, after)]
    seam = min(float(np.abs(before[:, -1 - k] - after[:, j]).mean()) for k in range(2) for j in range(2))
    return seam > float(np.percentile(np.concatenate(within), USUAL))
