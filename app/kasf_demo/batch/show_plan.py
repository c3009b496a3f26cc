"""The plan in lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kasf_demo.batch.plan import Plan
from kasf_demo.batch.resources import Sizes
from kasf_demo.errors import printable

_EACH = 5  # of a kind are named, the others counted


def plan_lines(plan: Plan, minutes: float, sizes: Sizes | None) -> Iterator[str]:
    """How many clips and minutes, what needs nothing, what is skipped and why."""
    unknown = sum(job.frames is None for job in plan.jobs)
    length = f", {minutes:.1f} minutes of video" + (f" ({unknown} do not say how long they are)" if unknown else "") if plan.jobs else ""
    yield f"{_clips(len(plan.jobs))} to do{length}" + _how(plan, sizes)
    for reason, n in Counter(plan.why_again.values()).items():
        yield f"  {n} again: {reason}"
    if plan.done:
        yield f"{_clips(len(plan.done))} done already"
    if plan.failed:
        yield f"{_clips(len(plan.failed))} failed earlier: --retry-failed tries them again"
    for why, paths in _grouped(plan):
        named = ", ".join(printable(p) for p in paths[:_EACH]) + (f" and {len(paths) - _EACH} more" if len(paths) > _EACH else "")
        yield f"skipped: {named}: {why}"
    if plan.others:
        kinds = ", ".join(f"{n} {printable(suffix)}" for suffix, n in plan.others.most_common(6))
        yield f"skipped: {plan.others.total()} files that are called like no clip ({kinds})"


def _clips(n: int) -> str:
    return "1 clip" if n == 1 else f"{n} clips"


def _how(plan: Plan, sizes: Sizes | None) -> str:
    if sizes is None or not plan.jobs:
        return ""
    return f"; {sizes.workers} worker{'s' if sizes.workers > 1 else ''} with {sizes.threads} thread{'s' if sizes.threads > 1 else ''} each"


def _grouped(plan: Plan) -> list[tuple[str, list[str]]]:
    groups: dict[str, list[str]] = {}
    for skipped in plan.skipped:
        groups.setdefault(skipped.why, []).append(skipped.path)
    return list(groups.items())
