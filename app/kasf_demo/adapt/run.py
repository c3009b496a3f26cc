"""`kasf-demo adapt`: the story of an adaptation, top to bottom: read sessions, keep some aside, examine, learn, examine
again, write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kasf_demo import weights
from kasf_demo.adapt.labels import LabelledSession, LabelledView, read_session
from kasf_demo.adapt.windows import ViewSampler, Windows, cut, starts
from kasf_demo.cores import fitting_threads
from kasf_demo.errors import InputError, ModelError, UsageError, printable
from kasf_demo.files.atomic import atomic_write_path, check_target, same_file
from kasf_demo.lift.load import NetworkFile, load_network
from kasf_demo.progress import Notes
from kasf_demo.weights.store import ADAPTED_FROM, LIMB_RATIO

if TYPE_CHECKING:
    from kasf_demo.adapt.learn import Errors
    from kasportsformer.training.networks import Lifter

ASIDE = 0.2  # of sessions, or of a single session's time
STRIDE_SHARE = 1 / 3  # of a window, between windows that are examined
MAX_FORGOTTEN = 1.05  # error of captured motion over what it was
MAX_EXAMINED = 400


@dataclass(frozen=True)
class Adapted:
    """What came of it: errors of one view before and after, of views kept aside and of captured motion kept aside."""

    before: Errors
    after: Errors
    captured_before: Errors
    captured_after: Errors


def adapt(
    sessions: Sequence[Path], out: Path, start: str, *, steps: int, rate: float, overwrite: bool, offline: bool,
    notes: Notes,
) -> Adapted:  # fmt: skip
    """Adapts the network `start` (a name, or a file) to what the sessions show; writes `out`, NAME.safetensors. Raises
    KasfError; ModelError, and nothing is written, if clips kept aside are not seen better than before."""
    _check(sessions, out, overwrite)
    learnt, kept, split = split_views([read_session(p) for p in sessions])
    found = weights.resolve_lifter(start, None, offline=offline, say=notes.say)
    known = found.known
    from kasf_demo.adapt.learn import Replay, examined, learn, ready
    from kasportsformer.training.networks import as_lifter

    threads = ready(fitting_threads(8))
    file = NetworkFile(found.path, known.architecture if known else None, known.network_settings if known else {})
    network = _adaptable(as_lifter(load_network(file)), found)
    views = ViewSampler(learnt, network.max_frames)
    aside = windows_of(kept, network.max_frames, found.crop_scale)
    if not len(views) or not len(aside):
        what = f"{'nothing to learn from' if not len(views) else 'nothing to keep aside'}: a window has"
        raise InputError(
            f"{what} {network.max_frames} frames on which two views agree", "give longer sessions, or more"
        )
    notes.say(f"{len(views)} windows of {len(learnt)} views to learn from; {len(aside)} kept aside: {split}")
    replay = Replay(network.max_frames)
    before, _ = examined(network, aside, threads)
    captured_before, ratio_before = examined(network, replay.examination, threads)
    after_network = learn(network, views, replay, steps=steps, rate=rate, threads=threads, say=notes.say)
    after, _ = examined(after_network, aside, threads)
    captured_after, ratio = examined(after_network, replay.examination, threads)
    result = Adapted(before, after, captured_before, captured_after)
    refuse_worse(result)
    _write(after_network, out, found, found.limb_ratio * ratio / ratio_before, result, sessions, overwrite)
    return result


def _check(sessions: Sequence[Path], out: Path, overwrite: bool) -> None:
    if out.suffix != ".safetensors":
        raise UsageError(
            "the output must be called NAME.safetensors", f"try {out.with_suffix('.safetensors')}", path=out
        )
    for number, path in enumerate(sessions):
        if any(same_file(path, other) for other in sessions[:number]):
            raise UsageError("the session is given twice", "give each once", path=path)
        if same_file(path, out):
            raise UsageError("the output would replace an input", "choose another name for --out", path=out)
    check_target(out, overwrite)


def split_views(sessions: Sequence[LabelledSession]) -> tuple[list[LabelledView], list[LabelledView], str]:
    """Views to learn from, views to keep aside, and how they were split: whole sessions, the last ones given; of a
    single session the last person, or else the last part of the time."""
    if len(sessions) > 1:
        count = max(1, round(ASIDE * len(sessions)))
        learnt, kept = sessions[:-count], sessions[-count:]
        names = ", ".join(printable(s.path.name) for s in kept)
        return _all_views(learnt), _all_views(kept), names
    (only,) = sessions
    if len(only.views) > 1:
        return [v for person in only.views[:-1] for v in person], list(only.views[-1]), "the last person"
    views = _all_views(sessions)
    edge = round((1 - ASIDE) * len(views[0].xy))
    gap = round(0.2 * views[0].rate_hz)  # neighbours in time are alike
    learnt_views, kept_views = [_part(v, 0, edge - gap) for v in views], [_part(v, edge, len(v.xy)) for v in views]
    return learnt_views, kept_views, f"the last {ASIDE * only.seconds:.1f} s"


def _all_views(sessions: Sequence[LabelledSession]) -> list[LabelledView]:
    return [v for s in sessions for person in s.views for v in person]


def _part(view: LabelledView, start: int, end: int) -> LabelledView:
    arrays = {n: getattr(view, n)[start:end] for n in ("xy", "score", "pose", "metres_per_px", "trusted", "usable")}
    return replace(view, **arrays)


def windows_of(views: Sequence[LabelledView], frames: int, crop_scale: float) -> Windows:
    """The windows that are examined, in the crop of inference; at most MAX_EXAMINED, evenly from all."""
    stride = max(1, round(frames * STRIDE_SHARE))
    where = starts(views, frames, stride)
    if len(where) > MAX_EXAMINED:
        where = [where[i] for i in np.linspace(0, len(where) - 1, MAX_EXAMINED).astype(int)]
    if not where:
        nothing = np.zeros((0, frames, 17, 3), np.float32)
        return Windows(nothing, nothing, nothing[..., 0, 0], nothing[..., 0])
    return cut(views, where, frames, np.full(len(where), crop_scale))


def _adaptable(network: Lifter, found: weights.Resolved) -> Lifter:
    from d3dp.model import D3DP

    if isinstance(network, D3DP):
        raise UsageError(f"{found.name} draws hypotheses", "adapt a network of one pose, such as kasf-open-s")
    square = found.known.normalisation if found.known else network.normalisation
    if network.input_joints != "h36m" or square != "square-crop":
        raise UsageError(f"{found.name} takes other keypoints or whole images", "adapt a network such as kasf-open-s")
    return network


def refuse_worse(result: Adapted) -> None:
    """Raises ModelError unless views kept aside are seen better, and captured motion hardly worse, than before."""
    if not result.after.mpjpe < result.before.mpjpe:
        what = f"one view is not seen better: {result.before.mpjpe:.1f} mm before, {result.after.mpjpe:.1f} after"
        raise ModelError(f"{what}; nothing is written", "give more sessions, of more people, or change --rate")
    if not result.captured_after.mpjpe < MAX_FORGOTTEN * result.captured_before.mpjpe:
        what = f"other motion is forgotten: {result.captured_before.mpjpe:.1f} mm before, "
        what += f"{result.captured_after.mpjpe:.1f} after"
        raise ModelError(f"{what}; nothing is written", "lower --rate or --steps")


def _write(
    network: Lifter, out: Path, found: weights.Resolved, ratio: float, result: Adapted, sessions: Sequence[Path],
    overwrite: bool,
) -> None:  # fmt: skip
    from lifting.checkpoint import save_safetensors

    entry = found.known
    metadata = {
        ADAPTED_FROM: entry.name if entry else "", "adapted_from_sha256": found.sha256, LIMB_RATIO: f"{ratio:.4f}",
        "sessions": str(len(sessions)),
        "error_mm": f"{result.before.mpjpe:.1f} before, {result.after.mpjpe:.1f} after, of views kept aside",
    }  # fmt: skip
    with atomic_write_path(out, overwrite=overwrite) as part:
        save_safetensors(network, part, metadata)
