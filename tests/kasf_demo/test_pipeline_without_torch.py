"""The main job without torch and ultralytics, as in a small installation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from walker import Clip

from kasf_demo.demo_clips import demos

pytest.importorskip("openvino")
HEAVY = ("torch", "ultralytics", "torchvision", "jax", "pandas", "matplotlib", "sounddevice", "gdown")
# with `absent` true, none of HEAVY is found; else the ones that were imported are printed
PROGRAM = """import importlib.machinery, json, sys
heavy, absent = json.loads(sys.argv[1]), json.loads(sys.argv[2])
class Finder(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, *more):
        return None if absent and name.partition(".")[0] in heavy else super().find_spec(name, *more)
sys.meta_path[sys.meta_path.index(importlib.machinery.PathFinder)] = Finder
from kasf_demo.cli import main
try:
    main(sys.argv[3:])
except SystemExit as e:
    code = e.code
print(json.dumps([name for name in heavy if getattr(sys.modules.get(name), "__file__", None)]))
sys.exit(code)
"""


def run(cache: Path, *words: object, absent: bool = True) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with an empty cache."""
    command = [sys.executable, "-c", PROGRAM, json.dumps(HEAVY), json.dumps(absent), *map(str, words)]
    env = os.environ | {"KASF_CACHE": str(cache)}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_the_main_job_with_mediapipe(tmp_path: Path) -> None:
    pytest.importorskip("mediapipe")
    clip = demos()["soccer_kick"].clip
    words = [clip, "--detector", "mediapipe", "--device", "cpu", "--end", "0.5", "--no-video"]
    without = run(tmp_path / "a", *words, "--out", tmp_path / "without.mp4")
    assert without.returncode == 0, without.stderr
    default = run(tmp_path / "b", *words, "--out", tmp_path / "default.mp4", absent=False)
    assert default.returncode == 0 and json.loads(default.stdout.splitlines()[-1]) == [], default.stdout
    assert (tmp_path / "without.csv").read_bytes() == (tmp_path / "default.csv").read_bytes()
    report = json.loads((tmp_path / "without.json").read_text())
    assert report["lifter"]["backend"] == "openvino" and not report["warnings"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--lifter", "kasf-open-agf-xs"], "torch is not installed, which this network needs; pip install torch"),
        (["--backend", "torch"], "torch is not installed, which this network needs; pip install torch"),
        (["--device", "cuda"], "torch is not installed; pip install torch"),
    ],
    ids=lambda words: words[-1] if isinstance(words, list) else "",
)
def test_what_needs_torch_says_so(words: list[str], said: str, walk: Clip, tmp_path: Path) -> None:
    done = run(tmp_path / "c", walk[0], "--keypoints", walk[1], "--out", tmp_path / "p.mp4", "--no-video", *words)
    assert done.returncode == 5 and said in done.stderr and "Traceback" not in done.stderr, done.stderr
