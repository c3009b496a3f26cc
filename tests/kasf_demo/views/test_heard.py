"""Offsets by sound."""

from pathlib import Path

import av
import numpy as np
import pytest

from kasf_demo.video.sound import HOP_S, onsets
from kasf_demo.views.heard import Heard, heard_line, heard_offset

RATE_HZ = 44_100


def _claps(seconds: float, at_s: list[float], seed: int) -> np.ndarray:
    """A room with noise of its own, and claps that ring for 50 ms."""
    rng = np.random.default_rng(seed)
    out = 0.003 * rng.normal(size=round(seconds * RATE_HZ))
    ring = 0.4 * np.random.default_rng(9).normal(size=RATE_HZ // 20) * np.exp(-np.linspace(0, 5, RATE_HZ // 20))
    for t in at_s:
        start = round(t * RATE_HZ)
        if 0 <= start < len(out) - len(ring):
            out[start : start + len(ring)] += ring
    return np.clip(out, -1, 1)


def _file(path: Path, samples: np.ndarray) -> Path:
    with av.open(str(path), "w") as file:
        audio = file.add_stream("aac", rate=RATE_HZ, layout="mono")
        for start in range(0, len(samples), 1024):
            block = av.AudioFrame.from_ndarray(samples[None, start : start + 1024].astype(np.float32), "fltp", "mono")
            block.sample_rate, block.pts = RATE_HZ, start
            file.mux(audio.encode(block))
        file.mux(audio.encode(None))
    return path


@pytest.mark.parametrize("late_s", [0.0, 0.437, -0.812])
def test_claps_give_the_offset_to_some_milliseconds(late_s: float, tmp_path: Path) -> None:
    claps = [0.9, 1.3, 2.15, 2.9]
    a = onsets(_file(tmp_path / "a.mp4", _claps(4.0, claps, 1)))
    b = onsets(_file(tmp_path / "b.mp4", 0.3 * _claps(4.0, [t + late_s for t in claps], 2)))
    assert a is not None and b is not None
    found = heard_offset(a, b)
    assert found is not None and found.sure
    assert abs(found.offset_s - late_s) < 0.006


def test_even_claps_and_other_events_are_not_believed(tmp_path: Path) -> None:
    even = [0.5 * n for n in range(1, 16)]
    a = onsets(_file(tmp_path / "a.mp4", _claps(8.0, even, 1)))
    b = onsets(_file(tmp_path / "b.mp4", _claps(8.0, even, 2)))
    other = onsets(_file(tmp_path / "c.mp4", _claps(8.0, [0.77, 3.1, 4.6, 6.23], 3)))
    assert a is not None and b is not None and other is not None
    for pair in ((a, b), (a, other)):
        found = heard_offset(*pair)
        assert found is not None and not found.sure


def test_the_console_says_whether_the_sound_agrees() -> None:
    heard = Heard(0.412, 0.8, 3.0)
    assert heard_line(1, heard, 0.40) == "view 2: the sound agrees with its clock (+12 ms)"
    assert "+212 ms elsewhere" in heard_line(1, heard, 0.20) and "--sync-offset" in heard_line(1, heard, 0.20)


def test_without_sound_there_is_no_opinion(tmp_path: Path) -> None:
    silent = tmp_path / "silent.mp4"
    with av.open(str(silent), "w") as file:
        stream = file.add_stream("libx264", rate=30)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(5):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")))
        file.mux(stream.encode(None))
    assert onsets(silent) is None
    short = onsets(_file(tmp_path / "short.mp4", _claps(0.5, [0.2], 1)))
    assert short is not None and heard_offset(short, short) is None
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(b"no film")
    assert onsets(damaged) is None
    assert HOP_S < 0.5 / 60
