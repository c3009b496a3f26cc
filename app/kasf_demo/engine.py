"""The loaded models of a run: one detector and one lifter, loaded at first use and shared by many clips."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property, partial
from types import TracebackType
from typing import TYPE_CHECKING, cast

from kasf_demo import concurrency, third_party, weights
from kasf_demo.cores import let_waiting_threads_sleep
from kasf_demo.detect import installed, open_crops, open_detector
from kasf_demo.detect.base import Detector
from kasf_demo.detect.select import INSTEAD_OF_FETCHING, DetectorName, choose_detector
from kasf_demo.errors import ModelError, UsageError, first_line, is_out_of_memory
from kasf_demo.lift.backends import Network, TorchNetwork, accelerator_possible
from kasf_demo.lift.diffusion import DiffusionNetwork, Sampling
from kasf_demo.lift.lifter import Lifter
from kasf_demo.lift.load import DIFFUSION, NetworkFile, load_network
from kasf_demo.options import Options, flag
from kasf_demo.progress import Progress
from kasf_demo.system.machine import check_address_space
from kasf_demo.types.clip import VideoInfo

if TYPE_CHECKING:
    from d3dp.model import D3DP

# the options that decide which networks are loaded
SAMPLING_OPTIONS = ("hypotheses", "steps", "seed", "aggregate")
MODEL_OPTIONS = (
    "detector", "detector_weights", "quality", "keypoints", "weights", "lifter", "normalisation", "heads", "device",
    "backend", *SAMPLING_OPTIONS,
)  # fmt: skip


class Engine:
    """Context manager that owns the models selected by `options`. Raises ModelError if they are unavailable, and
    OutOfMemoryError if the process may not use enough memory."""

    def __init__(self, options: Options, progress: Progress) -> None:
        check_address_space()
        let_waiting_threads_sleep()  # before the first import of torch
        self._options, self._progress = options, progress
        self._detector: Detector | None = None
        self._loading: concurrency.Early[Lifter] | None = None
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
        if self._loading is not None:
            self._loading.end()
        self._close_detector()

    def _close_detector(self) -> None:
        if self._detector is not None:
            self._detector.close()
            self._detector = None

    @cached_property
    def device(self) -> str:
        """ "cpu", "cuda" or "mps": the value of --device, or the best available. torch is imported only if there may be
        a GPU."""
        wanted, possible = self._options.device, third_party.installed("torch")
        if wanted == "cpu" or (wanted == "auto" and not (possible and accelerator_possible())):
            return "cpu"
        if not possible:
            raise ModelError(f"--device {wanted}: torch is not installed", third_party.TORCH_REMEDY)
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
        o = self._options
        return weights.resolve_lifter(o.weights, o.lifter, offline=o.offline, say=self._progress.say)

    @property
    def draws_hypotheses(self) -> bool:
        """Whether the lifting network is one that SAMPLING_OPTIONS are for."""
        return self._lifter_file.draws_hypotheses

    @property
    def lifter_name(self) -> str:
        """For captions and the record."""
        return self.lifter_weights.name

    @cached_property
    def lifter(self) -> Lifter:
        """The loaded network on the backend of --backend; `auto`: OpenVINO on a CPU if installed, else torch."""
        wanted, w = self._options.backend, self.lifter_weights
        if wanted == "openvino" and not third_party.installed():
            raise ModelError("--backend openvino: openvino is not installed", 'pip install "kasf-demo[fast]"')
        if wanted == "openvino" and self.device != "cpu":
            raise ModelError(f"--backend openvino runs on the CPU, not on {self.device}", "add --device cpu")
        network: Network | DiffusionNetwork | None = None
        file = self._lifter_file
        if file.draws_hypotheses:
            network = self._diffusion_network()
        elif wanted != "torch" and self.device == "cpu" and third_party.installed():
            network = self._openvino_network(required=wanted == "openvino")
        network = network or TorchNetwork(load_network(file), self.device)
        self._refuse_sampling(network)
        given = self._options.normalisation
        own = w.known.normalisation if w.known else None  # a user's own file: what its network was made for
        return Lifter(network, crop_scale=w.crop_scale, normalisation=own if given == "auto" else given)

    def _openvino_network(self, *, required: bool) -> Network | None:
        """The network in OpenVINO. If that fails: None with a warning, or ModelError if `required`."""
        from kasf_demo.lift.openvino import openvino_network

        w, file = self.lifter_weights, self._lifter_file
        keep = partial(weights.usable_cache, self._progress.say)
        with self._in_openvino(required):
            shipped = None if self._options.heads else weights.shipped_conversion(w)
            return openvino_network(w.sha256, file.key, partial(load_network, file), weights.cache_dir(), keep, shipped)
        return None

    @contextlib.contextmanager
    def _in_openvino(self, required: bool) -> Iterator[None]:
        """What fails in OpenVINO is a warning, or a ModelError if it is `required`."""
        try:
            yield
        except ModelError:
            raise
        # openvino has no exception classes of its own; CPU, disk or version may be the cause
        except Exception as error:
            if is_out_of_memory(error):  # torch takes more
                raise
            what = f"the lifting network does not run in OpenVINO ({first_line(error)})"
            if required:
                raise ModelError(what, "use --backend torch", path=self.lifter_weights.path) from error
            self.warnings.append(f"{what}: torch is used, which is slower")

    def _diffusion_network(self) -> DiffusionNetwork:
        """D3DP with the sampling of the options. Its inner network runs in OpenVINO, the sampler in torch."""
        w, file, o = self.lifter_weights, self._lifter_file, self._options
        model = load_network(replace(file, architecture=DIFFUSION))
        denoiser = None
        if o.backend != "torch" and self.device == "cpu" and third_party.installed():
            from kasf_demo.lift.openvino import openvino_denoiser

            keep = partial(weights.usable_cache, self._progress.say)
            with self._in_openvino(o.backend == "openvino"):
                denoiser = openvino_denoiser(w.sha256, file.key, model, weights.cache_dir(), keep)
        given = {name: getattr(o, name) for name in SAMPLING_OPTIONS if getattr(o, name) is not None}
        return DiffusionNetwork(cast("D3DP", model), Sampling(**given), self.device, denoiser)

    def _refuse_sampling(self, network: Network | DiffusionNetwork) -> None:
        """Raises UsageError for options of D3DP with another network."""
        given = [flag(name) for name in SAMPLING_OPTIONS if getattr(self._options, name) is not None]
        if given and not isinstance(network, DiffusionNetwork):
            what = f"{given[0]} is for networks that draw hypotheses, {self.lifter_name} draws none"
            raise UsageError(what, f"leave it out, or choose a {DIFFUSION} network with --lifter")

    @property
    def _lifter_file(self) -> NetworkFile:
        w = self.lifter_weights
        return NetworkFile(
            w.path,
            w.known.architecture if w.known else None,
            w.known.network_settings if w.known else {},
            {"num_heads": self._options.heads},
        )

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

    def prepare_behind(self) -> None:
        """Begins to load the lifting network in a thread; `prepare` waits for it, and raises what went wrong."""
        if self._loading is None:
            self._loading = concurrency.Early(lambda: self.lifter, name="lifter")

    def prepare(self) -> None:
        """Loads the lifting network now, so that unusable weights fail before minutes of detection."""
        _ = self.lifter if self._loading is None else self._loading.result()

    def clip_done(self) -> None:
        """After a clip's last frame: closes a detector made for one clip, which completes its warnings."""
        if self._detector is not None and not self._detector.reusable:
            self._detector.close()

    @property
    def kept_detector(self) -> Detector | None:
        """The detector of the last clip if it is stateless, else None."""
        return self._detector if self._detector is not None and self._detector.reusable else None

    def open_crops(self) -> Detector | None:
        """A detector of people in crops, for the caller to close, if that of the clips may lose people for others."""
        name, w = self._choice
        cache_dir = weights.usable_cache(self._progress.say)
        return open_crops(name, weights=w.path if w else None, cache_dir=cache_dir)

    def detector(self, video: VideoInfo | None, *, lifts: bool = True, live: bool = False) -> Detector:
        """The detector, ready for `video`; a stateful one anew. lifts: name the lifter too. live: see open_detector."""
        name, w = self._choice
        if self._detector is not None and self._detector.reusable:
            return self._detector
        self._close_detector()
        lifter = f"; lifting network: {self.lifter_name}" if lifts else ""
        self._progress.say(f"detector: {self.detector_name}{lifter}")
        self._detector = open_detector(
            name,
            weights=w.path if w else None,
            device=self.device,
            keypoints=self._options.keypoints,
            video=video,
            cache_dir=weights.usable_cache(self._progress.say),
            live=live,
        )
        return self._detector


def _check_network_of(entry: weights.Entry | None, detector: DetectorName) -> None:
    """Raises UsageError if a known file is the network of another detector."""
    if entry is not None and entry.kind == "detector" and entry.detector != detector:
        what = f"{entry.name} is a network of the {entry.detector} detector, not of {detector}"
        raise UsageError(what, f"--detector {entry.detector} --quality {entry.quality}")
