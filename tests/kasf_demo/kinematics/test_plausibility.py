"""Which joints are doubtful: none of bodies that move as bodies do, however fast, and limbs that a detector or a
network lost."""

from __future__ import annotations

import numpy as np
import pytest

from body import FORWARD, LEFT, UP, as_pose, bent, standing, turn
from kasf_demo.kinematics import find_doubtful, measure
from kasf_demo.kinematics.jumps import keypoint_jumps
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.people import Keypoints2D, Pose3D
from kasportsformer.skeleton import H36M

SWING = np.cross(-UP, FORWARD)
G = 9.80665
SHINS = [H36M[name] for name in ("r_knee", "r_ankle", "l_knee", "l_ankle")]
PX_PER_M = 200.0


def seen(xyz: FloatArray, fps: float, pan_px_per_s: float = 0.0) -> tuple[Pose3D, Keypoints2D]:
    """The pose, and its keypoints in the image of a camera that looks at it from the side and a little from ahead, and
    pans."""
    across = (0.9 * FORWARD + np.sqrt(1 - 0.81) * LEFT) * PX_PER_M
    t = np.arange(len(xyz)) / fps
    xy = np.stack([xyz @ across + pan_px_per_s * t[:, None], -PX_PER_M * xyz @ UP], axis=-1)
    pose = as_pose(xyz, fps)
    return pose, Keypoints2D(xy, pose.score, pose.valid, pose.interpolated, "h36m")


def times(seconds: float, fps: float) -> FloatArray:
    return np.arange(0, seconds, 1 / fps)


def jump(fps: float) -> FloatArray:
    """0.5 m high, arms swung up."""
    v = np.sqrt(2 * G * 0.5)
    t = times(2.0, fps)
    z = np.clip(v * (t - 0.7) - G / 2 * (t - 0.7) ** 2, 0, None) * (np.abs(t - 0.7 - v / G) <= v / G)
    arms = 170 / (1 + np.exp(-(t - 0.65) / 0.05))
    swung = [bent(bent(standing(), "r_shoulder", SWING, a), "l_shoulder", SWING, a) for a in arms]
    return np.array(swung) + z[:, None, None] * UP


def kick(fps: float) -> FloatArray:
    """The foot reaches 17 m/s, hip and knee one after the other."""
    t = times(2.0, fps)
    hip, knee = -35 + 115 / (1 + np.exp(-(t - 1.0) / 0.035)), -80 + 75 / (1 + np.exp(-(t - 1.03) / 0.025))
    return np.array(
        [bent(bent(standing(), "r_hip", SWING, a), "r_knee", SWING, b) for a, b in zip(hip, knee, strict=True)]
    )


def run(fps: float) -> FloatArray:
    """3 steps a second at 6 m/s."""
    out = []
    for t in times(2.0, fps):
        p = standing()
        for side, phase in (("r", 0.0), ("l", np.pi)):
            swing = np.sin(3 * np.pi * t + phase)
            p = bent(p, f"{side}_hip", SWING, 45 * swing)
            p = bent(p, f"{side}_knee", SWING, -50 - 45 * np.cos(3 * np.pi * t + phase))
            p = bent(p, f"{side}_shoulder", SWING, -50 * swing)
        out.append(p + 6 * t * FORWARD)
    return np.array(out)


def turned_about(axis: FloatArray, deg: FloatArray, rise_m: FloatArray) -> FloatArray:
    """The standing body turned about an axis through its middle, which then rises."""
    middle = standing()[0]
    return np.array(
        [(standing() - middle) @ turn(axis, a).T + middle + z * UP for a, z in zip(deg, rise_m, strict=True)]
    )


def flip(fps: float) -> FloatArray:
    """A back flip in 0.75 s."""
    t = times(2.0, fps)
    air = 0.75
    s = np.clip((t - 0.6) / air, 0, 1)
    return turned_about(SWING, 360 * (3 * s**2 - 2 * s**3), G / 2 * air**2 * s * (1 - s) + 0.15 * np.sin(np.pi * s))


def cartwheel(fps: float) -> FloatArray:
    """In 1.1 s, over the hands: the middle of the body stays about where it is, the lowest joint is near the floor."""
    s = np.clip((times(2.4, fps) - 0.6) / 1.1, 0, 1)
    poses = turned_about(FORWARD, 360 * (3 * s**2 - 2 * s**3), 0 * s)
    poses[..., 2] -= (poses[..., 2].min(1) - standing()[:, 2].min())[:, None]
    return poses


@pytest.mark.parametrize("fps", [25.0, 30.0, 60.0, 120.0])
@pytest.mark.parametrize("motion", [jump, kick, run, flip, cartwheel])
def test_real_motion_is_not_doubtful(motion: object, fps: float) -> None:
    pose, keypoints = seen(motion(fps), fps, pan_px_per_s=300)  # type: ignore[operator]
    doubtful = find_doubtful(pose, keypoints)
    assert doubtful.mean() < 0.01, np.argwhere(doubtful)[:10]


