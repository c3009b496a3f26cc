"""The gallery of a batch, with names that are made to do harm."""

from __future__ import annotations

from pathlib import Path

from batch_rows import hostile_rows

from kasf_demo.batch.gallery import write_gallery
from kasf_demo.batch.summary import ClipRow


def test_hostile_names_in_the_gallery(tmp_path: Path) -> None:
    from html.parser import HTMLParser

    write_gallery(tmp_path, hostile_rows(), title="<script>")
    text = (tmp_path / "index.html").read_text()
    found: list[tuple[str, dict[str, str | None]]] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    Parser().feed(text)
    assert "script" not in {tag for tag, _ in found}
    assert not any(key.startswith("on") for _, attrs in found for key in attrs)
    images = [a["src"] for t, a in found if t == "img"]
    assert images[1] == "./batch_files/posters/%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E.jpg" and len(images) == 7
    links = [a["href"] or "" for t, a in found if t == "a"]
    assert "./bad%FFname.csv" in links and all(
        link.startswith("./") or link.startswith(("summary", "failures")) for link in links
    )


def test_the_gallery_has_pages(tmp_path: Path) -> None:
    rows = [ClipRow(f"c{i:04}", f"c{i:04}.mp4", "done", hostile_rows()[0].record) for i in range(1001)]
    assert [p.name for p in write_gallery(tmp_path, rows, title="t")] == ["index.html", "index-2.html", "index-3.html"]
    assert (tmp_path / "index-3.html").read_text().count("<article>") == 1
    write_gallery(tmp_path, rows[:5], title="t", results="s3://b/r")
    assert [p.name for p in tmp_path.iterdir()] == ["index.html"] and "s3://b/r/%3Dcmd" in (
        tmp_path / "index.html"
    ).read_text()
