"""The page is guarded as `serve` is, and streams the newest image."""

from __future__ import annotations

import asyncio
import threading
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from own_loop import run_alone

pytest.importorskip("starlette", reason="needs the extra app")
pytest.importorskip("httpx", reason="needs httpx")

from starlette.testclient import TestClient
from starlette.types import Message

from kasf_demo.live.page import MAX_VIEWERS, STATIC, Images, Stream, live_app
from kasf_demo.serve.access import Access

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

STATE = {"frames_per_s": 25.0, "latency_ms": 60.0, "dropped": 0, "recording": False, "recordings": []}


class Page:
    """The app, its stream, and what was pressed."""

    def __init__(self, token: str | None = None) -> None:
        self.access = Access(b"s" * 32, token, frozenset({"127.0.0.1"}), token is None)
        self.stream, self.pressed = Stream(), list[str]()
        app = live_app(self.access, self.stream, lambda: dict(STATE), self.pressed.append)
        self.client = TestClient(app, base_url="http://127.0.0.1")


def test_page_and_its_files() -> None:
    page = Page()
    for path, words in (("/", "kasf-demo live"), ("/static/live.js", "/api/live"), ("/static/live.css", "button")):
        answer = page.client.get(path)
        assert answer.status_code == 200 and words in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    for path in ("/static/../page.py", "/static/page.py", "/static/%2e%2e%2fpage.py", "/x"):
        assert page.client.get(path).status_code == 404


def test_keys_need_the_csrf_token() -> None:
    page = Page()
    assert page.client.post("/api/live/keys/r").status_code == 403
    headers = {"X-KASF-CSRF": page.client.get("/api/live").json()["csrf"]}
    assert page.client.post("/api/live/keys/r", headers=headers).status_code == 204
    assert page.client.post("/api/live/keys/x", headers=headers).status_code == 404
    assert page.client.get("/api/live/keys/q").status_code == 405
    assert page.pressed == ["r"]


def test_network_needs_the_token() -> None:
    page = Page("t" * 24)
    for path in ("/stream.mjpg", "/api/live", "/other"):
        assert page.client.get(path).status_code == 401
    assert page.client.get("/").status_code == 200  # the empty page, which says what is missing
    assert page.client.get("/enter?token=wrong").status_code == 401
    entered = page.client.get(f"/enter?token={'t' * 24}", follow_redirects=False)
    assert entered.status_code == 303 and "httponly" in entered.headers["set-cookie"].lower()
    page.client.cookies.set(page.access.cookie_name, page.access.cookie)
    assert page.client.get("/api/live").json()["frames_per_s"] == 25.0


def test_other_names_of_this_machine_are_refused() -> None:
    page = Page()
    assert page.client.get("/", headers={"Host": "evil.example"}).status_code == 403
    assert page.client.get("/api/live", headers={"Origin": "http://evil.example"}).status_code == 403


def test_newest_image_goes_to_those_who_look() -> None:
    stream = Stream()
    stream.show(np.zeros((8, 8, 3), np.uint8))  # nobody looks: not encoded
    assert stream.enter()
    parts = stream.parts()
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(next(p for p in parts if p)), daemon=True)
    reader.start()
    while reader.is_alive():
        stream.show(np.full((8, 8, 3), 200, np.uint8))
        reader.join(0.01)
    head, _, jpeg = got[0].partition(b"\r\n\r\n")
    assert b"image/jpeg" in head and jpeg.startswith(b"\xff\xd8")
    stream.close()
    assert list(parts) == []


def test_viewers_are_limited() -> None:
    page = Page()
    assert [page.stream.enter() for _ in range(MAX_VIEWERS + 1)] == [True] * MAX_VIEWERS + [False]
    refused = page.client.get("/stream.mjpg")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_viewers")
    page.stream.leave()
    page.stream.close()  # else the answer has no end
    assert page.client.get("/stream.mjpg?1790000000000").status_code == 200
    assert page.stream.viewers == MAX_VIEWERS - 1


def test_viewers_who_come_at_once_are_limited_before_their_first_image() -> None:
    stream, seen = Stream(), list[tuple[int, int]]()

    async def look() -> None:
        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.append((message["status"], stream.viewers))
                await asyncio.sleep(0.01)

        async def receive() -> Message:
            await asyncio.sleep(60)
            raise AssertionError("nobody goes")

        scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
        await Images(stream)(scope, receive, send)

    async def everybody() -> None:
        looking = asyncio.gather(*(look() for _ in range(MAX_VIEWERS + 3)))
        await asyncio.sleep(0.05)
        stream.close()
        await looking

    run_alone(everybody())
    assert sorted(status for status, _ in seen) == [200] * MAX_VIEWERS + [429] * 3
    assert max(viewers for _, viewers in seen) == MAX_VIEWERS and stream.viewers == 0


@pytest.mark.slow
def test_the_page_goes_on_after_a_lost_request_and_ignores_keys_that_repeat(browser: Browser) -> None:
    """In a browser, with answers of ours: lost, refused, good, recording."""
    answers: list[dict[str, Any]] = [{}, {"error": "open the link"}, *[STATE | {"csrf": "c"}] * 2]
    asked, pressed = list[str](), list[str]()

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path == "/api/live":
            asked.append(path)
            now = answers.pop(0) if len(answers) > 1 else answers[0] | {"recording": len(pressed) % 2 == 1}
            if not now:
                route.abort()
            else:
                route.fulfill(json=now, status=401 if "error" in now else 200)
        elif path.startswith("/api/live/keys/"):
            pressed.append(path[-1] + route.request.headers["x-kasf-csrf"])
            route.fulfill(status=204)
        elif path == "/stream.mjpg":
            route.fulfill(body=b"", content_type="image/jpeg")
        else:
            name = path.rpartition("/")[2] or "live.html"
            route.fulfill(body=(files("kasf_demo.live") / "static" / name).read_bytes(), content_type=STATIC[name])

    tab = browser.new_page()
    tab.route("**/*", answer)
    tab.goto("http://live.test/")
    said = tab.get_by_role("status")
    said.get_by_text("does not answer; trying again").wait_for()
    said.get_by_text("open the link").wait_for()
    tab.get_by_text("25.0 frames/s").wait_for()
    assert said.inner_text() == ""  # figures that change every second are not announced
    tab.evaluate("for (const key of ['Escape', 'r']) for (const repeat of [true, key === 'r'])"
                 "  document.dispatchEvent(new KeyboardEvent('keydown', {key, repeat}))")  # fmt: skip
    tab.keyboard.press("r")
    said.get_by_text("Recording.").wait_for()
    tab.get_by_role("button", name="Stop recording").click()
    said.get_by_text("The recording has ended.").wait_for()
    assert pressed == ["rc", "rc"]
    tab.keyboard.press("q")
    said.get_by_text("The live view has ended.").wait_for()
    tab.close()
