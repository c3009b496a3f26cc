"""One server with stub workers for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    from served import served

    with served(tmp_path_factory.mktemp("serve") / "results") as running:
        yield running


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """A server whose results have enough in them for the pages."""
    from serve_pages import web_app

    with web_app(tmp_path_factory.mktemp("web")) as running:
        yield running


@pytest.fixture
def tabs(browser: Browser) -> Iterator[object]:
    """Opens tabs; an error in a console fails the test."""
    from serve_pages import Tabs

    opened = Tabs(browser)
    yield opened
    opened.close()
