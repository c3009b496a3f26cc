"""A batch on a local Ray cluster of two nodes, one of which dies in mid-run: every clip is done, once."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clips import make_clips
from kasf_demo.batch.jobs import Finished, Started
from kasf_demo.batch.run import BatchOptions, run_batch
from kasf_demo.errors import ModelError, UsageError
from kasf_demo.options import Options

ray = pytest.importorskip("ray")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
NODE = {"num_cpus": 1, "object_store_memory": 80_000_000, "memory": 4_000_000_000}


@pytest.fixture
def two_nodes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """A head without cores, and two nodes with one each, all on this machine."""
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    cluster = Cluster(initialize_head=True, head_node_args=NODE | {"num_cpus": 0})
    try:
        yield cluster, [cluster.add_node(**NODE) for _ in range(2)]
    finally:
        ray.shutdown()
        cluster.shutdown()


def kinds(out: Path) -> Counter[tuple[str, str]]:
    """How often each clip was begun and done by the journal."""
    records = [json.loads(line) for line in (out / "batch_files" / "journal.jsonl").read_text().splitlines()]
    return Counter((r["kind"], r["name"]) for r in records if "name" in r)


def test_a_node_dies_in_mid_run(
    two_nodes: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from kasf_demo.batch import ray_backend as clusters

    cluster, nodes = two_nodes
    names = [f"c{i:02}" for i in range(12)]
    keypoints, out = make_clips(tmp_path / "in", names, frames=250), tmp_path / "out"
    real, killed, started = clusters.Cluster.events, [], []

    def events(self: Any) -> Iterator[Any]:
        for event in real(self):
            yield event
            if isinstance(event, Started):
                started.append(event.job.name)
            if isinstance(event, Finished) and not killed and len(started) > 4:  # both nodes are in the middle of it
                killed.append(nodes[1])
                cluster.remove_node(nodes[1], allow_graceful=False)

    monkeypatch.setattr(clusters.Cluster, "events", events)
    options = Options(keypoints=keypoints, layout="3d", export=("npz",))
    assert run_batch([str(tmp_path / "in")], out, options, BatchOptions(ray=cluster.address, workers=2)) == 0
    assert killed and "is gone; another does it again" in capfd.readouterr().err
    counted = kinds(out)
    assert all(counted["done", name] == 1 for name in names) and sum(counted["start", n] for n in names) > len(names)
    rows = json.loads((out / "summary.json").read_text())["clips"]
    assert [r["status"] for r in rows] == ["done"] * 12 and max(r["attempts"] for r in rows) == 2
    assert not [p for p in out.rglob("*") if ".part" in p.name]
    alone = tmp_path / "alone"
    assert run_batch([str(tmp_path / "in")], alone, options, BatchOptions(quiet=True)) == 0
    for name in names:  # the same numbers as without a cluster
        for suffix in (".csv", ".json", ".npz"):
            assert (out / f"{name}{suffix}").read_bytes() == (alone / f"{name}{suffix}").read_bytes()


def test_faults_and_resuming_on_a_cluster(two_nodes: Any, tmp_path: Path) -> None:
    cluster, _ = two_nodes
    keypoints, out = make_clips(tmp_path / "in", ["a", "b", "bad"]), tmp_path / "out"
    options = Options(keypoints=keypoints, video=False)
    given = BatchOptions(ray=cluster.address, quiet=True, upload=f"file://{tmp_path}/bucket")
    assert run_batch([str(tmp_path / "in")], out, options, given) == 3
    assert run_batch([str(tmp_path / "in")], out, options, given) == 3
    assert kinds(out)["start", "a"] == 1 and (tmp_path / "bucket" / "a.csv").exists()
    (tmp_path / "w.safetensors").write_text("no weights")
    with contextlib.suppress(FileNotFoundError), pytest.raises(ModelError):
        changed = Options(keypoints=keypoints, video=False, weights=str(tmp_path / "w.safetensors"))
        run_batch([str(tmp_path / "in")], out, changed, given)


def test_no_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    keypoints = make_clips(tmp_path / "in", ["a"])
    with pytest.raises(UsageError, match="ray start --head"):
        run_batch(
            [str(tmp_path / "in")], tmp_path / "out", Options(keypoints=keypoints), BatchOptions(ray="auto", quiet=True)
        )
