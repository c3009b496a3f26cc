"""Windows of labelled views."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from sessions import session_arrays, write_session

from kasf_demo.adapt.labels import read_session
from kasf_demo.adapt.windows import ViewSampler, cut, starts
from kasportsformer.skeleton import H36M


def test_windows_begin_where_all_frames_are_usable(tmp_path: Path) -> None:
    view = read_session(write_session(tmp_path / "a.npz", session_arrays())).views[0][0]
    assert len(starts([view], 27)) == len(view.xy) - 26
    usable = view.usable.copy()
    usable[40] = False
    assert {s for _, s in starts([replace(view, usable=usable)], 27)} == {*range(14), *range(41, len(view.xy) - 26)}
    assert len(starts([view], 27, stride=9)) == -(-(len(view.xy) - 26) // 9)
    nothing = replace(view, trusted=np.zeros_like(view.trusted))
    assert not starts([nothing], 27)


def test_fast_clips_are_several_slower_ones(tmp_path: Path) -> None:
    view = read_session(write_session(tmp_path / "a.npz", session_arrays(2.0, 240.0))).views[0][0]
    window = cut([view], [(0, 3)], 27, np.array([1.25]))
    apart = view.score[3 : 3 + 4 * 26 + 1 : 4]
    assert window.input.shape == (1, 27, 17, 3) and np.allclose(window.input[0, ..., 2], apart)
    assert max(s for _, s in starts([view], 27)) == len(view.xy) - 1 - 4 * 26


def test_drawn_windows_are_in_their_crop_and_half_of_them_mirrored(tmp_path: Path) -> None:
    views = read_session(write_session(tmp_path / "a.npz", session_arrays())).views[0]
    sampler = ViewSampler(views, 27)
    drawn = sampler(np.random.default_rng(0), 64)
    assert np.abs(drawn.input[..., :2]).max() <= 1.0 and drawn.trust.min() == 1
    off = drawn.input[..., :2] - drawn.input[:, :, :1, :2]
    assert np.abs(off - drawn.truth[..., :2]).max() < 0.05, "input and truth in one unit"
    first, again = sampler(np.random.default_rng(0), 8), sampler(np.random.default_rng(0), 8)
    assert (first.input == again.input).all()
    plain = cut(views, [(0, 0), (1, 5)], 27, np.array([1.2, 1.2]))
    turned = plain.mirrored(np.array([False, True]))
    assert (turned.input[0] == plain.input[0]).all()
    assert np.allclose(turned.truth[1, :, H36M["r_wrist"], 0], -plain.truth[1, :, H36M["l_wrist"], 0])
