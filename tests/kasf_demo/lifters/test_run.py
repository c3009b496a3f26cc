"""`kasf-demo lifters` on a generated clip: the same keypoints through several networks, tables, video and page."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import av
import numpy as np
import pytest
from command_line import call
from tiny_lifters import tiny
from walker import HEIGHT, WIDTH, walking_coco, write_clip, write_keypoints

from kasf_demo.lifters.draw import Grid, seen_from_beside
from kasf_demo.lifters.measure import ERRORS
from lifting import save_safetensors

FRAMES = 12
Inputs = tuple[Path, Path, Path]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    """A clip, its keypoints, and the name of a ground truth."""
    folder, people = tmp_path_factory.mktemp("lifters"), [walking_coco(FRAMES)]
    clip, keypoints = write_clip(folder / "c.mp4", people), write_keypoints(folder / "k.json", people)
    return clip, keypoints, folder / "truth.npz"


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("networks")
    found = {name: folder / f"{name}.safetensors" for name in ("MotionBERT", "D3DP")}
    for name, path in found.items():
        save_safetensors(tiny(name), path)
    return found


def test_every_file_is_written_and_agrees(
    inputs: Inputs, networks: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip, keypoints, _ = inputs
    out = tmp_path / "both.mp4"
    call(
        "lifters", clip, "--keypoints", keypoints, "--lifter", networks["MotionBERT"], "--lifter", networks["D3DP"],
        "--hypotheses", 2, "--steps", 1, "--backend", "torch", "--device", "cpu", "--out", out, code=0, capsys=capsys,
    )  # fmt: skip
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".csv", ".html", ".json", ".md", ".mp4"]
    with av.open(str(out)) as c:
        frames = list(c.decode(video=0))
        grid = Grid.of(WIDTH, HEIGHT, 2)
        assert len(frames) == FRAMES and (frames[0].width, frames[0].height) == grid.frame
    record = json.loads(out.with_suffix(".json").read_text())
    a, b = record["lifters"]
    assert (a["architecture"], a["window_frames"], b["architecture"]) == ("MotionBERT", FRAMES, "D3DP")
    assert "sampling" not in a and b["sampling"] == {"hypotheses": 2, "steps": 1, "seed": 0, "aggregate": "p"}
    assert a["spread_mm"] is None and b["spread_mm"] > 0 and record["ground_truth"] is False
    assert all(r["bone_spread_percent"] > 0 and r["jitter_mm"] > 0 and r["frames"] == FRAMES for r in (a, b))
    assert a["bone_spread_percent"] != b["bone_spread_percent"]
    with open(out.with_suffix(".csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(r["jitter_mm"]) for r in rows] == [a["jitter_mm"], b["jitter_mm"]]
    assert not set(ERRORS) & set(rows[0]), "no ground truth, no errors"
    assert "MotionBERT" in out.with_suffix(".md").read_text()
    assert "D3DP.safetensors" in out.with_suffix(".html").read_text()


def test_refusals(
    inputs: Inputs, networks: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip, keypoints, _ = inputs
    lifter, out = ["--lifter", networks["MotionBERT"]], ["--out", tmp_path / "o.mp4", "--keypoints", keypoints]
    for arguments, code, words in (
        ([clip, *out], 2, "no lifting network is named"),
        ([clip, *lifter, *lifter, *out], 2, "given twice"),
        ([clip, *lifter, "--out", clip], 2, "would replace an input"),
        ([clip, *lifter, "--out", tmp_path / "o.avi"], 2, "is an .mp4 file"),
        ([clip, *lifter, *out, "--threshold", -1], 2, "--threshold"),
        ([clip, "--lifter", "no-such", *out], 5, "no lifter is called"),
        ([tmp_path / "none.mp4", *lifter, *out], 4, "none.mp4"),
        ([clip, *lifter, *out, "--truth", tmp_path / "none.npz"], 4, "none.npz"),
    ):
        assert words in call("lifters", *arguments, code=code, capsys=capsys)
    assert list(tmp_path.iterdir()) == []


def test_the_view_keeps_lengths_and_shows_depth() -> None:
    pose = np.random.default_rng(0).normal(0, 0.4, (3, 17, 3))
    turned = seen_from_beside(pose)
    assert np.allclose(np.linalg.norm(turned, axis=-1), np.linalg.norm(pose, axis=-1))
    ahead = seen_from_beside(np.array([[[0.0, 0.0, 1.0]]]))[0, 0]
    assert abs(ahead[0]) > 0.5, "what is in front of the camera moves to the side"
    assert seen_from_beside(np.array([[[0.0, 1.0, 0.0]]]))[0, 0, 1] > 0.9, "down stays down"
