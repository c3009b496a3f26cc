"""Plots and reports of made-up people: they hold what they should, also where little is known."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest
from kicks import GAP, kicking
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.table import Table

from kasf_demo.kinematics import measure, measure_angles
from kasf_demo.plots import write
from kasf_demo.plots.curves import draw_curves
from kasf_demo.plots.key_moments import MAX_MOMENTS, key_moments
from kasf_demo.plots.report_pdf import draw_page
from kasf_demo.plots.style import new_figure, styled
from kasf_demo.plots.subject import Box, Subject
from kasf_demo.plots.summary import MIDLINE_HEAD, RANGES_HEAD, happenings, midline_ranges, ranges
from kasf_demo.plots.trajectory import draw_path
from kasf_demo.plots.write import PLOTS, write_plot, write_report
from kasf_demo.types.motion import ANGLES, Events, Flight, Gait, Motion, Strike
from kasf_demo.types.people import Keypoints2D, Person, Pose3D

EVIL = "<img src=x onerror=alert(1)>&$x^2$.mp4"


def a_person(pose: Pose3D, number: int = 1) -> Person:
    """Seen from in front, 100 px a metre, at (300, 200)."""
    xy = pose.xyz[..., [0, 2]] * [100, -100] + [300, 200]
    k = Keypoints2D(xy, pose.score, pose.valid, pose.interpolated, "h36m")
    return Person(number, k, k, pose)


def a_subject(pose: Pose3D | None = None, motion: Motion | None = None, **more: object) -> Subject:
    pose = pose or kicking()
    person, motion = a_person(pose), motion or measure(pose)
    return Subject(EVIL, person, motion, np.ones(len(pose), bool), key_moments(person, motion), **more)  # type: ignore[arg-type]


def with_events() -> Motion:
    motion = measure(kicking())
    events = replace(
        motion.events, flights=(Flight(0.4, 0.8, 0.2, 0.196),), strike=Strike("kick", "r", 1.35, 9.0, 8.0),
        gait=Gait(((0.1, "r"), (0.25, "l"), (1.7, "r")), 170.0),
    )  # fmt: skip
    return replace(motion, events=events)


def cuts(subject: Subject, colour: int = 120) -> Subject:
    picture = np.full((400, 600, 3), colour, np.uint8)
    return replace(subject, cuts={m.frame: m.box.cut(picture) for m in subject.moments})


def test_moments_are_the_named_ones_in_order_and_apart() -> None:
    pose = kicking()
    moments = key_moments(a_person(pose), with_events())
    names, frames = [m.name for m in moments], [m.frame for m in moments]
    assert len(moments) == MAX_MOMENTS and frames == sorted(set(frames))
    assert {"kick, right", "take-off", "flight", "landing"} <= set(names)
    assert all(pose.valid[f] for f in frames) and all(m.time_s == pose.times_s[m.frame] for m in moments)
    assert min(np.diff([m.time_s for m in moments])) >= 0.08
    assert moments[names.index("flight")].time_s == pytest.approx(0.6, abs=0.02)


def test_moments_fill_up_where_nothing_happens() -> None:
    pose = kicking()
    quiet = replace(measure(pose), events=Events())
    moments = key_moments(a_person(pose), quiet)
    assert len(moments) == MAX_MOMENTS and np.ptp([m.time_s for m in moments]) > 0.9 * np.ptp(pose.times_s)
    assert not {m.frame for m in moments} & set(range(60)[GAP])
    nobody = Pose3D(
        np.full((5, 17, 3), np.nan), np.zeros((5, 17)), np.zeros(5, bool), np.zeros(5, bool), np.arange(5) / 30
    )
    assert key_moments(a_person(nobody), measure(nobody)) == ()


def test_boxes_are_of_one_size_and_hold_the_athlete() -> None:
    subject = a_subject()
    assert len({(m.box.x1 - m.box.x0, m.box.y1 - m.box.y0) for m in subject.moments}) == 1
    for m in subject.moments:
        uv = subject.person.h36m.xy[m.frame]
        assert (uv.min(0) > [m.box.x0, m.box.y0]).all() and (uv.max(0) < [m.box.x1, m.box.y1]).all()


@pytest.mark.parametrize(
    "box", [Box(-50, -20, 30, 40), Box(90, 70, 300, 300), Box(500, 500, 600, 600), Box(-90, -90, -10, -10)]
)
def test_a_cut_stays_inside_the_picture(box: Box) -> None:
    picture = np.arange(100 * 80 * 3, dtype=np.uint32).astype(np.uint8).reshape(80, 100, 3)
    cut = box.cut(picture)
    h, w = cut.image.shape[:2]
    assert h >= 1 and w >= 1
    np.testing.assert_array_equal(cut.image, picture[cut.y_px : cut.y_px + h, cut.x_px : cut.x_px + w])


@pytest.mark.parametrize("name", PLOTS)
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


@pytest.mark.parametrize("name", PLOTS)
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


def test_the_raw_curve_and_the_events_are_drawn() -> None:
    raw = measure_angles(kicking(seed=1))
    with styled():
        figure, without = Figure(), Figure()
        draw_curves(figure, a_subject(motion=with_events(), raw=raw))
        draw_curves(without, a_subject(motion=replace(with_events(), events=Events())))
    knee, plain = figure.axes[0], without.axes[0]
    lines = [line.get_ydata() for line in knee.lines]
    assert any(np.allclose(y, raw["r_knee_flexion"], equal_nan=True) for y in lines if len(y) == 60)
    at = sorted(line.get_xdata()[0] for line in knee.lines if len(line.get_xdata()) == 2)
    assert at == [time_s for time_s, _, _ in with_events().events.marks()]
    assert len(plain.lines) == 4 and [t.get_text() for t in knee.texts][:1] == ["Foot Strike"]


def test_what_cannot_be_trusted_is_not_drawn_solid() -> None:
    subject = a_subject()
    reliable = np.arange(60) < 20
    with styled():
        figure = Figure()
        draw_path(figure, replace(subject, reliable=reliable))
    solid = figure.axes[0].lines[1].get_xdata()
    assert np.isfinite(solid[:20]).all() and np.isnan(solid[20:]).all()
    assert any("not reliable" in t.get_text() for t in figure.legends[0].get_texts())


def test_numbers_of_a_report() -> None:
    subject = a_subject(motion=with_events())
    rows = {row[0]: row for row in ranges(subject)}
    assert all(len(row) == len(RANGES_HEAD) for row in rows.values())
    high = subject.motion.angles.extremes("r_knee_flexion")
    assert rows["knee flexion"][2] == f"{high.low:.0f} to {high.high:.0f} (at {high.high_s:.2f} s)"
    told = " / ".join(happenings(subject))
    assert (
        "20 cm by the path" in told
        and "3 steps, 170 per minute" in told
        and "kick with the right at 1.35 s, 9.0 m/s" in told
    )


def test_trunk_pelvis_and_shoulders_have_a_table_of_their_own() -> None:
    """Neither left nor right, with the tilts of pelvis and shoulders."""
    subject = a_subject(motion=with_events())
    assert not {row[0] for row in ranges(subject)} & {row[0] for row in midline_ranges(subject)}
    rows = {row[0]: row for row in midline_ranges(subject)}
    assert {"pelvis tilt", "shoulders tilt", "trunk lean forward", "separation"} <= set(rows)
    assert all(len(row) == len(MIDLINE_HEAD) for row in rows.values())
    assert not any("left" in cell or "right" in cell for cell in MIDLINE_HEAD)
    lean = subject.motion.angles.extremes("pelvis_tilt")
    assert rows["pelvis tilt"][1].startswith(f"{lean.low:.0f} to {lean.high:.0f}")


def test_a_report_says_what_is_doubtful() -> None:
    subject = a_subject(motion=with_events())
    pose = subject.person.pose
    assert not any("doubtful" in text for text in happenings(subject))
    flags = np.zeros((len(pose), 17), bool)
    flags[5:15, 3] = True
    doubted = replace(subject, person=replace(subject.person, pose=replace(pose, doubtful=flags)))
    assert any("in 10 of" in text and "doubtful" in text for text in happenings(doubted))


@pytest.mark.parametrize("title", ["clip.mp4", "a_" * 120 + ".mp4, person 2", "two words " * 20])
def test_texts_of_a_page_do_not_overlap(title: str) -> None:
    """The title, whatever a file is called, the sentences below it and both tables are on the page and apart."""
    with styled():
        page = draw_page(replace(a_subject(motion=with_events()), title=title, notes=("a note of some length " * 12,)))
        canvas = FigureCanvasAgg(page)
        canvas.draw()
        renderer = canvas.get_renderer()
        head, *_, sides, midline = page.subfigs
        title_box, told_box = (text.get_window_extent(renderer) for text in head.texts)
        assert title_box.y0 >= told_box.y1 - 1 and max(title_box.x1, told_box.x1) <= page.bbox.x1
        upper, lower = (part.axes[0].tables[0].get_window_extent(renderer) for part in (sides, midline))
        assert upper.y0 >= lower.y1 - 1 and lower.y0 >= 0 and told_box.y0 >= head.bbox.y0 - 5


class Tags(HTMLParser):
    """What a browser would see: tags with their attributes, and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_that_loads_nothing_and_runs_nothing(tmp_path: Path) -> None:
    subject = cuts(a_subject(motion=with_events(), notes=("<script>alert(2)</script>",)))
    write_report(tmp_path / "r.html", EVIL, [subject, subject], "html")
    page = Tags()
    page.feed((tmp_path / "r.html").read_text("utf-8"))
    names = [tag for tag, _ in page.tags]
    assert "script" not in names and names.count("section") == 2 and names.count("img") == 6
    assert all(
        (a["src"] or "").startswith(("data:image/png;base64,", "data:image/svg+xml;base64,"))
        for t, a in page.tags
        if t == "img"
    )
    assert not any(key.startswith("on") for _, attributes in page.tags for key in attributes)
    policy = next(a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv"))
    assert policy and policy.startswith("default-src 'none'; img-src data:;")
    assert EVIL in page.text and "<script>alert(2)</script>" in page.text and "kick with the right" in page.text
    assert not re.search(r"https?://(?!www\.w3\.org)", (tmp_path / "r.html").read_text("utf-8"))


def test_a_sheet_of_paper_for_each(tmp_path: Path) -> None:
    subject = cuts(a_subject(motion=with_events()))
    write_report(tmp_path / "a.pdf", EVIL, [subject, subject], "pdf")
    data = (tmp_path / "a.pdf").read_bytes()
    assert data.startswith(b"%PDF-") and len(re.findall(rb"/Type /Page\b", data)) == 2


@pytest.mark.parametrize("kind", ["pdf", "html"])
def test_a_report_of_nobody(kind: str, tmp_path: Path) -> None:
    write_report(tmp_path / "r", "clip.mp4", [], kind)
    assert (tmp_path / "r").stat().st_size > 300
    if kind == "html":
        body = (tmp_path / "r").read_text("utf-8").partition("<body>")[2]
        assert "<h1>clip.mp4</h1>" in body and "No person was found" in body


def drawn(draw: Callable[[Figure, Subject], None], subject: Subject, height_in: float) -> Figure:
    """As it looks once it is laid out."""
    with styled():
        figure = new_figure(height_in)
        draw(figure, subject)
        FigureCanvasAgg(figure).draw()
    return figure


def test_times_along_a_way_do_not_cover_each_other() -> None:
    """The athlete hardly leaves the spot: the times would lie on top of each other, and on the marks of standing
    feet."""
    pose = kicking(frames=120)
    home = pose.xyz - pose.xyz[:, :1] + [0, 3, 0.9] + 0.15 * np.sin(np.arange(120) / 9)[:, None, None] * [1, 0.3, 0.2]
    subject = a_subject(Pose3D(home, pose.score, pose.valid, pose.interpolated, pose.times_s))
    figure = drawn(draw_path, subject, 2.2)
    for axes in figure.axes:
        boxes = [t.get_window_extent() for t in axes.texts if t.get_visible()]
        assert len(boxes) >= 2
        assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))


