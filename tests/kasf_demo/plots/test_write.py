"""Files of plots and reports, also where little is known."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from kicks import kicking
from matplotlib.figure import Figure
from plotted import a_subject, cuts, with_events
from some_slow import first

from kasf_demo.kinematics import measure_angles
from kasf_demo.plots import write
from kasf_demo.plots.style import new_figure
from kasf_demo.plots.write import PLOTS, write_plot, write_report
from kasf_demo.types.people import Pose3D


@pytest.mark.parametrize("name", first(1, PLOTS))
def test_svg_is_a_drawing_and_repeats(name: str, tmp_path: Path) -> None:
    subject = cuts(a_subject(motion=with_events(), raw=measure_angles(kicking(1))))
    for path in ("a.svg", "b.svg"):
        write_plot(tmp_path / path, subject, name, "svg")
    root = ET.fromstring((tmp_path / "a.svg").read_bytes())
    assert root.tag.endswith("svg") and sum(1 for _ in root.iter("{http://www.w3.org/2000/svg}path")) > 50
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def ink(path: Path) -> float:
    """The share of pixels that are not white."""
    image = cv2.imread(str(path))
    assert image is not None
    return float((image.min(-1) < 250).mean())


@pytest.mark.parametrize("name", first(1, PLOTS))
def test_png_of_what_little_is_known(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def coarse(height_in: float) -> Figure:
        figure = new_figure(height_in)
        figure.set_dpi(50)  # pixels take most of the time
        return figure

    monkeypatch.setattr(write, "new_figure", coarse)
    pose = kicking()
    one = Pose3D(pose.xyz[:1], pose.score[:1], pose.valid[:1], pose.interpolated[:1], pose.times_s[:1])
    hidden = Pose3D(pose.xyz, pose.score * 0.1, pose.valid, pose.interpolated, pose.times_s)
    subjects = {
        "all": cuts(a_subject(motion=with_events(), raw=measure_angles(pose))),
        "no pictures": a_subject(),
        "one frame": a_subject(one),
        "doubtful": a_subject(hidden),
        "not reliable": replace(a_subject(), reliable=np.zeros(60, bool)),
    }
    for label, subject in subjects.items():
        path = tmp_path / f"{label}.png"
        write_plot(path, subject, name, "png")
        assert 0.002 < ink(path) < 0.8, label


@pytest.mark.parametrize("kind", ["pdf", "html"])
def test_a_report_of_nobody(kind: str, tmp_path: Path) -> None:
    write_report(tmp_path / "r", "clip.mp4", [], kind)
    assert (tmp_path / "r").stat().st_size > 300
    if kind == "html":
        body = (tmp_path / "r").read_text("utf-8").partition("<body>")[2]
        assert "<h1>clip.mp4</h1>" in body and "No person was found" in body
