"""matplotlib keeps a list of the machine's fonts: in our cache, or it would make a folder in the user's home."""

from __future__ import annotations

import os

from kasf_demo.files.cache import usable_cache


def prepare_matplotlib() -> None:
    """Must run before anybody imports matplotlib."""
    if "MPLCONFIGDIR" not in os.environ:
        os.environ["MPLCONFIGDIR"] = str(usable_cache() / "matplotlib")
