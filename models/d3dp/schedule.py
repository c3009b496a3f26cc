"""The noise schedule of D3DP and the times at which its sampler calls the network."""

from __future__ import annotations

import math

import torch
from torch import Tensor

N_TIMES = 1000
OFFSET = 0.008
MAX_BETA = 0.999


def cosine_schedule() -> dict[str, Tensor]:
    """The twelve float64 tensors (1000,) that the checkpoints hold, by name. On the CPU.

    Source: Nichol and Dhariwal, Improved DDPM, ICML 2021; the posterior's: Ho et al., DDPM, NeurIPS 2020.
    """
    u = torch.arange(N_TIMES + 1, dtype=torch.float64, device="cpu") / N_TIMES
    curve = torch.cos((u + OFFSET) / (1 + OFFSET) * math.pi / 2) ** 2
    curve = curve / curve[0]
    betas = (1 - curve[1:] / curve[:-1]).clamp(0, MAX_BETA)
    alphas = 1 - betas
    total = torch.cumprod(alphas, 0)
    before = torch.cat([torch.ones(1, dtype=torch.float64, device="cpu"), total[:-1]])
    variance = betas * (1 - before) / (1 - total)
    return {
        "betas": betas,
        "alphas_cumprod": total,
        "alphas_cumprod_prev": before,
        "sqrt_alphas_cumprod": total.sqrt(),
        "sqrt_one_minus_alphas_cumprod": (1 - total).sqrt(),
        "log_one_minus_alphas_cumprod": (1 - total).log(),
        "sqrt_recip_alphas_cumprod": (1 / total).sqrt(),
        "sqrt_recipm1_alphas_cumprod": (1 / total - 1).sqrt(),
        "posterior_variance": variance,
        "posterior_log_variance_clipped": variance.clamp(min=1e-20).log(),
        "posterior_mean_coef1": betas * before.sqrt() / (1 - total),
        "posterior_mean_coef2": (1 - before) * alphas.sqrt() / (1 - total),
    }


def sampling_times(steps: int) -> list[int]:
    """Times 999 down to -1, `steps` + 1 of them: the network is called at each but the last, -1, which is the clean
    pose."""
    if steps < 1:
        raise ValueError(f"at least one step expected, got {steps}")
    times = torch.linspace(-1, N_TIMES - 1, steps + 1, device="cpu")
    return [int(time) for time in times.flip(0)]
