"""A detector gets its frames as it declares, one by one, in batches or in parallel; results do not depend on it."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from walker import walking_coco, write_clip, write_keypoints

from kasf_demo import analyse
from kasf_demo.detect.base import PlainDetector
from kasf_demo.detect.keypoint_files.detector import KeypointsFileDetector
from kasf_demo.detect.run import frames_at_once, look
from kasf_demo.types.clip import Frame
from kasf_demo.types.people import Detections


class OneByOne(PlainDetector):
    """Detects no person; records the frame numbers of each call, and the threads."""

    name, weights, weights_sha256 = "fake", "none", None

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.calls: list[list[int]] = []
        self.threads: set[str] = set()

    def detect(self, frame: Frame) -> Detections:
        self.calls.append([frame.index])
        self.threads.add(threading.current_thread().name)
        return Detections.empty()

    def close(self) -> None: ...


class Batched(OneByOne):
    batch = 4

    def detect_many(self, frames: list[Frame]) -> list[Detections]:
        self.calls.append([f.index for f in frames])
        return [Detections.empty() for _ in frames]


class Parallel(OneByOne):
    parallel = 2


def frames(count: int) -> list[Frame]:
    return [Frame(k, k / 30, np.zeros((2, 2, 3), np.uint8)) for k in range(count)]


def test_each_kind_of_detector_is_called_as_it_wants() -> None:
    one, many, threads = OneByOne(), Batched(), Parallel()
    for detector in (one, many, threads):
        with look(detector, frames(10)) as seen:
            assert [frame.index for frame, _ in seen] == list(range(10))
    assert one.calls == [[k] for k in range(10)] and one.threads == {threading.current_thread().name}
    assert many.calls == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert sorted(threads.calls) == one.calls and all(name.startswith("detect") for name in threads.threads)
    assert [frames_at_once(d) for d in (one, many, threads)] == [1, 4, 1]


def test_a_run_in_batches_is_the_run_frame_by_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    person = [walking_coco(30, 60)]
    clip = write_clip(tmp_path / "c.mp4", person)
    keypoints = write_keypoints(tmp_path / "k.json", person)
    alone = analyse(clip, keypoints=keypoints)
    sizes: list[int] = []

    def detect_many(self: KeypointsFileDetector, part: list[Frame]) -> list[Detections]:
        sizes.append(len(part))
        return [self.detect(frame) for frame in part]

    monkeypatch.setattr(KeypointsFileDetector, "batch", 16, raising=False)
    monkeypatch.setattr(KeypointsFileDetector, "detect_many", detect_many, raising=False)
    together = analyse(clip, keypoints=keypoints)
    assert sizes == [16, 14]
    np.testing.assert_array_equal(together.people[0].pose.xyz, alone.people[0].pose.xyz)
