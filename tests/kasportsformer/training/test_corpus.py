"""The corpus: which version of a trial counts, what is kept out, how likely frames are, and the packed file."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from kasportsformer.training.body import V
from kasportsformer.training.cameras import CameraConfig, random_cameras
from kasportsformer.training.corpus import Corpus
from kasportsformer.training.dataset import facing
from kasportsformer.training.pack import pack
from kasportsformer.training.readers.bvh import parse_bvh
from kasportsformer.training.trials import demo, held_out, most_exact, repeats, subject, trial
from kasportsformer.training.weighting import CROUCHED, MAX_LIMITED_SHARE, crouched, floor, weights

from .conftest import standing


def test_trials_by_any_name() -> None:
    assert trial("05/05_11") == trial("cmu_05/05_11") == trial("txt/05_11-0") == "05_11"
    assert trial("martial_arts/07") == "135_07" and trial("martial_arts/08") == trial("cmu_135/135_09") == "135_09"
    assert trial("14/14_36") == trial("cmu_14/14_31")  # one recording under two numbers
    assert trial("salsa/06") == trial("snu_fight_001_1/s_001_3_1") == trial("m2m/Bow") == ""
    assert [subject(n) for n in ("06/06_15", "cmu_06/x", "85/85_02", "salsa/06", "cmu_94_indian/indian_06")] == [
        "06", "06", "85", "salsa", "cmu_94_indian",
    ]  # fmt: skip
    assert all(held_out(n) for n in ("06/06_15", "cmu_09/09_01-2", "txt/85_02", "any/11_01"))
    assert all(demo(n) for n in ("cmu_05/05_11", "txt/13_42", "cmu_135/135_07", "martial_arts/07"))
    assert not any(
        held_out(n) or demo(n) for n in ("05/05_10", "salsa/06", "salsa/09", "martial_arts/08", "cmu_13/13_12")
    )


def test_the_most_exact_version_of_a_trial_counts_alone() -> None:
    names = [
        "05/05_01",
        "cmu_05/05_01",
        "txt/05_01",
        "01/01_06",
        "cmu_01/01_06-0",
        "cmu_01/01_06-1",
        "martial_arts/08",
        "cmu_135/135_09",
        "m2m/Bow",
        "14/14_31",
        "14/14_36",
    ]
    families = [
        "daz",
        "motionbuilder",
        "deepmimic",
        "daz",
        "motionbuilder",
        "motionbuilder",
        "daz",
        "motionbuilder",
        "motionbuilder",
        "daz",
        "daz",
    ]
    kept = [names[i] for i in most_exact(names, families)]
    assert kept == ["cmu_05/05_01", "cmu_01/01_06-0", "cmu_01/01_06-1", "cmu_135/135_09", "m2m/Bow", "14/14_31"]


def test_a_motion_under_two_names_is_found(corpus: Corpus) -> None:
    a, b = corpus.vectors[:700], corpus.vectors[700:]
    nearly = a[:699] + np.float32(1e-3)
    assert repeats([a, b, nearly, a[:300]]) == {2}


@pytest.mark.assets
def test_no_held_out_motion_in_the_new_archives(shared: Path) -> None:
    with (shared / "mocap" / "INDEX.csv").open() as file:
        names = [f"{row['actor']}/{row['clip']}" for row in csv.DictReader(file)]
    assert len(names) > 700
    assert not [n for n in names if held_out(n) or demo(n)]


def test_packed_file_gives_the_motions_back(corpus: Corpus, tmp_path: Path) -> None:
    corpus.save(tmp_path / "a.npz")
    again = Corpus.load(tmp_path / "a.npz")
    assert again.names == corpus.names and len(again.middle) == len(corpus.middle)
    np.testing.assert_array_equal(again.first, corpus.first)
    np.testing.assert_allclose(again.vectors, corpus.vectors, atol=5e-4)
    np.testing.assert_allclose(again.middle, corpus.middle, atol=1.5e-3)
    assert (tmp_path / "a.npz").stat().st_size < 0.15 * corpus.vectors.nbytes
    corpus.save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    part = again.split(held_out=False)
    part.save(tmp_path / "c.npz")
    np.testing.assert_allclose(Corpus.load(tmp_path / "c.npz").vectors, part.vectors, atol=5e-4)


def test_short_motions_survive_packing(tmp_path: Path) -> None:
    vectors, middle = standing(9)
    middle[:, 0] = np.arange(9) / 100
    short = Corpus(
        vectors, middle, np.ones(9, np.float32), np.array([0, 1, 3, 9]), ("a/1", "a/2", "a/3"), np.array([4, 4, 4])
    )
    short.save(tmp_path / "a.npz")
    np.testing.assert_allclose(Corpus.load(tmp_path / "a.npz").middle, middle, atol=1e-3)


def test_limited_archives_are_a_third_at_most(corpus: Corpus) -> None:
    names = ("snu_basket_003_1/a", "cmu/01_01")
    weight = weights(corpus.vectors, corpus.middle, corpus.first, names, 120.0)
    assert weight[:700].sum() / weight.sum() <= MAX_LIMITED_SHARE + 1e-6
    free = weights(corpus.vectors, corpus.middle, corpus.first, ("cmu/01_02", "cmu/01_01"), 120.0)
    assert free[:700].sum() / free.sum() > 0.45


def test_floor_and_crouching_are_told_from_standing() -> None:
    vectors, middle = standing(30)
    vectors[10:20, V["trunk"]] = [0, -0.95, 0.2]
    vectors[20:, V["l_thigh"]] = [0, -0.9, -np.sqrt(1 - 0.81)]
    assert floor(vectors).tolist() == [False] * 10 + [True] * 10 + [False] * 10
    assert crouched(vectors).tolist() == [False] * 20 + [True] * 10
    weight = weights(vectors, middle, np.array([0, 30]), ("a/b",), 120.0)
    assert weight[12] > weight[25] > 1.2 * weight[5] and CROUCHED > 1.2


def test_calm_windows_are_seen_from_the_front() -> None:
    vectors, middle = (np.repeat(a[None], 400, 0) for a in standing(27))
    vectors, middle = vectors.copy(), middle.copy()
    middle[200:, :, 1] -= np.linspace(0, 5, 27, dtype=np.float32)  # the second half runs
    toward = facing(vectors, middle, np.full(400, 1 / 30))
    assert np.isnan(toward[200:]).all()
    np.testing.assert_allclose(toward[:200], -np.pi / 2, atol=1e-6)
    config = CameraConfig(frontal=1.0, frontal_deg=10.0)
    place = random_cameras(np.random.default_rng(0), middle, config, toward).place[:, 13] - middle[:, 13]
    off = np.abs(place[:, 0]) / np.linalg.norm(place[:, :2], axis=1)
    assert np.median(off[:200]) < 0.2 < np.median(off[200:])
    plain = [random_cameras(np.random.default_rng(0), middle, CameraConfig(), f).place for f in (None, toward)]
    np.testing.assert_array_equal(*plain)


BONES = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Spine1
  {
    OFFSET 0 30 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    JOINT Head
    {
      OFFSET 0 30 0
      CHANNELS 3 Zrotation Xrotation Yrotation
    }
SIDES
  }
LEGS
}
MOTION
Frames: 40
Frame Time: 0.0333333
ROWS
"""


