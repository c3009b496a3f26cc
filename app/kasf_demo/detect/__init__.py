"""2D detectors behind one protocol (`kasf_demo.detect.base.Detector`); vendor types stay in the file that imports them.

Nothing heavy is imported here: `open_detector` imports the one detector that is asked for.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from kasf_demo.detect.base import Detector
from kasf_demo.detect.select import DetectorName
from kasf_demo.errors import ModelError, UsageError
from kasf_demo.types.clip import VideoInfo

PACKAGES = {"yolo": "ultralytics", "mediapipe": "mediapipe", "keypoints-file": None}


def installed(name: str) -> bool:
    """True if the package of detector `name` is installed, without importing it. UsageError for an unknown name."""
    if name not in PACKAGES:
        raise UsageError(f"no detector is called {name!r}", f"choose one of {', '.join(PACKAGES)}")
    package = PACKAGES[name]
    if package is None:
        return True
    try:
        return importlib.util.find_spec(package) is not None
    except ValueError:  # blocked on purpose: sys.modules holds None for it
        return False


def packaged_model(name: str | None) -> str | None:
    """The package that carries the model of detector `name`, so that its version decides which model that is; None if
    the model is a file of its own."""
    return "mediapipe" if name == "mediapipe" else None


def open_detector(
    name: DetectorName,
    *,
    weights: Path | None,
    device: str,
    keypoints: Path | None = None,
    video: VideoInfo | None = None,
    cache_dir: Path,
    live: bool = False,
) -> Detector:
    """A detector for one clip, loaded and ready. Errors in its weights are raised here, not at the first frame.

    `weights` is for yolo, and for mediapipe if it is not to use the network in its wheel; `keypoints` (a file, or a
    folder of OpenPose) and `video` are for keypoints-file; `device` is "cpu", "cuda" or "mps" (mediapipe always runs on
    the CPU). `cache_dir` is the only place where a detector writes. live: every frame must take the same short
    time. Raises ModelError (package missing, weights unusable), InputError (keypoints file), UsageError (name, missing
    argument).
    """
    if name != "yolo":  # which may do without its package
        _require(name)
    if name == "yolo":
        if weights is None:
            raise ModelError(
                "the yolo detector needs weights", "give the path of a pose model (.pt, .onnx or an OpenVINO folder)"
            )
        return _open_yolo(weights, device=device, video=video, cache_dir=cache_dir)
    if name == "mediapipe":
        from kasf_demo.detect.mediapipe import MediapipeDetector

        return MediapipeDetector(cache_dir=cache_dir, heavy=weights, small_people=not live)
    if keypoints is None:
        raise UsageError("the keypoints-file detector needs a file", "add --keypoints FILE")
    from kasf_demo.detect.keypoint_files.detector import KeypointsFileDetector

    return KeypointsFileDetector(keypoints, video=video)


def open_crops(name: str, *, weights: Path | None, cache_dir: Path) -> Detector | None:
    """For a detector that looks at one person at a time, and loses them for another: one whose `detect_close` finds the
    person in each crop. None for other detectors. Arguments and errors as for `open_detector`."""
    if name != "mediapipe":
        return None
    from kasf_demo.detect.mediapipe import MediapipeCrops

    return MediapipeCrops(cache_dir=cache_dir, heavy=weights)


def _require(name: str) -> None:
    if not installed(name):
        remedy = {"yolo": "pip install ultralytics", "mediapipe": 'pip install "kasf-demo[offline]"'}[name]
        raise ModelError(f"the {name} detector is not installed", remedy)


def _open_yolo(weights: Path, *, device: str, video: VideoInfo | None, cache_dir: Path) -> Detector:
    """An OpenVINO export by openvino alone where that can run it, anything else by ultralytics."""
    from kasf_demo.detect.yolo_common import check_file

    path = Path(os.path.abspath(weights))
    path = path.parent if path.suffix == ".xml" else path  # an OpenVINO export is known by its folder
    check_file(path)
    if path.is_dir():
        from kasf_demo.detect.yolo_openvino import plain_export

        metadata = plain_export(path)
        if metadata is not None:
            from kasf_demo.detect.yolo_openvino import YoloOpenvinoDetector

            picture = None if video is None else (video.width, video.height)
            return YoloOpenvinoDetector(path, metadata, picture, cache_dir)
    _require("yolo")
    from kasf_demo.detect.yolo_ultralytics import YoloDetector

    return YoloDetector(path, device=device, cache_dir=cache_dir)
