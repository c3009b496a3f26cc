"""Who cannot see the pages, or has no mouse: axe-core finds nothing, and everything can be reached by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from serve_pages import DESK, MOBILE, Tabs, finished, shown, upload
from served import Served

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab

axe = pytest.importorskip("axe_core_python.sync_playwright", reason="needs axe-core-python")


def violations(tab: Tab) -> list[str]:
    """What axe-core finds on a page."""
    found = axe.Axe().run(tab)["violations"]
    return [f"{v['id']}: {node['html'][:200]}" for v in found for node in v["nodes"]]


@pytest.mark.slow
@pytest.mark.parametrize("size", [DESK, MOBILE], ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_axe_finds_nothing(web: Served, tabs: Tabs, theme: str, size: dict[str, object], locale: str) -> None:
    """On every page, in the states that it has."""
    (web.folder / "go").touch()
    clip = web.upload("steps.mp4")
    done = web.until(web.start(clip, test="cmj"), "done")
    failed = web.until(web.start(web.upload("broken.mp4")), "failed")
    (web.folder / "go").unlink()
    running = web.start(clip)
    tab = tabs.open(web.url, color_scheme=theme, locale=locale, bypass_csp=True, **size)
    wrong = violations(shown(tab))
    for address in (f"clip/{clip['id']}", f"job/{failed['id']}", f"job/{running['id']}", f"result/{done['result']}"):
        tab.goto(f"{web.url}/#/{address}")
        tab.wait_for_selector("main [data-loaded], main .job .button")
        if address.startswith("clip"):
            tab.locator(".person").nth(1).click()
            tab.wait_for_selector(".findings .note")
        for folded in tab.locator("summary").all():
            folded.click()
        wrong += violations(tab)
    tab.get_by_role("tab").nth(1).click()
    wrong += violations(tab)
    tab.locator(".actions .danger").click()
    wrong += violations(tab)
    tab.keyboard.press("Escape")
    for address in ("result/abc", "nowhere"):
        tab.goto(f"{web.url}/#/{address}")
        tab.wait_for_selector("main .note")
        wrong += violations(tab)
    web.client.delete(f"/api/jobs/{running['id']}")
    tabs.expect("404")
    tabs.expect("postMessage")  # axe greets the sandboxed page, which belongs to nobody
    assert not wrong


@pytest.mark.slow
def test_without_a_mouse(web: Served, tabs: Tabs) -> None:
    """The athlete is chosen and the analysis started by Tab, arrows and Enter; each page starts at its heading."""
    (web.folder / "go").touch()
    tab = tabs.open(web.url)
    upload(tab, "kick.mp4")
    assert tab.evaluate("document.activeElement.tagName") == "H1"
    tab.locator(".person").nth(1).wait_for()
    press(tab, "Tab", until="Person 2 from the left")
    tab.keyboard.press("Enter")
    assert tab.locator(".person").nth(1).get_attribute("aria-pressed") == "true"
    assert "Person 2 from the left" in focused(tab)  # the focus stays where it was
    press(tab, "Tab", until="Time in the clip")
    tab.keyboard.press("ArrowRight")
    tab.get_by_text("1.04 / 2.00 s").wait_for()
    press(tab, "Tab", until="Start the analysis")
    tab.keyboard.press("Enter")
    finished(tab)
    assert tab.evaluate("document.activeElement.tagName") == "H1"
    press(tab, "Tab", until="Video")
    tab.keyboard.press("ArrowRight")
    assert focused(tab) == "3D view" and tab.locator("iframe").is_visible()
    tab.get_by_role("button", name="Delete", exact=True).focus()
    tab.keyboard.press("Enter")
    assert focused(tab) == "Cancel"  # what does no harm comes first
    tab.keyboard.press("Enter")
    assert focused(tab) == "Delete"


def focused(tab: Tab) -> str:
    """The name of what has the focus."""
    script = "(e => e.getAttribute('aria-label') || e.textContent.trim())(document.activeElement)"
    name: str = tab.evaluate(script)
    return name


def press(tab: Tab, key: str, *, until: str) -> None:
    """Presses a key until the focus is there."""
    for _ in range(40):
        tab.keyboard.press(key)
        if until in focused(tab):
            return
    raise AssertionError(f"{until!r} cannot be reached by {key}")


@pytest.mark.slow
def test_progress_is_spoken(web: Served, tabs: Tabs) -> None:
    """A status region says how far it is, a few times only."""
    (web.folder / "go").unlink(missing_ok=True)
    tab = tabs.open(web.url)
    upload(tab, "steps.mp4")
    tab.evaluate(
        """() => {
            const region = document.querySelector('[role=status]');
            window.heard = [];
            const listen = new MutationObserver(() => heard.push(region.textContent));
            listen.observe(region, {childList: true, characterData: true, subtree: true});
        }"""
    )
    tab.locator(".start button").click()
    tab.wait_for_function("() => heard.some(text => text.includes('Finding the body'))")
    (web.folder / "go").touch()
    finished(tab)
    heard: list[str] = tab.evaluate("heard")
    assert "Done" in heard and len(heard) < 10, heard
