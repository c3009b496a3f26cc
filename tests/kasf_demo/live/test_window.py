"""Whether a window can be opened is found out without risk."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import cv2
import numpy as np
import pytest

from kasf_demo.live import window

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="about DISPLAY")


@linux
def test_without_a_display_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("tried"))
    assert not window.can_show()


@linux
@pytest.mark.slow
def test_display_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Qt ends the process that tries."""
    monkeypatch.setenv("DISPLAY", ":987")
    assert not window.can_show()


def test_keys_and_the_closed_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no display in tests: OpenCV's functions are replaced."""
    shown: list[Any] = []
    state = {"key": -1, "visible": 0.0}
    for name in ("namedWindow", "resizeWindow", "destroyAllWindows"):
        monkeypatch.setattr(cv2, name, lambda *_: None)
    monkeypatch.setattr(cv2, "imshow", lambda _, image: shown.append(image))
    monkeypatch.setattr(cv2, "waitKey", lambda _: state["key"])
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: state["visible"])
    screen = window.Window((640, 360))
    assert screen.keys() == ""  # not open yet
    state["visible"] = 1.0
    for key, wanted in ((-1, ""), (ord("r"), "r"), (ord("R"), "r"), (ord("q"), "q"), (27, "q")):
        state["key"] = key
        assert screen.keys() == wanted
    state.update(key=-1, visible=0.0)
    assert screen.keys() == "q"
    screen.show(np.full((2, 2, 3), (255, 0, 0), np.uint8))
    assert shown[0][0, 0].tolist() == [0, 0, 255]
    screen.close()
