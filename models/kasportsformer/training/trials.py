"""Names of motions: which CMU subject and trial they are, what is kept out of training, which of several versions
counts."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from .forward_kinematics import FloatArray

# CMU subjects that no training run may ever see: basketball, run, soccer, acrobatics
HELD_OUT = ("06", "09", "11", "85")
# motions of the demo clips (demo_videos/make/clips.py) whose subjects are trained on otherwise
DEMO_MOTIONS = ("05/05_11", "13/13_42", "martial_arts/07")
CMU_NAME = re.compile(r"^(\d{2,3})_\d{2,3}(?=$|-\d+$)")  # 05_11; 01_06-1 is a part of a trial that was cut
CMU_FOLDER = re.compile(r"^cmu_(\d{2,3})$")
MARTIAL_ARTS = "135"  # the CMU subject of the folder martial_arts, whose files have numbers of their own
MARTIAL_TRIALS = {n: n if n <= 7 else n + 1 for n in range(3, 11)}  # file 08 is trial 135_09

SAME = {"14_36": "14_31"}  # one recording under two numbers

# Families of body.FAMILIES by how exact they are, best first. The rotations of Daz files sit on a figure that is bent
# at rest, and DeepMimic's humanoid has knees and elbows of one angle
EXACTNESS = ("acclaim", "asf", "motionbuilder", "smpl", "motionbuilder_cmu", "character1", "daz", "deepmimic")
SAME_RAD = 0.02  # two recordings whose limbs differ by less on average are one


def trial(name: str) -> str:
    """The CMU trial (`05_11`) of a motion called `folder/stem`, of a part of one (`01_06-1`) too; "" for other
    names."""
    folder, _, stem = name.rpartition("/")
    if found := CMU_NAME.match(stem):
        return SAME.get(found.group(0), found.group(0))
    if folder == "martial_arts" and stem.isdigit() and int(stem) in MARTIAL_TRIALS:
        return f"{MARTIAL_ARTS}_{MARTIAL_TRIALS[int(stem)]:02d}"
    return ""


def subject(name: str) -> str:
    """The CMU subject of a motion called `folder/SS_TT`; the folder for other names (`salsa/06` is not subject 06)."""
    folder = name.rpartition("/")[0]
    number = CMU_FOLDER.match(folder)
    return trial(name).partition("_")[0] or (number.group(1) if number else folder)


def held_out(name: str) -> bool:
    """True for motions of subjects that training never sees."""
    return subject(name) in HELD_OUT


def demo(name: str) -> bool:
    """True for the motion of a demo clip, whatever archive and format it comes from."""
    return name in DEMO_MOTIONS or trial(name) in {trial(n) for n in DEMO_MOTIONS}


def most_exact(names: Sequence[str], families: Sequence[str]) -> list[int]:
    """Indices, in order, of the motions to keep: of each CMU trial only the most exact version (all its parts), and all
    others.

    Of two versions that are equally exact the first folder counts.
    """
    best: dict[str, tuple[int, int]] = {}  # rank and first index
    rank = [EXACTNESS.index(family) for family in families]
    for i, name in enumerate(names):
        if (t := trial(name)) and (t not in best or rank[i] < best[t][0]):
            best[t] = (rank[i], i)

    def kept(i: int) -> bool:
        if not (t := trial(names[i])):
            return True
        r, first = best[t]
        (folder, _, stem), (chosen, _, best_stem) = names[i].rpartition("/"), names[first].rpartition("/")
        return rank[i] == r and folder == chosen and stem.partition("-")[0] == best_stem.partition("-")[0]

    return [i for i in range(len(names)) if kept(i)]


def repeats(motions: Sequence[FloatArray]) -> set[int]:
    """Indices of motions (T, V, 3), of one rate, that an earlier one holds already: equally long to 2 frames and hardly
    different."""
    found: set[int] = set()
    for i, later in enumerate(motions):
        for k, earlier in enumerate(motions[:i]):
            if k in found or abs(len(later) - len(earlier)) > 2:
                continue
            n = min(len(later), len(earlier))
            if np.abs(later[:n:10] - earlier[:n:10]).mean() < SAME_RAD:
                found.add(i)
                break
    return found
