"""The loaded models of a run: one detector, one lifter, made when first needed and shared by many clips."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from types import TracebackType

from kasf_demo import weights
from kasf_demo.choose_detector import DetectorName, choose_detector
from kasf_demo.detect import installed, open_detector
from kasf_demo.errors import ModelError
from kasf_demo.lift import Lifter
from kasf_demo.options import Options
from kasf_demo.progress import Progress
from kasf_demo.types import Detector, VideoInfo


class Engine:
    """A context manager that owns the models which `options` ask for. Raises ModelError when they cannot be had."""

    def __init__(self, options: Options, progress: Progress) -> None:
        self._options, self._progress = options, progress
        self._detector: Detector | None = None

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Frees the detector. May be called twice."""
        if self._detector is not None:
            self._detector.close()
            self._detector = None

    @cached_property
    def device(self) -> str:
        """ "cpu", "cuda" or "mps": what --device says, or the best there is."""
        import torch

        have = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
        if self._options.device == "auto":
            return next(name for name in ("cuda", "mps", "cpu") if have[name])
        if not have[self._options.device]:
            raise ModelError(f"--device {self._options.device}: torch sees no such device", "use --device auto")
        return self._options.device

    @cached_property
    def lifter_weights(self) -> weights.Resolved:
        """The lifting network's file, verified."""
        return weights.resolve(self._options.weights, kind="lifter", offline=self._options.offline, say=self._progress.say)

    @property
    def lifter_name(self) -> str:
        """For captions and the record."""
        return self.lifter_weights.name

    @cached_property
    def lifter(self) -> Lifter:
        """The loaded network."""
        from kasportsformer.checkpoint import CheckpointError, load_model

        w = self.lifter_weights
        heads = self._options.heads or (w.entry.heads if w.entry else None)
        try:
            # training scripts leave numpy numbers beside the weights: admitted, as inert values, in files whose hash is known
            model = load_model(w.path, num_heads=heads, allow_numpy_scalars=w.entry is not None)
        except CheckpointError as e:
            raise ModelError(e.what, e.remedy, path=w.path) from e
        return Lifter(model, crop_scale=w.crop_scale, device=self.device)

    @cached_property
    def _choice(self) -> tuple[DetectorName, weights.Resolved | None]:
        """The detector's name and its verified weights, if it takes any."""
        o = self._options
        if o.keypoints is not None:
            return "keypoints-file", None
        given = o.detector_weights
        name, weights_name = choose_detector(
            o.detector, o.quality, given, offline=o.offline,
            yolo_weights_on_disk=lambda n: weights.available(n) is not None, installed=installed,
        )  # fmt: skip
        if name != "yolo":
            return name, None
        return name, weights.resolve(weights_name or str(given), kind="detector", offline=o.offline, say=self._progress.say)

    @property
    def detector_name(self) -> str:
        """For captions and the record, e.g. `yolo yolo26s-pose`."""
        name, w = self._choice
        return name if w is None else f"{name} {w.name}"

    @property
    def detector_record(self) -> dict[str, object]:
        """For the JSON report."""
        name, w = self._choice
        d = self._detector
        return {
            "name": name,
            "weights": w.name if w else (d.weights if d else None),
            "sha256": w.sha256 if w else (d.weights_sha256 if d else None),
            "licence": w.entry.licence if w and w.entry else getattr(d, "licence", None),
        }

    def prepare(self) -> None:
        """Loads the network now: weights that cannot be used should not show only after minutes of detection."""
        _ = self.lifter

    def clip_done(self) -> None:
        """Called after a clip's last frame: a detector that remembers frames is closed, which also completes its warnings."""
        if self._detector is not None and self._choice[0] != "yolo":
            self._detector.close()

    def detector(self, video: VideoInfo) -> Detector:
        """The detector, ready for the first frame of `video`. One that remembers earlier frames is made anew."""
        name, w = self._choice
        if self._detector is not None and name == "yolo":
            return self._detector
        self.close()
        self._progress.say(f"detector: {self.detector_name}; lifting network: {self.lifter_name}")
        path: Path | None = w.path if w else None
        self._detector = open_detector(
            name, weights=path, device=self.device, keypoints=self._options.keypoints, video=video, cache_dir=weights.cache_dir()
        )
        return self._detector
