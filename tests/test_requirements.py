"""The files of small installations name what pyproject.toml names, in the same ranges."""

from __future__ import annotations

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = {"torch", "ultralytics", "gdown"}  # kasf_demo.cli.app names them too
OF_MEDIAPIPE = {"absl-py", "attrs", "flatbuffers", "protobuf"}  # what its graph needs of its dependencies
NOT_NEEDED = {"jax", "jaxlib", "opencv-contrib-python", "sounddevice"}  # the others


def listed(name: str) -> dict[str, Requirement]:
    """The lines of a file in `requirements/`."""
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert len({r.name for r in found}) == len(found)
    return {r.name: r for r in found}


def declared() -> dict[str, Requirement]:
    """What the main job, MediaPipe, OpenVINO and serve need by pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *extras["offline"], *extras["fast"], *extras["app"]]
    return {r.name: r for r in map(Requirement, lines)}


def test_small_is_the_project_without_the_heavy_packages() -> None:
    wanted, small = declared(), listed("small.txt")
    wanted["opencv-python-headless"] = wanted.pop("opencv-python")  # the same, without windows
    assert small.keys() - OF_MEDIAPIPE == wanted.keys() - LEFT_OUT - OF_MEDIAPIPE - {"mediapipe"}
    for name in small.keys() & wanted.keys() - {"protobuf"}:
        assert small[name].specifier == wanted[name].specifier, name
    text = (ROOT / "requirements" / "small.txt").read_text(encoding="utf-8")
    assert f"mediapipe{wanted['mediapipe'].specifier}" in text


def test_the_overrides_take_the_same_packages_out() -> None:
    for name, packages in (("without-torch.txt", LEFT_OUT), ("headless.txt", {"opencv-python"})):
        found = listed(name)
        assert found.keys() == packages | NOT_NEEDED
        assert not any(r.marker is None or r.marker.evaluate() for r in found.values())


def test_the_image_has_the_same_opencv() -> None:
    line = next(x for x in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines() if "opencv" in x)
    (given,) = (Requirement(word) for word in line.split('"') if word.startswith("opencv"))
    assert given == listed("small.txt")["opencv-python-headless"]
