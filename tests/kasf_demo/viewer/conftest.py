"""Pages in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser import open_file

from kasf_demo.viewer import Page, write_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Tab]]:
    """Opens a Page, or a file that a run wrote, in a tab of its own. Whatever the console calls an error fails the
    test."""
    said: list[str] = []
    tabs: list[Any] = []

    def open_it(page: Page | Path, *, into: Browser = browser, **context: Any) -> Tab:
        path = page if isinstance(page, Path) else tmp_path / f"page{len(tabs)}.html"
        if isinstance(page, Page):
            write_page(path, page)
        tab = open_file(into, path, said, **context)
        tabs.append(tab)
        tab.wait_for_selector("html[data-ready]", state="attached", timeout=20_000)
        return tab

    yield open_it
    for tab in tabs:
        tab.context.close()
    assert not said
