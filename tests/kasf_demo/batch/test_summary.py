"""The tables of a batch, with names that are made to do harm."""

from __future__ import annotations

import csv
import io
import json

from batch_rows import hostile_rows

from kasf_demo.batch.summary import as_csv, as_failures, as_json


def test_hostile_names_in_the_summaries() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(hostile_rows()))))
    assert [r["name"] for r in rows[:4]] == [
        "'=cmd|calc!A1",
        "<img src=x onerror=alert(1)>",
        'quo"te, comma',
        "new\\nline",
    ]
    assert not any(v.startswith(("=", "+", "-", "@")) for r in rows for v in r.values())
    data = json.loads(as_json(hostile_rows(), {}))
    assert data["totals"]["done"] == 7 and data["clips"][4]["name"] == "bad\\udcffname"
    assert as_failures(hostile_rows()).count("\n") == 1
