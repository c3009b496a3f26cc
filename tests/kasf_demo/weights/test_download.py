"""Fetching one file: whole or not at all, by whatever way it goes wrong."""

from __future__ import annotations

import hashlib
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from weights_server import PAYLOAD, Server, serve, tgz

from kasf_demo.errors import ModelError
from kasf_demo.weights import download

SHA256 = hashlib.sha256(PAYLOAD).hexdigest()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serve() as running:
        yield running


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "x.pt.part"


def test_whole_file_with_progress(server: Server, part: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    assert (
        download.download(part, url=f"{server.url}/redirect/x.pt", on_bytes=lambda n, total: seen.append((n, total)))
        == SHA256
    )
    assert part.read_bytes() == PAYLOAD
    assert seen[-1] == (len(PAYLOAD), len(PAYLOAD)) and [n for n, _ in seen] == sorted(n for n, _ in seen)
    download.install(part, part.with_name("x.pt"))
    assert [p.name for p in part.parent.iterdir()] == ["x.pt"]


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("cut/x.pt", f"cut after {len(PAYLOAD) // 2} of {len(PAYLOAD)} bytes"),
        ("page/x.pt", "answered with a web page"),
        ("missing/x.pt", "answered 404"),
        ("empty/x.pt", "gave 0 bytes"),
    ],
)
def test_failures_leave_nothing(server: Server, part: Path, path: str, what: str) -> None:
    with pytest.raises(ModelError, match=what) as error:
        download.download(part, url=f"{server.url}/{path}", final=part.with_name("x.pt"))
    assert server.url in str(error.value) and str(part.with_name("x.pt")) in error.value.remedy, "how to do it by hand"
    assert list(part.parent.iterdir()) == [] and len(server.requests) == 1, "no rest, no retry loop"


def test_another_size_than_registered(server: Server, part: Path) -> None:
    with pytest.raises(ModelError, match=r"expected 17"):
        download.download(part, url=f"{server.url}/x.pt", size_bytes=17)
    assert not part.exists()


def test_nobody_answers(part: Path) -> None:
    with pytest.raises(ModelError, match="cannot fetch"):
        download.download(part, url="http://127.0.0.1:9/x.pt")
    assert not part.exists()


def test_only_http(part: Path) -> None:
    with pytest.raises(ModelError, match=r"not an http"):
        download.download(part, url="file:///etc/passwd")
    assert not part.exists()


def test_https_is_not_left() -> None:
    import urllib.error
    import urllib.request

    request = urllib.request.Request("https://example.org/x.pt")
    with pytest.raises(urllib.error.URLError, match="redirected from https to http"):
        download._NoDowngrade().redirect_request(request, None, 302, "", {}, "http://example.org/x.pt")


def test_what_a_killed_process_left_is_overwritten(server: Server, part: Path) -> None:
    part.write_bytes(b"torn" * 1_000_000)
    assert download.download(part, url=f"{server.url}/x.pt") == SHA256 == hashlib.sha256(part.read_bytes()).hexdigest()


RANDOM = random.Random(1).randbytes(1 << 20)  # does not compress, so that half an archive ends inside it


def test_a_file_out_of_an_archive_and_nothing_else(server: Server, part: Path) -> None:
    server.archive = tgz(("../evil", b"x"), ("/etc/evil", b"x"), ("package/x.pt", RANDOM), ("package/y.pt", PAYLOAD))
    seen: list[tuple[int, int | None]] = []
    url, wanted = f"{server.url}/redirect/tgz/x.tgz", hashlib.sha256(RANDOM).hexdigest()
    got = download.download(
        part, url=url, member="package/x.pt", size_bytes=len(RANDOM), on_bytes=lambda n, total: seen.append((n, total))
    )
    assert got == wanted and part.read_bytes() == RANDOM and seen[-1] == (len(RANDOM), len(RANDOM))
    assert [p.name for p in part.parent.iterdir()] == [part.name] and not (part.parents[1] / "evil").exists()


@pytest.mark.parametrize(
    ("path", "member", "what"),
    [
        ("tgz/x.tgz", "package/z.pt", "no package/z.pt is inside"),
        ("tgz/x.tgz", "package/link", "package/link is not a file of"),
        ("tgz/x.tgz", "package/short", f"package/short is not a file of {len(RANDOM)} bytes"),
        ("cuttgz/x.tgz", "package/x.pt", "cut|end of"),
        ("file/x.tgz", "package/x.pt", "not a gzip file"),
        ("page/x.tgz", "package/x.pt", "not a gzip file"),
        ("missing/x.tgz", "package/x.pt", "answered 404"),
    ],
)
def test_an_archive_without_the_file_leaves_nothing(
    server: Server, part: Path, path: str, member: str, what: str
) -> None:
    server.archive = tgz(
        ("package/link", "/etc/passwd"), ("package/short", RANDOM[:-1]), ("package/x.pt", RANDOM)
    )  # fmt: skip
    with pytest.raises(download.FetchError, match=what) as error:
        download.download(part, url=f"{server.url}/{path}", member=member, size_bytes=len(RANDOM), final=part)
    assert f"take {member} out of it" in error.value.remedy and error.value.exit_code == 5
    assert list(part.parent.iterdir()) == [] and len(server.requests) == 1


