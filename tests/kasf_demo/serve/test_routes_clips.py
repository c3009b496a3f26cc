"""Uploads: what is taken, what is refused, and that nothing is left of the refused."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from served import OCTETS, Served, served, waited

from kasf_demo.serve import uploads
from kasf_demo.serve.config import Limits


def stored(app: Served) -> list[str]:
    """What is in the folder of the clips."""
    return sorted(p.name for p in (app.folder / "serve_files" / "clips").iterdir() if p.name != "records")


def test_upload_list_look_remove(app: Served) -> None:
    clip = app.upload("../../Kick off.MP4", b"the bytes")
    folder = app.folder / "serve_files" / "clips" / clip["id"]
    assert clip["name"] == "Kick off.MP4" and (folder / "Kick_off.mp4").read_bytes() == b"the bytes"
    assert (clip["width"], clip["duration_s"], clip["bytes"]) == (64, 2.0, 9)
    assert app.client.get(f"/api/clips/{clip['id']}").json() == clip
    assert clip in app.client.get("/api/clips").json()
    assert app.client.get(clip["thumbnail"]).headers["content-type"] == "image/jpeg"
    still = app.client.get(f"/api/clips/{clip['id']}/frame.jpg", params={"time_s": 1.5, "width": 600})
    assert still.status_code == 200 and (folder / "still-1500-640.jpg").is_file()
    people = app.client.get(f"/api/clips/{clip['id']}/people", params={"time_s": 99}).json()
    assert people["time_s"] == 2.0 and len(people["people"][0]["keypoints"]) == 17
    found = app.client.get(f"/api/clips/{clip['id']}/check", params={"test": "cmj"}).json()
    assert found["findings"][0]["level"] == "ok"
    assert app.client.delete(f"/api/clips/{clip['id']}").status_code == 204
    assert not folder.exists() and clip["id"] not in str(app.client.get("/api/clips").json())
    for path in ("", "/frame.jpg", "/people", "/check", "/thumbnail.jpg"):
        assert app.client.get(f"/api/clips/{clip['id']}{path}").status_code == 404
    assert app.client.delete(f"/api/clips/{clip['id']}").status_code == 404


@pytest.mark.parametrize(
    ("name", "file"),
    [("IMG_1.MOV", "IMG_1.mov"), ("a.exe", "a.mp4"), ("a.mkv/..", "clip.mp4"), ("a.mkv.", "a_mkv.mp4")],
)
def test_the_suffix_is_one_of_a_video(app: Served, name: str, file: str) -> None:
    clip = app.upload(name)
    assert (app.folder / "serve_files" / "clips" / clip["id"] / file).is_file()


@pytest.mark.parametrize(
    ("data", "kind", "status", "code"),
    [
        (b"", "application/octet-stream", 400, "empty"),
        (b"bad", "video/mp4", 415, "not_a_usable_clip"),
        (b"kill", "video/mp4", 415, "not_a_usable_clip"),  # it kills the worker that opens it, twice
        (b"long", "video/mp4", 413, "too_long"),
        (b"fine", "text/html", 415, "not_a_usable_clip"),
        (b"fine", "multipart/form-data; boundary=x", 415, "not_a_usable_clip"),
    ],
)
def test_refused_uploads_leave_nothing(app: Served, data: bytes, kind: str, status: int, code: str) -> None:
    before = stored(app)
    answer = app.client.post("/api/clips", params={"name": "a.mp4"}, content=data, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert str(app.folder) not in answer.text and stored(app) == before


@pytest.mark.parametrize("name", ["", "x" * 501])
def test_names_that_are_too_short_or_long(app: Served, name: str) -> None:
    answer = app.client.post("/api/clips", params={"name": name}, content=b"x", headers=OCTETS)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>.mp4", "a\r\nSet-Cookie: x=1.mp4", "‮gpm.exe", "NUL", "...", "/", "a/b\\c"]
)
def test_hostile_names_are_only_shown(app: Served, name: str) -> None:
    clip = app.upload(name)
    files = [p.name for p in (app.folder / "serve_files" / "clips" / clip["id"]).iterdir()]
    assert all(not set(f) & set('<>:"/\\|?*\r\n‮') and not f.startswith(".") for f in files)
    assert "\n" not in clip["name"] and "‮" not in clip["name"]


@pytest.mark.parametrize(
    "path", ["../records", "..%2frecords", "%2e%2e", "records", "x/../../records", "a" * 65, "*", "%00"]
)
def test_ids_lead_nowhere_else(app: Served, path: str) -> None:
    for end in ("", "/thumbnail.jpg", "/frame.jpg", "/people"):
        assert app.client.get(f"/api/clips/{path}{end}").status_code in (404, 422)
    assert app.client.delete(f"/api/clips/{path}").status_code in (404, 405, 422)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    limits = Limits(bytes=3_000_000, clips=2, idle_s=0.5, free_bytes=0, requests_per_s=1e6, burst=10**6)
    with served(tmp_path_factory.mktemp("small") / "results", limits=limits) as app:
        yield app


def head(app: Served, *lines: str) -> bytes:
    first = ["POST /api/clips?name=a.mp4 HTTP/1.1", "Host: localhost", "Content-Type: video/mp4"]
    return "\r\n".join([*first, f"X-KASF-CSRF: {app.service.access.csrf}", *lines, "", ""]).encode()


def connected(app: Served) -> socket.socket:
    where = urlsplit(app.url)
    return socket.create_connection((where.hostname, where.port), 30)


def test_a_declared_size_is_refused_before_a_byte_is_read(small: Served) -> None:
    with connected(small) as connection:
        connection.sendall(head(small, "Content-Length: 999999999999"))
        assert b" 413 " in connection.recv(4096).split(b"\r\n")[0]
    assert stored(small) == []


def test_an_undeclared_size_is_refused_while_it_comes(small: Served) -> None:
    """The answer comes though the body would go on for ever."""
    with connected(small) as connection:
        connection.sendall(head(small, "Transfer-Encoding: chunked"))
        answer = bytearray()
        reader = threading.Thread(target=lambda: answer.extend(connection.recv(4096)))
        reader.start()
        sent = 0
        while not answer and sent < 100_000_000:
            connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            sent += 65536
        reader.join(30)
        assert sent < 30_000_000 and b" 413 " in bytes(answer).split(b"\r\n")[0]
        for _ in range(100):  # more is dropped, and does not break the connection before the answer is read
            connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        connection.sendall(b"0\r\n\r\n")
        while piece := connection.recv(4096):
            answer += piece
        assert b'"code":"too_large"' in bytes(answer).replace(b'": "', b'":"')
    waited(lambda: stored(small) == [])


def test_an_upload_that_stalls_ends(small: Served) -> None:
    with connected(small) as connection:
        connection.sendall(head(small, "Content-Length: 1000") + b"half")
        assert b" 408 " in connection.recv(4096).split(b"\r\n")[0]
    waited(lambda: stored(small) == [])


def test_an_upload_that_breaks_off_leaves_nothing(small: Served) -> None:
    with connected(small) as connection:
        connection.sendall(head(small, "Content-Length: 1000") + b"half")
        waited(lambda: stored(small) != [])
    waited(lambda: stored(small) == [])


def test_a_full_disk(small: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 1_000_000

    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda path: Usage)  # type: ignore[attr-defined]
    answer = small.client.post("/api/clips?name=a", content=b"x" * 2_500_000, headers=OCTETS)
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    pieces = (b"x" * 600_000 for _ in range(4))  # of a length that is not declared
    answer = small.client.post("/api/clips?name=a", content=pieces, headers=OCTETS)
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full") and stored(small) == []


def test_a_disk_that_fills_up_while_it_is_written(small: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploads, "_write", full)
    answer = small.client.post("/api/clips?name=a", content=b"x", headers=OCTETS)
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full") and stored(small) == []


def test_the_number_of_clips_is_limited(small: Served) -> None:
    clips = [small.upload("a"), small.upload("a")]
    answer = small.client.post("/api/clips?name=a", content=b"x", headers=OCTETS)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_clips")
    for clip in clips:
        small.client.delete(f"/api/clips/{clip['id']}")


def test_uploads_at_once_are_limited(small: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small.service, "uploading", set("12345678"))
    answer = small.client.post("/api/clips?name=a", content=b"x", headers=OCTETS)
    assert (answer.status_code, answer.json()["code"]) == (429, "busy") and answer.headers["retry-after"]


def test_clips_survive_a_restart_and_what_was_cut_off_is_removed(tmp_path: Path) -> None:
    with served(tmp_path / "results") as app:
        clip = app.upload("kick.mp4")
    folder = tmp_path / "results" / "serve_files" / "clips"
    (folder / "0123456789abcdef").mkdir()
    (folder / "0123456789abcdef" / "upload").write_bytes(b"half")
    records = folder / "records"
    (records / "broken.json").write_text("{")
    (records / "evil.json").write_text(
        (records / f"{clip['id']}.json").read_text().replace(clip["id"], "evil").replace("kick.mp4", "../../../x.mp4")
    )
    with served(tmp_path / "results") as app:
        assert app.client.get("/api/clips").json() == [clip]
        assert stored(app) == [clip["id"]]
