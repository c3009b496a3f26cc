"""What the real workers do, through HTTP, on real clips: the same as the command line."""

from __future__ import annotations

import filecmp
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import call
from served import OCTETS, Served, served

from kasf_demo.batch.worker import Reporter
from kasf_demo.detect import installed
from kasf_demo.serve import tasks
from kasf_demo.serve.config import Limits
from kasf_demo.serve.tasks import TASKS, command
from kasf_demo.serve.worker_command import SERVE_WORKER

ROOT = Path(__file__).resolve().parents[3]
CLIP = ROOT / "demo_videos" / "crossing.mp4"  # two people
LATER = ("trc", "c3d", "bvh", "mot", "glb")
NEEDS = pytest.mark.skipif(not installed("mediapipe"), reason="mediapipe is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    limits = Limits(bytes=40_000_000, seconds=30.0, free_bytes=0, requests_per_s=1e6, burst=10**6)
    with served(tmp_path_factory.mktemp("real") / "results", command=SERVE_WORKER, limits=limits) as app:
        app.client.timeout = 600
        yield app


def analysed(app: Served, clip: dict[str, Any], **wanted: Any) -> dict[str, Any]:
    """The result."""
    job = app.start(clip, detector="mediapipe", **wanted)
    states = set[str]()
    while (now := app.job(job))["state"] in ("queued", "running"):
        states |= {stage["name"] for stage in now["stages"]}
    assert now["state"] == "done", now["error"]
    assert states >= {"starting", "detecting", "drawing"}
    result: dict[str, Any] = app.client.get(f"/api/results/{now['result']}").json()
    return result


@NEEDS
def test_the_same_bytes_as_the_command_line(real: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = real.upload("crossing.mp4", CLIP.read_bytes())
    assert (clip["width"], clip["height"]) == (1280, 720) and clip["frames"] > 50
    row = analysed(real, clip, athlete="all", height_m=1.8, end_s=2.0)
    out = tmp_path / "crossing.mp4"
    words = ["--athlete", "all", "--height", "1.8", "--end", "2.0", "--detector", "mediapipe", "--offline", "--quiet"]
    export = ",".join(("csv", "feet", "jumps", "npz", "html", *LATER))
    call("run", CLIP, "--out", out, *words, "--export", export, code=0, capsys=capsys)
    for suffix in (".csv", ".angles.csv", ".feet.csv", ".jumps.csv", ".html"):
        assert filecmp.cmp(real.folder / f"crossing{suffix}", tmp_path / f"crossing{suffix}", shallow=False), suffix
    assert set(row["exports"]) == set(LATER)
    for kind in LATER:  # made from the arrays
        assert real.client.get(f"/api/results/{row['id']}/export/{kind}").status_code == 200
    made = [p for kind in LATER for p in real.folder.glob(f"crossing*.{kind}")]
    assert len(made) >= len(LATER) + 3 and all(filecmp.cmp(p, tmp_path / p.name, shallow=False) for p in made)
    ours, theirs = (json.loads((d / "crossing.json").read_bytes()) for d in (real.folder, tmp_path))
    assert ours["people"] == theirs["people"] and ours["input"] == theirs["input"]


@NEEDS
def test_people_a_click_a_check_and_a_test(real: Served, tmp_path: Path) -> None:
    clip = real.upload("crossing.mp4", CLIP.read_bytes())
    people = real.client.get(f"/api/clips/{clip['id']}/people", params={"time_s": 1.0, "detector": "mediapipe"}).json()
    assert len(people["people"]) == 2 and people["time_s"] == 1.0
    seen = set()
    for person in people["people"]:
        x, y = person["centre"]
        row = analysed(real, clip, athlete={"x": x, "y": y, "time_s": 1.0}, end_s=1.6, test="squat")
        with open(real.folder / f"{row['name']}.csv") as file:
            pelvis = next(line.split(",") for line in file if line.startswith("30,") and ",pelvis," in line)
        assert abs(float(pelvis[7]) - x) < 60, "another person than the one that was clicked"
        seen.add(row["summary"]["people"][0]["id"])
        jobs = [j for j in real.client.get("/api/jobs").json() if j["result"] == row["id"]]
        assert jobs[0]["assessment"]["test"] == "squat"
        shown = [f["name"] for f in row["files"] if f["kind"] == "assessment"]
        assert bool(shown) == (jobs[0]["assessment"]["error"] is None)
    assert len(seen) == 2
    found = real.client.get(f"/api/clips/{clip['id']}/check", params={"test": "cmj", "detector": "mediapipe"}).json()
    assert {f["code"] for f in found["findings"]} >= {"athlete", "frame_rate", "camera_still"}
    still = real.client.get(f"/api/clips/{clip['id']}/frame.jpg", params={"time_s": 99, "width": 320})
    assert still.content[:3] == b"\xff\xd8\xff"


@NEEDS
def test_a_result_of_the_command_line_opens_and_is_compared(real: Served, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        out = real.folder / "cli" / f"{name}.mp4"
        out.parent.mkdir(exist_ok=True)
        call("run", ROOT / "demo_videos" / "vertical_jump.mp4", "--out", out, "--detector", "mediapipe", "--end", "1.5",
             "--export", "npz", "--quiet", code=0, capsys=capsys)  # fmt: skip
    real.service.results.forget()
    rows = {row["name"]: row for row in real.client.get("/api/results").json() if row["folder"] == "cli"}
    assert real.client.get(rows["one"]["thumbnail"]).content[:3] == b"\xff\xd8\xff"
    wanted = {"result": rows["one"]["id"], "reference": rows["two"]["id"]}
    page = real.client.post("/api/compare", json=wanted)
    assert page.status_code == 200, page.text
    assert "kasf-page" in real.client.get(page.json()["page"]).text
    refused = real.client.post("/api/compare", json=wanted | {"person": 77})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid") and str(real.folder) not in refused.text


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("playlist.mp4", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"),
        ("concat.mp4", b"ffconcat version 1.0\nfile '/etc/passwd'\n"),
        ("page.mp4", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("picture.mp4", b"\xff\xd8\xff\xe0" + b"\0" * 1000),
        ("random.mp4", bytes(range(256)) * 100),
        ("zip.mp4", b"PK\x03\x04" + b"\0" * 1000),
        ("manifest.mpd", b"<?xml version='1.0'?><MPD/>"),
        ("cut.mp4", CLIP.read_bytes()[:2000]),
        (
            "sound.wav",
            b"RIFF\x24\x00\x00\x00WAVEfmt \x10\0\0\0\x01\0\x01\0\x44\xac\0\0\x88\x58\x01\0\x02\0\x10\0data\0\0\0\0",
        ),
    ],
)
def test_hostile_files(real: Served, name: str, data: bytes) -> None:
    answer = real.client.post("/api/clips", params={"name": name}, content=data, headers=OCTETS)
    assert (answer.status_code, answer.json()["code"]) == (415, "not_a_usable_clip"), answer.text
    assert "passwd" not in answer.text and str(real.folder) not in answer.text and "\n" not in answer.json()["error"]


def test_every_task_has_a_stub() -> None:
    import serve_stub

    assert all(callable(getattr(serve_stub.StubWork, name)) for name in TASKS)


def test_a_command_that_fails_says_why(tmp_path: Path) -> None:
    from kasf_demo.errors import EXIT_INPUT, KasfError

    with pytest.raises(KasfError, match="no such file") as e:
        command("check", str(tmp_path / "x.mp4"))
    assert e.value.exit_code == EXIT_INPUT


def test_the_stage_of_the_test_is_told_when_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, int]] = []

    class Told:
        def send(self, event: str, **values: Any) -> None:
            told.append((values["stage"], values["n"]))

    def assess(job: object, test: str) -> dict[str, Any]:
        return {"test": test, "told": list(told)}

    monkeypatch.setattr(tasks, "run_job", lambda *args: {})
    monkeypatch.setattr(tasks, "assess", assess)
    done = tasks.analyse(None, {"test": "cmj"}, None, Reporter(Told()))  # type: ignore[arg-type]
    assert done["assessment"] == {"test": "cmj", "told": [("assessing", 0)]} and told[-1] == ("assessing", 1)
