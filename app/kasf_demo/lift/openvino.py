"""A lifting network as an OpenVINO model: converted once per weights file, then read from the cache without torch. The
default network's is shipped.

A conversion is a folder NAME under `cache_dir`/openvino, made beside it and renamed: two processes that convert at once
do no harm, the second one's is dropped. NAME holds all that the result depends on. Nothing is changed in place; the
cache may be deleted any time.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

import lifting
from kasf_demo.cores import available_cores
from kasf_demo.errors import ModelError, first_line, is_out_of_memory
from kasf_demo.files.compiled_networks import compile_kept
from kasf_demo.lift.backends import NetworkFacts, OpenvinoNetwork, TorchNetwork
from kasf_demo.third_party import openvino

log = logging.getLogger(__name__)

FORMAT = 2
# what a converted network is made from, below the folder of the libraries
CODE = (
    *(f"kasportsformer/{name}.py" for name in ("anatomy", "blocks", "model", "skeleton")),
    "lifting/blocks.py",
    "motionagformer/model.py",
    "motionbert/model.py",
    "d3dp/network.py",
)
# windows per inference: for 2 or 8 the shipped network works within the CPU's cache, 19 ms per window; 22 ms for 32
PIECE = 2
# Limit of the median difference to torch, in half crops; 1e-6 is usual. Not of the maximum: the network's nearest-frame
# graph is a step function, and rounding decides near ties, up to 0.5 mm (docs/decisions.md, "Lifting windows").
TOLERANCE = 1e-4
# bf16, the default on CPUs that have it, moves the nearest frames of the temporal graph: centimetres
CONFIG = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "THROUGHPUT"}


Shipped = tuple[Path, str, Callable[[], None]]  # as kasf_demo.weights.shipped_conversion


def openvino_network(
    sha256: str,
    settings: str,
    load: Callable[[], Any],
    cache_dir: Path,
    keep_in: Callable[[], Path] | None = None,
    shipped: Shipped | None = None,
) -> OpenvinoNetwork:
    """The network of the weights file with hash `sha256`. `load` builds it in torch if the cache has no conversion.

    `settings`: other values that the network depends on, such as the head count. `keep_in` returns the folder in
    which a new conversion is stored; default is `cache_dir`, which may be read-only. shipped: a conversion that is
    taken instead if this openvino can read it. Raises what `load` and openvino raise; a cache that cannot be used is
    only logged.
    """
    ov = openvino()
    if shipped is not None:
        try:
            return _read_shipped(ov, shipped, cache_dir)
        except Exception as error:
            if is_out_of_memory(error) or isinstance(error, ModelError):
                raise
            log.warning("this openvino cannot read the shipped network, which is converted: %s", first_line(error))
    folder = cache_dir / "openvino" / _name(ov, sha256, settings)
    if folder.is_dir():
        try:
            return _read(ov, folder)
        except Exception as error:  # damaged, whatever openvino calls it
            if is_out_of_memory(error):
                raise
            log.warning("a converted network cannot be read and is made again: %s", first_line(error))
            shutil.rmtree(folder, ignore_errors=True)
    model = load()
    # read back like every later run: what openvino compiles from the model in memory decides some near ties otherwise,
    # by up to 0.4 mm
    folder = _keep(ov, convert(ov, model), folder, keep_in, NetworkFacts.of(model))
    network = _read(ov, folder)
    try:
        _check(network, model)
    except ValueError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return network


def openvino_denoiser(sha256: str, settings: str, model: Any, cache_dir: Path,
                      keep_in: Callable[[], Path] | None = None) -> Any:  # fmt: skip
    """The denoising network of a D3DP `model` as a compiled OpenVINO model of one hypothesis of one window: keypoints
    (1, T, 17, 2), noisy pose (1, 1, T, 17, 3) and time (1,) to a pose as the second. Arguments and errors as for
    `openvino_network`."""
    import torch

    ov, t = openvino(), model.max_frames
    folder = cache_dir / "openvino" / _name(ov, sha256, f"denoiser {settings}")
    if not folder.is_dir():
        example = (torch.zeros(1, t, 17, 2), torch.zeros(1, 1, t, 17, 3), torch.zeros(1, dtype=torch.int64))
        shapes = [list(part.shape) for part in example]
        folder = _keep(ov, _traced(ov, model.pose_estimator, example, shapes), folder, keep_in, NetworkFacts.of(model))
    try:
        return _compiled(ov, ov.Core(), folder, {})
    except Exception:
        shutil.rmtree(folder, ignore_errors=True)  # damaged: made again by the next run
        raise


def convert(ov: Any, model: Any) -> Any:
    """The torch model as an OpenVINO model for PIECE windows, of any length if the network takes any."""
    import torch

    frames = model.max_frames
    shape = [PIECE, frames if model.min_frames == frames else -1, 17, 3]
    return _traced(ov, model, (torch.zeros(PIECE, frames, 17, 3),), [shape])


def _traced(ov: Any, model: Any, example: tuple[Any, ...], shapes: Sequence[list[int]]) -> Any:
    """Traced by ourselves: left to openvino, tracing runs everything twice more and takes 27 s instead of 3."""
    import torch

    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations, and that the check of the input's shape is not traced
        traced = torch.jit.freeze(torch.jit.trace(model, example, check_trace=False))  # type: ignore[no-untyped-call]
        converted = ov.convert_model(traced, example_input=example if len(example) > 1 else example[0])
    converted.reshape(dict(enumerate(shapes)))
    return converted


def _read_shipped(ov: Any, shipped: Shipped, cache_dir: Path) -> OpenvinoNetwork:
    folder, sha256, check = shipped
    return _read(ov, folder, cache_dir / "openvino" / f"shipped-{sha256[:24]}", check)


def _read(ov: Any, folder: Path, kept: Path | None = None, check: Callable[[], None] | None = None) -> OpenvinoNetwork:
    """The conversion in `folder`. kept: where what is compiled from it is, if not there; its name stands for the
    content. check: called before the model is read."""
    facts = NetworkFacts(**json.loads((folder / "network.json").read_text("utf-8")))
    core = ov.Core()
    any_length = facts.min_frames != facts.max_frames

    def compiled(frames: int) -> Any:
        return _compiled(ov, core, folder, {0: [PIECE, frames, 17, 3]} if any_length else {}, kept, check)

    return OpenvinoNetwork(compiled, facts)


def _compiled(
    ov: Any,
    core: Any,
    folder: Path,
    shapes: dict[int, list[int]],
    kept: Path | None = None,
    check: Callable[[], None] | None = None,
) -> Any:
    def make() -> Any:
        if check is not None:
            check()
        model = core.read_model(folder / "model.xml")
        if shapes:
            model.reshape(shapes)
        return model

    kept = kept or folder
    return compile_kept(ov, core, make, CONFIG, f"{kept.name} {shapes} {len(available_cores())}", kept / "compiled")


def _check(network: OpenvinoNetwork, model: Any) -> None:
    """Raises ValueError if the conversion's output differs from torch's."""
    frames = min(network.facts.max_frames, max(network.facts.min_frames, 27))
    windows = np.random.default_rng(0).uniform(-1, 1, (PIECE, frames, 17, 3)).astype(np.float32)
    windows[..., 2] = abs(windows[..., 2])
    difference = float(np.median(np.abs(network(windows) - TorchNetwork(model)(windows))))
    if not difference <= TOLERANCE:
        raise ValueError(f"the converted network differs from torch by {difference:.2g}")


def _keep(ov: Any, converted: Any, folder: Path, keep_in: Callable[[], Path] | None, facts: NetworkFacts) -> Path:
    """Saves the conversion where it can be found again, or else in a temporary folder. Returns the folder."""
    if keep_in:
        folder = keep_in() / "openvino" / folder.name
    try:
        save(ov, converted, folder, facts)
    except OSError as error:
        log.warning("the converted network is not kept: %s", error)
        folder = Path(tempfile.mkdtemp(prefix="kasf-openvino-")) / "model"
        atexit.register(shutil.rmtree, folder.parent, ignore_errors=True)
        save(ov, converted, folder, facts)
    return folder


def save(ov: Any, converted: Any, folder: Path, facts: NetworkFacts) -> None:
    """Writes a conversion as the new folder `folder`. Raises OSError; one that another process made first is left."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".part-") as part:
        made = Path(part) / folder.name
        made.mkdir()
        ov.save_model(converted, made / "model.xml", compress_to_fp16=False)
        (made / "network.json").write_text(json.dumps(asdict(facts)), "utf-8")
        with contextlib.suppress(OSError):  # another process was first
            os.rename(made, folder)


def _name(ov: Any, sha256: str, settings: str) -> str:
    """What a conversion depends on: the weights, how they are read, our code, openvino's version."""
    code = hashlib.sha256(settings.encode())
    for file in CODE:
        code.update((Path(lifting.__file__).parents[1] / file).read_bytes())
    version = ov.__version__.split("-")[0]
    return f"{sha256[:24]}-{code.hexdigest()[:12]}-n{PIECE}-{FORMAT}-{version}"
