"""One run read back: its table and the report beside it, which must belong together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kasf_demo.errors import InputError
from kasf_demo.results.read_report import check_pair, read_report
from kasf_demo.results.read_table import Table, read_table


def read_run(path: Path) -> tuple[Table, dict[str, Any]]:
    """Table and report of the run that wrote `path`, of any suffix: NAME.csv and NAME.json are read.

    Raises InputError if one is missing, damaged or of another run; KeyError, TypeError, ValueError or AttributeError if
    the report is not as it should be.
    """
    report_path, table_path = path.with_suffix(".json"), path.with_suffix(".csv")
    report, table = read_report(report_path), read_table(table_path)
    check_pair(report, report_path, table_path, table)
    if [str(p["id"]) for p in report["people"]] != list(table.ids) or report["counts"]["frames"] != len(table.times_s):
        raise InputError(
            "does not belong to the table beside it: people or frames differ", "run again", path=report_path
        )
    return table, report
