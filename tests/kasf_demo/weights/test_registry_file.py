"""The registry that ships: every entry is complete, and shipped files are present and match their hashes."""

from __future__ import annotations

import re

import pytest

from kasf_demo import weights
from kasf_demo.detect.select import MEDIAPIPE_BY_QUALITY, YOLO_BY_QUALITY
from kasf_demo.weights.registry_file import Crop, Entry, Source

ENTRIES = list(weights.registry().values())


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.name)
def test_entry_is_complete(entry: Entry) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", entry.name), "names are typed by people and become file names"
    assert entry.licence and entry.description and entry.citation
    assert re.fullmatch(r"[\w.-]+\.(safetensors|pth|pth\.tr|bin|pt|tflite)", entry.filename)
    assert all(s.url.startswith("https://") and (s.member is None) != s.url.endswith(".tgz") for s in entry.sources)
    assert bool(entry.sources) == (entry.url is not None)
    assert entry.gdrive_id is None or re.fullmatch(r"[\w-]{25,60}", entry.gdrive_id)
    assert entry.size_bytes or entry.about_mb or entry.page, "a user is told the size before a fetch"
    assert entry.page is None or entry.page.startswith("https://")
    assert entry.kind != "lifter" or (entry.heads and entry.architecture)
    assert entry.card is None or (weights.shipped_dir() / entry.card).is_file()


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.file], ids=lambda e: e.name)
def test_shipped_file_is_what_the_registry_says(entry: Entry) -> None:
    path = weights.available(entry.name)
    assert path is not None, f"{entry.file} is not in {weights.shipped_dir()}"
    assert path.stat().st_size == entry.size_bytes
    assert weights.sha256_of(path) == entry.sha256
    assert entry.licence == "Apache-2.0", "what is not ours is not shipped"


def test_names_and_files_are_unique() -> None:
    assert len({e.filename for e in ENTRIES}) == len(ENTRIES)
    names = [name for e in ENTRIES for name in (e.name, *e.aliases)]
    assert len(set(names)) == len(names) and not set(names) & {e.filename for e in ENTRIES}


def test_default_official_and_detector_entries() -> None:
    known = weights.registry()
    assert known["kasf-open-s"].file and known["kasf-open-s"].crop == Crop("clip-square", 1.25)
    for data in ("sp", "wp"):
        for source in ("det", "gt"):
            entry = known[f"kasportsformer-{data}-{source}"]
            assert (entry.source_2d, entry.heads, entry.filename) == (source, 8, f"{entry.name}.pth")
            assert "research only" in entry.licence
    for detector, by_quality in (("yolo", YOLO_BY_QUALITY), ("mediapipe", MEDIAPIPE_BY_QUALITY)):
        of = [e for e in ENTRIES if e.kind == "detector" and e.detector == detector]
        assert {e.quality: e.name for e in of} == by_quality
    heavy = known["mediapipe-heavy"]
    assert (heavy.filename, heavy.licence, heavy.size_bytes) == ("pose_landmark_heavy.tflite", "Apache-2.0", 27_709_200)


def test_official_lifters_of_other_architectures() -> None:
    """Settings that no tensor shows, as the published configurations have them."""
    known = weights.registry()
    for size in ("xs", "s", "b", "l", "s-ap3d"):
        entry = known[f"motionagformer-{size}"]
        settings = {"num_heads": 8, "neighbour_num": 2, "symmetric_graph": False}
        assert entry.architecture == "MotionAGFormer" and entry.normalisation == "full-frame"
        assert {k: v for k, v in entry.network_settings.items() if v is not None} == settings
        assert entry.filename.endswith(".pth.tr")
    for name, root, square in (
        ("motionbert", True, "full-frame"),
        ("motionbert-scratch", True, "full-frame"),
        ("motionbert-lite", False, "whole-clip"),
    ):
        entry = known[name]
        assert (entry.root_relative, entry.normalisation, entry.link) == (root, square, entry.page)
    assert known["d3dp"].input_joints == "coco" and known["d3dp-h36m"].input_joints == "h36m"
    assert weights.find("motionbert-lite-wild") is known["motionbert-lite"] and weights.find("motionbert-l") is None
    assert all("research only" in e.licence for e in ENTRIES if e.kind == "lifter" and not e.file)


@pytest.mark.parametrize(
    "change",
    [
        {"url": "https://x/y.pt"},
        {"file": None},
        {"licence": ""},
        {"sha256": "ABC"},
        {"kind": "other"},
        {"crop": None},
        {"normalisation": "full-frame"},  # which has no crop
        {"crop": None, "normalisation": "half"},
        {"architecture": "Transformer"},
        {"input_joints": "halpe"},
        {"page": "https://x/y"},
        {"source_2d": None},
        {"detector": "openpose"},
        {"mirrors": (Source("https://x/y.tgz", "z"),)},
        {"file": None, "url": "https://x/y.pt", "mirrors": (Source("https://x/y.tgz", "z"),)},
    ],
)
def test_incomplete_entries_are_refused(change: dict[str, object]) -> None:
    good: dict[str, object] = {
        "name": "x",
        "kind": "lifter",
        "description": "d",
        "licence": "l",
        "file": "x.pth",
        "crop": Crop("clip-square", 1.25),
        "source_2d": "gt",
    }
    Entry(**good)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="x: "):
        Entry(**(good | change))  # type: ignore[arg-type]


def test_crop_is_checked() -> None:
    with pytest.raises(ValueError, match="crop"):
        Crop("clip-square", 0.5)


def test_importing_weights_loads_nothing_heavy() -> None:
    import subprocess
    import sys

    code = (
        "import sys, kasf_demo.weights, kasf_demo.cli.doctor, kasf_demo.detect.select\n"
        "print([m for m in ('torch', 'cv2', 'gdown') if m in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )
