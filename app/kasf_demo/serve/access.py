"""Who may use the server: the access token, the cookie that stands for it, the token against forged requests, and the
names that this machine is called by."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import ipaddress
import logging
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from kasf_demo.errors import KasfError
from kasf_demo.files.atomic import atomic_write_path
from kasf_demo.serve.config import LOOPBACK, ServeOptions

LOG = logging.getLogger("kasf_demo.serve")
TOKEN_VARIABLE = "KASF_SERVE_TOKEN"  # for containers, which keep no state
MIN_TOKEN = 16


@dataclass(frozen=True)
class Access:
    """secret: of this installation and results' folder. token: of the link, None if none is needed."""

    secret: bytes
    token: str | None
    names: frozenset[str]
    local: bool

    def _derived(self, purpose: str) -> str:
        return hmac.new(self.secret, f"{purpose}:{self.token or ''}".encode(), hashlib.sha256).hexdigest()

    @property
    def csrf(self) -> str:
        """What writing requests must carry. It stays the same over a restart, so that open pages go on."""
        return self._derived("csrf")

    @property
    def cookie_name(self) -> str:
        """Browsers send a cookie to all ports of a machine: two servers on it have a name each."""
        return f"kasf_{self._derived('name')[:8]}"

    @property
    def cookie(self) -> str:
        """Value of the cookie that the link sets; the token does not follow from it."""
        return self._derived("cookie")

    def is_token(self, given: str) -> bool:
        """Compared in constant time."""
        return self.token is not None and hmac.compare_digest(given.encode(), self.token.encode())

    def may_enter(self, cookie: str, authorization: str) -> bool:
        """Whether a request shows the token: by its cookie, or as `Authorization: Bearer TOKEN`."""
        if self.token is None:
            return True
        kind, _, value = authorization.partition(" ")
        bearer = kind.lower() == "bearer" and self.is_token(value.strip())
        return bearer or hmac.compare_digest(cookie.encode(), self.cookie.encode())

    def is_csrf(self, given: str) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(given.encode(), self.csrf.encode())

    def knows_host(self, host: str) -> bool:
        """Whether a Host header names this machine. A page of another site can make the browser connect here under its
        own name (DNS rebinding), but not under an address or under a name of ours."""
        name = host_name(host)
        if name is None:
            return False
        if name in self.names:
            return True
        with contextlib.suppress(ValueError):
            address = ipaddress.ip_address(name)
            return address.is_loopback if self.local else True
        return False


def host_name(host: str) -> str | None:
    """The name in `name`, `name:port` or `[address]:port`, in lower case; None if it is no such thing."""
    text = host.strip().lower()
    if text.startswith("["):
        name, _, rest = text[1:].partition("]")
        good = not rest or (rest[0] == ":" and rest[1:].isdigit())
    else:
        name, colon, port = text.partition(":")
        good = not colon or port.isdigit()
    return name.rstrip(".") if good and name and name.isascii() else None


def open_access(options: ServeOptions) -> Access:
    """Reads or makes the secrets. They are kept outside the results' folder, which people copy and share."""
    secret, token = _kept(options)
    given = os.environ.get(TOKEN_VARIABLE, "")
    if given and len(given) < MIN_TOKEN:
        raise KasfError(f"{TOKEN_VARIABLE} is too short", f"use {MIN_TOKEN} characters or more")
    if given and options.new_token:
        LOG.warning("warning: --new-token has no effect while %s is set; change its value instead", TOKEN_VARIABLE)
    names = {*LOOPBACK, *(name.strip().lower().rstrip(".") for name in options.allowed_hosts)}
    if not options.local:
        host = socket.gethostname().lower()
        names |= {host, host.partition(".")[0], f"{host.partition('.')[0]}.local"} - {""}
    if options.host not in ("0.0.0.0", "::"):
        names.add(options.host.lower())
    return Access(secret, (given or token) if options.needs_token else None, frozenset(names), options.local)


def _kept(options: ServeOptions) -> tuple[bytes, str]:
    """Secret and token of this results' folder; made anew where they cannot be kept."""
    secret, token = secrets.token_bytes(32), secrets.token_urlsafe(24)
    path = _path(options)
    if path is None:
        return secret, token
    with contextlib.suppress(OSError, ValueError):
        if (not path.is_symlink() and not path.stat().st_mode & 0o077) or os.name == "nt":
            kept_secret, kept_token = path.read_text("ascii").split()
            secret = bytes.fromhex(kept_secret) if len(kept_secret) == 64 else secret
            token = kept_token if len(kept_token) >= MIN_TOKEN and not options.new_token else token
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write_path(path, overwrite=True) as part:
            part.touch(0o600)
            part.write_text(f"{secret.hex()} {token}\n", "ascii")
    except (OSError, KasfError) as error:
        if options.needs_token:
            text = "warning: the access token cannot be kept (%s); links and cookies end at the next start"
            LOG.warning(f"{text}; make the folder %s writable", error, path.parent)
    return secret, token


def _path(options: ServeOptions) -> Path | None:
    import platformdirs

    folder = options.state or platformdirs.user_state_path("kasf-demo", appauthor=False)
    key = hashlib.sha256(os.fsencode(options.folder.absolute())).hexdigest()[:16]
    return folder / f"serve-{key}"


def own_addresses() -> list[str]:
    """Addresses of this machine that a phone in the same network may use, the likeliest first."""
    found: list[str] = []
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # nothing is sent: it only chooses the outgoing address
        found.append(probe.getsockname()[0])
    with contextlib.suppress(OSError):
        for *_, address in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET):
            found.append(str(address[0]))
    return [a for a in dict.fromkeys(found) if not a.startswith("127.")]
