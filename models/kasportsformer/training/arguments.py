"""The command line of training."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import torch

from .ablation import PARTS
from .networks import ARCHITECTURES

FILES = ("corpus", "only", "heldout", "start", "teacher", "weights")
INPUTS = {"folder": "folder", "data": "path", **dict.fromkeys(FILES, "file")}


def check_inputs(args: argparse.Namespace) -> None:
    """Ends with one line and status 4 where an input of a command is not there, 6 where the folder of its output is
    not."""
    named = [(getattr(args, name, None), kind) for name, kind in INPUTS.items()]
    if args.command in ("export", "plot"):
        named.append((args.run, "folder"))
    for path, kind in named:
        there = path is None or {"folder": os.path.isdir, "file": os.path.isfile, "path": os.path.exists}[kind](path)
        if not there:
            print(f"error: {path}: no such {kind}; check the path", file=sys.stderr)
            raise SystemExit(4)
    for path in (getattr(args, "out", None), getattr(args, "json", None)):
        if path is not None and not os.path.isdir(path.absolute().parent):
            print(
                f"error: {path.absolute().parent}: the output folder does not exist; create it or choose another",
                file=sys.stderr,
            )
            raise SystemExit(6)


def parser() -> argparse.ArgumentParser:
    """Of all commands."""
    main = argparse.ArgumentParser(
        prog="python -m kasportsformer.training", description="Train and examine on motion capture."
    )
    commands = main.add_subparsers(dest="command", required=True)

    p = commands.add_parser("pack", help="read motions (BVH, DeepMimic, AMASS; .tar.xz too) into one corpus file")
    p.add_argument("folder", type=Path)
    p.add_argument("--out", type=Path, required=True, help="corpus.npz")

    p = commands.add_parser("heldout", help="make the fixed windows of the held-out subjects; keep the file")
    p.add_argument("--corpus", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True, help="heldout.npz")

    p = commands.add_parser("replay", help="a small part of a corpus, to ship with `kasf-demo adapt`")
    p.add_argument("--corpus", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True, help="replay.npz")
    p.add_argument("--pieces", type=int, default=400, help="of 1.6 s each")

    p = commands.add_parser("train", help="train; safe to kill, --resume goes on where it was")
    _data(p)
    p.add_argument("--run", type=Path, required=True, help="folder of the run: config.json, last.pt, log.csv, eval.csv")
    p.add_argument("--heldout", type=Path, help="held-out windows to examine now and then")
    p.add_argument("--steps", type=int, default=10**9, help="train until this many steps are done in all")
    p.add_argument("--resume", action="store_true", help="go on from last.pt; begin where there is none")
    p.add_argument("--from", dest="start", type=Path, help="begin from these weights (.pth or .safetensors)")
    p.add_argument("--heads", type=int, help="head count of --from where the file does not record it")
    p.add_argument(
        "--architecture",
        choices=tuple(ARCHITECTURES),
        help="of a network from nothing (default: kasportsformer); with --from a kasportsformer: takes over its layers",
    )
    p.add_argument(
        "--teacher", type=Path, help="weights whose layers the network imitates, less and less as a budget is spent"
    )
    p.add_argument("--hint", type=float, help="weight of the imitation in the loss")
    for name in ("layers", "dim", "dim-rep", "mlp-ratio", "num-heads", "frames"):
        p.add_argument(
            f"--{name}",
            type=int,
            help="of a network that begins from nothing; more layers than --from has: it is deepened",
        )
    for name, number in (
        ("batch", int),
        ("lr", float),
        ("ema", float),
        ("seed", int),
        ("warmup", int),
        ("decay-from", int),
        ("decay-steps", int),
    ):
        p.add_argument(f"--{name}", type=number, help="default: the run's own config.json, else TrainConfig's")
    p.add_argument(
        "--optimizer", choices=("adamw", "muon"), help="muon: for the matrices inside the layers (the rest keeps AdamW)"
    )
    p.add_argument(
        "--frame-order", action="store_true", help="temporal attention that knows the frames' order; --from is given it"
    )
    p.add_argument(
        "--without",
        nargs="+",
        choices=PARTS,
        default=(),
        help="ablation of a kasportsformer that begins from nothing",
    )
    p.add_argument("--bf16", action=argparse.BooleanOptionalAction, help="products in bf16 where the hardware has them")
    p.add_argument("--velocity", type=float, help="weight of the velocity loss")
    p.add_argument("--evaluate-every", type=int, default=500)
    p.add_argument("--save-every", type=int, default=100, help="steps between checkpoints")
    p.add_argument("--save-every-s", type=float, default=60.0, help="seconds between checkpoints, if those come first")
    p.add_argument("--log-every", type=int, default=10)
    p.add_argument(
        "--budget-s", type=float, help="stop after so many seconds of training; the rate falls to nothing by then"
    )
    p.add_argument("--budget-cpu-s", type=float, help="likewise, in seconds of processor time of all threads")
    p.add_argument(
        "--stop-after-s", type=float, help="stop this process after so many seconds, with a checkpoint to --resume from"
    )
    p.add_argument("--budget-decay", type=float, help="last part of the budget over which it falls")
    p.add_argument(
        "--augment", nargs="+", default=[], metavar="NAME=SHARE", help="other shares of windows than AugmentConfig's"
    )
    p.add_argument(
        "--camera", nargs="+", default=[], metavar="NAME=NUMBER", help="other numbers than CameraConfig's, e.g. low=0.1"
    )
    p.add_argument("--compile", action=argparse.BooleanOptionalAction, help="torch.compile: pays on CUDA")
    p.add_argument(
        "--graph", action=argparse.BooleanOptionalAction, help="CUDA: the step as one graph; pays for small steps"
    )
    p.add_argument("--processes", type=int, default=0, help="processes that make windows, for a GPU; default: a thread")
    _machine(p)

    p = commands.add_parser("evaluate", help="examine weights or a run on the held-out windows")
    p.add_argument(
        "--weights", type=Path, required=True, help=".pth, .safetensors, or a run's last.pt (its running average)"
    )
    p.add_argument("--heads", type=int, help="head count where the file does not record it")
    p.add_argument("--heldout", type=Path, help="the fixed windows of `heldout`")
    p.add_argument("--data", type=Path, help="or: a *_source*.pkl's test split, or AthletePose3D clips or frames")
    p.add_argument(
        "--crop-scale", type=float, default=1.2, help="with --data: side of the crop over the keypoints' extent"
    )
    p.add_argument("--hypotheses", type=int, default=1, help="of D3DP: poses drawn for each window, then averaged")
    p.add_argument("--diffusion-steps", type=int, default=1, help="of D3DP: passes for each of them")
    p.add_argument("--no-flip", action="store_true", help="do not average with the mirror image")
    p.add_argument("--json", type=Path, help="write the numbers here too")
    p.add_argument(
        "--plot", type=Path, metavar="PNG", help="draw the error of knee and elbow flexion over the view's azimuth"
    )
    _machine(p)

    p = commands.add_parser("export", help="the running average of a run as .safetensors")
    p.add_argument("--run", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--half", action="store_true", help="as float16: half the size")
    p.add_argument("--meta", action="append", default=[], metavar="KEY=VALUE", help="more metadata for the header")

    p = commands.add_parser("plot", help="the curves of a run as PNG")
    p.add_argument("--run", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    return main


def _data(p: argparse.ArgumentParser) -> None:
    p.add_argument("--corpus", type=Path, help="motions to make windows from (`pack`)")
    p.add_argument(
        "--only", type=Path, metavar="FILE", help="of the corpus the motions named in FILE, one folder/stem a line"
    )
    p.add_argument("--data", type=Path, help="a *_source*.pkl (its train split), or AthletePose3D clips or frames")
    p.add_argument(
        "--data-share", type=float, default=0.5, help="with both: share of each batch that comes from --data"
    )


def _machine(p: argparse.ArgumentParser) -> None:
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--threads", type=int, default=0, help="data-parallel CPU threads; default: one a core")
