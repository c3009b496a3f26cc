"""benchmarks/train_small_lifters.sh from end to end with networks of toy size: the shipped three from a toy teacher."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kasportsformer.model import KASportsFormer, KASportsFormerConfig
from kasportsformer.training.corpus import Corpus
from kasportsformer.training.dataset import DataConfig
from kasportsformer.training.validation import make
from lifting import load_lifter, save_safetensors

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.slow


@pytest.mark.timeout(900)
def test_three_networks_are_taught_and_exported(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus.save(tmp_path / "corpus.npz")
    make(corpus, DataConfig(), 2).save(tmp_path / "heldout.npz")
    teacher = KASportsFormer(KASportsFormerConfig(n_layers=1, dim_feat=16, dim_rep=16, num_heads=2))
    save_safetensors(teacher, tmp_path / "teacher.safetensors")
    monkeypatch.setenv("START", str(tmp_path / "teacher.safetensors"))
    files = [str(tmp_path / name) for name in ("corpus.npz", "heldout.npz", "out")]
    done = subprocess.run(
        ["bash", "benchmarks/train_small_lifters.sh", "taught", *files, "1"],
        cwd=ROOT, capture_output=True, text=True, timeout=800,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("== ") == 3 and done.stdout.count("noise   knee    all") == 3
    names = [load_lifter(tmp_path / "out" / f"{n}.safetensors").architecture for n in ("agf-s", "mb-lite", "d3dp-s")]
    assert names == ["MotionAGFormer", "MotionBERT", "D3DP"]
