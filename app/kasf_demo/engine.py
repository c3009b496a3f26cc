"""The loaded models of a run: one detector and one lifter, loaded at first use and shared by many clips."""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from kasf_demo import third_party, weights
from kasf_demo.cores import let_waiting_threads_sleep
from kasf_demo.detect import installed, open_detector
from kasf_demo.detect.base import Detector
from kasf_demo.detect.select import INSTEAD_OF_FETCHING, DetectorName, choose_detector
from kasf_demo.errors import ModelError, OutOfMemoryError, UsageError, first_line, is_out_of_memory
from kasf_demo.lift.backends import Network, TorchNetwork, accelerator_possible
from kasf_demo.lift.lifter import Lifter
from kasf_demo.options import Options, flag
from kasf_demo.progress import Progress
from kasf_demo.types.clip import VideoInfo

if TYPE_CHECKING:
    from kasportsformer.model import KASportsFormer

# Bytes that a process may map (ulimit -v). With less a run cannot end well: libraries that want memory while they start
# threads abort. With somewhat more it ends with the same exit code where memory runs out (docs/decisions.md, "Memory")
MIN_ADDRESS_SPACE = 1_500_000_000
# the options that decide which networks are loaded
MODEL_OPTIONS = ("detector", "detector_weights", "quality", "keypoints", "weights", "heads", "device", "backend")


