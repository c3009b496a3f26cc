"""The numbers of one lifting network on a data set: over all, per action, joint, camera and height in the image.

Every number is a mean over actions, each action weighing the same, as published. Per camera and height it is that mean
over the frames of the group.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kasf_demo.benchmark.protocol import Metric, TestWindows, WindowErrors, per_frame
from kasf_demo.benchmark.recorded_set import Names, RecordedSet
from kasf_demo.types.arrays import BoolArray, FloatArray

METRICS = {
    "mpjpe": ("MPJPE", "mm"),
    "p_mpjpe": ("P-MPJPE", "mm"),
    "n_mpjpe": ("N-MPJPE", "mm"),
    "mpjve": ("MPJVE", "mm/frame"),
    "accel": ("acceleration", "mm/frame²"),
}
HEIGHT_EDGES_PX = (50, 100, 200, 400, 800)


@dataclass(frozen=True)
class GroupScore:
    """Errors of a group of frames, by the names of METRICS, mm; frames: how many it has."""

    frames: int
    errors: Mapping[str, float]


@dataclass(frozen=True)
class Scores:
    """total: mean over actions. actions, cameras, heights: by name. joint_mm (17,): MPJPE per joint, mean over
    actions. stretched, dropped, windows: counts of TestWindows."""

    total: GroupScore
    actions: Mapping[str, GroupScore]
    cameras: Mapping[str, GroupScore]
    heights: Mapping[str, GroupScore]
    joint_mm: FloatArray
    windows: int
    stretched: int
    dropped: int


def score(data: RecordedSet, windows: TestWindows, errors: WindowErrors) -> Scores:
    """The numbers of the errors of all windows. ValueError without windows."""
    if not len(windows):
        raise ValueError("no windows")
    metrics = per_frame(errors, windows, data)
    names, action = _codes(data.action)
    joint = metrics.pop("joint")

    def grouped(keep: BoolArray | None = None) -> GroupScore:
        means = {name: _per_action(metric, action, keep) for name, metric in metrics.items()}
        frames = metrics["mpjpe"][0]
        return GroupScore(
            int(len(frames) if keep is None else keep[frames].sum()),
            {name: float(np.mean(list(m.values()))) if m else float("nan") for name, m in means.items()},
        )

    tested = np.isin(np.arange(len(data)), metrics["mpjpe"][0])
    return Scores(
        grouped(),
        _groups(grouped, dict(enumerate(names)), action, tested),
        _groups(grouped, *_cameras(data), tested),
        _groups(grouped, *_heights(data), tested),
        np.mean(list(_per_action(joint, action, None).values()), axis=0),
        len(windows),
        int(windows.stretched.sum()),
        windows.dropped,
    )


def _codes(labels: Names) -> tuple[list[str], NDArray[np.int64]]:
    names, codes = np.unique(labels, return_inverse=True)
    return [str(name) for name in names], codes


def _groups(
    grouped: Callable[[BoolArray | None], GroupScore],
    names: Mapping[int, str],
    codes: NDArray[np.int64],
    tested: BoolArray,
) -> dict[str, GroupScore]:
    return {name: grouped(codes == code) for code, name in names.items() if (tested & (codes == code)).any()}


def _cameras(data: RecordedSet) -> tuple[dict[int, str], NDArray[np.int64]]:
    """None if the files do not name their cameras."""
    names, codes = _codes(data.camera)
    return {i: name for i, name in enumerate(names) if name}, codes


def _heights(data: RecordedSet) -> tuple[dict[int, str], NDArray[np.int64]]:
    edges = HEIGHT_EDGES_PX
    names = [f"below {edges[0]} px", *(f"{a} to {b} px" for a, b in pairwise(edges))]
    return dict(enumerate([*names, f"from {edges[-1]} px"])), np.digitize(data.height_px, edges).astype(np.int64)


def _per_action(metric: Metric, action: NDArray[np.int64], keep: BoolArray | None) -> dict[int, FloatArray]:
    """The mean of each action, over the frames with `keep` (N,)."""
    frames, values = metric
    if keep is not None:
        frames, values = frames[keep[frames]], values[keep[frames]]
    found = action[frames]
    return {int(a): values[found == a].mean(0) for a in np.unique(found)}
