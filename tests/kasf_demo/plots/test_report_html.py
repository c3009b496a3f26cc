"""The report as a page."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
from plotted import EVIL, a_subject, cuts, with_contacts, with_events
from skater import jumping

from body import as_pose
from kasf_demo.kinematics import measure
from kasf_demo.plots.key_moments import placed_card
from kasf_demo.plots.write import write_report
from kasf_demo.results.jump_cards import jump_cards


class Tags(HTMLParser):
    """What a browser would see: tags with their attributes, and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_that_loads_nothing_and_runs_nothing(tmp_path: Path) -> None:
    subject = cuts(a_subject(motion=with_events(), notes=("<script>alert(2)</script>",)))
    write_report(tmp_path / "r.html", EVIL, [subject, subject], "html")
    page = Tags()
    page.feed((tmp_path / "r.html").read_text("utf-8"))
    names = [tag for tag, _ in page.tags]
    assert "script" not in names and names.count("section") == 2 and names.count("img") == 6
    assert all(
        (a["src"] or "").startswith(("data:image/png;base64,", "data:image/svg+xml;base64,"))
        for t, a in page.tags
        if t == "img"
    )
    assert not any(key.startswith("on") for _, attributes in page.tags for key in attributes)
    policy = next(a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv"))
    assert policy and policy.startswith("default-src 'none'; img-src data:;")
    assert EVIL in page.text and "<script>alert(2)</script>" in page.text and "kick with the right" in page.text
    assert not re.search(r"https?://(?!www\.w3\.org)", (tmp_path / "r.html").read_text("utf-8"))


def test_foot_contacts_have_a_table_where_feet_are_known(tmp_path: Path) -> None:
    texts = []
    for name, motion in (("without.html", with_events()), ("with.html", with_contacts(9))):
        write_report(tmp_path / name, EVIL, [a_subject(motion=motion)], "html")
        texts.append((tmp_path / name).read_text("utf-8"))
    assert "Foot contacts" not in texts[0] and texts[0].count("<table>") == 2
    assert texts[1].count("<table>") == 3 and texts[1].count("<td>forefoot</td>") == 7
    row = "<td>left</td><td>0.60</td><td>≥ 0.25</td><td>+12</td><td>rearfoot</td><td>doubtful</td>"
    assert row in texts[1]


def test_a_card_for_each_jump(tmp_path: Path) -> None:
    pose = as_pose(jumping(2.0, 60), 60)
    plain = a_subject(pose, measure(pose))
    card = placed_card(jump_cards(plain.motion, "skating")[0], plain.person)
    picture = np.full((400, 600, 3), 90, np.uint8)
    card.cuts.update({m.frame: m.box.cut(picture) for m in card.moments})
    write_report(tmp_path / "r.html", "r", [replace(plain, cards=(card,))], "html")
    page = Tags()
    page.feed((tmp_path / "r.html").read_text("utf-8"))
    assert "Jumps and spins" in page.text and "rotations" in page.text and "combination" not in page.text
    images = [a["alt"] for t, a in page.tags if t == "img"]
    assert "images and skeletons: entry, take-off, top, landing, lowest after landing" in images
    write_report(tmp_path / "p.pdf", "r", [replace(plain, cards=(card, card, card))], "pdf")
    pages = re.findall(rb"/Type /Page\b", (tmp_path / "p.pdf").read_bytes())
    assert len(pages) == 3  # of the person, of two cards, of one
