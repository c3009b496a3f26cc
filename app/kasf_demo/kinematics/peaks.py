"""Local maxima of a series. As scipy.signal.find_peaks, whose import takes half a second of every run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.arrays import FloatArray


def find_peaks(y: FloatArray, prominence: float = 0.0) -> NDArray[np.intp]:
    """Frames of the local maxima of y (T,), in order; of a flat top its middle frame. The ends are none.

    prominence: how far y must fall on both sides before it rises above the peak again, in the unit of y.
    """
    rises = np.flatnonzero(np.diff(y) != 0)  # the last frame of each level
    if len(rises) < 2:
        return np.empty(0, np.intp)
    up = y[rises + 1] > y[rises]
    tops = np.flatnonzero(up[:-1] & ~up[1:])
    peaks = (rises[tops] + 1 + rises[tops + 1]) // 2
    if prominence > 0:
        peaks = peaks[[_prominence(y, int(i)) >= prominence for i in peaks]]
    return peaks.astype(np.intp)


def _prominence(y: FloatArray, peak: int) -> float:
    """Height of a peak above the higher of the lowest points to its left and right, each sought up to the next frame
    that is higher than the peak."""
    higher = np.flatnonzero(y > y[peak])
    at = np.searchsorted(higher, peak)
    left = higher[at - 1] + 1 if at > 0 else 0
    right = higher[at] if at < len(higher) else len(y)
    return float(y[peak] - max(y[left : peak + 1].min(), y[peak:right].min()))
