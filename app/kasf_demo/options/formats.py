"""The table of output formats."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OutputFormat:
    """A format of --export: what is added to NAME; whether a file holds one person; whether it is a page that shows the
    clip too."""

    suffix: str
    per_person: bool = False
    page: bool = False


# The one table of formats. A new one is a row here and a writer in `export.write` (or, of a page, in
# `viewer.from_result`)
FORMATS = {
    "csv": OutputFormat(".angles.csv"),  # the angles: NAME.csv are the joints
    "json": OutputFormat(".json"),
    "npz": OutputFormat(".npz"),
    "trc": OutputFormat(".trc", per_person=True),
    "c3d": OutputFormat(".c3d", per_person=True),
    "bvh": OutputFormat(".bvh", per_person=True),
    "mot": OutputFormat(".mot", per_person=True),
    "html": OutputFormat(".html", page=True),
    "rerun": OutputFormat(".rrd", page=True),
}
EXPORTS = tuple(FORMATS)
REPORTS = (".pdf", ".html", ".htm")
