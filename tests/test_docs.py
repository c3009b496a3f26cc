"""The Markdown files: links lead somewhere, lines are short, README is short, and no path is one that a reader cannot
have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(
    p for p in ROOT.rglob("*.md") if not {"node_modules", "venv", ".venv", ".git"} & set(p.relative_to(ROOT).parts)
)
MAX_PROSE = 120
MAX_README_LINES = 200
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def prose(text: str) -> list[tuple[int, str]]:
    """Numbered lines outside of tables and code blocks."""
    lines, code = [], False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            code = not code
        elif not code and not line.startswith(("|", "    ")):
            lines.append((number, line))
    return lines


def anchors(text: str) -> set[str]:
    """The names that GitHub gives to the headings."""
    titles = [line.lstrip("#").strip().lower() for _, line in prose(text) if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", t).replace(" ", "-") for t in titles}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    broken = []
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        name, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        there = path if not name else (path.parent / name)
        if not there.exists() or (anchor and anchor not in anchors(there.read_text(encoding="utf-8"))):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_prose_lines_are_short(path: Path) -> None:
    assert not [(n, len(line)) for n, line in prose(path.read_text(encoding="utf-8")) if len(line) > MAX_PROSE]


def test_the_readme_is_short_and_sends_nobody_to_missing_folders() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_README_LINES
    users = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    assert not [p.name for p in users if "../shared" in p.read_text(encoding="utf-8")]
