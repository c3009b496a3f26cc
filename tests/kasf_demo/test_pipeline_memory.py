"""What a frame and person cost while a clip is worked on: about 2 kB with the result's own 1.3 (../shared/DESIGN.md),
at every step.

benchmarks/faults/long_clip.py measures whole runs.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from lifters import Echo
from some_slow import slow
from walker import walking_coco

from kasf_demo import kinematics, tracking
from kasf_demo.camera.correspondences import Links
from kasf_demo.detect.packed import DetectionLog
from kasf_demo.kinematics import derivatives
from kasf_demo.lift.backends import TorchNetwork
from kasf_demo.lift.lifter import Lifter
from kasf_demo.options import Options
from kasf_demo.reconstruct import body_fit, person
from kasf_demo.reconstruct.orientation import from_pan
from kasf_demo.reconstruct.uncertainty import with_sigma
from kasf_demo.types.camera import Camera, CameraMotion, Orientation
from kasf_demo.types.people import Detections, Keypoints2D, Pose3D, Track

SHORT, LONG = 7000, 10000  # what they differ by is what frames cost: constants cancel
CAMERA = Camera(800.0, 160.0, 120.0)


def peak(work: Callable[[], Any]) -> int:
    """Bytes held at most by what `work` allocates."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def bytes_a_frame(work: Callable[[int], Callable[[], Any]], short: int = SHORT, long: int = LONG) -> float:
    """`work(frames)` makes what is to be measured."""
    return (peak(work(long)) - peak(work(short))) / (long - short)


XY = walking_coco(LONG, speed=0.01).astype(np.float32)


def seen(frames: int) -> DetectionLog:
    """One person in every frame."""
    log = DetectionLog()
    for xy in XY[:frames]:
        box = np.concatenate([xy.min(0), xy.max(0)])[None]
        log.append(Detections(xy[None], np.full((1, 17), 0.9, np.float32), box, np.full(1, 0.9, np.float32)))
    return log


def test_detections() -> None:
    assert bytes_a_frame(lambda n: lambda: seen(n)) < 300  # 240, and room to grow


def test_following() -> None:
    def work(frames: int) -> Callable[[], Any]:
        log = seen(frames)
        return lambda: tracking.follow(log, 320, 240, fps=30)

    # of which the track is 225, and 170 are a temporary copy to check that they are finite
    assert bytes_a_frame(work, 400, 1000) < 600


def test_links_of_a_background_full_of_points() -> None:
    points, which = np.ones((140, 2), np.float32), np.arange(140, dtype=np.uint8)

    def fill(frames: int) -> None:
        links = Links()
        for t in range(frames):
            links.append(t // 50, t, points, which, points, np.ones(2))

    assert bytes_a_frame(lambda n: lambda: fill(n)) < 1800


def a_track(frames: int) -> Track:
    score, valid = np.full((frames, 17), 0.9, np.float32), np.ones(frames, bool)
    keypoints = Keypoints2D(XY[:frames], score, valid, ~valid, "coco")
    return Track(1, keypoints, np.concatenate([XY[:frames].min(1), XY[:frames].max(1)], axis=1))


@pytest.mark.parametrize("smooth", ["butterworth", slow("none")])
def test_from_keypoints_to_a_body(smooth: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is held at once from a track on, the track not counted. The filter that runs frame by frame takes too
    long here. One step of the body fit holds what all of its steps hold."""
    monkeypatch.setattr(body_fit, "MAX_STEPS", 1)
    options, lifter = Options(smooth=smooth), Lifter(TorchNetwork(Echo()), crop_scale=1.25)  # type: ignore[arg-type]

    def work(frames: int) -> Callable[[], Any]:
        track, motion, times_s = a_track(frames), CameraMotion.none(frames), np.arange(frames) / 30

        def run() -> Any:
            placed = person.place(track, options, lifter, 1.0, CAMERA, motion, 30.0)
            settled = person.settle(placed, options, CAMERA, motion, 30.0)
            return person.stand(settled, options, Orientation.of(), times_s, 30.0)

        return run

    # poses as lifted, in camera and in world axes are 1,224
    assert bytes_a_frame(work, 2100, 4100) < 1950


def test_uncertainty() -> None:
    def work(frames: int) -> Callable[[], Any]:
        track, motion, times_s = a_track(frames), CameraMotion.none(frames), np.arange(frames) / 30
        lifter, options = Lifter(TorchNetwork(Echo()), crop_scale=1.25), Options(smooth="none", refine=False)  # type: ignore[arg-type]
        placed = person.place(track, options, lifter, 1.0, CAMERA, motion, 30.0)
        stood, _ = person.stand(placed, options, Orientation.of(), times_s, 30.0)
        return lambda: with_sigma(stood, placed, placed, CAMERA, motion, 30.0, "mediapipe")

    assert bytes_a_frame(work, 4100, 6100) < 450  # 72 are the result; clues of all frames would be 2,600


def test_measuring(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fits of the slopes are left out: they use a few frames at a time, and take long."""
    monkeypatch.setattr(derivatives, "_slopes", lambda x, t, reach_s, out: out.fill(0.0))

    def work(frames: int) -> Callable[[], Any]:
        xyz, no = np.random.default_rng(0).normal(size=(frames, 17, 3)), np.zeros(frames, bool)
        pose = Pose3D(xyz, np.ones((frames, 17)), ~no, no, np.arange(frames) / 30)
        return lambda: kinematics.measure(pose)

    assert bytes_a_frame(work, 2100, 3100) < 1000  # 385 are the result


def test_a_long_pan_is_no_square() -> None:
    """Singular vectors of all frames by all frames would take 0.5 GB of these."""
    angle = np.radians(np.linspace(-20, 20, 8000))
    rotation = np.zeros((8000, 3, 3))
    rotation[:, 0, 0] = rotation[:, 2, 2] = np.cos(angle)
    rotation[:, 0, 2], rotation[:, 2, 0], rotation[:, 1, 1] = np.sin(angle), -np.sin(angle), 1
    motion = CameraMotion("turns", rotation, np.ones(8000), np.ones(8000, bool))
    assert peak(lambda: from_pan(motion, lens_known=True)) < 5_000_000
    told = from_pan(motion, lens_known=True)
    assert told is not None and told.deg[0] == pytest.approx(0, abs=1e-6)
