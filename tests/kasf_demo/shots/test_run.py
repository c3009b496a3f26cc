"""Whole runs of clips with cuts: each shot gives what it gives alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cut import Part, part, write_parts
from some_slow import first, slow

from kasf_demo import analyse
from kasf_demo.compare.side import from_result
from kasf_demo.evaluate.estimate import Estimate
from kasf_demo.types.result import Result

FIRST, SECOND = 30, 40


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    return [part(1, FIRST, pan_deg=8.0), part(2, SECOND, x0=60.0, size=0.8)]


@pytest.fixture(scope="module")
def cut(parts: list[Part], tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The clip of both parts, all people."""
    folder = tmp_path_factory.mktemp("cut")
    clip, keypoints = write_parts(folder, "cut", parts)
    return analyse(
        clip, folder / "o.mp4", keypoints=keypoints, athlete="all", video=False, export="csv,npz,trc,mot,bvh"
    )


def test_each_shot_gives_what_it_gives_alone(parts: list[Part], cut: Result, tmp_path: Path) -> None:
    assert [(s.start, s.end, s.begins) for s in cut.shots] == [(0, FIRST, "start"), (FIRST, FIRST + SECOND, "cut")]
    assert [p.id for p in cut.people] == [1, 2] and len(cut.times_s) == FIRST + SECOND
    for n, shot in enumerate(cut.shots):
        clip, keypoints = write_parts(tmp_path, f"alone{n}", [parts[n]])
        alone = analyse(clip, keypoints=keypoints, athlete="all")
        person, own = cut.people[n], alone.people[0]
        assert person.pose.valid.nonzero()[0].tolist() == list(range(shot.start, shot.end))
        np.testing.assert_allclose(person.pose.xyz[shot.frames], own.pose.xyz, atol=1e-6)
        np.testing.assert_allclose(cut.angles[n].deg[shot.frames], alone.angles[0].deg, atol=1e-4)
        np.testing.assert_allclose(cut.angles[n].m_per_s[shot.frames], alone.angles[0].m_per_s, atol=1e-5)
        assert cut.camera is not None and alone.camera is not None
        np.testing.assert_allclose(cut.camera.rotation[shot.frames], alone.camera.rotation, atol=1e-9)
        record = cut.report["shots"][n]
        assert record["people"] == [n + 1] and record["camera"]["focal_px"] == alone.report["camera"]["focal_px"]
        assert record["camera"]["tilt"] == alone.report["camera"]["tilt"]
        assert record["floor"] == alone.report["people"][0]["floor"] == cut.report["people"][n]["floor"]


def test_a_clip_of_one_shot_has_one(parts: list[Part], tmp_path: Path) -> None:
    clip, keypoints = write_parts(tmp_path, "one", parts[:1])
    result = analyse(clip, tmp_path / "o.mp4", keypoints=keypoints, video=False)
    report = json.loads((tmp_path / "o.json").read_text())
    assert [(s["first_frame"], s["last_frame"], s["begins"]) for s in report["shots"]] == [(0, FIRST - 1, "start")]
    assert not any("shot" in text for text in result.warnings)


def test_auto_takes_the_person_with_most_time_and_says_who_else_there_is(parts: list[Part], tmp_path: Path) -> None:
    clip, keypoints = write_parts(tmp_path, "cut", parts)
    result = analyse(clip, keypoints=keypoints)
    assert [p.id for p in result.people] == [2] and result.people[0].pose.valid.sum() == SECOND
    (said,) = [text for text in result.warnings if "2 shots" in text]
    assert "holds shot 2" in said and "shot 1: person 1" in said
    first, second = result.report["shots"]
    assert first["people"] == [] and [o["id"] for o in first["others"]] == [1] and second["people"] == [2]
    assert result.report["camera"]["focal_px"] == second["camera"]["focal_px"]
    other = analyse(clip, keypoints=keypoints, athlete="1")
    assert [p.id for p in other.people] == [1] and other.people[0].pose.valid.sum() == FIRST


