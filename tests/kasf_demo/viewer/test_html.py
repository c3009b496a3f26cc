"""The page's file without a browser: what is in it, what it may do, where it is written."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import call
from kicks import kicking
from pages import a_page, athlete, constant_times, take
from walker import Clip, walking_coco, write_clip, write_keypoints

from kasf_demo import analyse
from kasf_demo.errors import OutputError, UsageError
from kasf_demo.options import Options, from_mapping
from kasf_demo.results.outputs import plan_outputs
from kasf_demo.types.people import Keypoints2D, Person
from kasf_demo.viewer import GREY, Page, Take, page_html, write_page
from kasf_demo.viewer.html import packed, policy

EVIL = "<img src=x onerror=alert(1)></script><!--&amp;.mp4"


def data_of(text: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    assert found
    return json.loads(found[1])  # type: ignore[no-any-return]


def decoded(text: object, dtype: str) -> np.ndarray:  # type: ignore[type-arg]
    assert isinstance(text, str)
    return np.frombuffer(base64.b64decode(text), dtype)


def test_the_data_are_what_went_in() -> None:
    times_s = constant_times(20)
    page = a_page(times_s, people=2)
    data = data_of(page_html(page))
    assert data["format"] == "kasf-page" and data["title"] == "numbers.mp4" and data["notes"] == ["a note"]
    assert np.array_equal(decoded(data["times_s"], "<f8"), times_s)
    takes = data["takes"]
    assert isinstance(takes, list) and [t["name"] for t in takes] == ["Person 1", "Person 2"]
    for made, given in zip(takes, page.takes, strict=True):
        assert np.allclose(decoded(made["xyz_m"], "<f4").reshape(20, 17, 3), given.xyz, atol=1e-6)
        assert np.allclose(decoded(made["score"], "u1").reshape(20, 17) / 255, given.score, atol=0.003)
        assert given.angles is not None
        deg = decoded(made["curves"]["deg"], "<f4").reshape(20, -1)
        assert np.allclose(deg, given.angles.deg, atol=1e-3, equal_nan=True)


def test_uncertainties_are_packed_in_hundredths() -> None:
    one = take(athlete(constant_times(6)))
    assert one.angles is not None
    deg = np.linspace(0, 900, one.angles.deg.size).reshape(one.angles.deg.shape)
    deg[2, 3] = np.nan
    page = Page("p", [replace(one, angles=replace(one.angles, sigma_deg=deg))])
    curves = data_of(page_html(page))["takes"][0]["curves"]  # type: ignore[index]
    packed = decoded(curves["sigma_deg"], "<u2").reshape(deg.shape)
    assert packed[2, 3] == 65535 and (np.isnan(deg) == (packed == 65535)).all()
    known = np.isfinite(deg)
    assert np.allclose(packed[known] / 100, np.minimum(deg[known], 655.34), atol=0.0051)
    assert curves["sigma_m_per_s"] is None


def test_rows_without_a_pose_are_nan_whatever_they_hold() -> None:
    one = take(athlete(constant_times(4)))
    one = replace(one, valid=np.array([True, False, True, True]))
    xyz = decoded(data_of(page_html(Page("p", [one])))["takes"][0]["xyz_m"], "<f4").reshape(4, 17, 3)  # type: ignore[index]
    assert np.isnan(xyz[1]).all() and np.isfinite(xyz[[0, 2, 3]]).all()


def test_text_is_never_markup() -> None:
    page = a_page(constant_times(3), title=EVIL, notes=[EVIL])
    page = replace(page, takes=[replace(page.takes[0], name=EVIL, marks=[(0.1, "r", EVIL)])])
    text = page_html(page)
    assert "<img" not in text and text.count("</script>") == 3 and "<!--" not in text
    data = data_of(text)
    assert data["title"] == EVIL == data["notes"][0] == data["takes"][0]["name"]  # type: ignore[index]
    assert f"<title>{html.escape(EVIL)}</title>" in text
    assert "{{" not in re.sub(r"<script>.*?</script>", "", text, flags=re.S)  # every slot is filled


def test_a_name_like_a_slot_fills_nothing() -> None:
    assert "<title>{{program}}</title>" in page_html(a_page(constant_times(2), title="{{program}}"))


def test_names_that_are_not_utf8_or_hold_control_characters() -> None:
    page_html(a_page(constant_times(2), title="a\udcff\x00\n.mp4")).encode()


def test_the_policy_names_what_is_in_the_file() -> None:
    text = page_html(a_page(constant_times(3)))
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert found
    rules = dict(rule.split(" ", 1) for rule in html.unescape(found[1]).split("; "))
    assert (
        rules["default-src"] == "'none'"
        and "unsafe" not in found[1]
        and "http" not in found[1]
        and rules["media-src"] == "blob:"
    )
    for tag in ("script", "style"):
        (body,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.S)
        sha = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert rules[f"{tag}-src"] == f"'sha256-{sha}'"
    assert " style=" not in re.sub(r"<script>.*?</script>", "", text, flags=re.S)  # the policy would refuse it
    assert text.index("Content-Security-Policy") < text.index("<style>") < text.index("<script")
    assert policy("a", "b") != policy("b", "b")


def test_the_bundle_is_whole_and_licensed() -> None:
    text = page_html(a_page(constant_times(2)))
    assert "Permission is hereby granted, free of charge" in text and "three.js authors" in text
    assert "\r" not in text and not re.search(r"""(src|href)=["'](https?:)?//""", text)


