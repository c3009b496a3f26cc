"""What is stated holds: on sequences with known errors (captured motion before virtual cameras, a noisy
detector, the real network) about 68 and 95 % of the joints are within what is stated."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from kasf_demo import Engine, Options
from kasf_demo.options import from_mapping
from kasf_demo.progress import Quiet
from kasf_demo.reconstruct.uncertainty import calibration
from kasportsformer.training.corpus import Corpus

SCRIPT = Path(__file__).resolve().parents[3] / "benchmarks" / "accuracy" / "uncertainty_data.py"
# ten pieces of up to 3.3 s of CMU subjects that no network was trained on, as `python -m kasportsformer.training pack`
# writes them
MOTIONS = Path(__file__).with_name("held_out_motions.npz")
SEQUENCES = 10


@pytest.fixture
def data() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("uncertainty_data", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_coverage(data: ModuleType) -> None:
    own, errors, sigmas = calibration(), [], []
    options = Options(detector="mediapipe", offline=True, device="cpu", backend="torch")
    with Engine(options, Quiet()) as engine:
        ratio, motions = engine.lifter_weights.limb_ratio, Corpus.load(MOTIONS)
        for seed in range(SEQUENCES):
            f = data.film(motions, np.random.default_rng(seed))
            given = from_mapping({"height_m": f.height_m}, options)
            moves, fps = data.still(len(f.times_s)), 1 / float(f.times_s[1])
            s = data.solve(f.track, engine.lifter, given, f.camera, moves, ratio, f.orientation, f.times_s, fps)
            error = np.linalg.norm((s.xyz - s.xyz[:, :1]) - (f.truth - f.truth[:, :1]), axis=-1)
            errors.append(error[:, 1:])
            sigmas.append(own.joint_sigma(s.clues, "")[:, 1:])
    found, stated = np.concatenate(errors), np.concatenate(sigmas)
    assert 0.58 < (found < stated).mean() < 0.80  # few sequences of correlated errors: loose
    assert (found < own.joints.within_95 * stated).mean() > 0.90
    assert np.corrcoef(np.log(found.ravel()), np.log(stated.ravel()))[0, 1] > 0.4  # not one number for all
