"""`kasf-demo compare` from files to files."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scene import a_truth, perfect, save_truth, write_result
from scipy.spatial.transform import Rotation
from walker import walking_coco, write_clip, write_keypoints

from kasf_demo import analyse, cli


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """a.* and b.* of one clip of two walkers, b with other settings, in camera axes; c.* of another clip."""
    folder = tmp_path_factory.mktemp("runs")
    people = [walking_coco(40, 60), walking_coco(40, 200, 0.5)]
    clip, keypoints = write_clip(folder / "clip.mp4", people), write_keypoints(folder / "k.json", people)
    quick = {"keypoints": keypoints, "athlete": "all", "video": False, "export": "npz"}
    analyse(clip, folder / "a.mp4", **quick)
    analyse(clip, folder / "b.mp4", axes="camera", smooth="none", tilt_deg=3.0, **quick)
    other = [walking_coco(50, 30)]
    analyse(
        write_clip(folder / "other.mp4", other),
        folder / "c.mp4",
        keypoints=write_keypoints(folder / "o.json", other),
        video=False,
    )
    return folder


@pytest.fixture
def run(
    two_runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Runs `compare` in a folder of its own that sees the results; returns its output."""
    for path in two_runs.iterdir():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    return lambda *args, code=0: said(capsys, *args, code=code)


def said(capsys: pytest.CaptureFixture[str], *args: object, code: int = 0) -> str:
    """What the command prints: stdout, on one line, or of an error its line."""
    with pytest.raises(SystemExit) as e:
        cli.main(["compare", *map(str, args)])
    out, err = capsys.readouterr()
    assert (e.value.code or 0) == code, err
    if code:
        assert err.startswith("error: ") and err.count("\n") == 1 and out == ""
    return err if code else out.replace("\n", " ")


def test_files_of_all_kinds_are_the_same_result(run: Callable[..., str], tmp_path: Path) -> None:
    one = ("--person", 1, "--reference-person", 1)
    texts = [run(f"a.{kind}", "a.npz", "--csv", f"{kind}.csv", *one) for kind in ("npz", "json", "csv", "mp4")]
    assert all("aligned by the clock" in " ".join(text.split()) for text in texts)
    for kind in ("json", "csv", "mp4"):
        rows = [line.split(",") for line in (tmp_path / f"{kind}.csv").read_text().splitlines()[1:]]
        assert all(
            float(row[5]) < (0.3 if row[0] == "joint" else 0.2) for row in rows if row[5] and "plane" not in row[1]
        )


def test_before_and_after_whatever_their_axes(run: Callable[..., str], tmp_path: Path) -> None:
    text = run("a.npz", "b.csv", "--html", "cmp.html", "--csv", "cmp.csv")
    assert ": 40 frames, aligned by the clock; b, person" in text
    joints = [line.split(",") for line in (tmp_path / "cmp.csv").read_text().splitlines() if line.startswith("joint,")]
    assert 0 < np.mean([float(row[5]) for row in joints]) < 100  # mm
    page = (tmp_path / "cmp.html").read_text()
    assert "against b, person" in page and page.startswith("<!doctype html>")


def test_two_clips_are_warped(run: Callable[..., str]) -> None:
    assert "dynamic time warping" in run("a.npz", "c.json")


def test_a_truth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    truth = a_truth(20, athletes=2)
    save_truth(tmp_path / "t.gt.npz", truth)
    turned = Rotation.from_matrix(truth.R @ truth.R[0].T).as_rotvec(degrees=True).tolist()
    write_result(
        tmp_path / "pose", perfect(truth), axes="camera", camera={"tilt_deg": 4.0, "motion": {"rotation_deg": turned}}
    )
    monkeypatch.chdir(tmp_path)
    out = said(capsys, "pose.csv", "--truth", "t.gt.npz", "--person", 2, "--csv", "c.csv")
    assert "against ground truth: 20 frames, aligned by the clock" in out
    joints = [line.split(",") for line in (tmp_path / "c.csv").read_text().splitlines() if line.startswith("joint,")]
    assert max(float(row[7]) for row in joints) <= 0.1  # mm, in the axes of a camera that pans: a perfect result
    assert "cannot be read as an .npz" in said(capsys, "pose.csv", "--truth", "pose.csv", code=4)


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["a.npz"], 2, "needs a second result or a ground truth"),
        (["a.npz", "b.npz", "--truth", "t.gt.npz"], 2, "needs a second result or a ground truth"),
        (["a.npz", "b.npz", "--person", "9"], 2, "there is no person 9; one of"),
        (["a.npz", "b.npz", "--html", "x.pdf"], 2, "a page is an .html file"),
        (["a.npz", "b.npz", "--csv", "a.csv", "--overwrite"], 2, "replace what is compared"),
        (["a.npz", "b.npz", "--csv", "c.json"], 6, "already exists"),
        (["a.npz", "b.npz", "--csv", "no/c.csv"], 6, "does not exist"),
        (["a.npz", "no.npz"], 4, "no such file"),
        (["a.npz", "clip.mkv"], 2, "not a result"),
        (["a.npz", "clip.mp4"], 4, "the JSON report must be in the same folder"),
        (["a.npz", "b.npz", "--clip", "clip.mp4"], 2, "--clip is shown on the page"),
        (["a.npz", "b.npz", "--html", "c.html", "--clip", "other.mp4"], 4, "not the clip that a, person 2 is of"),
        (["a.npz", "b.npz", "--html", "c.html", "--clip", "no.mp4"], 4, "no such file"),
    ],
)
def test_what_cannot_be_done_is_said(run: Callable[..., str], args: list[str], code: int, words: str) -> None:
    assert words in run(*args, code=code)


