"""The page's file: the template with title, style, program, data and video in it, and a policy that lets it load nothing else."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib.resources import files
from pathlib import Path

from kasf_demo.errors import printable
from kasf_demo.files.atomic import atomic_write_path
from kasf_demo.viewer.pack import packed
from kasf_demo.viewer.scene import Page

_SLOT = re.compile(r"\{\{([a-z]+)\}\}")


def page_html(page: Page) -> str:
    """The whole file as text. Whatever a title, a name or a note holds is shown, never run."""
    program, style = _bundled("page.js"), _bundled("page.css")
    slots = {
        "title": html.escape(printable(page.title)),
        "policy": html.escape(policy(program, style)),
        "style": style,
        "program": program,
        "data": _inert(json.dumps(packed(page), ensure_ascii=True, separators=(",", ":"))),
        "video": base64.b64encode(page.picture.mp4).decode() if page.picture else "",
    }
    return _SLOT.sub(lambda slot: slots[slot[1]], _bundled("page.html"))  # once: what is put in is not searched again


def write_page(path: Path, page: Page, *, overwrite: bool = False) -> None:
    """Writes the page whole or not at all. Raises OutputError."""
    text = page_html(page)
    with atomic_write_path(path, overwrite=overwrite) as part:
        part.write_bytes(text.encode())


def policy(program: str, style: str) -> str:
    """The Content-Security-Policy: this program, this style, a video made of the page's own bytes; nothing else is run, loaded or sent."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_hash(program)}'",
            f"style-src '{_hash(style)}'",
            "media-src blob:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _inert(text: str) -> str:
    """JSON that no HTML parser sees a tag or a comment in."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _bundled(name: str) -> str:
    """A file that .ci/bundle.sh built from web/."""
    return (files("kasf_demo.viewer") / "bundle" / name).read_text("utf-8")
