"""Which reader a data set of keypoints needs."""

from __future__ import annotations

from pathlib import Path

from ..recorded_dataset import Recorded
from .athletepose import read_athletepose
from .sportspose import read_source_pickle


def read_recorded(path: Path, split: str) -> Recorded:
    """`NAME_source*.pkl` (SportsPose, WorldPose): its `split`. Else AthletePose3D: frame_81 (its folder `split`), or a
    list of frames."""
    if path.is_file() and "source" in path.stem:
        return read_source_pickle(path, split)
    return read_athletepose(path / split if (path / split).is_dir() else path)
