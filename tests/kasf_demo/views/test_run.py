"""`kasf-demo views` on two virtual static cameras of a captured kick, with keypoints files instead of a detector."""

import base64
import json
from pathlib import Path

import av
import numpy as np
import pytest
from command_line import call
from virtual_views import around
from walker import write_clip, write_keypoints

from kasf_demo.multiview.cameras import Cameras, intrinsics_of, project
from kasf_demo.multiview.rotations import angle_deg
from kasf_demo.multiview.seen import sampled
from kasportsformer.skeleton import H36M

KICK = Path(__file__).parents[3] / "demo_videos/soccer_kick.gt.npz"
SIZE, FOCAL_PX = (640, 480), 500.0
AZIMUTHS, RATES, LATE_S = (10.0, 80.0), (30, 50), 0.3  # the second camera starts that much later


def _cameras(middle: np.ndarray) -> Cameras:
    seen = around(AZIMUTHS, 5.5, 1.5)
    shift = np.array([*middle[:2], 0.0])
    k = np.tile(intrinsics_of(FOCAL_PX, SIZE[0] / 2, SIZE[1] / 2), (2, 1, 1))
    return Cameras(k, seen.rotations, seen.translations - seen.rotations @ shift)


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], list[Path], Cameras, np.ndarray]:
    """Clips, keypoints, cameras, and the hips' and knees' true flexion."""
    folder = tmp_path_factory.mktemp("views")
    with np.load(KICK) as file:
        joints, times_s = file["coco_world_m"].astype(float), file["times_s"] - file["times_s"][0]
    cameras = _cameras(joints[:, 11:13].mean((0, 1)))
    rng = np.random.default_rng(0)
    clips, keypoints = [], []
    for c, rate in enumerate(RATES):
        scene_s = np.arange(LATE_S * c, times_s[-1], 1 / rate)
        xy = project(cameras.only([c]), sampled(joints, times_s, scene_s))[0]
        xy += rng.normal(0, 1.5, xy.shape)
        clips.append(write_clip(folder / f"camera {c}.mp4", [xy], fps=rate, size=SIZE))
        keypoints.append(write_keypoints(folder / f"{c}.json", [xy]))
    return clips, keypoints, cameras, joints


def _arguments(filmed: tuple[list[Path], list[Path], Cameras, np.ndarray], out: Path) -> list[object]:
    clips, keypoints = filmed[:2]
    return [
        "views",
        *clips,
        "--out",
        out,
        "--offline",
        "--fov",
        65.24,
        *(w for k in keypoints for w in ("--keypoints", k)),
    ]


