"""Labels of each camera from what all measured."""

from pathlib import Path

import numpy as np
import pytest
from sessions import session_arrays, write_session

from kasf_demo.adapt.labels import agreed, level_turn, read_session, seen_straight
from kasf_demo.errors import InputError
from kasf_demo.multiview.rotations import from_vector
from kasportsformer.skeleton import COCO, H36M
from kasportsformer.training.dataset import label


def test_limb_labels_are_those_that_training_has() -> None:
    rng = np.random.default_rng(3)
    coco = rng.normal(0, 0.4, (1, 5, 17, 3)) + np.array([0.8, -0.3, 5.0])
    theirs = label(coco)
    names = {f"{s[0]}_{part}": f"{s}_{part}" for s in ("left", "right") for part in ("hip", "knee", "wrist")}
    joints = np.zeros((5, 17, 3)) + coco[0].mean(1, keepdims=True)
    joints[:, 0] = coco[0][:, [COCO["left_hip"], COCO["right_hip"]]].mean(1)
    for own, other in names.items():
        joints[:, H36M[own]] = coco[0][:, COCO[other]]
    ours = seen_straight(joints)
    rows = [H36M[n] for n in names]
    # training's root is the middle of the hips in the image, ours that in space: they differ by the hips' depth
    assert np.abs(ours[:, rows] - theirs.pose[0][:, rows]).max() < 0.03
    assert np.allclose(
        ours[:, rows, 2] - ours[:, rows[:1], 2], (theirs.pose[0][:, rows] - theirs.pose[0][:, rows[:1]])[..., 2]
    )


def test_a_label_projects_onto_its_keypoints(tmp_path: Path) -> None:
    session = read_session(write_session(tmp_path / "a.npz", session_arrays()))
    assert len(session.views) == 1 and len(session.views[0]) == 2
    for view in session.views[0]:
        assert view.usable.all() and view.trusted.all() and abs(view.rate_hz - 30) < 0.1
        apart = view.xy - view.xy[:, :1]
        assert np.abs(apart - view.pose[..., :2]).max() < 12, "the image of a camera that looks at the root"
        arm = np.linalg.norm(view.pose[:, H36M["r_elbow"]] - view.pose[:, H36M["r_shoulder"]], axis=-1)
        assert np.abs(arm * view.metres_per_px - 0.325).max() < 0.05


def test_a_camera_that_rolls_is_turned_level(tmp_path: Path) -> None:
    arrays = session_arrays()
    straight = read_session(write_session(tmp_path / "a.npz", arrays)).views[0][1]
    roll = from_vector(np.array([0, 0, np.radians(25.0)]))
    arrays["R"][1], arrays["t"][1] = roll @ arrays["R"][1], roll @ arrays["t"][1]
    off = arrays["keypoints_px"][0, 1] - [640, 360]
    arrays["keypoints_px"][0, 1] = off @ roll[:2, :2].T + [640, 360]
    rolled = read_session(write_session(tmp_path / "b.npz", arrays)).views[0][1]
    assert np.allclose(rolled.xy, straight.xy) and np.allclose(rolled.pose, straight.pose)
    assert np.allclose(level_turn(np.array([0.02, -1.0, 0.1])), np.eye(2)), "small rolls stay, as at inference"


def test_two_views_must_agree_on_a_joint() -> None:
    arrays = session_arrays()
    wrist = H36M["l_wrist"]
    arrays["reprojection_px"][0, 1, 10:20, wrist] = 60.0  # 30 cm
    arrays["reprojection_px"][0, 0, 30:, wrist] = np.nan
    trusted = agreed(arrays, 0)
    assert not trusted[10:20, wrist].any() and not trusted[30:, wrist].any()
    assert trusted[:10, wrist].all() and trusted[:, H36M["r_knee"]].all()


@pytest.mark.parametrize("fault", ["no K", "shape", "times", "camera", "text"])
def test_what_is_no_session_is_refused(tmp_path: Path, fault: str) -> None:
    arrays = session_arrays()
    if fault == "no K":
        del arrays["K"]
    elif fault == "shape":
        arrays["scores"] = arrays["scores"][:, :1]
    elif fault == "times":
        arrays["times_s"] = arrays["times_s"][::-1]
    elif fault == "camera":
        arrays["R"][0, 0, 0] = np.nan
    path = write_session(tmp_path / "a.npz", arrays)
    if fault == "text":
        path.write_text("no archive")
    with pytest.raises(InputError):
        read_session(path)
