"""A benchmark from its files to its report."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from kasf_demo.batch.lock import FolderLock
from kasf_demo.benchmark.chunk_store import STATE, ChunkStore, data_hash, forget_others
from kasf_demo.benchmark.lifters import Protocol, find_lifters
from kasf_demo.benchmark.measure_windows import measure
from kasf_demo.benchmark.protocol import TestWindows, cut_windows
from kasf_demo.benchmark.published import same_action
from kasf_demo.benchmark.recorded_set import RecordedSet, read_set
from kasf_demo.benchmark.scores import score
from kasf_demo.benchmark.sets import SETS
from kasf_demo.benchmark.tables import Benchmark, MeasuredLifter, all_tables, csv_rows
from kasf_demo.cores import available_cores
from kasf_demo.engine import Engine
from kasf_demo.errors import InputError, OutputError, UsageError
from kasf_demo.files.atomic import atomic_write_path, output_error
from kasf_demo.options import Options
from kasf_demo.progress import Progress

FILES = ("benchmark.md", "benchmark.csv", "benchmark.png")
MAX_WORKERS = 256


@dataclass(frozen=True)
class BenchmarkOptions:
    """frames: T of networks that take any; None: the data set's. workers: None for the number of cores. ray: a
    cluster's address. sampling: fields of `d3dp.Sampling`; what is not given is the network's own."""

    protocol: Protocol = "published"
    frames: int | None = None
    workers: int | None = None
    ray: str | None = None
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    offline: bool = False
    overwrite: bool = False
    sampling: Mapping[str, int] = field(default_factory=dict)


def run_benchmark(
    set_name: str, data_path: Path, lifters: Sequence[str], out: Path | None, options: BenchmarkOptions,
    progress: Progress,
) -> Benchmark:  # fmt: skip
    """Measures the lifters one after the other; writes FILES into `out`, if given, where finished parts are kept.

    The same call again goes on where a killed one stopped. Raises KasfError.
    """
    _check(options)
    data_set = SETS[set_name]
    with ExitStack() as stack:
        if out is not None:
            _take_folder(out, options.overwrite, stack)
        device = Engine(Options(device=options.device), progress).device
        found = find_lifters(
            list(lifters), data_set.frames, asked=options.frames, device=device, offline=options.offline,
            say=progress.say, sampling=options.sampling,
        )  # fmt: skip
        data = read_set(data_set, data_path)
        windows = {s.frames: _windows(data, s.frames, data_path) for s, _ in found}
        hashes = {frames: data_hash(data, w) for frames, w in windows.items()}
        stores = [ChunkStore(out, s, options.protocol, hashes[s.frames]) for s, _ in found]
        workers = options.workers or len(available_cores())
        rows = []
        for (subject, described), store in zip(found, stores, strict=True):
            cut = windows[subject.frames]
            errors = measure(
                subject, data, cut, options.protocol, store, workers=workers, ray=options.ray, progress=progress
            )
            rows.append(MeasuredLifter(subject, described, score(data, cut, errors)))
        benchmark = Benchmark(data, options.protocol, tuple(rows))
        if out is not None:
            write_files(benchmark, out)
            forget_others(out, stores)
    return benchmark


def _check(options: BenchmarkOptions) -> None:
    if options.workers is not None and not 1 <= options.workers <= MAX_WORKERS:
        raise UsageError(
            f"--workers {options.workers} is not from 1 to {MAX_WORKERS}", "give a number of workers, or auto"
        )
    if options.frames is not None and not 3 <= options.frames <= 10_000:
        raise UsageError(f"--frames {options.frames} is not from 3 to 10000", "give the frames of a window")


def _windows(data: RecordedSet, frames: int, path: Path) -> TestWindows:
    windows = cut_windows(data, frames)
    if not len(windows):
        raise InputError("has no recordings that are tested", f"give {data.data_set.file_hint}", path=path)
    return windows


def _take_folder(out: Path, overwrite: bool, stack: ExitStack) -> None:
    """Makes the folder and locks it. Raises OutputError for files in it that an earlier benchmark did not write."""
    state = out / STATE
    try:
        theirs = [name for name in FILES if (out / name).exists()] if not state.is_dir() else []
        if theirs and not overwrite:
            raise OutputError(
                f"holds {', '.join(theirs)} of something else", "choose another --out, or pass --overwrite", path=out
            )
        state.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise output_error(e, out) from e
    stack.enter_context(FolderLock(state / "lock"))


def write_files(found: Benchmark, out: Path) -> None:
    """FILES, each whole or not at all. Raises OutputError."""
    from kasf_demo.plots.benchmark import draw_benchmark

    with atomic_write_path(out / "benchmark.md", overwrite=True) as part:
        tables = all_tables(found)
        text = "\n".join(table.markdown(1 if i == 0 else 2) for i, table in enumerate(tables))
        part.write_text(f"{text}\n![MPJPE per action and joint](benchmark.png)\n", encoding="utf-8")
    with atomic_write_path(out / "benchmark.csv", overwrite=True) as part:
        write_rows(part, csv_rows(found))
    groups = [*found.actions, "mean"]
    with atomic_write_path(out / "benchmark.png", overwrite=True) as part:
        draw_benchmark(
            part, kind="png", title=all_tables(found)[0].title, groups=groups,
            by_group={m.subject.label: _by_action(m, groups) for m in found.lifters},
            by_joint={m.subject.label: m.scores.joint_mm.tolist() for m in found.lifters},
            published=_published_bars(found, groups),
        )  # fmt: skip


def write_rows(path: Path, rows: Iterable[Sequence[object]]) -> None:
    """A CSV file. Raises OSError."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def _by_action(m: MeasuredLifter, groups: Sequence[str]) -> list[float]:
    actions = m.scores.actions
    return [actions[g].errors["mpjpe"] if g in actions else m.scores.total.errors["mpjpe"] for g in groups]


def _published_bars(found: Benchmark, groups: Sequence[str]) -> dict[str, list[float]]:
    """The published rows of the same architectures, else the best one: on the same kind of 2D."""
    if found.published is None:
        return {}
    kind = "det" if found.data.detected else "gt"
    rows = [row for row in found.published.rows if getattr(row, kind)]
    mine = {m.described.architecture for m in found.lifters}
    chosen = [row for row in rows if any(row.method.startswith(name) for name in mine)]
    chosen = chosen or sorted(rows, key=lambda row: getattr(row, kind)[0])[:1]
    bars = {}
    for row in chosen:
        of_action = getattr(row, f"{kind}_actions")
        values = [next((v for n, v in of_action.items() if same_action(n, g)), float("nan")) for g in groups[:-1]]
        bars[row.method] = [*values, getattr(row, kind)[0]]
    return bars