def test_damaged_files_are_one_line(run: Callable[..., str], tmp_path: Path) -> None:
    for name, data in {
        "text.npz": b"hello",
        "half.npz": (tmp_path / "a.npz").read_bytes()[:3000],
        "empty.npz": b"",
    }.items():
        (tmp_path / name).write_bytes(data)
        assert "cannot be read as an .npz file" in run("a.npz", name, code=4)
    arrays = dict(np.load(tmp_path / "a.npz"))
    np.savez(tmp_path / "short.npz", **arrays | {"score": arrays["score"][:, :5]})
    assert "score has shape" in run("a.npz", "short.npz", code=4)
    np.savez(tmp_path / "times.npz", **arrays | {"times_s": arrays["times_s"][::-1]})
    assert "times_s does not rise" in run("a.npz", "times.npz", code=4)
    np.savez(tmp_path / "object.npz", **arrays | {"xyz_m": np.array([{}], object)}, allow_pickle=True)
    assert "objects are never loaded" in run("a.npz", "object.npz", code=4)
    (tmp_path / "d.csv").write_bytes((tmp_path / "a.csv").read_bytes())
    (tmp_path / "d.json").write_text(json.dumps([1, 2]))
    assert "not a report" in run("a.npz", "d.csv", code=4)


def test_the_clip_beside_the_skeletons(run: Callable[..., str], tmp_path: Path) -> None:
    run("a.npz", "b.csv", "--html", "cmp.html", "--clip", "clip.mp4")
    page = (tmp_path / "cmp.html").read_text()
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    assert (
        len(base64.b64decode(data["picture"]["media_s"])) == 8 * 40
        and data["takes"][0]["uv_px"]
        and data["takes"][1]["uv_px"] is None
    )
    assert len(page.partition('id="mp4">')[2].partition("</script>")[0]) > 1000


def test_results_of_one_name_are_told_apart_by_their_folders(run: Callable[..., str], tmp_path: Path) -> None:
    """As a batch writes them, or `--out before/pose.mp4`; nothing is cut off on a terminal of 80 columns."""
    for folder in ("before", "after"):
        (tmp_path / folder).mkdir()
        for kind in ("npz", "json"):
            (tmp_path / folder / f"pose.{kind}").symlink_to(tmp_path / f"a.{kind}")
    said = run("after/pose.npz", "before/pose.npz", "--html", "c.html", "--person", 1, "--reference-person", 1)
    assert "after/pose, person 1 against before/pose, person 1:" in said and "…" not in said
    assert "after/pose, person 1 against before/pose" in (tmp_path / "c.html").read_text()
    (tmp_path / "alone").mkdir()
    for kind in ("csv", "json"):
        (tmp_path / "alone" / f"a.{kind}").symlink_to(tmp_path / f"c.{kind}")
    assert "alone/a against" in run("alone/a.json", "a.json", "--reference-person", 1)
    twice = run("after/pose.npz", "after/pose.npz", "--person", 1, "--reference-person", 1)
    assert "after/pose, person 1 (a) against after/pose, person 1 (b)" in twice


@pytest.mark.parametrize("kind", ["csv", "npz"])
def test_the_clip_of_a_slowed_result(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = [walking_coco(40, 60)]
    clip, keypoints = write_clip(tmp_path / "clip.mp4", people), write_keypoints(tmp_path / "k.json", people)
    result = analyse(clip, tmp_path / "a.mp4", keypoints=keypoints, slowmo=4, video=False, export="npz")
    assert result.times_s[-1] == pytest.approx(39 / 30 / 4)
    with np.load(tmp_path / "a.npz") as arrays:
        assert arrays["media_s"][-1] == pytest.approx(39 / 30) and arrays["times_s"][-1] == pytest.approx(39 / 120)
    if kind == "npz":
        (tmp_path / "a.json").unlink()
    a = tmp_path / f"a.{kind}"
    said(capsys, a, a, "--html", tmp_path / "page.html", "--clip", clip)
    assert (tmp_path / "page.html").stat().st_size > 20_000
