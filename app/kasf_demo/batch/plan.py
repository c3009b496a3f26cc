"""Plan of a batch: clips to process, clips already done, and skipped entries with reasons."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kasf_demo.batch.discover import Discovery
from kasf_demo.batch.fingerprint import content_hash, identity, model_options, stamp
from kasf_demo.batch.jobs import Found, Job, Skipped
from kasf_demo.batch.journal import JournalEntry
from kasf_demo.batch.names import STATE, planned, refuse_collisions
from kasf_demo.engine import Engine
from kasf_demo.errors import EXIT_OUTPUT, InputError
from kasf_demo.options import Options, from_mapping
from kasf_demo.progress import Progress, Quiet


@dataclass
class Plan:
    """jobs: to do now. done: names that need no work. failed: names that failed before and are not retried without
    --retry-failed.

    identities: of each clip, by name. others: files without the suffix of a video, by suffix.
    """

    folder: Path
    jobs: list[Job] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    why_again: dict[str, str] = field(default_factory=dict)
    identities: dict[str, str] = field(default_factory=dict)
    clips: dict[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Again:
    """When a clip is done again."""

    overwrite: bool = False
    retry_failed: bool = False
    rehash: bool = False


def ask(found: Discovery, folder: Path, options: Options) -> list[tuple[Found, Options]]:
    """Each clip with all its options. Raises InputError (no clips) and UsageError (options, collisions)."""
    if not found.clips:
        raise InputError("no clips found", _hint(found))
    asked = [(clip, from_mapping(dict(clip.changes), options) if clip.changes else options) for clip in found.clips]
    refuse_collisions([(clip.name, clip.path, o) for clip, o in asked], folder)
    return asked


def make_plan(
    found: Discovery,
    asked: Sequence[tuple[Found, Options]],
    folder: Path,
    entries: dict[str, JournalEntry],
    again: Again,
    *,
    upload: str | None = None,
    progress: Progress | None = None,
) -> Plan:
    """The plan for what is `asked`, with what the journal knows. Weights are found and verified here, and fetched if
    they must be: raises ModelError."""
    plan = Plan(folder, skipped=list(found.skipped), others=found.others)
    models = _Models(progress or Quiet())
    for clip, o in asked:
        key = models.identity(o)
        plan.identities[clip.name], plan.clips[clip.name] = key, clip.path
        _place(plan, clip, o, entries.get(clip.name, JournalEntry()), key, again, upload)
    return plan


def _hint(found: Discovery) -> str:
    kinds = ", ".join(f"{n} {suffix}" for suffix, n in found.others.most_common(3))
    return "give folders, clips, patterns or a manifest" + (f"; found only {kinds} files" if kinds else "")


class _Models:
    """Identity of the models, computed once for all clips with the same ones."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._known = progress, dict[tuple[Any, ...], dict[str, str | None]]()
        self._identities: dict[Options, str] = {}

    def identity(self, options: Options) -> str:
        """See `identity.identity`; asked once for all clips with the same options."""
        if options not in self._identities:
            self._identities[options] = identity(options, self._of(options))
        return self._identities[options]

    def _of(self, options: Options) -> dict[str, str | None]:
        key = model_options(replace(options, keypoints=Path("x") if options.keypoints else None))
        if key not in self._known:
            self._known[key] = Engine(options, self._progress).identity
        return self._known[key]


def _place(
    plan: Plan, clip: Found, options: Options, entry: JournalEntry, key: str, again: Again, upload: str | None
) -> None:
    """Sorts one clip into done, failed before, skipped or to do."""
    job = Job(
        clip.name, clip.path, plan.folder / f"{clip.name}.mp4", options, _poster(plan.folder, clip.name), upload=upload
    )
    if again.overwrite:
        plan.jobs.append(replace(job, replace=True))
        return
    if entry.done is None and not entry.ours and upload is None and (there := _foreign(job)):
        why = "its result exists and is not from this batch: --overwrite replaces it"
        plan.skipped.append(Skipped(str(clip.path), f"{there.name}: {why}" if len(there.name) < 60 else why))
        return
    reason = _reason(entry, clip, key, again, plan.folder, upload)
    if reason is None:
        (plan.done if entry.last is not None and entry.last is entry.done else plan.failed).append(clip.name)
        return
    if entry.last is not None or entry.ours:
        plan.why_again[clip.name] = reason
    plan.jobs.append(replace(job, replace=entry.ours))


def _reason(entry: JournalEntry, clip: Found, key: str, again: Again, folder: Path, upload: str | None) -> str | None:
    """Why the clip has to be run, or None."""
    last = entry.last
    if last is None:
        return "not finished" if entry.ours else "new"
    if last.get("identity") != key:
        return "options or weights changed"
    if last["kind"] == "failed":
        if again.retry_failed or last.get("exit_code") == EXIT_OUTPUT:  # the disk was full: not the clip's fault
            return "failed"
        return "changed" if _changed(last, clip.path, again.rehash) else None
    if entry.done is None:
        return "not finished"
    if _changed(last, clip.path, again.rehash):
        return "changed"
    if upload is not None:  # existing files there are not checked: a million requests
        return None if last.get("upload") == upload else "its result is not under this URL"
    return None if _whole(last.get("files", {}), folder, again.rehash) else "its result is missing or changed"


def _changed(record: Any, clip: Path, rehash: bool) -> bool:
    """Whether the clip differs from the recorded one: by size and time, and if they differ by hash."""
    before, now = record.get("input"), stamp(clip)
    if not before or not now:
        return bool(before) != bool(now)
    if not rehash and before.get("bytes") == now["bytes"] and before.get("mtime_ns") == now["mtime_ns"]:
        return False
    sha256 = before.get("sha256")
    return sha256 is None or content_hash(clip) != sha256


def _whole(files: Any, folder: Path, rehash: bool) -> bool:
    for name, known in files.items():
        try:
            if os.stat(folder / name).st_size != known["bytes"] or (
                rehash and content_hash(folder / name) != known["sha256"]
            ):
                return False
        except OSError:
            return False
    return bool(files)


def _foreign(job: Job) -> Path | None:
    outputs = planned(job.out, job.options)
    numbered = outputs.numbered() if job.out.parent.is_dir() else []
    return next((p for p in (*outputs.all(), *numbered) if os.path.lexists(p)), None)


def _poster(folder: Path, name: str) -> Path:
    return folder / STATE / "posters" / f"{name}.jpg"


def with_lengths(jobs: Sequence[Job], probe: Callable[[Iterable[Path]], Iterable[tuple[int | None, float | None]]],
                 limit_s: Callable[[Job, float | None], float | None]) -> tuple[list[Job], float]:  # fmt: skip
    """The jobs with frame counts from their headers and time limits, and their total duration in minutes."""
    out, minutes = [], 0.0
    for job, (frames, seconds) in zip(jobs, probe([j.clip for j in jobs]), strict=True):
        o = job.options
        if seconds is not None and frames and (o.start_s or o.end_s is not None):
            kept = max(0.0, min(seconds, o.end_s if o.end_s is not None else seconds) - (o.start_s or 0))
            frames, seconds = max(1, round(frames * kept / seconds)) if seconds > 0 else frames, kept
        minutes += (seconds or 0) / 60
        out.append(replace(job, frames=frames, limit_s=limit_s(job, seconds)))
    return out, minutes
