"""Small motions for the tests, made here: nothing of ../shared is needed."""

from __future__ import annotations

import numpy as np
import pytest

from kasportsformer.training import performance
from kasportsformer.training.body import VECTORS, V
from kasportsformer.training.forward_kinematics import FloatArray
from kasportsformer.training.pack import Corpus


def standing(frames: int) -> tuple[FloatArray, FloatArray]:
    """Canonical vectors (T, V, 3) and middle (T, 3) of a person standing, facing -y, left hand at +x, arms hanging."""
    v = np.zeros((frames, len(VECTORS), 3), np.float32)
    v[:, [V[f"{s}_{p}"] for s in "lr" for p in ("thigh", "shank", "upper_arm", "forearm")]] = [0, 0, -1]
    v[:, [V["trunk"], V["neck"], V["pelvis_up"], V["chest_up"], V["head_up"]]] = [0, 0, 1]
    v[:, [V["l_shoulder"], V["pelvis_left"], V["chest_left"], V["head_left"]]] = [1, 0, 0]
    v[:, V["r_shoulder"]] = [-1, 0, 0]
    return v, np.tile(np.array([0, 0, 0.92], np.float32), (frames, 1))


@pytest.fixture
def corpus() -> Corpus:
    """Two minutes' worth of swaying limbs: one motion to train on and one of a held-out subject."""
    rng = np.random.default_rng(3)
    vectors, middle = standing(1200)
    phase = np.arange(1200) / 120
    for i in range(8):
        swing = rng.uniform(0.2, 0.9) * np.sin(2 * np.pi * phase * rng.uniform(0.3, 1.2) + rng.uniform(0, 6))
        vectors[:, i] = np.stack([0 * swing + rng.uniform(-0.2, 0.2), -np.sin(swing), -np.cos(swing)], -1)
    vectors[:, :8] /= np.linalg.norm(vectors[:, :8], axis=-1, keepdims=True)
    middle[:, 1] -= 1.2 * phase
    first = np.array([0, 700, 1200])
    return Corpus(vectors, middle, np.ones(1200, np.float32), first, ("cmu/01_01", "cmu/09_02"))


@pytest.fixture(autouse=True)
def usual_allocator(monkeypatch: pytest.MonkeyPatch) -> None:
    """`keep_memory` would change glibc's allocator for every test that follows in this process."""
    monkeypatch.setattr(performance, "keep_memory", lambda: False)


@pytest.fixture(autouse=True)
def usual_end_of_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch's DataLoader would set a handler of SIGCHLD for the whole process, which died when a child ended
    (docs/decisions.md, "A test process that dies")."""
    monkeypatch.setattr("torch.utils.data._utils.signal_handling._set_SIGCHLD_handler", lambda: None)