def test_times_along_a_way_stand_beside_it() -> None:
    """A way that rises to the right: a text on the upper right of its point would be crossed out."""
    pose = kicking(frames=120)
    way = np.linspace([0, 7, 0.9], [2.5, 9, 0.9], 120)
    subject = a_subject(
        Pose3D(pose.xyz - pose.xyz[:, :1] + way[:, None], pose.score, pose.valid, pose.interpolated, pose.times_s)
    )
    axes = drawn(draw_path, subject, 2.2).axes[0]
    line = axes.transData.transform(np.linspace(way[0, :2], way[-1, :2], 5000))
    boxes = [t.get_window_extent().padded(-1) for t in axes.texts if t.get_visible()]
    assert len(boxes) >= 4
    assert not any(((line > box.min) & (line < box.max)).all(-1).any() for box in boxes)


def test_a_step_is_named_once_for_each_foot() -> None:
    steps = tuple((0.1 + 0.3 * k, "rl"[k % 2]) for k in range(6))
    motion = replace(measure(kicking()), events=Events(gait=Gait(steps, 200.0)))  # type: ignore[arg-type]
    figure = drawn(draw_curves, a_subject(motion=motion), 7.4)
    assert [t.get_text() for t in figure.axes[0].texts] == ["Foot Strike"] * 2


