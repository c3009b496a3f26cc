"""Number of workers and threads for this machine: all cores busy, none oversubscribed, within the memory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from kasf_demo.cores import available_cores
from kasf_demo.system.machine import free_memory

# Largest memory use of any combination of networks in benchmarks/speed/pipeline.py (docs/performance.md)
WORKER_BYTES = 1_700_000_000
# Workers that share a GPU: most of a clip's time is decoding, drawing and encoding on the CPU. Not measured
PER_GPU = 4
RESERVE_BYTES = 1_000_000_000  # left for the system and for this process
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


@dataclass(frozen=True)
class Sizes:
    """workers; threads of each; cores of each (empty: any), no core being in two sets; the GPUs that they take in turn,
    by number."""

    workers: int
    threads: int
    cores: tuple[tuple[int, ...], ...]
    gpus: tuple[str, ...] = ()


def sizes(workers: int | None, threads: int | None, *, clips: int, gpu: bool = False) -> Sizes:
    """Workers and threads for `clips` clips; None means `auto`. Automatic threads: the cores are shared among the
    workers. gpu: the models run on a GPU."""
    cores, memory = available_cores(), available_memory()
    cards = available_gpus() if gpu else ()
    if workers is None:
        # A worker keeps somewhat more than a core busy: it decodes and draws while ffmpeg encodes.
        by_cores = max(1, len(cores) // (threads or 1))
        by_memory = max(1, (memory - RESERVE_BYTES) // WORKER_BYTES) if memory else by_cores
        workers = int(min(by_cores, by_memory, PER_GPU * len(cards) if cards else by_cores))
    workers = max(1, min(workers, clips))
    threads = threads or max(1, len(cores) // workers)
    return Sizes(workers, threads, _shares(cores, workers, threads), cards)


def _shares(cores: list[int], workers: int, threads: int) -> tuple[tuple[int, ...], ...]:
    if workers * threads > len(cores):
        return ((),) * workers  # oversubscribed on request: the system shares out
    return tuple(tuple(cores[i * threads : (i + 1) * threads]) for i in range(workers))


def thread_environment(threads: int) -> dict[str, str]:
    """Environment variables that set the thread counts of a worker's libraries; OpenVINO and ffmpeg follow the CPU
    affinity."""
    return dict.fromkeys(_THREAD_VARIABLES, str(threads))


def available_gpus(devices: Path = Path("/dev")) -> tuple[str, ...]:
    """NVIDIA GPUs as CUDA_VISIBLE_DEVICES names them: those it names, else all there are."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return tuple(part.strip() for part in named.split(",") if part.strip() not in ("", "-1"))
    return tuple(sorted((p.name[6:] for p in devices.glob("nvidia[0-9]*")), key=int))


def available_memory() -> int | None:
    """Bytes available without swapping, within a container's limit; None if the system does not report it."""
    free = free_memory()
    found = [] if free is None else [free]
    limit, used = _number("/sys/fs/cgroup/memory.max"), _number("/sys/fs/cgroup/memory.current")
    if limit is not None and used is not None:
        found.append(max(0, limit - used))
    return min(found) if found else None


def _number(path: str) -> int | None:
    try:
        return int(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
