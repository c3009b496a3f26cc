"""Pages of results, and pages of other sites, in a real browser: what they try does not succeed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import serve_stub
from served import Served, served, waited

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

pytestmark = pytest.mark.slow
TRIES = """<!doctype html><title>waiting</title><script>
async function tried(what) {
  try { return String(await what()); } catch (error) { return error.name; }
}
(async () => {
  const found = {
    cookie: await tried(() => document.cookie),
    storage: await tried(() => localStorage.length),
    fetched: await tried(() => fetch("URL/api/session").then((answer) => answer.text())),
    sent: await tried(() => fetch("URL/api/jobs", {method: "POST", mode: "no-cors", body: "{}"}).then((a) => a.type)),
    above: await tried(() => parent === window ? "alone" : parent.document.title),
    image: await tried(() => new Promise((done) => {
      const image = new Image(); image.onload = () => done("loaded"); image.onerror = () => done("refused");
      image.src = "URL/api/results/ID/thumbnail.jpg";
    })),
    framed: await tried(() => new Promise((done) => {
      const frame = document.createElement("iframe"); frame.src = "URL/"; frame.onload = () => setTimeout(() => {
        try { done(frame.contentDocument === null ? "unreadable" : frame.contentDocument.title); }
        catch (error) { done(error.name); }
      }, 300);
      document.body.append(frame); setTimeout(() => done("refused"), 3000);
    })),
  };
  document.title = JSON.stringify(found);
})();
</script><body>"""


@pytest.fixture
def hostile(tmp_path: Path) -> object:
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "evil.json").write_text(json.dumps(serve_stub.REPORT))
    (folder / "evil.mp4").write_bytes(b"x")
    return served(folder)


def tried(browser: Browser, address: str, url: str, result: str, *, elsewhere: bool) -> dict[str, str]:
    """What a page with TRIES at `address` found. elsewhere: it is not the server's, the browser is given it."""
    context = browser.new_context()
    page = context.new_page()
    text = TRIES.replace("URL", url).replace("ID", result)

    def give(route: Route) -> None:
        route.fulfill(body=text, content_type="text/html")

    if elsewhere:
        page.route(f"{address}/**", give)
    page.goto(f"{address}/" if elsewhere else address)
    waited(lambda: page.title().startswith("{"))  # by polling: the page may evaluate no text
    found: dict[str, str] = json.loads(page.title())
    context.close()
    return found


def test_a_hostile_page_of_a_result_is_alone(hostile: object, browser: Browser) -> None:
    with hostile as app:  # type: ignore[attr-defined]
        assert isinstance(app, Served)
        row = app.client.get("/api/results").json()[0]
        (app.folder / "evil.html").write_text(TRIES.replace("URL", app.url).replace("ID", row["id"]))
        address = f"{app.url}/api/results/{row['id']}/files/evil.html"
        found = tried(browser, address, app.url, row["id"], elsewhere=False)
        assert app.client.get("/api/jobs").json() == []
    assert found["cookie"] == found["storage"] == "SecurityError"
    assert found["fetched"] == found["sent"] == "TypeError"
    assert found["image"] == "refused" and found["framed"] in ("refused", "unreadable", "SecurityError")


def test_a_page_of_another_site_gets_nothing(hostile: object, browser: Browser) -> None:
    with hostile as app:  # type: ignore[attr-defined]
        row = app.client.get("/api/results").json()[0]
        assert app.client.get(row["thumbnail"]).status_code == 200
        found = tried(browser, "http://evil.localhost:1", app.url, row["id"], elsewhere=True)
        assert app.client.get("/api/jobs").json() == []
    assert found["fetched"] == "TypeError" and found["image"] == "refused"
    assert found["framed"] in ("refused", "unreadable", "SecurityError")
