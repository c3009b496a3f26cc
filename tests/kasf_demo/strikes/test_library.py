"""Styles of a synthetic library, and where new shots belong."""

from __future__ import annotations

import numpy as np
import pytest
from strikes import STRIKE_S, copies, recorded, standing_kick, truth_of

from kasf_demo.errors import UsageError
from kasf_demo.strikes.cluster import adjusted_rand
from kasf_demo.strikes.features import shot_features
from kasf_demo.strikes.library import LIMBS, LibraryShot, ShotLibrary, build_library, match, posture_of
from kasf_demo.strikes.measured import entry_of, features_of, report_shot
from kasf_demo.strikes.posture import AthleteShot, make_shot
from kasf_demo.types.motion import Strike

EACH = 20


@pytest.fixture(scope="module")
def kicks() -> tuple[list[LibraryShot], list[AthleteShot]]:
    """Three kicks, 20 perturbed copies of each."""
    motions = []
    for name in ("soccer_kick", "martial_kick"):
        (xyz,), times_s = truth_of(name)
        strike = recorded(xyz, times_s).motion.events.strike
        assert strike is not None
        near = np.abs(times_s - strike.time_s) < 0.8
        motions.append((xyz[near], times_s[near], strike))
    motions.append((standing_kick(), np.arange(54) / 30, Strike("kick", "r", STRIKE_S, 8.0, 8.0)))
    shots = [
        make_shot(*copy) for seed, motion in enumerate(motions) for copy in copies(*motion, EACH, seed)
    ]  # fmt: skip
    return [entry_of(s, shot_features(s), f"clip {n}") for n, s in enumerate(shots)], shots


@pytest.fixture(scope="module")
def library(kicks: tuple[list[LibraryShot], list[AthleteShot]]) -> ShotLibrary:
    return build_library(kicks[0], "kick", made_of="three kicks")


def test_three_kicks_are_three_styles_whichever_way_they_face(library: ShotLibrary) -> None:
    assert library.k == 3 and library.counts() == [EACH] * 3
    assert adjusted_rand(library.labels, np.repeat([0, 1, 2], EACH)) == 1.0
    assert max(library.mean_silhouettes, key=lambda k: library.mean_silhouettes[k]) == 3
    assert library.codes.shape[1] <= 20 and library.basis.shape[1] == 20 * len(LIMBS) * 3


def test_a_new_copy_has_its_style_its_neighbours_and_percentiles(
    library: ShotLibrary, kicks: tuple[list[LibraryShot], list[AthleteShot]]
) -> None:
    (xyz,), times_s = truth_of("soccer_kick")
    strike = recorded(xyz, times_s).motion.events.strike
    assert strike is not None
    ((recording, moved),) = copies(xyz, times_s, strike, 1, 99)
    report = report_shot(3, "found", 1, make_shot(recording, moved), library)
    found = report.match
    assert found is not None and found.style == library.labels[0] + 1 and found.distance < found.far
    assert found.silhouette > 0.3 and not report.doubts
    assert len(found.nearest) == 3 and all(library.names.index(n.name) < EACH for n in found.nearest)
    values = [e.features["path"] for e in kicks[0]]
    share = 100 * np.mean([v < report.features["path"] for v in values])
    assert found.percentiles["path"] == pytest.approx(share, abs=1)


def test_what_is_no_such_kick_has_no_style(library: ShotLibrary) -> None:
    (xyz,), times_s = truth_of("run_past")
    shot = make_shot(recorded(xyz, times_s, events=False), Strike("kick", "l", 1.5, 6.0, 7.0))
    report = report_shot(1, "guess", 1, shot, library)
    assert report.match is not None and report.match.style is None and report.match.nearest_style in (1, 2, 3)
    assert report.match.distance > report.match.far
    assert any("no style" in d for d in report.doubts) and any("guess" in d for d in report.doubts)


def test_the_mean_of_a_style_is_that_of_its_clips_and_codes_give_postures_back(
    library: ShotLibrary, kicks: tuple[list[LibraryShot], list[AthleteShot]]
) -> None:
    own = np.stack([e.posture for e, label in zip(kicks[0], library.labels, strict=True) if label == 0])
    assert library.style_postures[0] == pytest.approx(own.mean(0))
    off = np.linalg.norm(posture_of(library, 0)[:, LIMBS] - kicks[0][0].posture[:, LIMBS], axis=-1)
    assert off.mean() < 0.03  # noise of 20 mm is not in the basis


def test_too_few_are_refused(kicks: tuple[list[LibraryShot], list[AthleteShot]]) -> None:
    with pytest.raises(UsageError, match="needs 10 shots or more, these are 9"):
        build_library(kicks[0][:9], "kick")
    with pytest.raises(UsageError, match="--k 60"):
        build_library(kicks[0], "kick", k=60)
    assert build_library(kicks[0][10:30], "kick", k=2).k == 2


def test_features_that_are_not_known_or_trusted_are_left_out(
    kicks: tuple[list[LibraryShot], list[AthleteShot]], library: ShotLibrary
) -> None:
    shot = kicks[1][0]
    values = shot_features(shot)
    found = features_of(shot, values)
    assert all(np.isnan(found[v.key]) == (v.value is None or v.trust == "no") for v in values)
    found["path"] = float("nan")
    assert "path" not in match(library, shot.posture, found).percentiles
