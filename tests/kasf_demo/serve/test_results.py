"""Results: found whoever made them, their files and nothing else, removed with all that is theirs."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import serve_stub
from served import Served

from kasf_demo.serve import results, routes_results
from kasf_demo.serve.live_pool import Task

HOSTILE = {
    "list.json": "[]",
    "cut.json": '{"people": [',
    "deep.json": "[" * 100_000,
    "other.json": '{"people": [], "input": {"sha256": 3}}',
    "strange.json": json.dumps(serve_stub.REPORT | {"video": {"start_s": "x", "end_s": []}}),
    "people.json": json.dumps(serve_stub.REPORT | {"people": [1]}),
    "huge.json": json.dumps(serve_stub.REPORT | {"counts": {"frames": 0}}).replace('"frames": 0', '"frames": 1e999'),
    "nan.json": json.dumps(serve_stub.REPORT | {"video": {"start_s": 0, "end_s": float("nan")}}),
    "long.json": json.dumps(serve_stub.REPORT | {"video": {"start_s": 0, "end_s": 10**400}}),
}


def write(folder: Path, name: str, *suffixes: str) -> Path:
    """A result as the command line would write it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(serve_stub.REPORT))
    for suffix in suffixes:
        (folder / f"{name}{suffix}").write_bytes(b"0123456789" * 10)
    return folder


def found(app: Served, name: str) -> dict[str, object]:
    app.service.results.forget()
    rows = [row for row in app.client.get("/api/results").json() if row["name"] == name]
    assert len(rows) == 1
    row: dict[str, object] = app.client.get(f"/api/results/{rows[0]['id']}").json()
    return row


def names(row: dict[str, object]) -> set[str]:
    return {f["name"] for f in row["files"]}  # type: ignore[attr-defined]


def test_results_of_the_command_line_are_there(app: Served) -> None:
    suffixes = (
        ".mp4",
        ".csv",
        ".angles.csv",
        ".p1.trc",
        ".p12.trc",
        ".report.pdf",
        ".angles.p1.png",
        ".cmj.html",
        ".ik.json",
    )
    write(app.folder / "monday" / "u15", "jump", *suffixes)
    strangers = (
        "jump.txt",
        "jump.sh",
        "jump.mov",
        "jump.p.trc",
        "jump2.csv",
        "jumpy.mp4",
        "jump.json.bak",
        "jump.xyz.csv",
    )
    for name in strangers:
        (app.folder / "monday" / "u15" / name).write_text("not ours")
    row = found(app, "jump")
    assert (row["folder"], row["people"], row["duration_s"], row["detector"]) == ("monday/u15", 1, 1.96, "stub")
    assert names(row) == {"jump.json", *(f"jump{s}" for s in suffixes)}
    kinds = {f["name"]: (f["kind"], f["person"]) for f in row["files"]}  # type: ignore[attr-defined]
    assert kinds["jump.p12.trc"] == ("trc", 12) and kinds["jump.cmj.html"] == ("assessment", None)
    assert kinds["jump.ik.json"] == ("opensim", None) and kinds["jump.angles.csv"] == ("angles", None)
    for name in strangers:
        assert app.client.get(f"/api/results/{row['id']}/files/{name}").status_code == 404
    assert app.client.delete(f"/api/results/{row['id']}").status_code == 204
    assert {p.name for p in (app.folder / "monday" / "u15").iterdir()} == set(strangers)
    assert app.client.get(f"/api/results/{row['id']}").status_code == 404


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in folders")
def test_what_is_no_result_is_left_out(app: Served) -> None:
    before = app.client.get("/api/results").json()
    for name, text in HOSTILE.items():
        (app.folder / name).write_text(text)
    (app.folder / "pipe.json").unlink(missing_ok=True)
    os.mkfifo(app.folder / "pipe.json")
    app.service.results.forget()
    assert app.client.get("/api/results").json() == before
    for name in (*HOSTILE, "pipe.json"):
        (app.folder / name).unlink()


