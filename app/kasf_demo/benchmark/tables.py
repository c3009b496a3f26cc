"""The numbers of a benchmark as tables and as CSV rows, the published ones beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kasf_demo.benchmark.lifters import Described, LifterFile, Protocol
from kasf_demo.benchmark.published import PublishedTable, published_table, same_action
from kasf_demo.benchmark.recorded_set import RecordedSet
from kasf_demo.benchmark.scores import METRICS, GroupScore, Scores
from kasf_demo.results.report_table import ReportTable
from kasportsformer.skeleton import H36M_NAMES

MAX_COLUMNS = 6  # actions beside each other; more are below each other
CSV_HEAD = ("data_set", "protocol", "source", "lifter", "group", "name", "frames", *METRICS)


@dataclass(frozen=True)
class MeasuredLifter:
    """One row of the benchmark."""

    subject: LifterFile
    described: Described
    scores: Scores


@dataclass(frozen=True)
class Benchmark:
    """All lifters on one data set by one protocol."""

    data: RecordedSet
    protocol: Protocol
    lifters: tuple[MeasuredLifter, ...]

    @property
    def published(self) -> PublishedTable | None:
        """The published table; None for our own protocol, which must not be compared with it."""
        return published_table(self.data.data_set.name) if self.protocol == "published" else None

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(self.lifters[0].scores.actions)


def all_tables(found: Benchmark) -> list[ReportTable]:
    """In the order of the report."""
    tables = [_totals(found), *_actions(found), *_published(found)]
    for title, kind in (("Per camera", "cameras"), ("Per height of the athlete in the image", "heights")):
        tables += [_groups(found, title, kind)] if getattr(found.lifters[0].scores, kind) else []
    return [*tables, _joints(found)]


def main_tables(found: Benchmark) -> list[ReportTable]:
    """Those that the terminal shows."""
    return [_totals(found), _actions(found)[0], *_published(found)[:1]]


def _totals(found: Benchmark) -> ReportTable:
    head = ("lifter", *(name for name, _ in METRICS.values()))
    rows = []
    for m in found.lifters:
        rows.append((m.subject.label, *(number(m.scores.total.errors[name]) for name in METRICS)))
    title = f"{found.data.data_set.title}, {_protocol_words(found)}, mm"
    return ReportTable(title, head, tuple(rows), _notes(found))


def _protocol_words(found: Benchmark) -> str:
    return "published protocol" if found.protocol == "published" else "our own crops (not the published protocol)"


def _notes(found: Benchmark) -> tuple[str, ...]:
    data, notes = found.data, []
    kind = KINDS["det" if data.detected else "gt"]
    notes.append(f"{data.what}: {len(data)} frames of the {data.data_set.split} part, 2D: {kind}.")
    for m in found.lifters:
        s, d = m.scores, m.described
        notes.append(
            f"{m.subject.label}: {d.architecture}, {d.parameters_m:.1f} M parameters; {s.windows} windows of"
            f" {m.subject.frames} frames, {s.stretched} of them stretched from fewer; {s.dropped} frames in no window;"
            f" sha256 {m.subject.sha256[:12]}."
        )
    notes.append("MPJVE in mm per frame, acceleration in mm per frame squared.")
    if found.protocol == "published":
        notes.append(
            "Ground truth and prediction are scaled by the true mm per px of each frame, as published: size and"
            " distance are given. `kasf-demo eval` is stricter; do not mix the two in one table."
        )
        other = [m.subject.label for m in found.lifters if _trained_on_crops(m)]
        if other:
            notes.append(
                f"{', '.join(other)}: trained on crops around the athlete, not on whole images; --protocol crop gives"
                " such networks the input that they were trained for."
            )
    else:
        notes.append(
            "Each network gets the input that `kasf-demo CLIP` gives it. Do not compare with published tables."
        )
    notes.append("All numbers are means over actions; each action weighs the same.")
    return tuple(notes)


def _trained_on_crops(m: MeasuredLifter) -> bool:
    return m.described.normalisation != "full-frame"


def _actions(found: Benchmark) -> list[ReportTable]:
    tables = []
    for metric in ("mpjpe", "p_mpjpe"):
        rows = [("lifter", *found.actions, "mean")]
        for m in found.lifters:
            cells = (_of(m.scores.actions, action, metric) for action in found.actions)
            rows.append((m.subject.label, *cells, number(m.scores.total.errors[metric])))
        if len(found.actions) > MAX_COLUMNS:
            rows = [("action", *rows[0][1:]), *rows[1:]]
            rows = list(zip(*rows, strict=True))
        tables.append(ReportTable(f"{METRICS[metric][0]} per action, mm", rows[0], tuple(rows[1:])))
    return tables


def _of(groups: Mapping[str, GroupScore], name: str, metric: str) -> str:
    return number(groups[name].errors[metric]) if name in groups else "-"


KINDS = {"det": "detected keypoints", "gt": "exact projections (GT)"}


def _published(found: Benchmark) -> list[ReportTable]:
    """A table for each kind of 2D, the kind of the data first; none for our own protocol."""
    table = found.published
    if table is None:
        return []
    kinds = ("det", "gt") if found.data.detected else ("gt", "det")
    return [_published_for(found, table, kind) for kind in kinds if any(getattr(row, kind) for row in table.rows)]


def _published_for(found: Benchmark, table: PublishedTable, kind: str) -> ReportTable:
    names, rows, marks = _action_names(table, kind), [], {row.note for row in table.rows}
    for row in table.rows:
        if getattr(row, kind):
            of_action: Mapping[str, float] = getattr(row, f"{kind}_actions")
            numbers = (*getattr(row, kind), *(of_action.get(name) for name in names))
            cells = map(number, (row.parameters_m, *numbers))
            rows.append((row.method + (f" [{row.note}]" if row.note else ""), *cells))
    notes = [f"Read from: {table.source}. {table.frames} frames per window. Actions: MPJPE."]
    notes += [f"[{i}] {text}" if i in marks else text for i, text in enumerate(table.notes, 1)]
    title = f"Published for {found.data.data_set.title} on {KINDS[kind]}, mm"
    return ReportTable(title, ("method", "M par.", "MPJPE", "P-MPJPE", *names), tuple(rows), tuple(notes))


def _action_names(table: PublishedTable, kind: str) -> list[str]:
    return list(dict.fromkeys(name for row in table.rows for name in getattr(row, f"{kind}_actions")))


def _groups(found: Benchmark, title: str, kind: str) -> ReportTable:
    groups: Sequence[str] = list(dict.fromkeys(n for m in found.lifters for n in getattr(m.scores, kind)))
    rows = []
    for name in groups:
        for m in found.lifters:
            if name in (scores := getattr(m.scores, kind)):
                numbers = (number(scores[name].errors[metric]) for metric in METRICS)
                rows.append((name, m.subject.label, str(scores[name].frames), *numbers))
    head = (title.removeprefix("Per ").split()[0], "lifter", "frames", *(f"{n}, {u}" for n, u in METRICS.values()))
    return ReportTable(title, head, tuple(rows), words=2)


def _joints(found: Benchmark) -> ReportTable:
    rows = [(name, *(number(float(m.scores.joint_mm[j])) for m in found.lifters)) for j, name in enumerate(H36M_NAMES)]
    return ReportTable("MPJPE per joint, mm", ("joint", *(m.subject.label for m in found.lifters)), tuple(rows))


def number(value: float | None) -> str:
    """One decimal; a dash for none."""
    return "-" if value is None or not math.isfinite(value) else f"{value:.1f}"


def csv_rows(found: Benchmark) -> Iterator[tuple[object, ...]]:
    """CSV_HEAD, then a row per lifter and group, unrounded, then the published numbers."""
    yield CSV_HEAD
    start = (found.data.data_set.name, found.protocol)
    for m in found.lifters:
        s, who = m.scores, (*start, "measured", m.subject.label)
        groups = {"all": {"": s.total}, "action": s.actions, "camera": s.cameras, "height_px": s.heights}
        for group, scores in groups.items():
            for name, score in scores.items():
                yield (*who, group, name, score.frames, *(_exact(score.errors[metric]) for metric in METRICS))
        for j, name in enumerate(H36M_NAMES):
            yield (*who, "joint", name, s.total.frames, _exact(float(s.joint_mm[j])), *[""] * (len(METRICS) - 1))
    for row in found.published.rows if found.published else ():
        for kind in ("det", "gt"):
            who = (*start, f"published_{kind}", row.method)
            if pair := getattr(row, kind):
                yield (*who, "all", "", "", *("" if v is None else v for v in pair), "", "", "")
            for name, value in getattr(row, f"{kind}_actions").items():
                same = next((a for a in found.actions if same_action(name, a)), name)
                yield (*who, "action", same, "", value, "", "", "", "")


def _exact(value: float) -> object:
    return f"{value:.7g}" if math.isfinite(value) else ""
