"""Files that are links, or vanish before they are sent."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from own_loop import run_alone
from starlette.types import Message

from kasf_demo.serve import sent_file
from kasf_demo.serve.errors import ApiError
from kasf_demo.serve.sent_file import SentFile, drop_oldest, regular


def sent(answer: SentFile) -> list[Message]:
    messages: list[Message] = []

    async def receive() -> Message:
        await asyncio.Event().wait()  # the client stays
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        messages.append(message)

    scope = {"type": "http", "method": "GET", "headers": []}
    try:
        run_alone(answer(scope, receive, send))
    except ApiError as error:
        assert messages == []  # another answer can still be sent
        return [{"status": error.status}]
    return messages


def response(path: Path, below: Path) -> SentFile:
    return SentFile(path, below, "image", media_type="image/jpeg", headers={})


def test_a_file_is_sent(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"abc")
    start, *rest = sent(response(tmp_path / "a.jpg", tmp_path))
    assert start["status"] == 200 and b"".join(m["body"] for m in rest) == b"abc"


def test_a_file_that_is_removed_before_it_is_sent_is_not_found(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"abc")
    answer = response(path, tmp_path)
    path.unlink()
    assert sent(answer) == [{"status": 404}]


def test_a_file_that_is_removed_between_its_size_and_its_opening_is_not_found(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"abc")
    answer = response(path, tmp_path)
    answer.set_stat_headers(path.stat())
    answer.stat_result = path.stat()  # as if it was there a moment ago
    path.unlink()
    assert sent(answer) == [{"status": 404}]


def test_links_are_no_files(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    (own / "plain").mkdir(parents=True)
    other.mkdir()
    for folder in (own / "plain", other):
        (folder / "a.jpg").write_bytes(b"x")
    (own / "link.jpg").symlink_to(other / "a.jpg")
    (own / "folder").symlink_to(other, target_is_directory=True)
    assert regular(own / "plain" / "a.jpg", own)
    for path in (own / "link.jpg", own / "folder" / "a.jpg", own / "plain", own / "nothing"):
        assert not regular(path, own)
        with pytest.raises(ApiError) as error:
            response(path, own)
        assert error.value.status == 404
    (tmp_path / "way").symlink_to(own, target_is_directory=True)  # the results' folder itself may be a link
    assert regular(tmp_path / "way" / "plain" / "a.jpg", tmp_path / "way")


def test_the_oldest_are_dropped_whatever_vanishes_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(5):
        (tmp_path / f"{n}.html").write_text("x")
        sent_file.os.utime(tmp_path / f"{n}.html", (n, n))
    (tmp_path / "other.txt").write_text("x")
    stat = Path.lstat

    def vanishing(path: Path) -> object:
        if path.name == "4.html":
            path.unlink()
        return stat(path)

    monkeypatch.setattr(Path, "lstat", vanishing)
    drop_oldest(tmp_path, "*.html", 2, tmp_path / "0.html")
    assert {p.name for p in tmp_path.iterdir()} == {"0.html", "2.html", "3.html", "other.txt"}
    drop_oldest(tmp_path / "nothing", "*.html", 0)
