"""Files for other programs, read back by readers that are not ours, or written here."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from kicks import GAP, Array, even, kicking
from readers import forward_pass, mot, trc
from scipy.spatial.transform import Rotation

from body import FORWARD, LEFT, UP, as_pose, standing, turn
from kasf_demo.export.bvh import swing, write_bvh, zxy_deg
from kasf_demo.export.c3d import write_c3d
from kasf_demo.export.csv_angles import COLUMNS, write_angles_csv
from kasf_demo.export.mot import mot_values, write_mot
from kasf_demo.export.npz import write_npz
from kasf_demo.export.resample import y_up
from kasf_demo.export.trc import write_trc
from kasf_demo.kinematics import measure
from kasf_demo.types.motion import ANGLES, POINTS
from kasf_demo.types.people import Keypoints2D, Person, Pose3D
from kasportsformer.skeleton import BONES, H36M_NAMES
from kasportsformer.training.readers.bvh import read_bvh


def a_person(pose: Pose3D) -> Person:
    xy = np.where(pose.valid[:, None, None], 100.0, np.nan) * np.ones((len(pose), 17, 2))
    k = Keypoints2D(xy, pose.score, pose.valid, pose.interpolated, "h36m")
    return Person(3, k, k, pose)


def constant(pose: Pose3D) -> Array:
    """(T, 17, 3) with the pose's directions and bones of their median lengths."""
    out = pose.xyz.copy()
    for a, b in BONES:
        bone = pose.xyz[:, b] - pose.xyz[:, a]
        length = np.linalg.norm(bone, axis=-1, keepdims=True)
        out[:, b] = out[:, a] + bone / np.maximum(length, 1e-12) * np.median(length[pose.valid])
    return np.asarray(out)


def test_trc(tmp_path: Path) -> None:
    pose = kicking()
    write_trc(tmp_path / "part", even(pose), name="k.trc")
    first, header, names, rows = trc(tmp_path / "part")
    assert first[0] == ["PathFileType", "4", "(X/Y/Z)", "k.trc"] and tuple(names) == H36M_NAMES
    assert (header["Units"], header["NumMarkers"], header["NumFrames"]) == ("m", "17", "60") and float(
        header["DataRate"]
    ) == 30
    assert first[4][2:5] == ["X1", "Y1", "Z1"] and first[4][-1] == "Z17"
    assert (
        len(rows) == 60
        and {len(row) for row in rows} == {2 + 3 * 17}
        and [row[0] for row in rows] == [str(i + 1) for i in range(60)]
    )
    assert all(row[2:] == [""] * 50 + ["nan"] for row in rows[GAP])
    got = np.array([[float(c) if c else np.nan for c in row] for row in rows])
    np.testing.assert_allclose(got[:, 1], pose.times_s, atol=1e-6)
    xyz = got[:, 2:].reshape(60, 17, 3)
    # back to z up
    np.testing.assert_allclose(np.stack([xyz[..., 0], -xyz[..., 2], xyz[..., 1]], -1), pose.xyz, atol=1e-5)
    assert np.nanmax(xyz[..., 1]) > 1.5  # y is up


def test_mot(tmp_path: Path) -> None:
    pose = kicking()
    motion = measure(pose)
    write_mot(tmp_path / "part", even(pose), name="k")
    title, keys, columns, values = mot(tmp_path / "part")
    deg = motion.angles.deg
    kept = np.isfinite(deg).any(0)
    names = [f"kasf_{name}" for name, keep in zip(ANGLES, kept, strict=True) if keep]
    assert title == "k" and keys == {"version": "1", "nRows": "60", "nColumns": str(len(columns)), "inDegrees": "yes"}
    assert columns == ["time", "kasf_pelvis_tx", "kasf_pelvis_ty", "kasf_pelvis_tz", *names, "kasf_filled"]
    assert values.shape == (60, len(columns)) and np.isfinite(values).all()
    known = np.isfinite(deg[:, kept])
    np.testing.assert_allclose(values[:, 4:-1][known], deg[:, kept][known], atol=6e-4)
    np.testing.assert_allclose(values[pose.valid, 2], pose.xyz[pose.valid, 0, 2], atol=1e-5)
    np.testing.assert_array_equal(values[:, -1], 3 * ~pose.valid + (~known).sum(1))
    want = np.interp(np.arange(60), np.flatnonzero(pose.valid), pose.xyz[pose.valid, 0, 2])
    np.testing.assert_allclose(values[GAP, 2], want[GAP], atol=1e-5)  # a straight line over the gap


