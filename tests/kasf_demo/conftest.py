"""Fixtures of the application's tests."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from browser import FLAGS, binary
from in_process import here
from walker import walk

from kasf_demo import weights
from kasf_demo.engine import Engine

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser", "chromium", "here", "networks_loaded_once", "signal_handlers", "walk"]


@pytest.fixture(autouse=True)
def signal_handlers() -> Iterator[None]:
    """The command line sets its own; pytest wants its own back."""
    before = [(n, signal.getsignal(n)) for n in (signal.SIGINT, signal.SIGTERM)]
    yield
    for number, handler in before:
        signal.signal(number, handler)


@pytest.fixture(autouse=True, scope="session")
def networks_loaded_once() -> Iterator[None]:
    """A network that OpenVINO has compiled serves every later run of this process: compiling takes a second, and most
    tests' runs ask for the same one. Other weights, settings or another cache are other networks; what a test makes
    fail is not kept."""
    loaded: dict[tuple[object, ...], Any] = {}
    load = Engine._openvino_network

    def load_once(self: Engine, *, required: bool) -> Any:
        key = (self.lifter_weights.path, self.lifter_weights.sha256, self._lifter_file.key, weights.cache_dir())
        network = loaded.get(key) or load(self, required=required)
        if network is not None:
            loaded[key] = network
        return network

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "_openvino_network", load_once)
        yield
    loaded.clear()  # openvino's objects should go before the interpreter ends


@pytest.fixture(scope="session")
def chromium() -> Iterator[Callable[..., Browser]]:
    """Starts the system's chromium with more flags; skips where there is none, or no playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    chromium = binary()
    if chromium is None:
        pytest.skip("needs chromium: apt-get install chromium")
    opened: list[Any] = []
    with playwright.sync_playwright() as p:

        def launch(*flags: str) -> Browser:
            opened.append(p.chromium.launch(executable_path=chromium, args=[*FLAGS, *flags]))
            return opened[-1]

        yield launch
        for browser in opened:
            browser.close()


@pytest.fixture(scope="session")
def browser(chromium: Callable[..., Browser]) -> Browser:
    return chromium()
