"""Tokens, and the names that this machine is called by."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from kasf_demo.errors import KasfError
from kasf_demo.serve.access import TOKEN_VARIABLE, Access, host_name, open_access
from kasf_demo.serve.config import ServeOptions


def opened(folder: Path, **changes: object) -> Access:
    return open_access(ServeOptions(folder / "results", state=folder / "state", **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost:8000", "localhost"),
        ("LOCALHOST", "localhost"),
        ("localhost.", "localhost"),
        ("127.0.0.1:1", "127.0.0.1"),
        ("[::1]:8000", "::1"),
        ("[::1]", "::1"),
        ("::1", None),
        ("evil.example:x", None),
        ("[::1]x", None),
        ("", None),
        (":80", None),
        ("lo\u0441alhost", None),
    ],
)
def test_host_names(host: str, name: str | None) -> None:
    assert host_name(host) == name


def test_on_loopback_only_names_of_loopback_are_known(tmp_path: Path) -> None:
    access = opened(tmp_path)
    assert access.token is None
    assert all(access.knows_host(h) for h in ("localhost:8000", "127.0.0.1", "[::1]:8000", "127.8.8.8:1"))
    others = ("evil.example", "localhost.evil.example", "192.168.1.7:8000", "0.0.0.0:8000", "127.0.0.1.nip.io", "")
    assert not any(access.knows_host(h) for h in others)


def test_in_the_network_addresses_and_own_names_are_known(tmp_path: Path) -> None:
    access = opened(tmp_path, host="0.0.0.0", allowed_hosts=("Club.example",))
    own = socket.gethostname()
    assert all(
        access.knows_host(h) for h in ("192.168.1.7:8000", "[fe80::1]:8000", own, "club.example:443", "localhost")
    )
    assert not access.knows_host("evil.example")


def test_the_token_is_kept_and_can_be_made_anew(tmp_path: Path) -> None:
    first, again = opened(tmp_path, host="0.0.0.0"), opened(tmp_path, host="0.0.0.0")
    assert first.token is not None and len(first.token) >= 32
    assert (first.token, first.csrf, first.cookie) == (again.token, again.csrf, again.cookie)
    new = opened(tmp_path, host="0.0.0.0", new_token=True)
    assert new.token != first.token and new.cookie != first.cookie
    assert opened(tmp_path, host="0.0.0.0").token == new.token
    kept = list((tmp_path / "state").iterdir())
    assert len(kept) == 1
    if sys.platform != "win32":
        assert kept[0].stat().st_mode & 0o077 == 0


def test_a_kept_token_that_others_can_read_is_replaced(tmp_path: Path) -> None:
    first = opened(tmp_path, host="0.0.0.0")
    (kept,) = (tmp_path / "state").iterdir()
    kept.chmod(0o644)
    second = opened(tmp_path, host="0.0.0.0")
    assert second.token != first.token and kept.stat().st_mode & 0o077 == 0
    kept.write_text("nonsense")
    assert opened(tmp_path, host="0.0.0.0").token not in (None, first.token, second.token)


def test_a_folder_that_cannot_be_written_makes_a_token_for_one_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state").write_text("a file")
    assert opened(tmp_path).token is None and not caplog.messages
    assert opened(tmp_path, host="0.0.0.0").token != opened(tmp_path, host="0.0.0.0").token
    assert len(caplog.messages) == 2 and str(tmp_path / "state") in caplog.text


def test_a_name_of_a_proxy_needs_the_token(tmp_path: Path) -> None:
    """The proxy's clients connect from this machine, as far as the server can see."""
    assert opened(tmp_path, allowed_hosts=("club.example",)).token is not None
    assert opened(tmp_path).token is None


def test_the_token_of_a_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "of-the-orchestrator-1")
    assert opened(tmp_path, host="0.0.0.0").token == "of-the-orchestrator-1" and not caplog.messages
    assert opened(tmp_path, host="0.0.0.0", new_token=True).token == "of-the-orchestrator-1"
    assert f"--new-token has no effect while {TOKEN_VARIABLE} is set" in caplog.text
    assert opened(tmp_path).token is None
    assert opened(tmp_path, require_token=True).token == "of-the-orchestrator-1"
    monkeypatch.setenv(TOKEN_VARIABLE, "short")
    with pytest.raises(KasfError, match="16 characters"):
        opened(tmp_path, host="0.0.0.0")


def test_what_enters(tmp_path: Path) -> None:
    access = opened(tmp_path, host="0.0.0.0")
    token = access.token or ""
    assert access.may_enter("", f"Bearer {token}") and access.may_enter(access.cookie, "")
    assert access.may_enter("", f"bearer  {token} ")
    for cookie, header in (
        ("", ""),
        (token, ""),
        ("", token),
        ("", f"Basic {token}"),
        ("ä", "Bearer ä"),
        ("x", "Bearer "),
    ):
        assert not access.may_enter(cookie, header)
    assert access.is_csrf(access.csrf) and not access.is_csrf("") and not access.is_csrf(access.cookie)
