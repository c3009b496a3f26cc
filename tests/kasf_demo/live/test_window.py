"""Whether a window can be opened is found out without risk."""

from __future__ import annotations

import subprocess
import sys

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
