"""Settings of the machine that make a training step faster, measured on 2 cores (5 layers x 64, batch 32).

glibc returns every freed activation to the kernel, which zeroes it page by page at the next step: keeping the memory
took the step from 8.4 to 12.1 windows/s on a quiet machine. torch.compile (per layer, 2.15) took 135 s to compile and
was no faster: two fifths of the time are matrix products at the processor's full speed. bf16 products (AVX-512 BF16),
attention written out instead of torch's fused kernel and weights in float32 throughout: 17 windows a core-second
against 10 (5 layers x 64, 16 windows, same run).
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from contextlib import AbstractContextManager, nullcontext

import torch

from .networks import Lifter, layers

# glibc's malloc.h
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -2, -4, -8


def keep_memory() -> bool:
    """Makes glibc keep freed memory. Call before the first large allocation; True if it took effect."""
    if not sys.platform.startswith("linux"):
        return False
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL("libc.so.6").mallopt
        settings = ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, 2**31 - 1), (_M_TOP_PAD, 2**26), (_M_ARENA_MAX, 1))
        return all(mallopt(key, value) == 1 for key, value in settings)
    return False


def prepare(threads: int, device: str) -> int:
    """Once, before the network is built. `threads` 0: all cores. Returns how many data-parallel threads to train
    with."""
    keep_memory()
    if device.startswith("cuda"):
        return 1  # float32 products stay exact: few are left, and one of them chooses the nearest frames
    count = threads or torch.get_num_threads()
    torch.set_num_threads(1)  # each worker computes alone, see data_parallel.py
    return count


def compile_layers(model: Lifter) -> None:
    """Compiles every layer on its own, in place: they have the same code, so that one compilation serves all (CUDA: 20
    s once)."""
    for layer in layers(model):
        layer.compile(dynamic=False)


def mixed_precision(device: str) -> AbstractContextManager[object]:
    """bf16 autocast where the hardware multiplies in bf16, else nothing: CPUs without it are slower in bf16."""
    if device.startswith("cuda"):
        # no cache of casts: each weight is used once a step, and a captured step must not find them made
        return (
            torch.autocast("cuda", torch.bfloat16, cache_enabled=False)
            if torch.cuda.is_bf16_supported()
            else nullcontext()
        )
    return torch.autocast("cpu", torch.bfloat16) if device == "cpu" and _cpu_multiplies_bf16() else nullcontext()


def _cpu_multiplies_bf16() -> bool:
    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")  # torch has no public name for these
    return any(getattr(torch.cpu, name, lambda: False)() for name in checks)