def test_links_lead_nowhere(app: Served, tmp_path: Path) -> None:
    """A result, a file and a folder that are links to somewhere else are not shown."""
    secret = write(tmp_path / "secret", "secret", ".csv")
    write(app.folder, "linked")
    (app.folder / "linked.csv").symlink_to(secret / "secret.csv")
    (app.folder / "secret.json").symlink_to(secret / "secret.json")
    (app.folder / "elsewhere").symlink_to(secret, target_is_directory=True)
    row = found(app, "linked")
    assert names(row) == {"linked.json"}
    assert app.client.get(f"/api/results/{row['id']}/files/linked.csv").status_code == 404
    assert "secret" not in app.client.get("/api/results").text
    app.client.delete(f"/api/results/{row['id']}")
    assert (secret / "secret.csv").is_file()


def test_links_in_the_server_s_own_folders_lead_nowhere(app: Served, tmp_path: Path) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(b"secret")
    write(app.folder, "plain")
    row = found(app, "plain")
    own, batch = (app.folder / folder / "posters" for folder in ("serve_files", "batch_files"))
    batch.mkdir(exist_ok=True)
    pages = app.folder / "serve_files" / "pages"
    links = (own / f"{row['id']}.jpg", batch / "plain.jpg", pages / "0123456789abcdef.html")
    for link in links:
        link.symlink_to(secret)
    assert app.client.get(str(row["thumbnail"])).status_code == 404
    assert app.client.get("/api/pages/0123456789abcdef").status_code == 404
    for link in links:
        link.unlink()
    write(tmp_path / "jpgs", "x", ".jpg")
    write(app.folder / "tuesday", "x")
    (batch / "tuesday").symlink_to(tmp_path / "jpgs", target_is_directory=True)
    assert app.client.get(str(found(app, "x")["thumbnail"])).status_code == 404
    (batch / "tuesday").unlink()


def test_a_strange_report_is_shown_as_strict_json(app: Served) -> None:
    """Half a character, and numbers that JSON does not have, in places that are only passed on."""
    deep: list[object] = []
    for _ in range(300):
        deep = [deep]
    strange = {"detector": {"name": "\ud800", "x\udfff": [float("inf"), 2]}, "scale": {"deep": deep}}
    text = json.dumps(serve_stub.REPORT | strange).replace("Infinity", "-1e999")
    (app.folder / "strange-but-good.json").write_text(text)
    row = found(app, "strange-but-good")
    assert row["detector"] == "\\ud800"
    summary = row["summary"]
    assert summary["detector"] == {"name": "\\ud800", "x\\udfff": [None, 2]}  # type: ignore[index]
    assert app.client.delete(f"/api/results/{row['id']}").status_code == 204