def test_mot_bridges_an_angle_the_shorter_way_and_leaves_out_what_has_no_value() -> None:
    pose = kicking()
    motion = even(pose)
    deg = np.full((60, len(ANGLES)), np.nan)
    deg[[10, 14], ANGLES.index("r_shoulder_plane")] = 170, -170
    deg[[10, 14], ANGLES.index("pelvis_rotation")] = 350, 370
    values, missing = mot_values(replace(motion, deg=deg))
    np.testing.assert_allclose(
        values[8:17, 3 + ANGLES.index("r_shoulder_plane")], [170, 170, 170, 175, -180, -175, -170, -170, -170]
    )
    np.testing.assert_allclose(values[10:15, 3 + ANGLES.index("pelvis_rotation")], [350, 355, 360, 365, 370])
    assert np.isnan(values[:, 3]).all() and missing[:, 3:].sum() == 60 * len(ANGLES) - 4


def test_no_column_of_mot_is_a_coordinate_of_an_opensim_model(tmp_path: Path) -> None:
    """Rajagopal2015 and LaiUhlrich2022; gait2392, gait2354 and gait10dof18musc: names out of the models'
    CoordinateSets."""
    pelvis = {f"pelvis_{c}" for c in ("tilt", "list", "rotation", "tx", "ty", "tz")}
    sides = ["hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle", "subtalar_angle", "mtp_angle"]
    sides += ["knee_angle_beta", "arm_flex", "arm_add", "arm_rot", "elbow_flex", "pro_sup", "wrist_flex", "wrist_dev"]
    back = {f"lumbar_{c}" for c in ("extension", "bending", "rotation")}
    theirs = pelvis | back | {f"{c}_{s}" for c in sides for s in "rl"} | {f"knee_angle_{s}_beta" for s in "rl"}
    write_mot(tmp_path / "k.mot", even(kicking()), name="k")
    _, _, columns, _ = mot(tmp_path / "k.mot")
    assert not theirs & set(columns) and all(c.startswith("kasf_") for c in columns[1:])


def test_c3d(tmp_path: Path) -> None:
    ezc3d = pytest.importorskip("ezc3d")
    pose = kicking()
    later = as_pose(pose.xyz, valid=pose.valid, times_s=pose.times_s + 5)  # a run with --start 5
    motion = measure(later)
    assert motion.events.strike is not None
    write_c3d(tmp_path / "k.c3d", even(later), name="k.c3d")
    c = ezc3d.c3d(str(tmp_path / "k.c3d"))
    p = c["parameters"]
    assert tuple(p["POINT"]["LABELS"]["value"]) == (*H36M_NAMES, *ANGLES) and p["POINT"]["UNITS"]["value"] == ["mm"]
    assert p["POINT"]["RATE"]["value"][0] == pytest.approx(30) and p["POINT"]["FRAMES"]["value"][0] == 60
    points, residuals = c["data"]["points"], c["data"]["meta_points"]["residuals"][0]
    np.testing.assert_allclose(np.moveaxis(points[:3, :17], -1, 0).swapaxes(1, 2) / 1000, pose.xyz, atol=1e-5)
    np.testing.assert_allclose(points[0, 17:].T, motion.angles.deg, atol=1e-3)
    assert (residuals[:, GAP] == -1).all() and (residuals[:17, :20] >= 0).all() and np.isnan(points[:3, :, GAP]).all()
    marks = motion.events.marks()
    assert p["EVENT"]["LABELS"]["value"] == [label for _, _, label in marks] and p["EVENT"]["USED"]["value"][0] == len(
        marks
    )
    kick = p["EVENT"]["LABELS"]["value"].index("Kick")
    assert set(np.unique(residuals)) == {-1, 0}
    minutes, seconds = p["EVENT"]["TIMES"]["value"][:, kick]
    assert minutes == 0 and seconds == pytest.approx(motion.events.strike.time_s - 5, abs=1e-3)
    assert p["EVENT"]["CONTEXTS"]["value"][kick] == "Right"


@pytest.mark.parametrize("uneven", [False, True])
def test_doubtful_joints_and_angles_have_a_residual_in_c3d(tmp_path: Path, uneven: bool) -> None:
    ezc3d = pytest.importorskip("ezc3d")
    doubtful = np.zeros((60, 17), bool)
    doubtful[30:34, H36M_NAMES.index("r_knee")] = True
    times_s = np.arange(60) / 30
    times_s[10:] += 0.01 * uneven
    write_c3d(tmp_path / "k.c3d", even(replace(kicking(times_s=times_s), doubtful=doubtful)), name="k.c3d")
    residuals = ezc3d.c3d(str(tmp_path / "k.c3d"))["data"]["meta_points"]["residuals"][0]
    labels = [*H36M_NAMES, *ANGLES]
    marked = {name for name, row in zip(labels, residuals, strict=True) if (row == 100).any()}
    assert {"r_knee", "r_knee_flexion"} <= marked and not {"l_knee", "r_wrist", "l_knee_flexion"} & marked
    frames = np.flatnonzero(residuals[labels.index("r_knee")] == 100)
    assert 4 <= len(frames) <= 4 + uneven and frames[0] in (29, 30) and set(np.unique(residuals)) == {-1, 0, 100}


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


