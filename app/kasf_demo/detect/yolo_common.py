"""Shared by both YOLO backends: thresholds, which files are weights, how they are identified."""

from __future__ import annotations

import hashlib
import importlib.util
import zipfile
from pathlib import Path

from kasf_demo.errors import ModelError, first_line

# Below the usual 0.25, for an athlete who is blurred for a few frames: `kasf_demo.tracking` continues a track with weak
# boxes but starts none from them. At 0.1 false detections take over tracks (docs/decisions.md). Keypoint scores are
# unchanged.
MIN_BOX_SCORE = 0.2
MAX_OVERLAP = 0.7  # IoU above which two boxes are one person; ultralytics' own default
MAX_PEOPLE = 30
CLOSE_PX = 320  # input of the second detection of one person (`kasf_demo.detect.redetect`), rows and columns

REMEDY = "give the weights of a COCO pose model, such as yolo26n-pose.pt"


def sha256(path: Path) -> str:
    """SHA-256 of a file; of a folder, of the lines "HASH  NAME\\n" of its files sorted by relative name, hidden ones
    left out (the recipe of `kasf_demo.weights`)."""
    if not path.is_dir():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    files = {p.relative_to(path).as_posix(): p for p in path.rglob("*") if p.is_file()}
    names = sorted(n for n in files if not any(part.startswith(".") for part in n.split("/")))
    lines = "".join(f"{sha256(files[n])}  {n}\n" for n in names)
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def check_file(path: Path) -> None:
    """Checks the weights file `path` without ultralytics, for clearer errors. Raises ModelError."""
    if not path.exists():
        raise ModelError("no such weights", REMEDY, path=path)
    if "'" in str(path):  # ultralytics drops quotes from paths, then looks for the rest elsewhere
        raise ModelError("ultralytics cannot open a path with ' in it", "rename or move the weights", path=path)
    if path.is_dir():
        if not any(path.glob("*.xml")) or not path.name.endswith("_openvino_model"):
            raise ModelError(
                "not an OpenVINO export: expected a folder NAME_openvino_model with an .xml file", REMEDY, path=path
            )
        if importlib.util.find_spec("openvino") is None:
            raise ModelError(
                "an OpenVINO export needs openvino, which is not installed", 'pip install "kasf-demo[fast]"', path=path
            )
        return
    with path.open("rb") as file:
        head = file.read(64)
    if not head:
        raise ModelError("the weights file is empty", "download it again", path=path)
    if head.lstrip()[:1] == b"<":
        raise ModelError(
            "this is a web page, not weights", "download it again, in a browser if there is a quota", path=path
        )
    if path.suffix.lower() == ".onnx":
        if importlib.util.find_spec("onnxruntime") is None:
            raise ModelError(
                ".onnx weights need onnxruntime, which is not installed", "pip install onnx onnxruntime", path=path
            )
    elif path.suffix.lower() != ".pt":  # other formats that ultralytics knows can run code, and none is tested here
        raise ModelError(f"weights of type {path.suffix or 'unknown'!r} are not supported", REMEDY, path=path)
    elif not zipfile.is_zipfile(path):
        raise ModelError("not a PyTorch checkpoint, or truncated", "download it again", path=path)


def said(error: Exception) -> str:
    """The first line of an ultralytics or openvino error, without decoration."""
    return first_line(error).removeprefix("ERROR").lstrip(" ❌\ufe0f")
