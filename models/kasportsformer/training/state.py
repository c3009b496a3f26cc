"""What a run is: its configuration, and the state that lets it go on after being killed at any moment."""

from __future__ import annotations

import copy
import json
import math
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from ..model import KASportsFormer
from .hints import Teacher
from .losses import LossConfig
from .networks import Lifter, new_network
from .optimizer import optimizer


@dataclass(frozen=True)
class TrainConfig:
    """The numbers of a run. They are written to config.json in the run's folder, and a resumed run keeps them."""

    architecture: str = "kasportsformer"  # of networks.ARCHITECTURES
    model: dict[str, Any] = field(default_factory=dict)  # its config
    batch: int = 32
    lr: float = 4e-4
    warmup: int = 100  # steps
    # step at which the rate begins to fall to nothing, 0: not yet (a run of unknown length keeps its rate)
    decay_from: int = 0
    decay_steps: int = 2000
    # for a machine that is lent for a time: stop after so many seconds of training; 0: as many as it takes
    budget_s: float = 0.0
    # likewise in seconds of processor time, of all threads: what counts on a machine that others use too
    budget_cpu_s: float = 0.0
    budget_decay: float = 0.6  # last part of the budget over which the rate falls to nothing
    augment: dict[str, float] = field(default_factory=dict)  # other shares than AugmentConfig's
    camera: dict[str, Any] = field(default_factory=dict)  # other numbers than CameraConfig's
    compile: bool = False  # torch.compile, layer by layer
    graph: bool = False  # the step as one CUDA graph: small steps are all waiting for Python otherwise
    optimizer: str = "adamw"  # or "muon"
    weight_decay: float = 0.01
    clip: float = 1.0  # gradient norm
    ema: float = 0.998
    seed: int = 1
    # products in bf16 where the hardware has them; weights, residuals, attention and the loss stay in float32
    bf16: bool = True
    # of a network that begins from nothing: the 1e-5 of deep networks takes a shallow one hundreds of steps
    layer_scale: float = 0.1
    without: tuple[str, ...] = ()  # what an ablation takes away: `ablation.PARTS`
    loss: dict[str, float] = field(default_factory=lambda: asdict(LossConfig()))
    teacher: str = ""  # weights whose layers the network imitates: `hints`
    hint: float = 1.0  # weight of the imitation; it falls to nothing as a time budget is spent

    def rate(self, step: int, spent: float = 0.0) -> float:
        """Learning rate of a step, when that share of a time budget is `spent`: a linear warm-up, a plateau, and (once
        asked for) a cosine to zero."""
        lr = self.lr * min(1.0, (step + 1) / max(self.warmup, 1))
        if self.decay_from and step >= self.decay_from:
            lr *= _cosine((step - self.decay_from) / self.decay_steps)
        if self.budget_decay:
            lr *= _cosine(1 - (1 - spent) / self.budget_decay)
        return lr

    def spent(self, wall_s: float, cpu_s: float) -> float:
        """Share of the time budget that so many seconds are, the larger one of two budgets; 0 without any."""
        return max(
            wall_s / self.budget_s if self.budget_s else 0.0, cpu_s / self.budget_cpu_s if self.budget_cpu_s else 0.0
        )

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> TrainConfig:
        saved = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**saved, "without": tuple(saved.get("without", ()))})


def _cosine(done: float) -> float:
    """1 at the beginning (0 and before), 0 at the end (1 and after)."""
    return 0.5 * (1 + math.cos(math.pi * min(1.0, max(0.0, done))))


NEW_LAYER_SCALE = 1e-3