def test_npz(tmp_path: Path) -> None:
    pose = kicking()
    motion = measure(pose)
    write_npz(tmp_path / "part", [a_person(pose)], [motion.angles], pose.times_s)
    with np.load(tmp_path / "part", allow_pickle=False) as f:
        shapes = {name: f[name].shape for name in f}
        a, n = len(ANGLES), len(POINTS)
        assert shapes == {
            "times_s": (60,),
            "media_s": (60,),
            "person": (1,),
            "xyz_m": (1, 60, 17, 3),
            "uv_px": (1, 60, 17, 2),
            "score": (1, 60, 17),
            "valid": (1, 60),
            "interpolated": (1, 60),
            "doubtful": (1, 60, 17),
            "angles_deg": (1, 60, a),
            "angles_deg_per_s": (1, 60, a),
            "angles_doubtful": (1, 60, a),
            "speeds_m_per_s": (1, 60, n),
            "joint_names": (17,),
            "angle_names": (a,),
            "point_names": (n,),
            "bones": (16, 2),
            "axes": (),
            "path_reliable": (60,),
            "camera_rotation": (60, 3, 3),
            "camera_zoom": (60,),
        }
        np.testing.assert_array_equal(f["xyz_m"][0], pose.xyz)
        assert str(f["axes"]) == "world" and f["person"].tolist() == [3] and f["valid"].dtype == bool
        assert tuple(f["joint_names"]) == H36M_NAMES
    write_npz(tmp_path / "again", [a_person(pose)], [motion.angles], pose.times_s)
    assert (tmp_path / "part").read_bytes() == (tmp_path / "again").read_bytes()
    about = {
        "kasf_demo_version": None,
        "clip": "Läufer.mp4",
        "height_m": 1.75,
        "height_assumed": True,
        "fps": 30000 / 1001,
    }
    write_npz(tmp_path / "about", [a_person(pose)], [motion.angles], pose.times_s, None, about)
    with np.load(tmp_path / "about", allow_pickle=False) as f:
        assert {name: f[name].item() for name in about} == about | {"kasf_demo_version": ""}
    write_npz(tmp_path / "none", [], [], pose.times_s)
    with np.load(tmp_path / "none") as f:
        assert f["xyz_m"].shape == (0, 60, 17, 3) and len(f["times_s"]) == 60


def test_angles_csv(tmp_path: Path) -> None:
    import csv

    pose = as_pose(kicking().xyz, valid=kicking().valid, low={"r_ankle": slice(5, 6)})
    write_angles_csv(tmp_path / "a.csv", [(3, measure(pose).angles)], pose.times_s)
    with open(tmp_path / "a.csv", newline="") as f:
        rows = list(csv.DictReader(f))
    assert tuple(rows[0]) == COLUMNS and len(rows) == 60 and {r["person"] for r in rows} == {"3"}
    assert rows[5]["doubtful"].split() == ["r_knee_flexion", "r_ankle"] and rows[4]["doubtful"] == ""
    assert float(rows[50]["r_knee_flexion_deg"]) == pytest.approx(measure(pose).angles["r_knee_flexion"][50], abs=0.006)
    assert all(v == "" for r in rows[GAP] for k, v in r.items() if k not in ("frame", "time_s", "person"))
    assert "nan" not in (tmp_path / "a.csv").read_text()
    write_angles_csv(tmp_path / "none.csv", [], pose.times_s)
    assert len((tmp_path / "none.csv").read_text().splitlines()) == 61


def test_a_varying_rate_is_made_even() -> None:
    times_s = np.cumsum(np.tile([1 / 30, 2 / 30], 30)) + 2.0
    pose = kicking(times_s=times_s)
    straight = as_pose(pose.xyz[:1] + times_s[:, None, None] * FORWARD, valid=pose.valid, times_s=times_s)
    got = even(straight)
    assert got.resampled and got.rate_hz == pytest.approx(59 / (times_s[-1] - times_s[0]), abs=1e-6)
    np.testing.assert_allclose(np.diff(got.times_s), 1 / got.rate_hz)
    np.testing.assert_allclose(
        got.xyz[got.valid], (pose.xyz[:1] + got.times_s[:, None, None] * FORWARD)[got.valid], atol=1e-6
    )
    assert 3 <= (~got.valid).sum() <= 6 and len(got.xyz) == 60
    rounded = np.round(np.arange(60) / 29.97, 3)  # milliseconds of a Matroska file
    kept = even(as_pose(pose.xyz, valid=pose.valid, times_s=rounded))
    assert not kept.resampled and (kept.xyz[kept.valid] == pose.xyz[pose.valid]).all()


def test_one_frame_has_the_nominal_rate() -> None:
    pose = as_pose(standing()[None])
    assert even(pose).rate_hz == 30.0 and not even(pose).resampled


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
