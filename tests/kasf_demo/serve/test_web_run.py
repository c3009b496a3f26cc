"""The pages in a real browser, from an upload to its result, with stub workers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import serve_stub
from serve_pages import MOBILE, Tabs, finished, shown, start, upload, web_app, wide
from served import Served, waited

from kasf_demo.serve.config import Limits

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab


def test_from_a_clip_to_its_result(web: Served, tabs: Tabs) -> None:
    """The athlete is chosen by a click; the request has what was set."""
    tab = tabs.open(web.url)
    assert shown(tab).get_by_text("Nothing is here yet.").is_visible()
    clip = upload(tab, "steps.mp4")
    people = tab.locator(".person")
    people.nth(1).click()
    assert (
        people.nth(1).get_attribute("aria-pressed") == "true" and people.nth(0).get_attribute("aria-pressed") == "false"
    )
    assert tab.get_by_label("The person I clicked on at 1.00").is_checked()
    tab.get_by_label("Height of the athlete").fill("182")
    tab.get_by_text("2 people are in view", exact=False).wait_for()
    job = start(tab)
    stages = tab.get_by_role("list", name="Steps")
    stages.get_by_text(re.compile("^[1-9][0-9]?.%")).first.wait_for()
    assert "Finding the body in every frame" in stages.inner_text()
    assert "% · steps.mp4" in tab.title()
    asked = web.client.get(f"/api/jobs/{job}").json()["request"]
    # the middle of the box of the one on the right
    assert (asked["clip"], asked["height_m"]) == (clip, 1.82)
    assert asked["athlete"] == {"x": 48.0, "y": 24.0, "time_s": 1.0}
    (web.folder / "go").touch()
    finished(tab)
    body = tab.inner_text("main")
    assert "10.6" in body and "9.3 to 12.0" in body and "a warning".capitalize() in body
    tab.locator("path.line").nth(1).wait_for()
    assert tab.locator("path.band").count() == 2 and tab.locator("path.line").count() == 2
    tab.get_by_role("button", name="Show 1.00 s in the video").click()
    tab.wait_for_function("() => document.querySelector('video').currentTime > 0.9")
    tab.get_by_role("tab", name="3D view").click()
    frame = tab.frame_locator("iframe").locator("body")
    assert frame.inner_text() == "a page"
    assert tab.locator("iframe").get_attribute("sandbox") == "allow-scripts"


HOSTILE = "<img src=x onerror=alert(1)>\"'&amp;{{7*7}}‮gpm.mp4"


def test_names_of_strangers_are_text(web: Served, tabs: Tabs) -> None:
    """In every place where a name is shown."""
    shown_name = web.upload(HOSTILE)["name"]
    tab = tabs.open(web.url)
    card = shown(tab).locator(".card", has_text="onerror")
    assert card.locator(".name").inner_text() == shown_name and card.locator("img[src=x]").count() == 0
    card.locator(".name").click()
    tab.wait_for_url("**/#/clip/*")
    assert shown(tab).locator("h1").inner_text() == shown_name
    tab.goto(f"{web.url}/#/")
    shown(tab).get_by_role("button", name="Delete the clip <img").click()
    assert "onerror" in tab.get_by_role("dialog").inner_text()
    tab.keyboard.press("Escape")
    assert tab.locator("img[src=x]").count() == 0


def test_the_language_is_that_of_the_browser_and_can_be_changed(web: Served, tabs: Tabs) -> None:
    tab = tabs.open(web.url, locale="de-AT")
    assert shown(tab).locator("h1").inner_text() == "Clips und Ergebnisse"
    assert tab.locator("html").get_attribute("lang") == "de"
    tab.get_by_label("Sprache").select_option("en")
    assert shown(tab).locator("h1").inner_text() == "Clips and results"
    tab.reload()
    assert shown(tab).locator("h1").inner_text() == "Clips and results"


def texts_of(language: Path) -> dict[str, set[str]]:
    """Each key of a message table with the {names} in its text."""
    rows = re.findall(
        r'^ +"?([a-z][\w.]*)"?: "((?:[^"\\]|\\.)*)",$', language.read_text(encoding="utf-8"), re.MULTILINE
    )
    return {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in rows}


def test_every_language_has_the_same_texts_with_the_same_values() -> None:
    folder = Path(__file__).parents[3] / "app" / "kasf_demo" / "serve" / "web" / "src" / "messages"
    english, *others = [texts_of(folder / "en.ts"), *(texts_of(p) for p in folder.glob("*.ts") if p.stem != "en")]
    assert len(english) > 200 and others and all(other == english for other in others)


@pytest.mark.slow
def test_cancel_and_reload_in_the_middle(web: Served, tabs: Tabs) -> None:
    (web.folder / "go").unlink(missing_ok=True)
    tab = tabs.open(web.url)
    upload(tab, "steps-b.mp4")
    tab.locator(".person").nth(0).click()
    tab.get_by_label("Height of the athlete").fill("170")
    tab.get_by_label("Test").select_option("cmj")
    tab.reload()  # what was set is still there
    assert shown(tab).get_by_label("Height of the athlete").input_value() == "170"
    assert tab.get_by_label("Test").input_value() == "cmj"
    tab.locator('.person[aria-pressed="true"]').wait_for()
    job = start(tab)
    tab.reload()
    tab.get_by_role("button", name="Cancel the analysis").click()
    tab.get_by_text("Nothing was kept of it.").wait_for()
    assert web.client.get(f"/api/jobs/{job}").json()["state"] == "cancelled"
    tab.get_by_role("link", name="Back to the settings").click()
    assert shown(tab).get_by_label("Height of the athlete").input_value() == "170"
    tab.goto(f"{web.url}/#/")
    tab.get_by_role("button", name="Remove the analysis of steps-b.mp4 from this list").click()
    tab.locator(".item", has_text="steps-b.mp4").wait_for(state="detached")


@pytest.mark.slow
def test_two_people_at_once(web: Served, tabs: Tabs) -> None:
    """Both see the queue; what one deletes is gone for the other."""
    (web.folder / "go").unlink(missing_ok=True)
    one, other = tabs.open(web.url), tabs.open(web.url, locale="de-DE")
    upload(one, "steps-one.mp4")
    upload(other, "two.mp4")
    start(one)
    other.get_by_role("button", name="Analyse starten").click()
    other.get_by_text("Wartet: als Nächstes an der Reihe").wait_for()
    one.goto(f"{web.url}/#/")
    one.locator(".item", has_text="two.mp4").get_by_text("Waiting: next in the queue").wait_for()
    (web.folder / "go").touch()
    result = finished(other)
    shown(one).locator(f'a[href="#/result/{result}"]').click()
    shown(one).get_by_role("button", name="Delete", exact=True).click()
    one.get_by_role("dialog").get_by_role("button", name="Delete").click()
    one.wait_for_url("**/#/")
    other.reload()
    other.get_by_text("Dieses Ergebnis gibt es nicht mehr.").wait_for()
    tabs.expect("404")


@pytest.mark.slow
def test_files_that_are_no_clips(tmp_path: Path, tabs: Tabs) -> None:
    """Each ends in one line, and another file can be chosen."""
    with web_app(tmp_path, limits=Limits(bytes=50_000, requests_per_s=1e6, burst=10**6, free_bytes=0)) as web:
        tab = shown(tabs.open(web.url))
        for text in ("415", "413", "ERR_CONNECTION"):  # a reset connection or 413, as the browser happens to see it
            tabs.expect(text)

        def refused(name: str, data: bytes, text: str) -> None:
            tab.set_input_files("input[type=file] >> nth=0", {"name": name, "mimeType": "video/mp4", "buffer": data})
            tab.locator(".item", has_text=name).get_by_text(text).wait_for()

        refused("empty.mp4", b"", "The file is empty.")
        refused("big.mp4", b"x" * 60_000, "The clip is too large.")
        refused("notes.mp4", b"bad text", "Not a video, or its header is damaged")
        refused("bomb.mp4", b"kill", "The clip crashed the program that read it")
        refused("film.mp4", b"long", "The clip is too long.")
        # a program that sends more than the page would: refused by the server in the middle
        tab.route("**/api/session", larger_limit)
        tab.reload()
        shown(tab)
        tab.set_input_files("input[type=file] >> nth=0", big_file(tmp_path))
        tab.get_by_text(re.compile("The clip is too large|The upload was cut off")).wait_for()
        tab.unroute("**/api/session")
        upload(tab, "good.mp4")


def big_file(folder: Path) -> Path:
    path = folder / "huge.mp4"
    path.write_bytes(b"x" * 20_000_000)
    return path


def larger_limit(route: Any) -> None:
    answer = route.fetch()
    session = answer.json()
    session["limits"]["bytes"] = 10**12
    route.fulfill(response=answer, json=session)


@pytest.mark.slow
def test_the_access_link(tmp_path: Path, tabs: Tabs) -> None:
    with web_app(tmp_path, require_token=True) as web:
        tab = tabs.open(web.url)
        tab.get_by_role("heading", name="Access link needed").wait_for()
        tabs.expect("401")
        tab.goto(f"{web.url}/enter?token={web.service.access.token}")
        assert shown(tab).locator("h1").inner_text() == "Clips and results"
        assert "token" not in tab.url
        upload(tab, "kick.mp4")


@pytest.mark.slow
@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_a_phone(tmp_path: Path, tabs: Tabs, locale: str) -> None:
    """Nothing is wider than the screen; the camera can be opened."""
    with web_app(tmp_path) as web:
        tab = tabs.open(web.url, locale=locale, **MOBILE)
        assert not wide(shown(tab))
        assert [i.get_attribute("capture") for i in tab.locator("input[type=file]").all()] == [None, "environment"]
        upload(tab, "Ein_sehr_langer_Name_ohne_Leerzeichen_von_einem_Telefon_2026-12-01_13-15-00_Sprung.mp4")
        tab.locator(".person").nth(0).tap()
        tab.locator("summary").first.tap()
        assert not wide(tab) and small(tab) == []
        tab.locator(".start button").tap()
        finished(tab)
        assert not wide(tab) and small(tab) == []


def small(tab: Tab) -> list[str]:
    """Buttons that a finger misses: less than 24 px, as WCAG 2.2 has it."""
    script = """[...document.querySelectorAll('main button:not(.sr), main a.button, main select, main input:not(.sr)')]
        .filter(e => e.checkVisibility() && !['radio', 'checkbox'].includes(e.type))
        .filter(e => Math.min(e.getBoundingClientRect().width, e.getBoundingClientRect().height) < 24)
        .map(e => e.outerHTML)"""
    found: list[str] = tab.evaluate(script)
    return found


@pytest.mark.slow
def test_a_clip_is_dropped_and_an_upload_cancelled(web: Served, tabs: Tabs) -> None:
    tab = shown(tabs.open(web.url))
    held: list[Any] = []  # the connection of the first hangs
    tab.route("**/api/clips?*", lambda route: route.continue_() if held else held.append(route))
    drop(tab, "dropped.mp4", 3_000_000)
    tab.locator(".uploads").get_by_text("of 3.0").wait_for()
    tab.locator(".uploads").get_by_role("button", name="Cancel").click()
    tab.locator(".uploads .item").wait_for(state="detached")
    drop(tab, "again.mp4", 1000)
    tab.wait_for_url("**/#/clip/*")
    assert shown(tab).locator("h1").inner_text() == "again.mp4"
    assert "dropped.mp4" not in [clip["name"] for clip in web.client.get("/api/clips").json()]
    tab.get_by_role("button", name="Delete this clip").click()
    tab.get_by_role("dialog").get_by_role("button", name="Delete").click()
    tab.wait_for_url("**/#/")


def drop(tab: Tab, name: str, size: int) -> None:
    """Drops a file onto the middle of the page."""
    tab.evaluate(
        """([name, size]) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(size)], name, {type: 'video/mp4'}));
            const options = {dataTransfer: data, bubbles: true, cancelable: true};
            for (const kind of ['dragenter', 'dragover', 'drop'])
                document.querySelector('main').dispatchEvent(new DragEvent(kind, options));
        }""",
        [name, size],
    )


NONSENSE = ([{}], [{"id": "<b>1", "frames_with_pose": "x", "angles": {"<i>": {}}}], [{"id": 1, "events": 7}])


@pytest.mark.slow
@pytest.mark.parametrize("people", NONSENSE)
def test_a_result_with_nonsense_in_it(web: Served, tabs: Tabs, people: list[object]) -> None:
    """A result may be anybody's file: it is shown as far as that goes, or one line says that it cannot be."""
    report = serve_stub.REPORT | {"people": people, "warnings": ["<img src=x>"], "findings": [{"level": "bad"}]}
    path = web.folder / "nonsense.json"
    path.write_text(json.dumps(report))
    try:
        waited(lambda: "nonsense" in [r["name"] for r in web.client.get("/api/results").json()])
        found = next(r for r in web.client.get("/api/results").json() if r["name"] == "nonsense")
        tab = tabs.open(web.url, f"#/result/{found['id']}")
        tab.wait_for_selector("main .note")
        assert tab.locator("main img[src=x]").count() == 0 and tab.locator("main b, main i").count() == 0
    finally:
        path.unlink()
