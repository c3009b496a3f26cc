"""Load on `kasf-demo serve`: uploads that wait in the queue while several clients poll. Prints latencies and memory.

python benchmarks/serve/load.py [--clip demo_videos/soccer_kick.mp4] [--uploads 20] [--clients 5] [--end 1.0]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[2]
POLL_S = 0.5  # between two requests of a client, as the pages do


def client_of(url: str) -> httpx.Client:
    """A client with the token for writing requests."""
    client = httpx.Client(base_url=url, timeout=120, trust_env=False)
    client.headers["X-KASF-CSRF"] = client.get("/api/session").json()["csrf"]
    return client


class Poller(threading.Thread):
    """A page that is open: asks for the jobs and the results until `stop`; `times_s` are the answers' latencies."""

    def __init__(self, url: str, stop: threading.Event) -> None:
        super().__init__()
        self.url, self.stop, self.times_s, self.failed = url, stop, list[float](), 0

    def run(self) -> None:
        with httpx.Client(base_url=self.url, timeout=120, trust_env=False) as client:
            while not self.stop.wait(POLL_S):
                for path in ("/api/jobs", "/api/results", "/api/clips"):
                    began = time.perf_counter()
                    self.failed += client.get(path).status_code != 200
                    self.times_s.append(time.perf_counter() - began)


def upload(url: str, clip: Path, number: int, end_s: float) -> float:
    """One upload and its job. Returns the seconds until the upload was accepted."""
    client = client_of(url)
    began = time.perf_counter()
    headers = {"Content-Type": "video/mp4"}
    with open(clip, "rb") as file:
        answer = client.post("/api/clips", params={"name": f"load {number}.mp4"}, content=file, headers=headers)
    answer.raise_for_status()
    took = time.perf_counter() - began
    client.post("/api/jobs", json={"clip": answer.json()["id"], "end_s": end_s}).raise_for_status()
    return took


def serve(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """The server and its address."""
    command = [sys.executable, "-m", "kasf_demo", "serve", "--port", "0", "--workers", "1", "--dir", str(folder)]
    env = os.environ | {"PYTHONUNBUFFERED": "1", "XDG_STATE_HOME": str(folder.parent / "state")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Open http"):
            return process, line.split()[1]
    raise SystemExit("the server did not start")


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, default=ROOT / "demo_videos" / "soccer_kick.mp4")
    parser.add_argument("--uploads", type=int, default=20)
    parser.add_argument("--clients", type=int, default=5)
    parser.add_argument("--end", type=float, default=1.0, help="seconds of the clip that are analysed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        process, url = serve(Path(folder) / "results")
        try:
            measure(process.pid, url, given)
        finally:
            process.terminate()
            process.wait()


def measure(pid: int, url: str, given: argparse.Namespace) -> None:
    """Uploads all, waits for the jobs, prints the figures."""
    server, stop = psutil.Process(pid), threading.Event()
    pollers = [Poller(url, stop) for _ in range(given.clients)]
    before = server.memory_info().rss
    for poller in pollers:
        poller.start()
    began = time.perf_counter()
    uploads = [upload(url, given.clip, number, given.end) for number in range(given.uploads)]
    queued = time.perf_counter() - began
    memory: list[tuple[int, int]] = []  # jobs that are done, bytes of the server
    watcher = client_of(url)
    while True:
        states = [job["state"] for job in watcher.get("/api/jobs").json()]
        memory.append((states.count("done"), server.memory_info().rss))
        if not {"queued", "running"} & set(states):
            break
        time.sleep(0.5)
    workers = sum(p.memory_info().rss for p in server.children(recursive=True))
    stop.set()
    for poller in pollers:
        poller.join()
    times = sorted(t for poller in pollers for t in poller.times_s)
    by_done = {done: max(m for d, m in memory if d == done) for done, _ in memory}
    print(f"jobs: {states.count('done')} done of {given.uploads}, {time.perf_counter() - began:.0f} s in all")
    print(
        f"uploads of {given.clip.stat().st_size / 1e6:.1f} MB: accepted in {statistics.median(uploads):.2f} s (median),"
    )
    print(f"  all queued after {queued:.1f} s")
    print(f"polling: {len(times)} requests by {given.clients} clients, {sum(p.failed for p in pollers)} failed,")
    print(
        f"  median {1000 * times[len(times) // 2]:.0f} ms, 99 % {1000 * times[int(0.99 * len(times))]:.0f} ms,", end=" "
    )
    print(f"slowest {1000 * times[-1]:.0f} ms")
    print(f"memory of the server: {before / 1e6:.0f} MB at the start;", end=" ")
    print(", ".join(f"{by_done[d] / 1e6:.0f} MB after {d} jobs" for d in sorted(by_done) if d % 5 == 0))
    print(f"CPU time of the server: {sum(server.cpu_times()[:2]):.1f} s; its workers' memory: {workers / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
