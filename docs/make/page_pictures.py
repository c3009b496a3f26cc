"""Takes docs/images/page.jpg and docs/images/page_phone.jpg from pages of demo clips, in chromium: python
docs/make/page_pictures.py [YOLO]

The kick of soccer_kick with the ghost of an earlier moment; on a phone, crossing with everybody where weights of YOLO
are given, else the same kick.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import browser as chromium  # noqa: E402
import tab as pages  # noqa: E402

from kasf_demo import analyse  # noqa: E402

GHOST_BEFORE = 9  # frames


def a_page(folder: Path, clip: str, **options: Any) -> tuple[Path, int]:
    """The clip's page, and the frame of its kick, else its middle."""
    out = folder / f"{clip}.mp4"
    result = analyse(
        ROOT / "demo_videos" / f"{clip}.mp4", out, export=("html",), offline=True, overwrite=True, **options
    )
    strike = result.motion[0].events.strike
    frame = len(result.times_s) // 2 if strike is None else int(np.abs(result.times_s - strike.time_s).argmin())
    return out.with_suffix(".html"), frame


def picture(browser: Browser, page: Path, frame: int, out: Path, *, ghost: bool, **context: Any) -> None:
    """A screenshot at `frame`, with the ghost of an earlier one."""
    said: list[str] = []
    tab = chromium.open_file(browser, page, said, **context)
    tab.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
    if ghost:
        pages.go(tab, frame - GHOST_BEFORE)
        tab.wait_for_timeout(500)
        tab.keyboard.press("h")
    pages.go(tab, frame)
    pages.shot(tab)
    png = np.frombuffer(tab.screenshot(), np.uint8)
    cv2.imwrite(str(out), cv2.imdecode(png, cv2.IMREAD_COLOR), [cv2.IMWRITE_JPEG_QUALITY, 85])
    tab.context.close()
    if said:
        raise SystemExit(f"{page.name}: {said}")


def main() -> None:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.binary(), args=chromium.FLAGS)
        kick, frame = a_page(Path(name), "soccer_kick", detector="mediapipe")
        picture(browser, kick, frame, ROOT / "docs" / "images" / "page.jpg", ghost=True)
        small, middle = kick, frame
        if len(sys.argv) > 1:
            small, middle = a_page(Path(name), "crossing", detector="yolo", detector_weights=sys.argv[1], athlete="all")
        picture(browser, small, middle, ROOT / "docs" / "images" / "page_phone.jpg", ghost=False, **chromium.PHONE)
        browser.close()


if __name__ == "__main__":
    main()
