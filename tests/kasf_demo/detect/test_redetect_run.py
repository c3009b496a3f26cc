"""A whole run with a second look: the runners of `crossing` are some 90 px tall in the detector's input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kasf_demo import Engine, Options
from kasf_demo.detect import redetect
from kasf_demo.pipeline import analyse
from kasf_demo.progress import Quiet

CLIPS = Path(__file__).resolve().parents[3] / "demo_videos"


class Said(Quiet):
    def __init__(self) -> None:
        self.passes: list[str] = []

    def track(self, items, label, total=None):  # type: ignore[no-untyped-def]
        self.passes.append(label)
        return items


@pytest.mark.assets
def test_small_people_are_looked_at_again(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("openvino")
    options = Options(
        detector_weights=str(shared / "weights" / "yolov8n-pose_int8_openvino_model"), athlete="all", end_s=0.5
    )
    truth = np.load(CLIPS / "crossing.gt.npz")["coco_px"]
    off, passes = [], []
    with Engine(options, Quiet()) as engine:
        for below in (redetect.MAX_SMALL_PX, 0.0):
            monkeypatch.setattr(redetect, "MAX_SMALL_PX", below)
            said = Said()
            result = analyse(CLIPS / "crossing.mp4", options=options, engine=engine, progress=said)
            passes.append(said.passes)
            assert result.report["detector"]["second_look"] == ([p.id for p in result.people] if below else [])
            px = np.stack([p.coco.xy[: len(result.times_s)] for p in result.people])
            # person, athlete, frame, joint
            apart = np.linalg.norm(px[:, None] - truth[None, :, : px.shape[1]], axis=-1)
            off.append(np.nanmedian(apart, axis=(2, 3)).min(1).mean())
    assert passes == [["detecting", "detecting again"], ["detecting"]]
    assert off[0] < 0.8 * off[1]
