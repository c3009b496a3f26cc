"""A second static camera for three of the clips whose first camera is static: pairs with ground truth for `kasf-demo views`.

    python demo_videos/make/second_cameras.py [NAME ...] --out FOLDER

Writes NAME_2.mp4 and NAME_2.gt.npz, 720p at 24 frames/s, begun later than the first clip by LATE_TICKS / 600 s. Not shipped.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any


from build import build, sheet
from cameras import _static
from camera import Camera
from clip import Clip
from clips import CLIPS
from rig import Pose

RATE_HZ = 24
LATE_TICKS = {"basketball_shot": 97, "vertical_jump": 61, "martial_kick": 143}


def basketball(poses: list[Pose], times_s: Any, size: tuple[int, int]) -> Camera:
    """Behind the shooter, on the left."""
    return _static((3.6, 4.4, 1.35), (0.2, -0.75, 1.15), 52.0, times_s, size)


def jump(poses: list[Pose], times_s: Any, size: tuple[int, int]) -> Camera:
    """From the jumper's right, on a tripod."""
    return _static((5.2, -1.0, 1.25), (0.05, 0.1, 1.10), 60.0, times_s, size)


def dojo(poses: list[Pose], times_s: Any, size: tuple[int, int]) -> Camera:
    """At the other edge of the mats."""
    middle = poses[0].place["hip"].mean(0)
    return _static((middle[0] + 1.3, middle[1] - 5.0, 1.45), (middle[0], middle[1], 0.95), 50.0, times_s, size)


FILMED = {"basketball_shot": basketball, "vertical_jump": jump, "martial_kick": dojo}


def second(name: str) -> Clip:
    """The clip as the second camera films it."""
    return replace(
        CLIPS[name], name=f"{name}_2", camera=FILMED[name], portrait=False, fps=RATE_HZ, sound=None, late_ticks=LATE_TICKS[name],
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"clips to build (all): {', '.join(FILMED)}")
    parser.add_argument("--out", type=Path, required=True, help="folder for the clips")
    parser.add_argument("--sheet", action="store_true", help="write only a contact sheet NAME_2.png")
    options = parser.parse_args()
    for name in options.names or FILMED:
        clip = second(name)
        if options.sheet:
            sheet(clip, options.out / f"{clip.name}.png", 3)
        else:
            build(clip, options.out, True)


if __name__ == "__main__":
    main()
