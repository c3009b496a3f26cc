"""Calibration files of each kind describe the same cameras."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from virtual_views import around, filmed, moving_person

from kasf_demo.errors import InputError
from kasf_demo.multiview.cameras import Cameras
from kasf_demo.multiview.check import check_session
from kasf_demo.multiview.known_cameras import solve_known
from kasf_demo.multiview.rotations import to_vector
from kasf_demo.views.calibration_file import KnownCameras, read_cameras

CAMERAS = around((10.0, 95.0))
QUALISYS = Path(__file__).parents[4] / "shared/videos/four_views_two_people/Calib.qca.txt"


def _npz(folder: Path) -> Path:
    path = folder / "a.session.npz"
    np.savez(
        path, K=CAMERAS.intrinsics, R=CAMERAS.rotations, t=CAMERAS.translations, size_px=np.array([[1920, 1080]] * 2)
    )
    return path


def _toml(folder: Path) -> Path:
    path, text = folder / "a.toml", ""
    for c in range(2):
        k, r, t = CAMERAS.intrinsics[c], to_vector(CAMERAS.rotations[c]), CAMERAS.translations[c]
        text += f'[cam_{c}]\nname = "{c}"\nsize = [1920.0, 1080.0]\nmatrix = {k.tolist()}\n'
        text += "distortions = [0.0, 0.0, 0.0, 0.0]\n"
        text += f"rotation = {r.tolist()}\ntranslation = {t.tolist()}\nfisheye = false\n\n"
    path.write_text(text + "[metadata]\nadjusted = false\nerror = 0.0\n")
    return path


def _opencv(folder: Path) -> Path:
    path, own = folder / "a.yml", CAMERAS.seen_from(0)
    file = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    for name, value in (("M1", own.intrinsics[0]), ("D1", np.zeros(5)), ("M2", own.intrinsics[1]), ("D2", np.zeros(5)),
                        ("R", own.rotations[1]), ("T", own.translations[1])):  # fmt: skip
        file.write(name, value)
    file.release()
    return path


def _qualisys(folder: Path) -> Path:
    text = "<calibration><cameras>"
    for c in range(2):
        k, r, centre = CAMERAS.intrinsics[c], np.diag([1, -1, -1]) @ CAMERAS.rotations[c], 1000 * CAMERAS.centres[c]
        turned = " ".join(f'r{a + 1}{b + 1}="{r[a, b]}"' for a in range(3) for b in range(3))
        text += f'<camera serial="{c}"><fov_video bottom="1079" left="0" right="1919" top="0"/>'
        text += f'<transform {turned} x="{centre[0]}" y="{centre[1]}" z="{centre[2]}"/>'
        text += f'<intrinsic centerPointU="{64 * k[0, 2]}" centerPointV="{64 * k[1, 2]}" focalLengthU="{64 * k[0, 0]}"'
        text += f' focalLengthV="{64 * k[1, 1]}" radialDistortion1="0" radialDistortion2="0" radialDistortion3="0"'
        text += ' tangentalDistortion1="0" tangentalDistortion2="0"/></camera>'
    path = folder / "a.qca.txt"
    path.write_text(text + "</cameras></calibration>")
    return path


@pytest.mark.parametrize("write", [_npz, _toml, _opencv, _qualisys])
def test_each_format_gives_the_same_cameras(write: object, tmp_path: Path) -> None:
    found = read_cameras(write(tmp_path), 2)  # type: ignore[operator]
    one, other = found.cameras.seen_from(0), CAMERAS.seen_from(0)
    assert np.allclose(one.intrinsics, other.intrinsics) and np.allclose(one.rotations, other.rotations, atol=1e-6)
    assert np.allclose(one.translations, other.translations, atol=1e-6) and not found.distortion.any()
    with pytest.raises(InputError, match="2 cameras, and there are 3 clips"):
        read_cameras(write(tmp_path), 3)  # type: ignore[operator]


@pytest.mark.assets
def test_a_real_qualisys_file_is_read() -> None:
    if not QUALISYS.exists():
        pytest.skip("needs ../shared")
    found = read_cameras(QUALISYS, 4)
    assert (found.size_px == [1088, 1920]).all() and np.allclose(found.cameras.intrinsics[:, 0, 0], 1680, rtol=0.01)
    assert ((found.cameras.centres[:, 2] > 1.5) & (found.cameras.centres[:, 2] < 2.5)).all()


@pytest.mark.parametrize(("name", "text"), [("a.toml", "x = ["), ("a.qca.txt", "<calibration>"), ("a.yml", "a: 1"),
                                            ("a.npz", "no zip"), ("a.csv", "1,2"), ("b.toml", "x = 1")])  # fmt: skip
def test_other_files_are_refused_in_a_line(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError):
        read_cameras(tmp_path / name, 2)


def test_distortion_is_undone() -> None:
    k, bent = np.array([[1500.0, 0, 960], [0, 1500, 540], [0, 0, 1]]), np.array([-0.1, 0.05, 0.001, -0.002, 0.0])
    cameras = Cameras(k[None], np.eye(3)[None], np.zeros((1, 3)))
    points = np.random.default_rng(0).uniform([-0.6, -0.3, 1], [0.6, 0.3, 1], (50, 3))
    seen = cv2.projectPoints(points, np.zeros(3), np.zeros(3), k, bent)[0][:, 0]
    straight = points[:, :2] * 1500 + [960, 540]
    assert np.abs(seen - straight).max() > 5
    assert np.abs(KnownCameras(cameras, bent[None], np.zeros((1, 2))).undistorted(0, seen) - straight).max() < 0.01


def test_clocks_are_found_with_known_cameras() -> None:
    people = [moving_person(), moving_person(seed=3)]
    people[1] = people[1][0], people[1][1] + np.array([1.2, 0.4, 0])
    views = filmed(people, CAMERAS)
    session = solve_known(views, CAMERAS)
    check_session(views, session, offset_given=False, cameras_given=True)
    found = session.calibration
    assert found is not None and abs(found.offsets_s[1] - 0.37) < 0.5 / 60
    assert {(m[0].id, m[1].id) for m in found.matches if m[0] and m[1]} == {(1, 1), (2, 2)}
    assert abs(found.lengths_m[0, 0] - 0.43) < 0.02, "metres are the file's"
