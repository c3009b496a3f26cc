"""A page is opened from anywhere and may come from anyone: nothing in it is run that is not its program, nothing leaves
it."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pages import a_page, constant_times
from walker import walking_coco, write_clip, write_keypoints

from kasf_demo import analyse

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab

Open = Callable[..., "Tab"]
NAME = "<img src=x onerror=alert(1)>.mp4"
NAMES = [
    NAME,
    "</title><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "&lt;b&gt; \"'`${1}",
]


def test_a_clip_with_a_name_that_is_markup(open_page: Open, tmp_path: Path) -> None:
    people = [walking_coco(15)]
    clip = write_clip(tmp_path / NAME, people)
    analyse(
        clip, tmp_path / "p.mp4", keypoints=write_keypoints(tmp_path / "k.json", people), export="html", offline=True
    )
    tab = open_page(tmp_path / "p.html")
    tab.wait_for_timeout(300)
    assert tab.title() == NAME == tab.inner_text("#title") and tab.locator("img").count() == 0


@pytest.mark.parametrize("text", [NAMES[0], *(pytest.param(n, marks=pytest.mark.slow) for n in NAMES[1:])])
def test_text_from_outside_stays_text(open_page: Open, text: str) -> None:
    page = a_page(constant_times(4), people=2, title=text, notes=[text])
    tab = open_page(replace(page, takes=[replace(t, name=text, marks=[(0.0, None, text)]) for t in page.takes]))
    tab.keyboard.press("i")
    # data, program
    assert tab.locator("img, #infobox script, #title *").count() == 0 and tab.locator("script").count() == 2
    assert text in tab.inner_text("#infobox li >> nth=0") and tab.locator("#person option").first.inner_text() == text
    assert tab.locator(".mark").first.get_attribute("title") == f"{text}, 0.00 s"


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine, and what it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


TRIES = {
    "fetch": "fetch(url + '/fetch')",
    "image": "(() => { const e = new Image(); e.src = url + '/image'; document.body.append(e); })()",
    "style": (
        "(() => { const e = document.createElement('link'); e.rel = 'stylesheet'; e.href = url;"
        " document.head.append(e); })()"
    ),
    "frame": (
        "(() => { const e = document.createElement('iframe'); e.src = url + '/frame'; document.body.append(e); })()"
    ),
    "video": (
        "(() => { const e = document.createElement('video'); e.src = url + '/video'; document.body.append(e); })()"
    ),
    "socket": "new WebSocket(url.replace('http', 'ws') + '/socket')",
    "form": (
        "(() => { const e = document.createElement('form'); e.action = url + '/form'; document.body.append(e);"
        " e.submit(); })()"
    ),
    "beacon": "navigator.sendBeacon(url + '/beacon', 'x')",
}


def test_nothing_leaves_the_page(
    open_page: Open, browser: object, tmp_path: Path, listener: tuple[str, list[str]]
) -> None:
    url, asked = listener
    tab = quiet_tab(browser, a_file(tmp_path))
    tab.evaluate(
        "document.addEventListener('securitypolicyviolation', e => (window.refused ??= []).push(e.effectiveDirective))"
    )
    for code in TRIES.values():
        tab.evaluate(f"url => {{ try {{ Promise.resolve({code}).catch(() => 0); }} catch {{}} }}", url)
    tab.wait_for_timeout(500)
    refused = set(tab.evaluate("window.refused ?? []"))
    assert (
        asked == [] and {"connect-src", "img-src", "style-src-elem", "frame-src", "media-src", "form-action"} <= refused
    )
    tab.context.close()


def test_nothing_else_is_run(browser: object, tmp_path: Path) -> None:
    tab = quiet_tab(browser, a_file(tmp_path))
    # outside of the debugger's own call, which may do more than a page
    tab.evaluate("""() => setTimeout(() => {
             try { (0, eval)('window.ran = "eval"'); } catch {}
             try { new Function('window.ran = "function"')(); } catch {}
             try { document.body.innerHTML += '<img src=x onerror="window.ran = 1">'; } catch { window.trusted = true; }
             const b = document.createElement('button');
             try { b.setAttribute('onclick', 'window.ran = "handler"'); b.click(); } catch {}
             const s = document.createElement('script');
             try { s.text = 'window.ran = "script"'; document.body.append(s); } catch {}
           }, 0)""")
    tab.wait_for_timeout(300)
    assert tab.evaluate("[window.ran ?? null, window.trusted ?? false]") == [None, True]
    tab.context.close()


def a_file(folder: Path) -> Path:
    from kasf_demo.viewer import write_page

    write_page(folder / "p.html", a_page(constant_times(4)))
    return folder / "p.html"


def quiet_tab(browser: object, path: Path) -> Tab:
    """A tab whose console may complain: every refusal is an error there."""
    tab: Tab = browser.new_context().new_page()  # type: ignore[attr-defined]
    tab.goto(path.as_uri())
    tab.wait_for_selector("html[data-ready]", state="attached")
    return tab