def two_sided(root: str, names: list[str], offsets: list[tuple[float, float, float]]) -> str:
    """A chain of joints for each side."""
    out = ""
    for side, sign in (("Left", 1), ("Right", -1)):
        for name, (x, y, z) in zip(names, offsets, strict=True):
            out += f"JOINT {side}{name}\n{{\nOFFSET {sign * x} {y} {z}\nCHANNELS 3 Zrotation Xrotation Yrotation\n"
        out += "}\n" * len(names)
    return out


def test_motions_of_both_versions_become_one(tmp_path: Path) -> None:
    arms = two_sided("Spine1", ["Arm", "ForeArm", "Hand"], [(18, 20, 0), (30, 0, 0), (25, 0, 0)])
    legs = two_sided("Hips", ["UpLeg", "Leg", "Foot"], [(9, -5, 0), (0, -42, 0), (0, -41, 0)])
    text = BONES.replace("SIDES", arms).replace("LEGS", legs)
    width = text.count("rotation") + 3
    rows = "\n".join(" ".join(f"{0.2 * t * (c % 5):.2f}" for c in range(width)) for t in range(40))
    one = parse_bvh(text.replace("ROWS", rows), "cmu/02_01")
    corpus = pack([one, parse_bvh(text.replace("ROWS", rows), "cmu/02_02")])
    assert corpus.names == ("cmu/02_01",)  # the same motion under another name
    assert corpus.stride is not None and corpus.stride.tolist() == [4]
