"""`kasf-demo live`: what is refused, and a whole run on a demo clip."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import call

from kasf_demo.demo_clips import find_demo
from kasf_demo.errors import EXIT_INPUT, EXIT_OK, EXIT_USAGE
from kasf_demo.live import window
from kasf_demo.live.open import recording_path
from kasf_demo.video.reader import VideoReader


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["--camera", "97", "--show", "none"], EXIT_INPUT, "there is no camera 97"),
        (["--size", "wide"], EXIT_USAGE, "give WIDTHxHEIGHT"),
        (["--view", "camera"], EXIT_USAGE, "give ELEV,AZIM"),
        (["--height", "9"], EXIT_USAGE, "out of range"),
        (["no.mp4", "--show", "none"], EXIT_INPUT, "no.mp4"),
    ],
)
def test_refused(args: list[str], code: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert words in call("live", "--dir", tmp_path, *args, code=code, capsys=capsys)


def test_window_without_a_display(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(window, "can_show", lambda: False)
    text = call("live", "--dir", tmp_path, "--show", "window", code=EXIT_USAGE, capsys=capsys)
    assert "use --show page" in text


def test_names_of_recordings_are_new(tmp_path: Path) -> None:
    first = recording_path(tmp_path)
    first.touch()
    assert recording_path(tmp_path) != first and first.suffix == ".mp4"


@pytest.mark.slow
def test_clip_played_as_a_camera(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("mediapipe")
    clip = find_demo("soccer_kick").clip
    out = tmp_path / "o.mp4"
    text = call(
        "live", clip, "--out", out, "--record", "--dir", tmp_path, "--height", "1.8", code=EXIT_OK, capsys=capsys
    )
    (recorded,) = tmp_path.glob("live-*.mp4")
    assert f"analyse with: kasf-demo {recorded} --height 1.8" in text
    assert VideoReader(out).info.width == 2000 and len(list(VideoReader(out))) >= 1
    assert len(list(VideoReader(recorded))) > 30
