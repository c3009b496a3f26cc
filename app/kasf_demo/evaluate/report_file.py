"""The JSON report of a run, read back and not trusted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kasf_demo.errors import InputError

SCHEMA = 1


def read_report(path: Path) -> dict[str, Any]:
    """The report beside a run's table. Raises InputError for what is none."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError("no such file", "the report must lie beside the table: it says which axes and scale", path=path) from None
    except (OSError, ValueError, RecursionError) as e:
        raise InputError(f"cannot be read as JSON: {e}", "run again", path=path) from None
    if not isinstance(report, dict) or report.get("schema") != SCHEMA:
        raise InputError(f"not a report of kasf-demo with schema {SCHEMA}", "run again", path=path)
    return report
