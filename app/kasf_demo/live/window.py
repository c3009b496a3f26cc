"""A window on this machine's screen, where there is one."""

from __future__ import annotations

import os
import subprocess
import sys

import cv2

from kasf_demo.types.arrays import Image

NAME = "kasf-demo live"
PROBE = "import cv2; cv2.namedWindow('kasf-demo'); cv2.waitKey(1); cv2.destroyAllWindows()"
PROBE_S = 30
ESC = 27


def can_show() -> bool:
    """Whether a window can be opened. Tried in a process of its own: without a display Qt ends the whole process, and
    the headless OpenCV has no windows."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        tried = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, timeout=PROBE_S, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return tried.returncode == 0


class Window:
    """Shows images, and says which keys were pressed."""

    def __init__(self, size: tuple[int, int]) -> None:
        cv2.namedWindow(NAME, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | getattr(cv2, "WINDOW_GUI_NORMAL", 0))
        cv2.resizeWindow(NAME, *size)
        self._was_open = False  # some systems need a moment

    def show(self, image: Image) -> None:
        """(H, W, 3) RGB."""
        cv2.imshow(NAME, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))

    def keys(self) -> str:
        """The key pressed since the last call, "q" for the closed window and Esc too; must be called often."""
        key = cv2.waitKey(1)
        is_open = cv2.getWindowProperty(NAME, cv2.WND_PROP_VISIBLE) >= 1
        closed, self._was_open = self._was_open and not is_open, is_open
        if closed or (key != -1 and key & 0xFF == ESC):
            return "q"
        return chr(key & 0xFF).lower() if key != -1 else ""

    def close(self) -> None:
        """Removes the window."""
        cv2.destroyAllWindows()
