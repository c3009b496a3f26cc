"""Swapped sides of legs and arms are found with the body and put right; right ones stay. The tracks are captured motion
of people that no network was trained on, with the errors of a detector."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from gappy_tracks import make
from walker import walking_coco

from kasf_demo import Engine, Options
from kasf_demo.options import from_mapping
from kasf_demo.progress import Quiet
from kasf_demo.reconstruct.limb_hypotheses import LimbJudge, collapsed
from kasf_demo.tracking import ARMS, LEGS, swap_back
from kasf_demo.types.arrays import BoolArray
from kasf_demo.types.camera import CameraMotion
from kasf_demo.types.clip import ContentArea
from kasf_demo.types.people import Track
from kasportsformer.skeleton import LIMB_JOINTS
from kasportsformer.training.corpus import Corpus

SCRIPT = Path(__file__).resolve().parents[3] / "benchmarks" / "accuracy" / "uncertainty_data.py"
MOTIONS = Path(__file__).with_name("held_out_motions.npz")  # see test_uncertainty_coverage
OPTIONS = Options(detector="mediapipe", offline=True, device="cpu", backend="torch")


@pytest.fixture(scope="module")
def data() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("uncertainty_data", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(OPTIONS, Quiet()) as made:
        yield made


def judge(filmed: Any, engine: Engine, **changes: Any) -> LimbJudge:
    area = ContentArea(0, 0, round(2 * filmed.camera.cx_px), round(2 * filmed.camera.cy_px))
    options = from_mapping({"height_m": filmed.height_m, **changes}, OPTIONS)
    ratio, fps = engine.lifter_weights.limb_ratio, 1 / float(filmed.times_s[1])
    return LimbJudge(options, engine.lifter, ratio, filmed.camera, filmed.times_s, fps, area)


def judged(filmed: Any, track: Track, engine: Engine, **changes: Any) -> Track:
    motion = CameraMotion.none(len(track.keypoints), "still")
    return judge(filmed, engine, **changes).judged(track, motion, filmed.orientation)


def film(data: ModuleType, seed: int) -> Any:
    return data.film(Corpus.load(MOTIONS), np.random.default_rng(seed))


@pytest.mark.parametrize(("seed", "start", "end"), [(8, 20, 32), (12, 27, 43), (30, 16, 28)])
def test_swapped_legs_are_put_right_and_right_ones_stay(
    data: ModuleType, engine: Engine, seed: int, start: int, end: int
) -> None:
    filmed = film(data, seed)
    assert judged(filmed, filmed.track, engine) is filmed.track
    got = judged(filmed, swap_back(filmed.track, LEGS, start, end), engine)
    assert np.allclose(got.keypoints.xy, filmed.track.keypoints.xy)


def test_swaps_of_a_noisy_detector_are_put_right(data: ModuleType, engine: Engine) -> None:
    filmed = film(data, 35)
    before, after = (wrong_legs(filmed, t) for t in (filmed.track, judged(filmed, filmed.track, engine)))
    assert before.sum() >= 15 and after.sum() <= 2


def wrong_legs(filmed: Any, track: Track) -> BoolArray:
    """(T,) frames in which the legs are nearer to the other side's true place."""
    centre = np.array([filmed.camera.cx_px, filmed.camera.cy_px])
    coco = [joint for pair in LEGS for joint in pair]
    true = filmed.truth[:, [dict(LIMB_JOINTS)[joint] for joint in coco]]
    true, xy = true[..., :2] / true[..., 2:], track.keypoints.xy[:, coco] - centre
    true *= np.median((true * xy).sum((1, 2)) / (true**2).sum((1, 2)))  # the assumed lens may be wrong
    own, other = (np.linalg.norm(xy - place, axis=-1).sum(1) for place in (true, true[:, [1, 0, 3, 2]]))
    return np.asarray(other < own)


def test_nothing_is_judged_without_the_body_or_with_hypotheses(data: ModuleType, engine: Engine) -> None:
    filmed = film(data, 8)
    track = swap_back(filmed.track, LEGS, 20, 32)
    assert judged(filmed, track, engine, refine=False) is track
    diffusion: Any = SimpleNamespace(sampling=object())
    made = replace(judge(filmed, engine), lifter=diffusion)
    assert made.judged(track, CameraMotion.none(len(track.keypoints)), None) is track


def test_limbs_that_leap_to_one_place_collapse() -> None:
    xy = walking_coco(60)
    times_s = np.arange(60) / 30
    assert not collapsed(make(xy), times_s, LEGS).any() and not collapsed(make(xy), times_s, ARMS).any()
    xy[38:40, 13:17] = xy[38:40, [13, 13, 15, 15]] / 2 + xy[38:40, [14, 14, 16, 16]] / 2
    assert np.flatnonzero(collapsed(make(xy), times_s, LEGS)).tolist() == [38, 39]
    exchanged = swap_back(make(walking_coco(60)), LEGS, 38, 40)
    assert not collapsed(exchanged, times_s, LEGS).any()  # they leap, but not to one place
