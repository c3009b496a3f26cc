"""Forward kinematics and the BVH reader, against a skeleton small enough to work out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kasportsformer.training.readers.bvh import BvhError, parse_bvh, read_bvh, vertical_axis, with_thorax

ARM = """HIERARCHY
ROOT hip
{
  OFFSET 5 5 5
  CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
  JOINT arm
  {
    OFFSET 10 0 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {
      OFFSET 0 20 0
    }
  }
}
MOTION
Frames:\t3
Frame Time:\t0.0083333
0 100 0 0 0 0 0 0 0
0 100 0 90 0 0 0 0 0
1 100 2 0 90 0 90 0 0
"""


def test_positions_by_hand() -> None:
    motion = parse_bvh(ARM, "arm")
    assert motion.joints == ("hip", "arm", "arm_end")
    assert motion.fps == pytest.approx(120, rel=1e-3)
    # y-up centimetres in the comments, z-up metres in the arrays: (x, y, z) -> (x, -z, y) / 100
    want = [
        [[0, 0, 1], [0.1, 0, 1], [0.1, 0, 1.2]],  # rest: (0,100,0) (10,100,0) (10,120,0)
        [[0, 0, 1], [0, 0, 1.1], [-0.2, 0, 1.1]],  # hip turned 90 about z: x -> y, y -> -x
        # hip 90 about y: x -> -z, arm at (1,100,-8); arm 90 about z: y -> -x -> z
        [[0.01, -0.02, 1], [0.01, 0.08, 1], [0.01, -0.12, 1]],
    ]
    np.testing.assert_allclose(motion.positions(), want, atol=1e-12)


def test_bone_lengths_survive_and_rotations_stay_rotations() -> None:
    motion = parse_bvh(ARM, "arm")
    world = motion.rotations_world()
    np.testing.assert_allclose(world @ np.swapaxes(world, -1, -2), np.broadcast_to(np.eye(3), world.shape), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(world), 1)
    lengths = np.linalg.norm(np.diff(motion.positions(), axis=1), axis=-1)
    np.testing.assert_allclose(lengths, np.broadcast_to([0.1, 0.2], lengths.shape))


def test_options(tmp_path: Path) -> None:
    path = tmp_path / "arm.bvh"
    path.write_text(ARM)
    assert len(read_bvh(path, skip=1)) == 2
    np.testing.assert_allclose(read_bvh(path, unit_m=1.0, up="z").positions()[0, 2], [10, 120, 0])
    thinned = read_bvh(path).frames(0, None, 2)
    assert len(thinned) == 2 and thinned.fps == pytest.approx(60, rel=1e-3)


def test_one_row_more_than_frames_says() -> None:
    motion = parse_bvh(ARM + "2 100 2 0 90 0 90 0 0\n", "arm")
    assert len(motion) == 4 and motion.root[3, 0] == pytest.approx(0.02)
    with pytest.raises(BvhError, match="found 45"):
        parse_bvh(ARM + 2 * "2 100 2 0 90 0 90 0 0\n", "arm")


# A leg whose hip lies ahead of and beside the pelvis, in a file with the y axis up: its offset alone shows nothing
# about the vertical
LEG = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT LeftUpLeg
  {
    OFFSET 8 -1 4
    CHANNELS 3 Zrotation Xrotation Yrotation
    JOINT LeftLeg
    {
      OFFSET 1 -40 2
      CHANNELS 3 Zrotation Xrotation Yrotation
      JOINT LeftFoot
      {
        OFFSET 0 -41 -3
        CHANNELS 3 Zrotation Xrotation Yrotation
        End Site
        {
          OFFSET 0 -3 14
        }
      }
    }
  }
}
MOTION
Frames: 1
Frame Time: 0.01
"""


def test_the_vertical_axis_is_that_of_the_whole_leg() -> None:
    leg = ("LeftUpLeg", "LeftFoot")
    rows = " ".join(["0"] * 15)
    assert vertical_axis(parse_bvh(LEG + rows, "a"), leg) == "y"
    lines = LEG.splitlines()
    turned = [
        f"OFFSET {x} {-float(z)} {y}"
        if (w := line.split()) and w[0] == "OFFSET" and (x := w[1], y := w[2], z := w[3])
        else line
        for line in lines
    ]
    assert vertical_axis(parse_bvh("\n".join(turned) + "\n" + rows, "a"), leg) == "z"
    with pytest.raises(ValueError, match="does not hang on"):
        vertical_axis(parse_bvh(LEG + rows, "a"), ("LeftFoot", "LeftUpLeg"))


def test_the_missing_thorax_is_put_back() -> None:
    side = "JOINT {}\n{{\nOFFSET {}\nCHANNELS 3 Zrotation Xrotation Yrotation\n}}\n"
    parts = "".join(side.format(name, "0 0 0") for name in ("Neck", "LeftShoulder", "RightShoulder")) + side.format(
        "Pocket", "0 5 9"
    )
    spine = LEG.replace(
        "  JOINT LeftUpLeg",
        "  JOINT Spine1\n  {\n OFFSET 0 12 1\n CHANNELS 3 Zrotation Xrotation Yrotation\n"
        + parts
        + "}\n JOINT LeftUpLeg",
    )
    rows = " ".join(["0"] * 30)
    motion = parse_bvh(spine + rows, "a")
    whole = with_thorax(motion)
    for name in ("Neck", "LeftShoulder", "RightShoulder"):
        np.testing.assert_allclose(whole.offsets[whole.index(name)], 1.01 * motion.offsets[motion.index("Spine1")])
    np.testing.assert_array_equal(whole.offsets[whole.index("Pocket")], motion.offsets[motion.index("Pocket")])
    assert with_thorax(whole) is whole  # what has one is left alone


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not a bvh", "MOTION is missing"),
        (ARM.replace("Frames:\t3", "Frames:\t4"), "need 36 numbers, found 27"),
        (ARM.replace("JOINT arm", "BONE arm"), "unexpected 'BONE'"),
        (ARM.replace("}\nMOTION", "MOTION"), "do not match"),
        (ARM.replace("Frame Time", "Time"), "Frame Time is missing"),
    ],
)
def test_what_is_not_bvh_is_refused(text: str, message: str) -> None:
    with pytest.raises(BvhError, match=message):
        parse_bvh(text, "bad")


@pytest.mark.assets
def test_a_shared_motion_stands_on_the_ground(shared: Path, tmp_path: Path) -> None:
    import tarfile

    with tarfile.open(shared / "mocap" / "cmu_bvh_subjects_01-14.tar.xz") as archive:
        member = next(m for m in archive if m.name.endswith(".bvh"))
        archive.extract(member, tmp_path, filter="data")
    motion = read_bvh(tmp_path / member.name, skip=1)
    p = motion.positions()
    head, foot = p[:, motion.index("head"), 2], p[:, motion.index("lFoot"), 2]
    assert np.median(head - foot) > 1.0
    assert abs(np.percentile(foot, 5)) < 0.2
