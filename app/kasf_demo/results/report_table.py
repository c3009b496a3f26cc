"""Tables of a report, written once: on the terminal, as Markdown and as HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kasf_demo.errors import printable


@dataclass(frozen=True)
class ReportTable:
    """A title, column heads, rows of text, and notes below. The first `words` columns are words, the others numbers."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    words: int = 1

    def __post_init__(self) -> None:
        if any(len(row) != len(self.head) for row in self.rows):
            raise ValueError(f"{self.title}: a row has not {len(self.head)} cells")

    def markdown(self, level: int = 2) -> str:
        """A heading, a table, and the notes as a list; ends with a line break."""
        lines = [f"{'#' * level} {_cell(self.title)}", ""]
        lines.append("| " + " | ".join(_cell(text) for text in self.head) + " |")
        lines.append("|" + "".join("---|" if i < self.words else "---:|" for i in range(len(self.head))))
        lines += ["| " + " | ".join(_cell(text) for text in row) + " |" for row in self.rows]
        lines += ["", *(f"- {_cell(note)}" for note in self.notes)] if self.notes else []
        return "\n".join(lines) + "\n"

    def html(self) -> str:
        """A heading, a table in a box that scrolls, and the notes; all text is escaped."""

        def line(cells: Sequence[str], tag: str) -> str:
            marked = (
                f"<{tag}{'' if i < self.words else ' class=n'}>{html.escape(text)}</{tag}>"
                for i, text in enumerate(cells)
            )
            return f"<tr>{''.join(marked)}</tr>"

        body = "".join(line(row, "td") for row in self.rows)
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        return (
            f'<h2>{html.escape(self.title)}</h2>\n<div class="wide"><table><thead>{line(self.head, "th")}</thead>'
            f"<tbody>{body}</tbody></table></div>\n" + (f'<ul class="notes">{notes}</ul>\n' if notes else "")
        )


def _cell(text: str) -> str:
    return printable(text).replace("|", "\\|")


def _style(words: bool) -> dict[str, Any]:
    return {"justify": "left", "overflow": "fold"} if words else {"justify": "right", "no_wrap": True}


def print_tables(tables: Sequence[ReportTable]) -> None:
    """The tables on stdout."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    for table in tables:
        shown = Table(title=escape(printable(table.title)), box=SIMPLE, show_edge=False, pad_edge=False)
        shown.title_justify = "left"
        for i, head in enumerate(table.head):
            shown.add_column(escape(printable(head)), **_style(i < table.words))
        for row in table.rows:
            shown.add_row(*(escape(printable(text)) for text in row))
        console.print(shown)
        for note in table.notes:
            console.print(f"- {printable(note)}", markup=False, highlight=False)
        console.print()
