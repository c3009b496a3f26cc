"""One run of the pipeline with meters at the doors of its stages. Started by pipeline.py: python profile_stages.py JOB
(JSON); prints JSON.

The doors are the functions that pipeline.py calls, wrapped from outside: the pipeline knows nothing of it. With `mode`
"stages" everything runs in the caller's thread (`flow.inline`), one stage at a time, so that the CPU time between two
doors belongs to the stage.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np


class Meter:
    """CPU and wall seconds per stage, each without the stages inside it."""

    def __init__(self) -> None:
        self.cpu_s: dict[str, float] = {}
        self.wall_s: dict[str, float] = {}
        self._inside: list[list[float]] = []

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self._inside.append([0.0, 0.0])
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            yield
        finally:
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            inner = self._inside.pop()
            self.add(name, cpu - inner[0], wall - inner[1])
            if self._inside:
                self._inside[-1][0] += cpu
                self._inside[-1][1] += wall

    def add(self, name: str, cpu_s: float, wall_s: float = 0.0) -> None:
        self.cpu_s[name] = self.cpu_s.get(name, 0.0) + cpu_s
        self.wall_s[name] = self.wall_s.get(name, 0.0) + wall_s

    def wrap(self, owner: Any, attribute: str, name: str) -> None:
        """Times every call of `owner.attribute` as `name`."""
        call: Callable[..., Any] = getattr(owner, attribute)

        @functools.wraps(call)
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.stage(name):
                return call(*args, **kwargs)

        setattr(owner, attribute, timed)

    def wrap_iter(self, owner: Any, names: list[str]) -> None:
        """Times every step of `owner.__iter__`: its first use as names[0], the next as names[1], ..."""
        iterate = owner.__iter__
        left = list(names)

        def timed(this: Any) -> Iterator[Any]:
            name = left.pop(0)
            items = iterate(this)
            while True:
                with self.stage(name):
                    try:
                        item = next(items)
                    except StopIteration:
                        return
                yield item

        owner.__iter__ = timed


class Drawn:
    """Every tenth frame as drawn, to compare with what was written."""

    def __init__(self, composer: Any) -> None:
        self.frames: dict[int, Any] = {}
        draw = composer.draw

        def kept(this: Any, frame: Any) -> Any:
            image = draw(this, frame)
            if frame.index % 10 == 0:
                self.frames[frame.index] = luma(image)
            return image

        composer.draw = kept

    def compare(self, path: Path) -> dict[str, float]:
        """Luma SSIM of the written video (mean and worst frame), and its rate."""
        import av

        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            values = [
                ssim(decoded.to_ndarray()[: decoded.height].astype(np.float32), self.frames[k])
                for k, decoded in enumerate(container.decode(stream))
                if k in self.frames
            ]
            seconds = (
                float(stream.duration * stream.time_base) if stream.duration and stream.time_base else float("nan")
            )
        return {
            "ssim": float(np.mean(values)),
            "ssim_min": float(min(values)),
            "mbit_s": path.stat().st_size * 8e-6 / seconds,
        }


def luma(rgb: Any) -> Any:
    """(H, W) BT.709 luma, 16..235, float32."""
    return (16 + 219 / 255 * (rgb.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32))).astype(
        np.float32
    )


def ssim(a: Any, b: Any) -> float:
    """Structural similarity of two luma images (Wang et al. 2004: Gaussian window 11, sigma 1.5)."""
    import cv2

    def mean(x: Any) -> Any:
        return cv2.GaussianBlur(x, (11, 11), 1.5)

    ma, mb = mean(a), mean(b)
    va, vb, both = mean(a * a) - ma * ma, mean(b * b) - mb * mb, mean(a * b) - ma * mb
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float((((2 * ma * mb + c1) * (2 * both + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2))).mean())


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def metered(meter: Meter, engine: Any) -> None:
    """Puts a meter at every door."""
    from kasf_demo import kinematics, pipeline
    from kasf_demo.camera import BackgroundPoints
    from kasf_demo.lift.lifter import Lifter
    from kasf_demo.passes import write
    from kasf_demo.reconstruct import shot
    from kasf_demo.render.compose import Composer
    from kasf_demo.shots import ShotFinder
    from kasf_demo.video.reader import VideoReader
    from kasf_demo.video.writer import VideoWriter

    meter.wrap_iter(VideoReader, ["decode", "decode again", "decode again"])
    opened = engine.detector

    def detector(info: Any) -> Any:
        found = opened(info)
        for call in ("detect", "detect_many", "detect_close"):
            if hasattr(found, call) and call not in vars(found):
                meter.wrap(found, call, "detect")
        return found

    engine.detector = detector
    meter.wrap(pipeline, "follow_people", "follow")
    meter.wrap(Lifter, "lift", "lift")
    for step in ("place", "stand"):
        meter.wrap(shot, step, "scale, place, smooth")
    meter.wrap(BackgroundPoints, "feed", "background")
    meter.wrap(shot, "estimate_camera", "background")
    meter.wrap(ShotFinder, "feed", "shots")
    meter.wrap(kinematics, "measure", "angles")
    meter.wrap(Composer, "draw", "draw")
    meter.wrap(VideoWriter, "write", "encode")
    meter.wrap(VideoWriter, "close", "encode")
    for table in ("write_csv", "write_json"):
        meter.wrap(write, table, "tables")


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Mode "wall": as users run it. Mode "stages": metered, one stage at a time."""
    from kasf_demo import Engine, Options, analyse, concurrency
    from kasf_demo.progress import Quiet
    from kasf_demo.render.compose import Composer

    options = Options(**job["options"])
    with Engine(options, Quiet()) as engine:
        from kasf_demo.video.reader import VideoReader

        engine.prepare()
        # a loaded detector is kept where it does not remember frames
        engine.detector(VideoReader(Path(job["clip"])).info)
        meter = Meter()
        drawn = None
        if job["mode"] == "stages":
            concurrency.inline = True
            metered(meter, engine)
            drawn = Drawn(Composer)  # outside the meter: what it keeps is no part of drawing
        before = _children_cpu_s()
        cpu, wall = time.process_time(), time.perf_counter()
        result = analyse(job["clip"], job["out"], options=options, engine=engine)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        ffmpeg_s = _children_cpu_s() - before
    frames = len(result.times_s)
    found: dict[str, Any] = {
        "frames": frames,
        "wall_s": wall,
        "cpu_s": cpu + ffmpeg_s,
        "backend": engine.lifter.backend,
    }
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if drawn is not None:
        meter.add("encode", ffmpeg_s)
        found["stages"] = {
            n: {"cpu_ms": 1000 * meter.cpu_s[n] / frames, "wall_ms": 1000 * meter.wall_s[n] / frames}
            for n in meter.cpu_s
        }
        found["video"] = drawn.compare(Path(job["out"])) if options.video else None
    return found


