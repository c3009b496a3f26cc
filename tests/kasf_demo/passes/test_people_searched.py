"""Real clips: people whom the detector loses, and people who are turned over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from kasf_demo import analyse
from kasf_demo.demo_clips import find_demo, options_for
from kasf_demo.detect import follow_lost
from kasf_demo.evaluate import Estimate, evaluate
from kasf_demo.options import Options, from_mapping
from kasf_demo.types.people import Detections

pytestmark = [pytest.mark.assets, pytest.mark.slow, pytest.mark.timeout(900)]


def test_mediapipe_keeps_an_athlete_who_shares_the_image(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MediaPipe looks at the man on the roof, and then only at the woman who walks by."""
    known: list[int] = []
    add = follow_lost.LostPeople.added_to

    def added_to(self: follow_lost.LostPeople, detections: Sequence[Detections]) -> Sequence[Detections]:
        known.append(len(detections))
        return add(self, detections)

    monkeypatch.setattr(follow_lost.LostPeople, "added_to", added_to)
    clip = shared / "videos" / "two_people_walk.mp4"
    result = analyse(clip, detector="mediapipe", offline=True, start_s=1.0, end_s=3.5)
    k = result.people[0].coco
    assert (k.valid & ~k.interpolated).mean() >= 0.97
    assert k.world is not None and np.isfinite(k.world).all((1, 2)).mean() >= 0.9  # repaired frames have none
    middle = k.xy[k.valid, 5:17].mean(1)
    assert (middle[:, 1] < 450).all() and np.abs(np.diff(middle, axis=0)).max() < 25  # px: the man on the roof
    assert len(known) == 1  # they were searched for


def test_yolo_sees_a_somersault_in_turned_crops(shared: Path) -> None:
    demo = find_demo("twist_flip")
    truth = demo.load_truth()
    weights = shared / "weights" / "yolov8n-pose_int8_openvino_model"
    options = from_mapping(options_for(truth), Options(detector="yolo", detector_weights=str(weights), offline=True))
    errors = evaluate(Estimate.from_result(analyse(demo.clip, options=options)), truth).athletes[0]
    over = errors.px[52:71]
    assert np.nanmean(over) < 60  # 109 without
    assert errors.px_mean < 20  # 29.6 without
