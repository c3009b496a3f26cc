"""`python -m kasf_demo.serve.write_openapi docs/openapi.json`: the description of the HTTP interface as a file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from kasf_demo.serve.app import bare_app


def text() -> str:
    """The description as it is in the repository."""
    return json.dumps(bare_app().openapi(), indent=1, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), "ascii")
