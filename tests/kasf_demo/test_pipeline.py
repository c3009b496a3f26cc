"""One clip from end to end, with keypoints from a file: T in, T out, gaps, people, files."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import traceback
from pathlib import Path

import av
import numpy as np
import pytest
from lifters import small_network
from torch import Tensor
from walker import WIDTH, Clip, walking_coco, write_clip, write_keypoints

from kasf_demo import analyse, cli
from kasf_demo.errors import InputError, OutputError, UsageError
from kasf_demo.timing.real_time import mean_rate
from kasportsformer.checkpoint import save_safetensors
from kasportsformer.model import KASportsFormer
from kasportsformer.skeleton import COCO_MIRROR, mirror_h36m


def test_python_call_gives_arrays_and_writes_nothing(
    walk: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = analyse(walk[0], keypoints=walk[1])
    pose = result.people[0].pose
    assert pose.xyz.shape == (45, 17, 3) and pose.valid.all() and pose.unit == "m" and pose.axes == "world"
    assert np.allclose(result.times_s, np.arange(45) / 30, atol=1e-3)
    assert result.files == [] and list(tmp_path.iterdir()) == []
    # an upright adult who faces the image's right and stands on the floor
    assert 1.2 < np.median(pose.xyz[:, 10, 2] - pose.xyz[:, [3, 6], 2].mean(1)) < 2.0
    assert -0.1 < np.median(pose.xyz[:, [3, 6], 2].min(1)) < 0.25
    assert pose.root[-1, 0] > pose.root[0, 0] + 0.2  # walks to the right: x grows


def test_files_beside_out(walk: Clip, tmp_path: Path) -> None:
    out = tmp_path / "pose.mp4"
    result = analyse(walk[0], out, keypoints=walk[1], height_m=1.82)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pose.csv", "pose.json", "pose.mp4"]
    with av.open(str(out)) as c:
        frames = list(c.decode(video=0))
        assert len(frames) == 45 and c.streams.video[0].codec_context.name == "h264"
        assert c.streams.video[0].average_rate == 30
    with open(tmp_path / "pose.csv", newline="") as f:
        rows = list(csv.DictReader(f))
    assert len(rows) == 45 * 17 and float(rows[17]["x_m"]) == pytest.approx(
        result.people[0].pose.xyz[1, 0, 0], abs=1e-4
    )
    report = json.loads((tmp_path / "pose.json").read_text())
    assert report["counts"]["frames"] == 45 and report["scale"] == {"kind": "given", "height_m": 1.82}
    assert len(report["lifter"]["sha256"]) == 64 and report["detector"]["name"] == "keypoints-file"
    assert report["truncated"] is False and report["axes"]["kind"] == "world" and report["unit"] == "m"
    with pytest.raises(OutputError, match="--overwrite"):
        analyse(walk[0], out, keypoints=walk[1])
    before = (tmp_path / "pose.csv").read_bytes()
    analyse(walk[0], out, keypoints=walk[1], height_m=1.82, overwrite=True)
    assert (tmp_path / "pose.csv").read_bytes() == before  # the same input twice: the same table


def test_a_mirrored_clip_gives_the_mirrored_athlete(walk: Clip, tmp_path: Path) -> None:
    xy = walking_coco(45)
    flipped = xy[:, COCO_MIRROR].copy()
    flipped[..., 0] = WIDTH - flipped[..., 0]
    a = analyse(walk[0], keypoints=walk[1]).people[0].pose.xyz
    b = analyse(walk[0], keypoints=write_keypoints(tmp_path / "m.json", [flipped])).people[0].pose.xyz
    assert np.abs(mirror_h36m(a) - b).max() < 1e-3


@pytest.mark.parametrize("frames", [1, 2, 27, 28, 54, 55])
def test_any_number_of_frames(frames: int, tmp_path: Path) -> None:
    people = [walking_coco(frames)]
    result = analyse(write_clip(tmp_path / "c.mp4", people), keypoints=write_keypoints(tmp_path / "k.json", people))
    assert len(result.times_s) == frames and len(result.people[0].pose) == frames


def test_short_gaps_are_filled_and_marked_long_ones_stay_empty(tmp_path: Path) -> None:
    people = [walking_coco(90)]
    clip = write_clip(tmp_path / "c.mp4", people)
    present = np.ones(90, bool)
    present[20:24] = present[50:80] = False
    pose = analyse(clip, keypoints=write_keypoints(tmp_path / "k.json", people, present)).people[0].pose
    assert pose.valid[20:24].all() and pose.interpolated[20:24].all()
    assert not pose.valid[50:80].any() and np.isnan(pose.xyz[50:80]).all() and not pose.interpolated[~pose.valid].any()


def test_all_people_have_rows(tmp_path: Path) -> None:
    people = [walking_coco(40, 60), walking_coco(40, 200, 0.5)]
    clip = write_clip(tmp_path / "c.mp4", people)
    result = analyse(
        clip, tmp_path / "o.mp4", keypoints=write_keypoints(tmp_path / "k.json", people), athlete="all", video=False
    )
    assert len(result.people) == 2 and {p.id for p in result.people} == {1, 2}
    with open(tmp_path / "o.csv", newline="") as f:
        assert len(list(csv.DictReader(f))) == 2 * 40 * 17
    assert not (tmp_path / "o.mp4").exists()


def test_the_end_of_a_range(walk: Clip) -> None:
    result = analyse(walk[0], keypoints=walk[1], end_s=0.5)
    assert len(result.times_s) in (15, 16) and len(result.people[0].pose) == len(result.times_s)
    with pytest.raises(UsageError, match="--start"):
        analyse(walk[0], keypoints=walk[1], start_s=0.5)


def test_a_slow_clip_is_warned_of(tmp_path: Path) -> None:
    people = [walking_coco(6)]
    clip = write_clip(tmp_path / "c.mp4", people, fps=2)
    result = analyse(clip, keypoints=write_keypoints(tmp_path / "k.json", people))
    assert any("2 frames/s" in w for w in result.warnings)


def test_nobody(tmp_path: Path) -> None:
    people = [walking_coco(10)]
    clip = write_clip(tmp_path / "c.mp4", people)
    keypoints = write_keypoints(tmp_path / "k.json", people, np.zeros(10, bool))
    result = analyse(clip, tmp_path / "o.mp4", keypoints=keypoints)
    assert result.people == [] and any("no person" in w for w in result.warnings)
    with open(tmp_path / "o.csv", newline="") as f:
        assert len(list(csv.DictReader(f))) == 170
    with pytest.raises(InputError, match="no person"):
        analyse(clip, keypoints=keypoints, require_person=True)


def test_camera_axes_are_the_same_pose_seen_from_the_camera(walk: Clip) -> None:
    w = analyse(walk[0], keypoints=walk[1]).people[0].pose.xyz
    c = analyse(walk[0], keypoints=walk[1], axes="camera").people[0].pose
    assert c.axes == "camera"
    turned = np.stack([c.xyz[..., 0], c.xyz[..., 2], -c.xyz[..., 1]], -1)
    assert np.allclose((turned - turned[:, :1]), (w - w[:, :1]), atol=1e-9)


def test_mean_rate() -> None:
    assert mean_rate(np.array([0, 0.1, 0.4]), 30) == pytest.approx(5) and mean_rate(np.array([0.0]), 25) == 25


def test_a_run_leaves_nothing_in_the_home_folder(walk: Clip, tmp_path: Path) -> None:
    """matplotlib, which sets the type in the video, would leave its list of fonts there. With an empty cache: a network
    is converted too, a small one, for time."""
    home = tmp_path / "home"
    home.mkdir()
    save_safetensors(small_network(), tmp_path / "small.safetensors")
    code = (
        "import sys; from kasf_demo import analyse; "
        "analyse(sys.argv[1], sys.argv[3], keypoints=sys.argv[2], weights=sys.argv[4], end_s=0.3, offline=True)"
    )
    environment = {**os.environ, "HOME": str(home), "KASF_CACHE": str(tmp_path / "cache")}
    for name in ("MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        environment.pop(name, None)
    command = [
        sys.executable,
        "-c",
        code,
        *map(str, walk),
        str(tmp_path / "p.mp4"),
        str(tmp_path / "small.safetensors"),
    ]
    subprocess.run(command, env=environment, check=True, timeout=120)
    assert list((tmp_path / "cache").iterdir())
    assert (tmp_path / "p.mp4").exists() and list(home.rglob("*")) == []


def test_seven_calls_lead_from_the_command_to_the_network(
    walk: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Short enough to be followed by hand: command, analyse, shot, person, lifter, forward, backend, network."""
    forward, chains = KASportsFormer.forward, []

    def seen(self: KASportsFormer, windows: Tensor) -> Tensor:
        ours = [f for f in traceback.extract_stack() if "kasf_demo" in Path(f.filename).parts and f.name[0] != "<"]
        names = [f.name for f in ours if "test" not in Path(f.filename).name]
        chains.append(names[names.index("run") :])
        return forward(self, windows)

    monkeypatch.setattr(KASportsFormer, "forward", seen)
    words = ["run", walk[0], "--keypoints", walk[1], "--out", tmp_path / "p.mp4", "--no-video", "--backend", "torch"]
    with pytest.raises(SystemExit):
        cli.main([*map(str, words), "--end", "0.3", "--device", "cpu", "-q"])
    assert chains and all(len(chain) <= 7 for chain in chains), chains[0]
    assert chains[0][:2] == ["run", "analyse"]
