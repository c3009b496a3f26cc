"""Renders the demo clips and their truth: python demo_videos/make/build.py [NAME ...] [--sheet FOLDER] [--truth-only].

Needs the project importable, the packages of requirements.txt and the captures in ../shared/mocap. Same files every time.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "models")]
# numba's cache does not see that a function called from another file has changed: one cache for each state of the sources
SOURCES = hashlib.sha256(b"".join(p.read_bytes() for p in sorted(HERE.glob("*.py")))).hexdigest()[:12]
os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(tempfile.gettempdir()) / "kasf_demo_numba" / SOURCES))

import cv2
import numpy as np
from kasportsformer.skeleton import COCO_NAMES

from captures import load
from clip import TICKS_HZ, Clip, actors_at, skins
from clips import CLIPS
from encode import encode
from picture import Actors, Stage, develop, render, render_blurred, view_row
from rig import Pose
from truth import FEET, coco_world, feet_world, h36m_world, visibility

BLUR_TICKS = range(-4, 5)  # moments while the shutter is open, around the frame's own
FRAMES = Path(tempfile.gettempdir()) / "kasf_demo_frames"


class Shoot:
    """One clip, ready to be drawn frame by frame. Poses and cameras are made at TICKS_HZ; the frames are some of those ticks."""

    def __init__(self, clip: Clip, stage: Stage | None, zoom: float = 1.0) -> None:
        """Without a stage, there is ground truth only."""
        self.clip, self.stage = clip, stage
        width, height = clip.size()
        self.size = round(width * zoom), round(height * zoom)
        ticks = clip.ticks()
        self.times = ticks / TICKS_HZ
        before = -BLUR_TICKS[0]
        self.at = ticks + before
        fine_s = (np.arange(self.at[-1] + before + 1) - before) / TICKS_HZ
        self.poses = [a.pose(fine_s) for a in clip.athletes]
        self.camera = clip.camera(self.poses, fine_s, self.size)
        self.things = clip.things(self.poses, fine_s) if clip.things else None
        self.fine_s = fine_s
        self.looks = tuple(a.look for a in clip.athletes)
        self.painted = skins(self.looks)

    def actors(self, tick: int) -> Actors:
        """What moves, at a tick."""
        return actors_at(self.poses, self.looks, tick, self.things, self.painted)

    def view(self, tick: int) -> Any:
        """The camera at a tick, as the tracer takes it."""
        return view_row(self.camera.k[tick], self.camera.rotation[tick], self.camera.translation[tick])

    def frame(self, t: int) -> Any:
        """(H, W, 3) uint8 RGB."""
        tick = int(self.at[t])
        if not self.clip.blur:
            return develop(render(self.view(tick), self.size, self.actors(tick), self.stage), self.stage.exposure)
        moments = [(self.view(tick + d), self.actors(tick + d)) for d in BLUR_TICKS]
        return develop(render_blurred(moments, self.size, self.stage), self.stage.exposure)

    def truth(self) -> dict[str, Any]:
        """The arrays of NAME.gt.npz."""
        camera = self.camera.frames(self.at)
        coco = [coco_world(p)[self.at] for p in self.poses]
        feet = [feet_world(_frames(p, self.at), look) for p, look in zip(self.poses, self.looks, strict=True)]
        names = (*COCO_NAMES, *FEET)
        points = [np.concatenate(both, axis=1) for both in zip(coco, feet, strict=True)]
        seen = np.zeros((len(coco), len(self.times), len(names)), np.uint8)
        for t in range(len(self.times)):
            solids = self.actors(int(self.at[t])).solids
            for n, own in enumerate(points):
                seen[n, t] = visibility(own[t], names, self.poses[n].scale, camera.frames(t), solids)
        seen, feet_seen = seen[..., :17], seen[..., 17:]
        many = len(coco) > 1

        def join(parts: list[Any]) -> Any:
            return np.stack(parts).astype(np.float32) if many else parts[0].astype(np.float32)

        sources = [f"{a.archive}/{a.member}" for a in self.clip.athletes]
        return {
            "joints_world_m": join([h36m_world(c, camera) for c in coco]),
            "coco_world_m": join(coco),
            "coco_px": join([camera.project(c)[0] for c in coco]),
            "visibility": seen if many else seen[0],
            "feet_world_m": join(feet),
            "feet_px": join([camera.project(f)[0] for f in feet]),
            "feet_visibility": feet_seen if many else feet_seen[0],
            "K": camera.k.astype(np.float32),
            "R": camera.rotation.astype(np.float32),
            "t": camera.translation.astype(np.float32),
            "times_s": self.times.astype(np.float32),
            "stature_m": np.array([a.stature_m for a in self.clip.athletes], np.float32),
            "size_px": np.array(self.size),
            "floor_z_m": np.float32(0.0),
            "name": self.clip.name,
            "source": sources if many else sources[0],
            "source_frames": np.array([self._source_frames(n) for n in range(len(sources))]),
        }

    def _source_frames(self, n: int) -> tuple[int, int]:
        """First and last frame of the capture (a BVH's T pose is frame 0), before repetition."""
        a = self.clip.athletes[n]
        first = 1 if a.member.endswith(".bvh") else 0  # the T pose that was left out
        if a.cycle:
            return a.cycle[0] + first, a.cycle[1] + first
        fps = load(a.archive, a.member).fps
        return a.start + first, a.start + first + round(self.times[-1] * fps)


def _frames(pose: Pose, at: Any) -> Pose:
    """Some frames of a pose."""
    place, axes = ({name: path[at] for name, path in paths.items()} for paths in (pose.place, pose.axes))
    return Pose(place, axes, pose.scale)


def write_truth(shoot: Shoot, folder: Path) -> None:
    """Writes NAME.gt.npz into folder."""
    np.savez_compressed(folder / f"{shoot.clip.name}.gt.npz", **shoot.truth())


def build(clip: Clip, folder: Path, resume: bool) -> None:
    """Renders one clip and writes NAME.mp4 and NAME.gt.npz into folder."""
    shoot = Shoot(clip, clip.stage())
    spool = FRAMES / clip.name
    spool.mkdir(parents=True, exist_ok=True)
    paths, begun = [], time.perf_counter()
    for t in range(len(shoot.times)):
        paths.append(spool / f"{t:05d}.png")
        if not (resume and paths[-1].exists()):
            cv2.imwrite(str(paths[-1]), shoot.frame(t)[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
    seconds = time.perf_counter() - begun
    print(f"{clip.name}: {len(paths)} frames, {seconds / len(paths):.2f} s a frame", flush=True)
    write_truth(shoot, folder)
    sound = clip.sound(shoot.poses, shoot.fine_s) if clip.sound else None
    encode(
        paths,
        shoot.times - shoot.times[0],
        folder / f"{clip.name}.mp4",
        fps=clip.fps,
        rotate=clip.portrait,
        sound=sound,
    )


def sheet(clip: Clip, target: Path, count: int) -> None:
    """A contact sheet of `count` frames with the ground truth drawn over them: left blue, right red, hidden points hollow."""
    from look import overlay

    shoot = Shoot(clip, clip.stage(), 0.5)
    truth = shoot.truth()
    pictures = []
    for t in np.linspace(0, len(shoot.times) - 1, count).astype(int):
        pictures.append(overlay(shoot.frame(t), truth, int(t)))
    across = 3 if not clip.portrait else 6
    rows = [np.hstack(pictures[i : i + across]) for i in range(0, len(pictures) - across + 1, across)]
    cv2.imwrite(str(target), np.vstack(rows)[..., ::-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"clips to build (all): {', '.join(CLIPS)}")
    parser.add_argument("--out", type=Path, default=HERE.parent, help="folder for the clips")
    parser.add_argument(
        "--sheet", type=Path, help="write only a contact sheet NAME.png with the truth drawn over it into this folder"
    )
    parser.add_argument("--count", type=int, default=12, help="frames on a contact sheet")
    parser.add_argument(
        "--resume", action="store_true", help="keep the frames that an interrupted build left in the temporary folder"
    )
    parser.add_argument(
        "--truth-only", action="store_true", help="write only NAME.gt.npz, without rendering: seconds per clip"
    )
    options = parser.parse_args()
    for name in options.names or CLIPS:
        if options.sheet:
            sheet(CLIPS[name], options.sheet / f"{name}.png", options.count)
        elif options.truth_only:
            write_truth(Shoot(CLIPS[name], None), options.out)
        else:
            build(CLIPS[name], options.out, options.resume)


if __name__ == "__main__":
    main()
