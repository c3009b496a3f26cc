"""The table of output formats. What a new format touches:

1. A row in FORMATS, here. The check of `--export`, the file names and the check for existing files follow from it.
2. Its writer, a module of `export`, and its entry in `export/write.py`: in WRITERS if a file holds one person
   (`per_person`), else in `whole` of `write_exports`. Add it to GAPLESS there if the format cannot leave gaps.
   A page (`page`) is written by `viewer/from_result.py` instead.
3. The lists for users: the help text of `--export` in `cli/run.py`, README.md, docs/cli.md, docs/output.md.

`json` has a row, but no writer in `export`: the JSON report is always written, last, by `results/json_file.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class OutputFormat:
    """A format of --export: what is added to NAME; whether a file holds one person; whether it is a page that shows the
    clip too. more: further files, name to suffix; with_format: another format that is always written beside it."""

    suffix: str
    per_person: bool = False
    page: bool = False
    more: Mapping[str, str] = field(default_factory=dict)
    with_format: str | None = None


FORMATS = {
    "csv": OutputFormat(".angles.csv"),  # the angles: NAME.csv are the joints
    "json": OutputFormat(".json"),
    "feet": OutputFormat(".feet.csv"),  # heels and toes, where the source has them
    "jumps": OutputFormat(".jumps.csv"),  # a row per number of each jump and spin
    "npz": OutputFormat(".npz"),
    "trc": OutputFormat(".trc", per_person=True),
    "c3d": OutputFormat(".c3d", per_person=True),
    "bvh": OutputFormat(".bvh", per_person=True),
    "mot": OutputFormat(".mot", per_person=True),
    "glb": OutputFormat(".glb"),
    "opensim": OutputFormat(
        ".ik.mot", per_person=True, more={"opensim.osim": ".osim", "opensim.json": ".ik.json"}, with_format="trc"
    ),
    "html": OutputFormat(".html", page=True),
    "rerun": OutputFormat(".rrd", page=True),
}
EXPORTS = tuple(FORMATS)
REPORTS = (".pdf", ".html", ".htm")
