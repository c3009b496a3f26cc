"""Cores of a machine that Ray's actors share out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from kasf_demo.batch import resources
from kasf_demo.batch.ray_worker import CoreClaim


def test_cores_are_claimed_once(tmp_path: Path) -> None:
    code = """import os,sys; from pathlib import Path; from kasf_demo.batch.ray_worker import CoreClaim
c = CoreClaim(1, Path(sys.argv[1])); print(c.cores, sorted(os.sched_getaffinity(0)), flush=True); sys.stdin.read()"""
    claims = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(min(2, len(resources.available_cores())))
    ]
    said = [p.stdout.readline() for p in claims if p.stdout]
    for p in claims:
        p.communicate()
    assert len(set(said)) == len(said) and all(
        json.loads(s.split("] [")[0] + "]") == json.loads("[" + s.split("] [")[1]) for s in said
    )
    assert CoreClaim(10_000, tmp_path).cores == resources.available_cores()  # too many asked for: nothing is pinned
