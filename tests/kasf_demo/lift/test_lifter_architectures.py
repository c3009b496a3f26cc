"""Lifting networks of every architecture through the engine: files, normalisation, windows, hypotheses, refusals."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from command_line import call
from lifters import walk
from tiny_lifters import ARCHITECTURES, tiny
from walker import Clip

from kasf_demo import Engine, Options, analyse
from kasf_demo.errors import ModelError, UsageError
from kasf_demo.lift.backends import NetworkFacts
from kasf_demo.lift.lifter import Lifter
from kasf_demo.lift.squares import SourceImage, Squares
from kasf_demo.progress import Quiet
from kasf_demo.types.clip import ContentArea
from kasf_demo.types.people import Keypoints2D
from lifting import save_safetensors
from lifting.normalize import normalize_screen, normalize_whole_clip

BARS = ContentArea(100, 40, 740, 400)  # 640 x 360
VIEW = SourceImage(BARS)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file of a tiny network of each architecture, without a record beside it: 2 heads."""
    folder = tmp_path_factory.mktemp("files")
    for name in ARCHITECTURES:
        save_safetensors(tiny(name), folder / f"{name}.safetensors")
    return {name: folder / f"{name}.safetensors" for name in ARCHITECTURES}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KASF_CACHE", str(tmp_path / "cache"))


def engine(path: Path, backend: str = "torch", **given: Any) -> Engine:
    return Engine(Options(weights=str(path), device="cpu", backend=backend, **given), Quiet())  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_openvino_equals_torch(name: str, files: dict[str, Path]) -> None:
    pytest.importorskip("openvino")
    poses = {}
    for backend in ("torch", "openvino"):
        with engine(files[name], backend) as e:
            poses[backend] = e.lifter.lift_with_spread(walk(33), fps=30, view=VIEW).pose
            assert e.lifter.backend == backend and not e.warnings and e.lifter.facts.architecture == name
            assert e.lifter.normalisation == ("square-crop" if name == "KASportsFormer" else "full-frame")
    assert np.isfinite(poses["torch"]).all() and np.abs(poses["torch"]).max() > 1
    off = np.abs(poses["torch"] - poses["openvino"])
    assert np.quantile(off, 0.95) < 0.01, "px, of bodies of some 250 px; near ties of a graph may be decided otherwise"


def test_squares_are_the_published_ones() -> None:
    k = walk(40)
    xy, score = k.xy + np.array([BARS.left, BARS.top]), k.score
    full = Squares.of("full-frame", 1.25, xy, score, VIEW)
    given = full.normalize(full.of_window(xy[:9], score[:9]), xy[:9], score[:9])
    inside = xy[:9] - [BARS.left, BARS.top]  # bars around the image are none of it
    assert np.allclose(given[..., :2], normalize_screen(inside, BARS.width, BARS.height), atol=1e-12)
    assert np.array_equal(given[..., 2], score[:9])
    whole = Squares.of("whole-clip", 1.25, xy, score, None)
    given = whole.normalize(whole.of_window(xy[:9], score[:9]), xy[:9], score[:9])
    assert np.allclose(given, normalize_whole_clip(np.concatenate([xy, score[..., None]], -1))[:9], atol=1e-12)
    assert Squares.of("whole-clip", 1.25, xy[:1] * 0, score[:1], None).normalisation == "square-crop"
    with pytest.raises(ValueError, match="size of the image"):
        Squares.of("full-frame", 1.25, xy, score, None)


class Recorder:
    """A network that keeps what it is given, and returns a pose whose root is not 0."""

    backend, frames_per_call = "torch", 216

    def __init__(self, **facts: Any) -> None:
        self.facts = NetworkFacts("MotionBERT", **{"min_frames": 1, "max_frames": 20, **facts})
        self.given: list[np.ndarray] = []

    def __call__(self, windows: np.ndarray) -> np.ndarray:
        self.given.append(windows)
        out = np.zeros_like(windows)
        out[..., 2] = np.arange(17) + 1
        return out


@pytest.mark.parametrize(("frames", "length"), [(5, 5), (20, 20), (33, 20)])
def test_windows_of_any_length(frames: int, length: int) -> None:
    network = Recorder()
    lifted = Lifter(network, crop_scale=1.25).lift(walk(frames), fps=30)
    assert {w.shape[1] for w in network.given} == {length} and np.isfinite(lifted).all()
    fixed = Recorder(min_frames=20)
    Lifter(fixed, crop_scale=1.25).lift(walk(frames), fps=30)
    assert {w.shape[1] for w in fixed.given} == {20}


