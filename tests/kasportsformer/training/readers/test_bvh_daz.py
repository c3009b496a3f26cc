"""The Daz conversions of CMU against the exact recordings of the same trials (`cmu_amc_replace`): directions of arms
and legs."""

from __future__ import annotations

import importlib
import tarfile
from pathlib import Path

import numpy as np
import pytest

from kasportsformer.training.body import V, canonical
from kasportsformer.training.forward_kinematics import FloatArray
from kasportsformer.training.readers.bvh import read_bvh

pytestmark = [pytest.mark.assets, pytest.mark.slow]

# some trials of every subject; name in cmu_amc_replace, archive and name of the Daz file
TRIALS = [
    ("cmu_02/02_01", "cmu_bvh_subjects_01-14", "02/02_01"),
    ("cmu_02/02_05", "cmu_bvh_subjects_01-14", "02/02_05"),
    ("cmu_05/05_02", "cmu_bvh_subjects_01-14", "05/05_02"),
    ("cmu_05/05_13", "cmu_bvh_subjects_01-14", "05/05_13"),
    ("cmu_14/14_04", "cmu_bvh_subjects_01-14", "14/14_04"),
    ("cmu_14/14_37", "cmu_bvh_subjects_01-14", "14/14_37"),
    ("cmu_135/135_04", "cmu_bvh_more", "martial_arts/04"),
    ("cmu_135/135_10", "cmu_bvh_more", "martial_arts/09"),
]
LIMIT_DEG = {"thigh": 4.0, "forearm": 3.0, "upper_arm": 3.0}


@pytest.fixture(scope="module")
def unpacked(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ARCHIVE/NAME.bvh for all of TRIALS: each archive is read once."""
    folder = tmp_path_factory.mktemp("mocap")
    wanted: dict[str, set[str]] = {}
    for exact_name, archive, daz_name in TRIALS:
        wanted.setdefault("cmu_amc_replace", set()).add(f"./{exact_name}.bvh")
        wanted.setdefault(archive, set()).add(f"./{daz_name}.bvh")
    for archive, names in wanted.items():
        with tarfile.open(shared / "mocap" / f"{archive}.tar.xz", "r|xz") as tar:
            for entry in tar:
                if entry.name in names:
                    tar.extract(entry, folder / archive, filter="data")
    return folder


def apart_deg(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(np.degrees(np.arccos(np.clip((a * b).sum(-1), -1, 1))))


def test_limbs_point_where_the_exact_recordings_have_them(unpacked: Path) -> None:
    found: dict[str, list[FloatArray]] = {segment: [] for segment in LIMIT_DEG}
    for exact_name, archive, daz_name in TRIALS:
        exact, _ = canonical(read_bvh(unpacked / "cmu_amc_replace" / f"{exact_name}.bvh"))
        daz, _ = canonical(read_bvh(unpacked / archive / f"{daz_name}.bvh", skip=1))
        daz = daz[::2]  # 60 frames/s, as the exact ones
        n = min(len(exact), len(daz))
        for segment, off in found.items():
            off += [apart_deg(exact[:n, V[f"{s}_{segment}"]], daz[:n, V[f"{s}_{segment}"]]) for s in "lr"]
    for segment, off in found.items():
        mean = np.concatenate(off).mean()
        assert mean < LIMIT_DEG[segment], f"{segment}: {mean:.1f} degrees"


def test_a_straight_arm_is_straight_in_either(unpacked: Path) -> None:
    """14_04 boxes: the straightest elbow of the trial, which the Daz figure bends by 20 degrees."""
    straightest = []
    for archive, name, skip in (("cmu_amc_replace", "cmu_14/14_04", 0), ("cmu_bvh_subjects_01-14", "14/14_04", 1)):
        v, _ = canonical(read_bvh(unpacked / archive / f"{name}.bvh", skip=skip))
        straightest.append(
            min(float(np.percentile(apart_deg(v[:, V[f"{s}_upper_arm"]], v[:, V[f"{s}_forearm"]]), 1)) for s in "lr")
        )
    assert abs(straightest[0] - straightest[1]) < 3.0


def test_the_demo_clips_athlete_is_straight_at_rest(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[4] / "demo_videos" / "make"))
    captures = importlib.import_module("captures")
    monkeypatch.setattr(captures, "MOCAP", shared / "mocap")
    jump = ("deepmimic_jump", "data/vae/txt/cmu81-85/85/85_02.txt")
    for figure in (captures.load("cmu_bvh_more", "martial_arts/07.bvh"), captures.load(*jump)):
        at = dict(zip(figure.joints, figure.offsets, strict=True))
        for side in "lr":
            for upper, lower in (("elbow", "wrist"), ("knee", "ankle")):
                a, b = (at[f"{side}_{joint}"] / np.linalg.norm(at[f"{side}_{joint}"]) for joint in (upper, lower))
                assert apart_deg(a, b) < 2.0, (figure.name, side, upper)
