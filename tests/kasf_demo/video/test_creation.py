"""The day on which a clip was recorded."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from kasf_demo.errors import InputError
from kasf_demo.video.creation import day_of, recorded_on


def clip(path: Path, **metadata: str) -> Path:
    with av.open(str(path), "w") as container:
        container.metadata.update(metadata)
        stream = container.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 64
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def test_the_day_is_in_the_file_or_it_is_not(tmp_path: Path) -> None:
    assert recorded_on(clip(tmp_path / "a.mp4", creation_time="2026-05-04T10:00:00.000000Z")) == "2026-05-04"
    assert recorded_on(clip(tmp_path / "b.mp4")) is None
    (tmp_path / "c.mp4").write_bytes(b"no video" * 20)
    assert recorded_on(tmp_path / "c.mp4") is None
    with pytest.raises(InputError):
        recorded_on(tmp_path / "nowhere.mp4")


@pytest.mark.parametrize(
    "text,day",
    [("2026-05-04T10:00:00+0200", "2026-05-04"), ("1970-01-01T00:00:00Z", None), ("1904-01-01", None), ("x", None)],
)
def test_days(text: str, day: str | None) -> None:
    assert day_of(text) == day
