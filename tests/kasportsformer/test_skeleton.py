from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kasportsformer import skeleton as sk

pixels = arrays(np.float64, (3, 17, 2), elements=st.floats(-2000, 4000, width=32))
scores = arrays(np.float64, (3, 17), elements=st.floats(0, 1, width=32))


@pytest.mark.assets
def test_remap_golden(shared: Path) -> None:
    with np.load(shared / "golden" / "coco_to_h36m.npz") as golden:
        xy, score = sk.coco_to_h36m(golden["coco_px"], golden["coco_score"])
        np.testing.assert_allclose(xy, golden["h36m_px"], rtol=0, atol=1e-5)
        np.testing.assert_allclose(score, golden["h36m_score"], rtol=0, atol=1e-5)


@settings(max_examples=50, deadline=None)
@given(pixels, scores)
def test_remap_commutes_with_mirroring_the_picture(xy: np.ndarray, score: np.ndarray) -> None:
    width = 1280.0
    mirrored_first = sk.coco_to_h36m(sk.mirror_pixels(xy, width, sk.COCO_MIRROR), score[..., sk.COCO_MIRROR])
    remapped, remapped_score = sk.coco_to_h36m(xy, score)
    np.testing.assert_allclose(mirrored_first[0], sk.mirror_pixels(remapped, width, sk.H36M_MIRROR), atol=1e-9)
    np.testing.assert_allclose(mirrored_first[1], remapped_score[..., sk.H36M_MIRROR], atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(pixels, st.floats(-500, 500), st.floats(-500, 500), st.floats(0.1, 8))
def test_remap_follows_shift_and_zoom(xy: np.ndarray, dx: float, dy: float, zoom: float) -> None:
    score = np.ones(xy.shape[:-1])
    moved = sk.coco_to_h36m(xy * zoom + [dx, dy], score)[0]
    np.testing.assert_allclose(moved, sk.coco_to_h36m(xy, score)[0] * zoom + [dx, dy], atol=1e-8)


def test_remap_by_hand() -> None:
    """A front view in whole numbers, worked out on paper from the published mapping."""
    xy = np.zeros((17, 2))
    xy[:5] = [(50, 40), (52, 38), (48, 38), (56, 40), (44, 40)]
    xy[5:7] = [(62, 60), (38, 60)]
    xy[11:13] = [(58, 120), (42, 120)]
    out, score = sk.coco_to_h36m(xy, np.arange(17) / 16)
    j = sk.H36M
    np.testing.assert_allclose(out[j["pelvis"]], (50, 120))
    np.testing.assert_allclose(out[j["spine"]], (50, 90))
    np.testing.assert_allclose(out[j["thorax"]], (50, 60 - 20 / 3 + 4 / 3))
    np.testing.assert_allclose(out[j["neck"]], (50, 45))
    np.testing.assert_allclose(out[j["head"]], (50, 36))
    np.testing.assert_allclose(out[j["l_hip"]], (58, 120))
    np.testing.assert_allclose(
        score[[j["pelvis"], j["thorax"], j["spine"], j["head"], j["r_wrist"]]] * 16, [11.5, 5.5, 8.5, 2.5, 10]
    )


def test_remap_keeps_shape_dtype_input_and_nan_rows() -> None:
    xy = np.full((2, 5, 17, 2), np.nan, np.float32)
    xy[0] = np.arange(170, dtype=np.float32).reshape(5, 17, 2)
    before = xy.copy()
    out, score = sk.coco_to_h36m(xy, np.ones((2, 5, 17), np.float32))
    assert out.shape == xy.shape and out.dtype == score.dtype == np.float32
    assert np.isfinite(out[0]).all() and np.isnan(out[1]).all()
    np.testing.assert_array_equal(xy, before)
    assert sk.coco_to_h36m(np.ones((17, 2), int), np.ones(17, int))[0].dtype == np.float64
    assert sk.coco_to_h36m(np.ones((0, 17, 2)), np.ones((0, 17)))[0].shape == (0, 17, 2)


def test_remap_names_both_shapes() -> None:
    with pytest.raises(ValueError, match=r"\(17, 3\)"):
        sk.coco_to_h36m(np.zeros((17, 3)), np.zeros(17))


def test_mirror_tables() -> None:
    assert {i for i, j in enumerate(sk.H36M_MIRROR) if i != j} == {1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16}
    assert [sk.H36M_MIRROR[i] for i in (4, 5, 6, 11, 12, 13)] == [1, 2, 3, 14, 15, 16]
    assert sk.COCO_MIRROR == (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15)
    for edges, mirror in ((sk.BONES, sk.H36M_MIRROR), (sk.COCO_EDGES, sk.COCO_MIRROR)):
        undirected = {frozenset(edge) for edge in edges}
        assert {frozenset((mirror[a], mirror[b])) for a, b in edges} == undirected and len(undirected) == 16


def test_mirror_h36m_twice_is_the_input() -> None:
    pose = np.random.default_rng(0).normal(size=(4, 17, 3))
    once = sk.mirror_h36m(pose)
    np.testing.assert_array_equal(once[:, sk.H36M["l_knee"]], pose[:, sk.H36M["r_knee"]] * [-1, 1, 1])
    np.testing.assert_array_equal(sk.mirror_h36m(once), pose)


def test_bones_in_the_published_order() -> None:
    assert sk.BONES == (
        (0, 1), (1, 2), (2, 3), (0, 4), (4, 5), (5, 6), (0, 7), (7, 8), (8, 9), (9, 10),
        (8, 11), (11, 12), (12, 13), (8, 14), (14, 15), (15, 16),
    )  # fmt: skip


def test_numpy_only_modules_do_not_import_torch() -> None:
    code = (
        "import sys, kasportsformer, kasportsformer.skeleton, kasportsformer.metrics;"
        "kasportsformer.coco_to_h36m; kasportsformer.normalize_screen; dir(kasportsformer);"
        "assert 'torch' not in sys.modules; kasportsformer.KASportsFormerConfig; assert 'torch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
