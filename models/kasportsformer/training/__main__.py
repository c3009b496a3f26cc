"""`python -m kasportsformer.training`: pack, heldout, train, evaluate, export, plot."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from ..checkpoint import load_model, save_safetensors
from ..model import KASportsFormer, KASportsFormerConfig
from .augment import AugmentConfig
from .cameras import CameraConfig
from .dataset import DataConfig, Draw, Mixture, Pairs, Sampler
from .flexion import flexion_errors, flexion_table, plot_flexion
from .pack import Corpus, pack, read_folder
from .performance import prepare
from .readers.datasets import read_recorded
from .recorded_dataset import RecordedSampler, all_windows
from .state import TrainConfig, TrainState, deepen, with_frame_order
from .train import train
from .validation import HeldOut, limb_ratio, make, predict, scores, table

# options of `train` that are fields of TrainConfig
SETTINGS = (
    "batch",
    "lr",
    "ema",
    "seed",
    "optimizer",
    "decay_from",
    "decay_steps",
    "bf16",
    "budget_s",
    "budget_decay",
    "compile",
    "graph",
)


def main(argv: list[str] | None = None) -> int:
    args = _parser().parse_args(argv)
    _check_inputs(args)
    command = {
        "pack": _pack,
        "heldout": _heldout,
        "train": _train,
        "evaluate": _evaluate,
        "export": _export,
        "plot": _plot,
    }[args.command]
    command(args)
    return 0


INPUTS = {"folder": "folder", "corpus": "file", "heldout": "file", "data": "path", "start": "file", "weights": "file"}


def _check_inputs(args: argparse.Namespace) -> None:
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kasportsformer.training", description="Train and examine on motion capture."
    )
    commands = parser.add_subparsers(dest="command", required=True)

    p = commands.add_parser("pack", help="read motions (BVH, DeepMimic, AMASS; .tar.xz too) into one corpus file")
    p.add_argument("folder", type=Path)
    p.add_argument("--out", type=Path, required=True, help="corpus.npz")

    p = commands.add_parser("heldout", help="make the fixed windows of the held-out subjects; keep the file")
    p.add_argument("--corpus", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True, help="heldout.npz")

    p = commands.add_parser("train", help="train; safe to kill, --resume goes on where it was")
    _data(p)
    p.add_argument("--run", type=Path, required=True, help="folder of the run: config.json, last.pt, log.csv, eval.csv")
    p.add_argument("--heldout", type=Path, help="held-out windows to examine now and then")
    p.add_argument("--steps", type=int, default=10**9, help="train until this many steps are done in all")
    p.add_argument("--resume", action="store_true", help="go on from last.pt; begin where there is none")
    p.add_argument("--from", dest="start", type=Path, help="begin from these weights (.pth or .safetensors)")
    p.add_argument("--heads", type=int, help="head count of --from where the file does not record it")
    for name, kind in (("layers", int), ("dim", int), ("dim-rep", int), ("num-heads", int)):
        p.add_argument(
            f"--{name}",
            type=kind,
            help="of a network that begins from nothing; more layers than --from has: it is deepened",
        )
    for name, number in (
        ("batch", int),
        ("lr", float),
        ("ema", float),
        ("seed", int),
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
        choices=("bones", "limbs"),
        default=(),
        help="ablation of a network that begins from nothing",
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
    return parser


def _data(p: argparse.ArgumentParser) -> None:
    p.add_argument("--corpus", type=Path, help="motions to make windows from (`pack`)")
    p.add_argument("--data", type=Path, help="a *_source*.pkl (its train split), or AthletePose3D clips or frames")
    p.add_argument(
        "--data-share", type=float, default=0.5, help="with both: share of each batch that comes from --data"
    )


def _machine(p: argparse.ArgumentParser) -> None:
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--threads", type=int, default=0, help="data-parallel CPU threads; default: one a core")


def _pack(args: argparse.Namespace) -> None:
    corpus = pack(read_folder(args.folder))
    corpus.save(args.out)
    print(f"{len(corpus.names)} motions, {len(corpus.middle)} frames -> {args.out}")


def _heldout(args: argparse.Namespace) -> None:
    held = make(Corpus.load(args.corpus), DataConfig())
    print(f"{len(held.subjects)} windows -> {args.out}, sha256 {held.save(args.out)}")


def _train(args: argparse.Namespace) -> None:
    threads = prepare(args.threads, args.device)
    args.run.mkdir(parents=True, exist_ok=True)
    record, last = args.run / "config.json", args.run / "last.pt"
    if last.exists() and not args.resume:
        raise SystemExit(
            f"error: {last}: a run is there already; add --resume to go on with it, or choose another folder"
        )
    config = _settings(args, record)
    if last.exists():
        state = TrainState.load(last, config, args.device)
    else:
        start = _beginning(args)
        model = start.config if start else _architecture(args)
        config = replace(config, model=asdict(model), without=tuple(args.without))
        state = TrainState.new(config, args.device, start)
    config.save(record)
    (args.run / "pid").write_text(f"{os.getpid()}\n")
    held = HeldOut.load(args.heldout) if args.heldout else None
    data = DataConfig(
        frames=state.model.config.n_frames,
        augment=AugmentConfig(**config.augment),
        camera=CameraConfig(**config.camera),
    )
    sampler = _sampler(args, data)
    print(
        f"from step {state.step}: {sum(p.numel() for p in state.model.parameters()) / 1e6:.2f} M parameters, {config}",
        flush=True,
    )
    train(
        state,
        sampler,
        args.run,
        steps=args.steps,
        held_out=held,
        threads=threads,
        processes=args.processes,
        log_every=args.log_every,
        evaluate_every=args.evaluate_every,
        save_every=args.save_every,
        save_every_s=args.save_every_s,
        stop_after_s=args.stop_after_s,
    )


def _beginning(args: argparse.Namespace) -> KASportsFormer | None:
    """The network of --from, with more layers or `frame_order` if the options ask for it; None without --from."""
    if not args.start:
        return None
    start = load_model(args.start, num_heads=args.heads)
    if args.layers and args.layers != start.config.n_layers:
        start = deepen(start, args.layers)
    return with_frame_order(start) if args.frame_order and not start.config.frame_order else start


def _settings(args: argparse.Namespace, record: Path) -> TrainConfig:
    """The run's own settings if it is resumed, else TrainConfig's, overridden by the command line."""
    config = TrainConfig.load(record) if args.resume and record.exists() else TrainConfig()
    config = replace(config, **{n: getattr(args, n) for n in SETTINGS if getattr(args, n) is not None})
    if args.augment:
        config = replace(config, augment=asdict(replace(AugmentConfig(), **_numbers(args.augment))))
    if args.camera:
        numbers: dict[str, Any] = _numbers(args.camera)  # of the fields that hold one, not a pair
        config = replace(config, camera=asdict(replace(CameraConfig(), **numbers)))
    if args.velocity is not None:
        config = replace(config, loss={**config.loss, "velocity": args.velocity})
    return config


def _numbers(items: list[str]) -> dict[str, float]:
    """NAME=NUMBER by name."""
    return {name: float(value) for name, _, value in (item.partition("=") for item in items)}


def _sampler(args: argparse.Namespace, config: DataConfig) -> Draw:
    """What --corpus and --data name; of the corpus never the held-out subjects."""
    sources: list[Draw] = []
    if args.corpus:
        sources.append(Sampler(Corpus.load(args.corpus).split(held_out=False), config))
    if args.data:
        sources.append(RecordedSampler(read_recorded(args.data, "train"), config.frames))
    if not sources:
        raise SystemExit("error: nothing to train on; give --corpus, --data, or both")
    return sources[0] if len(sources) == 1 else Mixture(sources[0], sources[1], args.data_share)


def _architecture(args: argparse.Namespace) -> KASportsFormerConfig:
    named = {"n_layers": args.layers, "dim_feat": args.dim, "dim_rep": args.dim_rep, "num_heads": args.num_heads}
    small = {"n_layers": 5, "dim_feat": 64, "dim_rep": 256, "num_heads": 4}
    return KASportsFormerConfig(
        **{**small, **{k: v for k, v in named.items() if v is not None}}, frame_order=args.frame_order
    )


def _weights(path: Path, heads: int | None) -> KASportsFormer:
    """A checkpoint, or the running average of a run's last.pt."""
    if path.suffix == ".pt":
        return TrainState.load(path, None, "cpu").ema
    return load_model(path, num_heads=heads)


