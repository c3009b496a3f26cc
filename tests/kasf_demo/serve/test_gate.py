"""What the gate refuses, and the headers of every answer."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from served import OCTETS, Served, served

from kasf_demo.serve.config import Limits


def raw(url: str, request: bytes) -> bytes:
    """The answer to what no client library would send."""
    where = urlsplit(url)
    with socket.create_connection((where.hostname, where.port), 30) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.nip.io", "localhost.evil.example:80", "0.0.0.0", "a@localhost", ""]
)
@pytest.mark.parametrize("path", ["/", "/api/session", "/api/health", "/enter", "/openapi.json", "/static/index.html"])
def test_another_host_is_refused(app: Served, host: str, path: str) -> None:
    answer = app.client.get(path, headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_host")
    assert app.service.access.csrf not in answer.text


def test_two_hosts_and_none_are_refused(app: Served) -> None:
    for head in (b"Host: localhost\r\nHost: evil.example\r\n", b""):
        status = raw(app.url, b"GET /api/session HTTP/1.1\r\n" + head + b"Connection: close\r\n\r\n").split(b"\r\n")[0]
        assert status.split()[1] in (b"400", b"403")
    assert b" 403 " in raw(app.url, b"GET /api/session HTTP/1.0\r\n\r\n").split(b"\r\n")[0]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/session"), ("GET", "/api/results"), ("POST", "/api/jobs"), ("DELETE", "/api/clips/x")],
)
def test_what_other_sites_make_a_browser_send_is_refused(
    app: Served, headers: dict[str, str], method: str, path: str
) -> None:
    answer = app.client.request(method, path, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_origin")
    assert not any(name.startswith("access-control") for name in answer.headers)


def test_a_link_on_another_page_opens_the_app_but_does_not_embed_it(app: Served) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert app.client.get("/", headers=link).status_code == 200
    assert app.client.get("/", headers=link | {"Sec-Fetch-Dest": "iframe"}).status_code == 403
    own = {"Origin": app.url, "Sec-Fetch-Site": "same-origin"}
    assert app.client.get("/api/session", headers=own).status_code == 200


@pytest.mark.parametrize("token", [None, "", "0" * 64])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/clips?name=a"),
        ("POST", "/api/jobs"),
        ("POST", "/api/compare"),
        ("DELETE", "/api/results/x"),
        ("PUT", "/api/jobs"),
        ("BREW", "/"),
    ],
)
def test_writing_needs_the_csrf_token(app: Served, token: str | None, method: str, path: str) -> None:
    headers = {} if token is None else {"X-KASF-CSRF": token}
    answer = httpx.request(method, app.url + path, headers=headers, verify=False)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


@pytest.mark.parametrize(
    "path", ["/", "/api/session", "/api/nothing", "/nothing", "/openapi.json", "/api/results/x", "/favicon.ico"]
)
def test_the_headers_of_every_answer(app: Served, path: str) -> None:
    headers = app.client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin" and headers["x-frame-options"] == "DENY"
    assert "server" not in headers and "set-cookie" not in headers


def test_errors_are_one_line_of_json(app: Served) -> None:
    for path, status, code in (
        ("/nothing", 404, "not_found"),
        ("/api/clips/x", 404, "not_found"),
        ("/docs", 404, "not_found"),
        ("/redoc", 404, "not_found"),
    ):
        answer = app.client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (status, code) and "\n" not in answer.json()["error"]
    wrong = app.client.put("/api/jobs")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "wrong_method")


def test_a_body_that_is_no_upload_is_small(app: Served) -> None:
    answer = app.client.post("/api/jobs", content=b" " * 100_000, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/.",
        "/static/",
        "/static/index.html%00.js",
        "/..%5capp.py",
    ],
)
def test_static_paths_lead_nowhere_else(app: Served, path: str) -> None:
    answer = raw(app.url, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert b" 404 " in answer.split(b"\r\n")[0]


def test_with_a_token_nothing_is_open_but_the_health_check(tmp_path: Path) -> None:
    with served(tmp_path / "results", require_token=True) as app:
        token = app.service.access.token or ""
        bare = httpx.Client(base_url=app.url, verify=False)
        for path in ("/api/session", "/api/clips", "/api/results", "/openapi.json", "/api/nothing"):
            answer = bare.get(path)
            assert (answer.status_code, answer.json()["code"]) == (401, "no_access")
            assert token not in answer.text and app.service.access.csrf not in answer.text
        assert bare.post("/api/clips?name=a", content=b"x", headers=OCTETS).status_code == 401
        assert bare.get("/api/health").json() == {"status": "ok"}
        assert app.client.get("/api/session").json()["access"] == "token"
        entered = bare.get("/enter", params={"token": token})
        cookie = entered.headers["set-cookie"]
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        assert "HttpOnly" in cookie and "SameSite=strict" in cookie and token not in cookie
        assert bare.get("/api/session").status_code == 200  # by the cookie
        assert "Secure" not in cookie
        proxied = httpx.get(
            app.url + "/enter", params={"token": token}, headers={"X-Forwarded-Proto": "https"}, verify=False
        )
        assert "; Secure" in proxied.headers["set-cookie"]
        own = f"{app.service.access.cookie_name}={app.service.access.cookie}"
        for strange in ('prefs={"a":1}; ', "a=b c@d; x; ", 'q="; '):  # of another program on the same host
            assert httpx.get(app.url + "/api/session", headers={"Cookie": strange + own}, verify=False).is_success
        assert bare.post("/api/jobs", json={"clip": "x"}).json()["code"] == "csrf"
        assert (
            httpx.get(
                app.url + "/api/session", cookies={app.service.access.cookie_name: token}, verify=False
            ).status_code
            == 401
        )
        answers = [
            httpx.get(app.url + "/enter", params={"token": f"guess {n}"}, verify=False).status_code for n in range(15)
        ]
        assert answers[:10] == [401] * 10 and answers[-1] == 429
        assert app.client.get("/api/session").status_code == 200


def test_who_asks_too_fast_waits(tmp_path: Path) -> None:
    with served(tmp_path / "results", limits=Limits(requests_per_s=0.01, burst=20, free_bytes=0)) as app:
        answers = [app.client.get("/api/health") for _ in range(25)]
        assert answers[0].status_code == 200 and answers[-1].status_code == 429
        assert answers[-1].json()["code"] == "too_fast" and answers[-1].headers["retry-after"] == "1"
