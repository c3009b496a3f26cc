"""`kasf-demo adapt` with a tiny network."""

from pathlib import Path

import numpy as np
import pytest
from command_line import call, call_both
from safetensors import safe_open
from sessions import session_arrays, write_session
from tiny_lifters import tiny

from kasf_demo import weights
from kasf_demo.adapt.labels import read_session
from kasf_demo.adapt.learn import Errors
from kasf_demo.adapt.run import Adapted, refuse_worse, split_views
from kasf_demo.errors import ModelError
from lifting.checkpoint import save_safetensors

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few windows of captured motion are examined, and the other tests' threads and memory stay as they are."""
    monkeypatch.setattr("kasf_demo.adapt.learn.EXAMINED", 16)
    monkeypatch.setattr("kasf_demo.adapt.learn.ready", lambda threads: 1)


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """A network that knows nothing, in the crops of kasf-open-s."""
    path = tmp_path / "start.safetensors"
    save_safetensors(tiny("KASportsFormer"), path, {weights.store.ADAPTED_FROM: "kasf-open-s"})
    return path


def _sessions(folder: Path, count: int) -> list[Path]:
    return [write_session(folder / f"{n}.session.npz", session_arrays(1.5, seed=n)) for n in range(count)]


def test_a_network_learns_and_is_written(tmp_path: Path, start: Path, capsys: Capture) -> None:
    out = tmp_path / "new.safetensors"
    paths = _sessions(tmp_path, 3)
    told, said = call_both("adapt", *paths, "--from", start, "--out", out, "--steps", 12, "--rate", 0.01, "--offline",
                           code=0, capsys=capsys)  # fmt: skip
    assert "kept aside: 2.session.npz" in said and "about" in said
    kept = next(line for line in told.splitlines() if line.startswith("kept aside: MPJPE"))
    before, after = (float(w) for w in kept.split("MPJPE")[1].removesuffix(" mm, P-").split(" -> "))
    assert after < before
    found = weights.resolve_lifter(str(out), None, offline=True)
    assert found.entry is None and found.settings is not None and found.settings.name == "kasf-open-s"
    with safe_open(out, framework="np") as file:
        assert float(file.metadata()[weights.store.LIMB_RATIO]) == found.limb_ratio != 1.0
    call("adapt", *paths, "--from", start, "--out", out, code=6, capsys=capsys)  # it exists


def test_worse_is_refused() -> None:
    good, bad = Errors(60.0, 40.0), Errors(60.1, 39.0)
    refuse_worse(Adapted(bad, good, good, Errors(62.9, 41.0)))
    with pytest.raises(ModelError, match="one view is not seen better"):
        refuse_worse(Adapted(good, bad, good, good))
    with pytest.raises(ModelError, match="other motion is forgotten"):
        refuse_worse(Adapted(bad, good, good, Errors(63.1, 40.0)))
    with pytest.raises(ModelError):
        refuse_worse(Adapted(good, Errors(float("nan"), 1.0), good, good))


@pytest.mark.slow
def test_a_network_that_is_not_better_is_not_written(tmp_path: Path, start: Path, capsys: Capture) -> None:
    paths = _sessions(tmp_path, 2)
    wrong = session_arrays(1.5, seed=7)
    wrong["xyz_m"] = wrong["xyz_m"][..., [1, 0, 2]] * [1, 1, -1] + [0, 0, 2.4]  # nobody who was taught about
    paths.append(write_session(tmp_path / "wrong.session.npz", wrong))
    out = tmp_path / "new.safetensors"
    said = call("adapt", *paths, "--from", start, "--out", out, "--steps", 12, "--rate", 0.01, code=5, capsys=capsys)
    assert "nothing is written" in said and not out.exists()


def test_what_is_kept_aside(tmp_path: Path) -> None:
    several = [read_session(p) for p in _sessions(tmp_path, 11)]
    learnt, kept, said = split_views(several)
    assert len(learnt) == 18 and len(kept) == 4 and said == "9.session.npz, 10.session.npz"
    two = read_session(write_session(tmp_path / "two.npz", session_arrays(people=2)))
    learnt, kept, said = split_views([two])
    assert (learnt[0].xy == two.views[0][0].xy).all() and (kept[1].xy == two.views[1][1].xy).all()
    assert said == "the last person"
    alone = read_session(write_session(tmp_path / "one.npz", session_arrays(10.0)))
    learnt, kept, said = split_views([alone])
    frames = len(alone.views[0][0].xy)
    assert len(kept) == 2 and len(kept[0].xy) == frames - round(0.8 * frames)
    assert len(learnt[0].xy) < round(0.8 * frames) and said == "the last 2.0 s"


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (["A", "--out", "x.pth"], 2, ".safetensors"),
        (["A", "A", "--out", "x.safetensors"], 2, "twice"),
        (["A", "--out", "x.safetensors", "--rate", "3"], 2, "--rate"),
        (["A", "--out", "x.safetensors", "--from", "kasf-open-d3dp"], 2, "hypotheses"),
        (["A", "--out", "x.safetensors"], 4, "27 frames"),
    ],
)
def test_wrong_use(tmp_path: Path, arguments: list[str], code: int, why: str, capsys: Capture) -> None:
    short = write_session(tmp_path / "short.npz", session_arrays(1.2))  # 7 frames to keep aside
    given = [str(short) if a == "A" else str(tmp_path / a) if a.startswith("x.") else a for a in arguments]
    assert why in call("adapt", *given, code=code, capsys=capsys)
    assert not list(tmp_path.glob("x.*"))


def test_the_captured_motion_that_ships_is_none_that_is_kept_out() -> None:
    from kasf_demo.adapt.learn import REPLAY
    from kasportsformer.training.replay import SOURCES
    from kasportsformer.training.trials import demo, held_out

    with np.load(REPLAY, allow_pickle=False) as file:
        names = [str(n).split("@")[0] for n in file["names"]]
    assert len(names) >= 300 and all(SOURCES.match(n) for n in names)
    assert not any(held_out(n) or demo(n) for n in names)