def test_the_root_is_subtracted_from_global_outputs_only() -> None:
    root_relative = Lifter(Recorder(), crop_scale=1.25).lift(walk(20), fps=30)
    assert (root_relative[:, 0] == 0).all()
    global_output = Lifter(Recorder(root_relative=False), crop_scale=1.25).lift(walk(20), fps=30)
    assert (global_output[:, 0] == 0).all()
    ratio = root_relative[:, 10, 2] / global_output[:, 10, 2]
    assert np.allclose(ratio, 11 / 10), "z of the joints is 1 to 17"


def coco_of(k: Keypoints2D) -> Keypoints2D:
    return Keypoints2D(k.xy, k.score, k.valid, k.interpolated, "coco")


def test_hypotheses_follow_from_the_seed(files: dict[str, Path]) -> None:
    lifted = []
    for seed, hypotheses in ((0, 5), (0, 5), (1, 5), (0, 1)):
        with engine(files["D3DP"], seed=seed, hypotheses=hypotheses) as e:
            lifted.append(e.lifter.lift_with_spread(walk(20), fps=30, view=VIEW))
            assert e.lifter.sampling is not None and e.lifter.sampling.passes == 4 * hypotheses
    first, again, other, single = lifted
    assert first.of_hypotheses and np.array_equal(first.pose, again.pose)
    assert (
        np.array_equal(first.mirror, again.mirror) and (first.mirror[:, 1:] > 0).all() and not first.mirror[:, 0].any()
    )
    assert np.abs(first.pose - other.pose).max() > 1 and not single.mirror.any()


def test_the_nearest_hypothesis_needs_the_lens(files: dict[str, Path]) -> None:
    k = walk(20)
    with engine(files["D3DP"], hypotheses=4, aggregate="j") as e:
        unknown = e.lifter.lift_with_spread(k, fps=30, view=VIEW)
        known = e.lifter.lift_with_spread(k, fps=30, view=SourceImage(BARS, np.full(20, 900.0)))
    with engine(files["D3DP"], hypotheses=4) as e:
        mean = e.lifter.lift_with_spread(k, fps=30, view=SourceImage(BARS, np.full(20, 900.0)))
    assert np.array_equal(unknown.pose, mean.pose) and np.abs(known.pose - mean.pose).max() > 1
    assert np.array_equal(known.mirror, mean.mirror), "the spread is that of all hypotheses"
    image = mean.pose[..., :2] - (k.xy - k.xy[:, :1])
    nearer = np.linalg.norm(known.pose[..., :2] - (k.xy - k.xy[:, :1]), axis=-1).mean()
    assert nearer < np.linalg.norm(image, axis=-1).mean(), "what projects nearer to the keypoints is taken"


def test_coco_networks_get_coco_keypoints(files: dict[str, Path], tmp_path: Path) -> None:
    network = tiny("D3DP")
    path = tmp_path / "wild.pth"
    torch.save({"model_pos": network.state_dict()}, path)
    (tmp_path / "wild_config.json").write_text('{"input_joints": "coco", "num_heads": 2}')
    with engine(path) as e:
        assert e.lifter.facts.input_joints == "coco"
        with pytest.raises(ValueError, match="COCO"):
            e.lifter.lift(walk(20), fps=30)
        given = coco_of(walk(20, seed=3))
        pose = e.lifter.lift_with_spread(walk(20), fps=30, coco=given, view=VIEW).pose
        other = e.lifter.lift_with_spread(walk(20), fps=30, coco=coco_of(walk(20, seed=4)), view=VIEW).pose
    assert np.isfinite(pose).all() and np.abs(pose - other).max() > 1


