"""The wheel: it holds every file that the commands need, and they run from it."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"app/kasf_demo": "kasf_demo", "weights": "kasf_demo/_weights", "demo_videos": "kasf_demo/_demos"}
PACKAGES |= {"requirements": "kasf_demo/_requirements"}
PACKAGES |= {f"models/{p.name}": p.name for p in (ROOT / "models").iterdir() if (p / "__init__.py").is_file()}
SOURCES_ONLY = ("app/kasf_demo/viewer/web/", "app/kasf_demo/serve/web/", "demo_videos/make/", "demo_videos/README.md")
SHARED = ROOT / "shared"


def expected() -> dict[str, Path]:
    """Name in the wheel of every file of the repository that belongs there."""
    found = {}
    for folder, name in PACKAGES.items():
        for path in (ROOT / folder).rglob("*"):
            here = path.relative_to(ROOT).as_posix()
            if path.is_file() and "__pycache__" not in path.parts and not here.startswith(SOURCES_ONLY):
                found[f"{name}/{path.relative_to(ROOT / folder).as_posix()}"] = path
    return found


def test_the_wheel_holds_all_files_and_no_others() -> None:
    wheel = pytest.importorskip("hatchling.builders.wheel")
    listed = {Path(f.distribution_path).as_posix() for f in wheel.WheelBuilder(str(ROOT)).recurse_included_files()}
    assert listed == expected().keys()
    for data in ("_weights/registry.toml", "_weights/kasf-open-s_openvino/model.bin", "_demos/clips.toml", "py.typed"):
        assert f"kasf_demo/{data}" in listed


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_commands_run_from_the_wheel(tmp_path: Path) -> None:
    """In a fresh environment with the wheel, and the other packages of this one."""
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    site = Path(sysconfig.get_path("purelib", vars={"base": str(tmp_path / "venv")}))
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run(install, check=True)
    # a path in a .pth file is not searched for further .pth files: the checkout of an editable installation stays out
    (site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (tmp_path / "work").mkdir()
    command = ["bash", str(ROOT / ".ci" / "wheel.sh"), str(python.parent), str(tmp_path / "work"), "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"all commands run from {site}" in done.stdout
