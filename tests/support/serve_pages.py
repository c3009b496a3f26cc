"""The pages of `kasf-demo serve` in a browser: a server with stub workers, tabs that fail for what the console calls an
error, and the steps that several tests take."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import imageio_ffmpeg
import web_stub
from browser import PHONE, VIEWPORT
from served import Served, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab

WEB_STUB = (sys.executable, web_stub.__file__)
PATIENCE_MS = 60_000
DESK, MOBILE = {"viewport": VIEWPORT}, PHONE


@contextlib.contextmanager
def web_app(folder: Path, **changes: Any) -> Iterator[Served]:
    """Serves `folder`/results."""
    make_video(folder)
    with served(folder / "results", **({"command": WEB_STUB} | changes)) as app:
        yield app


def make_video(folder: Path) -> None:
    """Writes the video of every result of the stub workers."""
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    source = ["-f", "lavfi", "-i", "testsrc=size=128x48:rate=25:duration=2", "-pix_fmt", "yuv420p"]
    subprocess.run([ffmpeg, "-v", "error", "-y", *source, str(folder / web_stub.VIDEO)], check=True)


class Tabs:
    """Opens tabs of a browser. `said`: errors of their consoles. For the browser, the answer 404 of a request is one
    too: a test says what it provokes."""

    def __init__(self, browser: Browser) -> None:
        self._browser, self.said = browser, list[str]()
        self._contexts: list[Any] = []
        self._expected = list[str]()

    def open(self, url: str, address: str = "#/", **context: Any) -> Tab:
        """A tab in a context of its own, in English unless told otherwise."""
        made = self._browser.new_context(**(DESK | {"locale": "en-GB"} | context))
        made.set_default_timeout(PATIENCE_MS)
        self._contexts.append(made)
        tab = made.new_page()
        tab.on("console", lambda m: self.said.append(m.text) if m.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: self.said.append(str(error)))
        tab.goto(f"{url}/{address}")
        return tab

    def expect(self, text: str) -> None:
        """Errors with this text are what the test is about; the console may tell of them late."""
        self._expected.append(text)

    def close(self) -> None:
        """Closes all tabs; fails if a console had another error than those expected."""
        for context in self._contexts:
            context.close()
        wrong = [line for line in self.said if not any(text in line for text in self._expected)]
        assert not wrong, wrong


def shown(tab: Tab) -> Tab:
    """The tab, once the page of its address has its content."""
    address = tab.url[tab.url.find("#") :] if "#" in tab.url else ""
    tab.wait_for_selector(f'main [data-loaded][data-address="{address}"]')
    return tab


def upload(tab: Tab, name: str, data: bytes = b"a video") -> str:
    """Chooses a file on the first page, and waits for the page of the clip. Returns the clip's id."""
    shown(tab).set_input_files("input[type=file] >> nth=0", {"name": name, "mimeType": "video/mp4", "buffer": data})
    tab.wait_for_url("**/#/clip/*")
    shown(tab)
    return tab.url.rpartition("/")[2]


def start(tab: Tab) -> str:
    """Starts the analysis on the page of a clip. Returns the job's id."""
    tab.get_by_role("button", name="Start the analysis").click()
    tab.wait_for_url("**/#/job/*")
    return tab.url.rpartition("/")[2]


def finished(tab: Tab) -> str:
    """Waits until the page of the job has given way to that of the result. Returns the result's id."""
    tab.wait_for_url("**/#/result/*")
    shown(tab)
    return tab.url.rpartition("/")[2]


def wide(tab: Tab) -> bool:
    """Whether the page is wider than its window."""
    return bool(tab.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
