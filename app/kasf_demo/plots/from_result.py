"""From a result to the files of --plots and --report: people to plot, image crops, output files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from kasf_demo import third_party
from kasf_demo.errors import printable
from kasf_demo.files.atomic import Writing
from kasf_demo.plots.key_moments import key_moments, placed_card
from kasf_demo.plots.subject import Cut, Moment, Subject
from kasf_demo.results.jump_cards import jump_cards, none_found
from kasf_demo.results.outputs import Outputs
from kasf_demo.types.cards import Sport
from kasf_demo.types.clip import Frame
from kasf_demo.types.people import Person
from kasf_demo.types.result import Result


def write_plots(outputs: Outputs, result: Result, subjects: Sequence[Subject], writing: Writing) -> list[Path]:
    """Writes the plots of each person with a pose, and one report. Returns the files. Raises OutputError."""
    third_party.prepare_matplotlib()
    from kasf_demo.plots.write import write_plot, write_report

    files = []
    for subject in subjects:
        for kind in outputs.plots:
            path = outputs.of_person(kind, subject.person.id)
            name, suffix = kind.split(".")
            with writing(path) as part:
                write_plot(part, subject, name, suffix)
            files.append(path)
    if outputs.report is not None:
        with writing(outputs.report) as part:
            write_report(
                part,
                printable(result.video.path.name),
                subjects,
                "pdf" if outputs.report.suffix.lower() == ".pdf" else "html",
            )
        files.append(outputs.report)
    return files


def subjects_of(
    result: Result, standing: Sequence[Person], notes: Sequence[str], sport: Sport | None = None
) -> list[Subject]:
    """Each person with a pose; standing: people in world axes. sport: whose words the cards have. Image crops and raw
    angles are added later."""
    found = []
    for person, motion in zip(standing, result.motion, strict=True):
        if person.pose.valid.any():
            title = printable(result.video.path.name) + (f", person {person.id}" if len(standing) > 1 else "")
            reliable = result.camera.reliable if result.camera else np.zeros(len(person.pose), bool)
            moments, cuts_s = key_moments(person, motion), tuple(result.cuts_s)
            cards = tuple(placed_card(card, person) for card in jump_cards(motion, sport))
            found.append(
                Subject(
                    title, person, motion, reliable, moments, notes=tuple(notes), cuts_s=cuts_s, cards=cards,
                    no_card=none_found(motion, sport),
                )
            )  # fmt: skip
    return found


def with_pictures(
    subjects: Sequence[Subject], frames: Callable[[], Iterable[Frame]], *, cards_only: bool = False
) -> list[Subject]:
    """The same with image crops of their key moments, and of those of their cards, from `frames`, which is read up to
    the last one."""
    kept = [replace(s, cuts={}, cards=tuple(c._replace(cuts={}) for c in s.cards)) for s in subjects]
    takers: list[tuple[Sequence[Moment], dict[int, Cut]]] = [(c.moments, c.cuts) for s in kept for c in s.cards]
    takers += [] if cards_only else [(s.moments, s.cuts) for s in kept]
    left = {m.frame for moments, _ in takers for m in moments}
    for frame in frames() if left else ():
        if frame.index in left:
            for moments, mine in takers:
                mine.update({m.frame: m.box.cut(frame.image) for m in moments if m.frame == frame.index})
            left.discard(frame.index)
        if not left:
            break
    return kept
