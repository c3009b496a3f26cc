"""Options that several commands beside `run` have alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Detector = Annotated[Literal["auto", "yolo", "mediapipe"], typer.Option("--detector", help="2D keypoint detector.")]
DetectorOrFile = Annotated[
    Literal["auto", "yolo", "mediapipe", "keypoints-file"], typer.Option("--detector", help="2D keypoint detector.")
]
Quality = Annotated[
    Literal["fast", "balanced", "best"], typer.Option("--quality", help="Size of the detector's network.")
]
KeypointsFile = Annotated[
    Path | None, typer.Option("--keypoints", help="2D keypoints from a file instead of a detector.")
]
Athlete = Annotated[str, typer.Option("--athlete", help="Which person; see `run`.")]
Height = Annotated[float | None, typer.Option("--height", help="Standing height of the athlete, metres.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never download anything.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show a traceback on errors.")]