class Engine:
    """Context manager that owns the models selected by `options`. Raises ModelError if they are unavailable, and
    OutOfMemoryError if the process may not use enough memory."""

    def __init__(self, options: Options, progress: Progress) -> None:
        _check_address_space()
        let_waiting_threads_sleep()  # before the first import of torch
        self._options, self._progress = options, progress
        self._detector: Detector | None = None
        self.warnings: list[str] = []  # about the models, for every clip

    @property
    def model_options(self) -> Options:
        """The defaults, with the options that decide which networks are loaded."""
        return Options(**{name: getattr(self._options, name) for name in MODEL_OPTIONS})

    def check(self, options: Options) -> None:
        """Raises UsageError if `options` ask for other networks than the loaded ones."""
        for name in MODEL_OPTIONS:
            loaded, wanted = getattr(self._options, name), getattr(options, name)
            if loaded != wanted:
                what = f"the models were loaded with {flag(name)} {loaded}, this clip asks for {wanted}"
                raise UsageError(what, "leave the option out, or load other models")

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Frees the detector. May be called twice."""
        if self._detector is not None:
            self._detector.close()
            self._detector = None

    @cached_property
    def device(self) -> str:
        """ "cpu", "cuda" or "mps": the value of --device, or the best available. torch is imported only if there may be
        a GPU."""
        wanted = self._options.device
        if wanted == "cpu" or (wanted == "auto" and not accelerator_possible()):
            return "cpu"
        import torch

        have = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
        if wanted == "auto":
            return next((name for name in have if have[name]), "cpu")
        if not have[wanted]:
            raise ModelError(f"--device {wanted}: torch sees no such device", "use --device auto")
        return wanted

    @cached_property
    def lifter_weights(self) -> weights.Resolved:
        """The lifting network's file, verified."""
        return weights.resolve(
            self._options.weights, kind="lifter", offline=self._options.offline, say=self._progress.say
        )

    @property
    def lifter_name(self) -> str:
        """For captions and the record."""
        return self.lifter_weights.name

    @cached_property
    def lifter(self) -> Lifter:
        """The loaded network on the backend of --backend; `auto`: OpenVINO on a CPU if installed, else torch."""
        wanted = self._options.backend
        if wanted == "openvino" and not third_party.installed():
            raise ModelError("--backend openvino: openvino is not installed", 'pip install "kasf-demo[fast]"')
        if wanted == "openvino" and self.device != "cpu":
            raise ModelError(f"--backend openvino runs on the CPU, not on {self.device}", "add --device cpu")
        network: Network | None = None
        if wanted != "torch" and self.device == "cpu" and third_party.installed():
            network = self._openvino_network(required=wanted == "openvino")
        return Lifter(network or TorchNetwork(self._model(), self.device), crop_scale=self.lifter_weights.crop_scale)

    def _openvino_network(self, *, required: bool) -> Network | None:
        """The network in OpenVINO. If that fails: None with a warning, or ModelError if `required`."""
        from kasf_demo.lift.openvino import openvino_network

        w = self.lifter_weights
        # settings that a .pth lacks: see kasportsformer.checkpoint
        record = w.path.with_name(f"{w.path.stem}_config.json")
        settings = f"{self._heads} {record.read_text('utf-8') if w.path.suffix == '.pth' and record.is_file() else ''}"
        keep = partial(weights.usable_cache, self._progress.say)
        try:
            return openvino_network(w.sha256, settings, self._model, weights.cache_dir(), keep)
        except ModelError:
            raise
        # openvino has no exception classes of its own; CPU, disk or version may be the cause
        except Exception as error:
            if is_out_of_memory(error):  # torch takes more
                raise
            what = f"the lifting network does not run in OpenVINO ({first_line(error)})"
            if required:
                raise ModelError(what, "use --backend torch", path=w.path) from error
            self.warnings.append(f"{what}: torch is used, which is slower")
            return None

    @property
    def _heads(self) -> int | None:
        w = self.lifter_weights
        return self._options.heads or (w.entry.heads if w.entry else None)

    def _model(self) -> KASportsFormer:
        """The network in torch."""
        from kasportsformer.checkpoint import CheckpointError, load_model

        w = self.lifter_weights
        try:
            # training scripts store numpy scalars beside the weights: allowed, as inert values, in files with a known
            # hash
            return load_model(w.path, num_heads=self._heads, allow_numpy_scalars=w.entry is not None)
        except CheckpointError as e:
            raise ModelError(e.what, e.remedy, path=w.path) from e

    @cached_property
    def _choice(self) -> tuple[DetectorName, weights.Resolved | None]:
        """The detector's name and its verified weights, if it takes any."""
        o = self._options
        if o.keypoints is not None:
            return "keypoints-file", None
        given = o.detector_weights
        name, weights_name = choose_detector(
            o.detector, o.quality, given, offline=o.offline,
            weights_on_disk=lambda n: weights.available(n) is not None, installed=installed,
        )  # fmt: skip
        if weights_name is None:
            return name, None
        _check_network_of(weights.registry().get(weights_name), name)  # before it is fetched
        try:
            found = weights.resolve(weights_name, kind="detector", offline=o.offline, say=self._progress.say)
        except ModelError as e:
            if given is not None:
                raise
            raise ModelError(e.what, f"{e.remedy}; or {INSTEAD_OF_FETCHING[name]}", path=e.path) from e
        _check_network_of(found.entry, name)
        return name, found

    @property
    def detector_name(self) -> str:
        """For captions and the record, e.g. `yolo yolo26s-pose`, `mediapipe-heavy`."""
        name, w = self._choice
        return name if w is None else w.name if w.name.startswith(f"{name}-") else f"{name} {w.name}"

    @property
    def detector_record(self) -> dict[str, object]:
        """For the JSON report."""
        name, w = self._choice
        d = self._detector
        return {
            "name": name,
            "weights": w.name if w else (d.weights if d else None),
            "sha256": w.sha256 if w else (d.weights_sha256 if d else None),
            "licence": w.entry.licence if w and w.entry else (d.licence if d else None),
        }

    @property
    def identity(self) -> dict[str, str | None]:
        """Everything that affects the numbers, available before loading: used to check whether an earlier result is
        current."""
        name, w = self._choice
        return {
            "detector": name,
            "detector_sha256": w.sha256 if w else None,
            "lifter_sha256": self.lifter_weights.sha256,
        }

    def find_weights(self) -> None:
        """Finds and verifies the weights of both networks, so that a wrong path or hash fails before loading."""
        _ = self._choice, self.lifter_weights

    def prepare(self) -> None:
        """Loads the lifting network now, so that unusable weights fail before minutes of detection."""
        _ = self.lifter

    def clip_done(self) -> None:
        """Called after a clip's last frame: a detector made for one clip is closed, which also completes its
        warnings."""
        if self._detector is not None and not self._detector.reusable:
            self._detector.close()

    @property
    def kept_detector(self) -> Detector | None:
        """The detector of the last clip if it is stateless, else None."""
        return self._detector if self._detector is not None and self._detector.reusable else None

    def detector(self, video: VideoInfo) -> Detector:
        """The detector, ready for the first frame of `video`. A stateful one is created anew."""
        name, w = self._choice
        if self._detector is not None and self._detector.reusable:
            return self._detector
        self.close()
        self._progress.say(f"detector: {self.detector_name}; lifting network: {self.lifter_name}")
        path: Path | None = w.path if w else None
        self._detector = open_detector(
            name,
            weights=path,
            device=self.device,
            keypoints=self._options.keypoints,
            video=video,
            cache_dir=weights.usable_cache(self._progress.say),
        )
        return self._detector


def _check_network_of(entry: weights.Entry | None, detector: DetectorName) -> None:
    """Raises UsageError if a known file is the network of another detector."""
    if entry is not None and entry.kind == "detector" and entry.detector != detector:
        what = f"{entry.name} is a network of the {entry.detector} detector, not of {detector}"
        raise UsageError(what, f"--detector {entry.detector} --quality {entry.quality}")


def _check_address_space() -> None:
    """Raises OutOfMemoryError if the limit of this process is too low for any clip."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit != resource.RLIM_INFINITY and limit < MIN_ADDRESS_SPACE:
        what = f"out of memory: this process may use {limit / 1e9:.1f} GB, and needs at least {MIN_ADDRESS_SPACE / 1e9}"
        raise OutOfMemoryError(f"{what} GB", "raise the limit (ulimit -v), or use a machine with more memory")
