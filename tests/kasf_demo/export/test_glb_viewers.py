"""GLB files in programs that are not ours: Khronos' validator, three.js in chromium, Blender. What is missing skips."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from glb_reader import Glb
from kicks import GAP, kicking
from pages import athlete, varying_times
from tab import blue, orange

from kasf_demo.export.glb import write_glb
from kasf_demo.types.people import Keypoints2D, Person
from kasportsformer.skeleton import H36M_NAMES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "tests" / "support" / "gltf_page.html"
THREE = json.loads((ROOT / "app" / "kasf_demo" / "viewer" / "web" / "package.json").read_text())["dependencies"][
    "three"
]
VALIDATE = """
const { validateBytes } = require("gltf-validator");
const bytes = require("fs").readFileSync(process.argv[1]);
validateBytes(new Uint8Array(bytes)).then((report) => console.log(JSON.stringify(report)));
"""
KINDS = {".html": "text/html", ".js": "text/javascript"}


@pytest.fixture(scope="module")
def npm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages three, of the page's version, and gltf-validator."""
    folder = tmp_path_factory.mktemp("npm")
    if shutil.which("npm") is None:
        pytest.skip("needs npm: apt-get install npm")
    packages = [f"three@{THREE}", "gltf-validator@2.0.0-dev.3.10"]
    (folder / "package.json").write_text("{}")
    done = subprocess.run(
        ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", *packages], cwd=folder, capture_output=True,
        text=True, timeout=180, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"needs the npm registry: {done.stderr.strip()[-200:]}")
    return folder


@pytest.fixture(scope="module")
def kick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A kicking person with a gap at 30 frames per second."""
    pose = kicking()
    t = len(pose)
    keypoints = Keypoints2D(np.zeros((t, 17, 2)), np.zeros((t, 17)), pose.valid, np.zeros(t, bool), "h36m")
    path = tmp_path_factory.mktemp("glb") / "kick.glb"
    write_glb(path, [Person(1, keypoints, keypoints, pose)], {"kasf_demo_version": "1", "clip": "Läufer.mp4"})
    return path


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people at uneven times."""
    times_s = varying_times(20)
    path = tmp_path_factory.mktemp("glb") / "two.glb"
    write_glb(path, [athlete(times_s, 1), athlete(times_s, 4, x_m=1.2, bend_deg=60)], {})
    return path


def test_khronos_validator_finds_nothing(npm: Path, kick: Path, two: Path) -> None:
    for path in (kick, two):
        done = subprocess.run(
            ["node", "-e", VALIDATE, str(path)], cwd=npm, capture_output=True, text=True, timeout=60, check=True
        )
        issues = json.loads(done.stdout)["issues"]
        assert not any(issues[f"num{kind}"] for kind in ("Errors", "Warnings", "Infos", "Hints")), issues["messages"]
    broken = kick.with_name("broken.glb")
    broken.write_bytes(kick.read_bytes().replace(b'"VEC3"', b'"VEC2"', 1))
    done = subprocess.run(
        ["node", "-e", VALIDATE, str(broken)], cwd=npm, capture_output=True, text=True, timeout=60, check=True
    )
    assert json.loads(done.stdout)["issues"]["numErrors"] > 0


def open_glb(browser: Browser, npm: Path, path: Path, said: list[str]) -> Any:
    """A tab with tests/support/gltf_page.html and the file; nothing comes from the network."""
    tab = browser.new_context(viewport={"width": 600, "height": 600}).new_page()
    tab.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: said.append(str(error)))

    def serve(route: Any) -> None:
        asked = route.request.url.removeprefix("http://glb.test/")
        file = {"": PAGE, "clip.glb": path}.get(asked, npm / "node_modules" / asked)
        if asked == "favicon.ico" or not file.is_file():
            route.fulfill(status=204 if asked == "favicon.ico" else 404, body="")
        else:
            route.fulfill(body=file.read_bytes(), content_type=KINDS.get(file.suffix, "application/octet-stream"))

    tab.route("http://glb.test/**", serve)
    tab.goto("http://glb.test/")
    tab.wait_for_selector("html[data-ready]", state="attached", timeout=30_000)
    return tab


