"""Cameras from moving people: the published vector, and virtual cameras."""

from pathlib import Path

import numpy as np
import pytest
from linear_calibration import bone_directions, linear_rotations, linear_translations
from virtual_views import around, filmed, moving_person

from kasf_demo.multiview.calibrate import calibrate
from kasf_demo.multiview.cameras import rays_of, triangulate
from kasf_demo.multiview.rotations import angle_deg
from kasf_demo.multiview.seen import SeenPerson, SeenView

VECTOR = Path(__file__).parents[4] / "shared/golden/calibration_moving_person.npz"


def _off_mm(points: np.ndarray, true: np.ndarray) -> float:
    """Mean distance after one similarity for all points (Umeyama 1991)."""
    a, b = points.reshape(-1, 3), true.reshape(-1, 3)
    x, y = a - a.mean(0), b - b.mean(0)
    u, s, vt = np.linalg.svd(y.T @ x)
    sign = np.array([1, 1, np.sign(np.linalg.det(u @ vt))])
    turned = (s * sign).sum() / (x**2).sum() * x @ (u * sign @ vt).T
    return float(1000 * np.linalg.norm(turned - y, axis=-1).mean())


@pytest.fixture(scope="module")
def vector() -> dict[str, np.ndarray]:
    if not VECTOR.exists():
        pytest.skip("needs ../shared")
    with np.load(VECTOR) as file:
        return {name: file[name] for name in file}


@pytest.mark.assets
def test_the_published_linear_step_is_reproduced(vector: dict[str, np.ndarray]) -> None:
    rotations = linear_rotations(bone_directions(vector["monocular"]).reshape(3, -1, 3))
    t = linear_translations(rotations, vector["keypoints_px"].reshape(3, -1, 2), vector["K"])
    assert np.allclose(rotations, vector["R_est"], atol=1e-6)
    assert np.allclose(t, vector["t_est"][:, :, 0], atol=1e-6)


def _placed(pose: np.ndarray, xy: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Root-relative poses (T, 17, 3) where they are projected to the keypoints (T, 17, 2) best."""
    rays = rays_of(xy[None], k[None])[0]
    out = np.empty_like(pose)
    for n, (own, ray) in enumerate(zip(pose, rays, strict=True)):
        rows = np.zeros((2, 17, 3))
        rows[0, :, 0] = rows[1, :, 1] = 1
        rows[..., 2] = -ray[:, :2].T
        right = ray[:, :2].T * own[:, 2] - own[:, :2].T
        out[n] = own + np.linalg.lstsq(rows.reshape(-1, 3), right.ravel(), rcond=None)[0]
    return out


@pytest.mark.assets
def test_the_vector_is_within_8_mm_and_a_third_of_a_degree(vector: dict[str, np.ndarray]) -> None:
    xy, k = vector["keypoints_px"], vector["K"]
    views = [
        SeenView(f"{c}", k[c], 0.0, np.array([0, -1.0, 0]), np.inf, np.arange(60) / 30,
                 (SeenPerson(1, xy[c], vector["scores"][c], _placed(vector["monocular"][c], xy[c], k[c])),))
        for c in range(3)
    ]  # fmt: skip
    found = calibrate(views, [[v.people[0] for v in views]], np.zeros(3), 1.75, offset_known=True)
    assert found is not None
    true = vector["true_R"] @ vector["true_R"][0].T
    assert angle_deg(found.cameras.rotations, true).max() < 0.3
    assert _off_mm(triangulate(found.cameras, xy, vector["scores"]), vector["true_world"]) < 8


@pytest.mark.parametrize(
    "azimuths", [(0.0, 60.0), pytest.param((0.0, -110.0), marks=pytest.mark.slow), (0.0, 50.0, 120.0)]
)
def test_virtual_cameras_are_found(azimuths: tuple[float, ...]) -> None:
    cameras = around(azimuths)
    views = filmed([moving_person()], cameras, swapped=0.03, missed=0.03)
    rough = np.array([0.0, 0.38, -0.2])[: len(views)]
    found = calibrate(views, [[v.people[0] for v in views]], rough, 1.75, offset_known=False)
    assert found is not None
    true = cameras.seen_from(0)
    assert angle_deg(found.cameras.rotations, true.rotations).max() < 4
    assert np.abs(found.offsets_s - [0.0, 0.37, -0.21][: len(views)]).max() < 0.5 / 60
    way = found.cameras.translations[1] / np.linalg.norm(found.cameras.translations[1])
    assert np.degrees(np.arccos(way @ true.translations[1] / np.linalg.norm(true.translations[1]))) < 6
    assert np.abs(found.angle_deg[0, 1] - abs(azimuths[1])) < 8
    assert (found.residual_mm < 25).all()


def test_three_views_find_the_focal_length() -> None:
    cameras = around((0.0, 60.0, 130.0))
    views = filmed([moving_person(6.0), moving_person(6.0, seed=5)], cameras, lens=0.15, noise_px=2.0)
    wrong = [SeenView(v.name, v.intrinsics * [[1.12], [1.12], [1]] if c == 1 else v.intrinsics, v.log_focal, v.up,
                      v.up_sigma, v.times_s, v.people) for c, v in enumerate(views)]  # fmt: skip
    wrong[1].intrinsics[:2, 2] = views[1].intrinsics[:2, 2]
    matches = [[v.people[n] for v in wrong] for n in range(2)]
    found = calibrate(wrong, matches, np.array([0.0, 0.37, -0.21]), 1.75, offset_known=True)
    assert found is not None
    assert abs(found.cameras.intrinsics[1, 0, 0] / 1500 - 1) < 0.06


def test_a_still_person_leaves_the_cameras_uncertain() -> None:
    lively, still = (
        calibrate(views, [[v.people[0] for v in views]], np.array([0.0, 0.37]), 1.75, offset_known=True)
        for views in (filmed([moving_person(still=s)], around((0.0, 70.0))) for s in (False, True))
    )
    assert lively is not None and still is not None
    assert np.hypot(still.sigma_deg[1], still.spread_deg[1]) > 1.5 * np.hypot(lively.sigma_deg[1], lively.spread_deg[1])