def deepen(model: KASportsFormer, n_layers: int) -> KASportsFormer:
    """A deeper network that begins as good as `model`: copies of its layers behind the originals, with layer scales
    near nothing.

    With the scales at 0 a layer after the first passes its input on, whatever it holds. Learning few layers first is
    several times faster a window. ValueError unless it is deeper.
    """
    old = model.config.n_layers
    if n_layers <= old:
        raise ValueError(f"{n_layers} layers are not more than {old}")
    out = KASportsFormer(replace(model.config, n_layers=n_layers))
    state = {name: value for name, value in model.state_dict().items() if not name.startswith("layers_with_bone.")}
    source = [i * old // n_layers for i in range(n_layers)]
    for i, origin in enumerate(source):
        copied = i > 0 and source[i - 1] == origin
        for name, value in model.layers_with_bone[origin].state_dict().items():
            scale = copied and name.rpartition(".")[2].startswith("layer_scale_")
            state[f"layers_with_bone.{i}.{name}"] = torch.full_like(value, NEW_LAYER_SCALE) if scale else value
    out.load_state_dict(state)
    return out


def with_frame_order(model: KASportsFormer) -> KASportsFormer:
    """The same network with `frame_order`, which adds nothing yet. ValueError if it has it."""
    if model.config.frame_order:
        raise ValueError("the network knows the order of frames")
    out = KASportsFormer(replace(model.config, frame_order=True))
    out.load_state_dict({**out.state_dict(), **model.state_dict()})  # its tables begin at 0
    return out


def _network(config: TrainConfig) -> Lifter:
    return new_network(config.architecture, config.model, config.without, config.layer_scale)


class TrainState:
    """Network, its running average (EMA), optimiser and step counter."""

    def __init__(self, config: TrainConfig, model: Lifter, device: str) -> None:
        self.config, self.device = config, device
        self.model: Lifter = model.to(device).train()
        self.ema = copy.deepcopy(model).eval().requires_grad_(False)
        self.optimizer = optimizer(config.optimizer, self.model, config.lr, config.weight_decay)
        # views, whatever is loaded later
        pairs = list(zip(self.ema.state_dict().values(), self.model.state_dict().values(), strict=True))
        averaged = [pair[0].dtype == torch.float32 for pair in pairs]  # not counters, nor D3DP's table of noise
        self._means = [mean for (mean, _), yes in zip(pairs, averaged, strict=True) if yes]
        self._values = [now for (_, now), yes in zip(pairs, averaged, strict=True) if yes]
        self._copied = [pair for pair, yes in zip(pairs, averaged, strict=True) if not yes]
        self.step = 0  # steps done
        self.windows = 0  # seen
        self.spent_s = self.spent_cpu_s = 0.0  # of the time budgets
        self.teacher: Teacher | None = None  # until `call_teacher`

    @classmethod
    def new(cls, config: TrainConfig, device: str, start: Lifter | None = None) -> TrainState:
        """At step 0: from the weights of `start`, or random with the run's seed."""
        torch.manual_seed(config.seed)
        return cls(config, start or _network(config), device)

    def call_teacher(self) -> None:
        """Lets the config's teacher, if it names one, take part in every step from now on. Raises CheckpointError,
        ValueError."""
        if self.config.teacher and self.teacher is None:
            self.teacher = Teacher(Path(self.config.teacher), self.model)

    def spent(self) -> float:
        """Share of the time budget that is spent; 0 without one."""
        return self.config.spent(self.spent_s, self.spent_cpu_s)

    def rate(self, step: int | None = None) -> float:
        """Learning rate of the next step, or of `step`, at this moment of the budget."""
        return self.config.rate(self.step if step is None else step, self.spent())

    @torch.no_grad()
    def average(self) -> None:
        """One step of the running average; short at first, so that the start is soon forgotten."""
        keep = min(self.config.ema, (1 + self.step) / (10 + self.step))
        # one call: 3,000 tensors one by one take longer than a small step
        torch._foreach_lerp_(self._means, self._values, 1 - keep)
        for mean, now in self._copied:
            mean.copy_(now)

    def save(self, path: Path) -> None:
        """All that a run needs to go on to the same numbers; never half a file under its name."""
        state = {
            "step": self.step,
            "windows": self.windows,
            "spent_s": self.spent_s,
            "spent_cpu_s": self.spent_cpu_s,
            "model": self.model.state_dict(),
            "ema": self.ema.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "torch_rng": torch.get_rng_state(),
            "config": asdict(self.config),
        }
        temporary = path.with_name(f".{path.name}.partial")
        with temporary.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path, config: TrainConfig | None, device: str) -> TrainState:
        """The state in a file, with `config` for what is to come (None: as saved). Raises OSError, RuntimeError if it
        does not fit."""
        saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        was = TrainConfig(**{**saved["config"], "without": tuple(saved["config"].get("without", ()))})
        state = cls(config or was, _network(was), device)
        state.model.load_state_dict(saved["model"])
        state.ema.load_state_dict(saved["ema"])
        state.optimizer.load_state_dict(saved["optimizer"])
        torch.set_rng_state(saved["torch_rng"])
        state.step = saved["step"]
        state.windows = saved.get("windows", state.step * saved["config"]["batch"])
        state.spent_s, state.spent_cpu_s = saved.get("spent_s", 0.0), saved.get("spent_cpu_s", 0.0)
        return state
