"""The description of the interface: the one in the repository is the program's, and the program does what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from served import served

from kasf_demo.serve.app import bare_app
from kasf_demo.serve.openapi import methods_of
from kasf_demo.serve.write_openapi import text

CONFIG = """[[operations]]
include-name = "GET /api/jobs/{job_id}"
checks.use_after_free.enabled = false
"""
ROOT = Path(__file__).resolve().parents[3]


def test_the_description_in_the_repository_is_the_programs() -> None:
    """If it fails: python -m kasf_demo.serve.write_openapi docs/openapi.json."""
    assert (ROOT / "docs" / "openapi.json").read_text("ascii") == text()


def test_methods_of_an_address() -> None:
    app = bare_app()
    assert methods_of(app, "/api/jobs") == ["GET", "POST"]
    assert methods_of(app, "/api/jobs/x.y") == ["DELETE", "GET"]
    assert methods_of(app, "/api/jobs/x/y") == [] == methods_of(app, "/api/jobsx")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    """With stub workers: what a real one says of made-up bytes (415) is not in the description of what is valid.

    A job that is deleted while it runs is cancelled, and stays in the list: that is no use after removal."""
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    with served(tmp_path / "results") as app:
        app.until(app.start(app.upload("kick.mp4")), "done")
        command = [sys.executable, "-m", "schemathesis.cli", "run", f"{app.url}/openapi.json", "--no-color"]
        command += ["--header", f"X-KASF-CSRF: {app.service.access.csrf}", "--max-examples", "40", "--seed", "1"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-8000:]
