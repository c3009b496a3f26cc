"""A lifting network as an OpenVINO model: converted once per weights file, then read from the cache without torch.

A conversion is a folder NAME under `cache_dir`/openvino, made beside it and renamed: two processes that convert at once
do no harm, the second one's is dropped. NAME holds all that the result depends on. Nothing is changed in place; the
cache may be deleted any time.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import kasportsformer
import lifting
from kasf_demo.errors import first_line, is_out_of_memory
from kasf_demo.lift.backends import OpenvinoNetwork, TorchNetwork
from kasf_demo.third_party import openvino

if TYPE_CHECKING:
    from kasportsformer.model import KASportsFormer

log = logging.getLogger(__name__)

FORMAT = 1
# windows per inference: for 2 or 8 the shipped network works within the CPU's cache, 19 ms per window; 22 ms for 32
PIECE = 2
# Limit of the median difference to torch, in half crops; 1e-6 is usual. Not of the maximum: the network's nearest-frame
# graph is a step function, and rounding decides near ties, up to 0.5 mm (docs/decisions.md, "Lifting windows").
TOLERANCE = 1e-4
# bf16, the default on CPUs that have it, moves the nearest frames of the temporal graph: centimetres
CONFIG = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "THROUGHPUT"}


def openvino_network(sha256: str, settings: str, load: Callable[[], KASportsFormer], cache_dir: Path,
                     keep_in: Callable[[], Path] | None = None) -> OpenvinoNetwork:  # fmt: skip
    """The network of the weights file with hash `sha256`. `load` builds it in torch if the cache has no conversion.

    `settings`: other values that the network depends on, such as the head count. `keep_in` returns the folder in
    which a new conversion is stored; default is `cache_dir`, which may be read-only. Raises what `load` and openvino
    raise; a cache that cannot be used is only logged.
    """
    ov = openvino()
    folder = cache_dir / "openvino" / _name(ov, sha256, settings)
    core = ov.Core()
    if folder.is_dir():
        try:
            return OpenvinoNetwork(core.compile_model(core.read_model(folder / "model.xml"), "CPU", CONFIG))
        except Exception as error:  # damaged, whatever openvino calls it
            if is_out_of_memory(error):
                raise
            log.warning("a converted network cannot be read and is made again: %s", first_line(error))
            shutil.rmtree(folder, ignore_errors=True)
    model = load()
    folder = (keep_in() if keep_in else cache_dir) / "openvino" / folder.name
    converted = convert(ov, model)
    try:
        _save(ov, converted, folder)
    except OSError as error:
        log.warning("the converted network is not kept: %s", error)
        folder = Path(tempfile.mkdtemp(prefix="kasf-openvino-")) / "model"
        atexit.register(shutil.rmtree, folder.parent, ignore_errors=True)
        _save(ov, converted, folder)
    # read back like every later run: what openvino compiles from the model in memory decides some near ties otherwise,
    # by up to 0.4 mm
    network = OpenvinoNetwork(core.compile_model(core.read_model(folder / "model.xml"), "CPU", CONFIG))
    try:
        _check(network, model)
    except ValueError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return network


def convert(ov: Any, model: KASportsFormer) -> Any:
    """The torch model as an OpenVINO model for PIECE windows. Traced by ourselves: left to openvino, tracing runs
    everything twice more and takes 27 s instead of 3."""
    import torch

    c = model.config
    example = torch.zeros(PIECE, c.n_frames, c.n_joints, c.dim_in)
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations, and that the check of the input's shape is not traced
        traced = torch.jit.freeze(torch.jit.trace(model, example, check_trace=False))  # type: ignore[no-untyped-call]
        converted = ov.convert_model(traced, example_input=example)
    converted.reshape({0: list(example.shape)})
    return converted


def _check(network: OpenvinoNetwork, model: KASportsFormer) -> None:
    """Raises ValueError if the conversion's output differs from torch's."""
    windows = np.random.default_rng(0).uniform(-1, 1, (PIECE, network.length, 17, 3)).astype(np.float32)
    windows[..., 2] = abs(windows[..., 2])
    difference = float(np.median(np.abs(network(windows) - TorchNetwork(model)(windows))))
    if not difference <= TOLERANCE:
        raise ValueError(f"the converted network differs from torch by {difference:.2g}")


def _save(ov: Any, converted: Any, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".part-") as part:
        made = Path(part) / folder.name
        made.mkdir()
        ov.save_model(converted, made / "model.xml", compress_to_fp16=False)
        with contextlib.suppress(OSError):  # another process was first
            os.rename(made, folder)


def _name(ov: Any, sha256: str, settings: str) -> str:
    """What a conversion depends on: the weights, how they are read, our code, openvino's version."""
    code = hashlib.sha256(settings.encode())
    for module in ("anatomy", "blocks", "model", "skeleton"):
        code.update(Path(kasportsformer.__file__).with_name(f"{module}.py").read_bytes())
    code.update(Path(lifting.__file__).with_name("blocks.py").read_bytes())
    version = ov.__version__.split("-")[0]
    return f"{sha256[:24]}-{code.hexdigest()[:12]}-n{PIECE}-{FORMAT}-{version}"
