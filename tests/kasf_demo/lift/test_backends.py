"""The lifting network in OpenVINO and in torch: same numbers, one conversion per weights, a cache that can be
trusted."""

from __future__ import annotations

import copy
import gc
import logging
import multiprocessing
import shutil
import weakref
from pathlib import Path

import numpy as np
import pytest
import torch
from lifters import Echo, small_network, walk
from some_slow import slow
from walker import Clip

from kasf_demo import Engine, Options, analyse, engine
from kasf_demo.errors import ModelError
from kasf_demo.lift.backends import OpenvinoNetwork, TorchNetwork, accelerator_possible
from kasf_demo.lift.lifter import Lifter
from kasf_demo.progress import Quiet
from kasportsformer import KASportsFormer
from kasportsformer.checkpoint import save_safetensors
from kasportsformer.training.state import with_frame_order

SHA = "ab" * 32


def never() -> KASportsFormer:
    raise AssertionError("converted again")


def converted(cache: Path, settings: str = "") -> OpenvinoNetwork:
    pytest.importorskip("openvino")
    from kasf_demo.lift.openvino import openvino_network

    return openvino_network(SHA, settings, small_network, cache)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the small network in it."""
    folder = tmp_path_factory.mktemp("cache")
    converted(folder)
    return folder


def test_the_torch_network_is_the_model() -> None:
    windows = np.random.default_rng(0).uniform(-1, 1, (3, 27, 17, 3)).astype(np.float32)
    found = TorchNetwork(Echo())(windows)  # type: ignore[arg-type]
    assert found.dtype == np.float32 and np.array_equal(found[..., :2], windows[..., :2])


@pytest.mark.parametrize("n", [1, 2, 3, 8, 9])
def test_openvino_equals_torch_for_any_number_of_windows(n: int, cache: Path) -> None:
    windows = np.random.default_rng(n).uniform(-1, 1, (n, 27, 17, 3)).astype(np.float32)
    assert np.abs(converted(cache)(windows) - TorchNetwork(small_network())(windows)).max() < 1e-4


@pytest.mark.slow
def test_a_network_that_knows_the_order_of_frames_is_the_same_in_openvino(tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    from kasf_demo.lift.openvino import openvino_network

    model = with_frame_order(small_network()).eval()
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "layer_scale" in name or name.endswith("order.table"):
                value.normal_(std=0.3)
    windows = np.random.default_rng(0).uniform(-1, 1, (3, 27, 17, 3)).astype(np.float32)
    found = openvino_network(SHA, "ordered", lambda: model, tmp_path)(windows)
    assert np.abs(found - TorchNetwork(model)(windows)).max() < 1e-4
    backwards = np.ascontiguousarray(windows[:, ::-1])
    assert np.abs(TorchNetwork(model)(backwards)[:, ::-1] - found).max() > 1e-2


@pytest.mark.parametrize("frames", [5, 27, slow(300)])
def test_a_lifted_clip_is_the_same(frames: int, cache: Path) -> None:
    k = walk(frames)
    a = Lifter(TorchNetwork(small_network()), crop_scale=1.25).lift(k, fps=30)
    b = Lifter(converted(cache), crop_scale=1.25).lift(k, fps=30)
    assert np.abs(a).max() > 1 and np.abs(a - b).max() < 1e-2  # px, of bodies of some 250 px


def test_a_conversion_is_made_once(cache: Path) -> None:
    from kasf_demo.lift.openvino import openvino_network

    network = openvino_network(SHA, "", never, cache)
    assert (
        network.facts.max_frames == 27
        and [p.name for p in (cache / "openvino").iterdir() if p.name.startswith(".")] == []
    )


@pytest.mark.slow
def test_the_first_run_computes_what_all_later_ones_do(tmp_path: Path) -> None:
    """To the last bit: compiled from memory, the network that was just converted rounds otherwise than the file that
    later runs read."""
    windows = np.random.default_rng(0).uniform(-1, 1, (9, 27, 17, 3)).astype(np.float32)
    first, later = converted(tmp_path)(windows), converted(tmp_path)(windows)
    assert np.array_equal(first, later)


def test_a_conversion_that_cannot_be_kept_is_the_same(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "file").touch()
    windows = np.random.default_rng(0).uniform(-1, 1, (4, 27, 17, 3)).astype(np.float32)
    assert np.array_equal(converted(tmp_path / "file")(windows), converted(cache)(windows))


def test_other_weights_or_settings_are_another_conversion(cache: Path) -> None:
    from kasf_demo.lift.openvino import openvino_network

    for sha, settings in (("cd" * 32, ""), (SHA, "heads 4")):
        with pytest.raises(AssertionError, match="converted again"):
            openvino_network(sha, settings, never, cache)


def test_a_damaged_conversion_is_made_again(cache: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shutil.copytree(cache, tmp_path, dirs_exist_ok=True)
    (file,) = (tmp_path / "openvino").rglob("model.xml")
    file.write_bytes(file.read_bytes()[:1000])
    assert converted(tmp_path).facts == converted(cache).facts  # what was compiled from it is still there
    shutil.rmtree(file.parent / "compiled")
    with caplog.at_level(logging.WARNING):
        converted(tmp_path)
    assert "made again" in caplog.text
    assert file.stat().st_size > 1000


def test_a_conversion_is_kept_where_memory_ends(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(cache, tmp_path, dirs_exist_ok=True)
    openvino = pytest.importorskip("openvino")

    def fails(*_: object) -> None:
        raise RuntimeError("Exception from src/inference:\nstd::bad_alloc\n")

    for name in ("compile_model", "import_model"):
        monkeypatch.setattr(openvino.Core, name, fails)
    with pytest.raises(RuntimeError, match="bad_alloc"):
        converted(tmp_path)
    assert list((tmp_path / "openvino").rglob("model.xml"))


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING):
        assert converted(tmp_path / "file").facts.max_frames == 27
    assert "not kept" in caplog.text


def _convert(cache: Path) -> None:
    converted(cache)


@pytest.mark.slow
def test_two_processes_at_once(tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_convert, args=(tmp_path,)) for _ in range(2)]
    [p.start() for p in both]
    [p.join(100) for p in both]
    assert [p.exitcode for p in both] == [0, 0]
    assert len(list((tmp_path / "openvino").iterdir())) == 1


def test_a_conversion_that_computes_something_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("openvino")
    from kasf_demo.lift import openvino

    def wrong(ov: object, model: KASportsFormer) -> object:
        other = copy.deepcopy(model)  # openvino's model shares the memory of the one it was made from
        torch.nn.init.constant_(other.head.bias, 0.1)
        return right(ov, other)

    right = openvino.convert
    monkeypatch.setattr(openvino, "convert", wrong)
    with pytest.raises(ValueError, match="differs from torch by"):
        converted(tmp_path)
    assert not list((tmp_path / "openvino").iterdir())


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's weights, with a cache of its own."""
    monkeypatch.setenv("KASF_CACHE", str(tmp_path / "cache"))
    save_safetensors(small_network(), tmp_path / "own.safetensors")
    return tmp_path / "own.safetensors"