def test_three_js(browser: Browser, npm: Path, kick: Path) -> None:
    """Every joint is where our own reader has it, gaps are hidden, and left is on the athlete's left in the image."""
    said: list[str] = []
    tab, glb = open_glb(browser, npm, kick, said), Glb(kick)
    about = tab.evaluate("about")
    assert about["extras"]["joints"] == list(H36M_NAMES) and about["generator"] == "kasf-demo 1"
    assert about["duration"] == pytest.approx(59 / 30, abs=1e-5) and about["bodies"] == 1
    for t in (0, 11, 41, 59):
        (body,) = tab.evaluate("t => at(t)", t / 30)
        want, vertices = glb.places(t / 30), glb.vertices(t / 30)
        assert max(np.abs(body["places"][name] - want[name]).max() for name in H36M_NAMES) < 1e-3
        np.testing.assert_allclose([body["low"], body["high"]], [vertices.min(0), vertices.max(0)], atol=1e-3)
    (hidden,) = tab.evaluate("t => at(t)", (GAP.start + 1) / 30)
    assert hidden["scale"] == 0 and np.ptp([hidden["low"], hidden["high"]], axis=0).max() < 1e-6
    (body,) = tab.evaluate("([from, to]) => draw(0, from, to)", [[0, 1, 2], [0, 1, -3]])
    image = cv2.imdecode(np.frombuffer(tab.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    left, right = (np.nonzero(of(image.astype(np.int16)))[1] for of in (blue, orange))
    assert min(len(left), len(right)) > 500
    # facing the camera, the athlete's left is on the right of the image
    assert (np.median(left) > np.median(right)) == (body["places"]["l_hip"][0] > body["places"]["r_hip"][0])
    tab.context.close()
    assert not said


def test_three_js_shows_two_people(browser: Browser, npm: Path, two: Path) -> None:
    said: list[str] = []
    tab, times_s = open_glb(browser, npm, two, said), varying_times(20)
    first, second = tab.evaluate("t => at(t)", float(times_s[7]))
    assert second["low"][0] - first["low"][0] == pytest.approx(1.2, abs=0.05)
    assert 0 < first["low"][1] < 0.1 and 1.6 < first["high"][1] < 1.9
    tab.context.close()
    assert not said


@pytest.mark.skipif(shutil.which("blender") is None, reason="blender is not installed: apt-get install blender")
def test_blender(kick: Path, tmp_path: Path) -> None:
    """Blender's own importer, headless: a mesh, an armature whose joints are where they should be, z up."""
    script, out = tmp_path / "read.py", tmp_path / "out.json"
    script.write_text(
        "import bpy, json\n"
        "bpy.ops.wm.read_factory_settings(use_empty=True)\n"
        "bpy.context.scene.render.fps = 30\n"
        f"bpy.ops.import_scene.gltf(filepath={str(kick)!r})\n"
        "arm = next(o for o in bpy.data.objects if o.type == 'ARMATURE')\n"
        "found = {'meshes': [len(o.data.polygons) for o in bpy.data.objects if o.type == 'MESH' and o.parent == arm],"
        " 'heads': []}\n"
        f"for f in {[0, 11, 41, 59]}:\n"
        "    bpy.context.scene.frame_set(f)\n"
        "    found['heads'].append([list(arm.matrix_world @ arm.pose.bones[n].head)"
        f" for n in {list(H36M_NAMES)!r}])\n"
        f"open({str(out)!r}, 'w').write(json.dumps(found))\n"
    )
    done = subprocess.run(
        ["blender", "-b", "--factory-startup", "-noaudio", "--python", str(script)],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert out.exists(), done.stdout[-2000:] + done.stderr[-2000:]
    found, glb = json.loads(out.read_text()), Glb(kick)
    assert found["meshes"] == [1024]
    for t, heads in zip((0, 11, 41, 59), found["heads"], strict=True):
        places = glb.places(t / 30)
        want = np.array([[places[n][0], -places[n][2], places[n][1]] for n in H36M_NAMES])
        assert np.abs(np.array(heads) - want).max() < 2e-3, t
