"""The server is killed while its pages are open, and started again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from serve_pages import Tabs, finished, make_video, shown, start, upload
from serve_process import free_port, server_process
from served import Served

if TYPE_CHECKING:
    from playwright.sync_api import Route


@pytest.mark.slow
def test_the_server_is_killed_and_started_again(tmp_path: Path, tabs: Tabs) -> None:
    """The page says so, and goes on by itself: the job runs anew and its result is shown."""
    make_video(tmp_path)
    tabs.expect("ERR_")
    port = free_port()
    with server_process(tmp_path, port) as running:
        tab = tabs.open(f"http://127.0.0.1:{port}")
        clip = upload(tab, "steps.mp4")
        job = start(tab)
        tab.get_by_text("Finding the body in every frame").first.wait_for()
        running.kill()
        banner = tab.get_by_role("alert")
        banner.get_by_text("The program cannot be reached.").wait_for()
        assert "kasf-demo serve" in banner.inner_text()
        assert tab.get_by_text("steps.mp4").first.is_visible()  # what was there stays
        tab.evaluate("address => { location.hash = address; }", f"#/clip/{clip}")
        tab.locator("main").get_by_text("The program does not answer.").wait_for()
    with server_process(tmp_path, port):
        banner.wait_for(state="hidden")
        assert shown(tab).locator("h1").inner_text() == "steps.mp4"
        tab.locator(".person").nth(1).wait_for()
        tab.evaluate("address => { location.hash = address; }", f"#/job/{job}")
        tab.get_by_text("Finding the body in every frame").first.wait_for()
        (tmp_path / "results" / "go").touch()
        finished(tab)


@pytest.mark.slow
def test_an_upload_is_cut_off(tmp_path: Path, tabs: Tabs) -> None:
    """It says why, and the same file is sent again by a click."""
    make_video(tmp_path)
    tabs.expect("ERR_")
    port = free_port()
    with server_process(tmp_path, port) as running:
        tab = tabs.open(f"http://127.0.0.1:{port}")
        session = tab.context.new_cdp_session(tab)
        slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 200_000}
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", slow)
        clip = tmp_path / "kick.mp4"
        clip.write_bytes(b"a video" * 300_000)
        shown(tab).set_input_files("input[type=file] >> nth=0", clip)
        tab.locator(".uploads").get_by_text("of 2.1").wait_for()
        running.kill()
        tab.get_by_text("The upload was cut off, because the program cannot be reached.").wait_for()
    with server_process(tmp_path, port):
        tab.get_by_role("alert").wait_for(state="hidden")
        session.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
        tab.get_by_role("button", name="Try again").click()
        tab.locator(".uploads").get_by_role("link", name="Open").click()
        tab.wait_for_url("**/#/clip/*")
        assert shown(tab).locator("h1").inner_text() == "kick.mp4"


@pytest.mark.slow
def test_an_upload_with_an_old_token_is_sent_again(web: Served, tabs: Tabs) -> None:
    """As after a start of the server with other secrets."""
    sessions: list[str] = []

    def session(route: Route) -> None:
        answer = route.fetch()
        sessions.append("old" if not sessions else answer.json()["csrf"])
        route.fulfill(response=answer, json=answer.json() | {"csrf": sessions[-1]})

    tabs.expect("403")
    tab = tabs.open(web.url)
    tab.route("**/api/session", session)
    tab.reload()
    upload = {"name": "again.mp4", "mimeType": "video/mp4", "buffer": b"a video"}
    shown(tab).set_input_files("input[type=file] >> nth=0", upload)
    tab.wait_for_url("**/#/clip/*")
    assert shown(tab).locator("h1").inner_text() == "again.mp4" and len(sessions) == 2