def test_the_report_says_which_backend_ran_and_the_poses_agree(walk: Clip, own: Path) -> None:
    pytest.importorskip("openvino")
    found = {}
    for backend in ("torch", "openvino", "auto"):
        result = analyse(walk[0], keypoints=walk[1], weights=str(own), backend=backend)
        found[backend] = result.people[0].pose.xyz
        assert result.report["lifter"]["backend"] == (
            "openvino" if backend == "auto" and not accelerator_possible() else backend
        )
    assert np.abs(found["torch"] - found["openvino"]).max() < 1e-4  # metres


def test_torch_takes_over_with_a_warning(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("openvino")

    def broken(*_: object) -> None:
        raise RuntimeError("no such instruction\nand more")

    monkeypatch.setattr("kasf_demo.lift.openvino.openvino_network", broken)
    with Engine(Options(weights=str(own), device="cpu"), Quiet()) as e:
        assert e.lifter.backend == "torch"
        assert e.warnings == [
            "the lifting network does not run in OpenVINO (no such instruction): torch is used, which is slower"
        ]
    with (
        Engine(Options(weights=str(own), device="cpu", backend="openvino"), Quiet()) as e,
        pytest.raises(ModelError, match="--backend torch"),
    ):
        _ = e.lifter


def test_without_openvino(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.third_party, "installed", lambda *_: False)
    with Engine(Options(weights=str(own), device="cpu"), Quiet()) as e:
        assert e.lifter.backend == "torch" and e.warnings == []
    with (
        Engine(Options(weights=str(own), backend="openvino"), Quiet()) as e,
        pytest.raises(ModelError, match=r"kasf-demo\[fast\]"),
    ):
        _ = e.lifter


def test_a_network_is_freed_at_once_and_not_by_the_garbage_collector(cache: Path) -> None:
    """See `kasf_demo.detect.yolo_openvino.OpenvinoPoseModel` for what happens otherwise."""
    network = converted(cache)
    network(np.zeros((1, 27, 17, 3), np.float32))
    there = weakref.ref(network)
    gc.disable()
    try:
        del network
        assert there() is None
    finally:
        gc.enable()
