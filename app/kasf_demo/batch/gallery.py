"""index.html: one image per result with key facts and links to its files. One file without scripts or external
resources."""

from __future__ import annotations

import html
import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import cv2

from kasf_demo.batch.names import STATE
from kasf_demo.batch.summary import ClipRow, counts
from kasf_demo.errors import KasfError, printable
from kasf_demo.files.atomic import atomic_write_path
from kasf_demo.types.arrays import Image
from kasf_demo.video.reader import VideoReader

WIDTH_PX = 480
QUALITY = 80


def save_poster(video: Path, target: Path, *, at_s: float) -> bool:
    """Writes the frame of `video` at `at_s` seconds as a JPEG, WIDTH_PX wide. False if that fails; the result does not
    depend on it."""
    try:
        image = next(_from(video, at_s), None)
        if image is None:
            return False
        height = max(1, round(image.shape[0] * WIDTH_PX / image.shape[1]))
        small = cv2.resize(image, (WIDTH_PX, height), interpolation=cv2.INTER_AREA)
        good, data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        if not good:
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write_path(target, overwrite=True) as part:
            part.write_bytes(data.tobytes())
    except (KasfError, OSError, cv2.error):
        return False
    return True


def _from(video: Path, at_s: float) -> Iterator[Image]:
    for start_s in (at_s, None):  # a last frame may lie before the middle of a clip of odd times: take the first then
        try:
            for frame in VideoReader(video, start_s=start_s):
                yield frame.image
        except KasfError:
            if start_s is None:
                raise


PER_PAGE = 500
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --bad: #c0392b; --warn: #b9770e; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 88rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 .3rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .6rem; }
p, ul { margin: .2rem 0; } nav { margin: 1rem 0; } nav a, nav b { margin-right: .6rem; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1rem; margin-top: 1.2rem; }
article { border: 1px solid var(--line); border-radius: 8px; overflow: hidden; display: flex; flex-direction: column; }
article > a img, .none { display: block; width: 100%; aspect-ratio: 2 / 1; object-fit: contain; background: #111; }
.none { color: #aaa; display: grid; place-items: center; }
article div { padding: .6rem .8rem; } h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
.facts { opacity: .75; font-size: .87rem; } .files a { margin-right: .7rem; }
.warn { color: var(--warn); font-size: .87rem; padding-left: 1.1rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; }
td { border-top: 1px solid var(--line); padding: .3rem .8rem .3rem 0; vertical-align: top; overflow-wrap: anywhere; }
.bad { color: var(--bad); }
"""


def write_gallery(folder: Path, rows: Sequence[ClipRow], *, title: str, results: str = "") -> list[Path]:
    """Writes index.html, and index-2.html, ... for more than PER_PAGE clips. Returns them; removes pages that are no
    longer needed.

    results: the URL that the results were uploaded to, if they are not in `folder`. Raises OutputError.
    """
    done = [r for r in rows if r.status == "done"]
    pages = [done[i : i + PER_PAGE] for i in range(0, len(done), PER_PAGE)] or [[]]
    paths = []
    for number, page in enumerate(pages, 1):
        path = folder / page_name(number)
        with atomic_write_path(path, overwrite=True) as part:
            part.write_text(_page(page, rows, title, number, len(pages), results), encoding="utf-8")
        paths.append(path)
    for extra in folder.glob("index-*.html"):
        if extra not in paths and extra.name[6:-5].isdigit():
            extra.unlink(missing_ok=True)
    return paths


def page_name(number: int) -> str:
    """File name of page 1, 2, ..."""
    return "index.html" if number == 1 else f"index-{number}.html"


def _page(page: Sequence[ClipRow], rows: Sequence[ClipRow], title: str, number: int, pages: int, results: str) -> str:
    numbers = counts(rows)
    status_line = ", ".join(f"{n} {status}" for status, n in numbers.items() if n or status == "done")
    minutes = sum(r.record["seconds"] for r in rows if r.status == "done") / 60
    links = " ".join(f"<b>{n}</b>" if n == number else f'<a href="{page_name(n)}">{n}</a>' for n in range(1, pages + 1))
    parts = [
        (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport"'
            f' content="width=device-width"><title>{_text(title)}</title><style>{_STYLE}</style></head><body>'
        ),
        f"<h1>{_text(title)}</h1><p>{status_line}; {minutes:.1f} minutes of video. "
        f'<a href="summary.csv">summary.csv</a> <a href="summary.json">summary.json</a> <a'
        f' href="failures.txt">failures.txt</a></p>',
        f"<nav>Page {links}</nav>" if pages > 1 else "",
        *_others("Failed", [r for r in rows if r.status == "failed"], "bad"),
        "<main>",
        *(_card(row, results) for row in page),
        "</main>",
        *_others("Not reached", [r for r in rows if r.status == "pending"], ""),
        *_others("Skipped", [r for r in rows if r.status == "skipped"], ""),
        "</body></html>\n",
    ]
    return "\n".join(part for part in parts if part)


def _card(row: ClipRow, results: str) -> str:
    r = row.record
    files = {PurePosixPath(name).name: _link(name, results) for name in r["files"]}
    main = next((link for name, link in files.items() if name.endswith(".mp4")), next(iter(files.values()), "#"))
    alt = f"frame of {_text(row.name)}"
    image = (
        f'<img loading="lazy" alt="{alt}" src="{_link(f"{STATE}/posters/{row.name}.jpg")}">' if r.get("poster") else ""
    )
    stem = PurePosixPath(row.name).name
    links = "".join(
        f'<a href="{link}">{_text(name.removeprefix(stem).lstrip(".") or name)}</a>' for name, link in files.items()
    )
    facts = f"{r['seconds']:.1f} s, {r['frames']} frames, {r['width']}×{r['height']}, {_tracked(r['people'])}"
    warnings = "".join(f"<li>{_text(w)}</li>" for w in r["warnings"])
    details = f'<p class="facts">{facts}</p><p class="files">{links}</p>' + (
        f'<ul class="warn">{warnings}</ul>' if warnings else ""
    )
    shown = image or '<span class="none">no image</span>'
    return f'<article><a href="{main}">{shown}</a><div><h3>{_text(row.name)}</h3>{details}</div></article>'


def _tracked(people: int) -> str:
    return "no person found" if not people else "1 athlete" if people == 1 else f"{people} people"


def _others(title: str, rows: Sequence[ClipRow], kind: str) -> list[str]:
    if not rows:
        return []
    shown = rows[:PER_PAGE]
    more = f"<p>and {len(rows) - len(shown)} more: see summary.csv</p>" if len(rows) > len(shown) else ""
    lines = "".join(f"<tr><td>{_text(r.name or r.clip)}</td><td>{_text(r.error)}</td></tr>" for r in shown)
    return [f'<h2 class="{kind}">{title}</h2><table>{lines}</table>{more}']


def _text(text: str) -> str:
    return html.escape(printable(text))


def _link(name: str, results: str = "") -> str:
    """A relative link, or one under `results`. Names are bytes: also those that are not UTF-8 lead to their file."""
    there = quote(os.fsencode(name))
    if "://" in results:
        return html.escape(f"{results.rstrip('/')}/{there}")
    return html.escape(f"./{there}")  # a name like http:x would be an address without the ./