def test_an_angle_that_passes_half_a_turn_is_no_upright_line() -> None:
    pose = kicking()
    angles = measure(pose).angles
    wrapped = angles.deg.copy()
    wrapped[:, ANGLES.index("r_hip_flexion")] = (np.linspace(100, 260, 60) + 180) % 360 - 180
    figure = drawn(draw_curves, a_subject(motion=replace(measure(pose), angles=replace(angles, deg=wrapped))), 7.4)
    ends = [
        np.abs(np.diff(np.asarray(line.get_ydata(), float)))
        for line in figure.axes[1].lines
        if len(line.get_xdata()) == 60
    ]
    assert max(np.nanmax(step) for step in ends) < 90


def test_texts_of_the_table_stay_in_their_columns() -> None:
    figure = draw_page(a_subject(motion=with_events()))
    FigureCanvasAgg(figure).draw()
    (table,) = [child for axes in figure.subfigs[-1].axes for child in axes.get_children() if isinstance(child, Table)]
    for at, cell in table.get_celld().items():
        assert cell.get_text().get_window_extent().width <= cell.get_window_extent().width, (
            at,
            cell.get_text().get_text(),
        )


def test_curves_of_frames_filled_in_and_speeds_along_a_doubtful_way_are_pale() -> None:
    pose = kicking()
    filled = Pose3D(pose.xyz, pose.score, pose.valid, np.arange(60) < 10, pose.times_s)
    subject = replace(a_subject(filled), reliable=np.arange(60) < 40)
    with styled():
        figure = Figure()
        draw_curves(figure, subject)
    knee, foot = (axes.lines[1].get_ydata() for axes in (figure.axes[0], figure.axes[6]))
    seen = pose.valid & (np.arange(60) >= 10)
    assert (np.isfinite(knee) == seen).all() and (np.isfinite(foot) == seen & (np.arange(60) < 40)).all()
    assert [t.get_text() for t in figure.legends[0].get_texts()].count("doubtful") == 1