def _evaluate(args: argparse.Namespace) -> None:
    threads = prepare(args.threads, args.device)
    model = _weights(args.weights, args.heads).to(args.device).eval()
    sets: dict[str, tuple[Pairs, tuple[str, ...]]] = {}
    if args.heldout:
        held = HeldOut.load(args.heldout)
        sets = {kind: (held.pairs(noise=kind == "noise"), held.subjects) for kind in ("noise", "clean")}
    if args.data:
        sets["data"] = all_windows(read_recorded(args.data, "test"), model.config.n_frames, args.crop_scale)
    if not sets:
        raise SystemExit("error: nothing to examine on; give --heldout, --data, or both")
    results, ratios, flexion, poses = {}, {}, {}, {}
    for kind, (pairs, groups) in sets.items():
        predicted = predict(model, pairs.input, flip=not args.no_flip, device=args.device, threads=threads)
        results[kind] = scores(predicted, pairs, groups)
        ratios[kind] = limb_ratio(predicted, pairs.truth)
        flexion[kind], poses[kind] = flexion_errors(predicted, pairs), (predicted, pairs)
    print(table(results))
    print(flexion_table(flexion))
    print("limbs' length over its truth: " + "  ".join(f"{kind} {ratio:.3f}" for kind, ratio in ratios.items()))
    if args.json:
        numbers = {"scores": results, "limb_ratio": ratios, "flexion_deg": flexion}
        args.json.write_text(json.dumps(numbers, indent=2) + "\n")
    if args.plot:
        plot_flexion(poses, args.plot)


def _export(args: argparse.Namespace) -> None:
    state = TrainState.load(args.run / "last.pt", TrainConfig.load(args.run / "config.json"), "cpu")
    low, high = DataConfig().crop_scale
    metadata = {
        "normalisation": (
            f"square crop around each window's keypoints, side {low} to {high} times their extent; scores in channel 2"
        ),
        "step": str(state.step),
        "windows": str(state.windows),
        **dict(item.partition("=")[::2] for item in args.meta),
    }
    save_safetensors(state.ema, args.out, metadata, half=args.half)
    print(f"step {state.step} -> {args.out}, {args.out.stat().st_size / 1e6:.2f} MB")


def _plot(args: argparse.Namespace) -> None:
    from .plot_curves import plot

    plot(args.run, args.out)


if __name__ == "__main__":
    sys.exit(main())
