"""What the commands of training do; the arguments of each are those of `arguments`."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from d3dp.model import D3DP, Sampling
from lifting.checkpoint import save_safetensors
from lifting.load import load_lifter

from ..model import KASportsFormer
from .augment import AugmentConfig
from .cameras import CameraConfig
from .dataset import DataConfig, Draw, Mixture, Pairs, Sampler
from .flexion import flexion_errors, flexion_table, plot_flexion
from .networks import ARCHITECTURES, Lifter, architecture, as_lifter, one_sample
from .pack import Corpus, pack, read_folder
from .performance import prepare
from .readers.datasets import read_recorded
from .recorded_dataset import RecordedSampler, all_windows
from .replay import replay
from .state import TrainConfig, TrainState, deepen, with_frame_order
from .takeover import taken_over
from .train import train
from .validation import HeldOut, limb_ratio, make, predict, scores, table

# options of `train` that are fields of TrainConfig
SETTINGS = (
    "batch",
    "lr",
    "ema",
    "seed",
    "warmup",
    "optimizer",
    "decay_from",
    "decay_steps",
    "bf16",
    "budget_s",
    "budget_cpu_s",
    "budget_decay",
    "compile",
    "graph",
    "hint",
)


def run_pack(args: argparse.Namespace) -> None:
    corpus = pack(read_folder(args.folder))
    corpus.save(args.out)
    print(f"{len(corpus.names)} motions, {len(corpus.middle)} frames -> {args.out}")


def run_heldout(args: argparse.Namespace) -> None:
    held = make(Corpus.load(args.corpus), DataConfig())
    print(f"{len(held.subjects)} windows -> {args.out}, sha256 {held.save(args.out)}")


def run_replay(args: argparse.Namespace) -> None:
    part = replay(Corpus.load(args.corpus), args.pieces)
    part.save(args.out)
    print(f"{len(part.names)} pieces, {len(part.middle)} frames -> {args.out}")


def run_train(args: argparse.Namespace) -> None:
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
        kind = architecture(start) if start else args.architecture or "kasportsformer"
        model = asdict(start.config) if start else _numbers_of(args)
        config = replace(config, architecture=kind, model=model, without=tuple(args.without))
        state = TrainState.new(config, args.device, start)
    config.save(record)
    (args.run / "pid").write_text(f"{os.getpid()}\n")
    held = HeldOut.load(args.heldout) if args.heldout else None
    data = DataConfig(
        frames=state.model.max_frames,
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


def _beginning(args: argparse.Namespace) -> Lifter | None:
    """The network of --from, with more layers or `frame_order` if the options ask for it; None without --from."""
    if not args.start:
        return None
    start = one_sample(as_lifter(load_lifter(args.start, num_heads=args.heads)))
    if args.architecture not in (None, architecture(start)):
        if not isinstance(start, KASportsFormer):
            raise SystemExit(f"error: {args.start}: only a kasportsformer's layers fit others; omit --architecture")
        return one_sample(taken_over(start, args.architecture, {}))
    if not isinstance(start, KASportsFormer):
        return start
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
    if args.teacher:
        config = replace(config, teacher=str(args.teacher.absolute()))
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
        corpus = Corpus.load(args.corpus).split(held_out=False)
        sources.append(Sampler(corpus.only(args.only.read_text().split("\n")) if args.only else corpus, config))
    if args.data:
        sources.append(RecordedSampler(read_recorded(args.data, "train"), config.frames))
    if not sources:
        raise SystemExit("error: nothing to train on; give --corpus, --data, or both")
    return sources[0] if len(sources) == 1 else Mixture(sources[0], sources[1], args.data_share)


def _numbers_of(args: argparse.Namespace) -> dict[str, Any]:
    """The config of a network that begins from nothing: a small one, but for what the options say."""
    kind = ARCHITECTURES[args.architecture or "kasportsformer"]
    given = {
        "n_layers": args.layers,
        "dim_feat": args.dim,
        "dim_rep": args.dim_rep,
        "mlp_ratio": args.mlp_ratio,
        "num_heads": args.num_heads,
        kind.frames: args.frames,
        "frame_order": args.frame_order or None,
    }
    try:
        config = kind.config(**{**kind.small, **{name: v for name, v in given.items() if v is not None}})
    except (TypeError, ValueError) as error:
        raise SystemExit(f"error: no such network can be built ({error}); change the options") from None
    return asdict(config)


def _weights(path: Path, heads: int | None) -> Lifter:
    """A checkpoint, or the running average of a run's last.pt."""
    if path.suffix == ".pt":
        return TrainState.load(path, None, "cpu").ema
    return one_sample(as_lifter(load_lifter(path, num_heads=heads)))


def run_evaluate(args: argparse.Namespace) -> None:
    threads = prepare(args.threads, args.device)
    model = _weights(args.weights, args.heads).to(args.device).eval()
    if isinstance(model, D3DP):
        model.sampling = Sampling(args.hypotheses, args.diffusion_steps)
    sets: dict[str, tuple[Pairs, tuple[str, ...]]] = {}
    if args.heldout:
        held = HeldOut.load(args.heldout)
        sets = {kind: (held.pairs(noise=kind == "noise"), held.subjects) for kind in ("noise", "clean")}
    if args.data:
        sets["data"] = all_windows(read_recorded(args.data, "test"), model.max_frames, args.crop_scale)
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


def run_export(args: argparse.Namespace) -> None:
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


def run_plot(args: argparse.Namespace) -> None:
    from .plot_curves import plot

    plot(args.run, args.out)


COMMANDS = {
    "pack": run_pack,
    "heldout": run_heldout,
    "replay": run_replay,
    "train": run_train,
    "evaluate": run_evaluate,
    "export": run_export,
    "plot": run_plot,
}
