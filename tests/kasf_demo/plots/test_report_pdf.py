"""The report on paper."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.table import Table
from plotted import EVIL, a_subject, with_contacts, with_events

from kasf_demo.plots import report_pdf
from kasf_demo.plots.report_pdf import draw_page
from kasf_demo.plots.style import new_figure, styled
from kasf_demo.plots.write import write_report


@pytest.mark.parametrize("title", ["clip.mp4", "a_" * 120 + ".mp4, person 2", "two words " * 20])
def test_texts_of_a_page_do_not_overlap(title: str) -> None:
    """The title, whatever a file is called, the sentences below it and both tables are on the page and apart."""
    with styled():
        page = draw_page(replace(a_subject(motion=with_events()), title=title, notes=("a note of some length " * 12,)))
        canvas = FigureCanvasAgg(page)
        canvas.draw()
        renderer = canvas.get_renderer()
        head, *_, sides, midline = page.subfigs
        title_box, told_box = (text.get_window_extent(renderer) for text in head.texts)
        assert title_box.y0 >= told_box.y1 - 1 and max(title_box.x1, told_box.x1) <= page.bbox.x1
        upper, lower = (part.axes[0].tables[0].get_window_extent(renderer) for part in (sides, midline))
        assert upper.y0 >= lower.y1 - 1 and lower.y0 >= 0 and told_box.y0 >= head.bbox.y0 - 5


def test_a_sheet_of_paper_for_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With empty pages; drawn ones are in test_run.py."""
    monkeypatch.setattr(report_pdf, "draw_page", lambda _: new_figure(1.0))
    subject = a_subject(motion=with_events())
    write_report(tmp_path / "a.pdf", EVIL, [subject, subject], "pdf")
    data = (tmp_path / "a.pdf").read_bytes()
    assert data.startswith(b"%PDF-") and len(re.findall(rb"/Type /Page\b", data)) == 2


def test_texts_of_the_table_stay_in_their_columns() -> None:
    figure = draw_page(a_subject(motion=with_events()))
    FigureCanvasAgg(figure).draw()
    (table,) = [child for axes in figure.subfigs[-1].axes for child in axes.get_children() if isinstance(child, Table)]
    for at, cell in table.get_celld().items():
        assert cell.get_text().get_window_extent().width <= cell.get_window_extent().width, (
            at,
            cell.get_text().get_text(),
        )


@pytest.mark.parametrize(("contacts", "last"), [(2, "left"), (7, "right"), (12, "6 more")])
def test_foot_contacts_stand_beside_the_last_table(contacts: int, last: str) -> None:
    """On the page, apart from the table to the left, each text in its column."""
    with styled():
        page = draw_page(a_subject(motion=with_contacts(contacts)))
        FigureCanvasAgg(page).draw()
        left, right = page.subfigs[-1].axes[0].tables
        there, here = left.get_window_extent(), right.get_window_extent()
        assert there.x1 < here.x0 and here.x1 <= page.bbox.x1 and here.y0 >= there.y0 - 1
        cells = right.get_celld()
        assert cells[max(row for row, _ in cells), 0].get_text().get_text() == last
        for at, cell in cells.items():
            text = cell.get_text()
            assert text.get_window_extent().width <= cell.get_window_extent().width, (at, text.get_text())
