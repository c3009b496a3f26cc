"""MediaPipe: one person out of a wheel's model, silently, without touching the home folder."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from kasf_demo.errors import ModelError
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.clip import Frame
from kasf_demo.types.people import COCO_BODY

pytest.importorskip("mediapipe")
DEMO = Path(__file__).parents[3] / "demo_videos" / "soccer_kick.mp4"

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

    monkeypatch.setitem(sys.modules, "mediapipe.python.solutions", None)
    with pytest.raises(ModelError, match=r"kasf-demo\[offline\]"):
        MediapipeDetector(cache_dir=tmp_path)


@pytest.mark.filterwarnings("ignore:SymbolDatabase:UserWarning")
@pytest.mark.parametrize("omp", [None, "1", "4"])
def test_its_networks_have_one_thread_each(omp: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever the cores are and OMP_NUM_THREADS asks for: two threads of a network spin while they wait for each
    other."""
    from kasf_demo.detect import mediapipe

    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if omp is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", omp)
    config = mediapipe.PoseGraph(cache_dir=tmp_path).config
    # that finds a person, that finds the landmarks
    assert config.count("xnnpack") == config.count("num_threads: 1 ") == config.count("num_threads") == 2


@pytest.mark.filterwarnings("ignore:SymbolDatabase:UserWarning")
def test_it_finds_what_mediapipes_own_class_finds(tmp_path: Path) -> None:
    """With the same settings, over frames of which the first is searched and the rest are tracked."""
    from mediapipe.python.solutions import pose

    from kasf_demo.detect import mediapipe

    with av.open(str(DEMO)) as clip:
        images = [f.to_ndarray(format="rgb24") for f, _ in zip(clip.decode(video=0), range(4), strict=False)]
    detector = mediapipe.MediapipeDetector(cache_dir=tmp_path)
    with pose.Pose(**mediapipe.SETTINGS) as reference:
        for i, image in enumerate(images):
            result = reference.process(image)
            landmarks, metres = result.pose_landmarks.landmark, result.pose_world_landmarks.landmark
            wanted = [landmarks[pose.PoseLandmark[name]] for name in mediapipe.COCO17]
            people = detector.detect(Frame(i, i / 30, image))
            found = people.xy[0]
            assert people.world is not None
            body = [metres[pose.PoseLandmark[mediapipe.COCO17[j]]] for j in COCO_BODY]
            np.testing.assert_array_equal(people.world[0], np.array([(p.x, p.y, p.z) for p in body], np.float32))
            width, height = image.shape[1], image.shape[0]
            foot_names = ("LEFT_HEEL", "LEFT_FOOT_INDEX", "RIGHT_HEEL", "RIGHT_FOOT_INDEX")  # landmarks 29, 31, 30, 32
            feet = [landmarks[pose.PoseLandmark[n]] for n in foot_names]
            assert people.feet is not None
            np.testing.assert_array_equal(
                people.feet.xy[0], np.array([(p.x * width, p.y * height) for p in feet], np.float32)
            )
            np.testing.assert_array_equal(found, np.array([(p.x * width, p.y * height) for p in wanted], np.float32))
    detector.close()


@pytest.mark.filterwarnings("ignore:SymbolDatabase:UserWarning")
def test_a_network_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    """The network of the wheel under another name gives what the wheel's gives; the heavy one takes that way."""
    from kasf_demo.detect import open_detector

    folder = tmp_path / "größe 'a\\b\"c"
    folder.mkdir()
    wheel = Path(mediapipe_file("modules/pose_landmark/pose_landmark_full.tflite"))
    own = folder / "pose_landmark_heavy.tflite"
    own.write_bytes(wheel.read_bytes())
    with av.open(str(DEMO)) as clip:
        images = [f.to_ndarray(format="rgb24") for f, _ in zip(clip.decode(video=0), range(3), strict=False)]
    found = []
    for weights in (None, own):
        detector = open_detector("mediapipe", weights=weights, device="cpu", cache_dir=tmp_path)
        found.append([detector.detect(Frame(i, i / 30, image)) for i, image in enumerate(images)])
        detector.close()
        assert detector.weights_sha256 == hashlib.sha256(wheel.read_bytes()).hexdigest()
        assert detector.weights == f"mediapipe 0.10.14 pose_landmark_{'full' if weights is None else 'heavy'}"
    for a, b in zip(*found, strict=True):
        assert len(a) == 1
        np.testing.assert_array_equal(a.xy, b.xy)
    own.write_bytes(b"no network")
    with pytest.raises(ModelError, match="cannot be loaded") as error:
        open_detector("mediapipe", weights=own, device="cpu", cache_dir=tmp_path)
    assert error.value.path == own and error.value.remedy


def mediapipe_file(name: str) -> str:
    spec = importlib.util.find_spec("mediapipe")
    assert spec is not None and spec.origin is not None
    return str(Path(spec.origin).parent / name)


@pytest.mark.assets
@pytest.mark.filterwarnings("ignore:SymbolDatabase:UserWarning")
def test_a_small_runner_is_seen_as_in_the_full_size_clip(shared: Path, tmp_path: Path) -> None:
    """31_small_runner.mp4 is the treadmill clip at 0.21875 of its size; the full frame gives a wrong pose for ever."""
    from kasf_demo.detect import mediapipe

    def detected(path: Path, frames: int) -> FloatArray:
        detector = mediapipe.MediapipeDetector(cache_dir=tmp_path)
        with av.open(str(path)) as clip:
            images = (f.to_ndarray(format="rgb24") for f, _ in zip(clip.decode(video=0), range(frames), strict=False))
            people = [detector.detect(Frame(i, i / 30, image)) for i, image in enumerate(images)]
        detector.close()
        assert all(len(p) == 1 for p in people)
        return np.stack([p.xy[0, 5:] for p in people])

    full = detected(shared / "videos" / "treadmill" / "male_side.mp4", 40) * 0.21875 + [60.5, 220]
    off = np.linalg.norm(detected(shared / "faults" / "31_small_runner.mp4", 40) - full, axis=-1)
    assert np.median(off) < 3  # px, of a runner of 110; 68 before


def test_live_detector_uses_one_network_a_frame(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from kasf_demo.detect import mediapipe, open_detector

    opened: list[bool] = []
    graph_open = mediapipe.PoseGraph.open

    def counted(self: mediapipe.PoseGraph, *, tracks: bool, **more: float) -> mediapipe.PoseLandmarker:
        opened.append(tracks)
        return graph_open(self, tracks=tracks, **more)

    monkeypatch.setattr(mediapipe.PoseGraph, "open", counted)
    detector = open_detector("mediapipe", weights=None, device="cpu", cache_dir=tmp_path, live=True)
    for k in range(3):  # nobody is there: a run would search tiles now
        assert not len(detector.detect(Frame(k, k / 2, np.zeros((240, 320, 3), np.uint8))))
    detector.restart()
    detector.close()
    detector.close()
    assert opened == [True]
