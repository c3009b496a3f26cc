"""Jobs: the queue, progress, cancelling, what fails, and what is left of it all after a restart."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import psutil
import pytest
from served import Served, client_of, served, waited

from kasf_demo.batch.jobs import Finished, Started, Tick
from kasf_demo.files.atomic import output_error
from kasf_demo.options import Options
from kasf_demo.serve import jobs as jobs_module
from kasf_demo.serve.clips import Clip, ClipStore
from kasf_demo.serve.config import Limits
from kasf_demo.serve.jobs import JobStore
from kasf_demo.serve.live_pool import Cancelled, Task


def parts(folder: Path) -> list[Path]:
    return [p for p in folder.rglob(".*.part*")]


def workers() -> list[psutil.Process]:
    return [p for p in psutil.Process().children(recursive=True) if "serve_stub.py" in " ".join(p.cmdline())]


def test_a_job_from_upload_to_result(app: Served) -> None:
    clip = app.upload("Free kick.mp4")
    job = app.start(
        clip, height_m=1.8, capture_fps=929649.4097337542, athlete={"x": 10, "y": 20, "time_s": 0.5}, exports=["trc"]
    )
    assert job["state"] in ("queued", "running") and job["request"]["height_m"] == 1.8
    done = app.until(job, "done", "failed")
    assert (done["state"], done["progress"], done["error"], done["warnings"]) == ("done", 1.0, None, ["a warning"])
    assert done["started"] <= done["ended"] and done["eta_s"] is None
    assert (app.folder / "Free_kick.json").is_file()
    result = app.client.get(f"/api/results/{done['result']}").json()
    assert result["name"] == "Free_kick"
    again = app.until(app.start(clip), "done")
    assert app.client.get(f"/api/results/{again['result']}").json()["name"] == "Free_kick-2"
    assert set(app.client.get(f"/api/clips/{clip['id']}").json()["jobs"]) == {job["id"], again["id"]}
    assert app.client.delete(f"/api/jobs/{job['id']}").status_code == 204
    assert app.client.get(f"/api/jobs/{job['id']}").status_code == 404
    assert (app.folder / "Free_kick.json").is_file()


def test_progress_queue_and_cancelling(app: Served) -> None:
    slow = app.upload("slow.mp4")
    running, waiting, last = (app.start(slow) for _ in range(3))
    waited(lambda: app.job(running)["stage"] == "drawing")
    now = app.job(running)
    assert now["state"] == "running" and 0.6 < now["progress"] < 1 and now["position"] is None
    assert [(s["name"], s["share"]) for s in now["stages"]][:2] == [("starting", 1.0), ("detecting", 1.0)]
    assert [app.job(j)["position"] for j in (waiting, last)] == [1, 2]
    assert app.client.delete(f"/api/clips/{slow['id']}").json()["code"] == "in_use"
    assert app.client.delete(f"/api/jobs/{waiting['id']}").status_code == 204
    app.until(waiting, "cancelled")
    assert app.job(last)["position"] == 1
    assert app.client.delete(f"/api/jobs/{running['id']}").status_code == 204
    app.until(running, "cancelled")
    app.until(last, "running")
    app.client.delete(f"/api/jobs/{last['id']}")
    app.until(last, "cancelled")
    assert not (app.folder / "slow.json").exists() and parts(app.folder) == []
    assert app.client.delete(f"/api/clips/{slow['id']}").status_code == 204


@pytest.mark.parametrize(
    ("name", "code", "text"),
    [
        ("broken", "error", "no frame can be decoded"),
        ("crash", "crash", "2 times"),
        pytest.param("full", "disk_full", "disk is full", marks=pytest.mark.slow),
    ],
)
def test_what_fails_says_why_and_the_next_one_goes_on(app: Served, name: str, code: str, text: str) -> None:
    failed = app.until(app.start(app.upload(f"{name}.mp4")), "failed", "done")
    assert (failed["state"], failed["code"], failed["result"]) == ("failed", code, None)
    assert text in failed["error"] and str(app.folder) not in failed["error"]
    assert app.until(app.start(app.upload("fine.mp4")), "done", "failed")["state"] == "done"


@pytest.mark.parametrize(
    "wanted",
    [
        {"height_m": 9},
        {"height_m": "tall"},
        {"athlete": "nobody"},
        {"athlete": {"x": -1, "y": 2}},
        {"athlete": {"x": 1, "y": 2, "path": "/etc"}},
        {"detector": "keypoints-file"},
        {"quality": "ultra"},
        {"test": "../../x"},
        {"exports": ["opensim"]},
        {"out": "/etc/passwd"},
        {"detector_weights": "/etc/passwd"},
    ],
)
def test_what_cannot_be_asked_for(app: Served, wanted: dict[str, object]) -> None:
    clip = app.upload("a.mp4")
    answer = app.client.post("/api/jobs", json={"clip": clip["id"], **wanted})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid") and "\n" not in answer.json()["error"]


@pytest.mark.parametrize(
    "wanted",
    [{"athlete": {"x": 1000, "y": 2}}, {"start_s": 99}, {"start_s": 1.5, "end_s": 1}, {"start_s": 1, "end_s": 1}],
)
def test_what_does_not_fit_the_clip(app: Served, wanted: dict[str, object]) -> None:
    clip = app.upload("a.mp4")
    answer = app.client.post("/api/jobs", json={"clip": clip["id"], **wanted})
    assert (answer.status_code, answer.json()["code"]) == (409, "does_not_fit")


def test_a_job_of_no_clip(app: Served) -> None:
    assert app.client.post("/api/jobs", json={"clip": "../x"}).status_code == 404
    assert app.client.post("/api/jobs", content=b"{", headers={"Content-Type": "application/json"}).status_code == 422
    bad = app.client.post("/api/jobs", content=b"\xff", headers={"Content-Type": "application/json"})
    assert (bad.status_code, bad.json()["code"]) == (400, "invalid")


def test_a_full_disk_takes_no_job(app: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, record: object) -> None:
        cause = OSError(errno.ENOSPC, "No space left on device")
        raise output_error(cause, path) from cause

    clip = app.upload("a.mp4")
    monkeypatch.setattr(jobs_module, "write_record", full)
    before = app.client.get("/api/jobs").json()
    answer = app.client.post("/api/jobs", json={"clip": clip["id"]})
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert app.client.get("/api/jobs").json() == before


def test_two_users_see_the_same_and_keep_their_own(app: Served) -> None:
    one, two = app, client_of(app.url)
    first = one.start(one.upload("one.mp4"))
    clip = two.post("/api/clips?name=one.mp4", content=b"other", headers={"Content-Type": "video/mp4"}).json()
    second = two.post("/api/jobs", json={"clip": clip["id"]}).json()
    ended = [app.until(first, "done"), app.until(second, "done")]
    assert len({job["result"] for job in ended}) == 2
    assert {job["id"] for job in two.get("/api/jobs").json()} >= {first["id"], second["id"]}
    assert two.delete(f"/api/results/{ended[0]['result']}").status_code == 204
    assert one.client.get(f"/api/results/{ended[0]['result']}").status_code == 404
    assert one.client.get(f"/api/results/{ended[1]['result']}").status_code == 200


def test_the_queue_survives_a_restart_in_its_order(tmp_path: Path) -> None:
    others = workers()  # of the module's server
    with served(tmp_path / "results", limits=Limits(jobs=3, free_bytes=0, requests_per_s=1e6, burst=10**6)) as app:
        slow, fine = app.upload("slow.mp4"), app.upload("fine.mp4")
        jobs = [app.start(slow), app.start(fine), app.start(fine, height_m=1.7)]
        full = app.client.post("/api/jobs", json={"clip": fine["id"]})
        assert (full.status_code, full.json()["code"]) == (429, "too_many_jobs")
        app.until(jobs[0], "running")
        running = [p for p in workers() if p not in others]
    psutil.wait_procs(running, 10)
    assert running and workers() == others and parts(tmp_path) == []
    records = tmp_path / "results" / "serve_files" / "jobs"
    (records / "broken.json").write_text('{"id": "broken"}')
    record = json.loads((records / f"{jobs[2]['id']}.json").read_text())
    (records / "evil.json").write_text(json.dumps(record | {"id": "evil", "name": "../../evil"}))
    with served(tmp_path / "results") as app:
        assert app.service.resumed == 3
        assert {job["id"] for job in app.client.get("/api/jobs").json()} == {job["id"] for job in jobs}
        app.until(jobs[0], "running")
        assert [app.job(job)["position"] for job in jobs[1:]] == [1, 2]
        app.client.delete(f"/api/jobs/{jobs[0]['id']}")
        ended = [app.until(job, "done") for job in jobs[1:]]
        assert ended[0]["ended"] <= ended[1]["started"] and ended[1]["request"]["height_m"] == 1.7
    assert workers() == others


class NoQueue:
    """Takes tasks, and does nothing."""

    def __init__(self) -> None:
        self.added: list[Task] = []

    def add(self, task: Task) -> None:
        self.added.append(task)


def store(folder: Path, name: str = "kick.mp4") -> tuple[JobStore, NoQueue, Clip]:
    """Jobs of a folder with one clip, and a queue that does nothing."""
    clip = Clip("c" * 16, name, name, 3, "5" * 64, 64, 48, 25.0, 2.0, 50, 0.0)
    clips = ClipStore(folder / "clips")
    clips._clips[clip.id] = clip
    jobs, queue = JobStore(folder, clips, 10), NoQueue()
    jobs.queue = queue  # type: ignore[assignment]
    return jobs, queue, clip


def asked(jobs: JobStore, clip: Clip, **request: object) -> str:
    return str(jobs.add(clip, Options(), request, lambda name: (jobs.results / f"{name}.json").exists())["id"])


@pytest.mark.parametrize("made_of", ["5", "6", None])
@pytest.mark.parametrize("how", ["cancelled", "timeout", "crash"])
def test_a_job_that_ends_in_its_test_keeps_its_result(tmp_path: Path, how: Any, made_of: str | None) -> None:
    jobs, queue, clip = store(tmp_path)
    job_id = asked(jobs, clip, test="cmj")
    jobs.hear(Started(queue.added[0], "1"))
    if made_of:
        (tmp_path / "kick.json").write_text(json.dumps({"input": {"sha256": made_of * 64}}))
    task = queue.added[0]
    jobs.hear(Cancelled(task) if how == "cancelled" else Finished(task, how, 1.0, why="late", exit_code=4))
    job = jobs.get(job_id)
    if made_of == "5":
        assert (job["state"], job["error"], job["result"]) == ("done", None, jobs._jobs[job_id].result)
        assert job["assessment"]["test"] == "cmj" and "stopped" in job["assessment"]["error"]
    else:
        assert job["state"] == ("cancelled" if how == "cancelled" else "failed") and job["assessment"] is None


def test_a_job_that_ends_on_a_full_disk_does_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, record: object) -> None:
        cause = OSError(errno.ENOSPC, "No space left on device")
        raise output_error(cause, path) from cause

    jobs, queue, clip = store(tmp_path)
    job_id = asked(jobs, clip)
    heard = list[None]()
    jobs.on_finished = lambda: heard.append(None)
    jobs.hear(Started(queue.added[0], "1"))
    with monkeypatch.context() as disk:
        disk.setattr(jobs_module, "write_record", full)
        jobs.hear(Finished(queue.added[0], "done", 1.0, result={}))
        jobs.write_again()  # still full
    assert jobs.get(job_id)["state"] == "done" and heard and store(tmp_path)[0].resume() == 1
    jobs.hear(Tick())  # too early to try again
    assert jobs._unwritten == {job_id}
    monkeypatch.setattr(jobs_module, "TRY_AGAIN_S", -1.0)
    jobs.hear(Tick())
    assert not jobs._unwritten and store(tmp_path)[0].resume() == 0


def test_jobs_of_a_clip_with_a_long_name_survive_a_restart(tmp_path: Path) -> None:
    jobs, queue, clip = store(tmp_path, "long" * 15 + ".mp4")
    for _ in range(3):
        asked(jobs, clip)
    names = [task.out.stem for task in queue.added]
    assert len(set(names)) == 3 and max(map(len, names)) == 60 and names[2].endswith("-3")
    again, queue, _ = store(tmp_path, clip.name)
    assert again.resume() == 3 and [task.out.stem for task in queue.added] == names
