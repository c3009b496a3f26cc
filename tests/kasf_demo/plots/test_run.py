"""--plots and --report from plan to files."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest
from command_line import call
from walker import Clip, walking_coco, write_clip, write_keypoints

from kasf_demo import analyse
from kasf_demo.errors import OutputError, UsageError
from kasf_demo.options import Options, from_mapping
from kasf_demo.plots.from_result import subjects_of, with_pictures
from kasf_demo.results.outputs import PLOTS, plan_outputs
from kasf_demo.video.reader import VideoReader

QUICK = {"video": False, "offline": True}


def test_plots_and_report_stand_beside_out(walk: Clip, tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    report = tmp_path / "r" / "walk.pdf"
    result = analyse(walk[0], tmp_path / "p.mp4", keypoints=walk[1], plots=True, report=report, **QUICK)
    names = ["p.csv", *(f"p.{kind}" for kind in PLOTS), "walk.pdf", "p.json"]
    assert [f.name for f in result.files] == names and all(f.stat().st_size > 1000 for f in result.files)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*names[:-2], "p.json", "r"])
    assert "plots" not in result.report["options"] and "report" not in result.report["options"]
    strip = cv2.imread(str(tmp_path / "p.moments.png"))
    assert strip is not None and (abs(strip.astype(int) - 90) < 6).all(-1).mean() > 0.03  # the clip's grey is in it


@pytest.mark.slow
def test_everybody_has_plots_and_a_sheet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from kasf_demo.plots import write

    # the files only need to identify their person here
    says_who = {name: (lambda figure, subject: figure.text(0.1, 0.5, subject.title), 1.0) for name in write.PLOTS}
    monkeypatch.setattr(write, "PLOTS", says_who)
    people = [walking_coco(40, x0=80), walking_coco(40, x0=220)]
    clip, keypoints = write_clip(tmp_path / "c.mp4", people), write_keypoints(tmp_path / "k.json", people)
    args = [clip, "--keypoints", keypoints, "--athlete", "all", "--no-video", "--offline", "--out", tmp_path / "p.mp4"]
    call(*args, "--plots", "--report", tmp_path / "r.html", code=0, capsys=capsys)
    made = {p.name for p in tmp_path.iterdir()}
    assert {f"p.{kind.replace('.', f'.p{i}.')}" for kind in PLOTS for i in (1, 2)} <= made
    for i, name in itertools.product((1, 2), says_who):
        assert f"person {i}" in (tmp_path / f"p.{name}.p{i}.svg").read_text()
    text = (tmp_path / "r.html").read_text()
    assert "c.mp4, person 1" in text and "c.mp4, person 2" in text
    for name in ("p.csv", "p.json", "r.html"):
        (tmp_path / name).unlink()
    assert "p.angles.p1.png" in call(*args, "--plots", code=6, capsys=capsys)


def test_nobody_in_the_clip(tmp_path: Path) -> None:
    people = [walking_coco(12)]
    clip = write_clip(tmp_path / "c.mp4", people)
    keypoints = write_keypoints(tmp_path / "k.json", people, np.zeros(12, bool))
    result = analyse(clip, tmp_path / "p.mp4", keypoints=keypoints, plots=True, report=tmp_path / "r.pdf", **QUICK)
    assert [f.name for f in result.files] == ["p.csv", "r.pdf", "p.json"]


def test_the_plan_refuses_early(tmp_path: Path) -> None:
    clip, out = tmp_path / "c.mp4", tmp_path / "p.mp4"
    clip.touch()
    with pytest.raises(UsageError, match=r"neither PDF nor HTML; give it the ending"):
        Options(report=tmp_path / "r.doc")
    html = tmp_path / "c.html"
    html.symlink_to(clip)
    with pytest.raises(UsageError, match="replace the input"):
        plan_outputs(clip, out, from_mapping({"report": html, "overwrite": True}))
    with pytest.raises(OutputError, match="does not exist"):
        plan_outputs(clip, out, from_mapping({"report": tmp_path / "no" / "r.pdf"}))
    (tmp_path / "p.path.svg").touch()
    with pytest.raises(OutputError, match=r"p\.path\.svg: already exists"):
        plan_outputs(clip, out, Options(plots=True))
    plan_outputs(clip, out, Options(plots=True, overwrite=True))


def test_a_folder_has_no_single_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.mp4").touch()
    err = call(tmp_path / "in", "--out", tmp_path / "out", "--report", tmp_path / "r.pdf", code=2, capsys=capsys)
    assert "--report names one file" in err


def test_pictures_are_those_of_their_frames(tmp_path: Path) -> None:
    """Every frame of the clip is brighter than the one before; each cut must have its frame's grey."""
    import av

    people = [walking_coco(40)]
    clip, keypoints = tmp_path / "c.mp4", write_keypoints(tmp_path / "k.json", people)
    with av.open(str(clip), "w") as out:
        stream = out.add_stream("libx264", rate=30, options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for t in range(40):
            out.mux(
                stream.encode(av.VideoFrame.from_ndarray(np.full((240, 320, 3), 40 + 5 * t, np.uint8), format="rgb24"))
            )
        out.mux(stream.encode())
    result = analyse(clip, keypoints=keypoints)
    with VideoReader(clip) as reader:
        (subject,) = with_pictures(subjects_of(result, result.people, ["note"]), lambda: reader)
    assert len(subject.cuts) == len(subject.moments) > 3 and subject.notes == ("note",)
    for moment in subject.moments:
        assert subject.cuts[moment.frame].image.mean() == pytest.approx(40 + 5 * moment.frame, abs=2)