def test_two_clips_become_one_measurement(
    filmed: tuple[list[Path], list[Path], Cameras, np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "session.mp4"
    said = call(*_arguments(filmed, out), "--export", "html,npz,trc", code=0, capsys=capsys)
    assert "view 2: " in said and "ms" in said
    with np.load(out.with_suffix(".session.npz")) as file:
        session = {name: file[name] for name in file}
    true = filmed[2].seen_from(0).rotations[1]
    found = session["R"][1] @ session["R"][0].T
    assert angle_deg(found, true) < 5
    assert abs(session["offsets_s"][1] + LATE_S) < 0.5 / 50
    frames = len(session["times_s"])
    assert session["xyz_m"].shape == (1, frames, 17, 3)
    assert session["reprojection_px"].shape == (1, 2, frames, 17)
    assert np.nanmedian(session["reprojection_px"]) < 6
    seen = session["views_count"][0]
    assert seen.max() == 2 and (seen[:5] == 1).all(), "the second camera runs later"
    assert np.nanmedian(session["sigma_m"][0, 30:, H36M["r_wrist"]]) < np.nanmedian(
        session["sigma_m"][0, :8, H36M["r_wrist"]]
    )
    own = session["xyz_m"][0] @ session["R"][1].T + session["t"][1]
    projected = own[..., :2] / own[..., 2:] * session["K"][1, 0, 0] + session["K"][1][:2, 2]
    both = session["views_count"][0] == 2
    off = np.linalg.norm(projected - session["keypoints_px"][0, 1], axis=-1)
    assert np.allclose(off[both], session["reprojection_px"][0, 1][both], atol=0.05), "the arrays describe one world"
    report = json.loads(out.with_suffix(".json").read_text())
    assert report["views"]["people"] == {"1": [1, 1]}
    assert [c["clip"] for c in report["views"]["cameras"]] == ["camera 0.mp4", "camera 1.mp4"]
    assert not report["people"][0]["uncertainty"]["calibrated"]
    assert {"session.mp4", "session.csv", "session.session.npz", "session.html"} <= {f for f in report["files"]}
    page = out.with_suffix(".html").read_text()
    data = json.loads(page.split('<script type="application/json" id="data">')[1].split("</script>")[0])
    assert [v["name"] for v in data["views"]] == ["camera 0.mp4", "camera 1.mp4"]
    assert np.allclose(np.array([v["rotation"] for v in data["views"]]), session["R"], atol=1e-5)
    drawn = np.frombuffer(base64.b64decode(data["takes"][0]["views_px"][1]), "<f4").reshape(frames, 17, 2)
    assert np.allclose(drawn, projected, atol=0.05), "the page draws the same joints in the second view"
    rows = out.with_suffix(".csv").read_text().splitlines()
    assert len(rows) == 1 + 17 * frames
    with av.open(str(out)) as video:
        stream = video.streams.video[0]
        assert stream.frames == frames and stream.width % 2 == 0 and stream.height == 900
    again = tmp_path / "again.mp4"
    known = ["--calibration", out.with_suffix(".session.npz")]
    assert "direction given" in call(*_arguments(filmed, again), *known, "--export", "npz", code=0, capsys=capsys)
    with np.load(again.with_suffix(".session.npz")) as file:
        assert np.allclose(file["R"][1] @ file["R"][0].T, found, atol=1e-6)
        assert abs(file["offsets_s"][1] + LATE_S) < 0.5 / 50
        assert np.nanmedian(np.linalg.norm(file["xyz_m"] - session["xyz_m"], axis=-1)) < 0.05
    call(*_arguments(filmed, out), code=6, capsys=capsys)  # it exists


def test_what_cannot_be_measured_is_refused(
    filmed: tuple[list[Path], list[Path], Cameras, np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clips, keypoints = filmed[:2]
    out = tmp_path / "none.mp4"
    nobody = tmp_path / "nobody.json"
    nobody.write_text(json.dumps({"format": "kasf-keypoints", "version": 1, "frames": []}))
    common = ["--out", out, "--offline"]
    said = call("views", *clips, *common, "--keypoints", keypoints[0], "--keypoints", nobody, code=4, capsys=capsys)
    assert "no person" in said and "camera 1.mp4" in said
    moved = json.loads(keypoints[1].read_text())
    moved["frames"] = moved["frames"][:1] * len(moved["frames"])
    for n, frame in enumerate(moved["frames"]):
        moved["frames"][n] = frame | {"index": n}
    still = tmp_path / "still.json"
    still.write_text(json.dumps(moved))
    call("views", *clips, *common, "--keypoints", keypoints[0], "--keypoints", still, code=4, capsys=capsys)
    assert not list(tmp_path.glob("none*"))


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["A"], "1 clip"),
        (["A", "A"], "given twice"),
        (["A", "B", "--sync-offset", "0.1", "--sync-offset", "0.2"], "2 --sync-offset"),
        (["A", "B", "--athlete", "all"], "--athlete all"),
        (["A", "B", "--athlete", "1", "--athlete", "1", "--athlete", "1"], "more --athlete"),
        (["A", "B", "--keypoints", "K"], "1 --keypoints"),
        (["A", "B", "--fov", "50", "--fov", "60", "--fov", "70"], "3 --fov"),
        (["A", "B", "--fov", "50", "--fov", "200"], "--fov"),
    ],
)
def test_wrong_use_is_found_before_anything_is_read(
    filmed: tuple[list[Path], list[Path], Cameras, np.ndarray], arguments: list[str], why: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    names = {"A": filmed[0][0], "B": filmed[0][1], "K": filmed[1][0]}
    said = call("views", *(names.get(a, a) for a in arguments), "--out", tmp_path / "x.mp4", code=2, capsys=capsys)
    assert why in said