def test_what_a_take_refuses() -> None:
    one = take(athlete(constant_times(5)))
    for change, says in (
        ({"uv_px": np.zeros((4, 17, 2))}, "uv_px: expected shape"),
        ({"times_s": np.array([0, 1, 0.5, 2, 3])}, "never fall"),
        ({"colour": "red"}, "#rrggbb"),
        ({"error_m": np.zeros(5)}, "error_m: expected shape"),
        ({"xyz": np.full((5, 17, 3), np.nan)}, "not finite"),
    ):
        with pytest.raises(ValueError, match=says):
            replace(one, **change)  # type: ignore[arg-type]
    person = athlete(constant_times(5))
    with pytest.raises(ValueError, match="world axes"):
        Take.of(replace(person, pose=replace(person.pose, axes="camera")))
    with pytest.raises(ValueError, match="picture: expected 4 frames"):
        replace(a_page(constant_times(5)), times_s=constant_times(4))


def test_an_aligned_take_moves_its_moments() -> None:
    times_s = constant_times(31)
    person = athlete(times_s)
    moved = Take.of(person, None, times_s=times_s * 2 + 1, colour=GREY)
    assert moved.times_s[-1] == pytest.approx(3) and moved.colour == GREY and moved.marks == []


def test_written_whole_or_not_at_all(tmp_path: Path) -> None:
    page, path = a_page(constant_times(3)), tmp_path / "p.html"
    write_page(path, page)
    before = path.read_bytes()
    with pytest.raises(OutputError, match="already exists"):
        write_page(path, page)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["p.html"]


def test_a_run_writes_the_page(walk: Clip, tmp_path: Path) -> None:
    result = analyse(walk[0], tmp_path / "p.mp4", keypoints=walk[1], export="html", offline=True)
    assert [f.name for f in result.files] == ["p.mp4", "p.csv", "p.html", "p.json"]
    text = (tmp_path / "p.html").read_text()
    data = data_of(text)
    assert data["picture"]["width_px"] == 320 and len(decoded(data["picture"]["media_s"], "<f8")) == 45  # type: ignore[index]
    assert np.allclose(decoded(data["picture"]["media_s"], "<f8"), np.arange(45) / 30, atol=1e-4)  # type: ignore[index]
    assert data["takes"][0]["camera_height_m"] == result.report["people"][0]["floor"]["camera_height_m"]  # type: ignore[index]
    assert any("assumed height of 1.75 m" in note for note in data["notes"])  # type: ignore[attr-defined]


def test_without_the_video_and_in_camera_axes(walk: Clip, tmp_path: Path) -> None:
    page = tmp_path / "elsewhere.html"
    result = analyse(
        walk[0], tmp_path / "p.mp4", keypoints=walk[1], html=page, video=False, axes="camera", offline=True
    )
    data = data_of(page.read_text())
    assert data["picture"] is None and 'id="mp4"></script>' in page.read_text() and page in result.files
    xyz = decoded(data["takes"][0]["xyz_m"], "<f4").reshape(45, 17, 3)  # type: ignore[index]
    assert (xyz[:, 10, 2] > xyz[:, 3, 2]).all()  # z is up whatever the table holds
    assert "html" not in json.loads((tmp_path / "p.json").read_text())["options"]


def test_nobody_in_the_clip(tmp_path: Path) -> None:
    people = [walking_coco(12)]
    keypoints = write_keypoints(tmp_path / "k.json", people, np.zeros(12, bool))
    analyse(
        write_clip(tmp_path / "c.mp4", people), tmp_path / "p.mp4", keypoints=keypoints, export="html", offline=True
    )
    data = data_of((tmp_path / "p.html").read_text())
    assert data["takes"] == [] and len(decoded(data["times_s"], "<f8")) == 12


def test_the_plan(tmp_path: Path) -> None:
    clip, out = tmp_path / "c.mp4", tmp_path / "p.mp4"
    clip.touch()
    assert plan_outputs(clip, out, Options(export=("html",))).exports["html"] == tmp_path / "p.html"
    assert plan_outputs(clip, out, Options(export=("html",), html=tmp_path / "q.html")).exports["html"].name == "q.html"
    (tmp_path / "q.html").touch()
    with pytest.raises(OutputError, match=r"q\.html: already exists"):
        plan_outputs(clip, out, Options(html=tmp_path / "q.html"))
    with pytest.raises(OutputError, match="does not exist"):
        plan_outputs(clip, out, Options(html=tmp_path / "none" / "q.html"))
    with pytest.raises(UsageError, match="replace the input"):
        plan_outputs(clip, out, Options(html=tmp_path / "q.html", keypoints=tmp_path / "q.html", overwrite=True))
    with pytest.raises(UsageError, match=r"ending \.html"):
        from_mapping({"html": "pose.pdf"})


def test_a_folder_of_clips_takes_no_single_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    (clips / "a.mp4").touch()
    err = call(clips, "--out", tmp_path / "res", "--html", tmp_path / "p.html", code=2, capsys=capsys)
    assert "--export html" in err and not (tmp_path / "res").exists()


def test_the_spread_of_hypotheses_is_packed() -> None:
    pose = kicking()
    spread = np.linspace(0, 0.2, len(pose) * 17, dtype=np.float32).reshape(-1, 17)
    keypoints = Keypoints2D(pose.xyz[..., [0, 2]], pose.score, pose.valid, pose.interpolated, "h36m")
    for given in (None, spread):
        person = Person(1, keypoints, keypoints, replace(pose, spread_m=given))
        (take,) = packed(Page("p", [Take.of(person)]))["takes"]
        if given is None:
            assert "spread_m" not in take
        else:
            assert np.array_equal(np.frombuffer(base64.b64decode(take["spread_m"]), "<f4").reshape(-1, 17), spread)