def test_shots_can_be_left_alone(parts: list[Part], tmp_path: Path) -> None:
    clip, keypoints = write_parts(tmp_path, "cut", parts)
    result = analyse(clip, keypoints=keypoints, shots="off")
    assert len(result.shots) == 1 and result.people[0].pose.valid.all()


def test_eval_and_compare_read_people_of_every_shot_in_both_axes(tmp_path: Path) -> None:
    """The second shot's camera turns another way than the first's, which the key `camera` describes."""
    clip, keypoints = write_parts(
        tmp_path, "cut", [part(1, 30, pan_deg=8.0), part(2, 30, pan_deg=-12.0, x0=60.0, size=0.8)]
    )
    for axes in ("world", "camera"):
        analyse(clip, tmp_path / f"{axes}.mp4", keypoints=keypoints, athlete="all", axes=axes, video=False)
    world, camera = (Estimate.from_files(tmp_path / f"{axes}.csv") for axes in ("world", "camera"))
    for i in range(2):
        own = world.valid[i]
        relative = [(e.xyz[i] - e.xyz[i][:, :1])[own] for e in (world, camera)]
        np.testing.assert_allclose(*relative, atol=2e-3)
        sides = [from_result(tmp_path / f"{axes}.csv", str(i + 1)) for axes in ("world", "camera")]
        relative = [(s.pose.xyz - s.pose.xyz[:, :1])[own] for s in sides]
        np.testing.assert_allclose(*relative, atol=2e-3)


def walk(frames: list[int]) -> Part:
    """A walker by a camera on a tripod, seen at these frames of the walk."""
    whole = part(3, max(frames) + 1)
    return Part([whole.images[i] for i in frames], whole.points[frames])


@pytest.mark.parametrize(
    ("frames", "cuts"),
    [
        ([*range(30), *range(71, 101)], [30]),  # a jump cut: only the walker is elsewhere
        slow([*range(30), *range(71, 101), *range(20, 45)], [30, 60]),
        slow(list(range(60)), []),
        slow([i - i // 5 for i in range(60)], []),  # 24 in 30
        ([*range(30), 29, 29, 29, *range(33, 60)], []),  # an image that stands, those that it hides are lost
        slow([i // 4 for i in range(160)], []),
    ],
)
def test_a_jump_cut_by_a_camera_on_a_tripod(frames: list[int], cuts: list[int], tmp_path: Path) -> None:
    clip, keypoints = write_parts(tmp_path, "c", [walk(frames)])
    assert [s.start for s in analyse(clip, keypoints=keypoints).shots] == [0, *cuts]


def test_a_wrong_detection_is_no_cut(tmp_path: Path) -> None:
    one = walk(list(range(60)))
    points = one.points.copy()
    points[30:33] += 40.0
    points[45] = points[45, ::-1]
    clip, keypoints = write_parts(tmp_path, "c", [Part(one.images, points)])
    assert len(analyse(clip, keypoints=keypoints).shots) == 1


def pillared(one: Part) -> Part:
    """The same part between black bars at the sides."""
    images = [image.copy() for image in one.images]
    for image in images:
        image[:, :60] = image[:, -60:] = 0
    return Part(images, one.points)


@pytest.mark.parametrize("barred", first(1, [0, 1]))
def test_bars_of_one_shot_are_those_of_the_shot_alone(barred: int, tmp_path: Path) -> None:
    made = [part(1, 30, pan_deg=4.0), part(2, 30, x0=40.0, size=0.8)]
    made[barred] = pillared(made[barred])
    clip, keypoints = write_parts(tmp_path, "cut", made)
    whole = analyse(clip, keypoints=keypoints, athlete="all")
    for n, one in enumerate(made):
        clip, keypoints = write_parts(tmp_path, f"alone{n}", [one])
        alone = analyse(clip, keypoints=keypoints, athlete="all").report
        content = whole.report["shots"][n]["content"]
        assert (content is not None) == (n == barred)
        assert alone["video"]["content"] == content or n != barred
        assert whole.report["shots"][n]["camera"]["focal_px"] == alone["camera"]["focal_px"]
