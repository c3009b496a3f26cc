"""A whole run of a clip whose camera pans: the athlete's path is relative to the ground, and the files report what the
camera did."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from panorama import MIDDLE, SIZE, rotation, seen, texture
from walker import walking_coco, write_keypoints

from kasf_demo import analyse
from kasf_demo.evaluate.estimate import Estimate
from kasf_demo.results.world_axes import rotations
from kasf_demo.types.result import Result

Array = NDArray[np.float64]
FOCAL, FRAMES = 700.0, 50


def standing_in_front_of_a_pan(pan_deg: float, roll_deg: float = 0.0) -> tuple[list[NDArray[np.uint8]], Array]:
    """A person treading on the spot in front of a far wall while the camera pans: images, and (T, 17, 2) px."""
    far, still = texture(8), walking_coco(FRAMES, 0.0, 0.0) - [0.0, 110.0]
    pictures, points = [], np.zeros((FRAMES, 17, 2))
    for t in range(FRAMES):
        turned = rotation(pan_deg * (t / (FRAMES - 1) - 0.5)) @ rotation(-pan_deg / 2).T
        turned = rotation(0, 0, roll_deg) @ turned
        pictures.append(seen(far, turned, FOCAL))
        ray = np.concatenate([still[t] / FOCAL, np.ones((17, 1))], axis=1) @ turned.T
        points[t] = FOCAL * ray[:, :2] / ray[:, 2:] + MIDDLE
    return pictures, points


def run(folder: Path, pan_deg: float, *, rolled_deg: float = 0.0, **options: object) -> Result:
    pictures, points = standing_in_front_of_a_pan(pan_deg, rolled_deg)
    clip = folder / "pan.mp4"
    with av.open(str(clip), "w") as out:
        stream = out.add_stream("libx264", rate=30, options={"preset": "ultrafast", "crf": "16"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.time_base = Fraction(1, 30)
        for picture in pictures:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode())
    keypoints = write_keypoints(folder / "k.json", [points])
    return analyse(clip, folder / "o.mp4", keypoints=keypoints, video=False, focal_px=FOCAL, export="npz", **options)


def test_who_stays_in_place_stays_in_place(tmp_path: Path) -> None:
    result = run(tmp_path, 24.0)
    assert result.camera is not None and result.camera.kind == "turns" and result.camera.reliable.all()
    assert result.camera.turned_deg == pytest.approx(24, abs=0.5)
    path = result.people[0].pose.root
    across = np.ptp(path[:, 0])
    away = float(np.median(path[:, 1]))
    assert across < 0.05 * away  # undone; the pan alone would be 0.4 of the distance
    report = json.loads((tmp_path / "o.json").read_text())
    motion = report["camera"]["motion"]
    assert motion["kind"] == "turns" and motion["reliable"] and "compensated" in motion["meaning"]
    np.testing.assert_allclose(rotations(motion, FRAMES), result.camera.rotation, atol=1e-5)
    assert report["people"][0]["trajectory"] == {"reliable": True, "unreliable_s": []}
    assert report["camera"]["focal"] == "given" and report["camera"]["tilt"]["source"] == "estimated"
    with np.load(tmp_path / "o.npz") as arrays:
        assert arrays["path_reliable"].all() and arrays["camera_rotation"].shape == (FRAMES, 3, 3)


def test_camera_axes_are_those_of_each_frame(tmp_path: Path) -> None:
    """The table in camera axes, and the table in world axes taken back to the camera, are the same."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    world, camera = run(tmp_path / "a", 24.0), run(tmp_path / "b", 24.0, axes="camera")
    assert np.ptp(camera.people[0].pose.root[:, 0]) > 0.3 * np.median(camera.people[0].pose.root[:, 2])
    a, b = Estimate.from_result(world), Estimate.from_result(camera)
    np.testing.assert_allclose(a.xyz - a.xyz[:, :, :1], b.xyz - b.xyz[:, :, :1], atol=1e-4)
    read = Estimate.from_files(tmp_path / "a" / "o.csv")
    np.testing.assert_allclose(read.xyz - read.xyz[:, :, :1], a.xyz - a.xyz[:, :, :1], atol=3e-4)
    np.testing.assert_allclose(read.xyz, a.xyz, atol=2e-3)  # the JSON has rounded the tilt and the floor


def test_a_tilt_that_is_given_is_taken(tmp_path: Path) -> None:
    report = run(tmp_path, 24.0, tilt_deg=7.0).report
    assert report["camera"]["tilt_deg"] == 7.0 and report["camera"]["tilt"] == {
        "source": "given",
        "sigma_deg": None,
        "from": {},
    }


def test_a_roll_that_is_given_is_undone(tmp_path: Path) -> None:
    """Somebody seen by a camera that rolls by 24 degrees comes out as seen by a level one."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    level = run(tmp_path / "a", 0.0, tilt_deg=0.0, roll_deg=0.0)
    rolled = run(tmp_path / "b", 0.0, rolled_deg=24.0, tilt_deg=0.0, roll_deg=24.0)
    camera = rolled.report["camera"]
    assert camera["roll_deg"] == 24.0 and camera["roll"] == {"source": "given", "sigma_deg": None, "from": {}}
    a, b = (r.people[0].pose.xyz - r.people[0].pose.xyz[:, :1] for r in (level, rolled))
    assert np.abs(a - b).max() < 0.04 and np.abs(a - b).mean() < 0.005
    assert np.abs(rolled.people[0].pose.xyz[..., 2].min() - level.people[0].pose.xyz[..., 2].min()) < 0.02


def test_a_roll_is_seen_in_the_edges_of_the_wall(tmp_path: Path) -> None:
    report = run(tmp_path, 0.0, rolled_deg=-20.0).report
    assert report["camera"]["roll"]["source"] == "estimated" and "lines" in report["camera"]["roll"]["from"]
    assert report["camera"]["roll_deg"] == pytest.approx(-20, abs=2)


def test_a_plain_background_is_not_vouched_for(walk: tuple[Path, Path]) -> None:
    result = analyse(walk[0], keypoints=walk[1])
    assert result.camera is not None and result.camera.kind in ("unknown", "still")
    trajectory = result.report["people"][0]["trajectory"]
    assert trajectory["reliable"] == (result.camera.kind == "still")
    assert bool(trajectory["unreliable_s"]) != trajectory["reliable"]
