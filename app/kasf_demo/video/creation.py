"""When a clip was recorded, by the metadata of its container. Cameras and phones write it; editors may drop it."""

from __future__ import annotations

import datetime
from pathlib import Path

from kasf_demo.errors import InputError
from kasf_demo.video.source import check_regular_file, open_container

KEYS = ("com.apple.quicktime.creationdate", "creation_time", "date")
FIRST_YEAR = 1990  # cameras without a clock write 1904 or 1970


def recorded_on(path: Path) -> str | None:
    """The day as 2026-12-01 in the time zone that the file states; None without one. Raises InputError if the file
    is none."""
    check_regular_file(path)
    try:
        with open_container(path) as container:
            metadata = {str(k).lower(): str(v) for k, v in container.metadata.items()}
    except InputError:
        return None
    days = (day_of(metadata[key]) for key in KEYS if key in metadata)
    return next((day for day in days if day is not None), None)


def day_of(text: str) -> str | None:
    """The day of a date in ISO 8601; None if it is none, or before `FIRST_YEAR`."""
    try:
        day = datetime.date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None
    return day.isoformat() if day.year >= FIRST_YEAR else None
