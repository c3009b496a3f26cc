"""An HTML file that loads nothing: its style and figures are inside, and a policy forbids everything else."""

from __future__ import annotations

import base64
import hashlib
import html
import io

from matplotlib.figure import Figure

from kasf_demo.plots.style import save


def document(title: str, body: str, style: str) -> str:
    """The file's text. `title` is escaped; `body` must be."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n<title>{html.escape(title)}</title>\n'
        f"<style>{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def embedded(figure: Figure, kind: str, what: str) -> str:
    """The figure as an image inside the file, "png" or "svg"; `what` is its text for readers who cannot see it."""
    data = io.BytesIO()
    save(figure, data, kind)
    mime = {"png": "image/png", "svg": "image/svg+xml"}[kind]
    return f'<img alt="{html.escape(what)}" src="data:{mime};base64,{base64.b64encode(data.getvalue()).decode()}">'