@pytest.mark.parametrize("fps", [25.0, 30.0, 60.0, 120.0])
@pytest.mark.parametrize("motion", [jump, kick, run])
def test_shins_that_collapse_for_a_moment_are(motion: object, fps: float) -> None:
    """Both knees and ankles are found between the legs for 0.12 s, with full scores; the rest of the body is not
    doubtful."""
    xyz = motion(fps)  # type: ignore[operator]
    pose, keypoints = seen(xyz, fps)
    t = pose.times_s
    wrong = (t > 1.1 - 1e-6) & (t < 1.22)
    xy = keypoints.xy.copy()
    xy[wrong, H36M["r_knee"]] = xy[wrong, H36M["l_knee"]] = xy[wrong, 0] + [0.2 * PX_PER_M, 0.3 * PX_PER_M]
    xy[wrong, H36M["r_ankle"]] = xy[wrong, H36M["l_ankle"]] = xy[wrong, 0] + [0.25 * PX_PER_M, 0.5 * PX_PER_M]
    doubtful = find_doubtful(pose, Keypoints2D(xy, pose.score, pose.valid, pose.interpolated, "h36m"))
    off = np.linalg.norm(xy - keypoints.xy, axis=-1) > 0.15 * 1.7 * PX_PER_M
    assert off[:, SHINS].sum() > 5 and doubtful[off].mean() > 0.9
    assert not doubtful[:, [j for j in range(17) if j not in SHINS]].any()
    assert not doubtful[np.abs(t - 1.16) > 0.06 + 3 / min(fps, 60)].any()


def test_a_keypoint_that_is_elsewhere_for_a_frame() -> None:
    pose, keypoints = seen(run(30), 30)
    for joint in range(1, 17):
        xy = keypoints.xy.copy()
        xy[33, joint] += [60.0, -20.0]
        doubtful = keypoint_jumps(xy, pose.valid, pose.times_s)
        assert set(np.flatnonzero(doubtful[:, joint])) == {32, 33, 34}, joint
        assert doubtful.any(0).sum() == 1 or joint in (1, 4, 11, 14)  # a joint of the trunk moves what is seen from it


def test_bones_of_a_wrong_length() -> None:
    """A shin that the network shortens by half for a while: its ankle; a thigh: its knee, and the ankle with it."""
    for name, moved in (("ankle", ("r_ankle",)), ("knee", ("r_knee", "r_ankle"))):
        xyz = np.tile(standing(), (60, 1, 1))
        near, far = H36M["r_knee" if name == "ankle" else "r_hip"], H36M[f"r_{name}"]
        shift = (xyz[20:40, near] - xyz[20:40, far]) / 2
        xyz[20:40, [H36M[m] for m in moved]] += shift[:, None]
        doubtful = find_doubtful(*seen(xyz, 30))
        assert (
            {H36M[m] for m in moved} <= set(np.flatnonzero(doubtful.any(0)))
            and doubtful[25:35, far].all()
            and not doubtful[:15].any()
        )


def test_both_feet_in_the_air_without_a_flight() -> None:
    """Legs drawn up for 0.4 s while the trunk stays where it is; a jump with drawn-up legs is none of it, nor is
    sitting down."""
    t = times(2.0, 30)
    drawn = 80 * np.clip(np.minimum(t - 0.8, 1.3 - t) / 0.1, 0, 1)
    up = np.array([bent(bent(standing(), "r_knee", SWING, -a), "l_knee", SWING, -a) for a in drawn])
    doubtful = find_doubtful(*seen(up, 30))
    assert doubtful[28:36, SHINS].all() and not np.delete(doubtful, SHINS, axis=1).any() and not doubtful[:22].any()
    z = np.clip(G / 2 * (t - 0.8) * (1.3 - t), 0, None)
    assert not find_doubtful(*seen(up + z[:, None, None] * UP, 30)).any()


def test_low_scores_are_doubtful_and_frames_without_a_pose_are_not() -> None:
    pose, keypoints = seen(np.tile(standing(), (30, 1, 1)), 30)
    score, valid = np.ones((30, 17)), np.arange(30) != 7
    score[12, 3] = 0.2
    pose = Pose3D(np.where(valid[:, None, None], pose.xyz, np.nan), score, valid, pose.interpolated, pose.times_s)
    doubtful = find_doubtful(
        pose, Keypoints2D(np.where(valid[:, None, None], keypoints.xy, np.nan), score, valid, ~valid, "h36m")
    )
    assert np.argwhere(doubtful).tolist() == [[12, 3]]
    none, low = np.zeros(4, bool), np.zeros((4, 17))
    nothing = Pose3D(np.full((4, 17, 3), np.nan), low, none, none, np.arange(4) / 30)
    assert not find_doubtful(nothing, Keypoints2D(np.full((4, 17, 2), np.nan), low, none, none, "h36m")).any()


def test_what_is_measured_on_doubtful_joints_is_marked() -> None:
    pose, _ = seen(kick(60), 60)
    doubtful = np.zeros((len(pose), 17), bool)
    doubtful[55:70, H36M["r_ankle"]] = True
    pose = Pose3D(pose.xyz, pose.score, pose.valid, pose.interpolated, pose.times_s, doubtful=doubtful)
    motion = measure(pose)
    strike = motion.events.strike
    assert (
        strike is not None and strike.doubtful and ("Kick ?" in [name for *_, name in motion.events.marks(doubts=True)])
    )
    assert "Kick" in [name for *_, name in motion.events.marks()]
    peak_s = motion.angles.speed_extremes("r_ankle").high_s
    assert not 55 / 60 <= peak_s < 70 / 60 and motion.angles.doubtful[60].any()
    certain = measure(seen(kick(60), 60)[0]).events.strike
    assert certain is not None and not certain.doubtful and certain.time_s == strike.time_s
