"""docs/strikes.md defines every number."""

from __future__ import annotations

from pathlib import Path

from kasf_demo.strikes.definitions import NUMBERS

DOCS = Path(__file__).resolve().parents[3] / "docs" / "strikes.md"


def test_the_documentation_has_every_number() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for key, number in NUMBERS.items():
        label, definition = number.words(number.only or "kick")
        row = next((line for line in text.splitlines() if line.startswith(f"| `{key}`")), "")
        assert label in row and definition in row and f"| {number.unit} |" in row, key
