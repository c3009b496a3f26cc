"""The images of a clip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.video.reader import VideoReader


def images(path: Path, **options: Any) -> list[np.ndarray]:
    return [frame.image for frame in VideoReader(path, **options)]
