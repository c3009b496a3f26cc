"""Where the vertical is, from made-up people and pans."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from panorama import rotation
from standing import FPS, still

from kasf_demo.kinematics.segments import centre_of_mass
from kasf_demo.reconstruct import vertical
from kasf_demo.reconstruct.orientation import find_orientation, from_pan
from kasf_demo.reconstruct.world import to_world
from kasf_demo.types.camera import CameraMotion, Orientation
from kasportsformer.skeleton import H36M

Array = NDArray[np.float64]
STILL = CameraMotion.none(60, "still")
SEEN = np.ones(60, bool)
TIMES = np.arange(60) / FPS


def upright(frames: int = 60) -> Array:
    """`still` with shoulders and arms, its feet under its centre of mass; faces the camera."""
    xyz = still(frames)
    for side, x in (("r", -0.18), ("l", 0.18)):
        for name, y in (("shoulder", -0.5), ("elbow", -0.2), ("wrist", 0.05)):
            xyz[:, H36M[f"{side}_{name}"]] = [x, y, 6.0]
    feet = [H36M["r_ankle"], H36M["l_ankle"]]
    xyz[:, feet, 2] += vertical.TOES_M  # faces the camera: toes are ahead of ankles, to -z
    return xyz


def looking(xyz: Array, tilt_deg: float, roll_deg: float = 0.0) -> Array:
    """Axes of a level camera -> those of a camera that looks down by `tilt_deg`, its image turned clockwise."""
    return np.asarray(xyz @ rotation(0, tilt_deg, roll_deg).T)


def turning(down_deg: float, pan_deg: float, roll_deg: float = 0.0) -> CameraMotion:
    """A camera that looks down and pans about the vertical; its roll stays the same."""
    down = rotation(0, down_deg, roll_deg)
    turned = np.stack([down @ rotation(a) @ down.T for a in np.linspace(0, pan_deg, 60)])
    return CameraMotion("turns", turned, np.ones(60), SEEN)


@pytest.mark.parametrize("deg", [(-8.0, 0.0), (0.0, 20.0), (12.0, -15.0)])
def test_the_axes_agree_with_the_world(deg: tuple[float, float]) -> None:
    """What the tests call looking down and rolling is what `to_world` undoes."""
    xyz = to_world(looking(still(), *deg), Orientation.of(*deg))
    np.testing.assert_allclose(xyz, still()[..., [0, 2, 1]] * [1, 1, -1], atol=1e-12)


@pytest.mark.parametrize("deg", [-8.0, 3.0, 12.0])
def test_a_wide_pan_shows_the_tilt(deg: float) -> None:
    found = from_pan(turning(deg, 60), lens_known=True)
    assert found is not None and found.deg[0] == pytest.approx(deg, abs=0.3)
    combined = find_orientation([found], STILL, [], TIMES, FPS)
    assert combined.tilt.sigma_deg is not None and combined.tilt.sigma_deg < 2 and abs(combined.roll.deg) < 0.5


def test_a_wide_pan_shows_the_tilt_of_a_rolled_camera() -> None:
    found = from_pan(turning(8.0, 120, 10.0), lens_known=True)
    assert found is not None and np.abs(found.deg - [8.0, 10.0]).max() < 0.5


def test_a_small_pan_shows_nothing_and_an_assumed_lens_less() -> None:
    assert from_pan(turning(5, 3), lens_known=True) is None and from_pan(STILL, lens_known=True) is None
    known, assumed = (from_pan(turning(10, 150), lens_known=k) for k in (True, False))
    assert known and assumed and assumed.sigma_deg[0] > 2 * known.sigma_deg[0]


@pytest.mark.parametrize("deg", [(-8.0, 0.0), (0.0, 15.0), (12.0, -20.0)])
def test_who_stands_shows_the_vertical(deg: tuple[float, float]) -> None:
    found = vertical.from_bodies([(looking(upright(), *deg), SEEN)], FPS)
    assert found is not None and np.abs(found.deg - deg).max() < 1.5


def test_who_balances_on_one_leg_with_a_leaning_trunk_shows_it_too() -> None:
    """The trunk leans by 30 degrees to the side, the centre of mass stays over the foot."""
    xyz = upright()
    trunk = [H36M[n] for n in ("thorax", "neck", "head")]
    trunk += [H36M[f"{s}_{n}"] for s in "rl" for n in ("shoulder", "elbow", "wrist")]
    xyz[:, trunk, 0] += 0.5 * -xyz[:, trunk, 1].clip(max=0)
    xyz[:, H36M["l_ankle"]] = [-0.3, 0.5, 6.0]  # the other leg is lifted
    xyz[:, H36M["l_knee"]] = [-0.2, 0.2, 6.0]
    foot = H36M["r_ankle"]
    shift = centre_of_mass(xyz)[:, 0] - xyz[:, foot, 0]
    xyz[:, foot, 0] += shift
    xyz[:, H36M["r_knee"], 0] += shift / 2
    found = vertical.from_bodies([(looking(xyz, 4.0, 10.0), SEEN)], FPS)
    assert found is not None and abs(found.deg[1] - 10) < 2


def test_who_sits_shows_nothing() -> None:
    xyz = upright()
    for side in "rl":
        xyz[:, H36M[f"{side}_knee"]] = xyz[:, H36M[f"{side}_hip"]] + [0, 0, -0.45]
        xyz[:, H36M[f"{side}_ankle"]] = xyz[:, H36M[f"{side}_knee"]] + [0, 0.45, 0]
    assert vertical.from_bodies([(xyz, SEEN)], FPS) is None


def test_the_floor_is_a_plane_through_standing_feet() -> None:
    """Stands in four places; some ankles are wrong for a moment."""
    xyz = upright()
    xyz += np.repeat([[-1.0, 0, -1], [1.5, 0, 1], [-1.5, 0, 4], [1.0, 0, 6]], 15, axis=0)[:, None]
    xyz[3, :, 1] -= 0.5
    found = vertical.from_floor([(looking(xyz, 7.0, -12.0), SEEN)], FPS)
    assert found is not None and np.abs(found.deg - [7.0, -12.0]).max() < 1.5 and found.sigma_deg.max() < 6
    assert vertical.from_floor([(looking(upright(), 7.0), SEEN)], FPS) is None


def test_the_planted_feet_of_a_runner_are_on_the_floor_too() -> None:
    """Steps of 1 m in a curve towards the camera; every foot rests for 8 frames."""
    xyz, fps = upright(90), 30.0
    t = np.arange(90) / 90
    pelvis = np.stack([2.5 * np.sin(4 * t), np.zeros(90), 11 - 7 * t], axis=-1)
    xyz += pelvis[:, None] - xyz[:, :1]
    for side, start in (("r", 0), ("l", 10)):
        ankle = H36M[f"{side}_ankle"]
        for step in range(start, 90, 20):
            stop = min(step + 8, 90)
            xyz[step:stop, ankle] = [*pelvis[min(step + 4, 89), [0]], 0.9, pelvis[min(step + 4, 89), 2]]
            xyz[stop : step + 20, ankle, 1] = 0.5
    found = vertical.from_floor([(looking(xyz, 9.0, 5.0), np.ones(90, bool))], fps)
    assert found is not None and np.abs(found.deg - [9.0, 5.0]).max() < 2.5


def test_free_flight_falls_along_the_vertical() -> None:
    """A jump of 0.4 s between two stands, over a floor seen by a rolled camera."""
    xyz = upright()
    t = np.clip((np.arange(60) - 24) / FPS, 0, 0.4)
    xyz[..., 1] -= (4.905 * t * (0.4 - t))[:, None]
    found = vertical.from_flight([(looking(xyz, 5.0, 14.0), SEEN)], TIMES, Orientation.of(5.0, 6.0))
    assert found is not None and np.abs(found.deg - [5.0, 14.0]).max() < 1
    assert vertical.from_flight([(looking(upright(), 5.0), SEEN)], TIMES, Orientation.of()) is None


def test_nothing_to_go_by_is_level_and_says_so() -> None:
    running = upright() + (5.0 * np.arange(60) / FPS)[:, None, None] * [1.0, 0, 0]
    moves = CameraMotion.none(60, "moves")
    for motion, poses in ((STILL, []), (STILL, [(running, SEEN)]), (moves, [(upright(), SEEN)])):
        found = find_orientation([], motion, poses, TIMES, FPS)
        assert (found.tilt.deg, found.tilt.source, found.roll.deg, found.roll.source) == (0, "assumed", 0, "assumed")


def test_what_is_given_is_taken() -> None:
    found = find_orientation(
        [], STILL, [(looking(upright(), 9.0, 9.0), SEEN)], TIMES, FPS, {"tilt": None, "roll": -4.0}
    )
    assert (found.roll.deg, found.roll.source) == (-4.0, "given") and found.tilt.source == "estimated"
