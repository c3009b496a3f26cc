"""The program's own errors in HTTP: statuses, and no paths of this machine."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from kasf_demo.errors import InputError, KasfError, ModelError, OutputError, UsageError
from kasf_demo.files.atomic import output_error
from kasf_demo.serve.errors import from_kasf

WHERE = Path("/srv/results/kick.json")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (UsageError("--height 9 is out of range", "give less"), 422, "invalid"),
        (InputError("not a video", "copy it again", path=WHERE), 415, "not_a_usable_clip"),
        (ModelError("no weights", "fetch them", path=WHERE), 409, "no_model"),
        (OutputError("cannot write in the folder /srv/results", "no", path=WHERE), 409, "cannot_write"),
        (KasfError("something else"), 500, "failed"),
    ],
)
def test_statuses(error: KasfError, status: int, code: str) -> None:
    answer = from_kasf(error)
    assert (answer.status, answer.code) == (status, code) and "/srv" not in answer.text


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 507), (errno.EDQUOT, 507), (errno.EACCES, 409)])
def test_a_full_disk(number: int, status: int) -> None:
    cause = OSError(number, "no")
    error = output_error(cause, WHERE)
    error.__cause__ = cause
    assert from_kasf(error).status == status and "/srv" not in from_kasf(error).text
