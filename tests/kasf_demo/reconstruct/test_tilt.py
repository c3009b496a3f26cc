"""How far the camera looks down, from made-up people and pans."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from panorama import rotation
from scipy.spatial.transform import Rotation
from standing import FPS, still

from kasf_demo.reconstruct import tilt
from kasf_demo.reconstruct.world import to_world
from kasf_demo.types.camera import CameraMotion

Array = NDArray[np.float64]
STILL = CameraMotion.none(60, "still")
SEEN = np.ones(60, bool)


def looking_down(xyz: Array, deg: float) -> Array:
    """World-like camera axes (level) -> those of a camera that looks down by `deg`."""
    return np.asarray(xyz @ Rotation.from_euler("x", deg, degrees=True).as_matrix().T)


def turning(down_deg: float, pan_deg: float) -> CameraMotion:
    """A camera that looks down and pans about the vertical, its horizon level."""
    down = rotation(0, down_deg)
    turned = np.stack([down @ rotation(a) @ down.T for a in np.linspace(0, pan_deg, 60)])
    return CameraMotion("turns", turned, np.ones(60), SEEN)


@pytest.mark.parametrize("deg", [-8.0, 0.0, 12.0])
def test_the_axes_agree_with_the_world(deg: float) -> None:
    """What the tests call looking down is what `to_world` undoes."""
    np.testing.assert_allclose(to_world(looking_down(still(), deg), deg)[..., 2], -still()[..., 1], atol=1e-12)


@pytest.mark.parametrize("deg", [-8.0, 3.0, 12.0])
def test_a_wide_pan_tells_the_tilt(deg: float) -> None:
    found = tilt.from_pan(turning(deg, 60), lens_known=True)
    assert found is not None and found[0] == pytest.approx(deg, abs=0.01) and found[1] < 2


def test_a_small_pan_tells_nothing_and_an_assumed_lens_less() -> None:
    assert tilt.from_pan(turning(5, 3), lens_known=True) is None and tilt.from_pan(STILL, lens_known=True) is None
    known, assumed = (tilt.from_pan(turning(10, 60), lens_known=k) for k in (True, False))
    assert known and assumed and assumed[1] > 2 * known[1]


@pytest.mark.parametrize("deg", [-8.0, 0.0, 12.0])
def test_who_stands_tells_the_tilt(deg: float) -> None:
    found = tilt.find_tilt(STILL, [(looking_down(still(), deg), SEEN)], FPS, lens_known=True)
    assert found.source == "estimated" and set(found.parts) == {"body"}
    assert found.parts["body"][0] == pytest.approx(deg, abs=0.5)
    # drawn toward a level camera
    assert abs(found.deg) <= abs(deg) + 0.5 and found.deg == pytest.approx(0.8 * deg, abs=0.5)


def test_the_floor_is_a_plane_through_standing_feet() -> None:
    """Stands at 5, 8 and 11 m; some ankles are wrong."""
    xyz = still()
    xyz[..., 2] += np.repeat([-1.0, 2.0, 5.0], 20)[:, None]
    xyz[3, :, 1] -= 0.5
    stands = np.ones((60, 2), bool)
    found = tilt.from_floor([(looking_down(xyz, 7.0), stands)])
    assert found is not None and found[0] == pytest.approx(7.0, abs=0.5) and found[1] < 3
    assert tilt.from_floor([(looking_down(still(), 7.0), stands)]) is None


def test_nothing_to_go_by_is_level_and_says_so() -> None:
    running = still() + (5.0 * np.arange(60) / FPS)[:, None, None] * [1.0, 0, 0]
    for motion, poses in ((STILL, []), (STILL, [(running, SEEN)]), (CameraMotion.none(60, "moves"), [(still(), SEEN)])):
        found = tilt.find_tilt(motion, poses, FPS, lens_known=True)
        assert (found.deg, found.source, found.parts) == (0.0, "assumed", {})
