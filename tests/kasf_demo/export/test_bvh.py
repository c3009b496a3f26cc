"""BVH files: their joints are where they should be, by a forward pass of our own, the training readers and Blender."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from kicks import GAP, Array, even, kicking
from readers import forward_pass
from scipy.spatial.transform import Rotation

from body import LEFT, UP, as_pose, standing, turn
from kasf_demo.export.bvh import swing, write_bvh, zxy_deg
from kasf_demo.export.resample import y_up
from kasf_demo.types.people import Pose3D
from kasportsformer.skeleton import BONES, H36M_NAMES
from kasportsformer.training.readers.bvh import read_bvh


def constant(pose: Pose3D) -> Array:
    """(T, 17, 3) with the pose's directions and bones of their median lengths."""
    out = pose.xyz.copy()
    for a, b in BONES:
        bone = pose.xyz[:, b] - pose.xyz[:, a]
        length = np.linalg.norm(bone, axis=-1, keepdims=True)
        out[:, b] = out[:, a] + bone / np.maximum(length, 1e-12) * np.median(length[pose.valid])
    return np.asarray(out)


def test_bvh_forward_pass_to_a_millimetre(tmp_path: Path) -> None:
    pose = kicking()
    write_bvh(tmp_path / "k.bvh", even(pose), name="k.bvh")
    places, frame_time = forward_pass(tmp_path / "k.bvh")
    assert frame_time == pytest.approx(1 / 30, abs=1e-7)
    want = y_up(constant(pose))[pose.valid]
    got = np.stack([places[name] for name in H36M_NAMES], axis=1)
    assert np.abs(got[pose.valid] - want).max() < 1e-3
    bones = np.linalg.norm(got[:, 1] - got[:, 2], axis=-1)
    assert np.ptp(bones) < 1e-6 and np.isfinite(got[GAP]).all()
    assert (got[GAP, 0, 0] > got[19, 0, 0]).all() and (got[GAP, 0, 0] < got[24, 0, 0]).all()  # a gap is bridged


def test_bvh_read_by_the_training_readers(tmp_path: Path) -> None:
    pose = kicking()
    write_bvh(tmp_path / "k.bvh", even(pose), name="k.bvh")
    motion = read_bvh(tmp_path / "k.bvh", unit_m=1.0, up="y")
    want = constant(pose)
    got = motion.positions()[:, [motion.joints.index(name) for name in H36M_NAMES]]
    assert np.abs(got - want)[pose.valid].max() < 1e-3 and motion.fps == pytest.approx(30, abs=1e-4)


@settings(max_examples=25, deadline=None)
@given(arrays(np.float64, (3, 17, 3), elements=st.floats(-0.2, 0.2)), st.floats(-180, 180), st.floats(-180, 180))
def test_bvh_of_any_pose(tmp_path_factory: pytest.TempPathFactory, off: Array, heading: float, roll: float) -> None:
    path = tmp_path_factory.mktemp("bvh") / "x.bvh"
    pose = as_pose((standing() + off) @ turn(UP, heading).T @ turn(LEFT, roll).T)
    write_bvh(path, even(pose), name="x.bvh")
    places, _ = forward_pass(path)
    got = np.stack([places[name] for name in H36M_NAMES], axis=1)
    assert np.isfinite(got).all()
    if min(np.linalg.norm(pose.xyz[:, b] - pose.xyz[:, a], axis=-1).min() for a, b in BONES) > 1e-6:
        # a bone of no length points nowhere: any direction is as good
        assert np.abs(got - y_up(constant(pose))).max() < 1e-3


def test_bvh_of_a_bone_of_no_length(tmp_path: Path) -> None:
    """Two joints in one place in a single frame: found by the property test above."""
    pose = kicking()
    pose.xyz[5, 9] = pose.xyz[5, 8]
    write_bvh(tmp_path / "k.bvh", even(pose), name="k.bvh")
    places, _ = forward_pass(tmp_path / "k.bvh")
    got = np.stack([places[name] for name in H36M_NAMES], axis=1)
    assert np.isfinite(got).all()
    others = pose.valid & (np.arange(len(pose)) != 5)
    assert np.abs(got[others] - y_up(constant(pose))[others]).max() < 1e-3


@settings(max_examples=50, deadline=None)
@given(
    arrays(np.float64, (2, 3), elements=st.floats(-1, 1)).filter(
        lambda v: bool((np.linalg.norm(v, axis=-1) > 1e-3).all())
    ),
    st.booleans(),
)
def test_swing(v: Array, opposite: bool) -> None:
    a, b = v[:1] / np.linalg.norm(v[0]), v[1:] / np.linalg.norm(v[1])
    b = -a if opposite else b
    r = swing(a, b)[0]
    np.testing.assert_allclose(r @ a[0], b[0], atol=1e-6)
    np.testing.assert_allclose(r @ r.T, np.eye(3), atol=1e-6)


def test_euler_angles_do_not_jump_and_survive_gimbal_lock() -> None:
    turning = Rotation.from_euler(
        "ZXY", np.stack([np.linspace(0, 900, 91), np.linspace(-90, 90, 91), np.zeros(91)], -1), degrees=True
    )
    got = zxy_deg(turning.as_matrix()[:, None])[:, 0]
    np.testing.assert_allclose(
        Rotation.from_euler("ZXY", got, degrees=True).as_matrix(), turning.as_matrix(), atol=1e-6
    )
    assert np.abs(np.diff(got, axis=0)).max() < 11


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("blender") is None, reason="blender is not installed")
def test_bvh_in_blender(tmp_path: Path) -> None:
    """Blender's own importer, headless: the joints are where they should be, in metres, z up."""
    pose = kicking()
    write_bvh(tmp_path / "k.bvh", even(pose), name="k.bvh")
    script = tmp_path / "read.py"
    text = (
        "import builtins, bpy, numpy as np\n"
        # Debian's Blender 3.4 runs on Python 3.11, where its importer's open(path, 'rU') is an error
        "plain = open\nbuiltins.open = lambda path, mode='r', *a, **k: plain(path, mode.replace('U', ''), *a,"
        f" **k)\nbpy.ops.import_anim.bvh(filepath={str(tmp_path / 'k.bvh')!r}, axis_forward='-Z', axis_up='Y',"
        " rotate_mode='NATIVE')\narm = bpy.context.object\nout = []\nfor f in (1, 11, 41, 60):\n   "
        " bpy.context.scene.frame_set(f)\n    out.append([list(arm.matrix_world @ arm.pose.bones[n].head) for n in"
        f" NAMES])\nnp.save({str(tmp_path / 'out.npy')!r}, np.array(out))\n"
    )
    script.write_text(text.replace("NAMES", repr(H36M_NAMES)))
    run = subprocess.run(
        ["blender", "-b", "--factory-startup", "-noaudio", "--python", str(script)],
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert (tmp_path / "out.npy").exists(), run.stdout + run.stderr
    got = np.load(tmp_path / "out.npy")
    want = constant(pose)[[0, 10, 40, 59]]
    assert np.abs(got - want).max() < 2e-3