def test_reports_are_not_read_in_the_event_loop(app: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """One may have 256 MB, and nobody would be answered meanwhile."""
    write(app.folder, "one", ".mp4")
    row = found(app, "one")
    places = []

    def noted(path: Path) -> object:
        places.append(threading.current_thread().name)
        return read(path)

    read = results._read
    monkeypatch.setattr(results, "_read", noted)
    wanted = {"result": row["id"], "reference": row["id"]}
    for ask in (
        lambda: app.client.get(str(row["thumbnail"])),
        lambda: app.client.post("/api/compare", json=wanted),
    ):
        app.service.results._summaries.clear()
        places.clear()
        assert ask().status_code == 200
        assert places and all(place.startswith(("asyncio_", "AnyIO")) for place in places)


def test_a_result_that_is_removed_during_an_export_leaves_nothing(app: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    write(app.folder, "gone", ".npz")
    row = found(app, "gone")
    ask = app.service.short.ask

    def removing(task: Task) -> object:
        assert app.client.delete(f"/api/results/{row['id']}").status_code == 204
        return ask(task)

    monkeypatch.setattr(routes_results, "_ask", asked_while(removing))
    assert app.client.get(f"/api/results/{row['id']}/export/trc").status_code == 404
    assert not list(app.folder.glob("gone*"))


def asked_while(ask: Callable[[Task], object]) -> Callable[[object, Task], Awaitable[object]]:
    """`ask` called in a thread, since it asks the server something."""

    async def asked(service: object, task: Task) -> object:
        return await asyncio.wrap_future(await asyncio.to_thread(ask, task))  # type: ignore[call-overload]

    return asked


@pytest.mark.parametrize(
    "name",
    [
        "../served.csv",
        "..%2fserved.csv",
        "%2e%2e",
        "served.json%00",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "served.exe",
        "x" * 301,
    ],
)
def test_no_other_file_can_be_asked_for(app: Served, name: str) -> None:
    write(app.folder, "served", ".csv")
    row = found(app, "served")
    assert app.client.get(f"/api/results/{row['id']}/files/{name}").status_code in (404, 422)
    for wrong in ("x", "..", "%2e%2e%2f", "served", "a" * 65):
        assert app.client.get(f"/api/results/{wrong}/files/served.csv").status_code in (404, 422)


def test_ranges_types_and_downloads(app: Served) -> None:
    write(app.folder, "Läufe 'x'", ".mp4", ".html", ".csv", ".npz")
    row = found(app, "Läufe 'x'")
    files = {f["kind"]: f for f in row["files"]}  # type: ignore[attr-defined]
    video = files["video"]["url"]
    part = app.client.get(video, headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"56789", "bytes 5-9/100")
    assert app.client.get(video, headers={"Range": "bytes=-3"}).content == b"789"
    assert app.client.get(video, headers={"Range": "bytes=200-"}).status_code == 416
    assert app.client.get(video).headers["accept-ranges"] == "bytes"
    page = app.client.get(files["page"]["url"])
    policy = page.headers["content-security-policy"]
    assert page.headers["content-type"].startswith("text/html")
    assert (
        policy.startswith("sandbox allow-scripts") and "allow-same-origin" not in policy and "connect-src" not in policy
    )
    assert "default-src 'none'" in policy
    for kind, sandboxed in (("video", False), ("joints", True), ("arrays", True)):
        assert ("sandbox" in app.client.get(files[kind]["url"]).headers["content-security-policy"]) == sandboxed
    saved = app.client.get(files["joints"]["url"], params={"download": "1"})
    assert saved.headers["content-disposition"] == "attachment; filename*=UTF-8''L%C3%A4ufe%20%27x%27.csv"


def test_export_compare_and_thumbnails(app: Served) -> None:
    write(app.folder, "a", ".npz", ".mp4")
    write(app.folder, "b")
    a, b = found(app, "a"), found(app, "b")
    assert set(a["exports"]) >= {"trc", "bvh"} and b["exports"] == []  # type: ignore[call-overload]
    made = app.client.get(f"/api/results/{a['id']}/export/trc")
    assert made.content == b"made" and "a.trc" in made.headers["content-disposition"]
    assert (app.folder / "a.trc").is_file()
    assert app.client.get(f"/api/results/{a['id']}/export/trc", params={"person": 1}).content == b"made"
    assert app.client.get(f"/api/results/{b['id']}/export/trc").json()["code"] == "no_arrays"
    assert app.client.get(f"/api/results/{a['id']}/export/exe").status_code == 422
    page = app.client.post("/api/compare", json={"result": a["id"], "reference": b["id"]}).json()["page"]
    shown = app.client.get(page)
    assert "compared" in shown.text and shown.headers["content-security-policy"].startswith("sandbox")
    assert app.client.get("/api/pages/..").status_code == 404
    assert app.client.post("/api/compare", json={"result": a["id"], "reference": "x"}).status_code == 404
    assert app.client.get(str(a["thumbnail"])).status_code == 200
    assert app.client.get(str(b["thumbnail"])).status_code == 404
    poster = app.folder / "batch_files" / "posters" / "b.jpg"  # of a batch
    poster.parent.mkdir(exist_ok=True)
    poster.write_bytes(serve_stub.JPEG)
    assert app.client.get(str(b["thumbnail"])).content == serve_stub.JPEG


def test_a_result_that_a_job_writes_is_not_removed(app: Served) -> None:
    job = app.start(app.upload("slow-result.mp4"))
    app.until(job, "running")
    write(app.folder, "slow-result")  # as if it were half there
    row = found(app, "slow-result")
    assert app.client.delete(f"/api/results/{row['id']}").json()["code"] == "in_use"
    app.client.delete(f"/api/jobs/{job['id']}")
    app.until(job, "cancelled")
    assert app.client.delete(f"/api/results/{row['id']}").status_code == 204