def test_a_damaged_archive_has_another_hash(server: Server, part: Path) -> None:
    packed = bytearray(tgz(("package/x.pt", RANDOM)))
    packed[len(packed) // 2 : len(packed) // 2 + 64] = bytes(64)
    server.archive = bytes(packed)
    got = download.download(part, url=f"{server.url}/tgz/x.tgz", member="package/x.pt", size_bytes=len(RANDOM))
    assert got != hashlib.sha256(RANDOM).hexdigest(), "the store compares it: a .tgz is not checked here"


def test_disk_full(server: Server, part: Path) -> None:
    # a write beyond it fails as on a full disk; Python ignores the signal
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(PAYLOAD) // 2, limits[1]))
    try:
        with pytest.raises(ModelError, match="cannot write to the cache") as error:
            download.download(part, url=f"{server.url}/x.pt")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "KASF_CACHE" in error.value.remedy and error.value.exit_code == 5 and not part.exists()


def test_folder_is_missing(part: Path) -> None:
    with pytest.raises(ModelError, match="cannot write to the cache"):
        download.download(part.parent / "no" / "x.part", url="http://127.0.0.1:9/x.pt")


def test_ctrl_c_leaves_nothing(server: Server, part: Path) -> None:
    call = f"download.download(pathlib.Path({str(part)!r}), url={server.url + '/slow/x.pt'!r})"
    # a shell's background jobs start with SIGINT ignored, and so would this child (seen when CI itself ran as one)
    listen = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{listen}; import pathlib; from kasf_demo.weights import download; {call}"
    child = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not part.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert part.exists()
    time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    _, stderr = child.communicate(timeout=20)
    assert b"KeyboardInterrupt" in stderr and child.returncode != 0
    assert list(part.parent.iterdir()) == []


class TestDrive:
    """gdown really runs; only the host that it asks is another."""

    @pytest.fixture(autouse=True)
    def here(self, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        import requests

        self.server, self.page = server, ""
        get = requests.Session.get
        monkeypatch.setattr(requests.Session, "get", lambda s, url, **kw: get(s, self._there(url), **kw))
        monkeypatch.setenv("HOME", str(tmp_path / "home"))

    def _there(self, url: str) -> str:
        assert url.startswith("https://drive.google.com/uc?id="), url
        return url.replace("https://drive.google.com", self.server.url + self.page)

    def test_file(self, part: Path) -> None:
        seen: list[int] = []
        assert download.download(part, gdrive_id="1abc", on_bytes=lambda n, _: seen.append(n)) == SHA256
        assert [p.name for p in part.parent.iterdir()] == [part.name], (
            "neither cookies nor a file name of Drive's choosing"
        )
        assert self.server.requests == ["/uc?id=1abc"] and seen[-1] == len(PAYLOAD)

    def test_quota_page(self, part: Path) -> None:
        self.page = "/page"
        with pytest.raises(ModelError, match="probably its quota page") as error:
            download.download(part, gdrive_id="1abc", final=part.with_name("x.pth"))
        assert "drive.google.com/file/d/1abc" in error.value.remedy and "x.pth" in error.value.remedy
        assert list(part.parent.iterdir()) == []

    @pytest.mark.parametrize("page", ["/missing", "/cut"])
    def test_failures_leave_nothing(self, part: Path, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.page = page
        with pytest.raises(ModelError, match=r"Google Drive|web page"):
            download.download(part, gdrive_id="1abc")
        assert list(part.parent.iterdir()) == []


def test_pages_are_known_by_their_first_bytes() -> None:
    assert all(
        download.looks_like_page(b) for b in (b"<!DOCTYPE html>", b"\xef\xbb\xbf\n <html lang=en>", b"<?xml version")
    )
    assert not any(download.looks_like_page(b) for b in (b"PK\x03\x04", b"\x80\x02", b"", b"\x00" * 64))


def test_lock_file_in_an_unwritable_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    lines: list[Any] = []
    with (
        pytest.raises(ModelError, match="cannot write to the cache"),
        download.lock(tmp_path / "file" / "x.pt", lines.append),
    ):
        raise AssertionError
