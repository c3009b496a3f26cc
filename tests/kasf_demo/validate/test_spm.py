"""The random-field threshold, the clusters, and that the false alarms are as many as promised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from kasf_demo.validate.spm import ALPHA, paired_spm, smoothness, threshold


@pytest.mark.assets
def test_golden(shared: Path) -> None:
    with np.load(shared / "golden" / "spm_case.npz") as f:
        golden = dict(f)
    found = paired_spm(golden["a"], golden["b"])
    np.testing.assert_allclose(found.t, golden["paired_t"], atol=1e-9)
    assert found.df == golden["paired_df"][1]
    assert found.fwhm == pytest.approx(float(golden["paired_fwhm"]), abs=1e-6)
    assert found.resels == pytest.approx(golden["paired_resels"][1], abs=1e-6)
    assert found.critical == pytest.approx(float(golden["paired_t_critical"]), abs=1e-6)
    assert len(found.clusters) == 1
    (cluster,) = found.clusters
    np.testing.assert_allclose([cluster.start, cluster.end, cluster.p], golden["paired_clusters"][0], atol=1e-6)


@pytest.mark.assets
def test_the_golden_threshold_of_two_samples(shared: Path) -> None:
    with np.load(shared / "golden" / "spm_case.npz") as f:
        golden = dict(f)
    a, b = golden["a"], golden["b"]
    fwhm = smoothness(np.concatenate([a - a.mean(0), b - b.mean(0)]))
    assert fwhm == pytest.approx(float(golden["two_sample_fwhm"]), abs=1e-6)
    critical = threshold(ALPHA / 2, float(golden["two_sample_df"][1]), 100 / fwhm, 101)  # type: ignore[arg-type]
    assert critical == pytest.approx(float(golden["two_sample_t_critical"]), abs=1e-6)


def smooth_noise(rng: np.random.Generator, curves: int, samples: int, fwhm: float) -> np.ndarray:
    wide = rng.normal(size=(curves, samples + 200))
    return np.asarray(gaussian_filter1d(wide, fwhm / 2.3548, axis=1))[:, 100:-100]


@pytest.mark.parametrize("fwhm", [8.0, 25.0])
def test_false_alarms_are_as_many_as_promised(fwhm: float) -> None:
    rng = np.random.default_rng(4)
    trials = 600
    found = [paired_spm(*(smooth_noise(rng, 12, 101, fwhm) for _ in "ab")) for _ in range(trials)]
    alarms = sum(bool(f.clusters) for f in found) / trials
    assert 0.02 <= alarms <= 0.08  # ALPHA, within three standard errors of 600 trials
    assert float(np.mean([f.fwhm for f in found])) == pytest.approx(fwhm, rel=0.12)


def test_a_difference_is_found_where_it_is() -> None:
    rng = np.random.default_rng(5)
    a, b = smooth_noise(rng, 20, 101, 15), smooth_noise(rng, 20, 101, 15)
    a[:, 40:60] += 3 * a.std()
    (cluster,) = paired_spm(a, b).clusters
    assert 37 <= cluster.start <= 43 and 56 <= cluster.end <= 62 and cluster.p < 0.01
    turned = paired_spm(b, a).clusters[0]
    assert (turned.start, turned.end, turned.p) == pytest.approx((cluster.start, cluster.end, cluster.p))


def test_clusters_at_the_ends_of_the_curve() -> None:
    a = np.random.default_rng(6).normal(size=(6, 30)) * 1e-3 + 1
    (cluster,) = paired_spm(a, np.zeros((6, 30))).clusters
    assert (cluster.start, cluster.end) == (0, 29)


@pytest.mark.parametrize("shape", [(2, 50), (5, 2)])
def test_too_few(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="too few"):
        paired_spm(np.random.default_rng(0).normal(size=shape), np.zeros(shape))
    with pytest.raises(ValueError, match="do not vary"):
        paired_spm(np.ones((5, 50)), np.ones((5, 50)))
