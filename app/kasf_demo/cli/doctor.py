"""Report installed packages, usable detectors and weights, and how to fix the rest. Touches no network, changes
nothing.

Packages are imported in processes of their own: one that is broken, or crashes Python, becomes a row.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from kasf_demo import weights
from kasf_demo.cli.shared import new_app
from kasf_demo.detect import PACKAGES as DETECTOR_PACKAGES
from kasf_demo.detect.select import INSTEAD_OF_FETCHING, MEDIAPIPE_REMEDY, choose_detector
from kasf_demo.errors import EXIT_MODEL, EXIT_OK, KasfError, printable
from kasf_demo.system.processes import ended_by

app = new_app()
Status = Literal["ok", "warn", "missing"]
IMPORT_S = 120.0  # a first import from a cold network disk may take a minute


@dataclass(frozen=True)
class CheckRow:
    """One line of the report. `required`: the main job cannot run while this is missing."""

    component: str
    status: Status
    detail: str
    remedy: str = ""
    required: bool = False


@dataclass(frozen=True)
class Report:
    """All rows. `usable`: the main job can run here (it may have to fetch weights; a row then reports this)."""

    rows: tuple[CheckRow, ...]

    @property
    def usable(self) -> bool:
        return not any(r.required and r.status == "missing" for r in self.rows)

    def as_json(self) -> dict[str, Any]:
        """For `doctor --json`."""
        return {"usable": self.usable, "rows": [asdict(r) for r in self.rows]}


@dataclass(frozen=True)
class Package:
    """A package to import. `detail` is Python that may set d (text) and w (a warning), with the module as m. without:
    modules that its import is spared, as in a run."""

    module: str
    remedy: str
    required: bool = True
    detail: str = ""
    without: tuple[str, ...] = ()


PACKAGES = (
    Package(
        "torch",
        'pip install "torch>=2.10" for YOLO in .pt files, other lifting networks and training; docs/install.md',
        detail="v = tuple(int(x) for x in m.__version__.split('+')[0].split('.')[:2] if x.isdigit())\n"
        "w = '' if v >= (2, 10) else 'older than 2.10: loading checkpoints is less safe'\n"
        "d = 'cuda: ' + m.cuda.get_device_name(0) if m.cuda.is_available() else 'mps' if m.backends.mps.is_available() else 'CPU only'\n"
        "d += f', {m.get_num_threads()} threads'",
    ),
    Package(
        # mediapipe can stand in; the detector row judges
        "ultralytics",
        'pip install "ultralytics>=8.4.100,<9"',
        required=False,
        detail="w = 'a compromised release' if m.__version__ in ('8.3.41', '8.3.42', '8.3.45', '8.3.46') else ''\nd = 'YOLO detectors'",
    ),
    Package(
        "mediapipe",
        MEDIAPIPE_REMEDY,
        required=False,
        detail="from pathlib import Path\n"
        "model = Path(m.__file__).parent / 'modules/pose_landmark/pose_landmark_full.tflite'\n"
        "w = '' if model.is_file() else 'this release carries no pose model; 0.10.14 does'\nd = 'detector without a download'",
        without=("matplotlib", "matplotlib.pyplot", "sounddevice"),  # which would list all fonts in a file
    ),
    Package(
        "openvino",
        'pip install "kasf-demo[fast]" to run exported YOLO folders, about three times faster on CPUs',
        required=False,
        detail="d = ', '.join(m.Core().available_devices)",
    ),
    Package("cv2", 'pip install "opencv-python>=4.10,<6"'),
    Package("av", 'pip install "av>=14"'),
)

# openvino's import would post an event and write into the home folder unless its telemetry package cannot be imported
_START = (
    "import json, sys\nsys.modules['openvino_telemetry'] = None\nfrom kasf_demo.third_party import imported_later\n"
)
_SCRIPT = (
    "with imported_later(*{without}):\n import {module} as m\nd = w = ''\n{detail}\nname, v = '{module}', str(getattr(m, '__version__', ''))\n"
    "print('\\n' + json.dumps(dict(module=name, version=v, detail=d, warning=w)), flush=True)\n"
)
# imported in one process each: ultralytics imports torch and cv2, which takes most of the time
_TOGETHER = (("torch", "cv2", "ultralytics"), ("openvino", "av", "mediapipe"))


def examine(packages: Iterable[Package] = PACKAGES, *, quality: str = "balanced") -> Report:
    """Examines everything that a run needs. Broken parts become rows; it does not raise for them."""
    packages = tuple(packages)
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        groups = [[p for p in packages if p.module in names] for names in _TOGETHER]
        parts = pool.map(_imported, groups)  # meanwhile here:
        others = [_guard("ffmpeg", _ffmpeg, required=True), _guard("cache", _cache), *_weights()]
        said = {name: found for part in parts for name, found in part.items()}
        imported = list(pool.map(lambda p: _guard(p.module, lambda: _package(p, said.get(p.module))), packages))
    works = {r.component for r in imported if r.status != "missing"}
    spared = "torch" if "openvino" in works else None  # which runs the default network
    imported = [replace(r, required=r.required and r.component != spared) for r in imported]
    detector = _guard("detector auto", lambda: _detector(works, quality), required=True)
    return Report((_python(), *imported, *others, detector))


def print_report(*, as_json: bool = False, write: Callable[[str], object] = print) -> int:
    """Examines, prints and returns the exit code: 0 when the main job can run, else 5."""
    report = examine()
    if as_json:
        write(json.dumps(report.as_json(), indent=2))
    else:
        width = max(len(r.component) for r in report.rows)
        for r in report.rows:
            status = "optional" if r.status == "missing" and not r.required else r.status
            write(f"{status:<8} {r.component:<{width}}  {printable(r.detail)}")
            if r.remedy and r.status != "ok":
                write(f"{'':<8} {'':<{width}}  -> {printable(r.remedy)}")
        write("The main job can run." if report.usable else "The main job cannot run: see the rows marked missing.")
    return EXIT_OK if report.usable else EXIT_MODEL


def _guard(component: str, look: Callable[[], CheckRow], *, required: bool = False) -> CheckRow:
    try:
        return look()
    except Exception as e:  # anything broken becomes a row of the report
        detail = f"cannot be examined: {type(e).__name__}: {e}"
        return CheckRow(component, "missing" if required else "warn", detail, required=required)


def _python() -> CheckRow:
    where = f"{platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return CheckRow("python", "ok" if sys.version_info >= (3, 11) else "warn", where, "use Python 3.11 or later")


def _imported(packages: Sequence[Package]) -> dict[str, dict[str, str]]:
    """What the packages say of themselves, imported in one process. Those that fail, and those after a crash, are
    missing here: they are examined alone."""
    try:
        done = _import([p for p in packages if _installed(p).status == "ok"])
    except (OSError, ValueError, subprocess.TimeoutExpired):  # ValueError: a module that somebody blocked
        return {}
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"module"')]
    return {each["module"]: each for each in found}


def _installed(p: Package) -> CheckRow:
    there = importlib.util.find_spec(p.module) is not None
    return CheckRow(p.module, "ok" if there else "missing", "" if there else "not installed", p.remedy, p.required)


def _import(packages: Sequence[Package]) -> subprocess.CompletedProcess[str]:
    """A process that imports them in turn, with ultralytics kept quiet and out of the home folder."""
    script = _START + "".join(_SCRIPT.format(module=p.module, detail=p.detail, without=p.without) for p in packages)
    with tempfile.TemporaryDirectory(prefix="kasf-doctor-") as folder:
        quiet = {"YOLO_OFFLINE": "1", "YOLO_AUTOINSTALL": "false", "YOLO_CONFIG_DIR": folder, "MPLCONFIGDIR": folder}
        return subprocess.run(  # -P: a torch.py in the working folder is not torch
            [sys.executable, "-P", "-c", script],
            env=os.environ | quiet,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=IMPORT_S, check=False,
        )  # fmt: skip


def _package(p: Package, found: dict[str, str] | None = None) -> CheckRow:
    """The row of a package, from what it said of itself; otherwise it is imported alone."""
    row = _installed(p)
    if row.status != "ok":
        return row
    if found is None:
        try:
            done = _import([p])
        except subprocess.TimeoutExpired:
            detail = f"installed, but its import takes more than {IMPORT_S:.0f} s"
            return CheckRow(p.module, "missing", detail, p.remedy, p.required)
        if done.returncode != 0:
            return CheckRow(p.module, "missing", f"installed, but broken: {_reason(done)}", p.remedy, p.required)
        found = json.loads(done.stdout.strip().splitlines()[-1])
    detail = ", ".join(x for x in (found["version"], found["detail"], found["warning"]) if x)
    return CheckRow(p.module, "warn" if found["warning"] else "ok", detail, p.remedy, p.required)


def _reason(done: subprocess.CompletedProcess[str]) -> str:
    if how := ended_by(done.returncode):
        return f"its import crashed ({how})"
    return (done.stderr.strip().splitlines() or ["no reason given"])[-1][:300]


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=30, check=False
    )


def _ffmpeg() -> CheckRow:
    """The binary that the writer takes."""
    from kasf_demo.video.ffmpeg import find_ffmpeg

    remedy = "install ffmpeg with libx264, or pip install imageio-ffmpeg"
    try:
        binary = str(find_ffmpeg())
    except KasfError as e:
        return CheckRow("ffmpeg", "missing", e.what, e.remedy, True)
    version = _run(binary, "-version")
    if version.returncode != 0 or not version.stdout.strip():
        return CheckRow("ffmpeg", "missing", f"{binary} does not run: {_reason(version)}", remedy, True)
    encoders = _run(binary, "-hide_banner", "-loglevel", "error", "-encoders")
    name = version.stdout.splitlines()[0].split(" Copyright")[0]
    if "libx264" not in encoders.stdout:
        return CheckRow("ffmpeg", "missing", f"{name} at {binary} has no libx264", remedy, True)
    return CheckRow("ffmpeg", "ok", f"{name} with libx264 at {binary}", remedy, True)


def _cache() -> CheckRow:
    """Whether the cache folder is writable; a missing folder is not created."""
    folder = weights.cache_dir()
    remedy = "set KASF_CACHE to a folder that you can write to"
    there = next((p for p in (folder, *folder.parents) if p.exists()), Path("/"))
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return CheckRow("cache", "warn", f"{folder} cannot be written", remedy)
    if there == folder:
        try:
            with tempfile.NamedTemporaryFile(dir=folder):
                pass
        except OSError as e:
            return CheckRow("cache", "warn", f"{folder} cannot be written: {e.strerror}", remedy)
    free_gb = shutil.disk_usage(there).free / 1e9
    return CheckRow("cache", "ok" if free_gb > 0.5 else "warn", f"{folder}, {free_gb:.1f} GB free", remedy)


def _weights() -> list[CheckRow]:
    try:
        return [_weights_row(r) for r in weights.verify()]
    except Exception as e:  # a damaged registry is a row as well
        return [CheckRow("weights", "missing", f"the registry cannot be read: {e}", "install kasf-demo again", True)]


def _weights_row(r: weights.WeightsRow) -> CheckRow:
    shipped = r.link == "shipped"
    fetch = "install kasf-demo again" if shipped else f"kasf-demo weights fetch {r.name}"
    detail = f"{r.state}, {r.size_text}, {r.licence}" + (f", {r.path}" if r.sha256 else "")
    if r.state == "mismatch":
        detail = f"{r.path} has sha256 {r.sha256}, expected {r.expected}"
    status: Status = "missing" if r.state == "not fetched" or r.failed else "warn" if r.state == "unverified" else "ok"
    return CheckRow(f"weights {r.name}", status, detail, fetch, required=shipped)


def _detector(works: set[str], quality: str) -> CheckRow:
    """The detector that --detector auto selects, counting only packages that can be imported."""
    try:
        name, wanted = choose_detector(
            "auto", quality, None, offline=False, weights_on_disk=lambda n: weights.available(n) is not None,
            installed=lambda n: DETECTOR_PACKAGES[n] in works,
        )  # fmt: skip
    except KasfError as e:
        return CheckRow("detector auto", "missing", e.what, e.remedy, True)
    if wanted is None or weights.available(wanted):
        return CheckRow("detector auto", "ok", f"{name} {wanted or ''}".strip(), required=True)
    size = weights.registry()[wanted].size_text
    remedy = f"kasf-demo weights fetch {wanted}; or {INSTEAD_OF_FETCHING[name]}"
    return CheckRow("detector auto", "warn", f"{name}; its first run fetches {wanted} ({size})", remedy, True)


@app.command("doctor")
def doctor_command(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Report installed packages, usable detectors and weights, and how to fix the rest."""
    raise typer.Exit(print_report(as_json=as_json))
