"""What would be shown, as a video."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kasf_demo.errors import OutputError
from kasf_demo.live.screen import FileScreen
from kasf_demo.video.reader import VideoReader


def test_video_of_what_was_shown(tmp_path: Path) -> None:
    path = tmp_path / "o.mp4"
    screen = FileScreen(path, (64, 48), 30.0, overwrite=False)
    for k, t in enumerate((1.0, 1.1, 1.4)):
        screen.time_s = t
        screen.show(np.full((48, 64, 3), 80 * k, np.uint8))
    assert screen.keys() == ""
    screen.close()
    screen.close()
    assert [f.time_s for f in VideoReader(path)] == pytest.approx([0.0, 0.1, 0.4], abs=1e-4)
    with pytest.raises(OutputError, match="already exists"):
        FileScreen(path, (64, 48), 30.0, overwrite=False)


def test_nothing_shown_leaves_no_file(tmp_path: Path) -> None:
    FileScreen(tmp_path / "o.mp4", (64, 48), 30.0, overwrite=False).close()
    assert not list(tmp_path.iterdir())