def start(job: dict[str, Any]) -> dict[str, float]:
    """Seconds since the process was started to the first frame detected, and to the first one drawn and given to the
    encoder."""
    from kasf_demo import detect, engine, pipeline
    from kasf_demo.options import Options
    from kasf_demo.passes import write

    times: dict[str, float] = {}
    opened = detect.open_detector

    def open_detector(*args: Any, **kwargs: Any) -> Any:
        found = opened(*args, **kwargs)
        call = "detect_many" if getattr(found, "batch", 1) > 1 else "detect"
        look = getattr(found, call)

        def first(frames: Any) -> Any:
            people = look(frames)
            times.setdefault("first_detected_s", time.time() - job["started_s"])
            return people

        setattr(found, call, first)
        return found

    engine.open_detector = open_detector
    draw = write.draw_video

    def drawing(*args: Any, **kwargs: Any) -> Any:
        from kasf_demo.video.writer import VideoWriter

        write_frame = VideoWriter.write

        def first(this: Any, image: Any) -> None:
            write_frame(this, image)
            times.setdefault("first_drawn_s", time.time() - job["started_s"])

        VideoWriter.write = first  # type: ignore[method-assign]
        return draw(*args, **kwargs)

    write.draw_video = drawing
    pipeline.analyse(job["clip"], job["out"], options=Options(**job["options"]))
    return times


if __name__ == "__main__":
    job = json.loads(sys.argv[1])
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    print("\n" + json.dumps(start(job) if job["mode"] == "start" else run(job)))
