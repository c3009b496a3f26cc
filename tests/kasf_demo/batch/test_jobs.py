"""Jobs as JSON, on their way to a worker."""

from __future__ import annotations

import json

from batch_rows import a_job

from kasf_demo.batch.jobs import Job
from kasf_demo.options import Options


def test_jobs_travel_as_json() -> None:
    job = a_job(
        "=x\udcff",
        fps="30000/1001",
        export="csv,npz",
        view="1,2",
        keypoints="/k.json",
        height=1.8,
        athlete="all",
        video=False,
    )
    assert Job.from_json(json.loads(json.dumps(job.to_json()))) == job and job.options != Options()
