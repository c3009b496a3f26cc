"""What is shown: the camera's image as it is, the skeleton on its side, a view that stands still."""

from __future__ import annotations

import numpy as np

from kasf_demo.live.body import LivePose
from kasf_demo.live.picture import FREE_M, LivePicture, LiveView
from kasf_demo.types.arrays import Image
from kasf_demo.types.people import Keypoints2D
from kasportsformer.skeleton import H36M

YES = np.ones(1, bool)


def pose(time_s: float = 0.0, at: tuple[float, float] = (0.0, 4.0)) -> LivePose:
    """A person seen from the front, arms out: their left is on the image's right."""
    xyz = np.zeros((17, 3))
    for name, j in H36M.items():
        side = {"l": 1.0, "r": -1.0}.get(name.partition("_")[0], 0.0)
        part = name.rpartition("_")[2]
        out = {"hip": 0.1, "knee": 0.1, "ankle": 0.1, "shoulder": 0.2, "elbow": 0.5, "wrist": 0.75}.get(part, 0.0)
        up = {"ankle": 0.08, "knee": 0.5, "hip": 0.9, "pelvis": 0.9, "spine": 1.15, "head": 1.7, "neck": 1.55}.get(
            part, 1.4
        )
        xyz[j] = [side * out + at[0], at[1], up]
    px = np.column_stack([320 + 100 * (xyz[:, 0] - at[0]), 300 - 140 * xyz[:, 2]])
    k = Keypoints2D(px[None], np.full((1, 17), 0.9), YES, ~YES, "h36m")
    return LivePose(time_s, xyz, k, Keypoints2D(k.xy, k.score, YES, ~YES, "coco"))


def picture(**more: object) -> LivePicture:
    given = {"layout": "side", "view": LiveView(), "height_m": 1.75, "max_height_px": 720, **more}
    return LivePicture(640, 360, **given)  # type: ignore[arg-type]


def middle_of(image: Image, side: str) -> float:
    """Mean x of the pixels of a side's colour, blue (l) or orange (r), however it is shaded."""
    bluer = image[..., 2].astype(int) - image[..., 0]
    near = bluer > 60 if side == "l" else bluer < -60
    assert near.sum() > 30
    return float(np.argwhere(near)[:, 1].mean())


def test_image_is_not_mirrored_and_the_panel_is_beside_it() -> None:
    camera = np.zeros((360, 640, 3), np.uint8)
    camera[:, :320] = 200
    shown = picture().draw(camera, None, "30 frames/s")
    assert np.array_equal(shown[:, :640], camera) and shown.shape[1] > 800 and shown.shape[0] == 360


def test_sides_are_right_in_image_and_in_3d() -> None:
    shown = picture(view=LiveView(5.0, -90.0)).draw(np.zeros((360, 640, 3), np.uint8), pose(), "")
    for part in (shown[:, :640], shown[:, 640:]):
        assert middle_of(part, "l") > middle_of(part, "r") + 20


def test_view_stands_still_for_small_steps_then_follows() -> None:
    drawn = picture(layout="3d")
    camera = np.zeros((360, 640, 3), np.uint8)
    first = drawn.draw(camera, pose(0.0), "")
    assert np.array_equal(drawn.draw(camera, pose(0.033), ""), first)
    near = drawn.draw(camera, pose(0.066, (0.8 * FREE_M, 4.0)), "")
    moved = middle_of(near, "l") - middle_of(first, "l")
    assert moved > 20  # the person moves in a view that stands
    for k in range(20):
        far = drawn.draw(camera, pose(0.3 + k / 5, (6.0, 4.0)), "")
    assert abs(middle_of(far, "l") - middle_of(first, "l")) < 2.5 * moved  # still in the panel
    assert near is not far


def test_a_copy_is_returned() -> None:
    drawn, camera = picture(), np.zeros((360, 640, 3), np.uint8)
    first = drawn.draw(camera, None, "")
    drawn.draw(camera + 255, None, "")
    assert first[:, :640].max() == 0
