"""Renders the demo clips and their truth: python demo_videos/make/build.py [NAME ...] [--sheet FOLDER] [--frames N].

Needs the project importable, the packages of requirements.txt and the captures in ../shared/mocap. Same files every time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "models")]

import cv2
import numpy as np

from camera import Camera
from clip import Clip, Things, actors_at, skins
from clips import CLIPS
from encode import encode
from picture import Stage, develop, render, render_blurred, view_row
from rig import Pose
from truth import coco_world, h36m_world, visibility

BLUR_MOMENTS = 9
FRAMES = Path(tempfile.gettempdir()) / "kasf_demo_frames"


class Shoot:
    """One clip with its poses, cameras and tables, ready to be drawn frame by frame."""

    def __init__(self, clip: Clip, stage: Stage) -> None:
        self.clip, self.stage = clip, stage
        self.times = clip.times()
        self.poses, self.camera, self.things = self._at(self.times, clip.fps)
        self.looks = tuple(a.look for a in clip.athletes)
        self.painted = skins(self.looks)
        if clip.shutter:  # the same motion at the moments while the shutter is open
            offsets = (np.arange(BLUR_MOMENTS) + 0.5) / BLUR_MOMENTS - 0.5
            self.moments = (self.times[:, None] + offsets * clip.shutter / clip.fps).ravel()
            self.fine = self._at(self.moments, clip.fps * BLUR_MOMENTS / clip.shutter)

    def _at(self, times_s: Any, fps: float) -> tuple[list[Pose], Camera, Things | None]:
        poses = [a.pose(times_s, fps) for a in self.clip.athletes]
        camera = self.clip.camera(poses, times_s, self.clip.size())
        return poses, camera, self.clip.things(poses, times_s) if self.clip.things else None

    def view(self, camera: Camera, t: int) -> Any:
        """The camera of frame t as the tracer takes it."""
        return view_row(camera.k[t], camera.rotation[t], camera.translation[t])

    def frame(self, t: int) -> Any:
        """(H, W, 3) uint8 RGB."""
        if not self.clip.shutter:
            actors = actors_at(self.poses, self.looks, t, self.things, self.painted)
            return develop(render(self.view(self.camera, t), self.clip.size(), actors, self.stage), self.stage.exposure)
        poses, camera, things = self.fine
        moments = [
            (self.view(camera, i), actors_at(poses, self.looks, i, things, self.painted))
            for i in range(t * BLUR_MOMENTS, (t + 1) * BLUR_MOMENTS)
        ]
        return develop(render_blurred(moments, self.clip.size(), self.stage), self.stage.exposure)

    def truth(self) -> dict[str, Any]:
        """The arrays of NAME.gt.npz."""
        coco = [coco_world(p) for p in self.poses]
        seen = np.zeros((len(coco), len(self.times), 17), np.uint8)
        for t in range(len(self.times)):
            solids = actors_at(self.poses, self.looks, t, self.things, self.painted).solids
            for n, points in enumerate(coco):
                seen[n, t] = visibility(points[t], self.poses[n].scale, self.camera, t, solids)
        many = len(coco) > 1

        def join(parts: list[Any]) -> Any:
            return np.stack(parts).astype(np.float32) if many else parts[0].astype(np.float32)

        sources = [f"{a.archive}/{a.member}" for a in self.clip.athletes]
        return {
            "joints_world_m": join([h36m_world(c, self.camera) for c in coco]),
            "coco_world_m": join(coco),
            "coco_px": join([self.camera.project(c)[0] for c in coco]),
            "visibility": seen if many else seen[0],
            "K": self.camera.k.astype(np.float32),
            "R": self.camera.rotation.astype(np.float32),
            "t": self.camera.translation.astype(np.float32),
            "times_s": self.times.astype(np.float32),
            "stature_m": np.array([a.stature_m for a in self.clip.athletes], np.float32),
            "size_px": np.array(self.clip.size()),
            "floor_z_m": np.float32(0.0),
            "name": self.clip.name,
            "source": sources if many else sources[0],
            "source_frames": np.array([self._source_frames(n) for n in range(len(sources))]),
        }

    def _source_frames(self, n: int) -> tuple[int, int]:
        """First and last frame of the capture (its T pose is frame 0), before repetition."""
        a = self.clip.athletes[n]
        if a.cycle:
            return a.cycle[0] + 1, a.cycle[1] + 1
        return a.start + 1, a.start + 1 + round(self.times[-1] * 120)


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
    np.savez_compressed(folder / f"{clip.name}.gt.npz", **shoot.truth())
    sound = clip.sound(shoot.poses, shoot.times) if clip.sound else None
    encode(paths, shoot.times, folder / f"{clip.name}.mp4", fps=clip.fps, rotate=clip.portrait, sound=sound)


def sheet(clip: Clip, target: Path, count: int) -> None:
    """A contact sheet of `count` frames with the truth drawn over them: left blue, right red, hidden points hollow."""
    from look import overlay

    shoot = Shoot(clip, clip.stage())
    truth = shoot.truth()
    pictures = []
    for t in np.linspace(0, len(shoot.times) - 1, count).astype(int):
        pictures.append(overlay(shoot.frame(t), truth, int(t)))
    across = 2 if not clip.portrait else 4
    rows = [np.hstack(pictures[i : i + across]) for i in range(0, len(pictures) - across + 1, across)]
    cv2.imwrite(str(target), np.vstack(rows)[..., ::-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"clips to build (all): {', '.join(CLIPS)}")
    parser.add_argument("--out", type=Path, default=HERE.parent, help="folder for the clips")
    parser.add_argument("--sheet", type=Path, help="write only a contact sheet NAME.png with the truth drawn over it into this folder")
    parser.add_argument("--count", type=int, default=8, help="frames on a contact sheet")
    parser.add_argument("--resume", action="store_true", help="keep the frames that an interrupted build left in the temporary folder")
    options = parser.parse_args()
    for name in options.names or CLIPS:
        if options.sheet:
            sheet(CLIPS[name], options.sheet / f"{name}.png", options.count)
        else:
            build(CLIPS[name], options.out, options.resume)


if __name__ == "__main__":
    main()
