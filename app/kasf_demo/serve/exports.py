"""Files of other formats, made from the arrays of a result (NAME.npz)."""

from __future__ import annotations

from pathlib import Path

from kasf_demo.errors import UsageError


def export_result(out: Path, kind: str) -> list[Path]:
    """Writes the files of a format for the result `out` (NAME.mp4). Raises KasfError."""
    raise UsageError(f"{kind} cannot be made yet", "analyse the clip with it in exports")
