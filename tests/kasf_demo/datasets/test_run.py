"""`kasf-demo import`: folders in the documented layouts, to files that the other commands take."""

from __future__ import annotations

import csv
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import call
from raw_sets import FRAMES, coco_motion, write_athletepose3d, write_fsjump3d, write_sportspose
from scene import perfect, write_result

from kasf_demo import cli
from kasf_demo.datasets.fsjump3d import MARKERS
from kasf_demo.datasets.smpl import JOINTS, VERTICES, load_smpl
from kasf_demo.errors import InputError
from kasf_demo.evaluate.ground_truth import VISIBLE, load_truth
from kasportsformer.skeleton import COCO, H36M, coco_to_h36m


def run(*words: object, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as e:
        cli.main(["import", *map(str, words)])
    text = capsys.readouterr()
    assert not e.value.code, text.err
    return text.out


def test_sportspose(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_sportspose(tmp_path / "raw", turned=1, video=tmp_path)
    out = tmp_path / "out"
    shown = run("sportspose", root, "--out", out, "--videos", root / "videos", capsys=capsys)
    assert "turn its video by 90 degrees clockwise" in shown
    truth = load_truth(out / "indoors_S07_jump0001_cam3.gt.npz")
    assert truth.joints_world_m.shape == (1, 14, 17, 3) and (truth.visibility == VISIBLE).all()
    np.testing.assert_allclose(np.diff(truth.times_s), 1 / 30, atol=1e-6)
    wrist = truth.joints_world_m[0][:, H36M["l_wrist"]]
    np.testing.assert_allclose(wrist, coco_motion()[::3, COCO["left_wrist"]], atol=1e-9)
    # trunk and head fall on what kasf-demo makes of the keypoints
    seen = np.einsum("tij,tkj->tki", truth.K, truth.joints_camera_m[0])
    remapped, _ = coco_to_h36m(truth.coco_px[0], np.ones((14, 17)))
    np.testing.assert_allclose(seen[..., :2] / seen[..., 2:], remapped, atol=1e-6)
    video = out / "indoors_S07_jump0001_cam3.avi"
    assert video.is_symlink() and video.read_bytes() == b"a video"
    with (out / "manifest.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["clip"] == video.name and 1.4 < float(row["height"]) < 2.2
    turned = load_truth(out / "indoors_S07_jump0001_cam5.gt.npz")
    # the same view, turned: u' = height - v, v' = u
    raw_v, raw_u = 1216 - turned.coco_px[..., 0], turned.coco_px[..., 1]
    straight = truth.coco_px + np.array([968.0 - 608.0, 608.0 - 968.0])
    np.testing.assert_allclose(np.stack([raw_u, raw_v], -1), straight, atol=1e-6)


def test_the_published_map_and_one_camera(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_sportspose(tmp_path / "raw")
    run("sportspose", root, "--out", tmp_path / "out", "--camera", "5", "--joints", "published", capsys=capsys)
    (path,) = (tmp_path / "out").glob("*.gt.npz")
    joints = load_truth(path).joints_world_m[0]
    np.testing.assert_allclose(joints[:, H36M["neck"]], coco_motion()[::3, COCO["nose"]], atol=1e-9)


@pytest.mark.parametrize("turned", [False, True])
def test_athletepose3d(tmp_path: Path, capsys: pytest.CaptureFixture[str], turned: bool) -> None:
    write_athletepose3d(tmp_path / "raw", turned=turned)
    run("athletepose3d", tmp_path / "raw", "--out", tmp_path / "out", capsys=capsys)
    truth = load_truth(tmp_path / "out" / "valid_S1_Running_1_cam_1.gt.npz")
    assert truth.in_view[0].sum() == FRAMES - 1 and not truth.in_view[0, 3]  # the frame that was not measured
    assert truth.times_s[1] == pytest.approx(1 / 120) and (tmp_path / "out" / "valid_S1_Running_1_cam_1.mp4").exists()
    head, ankle = truth.coco_px[0, 0, [COCO["nose"], COCO["left_ankle"]]]
    across = abs(head - ankle)
    assert (across[0] > across[1]) == turned  # the camera lay on its side


def test_fsjump3d(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_fsjump3d(tmp_path / "raw" / "Skater_A" / "Axel" / "one.json", MARKERS)
    out = tmp_path / "out"
    run("fsjump3d", tmp_path / "raw", "--out", out, capsys=capsys)
    truth = load_truth(out / "Skater_A_Axel_one.gt.npz")
    assert len(truth.times_s) == FRAMES and truth.times_s[-1] == pytest.approx((FRAMES - 1) / 60)
    assert (truth.visibility[..., COCO["left_ankle"]] == VISIBLE).all()
    assert (truth.visibility[..., COCO["nose"]] == 0).all()  # no marker is a nose
    # the motion compares with itself, and with its own ground truth
    motion = out / "Skater_A_Axel_one.npz"
    with pytest.raises(SystemExit) as e:
        cli.main(["compare", str(motion), str(motion), "--align", "time"])
    assert not e.value.code
    capsys.readouterr()


def test_the_other_commands_take_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_athletepose3d(tmp_path / "raw")
    run("athletepose3d", tmp_path / "raw", "--out", tmp_path / "out", capsys=capsys)
    path = next((tmp_path / "out").glob("*.gt.npz"))
    result = write_result(tmp_path / f"{path.name.removesuffix('.gt.npz')}_pose", perfect(load_truth(path)))
    for words in (
        ["eval", result, "--truth", path],
        ["compare", result, "--truth", path],
        ["validate", result, "--truth", tmp_path / "out"],
    ):
        with pytest.raises(SystemExit) as e:
            cli.main([str(w) for w in words])
        assert not e.value.code, words
    assert "MPJPE" in capsys.readouterr().out


def test_the_same_again_keeps_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_sportspose(tmp_path / "raw", video=tmp_path)
    words = ("sportspose", root, "--out", tmp_path / "out", "--videos", root / "videos")
    run(*words, capsys=capsys)
    before = {p.name: p.lstat().st_mtime_ns for p in (tmp_path / "out").iterdir()}
    run(*words, capsys=capsys)
    assert before == {p.name: p.lstat().st_mtime_ns for p in (tmp_path / "out").iterdir()}
    run(*words, "--overwrite", capsys=capsys)
    assert set(before) == {p.name for p in (tmp_path / "out").iterdir()}


class Hostile:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.path}",)


def test_refusals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sportspose = write_sportspose(tmp_path / "sp")
    athletepose = write_athletepose3d(tmp_path / "ap")
    out = ["--out", tmp_path / "out"]
    for name, root in (("athletepose3d", sportspose), ("sportspose", athletepose), ("fsjump3d", sportspose)):
        call("import", name, root, *out, code=4, capsys=capsys)
    assert "not FS-Jump3D's" in call("import", "fsjump3d", athletepose, *out, code=4, capsys=capsys)
    assert "--smpl" in call("import", "worldpose", sportspose, *out, code=2, capsys=capsys)
    assert "no such folder" in call("import", "sportspose", tmp_path / "none", *out, code=4, capsys=capsys)
    assert "none of these cameras" in call(
        "import", "sportspose", sportspose, *out, "--camera", "9", code=4, capsys=capsys
    )
    assert not (tmp_path / "out").exists()
    mark = tmp_path / "executed"
    session = sportspose / "indoors" / "S07"
    (session / "calib.pkl").write_bytes(pickle.dumps({"calibration": Hostile(mark)}))
    assert "system" in call("import", "sportspose", sportspose, *out, code=4, capsys=capsys) and not mark.exists()
    (session / "jump" / "jump0001.npy").write_bytes(b"\x93NUMPY\x01\x00")
    (session / "calib.pkl").write_bytes(pickle.dumps({"calibration": {}}))
    assert "no array of numbers" in call("import", "sportspose", sportspose, *out, code=4, capsys=capsys)


def smpl_arrays() -> dict[str, Any]:
    """A body of vertices at random whose joints are at known places."""
    rng = np.random.default_rng(3)
    regressor = np.zeros((JOINTS, VERTICES))
    regressor[np.arange(JOINTS), np.arange(JOINTS)] = 1
    template = rng.uniform(-0.8, 0.8, (VERTICES, 3))
    template[:JOINTS] = rng.uniform(-0.5, 0.5, (JOINTS, 3))
    # pelvis, hips, spine, knees, chest, ankles, ... as SMPL has them
    parents = [2**32 - 1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21]
    return {
        "J_regressor": regressor,
        "v_template": template,
        "shapedirs": rng.normal(0, 0.02, (VERTICES, 3, 10)),
        "kintree_table": np.array([parents, np.arange(JOINTS)]),
    }


def test_smpl_joints(tmp_path: Path) -> None:
    arrays = smpl_arrays()
    np.savez_compressed(tmp_path / "smpl.npz", **arrays)
    model = load_smpl(tmp_path / "smpl.npz")
    rest = arrays["v_template"][:JOINTS]
    still = np.zeros((1, JOINTS, 3))
    np.testing.assert_allclose(
        model.joints(still, np.array([[1.0, 2, 3]]), np.zeros(10))[0], rest + np.array([1, 2, 3])
    )
    betas = np.linspace(-1, 1, 10)
    shaped = rest + arrays["shapedirs"][:JOINTS] @ betas
    np.testing.assert_allclose(model.joints(still, np.zeros((1, 3)), betas)[0], shaped, atol=1e-9)
    # the left shoulder (16) turned by 90 degrees about z: the elbow turns about it, and takes the hand along
    turned = still.copy()
    turned[0, 16, 2] = np.pi / 2
    moved = model.joints(turned, np.zeros((1, 3)), np.zeros(10))[0]
    quarter = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    for joint in (18, 20, 22):
        np.testing.assert_allclose(moved[joint], rest[16] + quarter @ (rest[joint] - rest[16]), atol=1e-9)
    np.testing.assert_allclose(moved[17], rest[17])


def test_worldpose(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, t = tmp_path / "raw", 12
    (root / "poses").mkdir(parents=True)
    (root / "cameras").mkdir()
    arrays = smpl_arrays()
    standing = {0: 0.0, 1: -0.05, 2: -0.05, 3: 0.1, 4: -0.45, 5: -0.45, 6: 0.25, 7: -0.85, 8: -0.85, 9: 0.3, 12: 0.5,
                15: 0.6, 16: 0.45, 17: 0.45, 18: 0.2, 19: 0.2, 20: 0.0, 21: 0.0}  # fmt: skip
    for joint, y in standing.items():
        side = {
            1: 0.1,
            2: -0.1,
            4: 0.1,
            5: -0.1,
            7: 0.1,
            8: -0.1,
            16: 0.2,
            17: -0.2,
            18: 0.22,
            19: -0.22,
            20: 0.24,
            21: -0.24,
        }
        arrays["v_template"][joint] = [side.get(joint, 0.0), y, 0.0]
    np.savez_compressed(tmp_path / "smpl.npz", **arrays)
    orient = np.zeros((3, t, 3))
    orient[..., 0] = np.pi  # SMPL's y is up, the world's is down
    place = np.zeros((3, t, 3))
    place[..., 0] = np.array([-3.0, 0.0, 4.0])[:, None] + np.linspace(0, 1, t)
    orient[2] = np.nan  # a player who is not labelled
    orient[1, 4:6] = np.nan
    np.savez(
        root / "poses" / "ARG_CRO_221657.npz", global_orient=orient, body_pose=np.zeros((3, t, 69)),
        transl=place, betas=np.zeros((3, 10)),
    )  # fmt: skip
    K = np.tile(np.array([[1600.0, 0, 960], [0, 1600, 540], [0, 0, 1]]), (t, 1, 1))
    np.savez(
        root / "cameras" / "ARG_CRO_221657.npz", K=K, k=np.tile([-0.12, 0.05, 0.001, -0.0005, 0.01], (t, 1)),
        R=np.tile(np.eye(3), (t, 1, 1)), t=np.tile([0.0, 0.5, 14.0], (t, 1)),
    )  # fmt: skip
    words = ("worldpose", root, "--out", tmp_path / "out", "--smpl", tmp_path / "smpl.npz")
    run(*words, capsys=capsys)
    truth = load_truth(tmp_path / "out" / "ARG_CRO_221657.gt.npz")
    assert truth.athletes == 2 and truth.in_view[0].all() and truth.in_view[1].sum() == t - 2
    up = truth.joints_world_m[0, :, H36M["thorax"], 2] - truth.joints_world_m[0, :, H36M["l_ankle"], 2]
    assert (up > 1).all()
    (root / "cameras" / "ARG_CRO_221657.npz").unlink()
    assert "cameras" in call("import", *words, "--overwrite", code=4, capsys=capsys)


def test_the_official_model_file_is_read_as_bare_arrays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    import types

    from scipy.sparse import csc_matrix

    class Ch:
        def __init__(self, x: Any) -> None:
            self.__dict__.update(x=x, dirty=set())

    module, chumpy = types.ModuleType("chumpy.ch"), types.ModuleType("chumpy")
    Ch.__module__, Ch.__qualname__, module.Ch = "chumpy.ch", "Ch", Ch  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "chumpy", chumpy)
    monkeypatch.setitem(sys.modules, "chumpy.ch", module)
    arrays = smpl_arrays()
    np.savez_compressed(tmp_path / "smpl.npz", **arrays)
    stored = arrays | {"shapedirs": Ch(arrays["shapedirs"]), "J_regressor": csc_matrix(arrays["J_regressor"])}
    a = load_smpl(tmp_path / "smpl.npz")
    for protocol in (0, 2, 4):  # the official files are of Python 2
        (tmp_path / "smpl.pkl").write_bytes(pickle.dumps(stored, protocol=protocol))
        b = load_smpl(tmp_path / "smpl.pkl")
        np.testing.assert_allclose(a.rest, b.rest)
        np.testing.assert_allclose(a.by_shape, b.by_shape)
    mark = tmp_path / "executed"
    (tmp_path / "bad.pkl").write_bytes(pickle.dumps(stored | {"posedirs": Hostile(mark)}, protocol=2))
    with pytest.raises(InputError, match="system"):
        load_smpl(tmp_path / "bad.pkl")
    (tmp_path / "none.pkl").write_bytes(b"nothing")
    with pytest.raises(InputError, match="no SMPL model"):
        load_smpl(tmp_path / "none.pkl")
    assert not mark.exists()
