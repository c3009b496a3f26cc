"""The page is guarded as `serve` is, and streams the newest image."""

from __future__ import annotations

import threading

import numpy as np
import pytest

pytest.importorskip("starlette", reason="needs the extra app")
pytest.importorskip("httpx", reason="needs httpx")

from starlette.testclient import TestClient

from kasf_demo.live.page import MAX_VIEWERS, Stream, live_app
from kasf_demo.serve.access import Access

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
    parts = stream.parts()
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(next(p for p in parts if p)), daemon=True)
    reader.start()
    while reader.is_alive():
        stream.show(np.full((8, 8, 3), 200, np.uint8))
        reader.join(0.01)
    head, _, jpeg = got[0].partition(b"\r\n\r\n")
    assert b"image/jpeg" in head and jpeg.startswith(b"\xff\xd8")
    assert stream.viewers == 1
    stream.close()
    assert list(parts) == [] and stream.viewers == 0


def test_viewers_are_limited() -> None:
    page = Page()
    page.stream.viewers = MAX_VIEWERS
    assert page.client.get("/stream.mjpg").status_code == 429
