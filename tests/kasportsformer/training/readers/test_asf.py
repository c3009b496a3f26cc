"""ASF/AMC: a figure of a few bones against positions worked out by hand, and as a canonical body."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kasportsformer.training.body import V, axes, canonical
from kasportsformer.training.pack import read_folder
from kasportsformer.training.readers.asf import AcclaimError, read_amc

# name, direction, length, axis in degrees, channels, parent; y up, facing +z, left at +x
SPINE = [
    ("thorax", "0 1 0", 10, "0 0 0", "rx ry rz", "root"),
    ("upperneck", "0 1 0", 2, "0 0 0", "", "thorax"),
    ("head", "0 1 0", 4, "0 0 0", "rx ry rz", "upperneck"),
]
SIDE = [
    ("hipjoint", "{} 0 0", 2, "0 0 0", "", "root"),
    ("femur", "0 -1 0", 8, "0 0 {}20", "rx ry rz", "hipjoint"),
    ("tibia", "0 -1 0", 8, "0 0 {}20", "rx", "femur"),
    ("foot", "0 0 1", 2, "0 0 0", "rx rz", "tibia"),
    ("clavicle", "{} 0 0", 3, "0 0 0", "ry rz", "thorax"),
    ("humerus", "{} 0 0", 6, "180 30 {}90", "rx ry rz", "clavicle"),
    ("radius", "{} 0 0", 5, "180 30 {}90", "rx", "humerus"),
    ("wrist", "{} 0 0", 2, "180 30 {}90", "ry", "radius"),
]


def files(folder: Path, frames: str) -> tuple[Path, Path]:
    bones = list(SPINE)
    for prefix, sign in (("l", ""), ("r", "-")):
        bones += [
            (
                f"{prefix}{name}",
                direction.format(f"{sign}1"),
                length,
                axis.format(sign),
                dof,
                parent if parent in ("root", "thorax") else prefix + parent,
            )
            for name, direction, length, axis, dof, parent in SIDE
        ]
    data = "".join(
        f"  begin\n id {i}\n name {n}\n direction {d}\n length {length}\n axis {a} XYZ\n"
        + (f" dof {dof}\n" if dof else "")
        + "  end\n"
        for i, (n, d, length, a, dof, _) in enumerate(bones)
    )
    tree = "".join(f"    {parent} {name}\n" for name, *_, parent in bones)
    (folder / "99.asf").write_text(
        "# a comment\n:version 1.10\n:units\n  mass 1.0\n  length 0.45\n  angle deg\n:root\n  order TX TY TZ RX RY"
        f" RZ\n  axis XYZ\n  position 0 0 0\n  orientation 0 0 0\n:bonedata\n{data}:hierarchy\n  begin\n{tree}  end\n"
    )
    (folder / "99_01.amc").write_text(f"#!OML\n:FULLY-SPECIFIED\n:DEGREES\n{frames}")
    return folder / "99_01.amc", folder / "99.asf"


REST = "1\nroot 0 17 0 0 0 0\n"
UNIT = 0.0254 / 0.45


def test_positions_by_hand(tmp_path: Path) -> None:
    amc, asf = files(tmp_path, REST + "2\nroot 1 17 2 0 90 0\nltibia 90\n")
    motion = read_amc(amc, asf)
    assert len(motion) == 2 and motion.fps == 120 and motion.joints[0] == "root"
    p = motion.positions() / UNIT  # x, -z, y of the file
    np.testing.assert_allclose(p[0, motion.index("lfoot")], [2, 0, 1], atol=1e-9)
    np.testing.assert_allclose(p[0, motion.index("rwrist")], [-14, 0, 27], atol=1e-9)
    np.testing.assert_allclose(p[0, motion.index("head_end")], [0, 0, 33], atol=1e-9)
    # turned by 90 about y: +x becomes -z
    np.testing.assert_allclose(p[1, motion.index("lfemur")], [1, 0, 17], atol=1e-9)
    # the knee turns about x rolled by 20 degrees about z: in the file's axes (cos 20, sin 20, 0)
    bent = p[1, motion.index("lfoot")] - p[1, motion.index("ltibia")]
    c, s = np.cos(np.radians(20)), np.sin(np.radians(20))
    along = np.array([-c * s * 8, -s * s * 8, -c * 8])  # before the root's turn: (x, y, z) of the file
    np.testing.assert_allclose(bent, [along[2], along[0], along[1]], atol=1e-9)


def test_stands_facing_minus_y_as_a_canonical_body(tmp_path: Path) -> None:
    amc, asf = files(tmp_path, REST + "2\nroot 0 17 0 0 0 0\nlfemur -90 0 0\n")
    vectors, _ = canonical(read_amc(amc, asf))
    np.testing.assert_allclose(axes(vectors, "chest")[0], np.eye(3), atol=1e-9)
    np.testing.assert_allclose(vectors[0, V["l_thigh"]], [0, 0, -1], atol=1e-9)
    assert vectors[1, V["l_thigh"], 1] < -0.9  # forward
    assert vectors[0, V["l_forearm"], 0] > 0.99 and vectors[0, V["r_forearm"], 0] < -0.99


def test_a_folder_with_amc_files(tmp_path: Path) -> None:
    (tmp_path / "99").mkdir()
    files(tmp_path / "99", REST)
    assert [m.name for m in read_folder(tmp_path)] == ["99/99_01"]


def test_what_is_not_acclaim_is_refused(tmp_path: Path) -> None:
    amc, asf = files(tmp_path, REST)
    for text, message in (
        ("ltibia 1\n", "before the first frame"),
        (":DEGREES\n", "no frames"),
        (REST + "ltibia 1 2\n", "has 2 numbers"),
        (REST + "ltibia x\n", "line 3"),
    ):
        amc.write_text(text)
        with pytest.raises(AcclaimError, match=message):
            read_amc(amc, asf)
    amc.write_text(REST)
    asf.write_text("HIERARCHY")
    with pytest.raises(AcclaimError, match="do not match"):
        read_amc(amc, asf)
