"""Opening detectors: names, missing packages, missing arguments, and that nothing heavy is imported on the way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kasf_demo.detect import installed, open_detector
from kasf_demo.errors import ModelError, UsageError


def test_importing_the_room_loads_no_vendor() -> None:
    heavy = "('torch', 'ultralytics', 'mediapipe', 'cv2')"
    code = f"import sys, kasf_demo.detect as d; d.installed('yolo'); print([m for m in {heavy} if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_unknown_name_lists_the_known() -> None:
    with pytest.raises(UsageError, match="yolo, mediapipe, keypoints-file"):
        installed("openpose")


def test_missing_package_names_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    assert not installed("mediapipe")
    with pytest.raises(ModelError, match=r'pip install "kasf-demo\[offline\]"') as error:
        open_detector("mediapipe", weights=None, device="cpu", cache_dir=tmp_path)
    assert error.value.exit_code == 5


def test_missing_arguments(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--keypoints"):
        open_detector("keypoints-file", weights=None, device="cpu", cache_dir=tmp_path)
    with pytest.raises(ModelError, match="weights"):
        open_detector("yolo", weights=None, device="cpu", cache_dir=tmp_path)
