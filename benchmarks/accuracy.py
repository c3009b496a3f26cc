"""How far results are from the truth, per demo clip and detector: python benchmarks/accuracy.py [CLIP...] [--yolo WEIGHTS].

Every clip of demo_videos/ with a NAME.gt.npz is analysed with the athlete's true height. Errors are root-relative, in camera axes, in mm,
over frames with a pose: MPJPE, N-MPJPE (scale aligned), P-MPJPE (similarity aligned), MPJVE (mm a frame); 2D is the median distance of
the twelve limb keypoints to the truth, in px. Clips with one athlete only so far.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo import analyse
from kasportsformer import metrics

CLIPS = Path(__file__).resolve().parents[1] / "demo_videos"
LIMBS = slice(5, 17)  # COCO-17 without the face


def measure(clip: Path, options: dict[str, Any]) -> dict[str, float]:
    """The errors of one clip; `options` as for analyse()."""
    truth = np.load(clip.with_suffix(".gt.npz"))
    result = analyse(clip, axes="camera", height_m=float(truth["stature_m"].ravel()[0]), **options)
    person = result.people[0]
    seen = person.pose.valid
    camera = np.einsum("tij,tkj->tki", truth["R"], truth["joints_world_m"]) + truth["t"][:, None]
    want = 1000 * (camera - camera[:, :1])[seen]
    got = 1000 * (person.pose.xyz - person.pose.xyz[:, :1])[seen]
    pixels = np.linalg.norm(person.coco.xy[seen] - truth["coco_px"][seen], axis=-1)[:, LIMBS]
    return {
        "frames": len(seen),
        "missing": int((~seen).sum()),
        "2D px": float(np.median(pixels)),
        "MPJPE": float(metrics.mpjpe(got, want).mean()),
        "N-MPJPE": float(metrics.n_mpjpe(got, want).mean()),
        "P-MPJPE": float(metrics.p_mpjpe(got, want).mean()),
        "MPJVE": float(metrics.mpjve(got, want).mean()),
    }


def main() -> None:
    """Prints a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("clips", nargs="*", help="names (default: all with truth)")
    parser.add_argument("--yolo", help="YOLO-pose weights to measure beside mediapipe")
    args = parser.parse_args()
    names = args.clips or sorted(p.name.removesuffix(".gt.npz") for p in CLIPS.glob("*.gt.npz"))
    detectors: dict[str, dict[str, Any]] = {"mediapipe": {"detector": "mediapipe"}}
    if args.yolo:
        detectors[f"yolo {Path(args.yolo).name}"] = {"detector": "yolo", "detector_weights": args.yolo}
    columns: list[str] = []
    for name in names:
        for label, options in detectors.items():
            row = measure(CLIPS / f"{name}.mp4", options)
            if not columns:
                columns = list(row)
                print("| clip | detector | " + " | ".join(columns) + " |\n|" + "---|" * (len(columns) + 2))
            cells = (f"{v:.1f}" if k == "2D px" else f"{v:.0f}" for k, v in row.items())
            print(f"| {name} | {label} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
