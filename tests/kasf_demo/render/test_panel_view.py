"""The 3D panel turns with a panning camera: what is to the right in the image is to the right in the panel, in every
frame."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kasf_demo.options import from_mapping
from kasf_demo.reconstruct.shot import ShotBodies
from kasf_demo.reconstruct.world import to_world
from kasf_demo.render.camera import view_axes
from kasf_demo.render.panel_view import FIXED_DEG, headings_deg, panel_view
from kasf_demo.shots import Shot
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import Camera, CameraMotion, Orientation

T = 90
TIMES_S = np.arange(T) / 30


def panning(pan_deg: FloatArray, tilt_deg: float) -> CameraMotion:
    """A camera that looks down by `tilt_deg` and pans about the vertical, to the right where positive."""
    # from the axes of a level camera to those of the pitched one
    level = Rotation.from_euler("x", tilt_deg, degrees=True)
    turned = [level * Rotation.from_euler("y", -a, degrees=True) * level.inv() for a in pan_deg]
    return CameraMotion(
        "turns", np.stack([r.as_matrix() for r in turned]), np.ones(len(pan_deg)), np.ones(len(pan_deg), bool)
    )


def shot(motion: CameraMotion, start: int, tilt_deg: float = 10.0) -> ShotBodies:
    return ShotBodies(
        Shot(start, start + len(motion.rotation)),
        Camera(1000, 640, 360),
        motion,
        Orientation.of(tilt_deg),
        [],
        [],
        [],
        [],
    )


def still(frames: int) -> CameraMotion:
    return CameraMotion.none(frames, "still")


@pytest.mark.parametrize("tilt_deg", [-5.0, 0.0, 20.0])
@pytest.mark.parametrize("to_deg", [40.0, -60.0, 250.0])
def test_what_is_to_the_right_in_the_image_is_so_in_the_panel(to_deg: float, tilt_deg: float) -> None:
    pan = to_deg * (1 - np.cos(np.pi * TIMES_S / TIMES_S[-1])) / 2
    motion = panning(pan, tilt_deg)
    elevation, azimuth = panel_view("auto", [shot(motion, 0, tilt_deg)], TIMES_S)
    assert np.abs(headings_deg(motion, Orientation.of(tilt_deg), TIMES_S) - pan).max() < 0.02 * abs(to_deg)
    sideways = to_world(motion.rotation[:, 0], Orientation.of(tilt_deg))  # the image's right, in world axes
    panels_right = view_axes(elevation, azimuth)[:, 0]
    assert (np.einsum("ti,ti->t", sideways, panels_right) > np.cos(np.radians(4))).all()


def test_which_shots_have_the_cameras_view() -> None:
    wide, narrow = panning(np.linspace(0, 30, 40), 10), panning(4 * np.sin(np.arange(50) / 5), 10)
    shots = [shot(wide, 0), shot(narrow, 40)]
    elevation, azimuth = panel_view("auto", shots, TIMES_S)
    assert (
        elevation == FIXED_DEG[0]
        and azimuth[0] == pytest.approx(-90, abs=4)
        and azimuth[39] == pytest.approx(-120, abs=4)
    )
    assert (azimuth[40:] == FIXED_DEG[1]).all()
    _, everywhere = panel_view("camera", shots, TIMES_S)
    assert np.abs(everywhere[40:] + 90).max() < 5 and np.ptp(everywhere[40:]) > 2
    assert panel_view("auto", [shot(still(T), 0)], TIMES_S) == FIXED_DEG  # a fixed view is one number, as it always was
    assert panel_view("camera", [shot(still(T), 0)], TIMES_S) == (FIXED_DEG[0], -90.0)
    assert panel_view((20.0, 30.0), shots, TIMES_S) == (20.0, 30.0)


def test_a_hand_that_shakes_does_not_shake_the_panel() -> None:
    pan = np.linspace(0, 40, T) + 1.5 * np.random.default_rng(0).normal(size=T)
    _, azimuth = panel_view("auto", [shot(panning(pan, 5), 0, 5)], TIMES_S)
    assert np.abs(np.diff(azimuth, 2)).max() < 0.2 * np.abs(np.diff(pan, 2)).max()
    for frames in (1, 2):
        assert np.isfinite(panel_view("camera", [shot(still(frames), 0)], TIMES_S[:frames])[1]).all()


@pytest.mark.parametrize(
    ("given", "view"), [("camera", "camera"), ("AUTO", "auto"), ("20,-45", (20.0, -45.0)), ((5, 6), (5.0, 6.0))]
)
def test_the_option(given: object, view: object) -> None:
    assert from_mapping({"view": given}).view == view
