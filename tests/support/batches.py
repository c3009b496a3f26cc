"""A batch run in this process, and what it left."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from kasf_demo.batch.run import BatchOptions, run_batch
from kasf_demo.options import Options

FAULTY = (sys.executable, str(Path(__file__).with_name("faulty_worker.py")))
CLI = [sys.executable, "-c", "from kasf_demo.cli import main; main()"]
TABLES = (".csv", ".json", ".npz")


def tables(folder: Path, without: str = "summary") -> dict[str, str]:
    """sha256 of every table under `folder`."""
    files = [p for p in folder.rglob("*") if p.suffix in TABLES and p.is_file() and not p.name.startswith(without)]
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def summary(out: Path) -> dict[str, dict[str, Any]]:
    """The rows of summary.json by name."""
    return {row["name"]: row for row in json.loads((out / "summary.json").read_text())["clips"]}


def batch(
    clips: Path | list[str], out: Path, keypoints: Path, *, code: int = 0, **more: Any
) -> dict[str, dict[str, Any]]:
    """Runs a batch without videos, quietly; returns the summary."""
    options = Options(
        keypoints=keypoints,
        **{k: more.pop(k) for k in list(more) if k in Options.__dataclass_fields__} | {"video": False},
    )
    inputs = [str(clips)] if isinstance(clips, Path) else clips
    assert run_batch(inputs, out, options, BatchOptions(**{"quiet": True, "workers": 2} | more)) == code
    return summary(out)
