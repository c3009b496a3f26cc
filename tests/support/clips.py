"""Folders of generated clips with one keypoints file for all of them, so that a batch runs in seconds."""

from __future__ import annotations

import shutil
from pathlib import Path

from walker import walking_coco, write_clip, write_keypoints


def make_clips(folder: Path, names: list[str], *, frames: int = 12) -> Path:
    """Writes `folder`/NAME.mp4 for each name (which may hold folders), all different; returns the keypoints file beside
    `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(names):
        path = folder / f"{name}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.rsplit("/", 1)[-1].startswith("bad"):
            path.write_text("no video")
        else:
            write_clip(path, [walking_coco(frames + i, x0=100 + i)])
    return write_keypoints(folder.parent / f"{folder.name}.json", [walking_coco(frames + len(names))])


def copies(clip: Path, folder: Path, names: list[str]) -> Path:
    """Copies of one clip under other names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(clip, folder / name)
    return folder
