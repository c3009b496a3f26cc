"""benchmarks/train_on_gpu.sh from end to end, on the CPU and with a network of toy size: stops, goes on, exports,
examines."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from kasportsformer.checkpoint import load_model
from kasportsformer.training.corpus import Corpus
from kasportsformer.training.dataset import DataConfig
from kasportsformer.training.validation import make

ROOT = Path(__file__).parents[3]
TOY = "--dim 16 --dim-rep 16 --num-heads 2 --batch 2"

pytestmark = pytest.mark.slow


def run(tmp_path: Path, stage: str, **env: str) -> str:
    """Output of one call that may train for some seconds."""
    paths = {"CORPUS": str(tmp_path / "corpus.npz"), "WORK": str(tmp_path / "work"), "DEVICE": "cpu"}
    done = subprocess.run(
        ["bash", "benchmarks/train_on_gpu.sh", stage, str(tmp_path / "out"), "6"],
        cwd=ROOT, env={**os.environ, **paths, **env}, capture_output=True, text=True, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(1500)
def test_from_corpus_to_weights(corpus: Corpus, tmp_path: Path) -> None:
    corpus.save(tmp_path / "corpus.npz")
    (tmp_path / "work").mkdir()
    make(corpus, DataConfig(), 2).save(tmp_path / "work" / "heldout.npz")  # the script would make 256 for each subject
    sizes = {"SIZE_FIRST": f"--layers 1 {TOY} --frame-order", "SIZE_LARGE": "--layers 3 --batch 2"}
    run(tmp_path, "large", LARGE_S="10000", **sizes)
    assert not (tmp_path / "work" / "large").exists()  # the first part's time is not spent
    assert "06+09+11" in run(tmp_path, "large", LARGE_S="5", **sizes)
    network = tmp_path / "whole.safetensors"
    network.write_bytes(b"".join(p.read_bytes() for p in sorted((tmp_path / "out").glob("l.safetensors.*"))))
    assert load_model(network).config.n_layers == 3
    run(tmp_path, "small", SMALL_S="1", START=str(network), SIZE_SMALL="--batch 2")
    assert (tmp_path / "out" / "s.json").exists() and (tmp_path / "out" / "s.png").exists()
