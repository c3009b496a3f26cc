"""File names made from what clients call their files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasf_demo.serve.names import MAX_CHARS, free_stem, id_of, is_stem, new_id, safe_stem, shown_name


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("kick.mp4", "kick"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\system32\\cmd.exe", "cmd"),
        ("/etc/shadow", "shadow"),
        ("..", "clip"),
        ("", "clip"),
        (".hidden", "hidden"),
        ("CON.mp4", "CON_"),
        ("nul", "nul_"),
        ("com1.mov", "com1_"),
        ("Über den Platz (2).MOV", "Über_den_Platz_2"),
        ("a\0b\nc.mp4", "a_x00b_nc"),
        ("-rf.mp4", "rf"),
        ("跳.mp4", "跳"),
        ("a.b.c.mp4", "a_b_c"),
        ("x" * 400, "x" * MAX_CHARS),
        ("%2e%2e%2f.mp4", "2e_2e_2f"),
    ],
)
def test_stems(name: str, stem: str) -> None:
    assert safe_stem(name) == stem
    assert safe_stem(stem) == stem


@given(st.text(max_size=300))
def test_any_text_gives_a_harmless_file_name(name: str) -> None:
    stem = safe_stem(name)
    assert 0 < len(stem) <= MAX_CHARS + 1
    assert not set(stem) & set('/\\:*?"<>|.\0 ') and stem.isprintable() and stem[0] not in "-_."
    assert safe_stem(stem) == stem
    assert "\n" not in shown_name(name) and len(shown_name(name)) <= 200


def test_free_names_and_ids() -> None:
    taken = {"kick", "kick-2"}
    assert free_stem("kick", taken.__contains__) == "kick-3"
    assert free_stem("throw", taken.__contains__) == "throw"
    assert free_stem("x" * 58 + "_y", {"x" * 58 + "_y"}.__contains__) == "x" * 58 + "-2"
    assert id_of("a/b") == id_of("a/b") != id_of("a/c")
    assert new_id() != new_id() and new_id().isalnum()


def test_names_that_may_be_ours() -> None:
    assert all(is_stem(name) for name in ("kick", "Läufe_1-2", "x" * 62, "con_"))
    assert not any(is_stem(name) for name in ("", "a/b", "../a", ".a", "-a", "a.b", "con", "x" * 81, "a\n", "a b"))
