"""How many threads fit: the cores, what was asked for, and a batch's share."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import figure
import numpy as np
import pytest
import scipy.linalg
from threadpoolctl import threadpool_info, threadpool_limits

from kasf_demo import cores
from kasf_demo.reconstruct import normal_equations
from kasf_demo.reconstruct.body_fit import fit_body

TORCH_BY_AN_ENGINE = """
from kasf_demo import Engine, Options
from kasf_demo.progress import Quiet
with Engine(Options(), Quiet()):
    import torch
"""


@pytest.mark.parametrize(
    ("available", "asked", "threads"),
    [(8, None, 2), (1, None, 1), (8, "1", 1), (8, "16", 2), (8, "", 2), (8, "all", 2), (8, "0", 1)],
)
def test_threads_fit_cores_and_shares(
    available: int, asked: str | None, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cores, "available_cores", lambda: list(range(available)))
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if asked is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert cores.fitting_threads(2) == threads


def test_there_is_a_core() -> None:
    assert len(cores.available_cores()) >= 1


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="libgomp's display")
@pytest.mark.parametrize(("given", "used"), [(None, "PASSIVE"), ("active", "ACTIVE")])
def test_threads_of_torch_sleep_while_they_wait(given: str | None, used: str) -> None:
    """As OpenMP's library reports when torch loads it."""
    env = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"} | {"OMP_DISPLAY_ENV": "true"}
    env |= {} if given is None else {"OMP_WAIT_POLICY": given}
    done = subprocess.run(
        [sys.executable, "-c", TORCH_BY_AN_ENGINE], env=env, capture_output=True, text=True, check=True
    )
    assert f"OMP_WAIT_POLICY = '{used}'" in done.stderr


@pytest.mark.parametrize("given", [None, "active"])
def test_threads_sleep_unless_the_user_wants_otherwise(given: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if given is not None:
        monkeypatch.setenv("OMP_WAIT_POLICY", given)
    cores.let_waiting_threads_sleep()
    assert os.environ.pop("OMP_WAIT_POLICY") == (given or "passive")


def blas_threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_the_body_fit_has_one_blas_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def factorise(*args: Any, **options: Any) -> Any:
        seen.append(blas_threads())
        return scipy.linalg.cholesky_banded(*args, **options)

    monkeypatch.setattr(normal_equations, "cholesky_banded", factorise)
    xyz, still = figure.squats(20, 30.0, azimuth_deg=20.0), np.broadcast_to(np.eye(3), (20, 3, 3))
    with threadpool_limits(2, user_api="blas"):
        fit_body(
            xyz, figure.project(xyz), np.full((20, 17), 0.9), np.ones(20, bool), rotation=still,
            focal_px=figure.FOCAL_PX, centre=figure.CENTRE, fps=30.0,
        )  # fmt: skip
        assert blas_threads() == {2}
    assert seen and all(threads == {1} for threads in seen)
