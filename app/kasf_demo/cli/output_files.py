"""Files that the commands for coaches write: refused before any work, or written as wholes."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from kasf_demo.cli.recordings import is_result
from kasf_demo.errors import UsageError
from kasf_demo.files.atomic import atomic_write_path, check_target, same_file


def check_page(html: Path | None, images: Path | None = None) -> None:
    """Raises UsageError for a page that is no .html file, and for images (--clip) without a page."""
    if html is not None and html.suffix.lower() not in (".html", ".htm"):
        raise UsageError("a page is an .html file", f"use --html {html.with_suffix('.html').name}", path=html)
    if images is not None and html is None:
        raise UsageError("--clip is shown on the page", "give --html PAGE.html too")


def check_plot(plot: Path | None) -> None:
    """Raises UsageError for a plot that is no .png or .svg file."""
    if plot is not None and plot.suffix.lower() not in (".png", ".svg"):
        raise UsageError("a plot is a .png or .svg file", f"use --plot {plot.with_suffix('.png').name}", path=plot)


def check_outputs(outputs: Sequence[Path], inputs: Sequence[Path], overwrite: bool) -> None:
    """Raises KasfError for outputs that cannot be written, or would replace an input or each other."""
    for n, path in enumerate(outputs):
        if any(same_file(path, other) for other in (*inputs, *outputs[:n])):
            raise UsageError("the output would replace an input or another output", "choose another name", path=path)
        check_target(path, overwrite)


def files_of(clip: Path, images: Path | None) -> list[Path]:
    """What a command reads: the clip, or all files of a result, and the clip for its images."""
    sources = [clip, *([images] if images else [])]
    if is_result(clip):
        sources += [clip.with_suffix(suffix) for suffix in (".json", ".csv", ".npz", ".mp4")]
    return sources


def write_json(path: Path, record: object, overwrite: bool, indent: int | None = 2) -> None:
    """Raises OutputError."""
    with atomic_write_path(path, overwrite=overwrite) as part:
        part.write_text(json.dumps(record, indent=indent, ensure_ascii=False) + "\n", encoding="utf-8")


def write_csv(
    path: Path, columns: Sequence[str], rows: Iterable[Sequence[object] | Mapping[str, object]], overwrite: bool
) -> None:
    """Rows in the order of the columns, or by their names. Raises OutputError."""
    with atomic_write_path(path, overwrite=overwrite) as part, open(part, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([row.get(c, "") for c in columns] if isinstance(row, Mapping) else row for row in rows)
