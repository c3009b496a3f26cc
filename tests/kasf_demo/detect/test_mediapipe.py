"""MediaPipe: one person out of a wheel's model, silently, without touching the home folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("mediapipe")

CHILD = """
import json, sys
from pathlib import Path
import av, numpy as np
from kasf_demo.detect import open_detector
from kasf_demo.types import Frame
shared, cache = map(Path, sys.argv[1:])
detector = open_detector("mediapipe", weights=None, device="cpu", cache_dir=cache)
nobody = len(detector.detect(Frame(0, 0.0, np.zeros((240, 320, 3), np.uint8))))
out = []
for i, f in zip(range(3), av.open(str(shared / "videos/soccer_freekick_side.mp4")).decode(video=0)):
    out.append(detector.detect(Frame(i + 1, (i + 1) / 30, f.to_ndarray(format="rgb24"))))
detector.close(); detector.close()
d = out[-1]
print(json.dumps([nobody, len(d), d.box[0].tolist(), d.xy[0].tolist(), d.score[0].tolist(), float(d.box_score[0])]))
"""


@pytest.mark.assets
def test_one_person_silently(shared: Path, tmp_path: Path) -> None:
    home, cwd = tmp_path / "home", tmp_path / "cwd"
    home.mkdir(), cwd.mkdir()
    env = {"PATH": os.environ["PATH"], "HOME": str(home)}
    args = [sys.executable, "-c", CHILD, str(shared), str(tmp_path / "cache")]
    run = subprocess.run(args, cwd=cwd, env=env, capture_output=True, text=True, check=True)
    nobody, people, box, xy, score, box_score = json.loads(run.stdout.splitlines()[-1])
    assert (nobody, people) == (0, 1)
    assert box_score > 0.7 and np.mean(score) > 0.7
    points = np.array(xy)
    assert (points >= np.array(box[:2])).all() and (points <= np.array(box[2:])).all()
    nose, hips, ankles = points[0, 1], points[11:13, 1].mean(), points[15:, 1].mean()
    assert nose < hips < ankles  # upright: the rows are in COCO's order
    assert run.stderr == ""
    assert list(home.iterdir()) == [] and list(cwd.iterdir()) == []


def test_a_mediapipe_that_cannot_be_imported_names_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from kasf_demo.detect.mediapipe import MediapipeDetector
    from kasf_demo.errors import ModelError

    monkeypatch.setitem(sys.modules, "mediapipe.python.solutions", None)
    with pytest.raises(ModelError, match=r"kasf-demo\[offline\]"):
        MediapipeDetector(cache_dir=tmp_path)