@pytest.mark.parametrize("name", ["MotionAGFormer", "MotionBERT", "D3DP"])
def test_a_clip_from_end_to_end(name: str, files: dict[str, Path], walk: Clip, tmp_path: Path) -> None:
    out = tmp_path / "pose.mp4"
    result = analyse(
        walk[0], out, keypoints=walk[1], weights=str(files[name]), device="cpu", backend="torch", video=False,
        export="npz",
    )  # fmt: skip
    record = result.report["network"]
    assert record["architecture"] == name and record["normalisation"] == "full-frame"
    assert record["window_frames"] == {"MotionAGFormer": 9, "MotionBERT": 20, "D3DP": 9}[name]
    person = result.report["people"][0]
    assert person["uncertainty"]["calibrated"] is False and "not calibrated" in person["uncertainty"]["meaning"]
    header = (tmp_path / "pose.csv").read_text().split("\n")[0].strip()
    with np.load(tmp_path / "pose.npz") as arrays:
        assert ("spread_m" in arrays) == ("hypotheses" in person) == header.endswith(",spread_m") == (name == "D3DP")
        if name == "D3DP":
            assert arrays["spread_m"].shape == (1, 45, 17) and record["sampling"]["passes_per_window"] == 20
            median = person["hypotheses"]["median_spread_m"]["l_wrist"]
            assert median == pytest.approx(np.median(arrays["spread_m"][0, :, 13]), abs=1e-4) and median > 0
            assert "spread_m" in result.to_dataframe()


@pytest.mark.parametrize("given", [{"hypotheses": 3}, {"steps": 1}, {"seed": 0}, {"aggregate": "j"}])
def test_only_d3dp_draws_hypotheses(given: dict[str, Any], files: dict[str, Path]) -> None:
    with engine(files["MotionBERT"], **given) as e, pytest.raises(UsageError, match=f"--{next(iter(given))} is for"):
        _ = e.lifter


@pytest.mark.slow
def test_names_and_files(files: dict[str, Path], tmp_path: Path) -> None:
    bare = tmp_path / "best_epoch.bin"
    torch.save({"model_pos": tiny("MotionBERT").state_dict()}, bare)
    with engine(bare, lifter="motionbert-lite") as e:
        assert e.lifter.normalisation == "whole-clip" and not e.lifter.facts.root_relative
        assert e.lifter_weights.entry is None and e.lifter_name == "best_epoch.bin"
    with engine(files["MotionBERT"], lifter="motionbert-lite", normalisation="square-crop") as e:
        assert e.lifter.normalisation == "square-crop" and e.lifter.facts.root_relative, "its own record is kept"
    with Engine(Options(lifter="kasf-open-s"), Quiet()) as e:
        assert e.lifter_weights.entry is not None and e.lifter.facts.architecture == "KASportsFormer"
    for given, error in (
        ({"lifter": "motionagformer-b"}, "holds MotionBERT, not MotionAGFormer"),
        ({"lifter": "no-such"}, "no lifting network is called 'no-such'"),
        ({"lifter": "yolo26s-pose"}, "no lifting network is called"),
    ):
        with engine(files["MotionBERT"], **given) as e, pytest.raises(ModelError, match=error):
            _ = e.lifter
    with (
        Engine(Options(lifter="motionbert", weights="kasportsformer-sp-det", offline=True), Quiet()) as e,
        pytest.raises(ModelError, match="not on this machine"),
    ):
        _ = e.lifter


class Evil:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, (f"touch '{self.marker}'",)


@pytest.mark.parametrize("name", ["MotionAGFormer", "MotionBERT", "D3DP"])
def test_refusals_are_one_line_and_exit_5(
    name: str, walk: Clip, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    container = "model" if name == "MotionAGFormer" else "model_pos"
    state = tiny(name).state_dict()
    some = next(n for n in state if n.endswith("fc2.weight"))
    marker = tmp_path / "PWNED"
    cases = {
        "missing: ": {container: {n: v for n, v in state.items() if n != some}},
        "unexpected: ": {container: state | {"extra.weight": torch.zeros(2)}},
        "wrong shape": {container: state | {some: torch.zeros(3, 3)}},
        "could run code": {container: state, "optimizer": Evil(marker)},
        "non-finite": {container: state | {some: state[some] * np.nan}},
        "no lifting network": {container: {"conv.weight": torch.zeros(3)}},
    }
    for number, (words, content) in enumerate(cases.items()):
        path = tmp_path / f"{number}.bin"
        torch.save(content, path)
        text = call(
            walk[0], "--keypoints", walk[1], "--weights", path, "--out", tmp_path / "o.mp4", "--backend", "torch",
            "--heads", "2", code=5, capsys=capsys,
        )  # fmt: skip
        assert words in text.splitlines()[-1] and str(path) in text, text
    assert not marker.exists() and not (tmp_path / "o.mp4").exists()
