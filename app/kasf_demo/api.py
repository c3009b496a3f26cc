"""Many clips with the same networks, from Python: `load_models`."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import TracebackType
from typing import Any

from kasf_demo.engine import Engine
from kasf_demo.options import Options, from_mapping
from kasf_demo.pipeline import analyse
from kasf_demo.progress import Progress, Quiet
from kasf_demo.types.result import Result


def load_models(*, progress: Progress | None = None, **options: Any) -> Models:
    """Finds the weights of the detector and loads the lifting network that `options` ask for (fields of Options, as in
    `analyse`). The detector itself is loaded with the first clip, and kept if it does not depend on the clip.

    They are the defaults of every clip. Raises KasfError if weights cannot be had.
    """
    return Models(from_mapping(options), progress or Quiet())


class Models:
    """Loaded networks that serve many clips. A context manager; `close` frees the detector."""

    def __init__(self, options: Options, progress: Progress) -> None:
        self.options = options
        self._progress = progress
        self._engine = Engine(options, progress)
        self._engine.find_weights()
        self._engine.prepare()

    def analyse(self, clip: str | Path, out: str | Path | None = None, **changes: Any) -> Result:
        """As `kasf_demo.analyse`, with the loaded networks. Raises UsageError if `changes` ask for other networks."""
        options = from_mapping(changes, dataclasses.replace(self.options))
        return analyse(clip, out, options=options, engine=self._engine, progress=self._progress)

    def close(self) -> None:
        """Frees the detector. May be called twice."""
        self._engine.close()

    def __enter__(self) -> Models:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Models({self._engine.detector_name}; {self._engine.lifter_name})"
