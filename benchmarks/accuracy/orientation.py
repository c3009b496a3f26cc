"""Accuracy of the camera's tilt and roll on demo clips, as they are and turned by known rotations.

    python benchmarks/accuracy/orientation.py [CLIP...] [--turns TILT,ROLL ...] [--cut] [--yolo WEIGHTS] [--folder F]

A rotation of the camera about its centre maps the image by the homography K R K^-1, so each clip is warped to what a
camera would have seen that looks further down and rolls. Size and lens stay; where the clip shows nothing, the image
fades to its mean colour over 48 px, so that the border is no straight edge. --cut cuts it to the largest square
without a border instead, which has 1/3 of the area at 20 degrees and a far longer lens than is assumed. A Markdown
table is printed, for docs/camera.md: the angles, their standard deviations, every source, the angle between the true
and the estimated vertical, and the pose errors.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import common
import cv2
import numpy as np
from accuracy import header
from scipy.spatial.transform import Rotation

from kasf_demo import Engine, analyse, weights
from kasf_demo.camera.orientation import angles_of, up_of
from kasf_demo.demo_clips import Demo, options_for
from kasf_demo.evaluate import Estimate, evaluate
from kasf_demo.evaluate.ground_truth import Truth
from kasf_demo.options import from_mapping
from kasf_demo.progress import Quiet
from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.video.reader import VideoReader

TURNS = ("0,0", "0,5", "0,10", "0,20", "0,30")
FADE_PX = 48


@dataclass(frozen=True)
class Row:
    """One run: true and estimated tilt and roll (2,), standard deviations, the sources as text; degrees, mm."""

    clip: str
    detector: str
    true_deg: FloatArray
    deg: FloatArray
    sigma_deg: FloatArray
    sources: str
    vertical_deg: float
    mpjpe_mm: float
    p_mpjpe_mm: float


def turned_truth(truth: Truth, turn: FloatArray, size: tuple[int, int]) -> tuple[Truth, FloatArray]:
    """The ground truth of a camera turned by (3, 3) about its centre, whose images have `size` (width, height), and the
    homographies (T, 3, 3) to them."""
    h = np.stack([_homography(k, turn, size) for k in truth.K])
    k = truth.K.copy()
    k[:, :2, 2] = np.array(size) / 2
    px = np.concatenate([truth.coco_px, np.ones((*truth.coco_px.shape[:-1], 1))], axis=-1)
    px = np.einsum("tij,atnj->atni", h, px)
    px = px[..., :2] / px[..., 2:]
    visible = np.where(((px >= 0) & (px < size)).all(-1), truth.visibility, 0).astype(np.uint8)
    return replace(truth, K=k, R=turn @ truth.R, t=truth.t @ turn.T, coco_px=px, visibility=visible), h


def largest_square(truth: Truth, turn: FloatArray, size: tuple[int, int]) -> tuple[int, int]:
    """The size of the largest square of the turned image that shows no border of the clip."""
    side = min(size) // 2 * 2
    while not _covers(_homography(truth.K[0], turn, (side, side)), side, size):
        side -= 2
    return side, side


def _homography(k: FloatArray, turn: FloatArray, size: tuple[int, int]) -> FloatArray:
    own = k.copy()
    own[:2, 2] = np.array(size) / 2
    return np.asarray(own @ turn @ np.linalg.inv(k))


def _covers(h: FloatArray, side: int, size: tuple[int, int]) -> bool:
    """True if every corner of the new image lies in the old one."""
    corners = np.array([[0, 0, 1], [side, 0, 1], [0, side, 1], [side, side, 1.0]]) @ np.linalg.inv(h).T
    px = corners[:, :2] / corners[:, 2:]
    return bool((corners[:, 2] > 0).all() and (px >= 0).all() and (px <= size).all())


def warped(image: Image, h: FloatArray, size: tuple[int, int]) -> Image:
    """An image (H, W, 3) warped by a homography (3, 3) to `size` (width, height); its borders fade to its mean."""
    height, width = image.shape[:2]
    near = [np.minimum(np.arange(n), np.arange(n)[::-1]) / FADE_PX for n in (height, width)]  # px from a border
    shown = np.minimum(np.minimum(near[0][:, None], near[1]), 1.0).astype(np.float32)
    share = cv2.warpPerspective(shown, h, size, flags=cv2.INTER_LINEAR)
    moved = cv2.warpPerspective(image, h, size, flags=cv2.INTER_LINEAR)
    mean = np.full_like(moved, np.round(cv2.mean(image)[:3]))
    return np.asarray(cv2.blendLinear(moved, mean, share, 1 - share), np.uint8)


def write_turned(clip: Path, out: Path, h: FloatArray, size: tuple[int, int], rate: Fraction) -> None:
    """The clip warped to `size` by a homography (3, 3) for each frame, at an even rate."""
    with VideoReader(clip) as reader, av.open(str(out), "w") as file:
        stream = file.add_stream("libx264", rate=rate, options={"preset": "veryfast", "crf": "17"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for frame, own in zip(reader, h, strict=False):
            image = av.VideoFrame.from_ndarray(warped(frame.image, own, size), format="rgb24")
            file.mux(stream.encode(image))
        file.mux(stream.encode())


def clips_of(demo: Demo, turns: Sequence[str], folder: Path, *, cut: bool = False) -> Iterator[tuple[str, Path, Truth]]:
    """Name, file and ground truth of the clip under each rotation."""
    truth = demo.load_truth()
    with VideoReader(demo.clip) as reader:
        size = (reader.info.width, reader.info.height)
    for text in turns:
        tilt, roll = (float(part) for part in text.split(","))
        if not tilt and not roll:
            yield demo.name, demo.clip, truth
            continue
        turn = Rotation.from_euler("ZX", [roll, tilt], degrees=True).as_matrix()
        own_size = largest_square(truth, turn, size) if cut else size
        own, h = turned_truth(truth, turn, own_size)
        rate = Fraction((len(own.times_s) - 1) / float(own.times_s[-1])).limit_denominator(1000)
        own = replace(own, times_s=np.arange(len(own.times_s)) / float(rate))
        path = folder / f"{demo.name}_{tilt:g}_{roll:g}{'_cut' if cut else ''}.mp4"
        if not path.exists():
            write_turned(demo.clip, path, h, own_size, rate)
        yield f"{demo.name} {tilt:+g} {roll:+g}", path, own


def measure(name: str, clip: Path, truth: Truth, detector: str, engine: Engine) -> Row:
    """One run against the ground truth."""
    result = analyse(clip, options=from_mapping(options_for(truth), engine.model_options), engine=engine)
    camera = result.report["camera"]
    up = truth.R[0] @ [0.0, 0.0, 1.0]
    deg = np.array([camera["tilt_deg"], camera["roll_deg"]])
    names = dict.fromkeys([*camera["tilt"]["from"], *camera["roll"]["from"]])
    sources = ", ".join(f"{n} {' '.join(_value(camera[angle], n) for angle in ('tilt', 'roll'))}" for n in names)
    errors = evaluate(Estimate.from_result(result), truth).athletes
    return Row(
        name, detector, angles_of(up), deg,
        np.array([camera[a]["sigma_deg"] or np.nan for a in ("tilt", "roll")], float), sources,
        float(np.degrees(np.arccos(np.clip(up @ up_of(deg), -1, 1)))),
        float(np.mean([e.mpjpe_mm for e in errors])), float(np.mean([e.p_mpjpe_mm for e in errors])),
    )  # fmt: skip


def _value(angle: dict[str, Any], source: str) -> str:
    part = angle["from"].get(source)
    return f"{part['deg']:.1f}±{part['sigma_deg']:.1f}" if part else "-"


def _cells(r: Row) -> str:
    angles = [f"{r.true_deg[i]:.1f}, {r.deg[i]:.1f} ± {r.sigma_deg[i]:.1f}" for i in range(2)]
    cells = (r.clip, r.detector, *angles, f"{r.vertical_deg:.1f}", f"{r.mpjpe_mm:.1f}, {r.p_mpjpe_mm:.1f}", r.sources)
    return "| " + " | ".join(cells) + " |"


def table(rows: Sequence[Row]) -> str:
    """Markdown, with medians in the last row."""
    titles = ("clip", "detector", "tilt: true, estimate ± sigma", "roll: true, estimate ± sigma", "vertical off, °")
    titles += ("MPJPE, P-MPJPE, mm", "sources: tilt, roll")
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    lines += [_cells(r) for r in rows]
    off = np.abs([r.deg - r.true_deg for r in rows])
    medians = [f"off by {v:.1f}" for v in np.median(off, axis=0)]
    cells = ("**median**", "", *medians, f"{np.median([r.vertical_deg for r in rows]):.1f}", "", "")
    return "\n".join([*lines, "| " + " | ".join(cells) + " |"])


def main(args: Sequence[str] | None = None) -> None:
    """Measures and prints."""
    parser = common.parser(__doc__)
    parser.add_argument("--turns", nargs="+", default=TURNS, help="TILT,ROLL in degrees (default: %(default)s)")
    parser.add_argument("--cut", action="store_true", help="cut turned clips to squares without a border")
    parser.add_argument("--folder", type=Path, help="keep the warped clips here")
    parser.add_argument("--only", help="one of the detectors")
    given = parser.parse_args(args)
    network = weights.resolve(given.weights, kind="lifter", offline=True)
    runs = {n: o for n, o in common.detectors(given).items() if given.only in (None, n)}
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        for demo in common.chosen(given):
            for name, clip, truth in clips_of(demo, given.turns, folder, cut=given.cut):
                for detector, options in runs.items():
                    with Engine(options, Quiet()) as engine:
                        rows.append(measure(name, clip, truth, detector, engine))
                        print(_cells(rows[-1]), file=sys.stderr, flush=True)
    print(f"{header(runs, network)}\n\n{table(rows)}")


if __name__ == "__main__":
    main()
