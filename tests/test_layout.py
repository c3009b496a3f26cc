"""Rules of the layout that can be checked by a machine; import-linter checks which package may import which."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from kasf_demo.detect.base import Detector

ROOT = Path(__file__).resolve().parents[1]
APP = ROOT / "app" / "kasf_demo"
MAX_LINES = 300
MAX_ROOT_MODULES = 12
LIBRARIES = ("kasportsformer", "motionagformer", "motionbert", "d3dp", "shotstyle", "lifting")


def sources(*folders: str) -> list[Path]:
    return [p for folder in folders for p in sorted((ROOT / folder).rglob("*.py")) if "__pycache__" not in p.parts]


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def test_no_file_is_long() -> None:
    lengths = {
        p: len(p.read_text(encoding="utf-8").splitlines()) for p in sources("app", "models", "tests", "benchmarks")
    }
    assert not {str(p): n for p, n in lengths.items() if n > MAX_LINES}


def test_few_modules_in_the_root() -> None:
    assert len(list(APP.glob("*.py"))) <= MAX_ROOT_MODULES


def test_class_names_are_unique_in_the_app() -> None:
    found = defaultdict(list)
    for path in sources("app"):
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(where(path, node))
    assert not {name: places for name, places in found.items() if len(places) > 1}


def test_limits_are_called_min_and_max() -> None:
    old = re.compile(r"_?(AT_)?(LEAST|MOST|SHORTEST|LONGEST|SLOWEST|FASTEST|FARTHEST)(_.*)?")
    names = [
        f"{where(path, node)} {node.id}"
        for path in sources("app")
        for node in nodes(path)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and old.fullmatch(node.id)
    ]
    assert not names


def imported(path: Path, modules: dict[str, Path]) -> set[str]:
    """The modules of the app that a file imports anywhere in it: in functions and for type checkers too."""
    found: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found & set(modules)


def test_no_import_circle() -> None:
    modules = {
        ".".join(p.relative_to(APP.parent).with_suffix("").parts).removesuffix(".__init__"): p for p in sources("app")
    }
    # a package's own file names what it offers, and is imported by everything in it
    packages = {name for name, path in modules.items() if path.name == "__init__.py"}
    graph = {n: imported(p, modules) - {n} - {k for k in packages if n.startswith(f"{k}.")} for n, p in modules.items()}
    graph["kasf_demo"] = set()  # names are loaded when first used
    while leaves := [name for name, others in graph.items() if not others & set(graph)]:
        for name in leaves:
            del graph[name]
    assert not graph, f"in a circle, or above one: {sorted(graph)}"


def test_detectors_are_asked_by_their_protocol() -> None:
    """No detector is told by its name, or asked for what it may not have, outside `detect`."""
    declared = set(Detector.__annotations__) | {name for name in vars(Detector) if not name.startswith("_")}
    wrong = []
    for path in sources("app"):
        if "detect" in path.relative_to(APP).parts:
            continue
        for node in nodes(path):
            if isinstance(node, ast.Compare):
                values = [c.value for c in (node.left, *node.comparators) if isinstance(c, ast.Constant)]
                wrong += [where(path, node)] * bool({"yolo", "mediapipe"} & set(map(str, values)))
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("getattr", "hasattr")
            ):
                asked = node.args[1].value if isinstance(node.args[1], ast.Constant) else None
                wrong += [where(path, node)] * (asked in declared)
    assert not wrong


def test_no_report_is_read_back() -> None:
    """What the program needs of a result is in its values; the JSON is for readers outside."""
    wrong = [
        where(path, node)
        for path in sources("app")
        for node in nodes(path)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "report"
    ]
    assert not wrong


# what Windows lacks, or does otherwise: os.kill(pid, 0) ends the process there. `mypy --platform win32 --always-true
# WINDOWS` finds the rest
SYSTEM_MODULES = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "posix", "signal", "msvcrt"}
SYSTEM_MODULES |= {"winreg", "_winapi", "select", "selectors"}
SYSTEM_CALLS = {"kill", "killpg", "setsid", "getsid", "fork", "forkpty", "getuid", "geteuid", "nice", "umask", "chmod"}
SYSTEM_CALLS |= {"pread", "pwrite", "waitid", "mkfifo", "sysconf", "uname", "statvfs", "chown", "set_blocking"}
SYSTEM_CALLS |= {"O_CLOEXEC", "O_NOFOLLOW", "O_DIRECTORY", "sched_getaffinity", "sched_setaffinity"}
POPEN_ARGUMENTS = {"start_new_session", "pass_fds", "preexec_fn", "process_group", "creationflags"}


def depends_on_the_system(node: ast.AST) -> bool:
    """Whether a node is an import, a call or an argument that means something else, or nothing, on Windows."""
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.value.id == "os" and node.attr in SYSTEM_CALLS
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and node.value.startswith("/proc/")
    return (isinstance(node, ast.keyword) and node.arg in POPEN_ARGUMENTS) or any(
        name.partition(".")[0] in SYSTEM_MODULES for name in names
    )


def test_one_package_knows_the_operating_system() -> None:
    wrong = [
        where(path, node)
        for path in sources("app", "models")
        if not path.is_relative_to(APP / "system")
        for node in nodes(path)
        if depends_on_the_system(node)
    ]
    assert not wrong
    assert any(depends_on_the_system(node) for path in sources("app/kasf_demo/system") for node in nodes(path))


def test_no_test_imports_another() -> None:
    tests = [p for p in sources("tests") if p.name.startswith("test_")]
    names = Counter(p.stem for p in tests)
    wrong = []
    for path in tests:
        for node in nodes(path):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            wrong += [f"{where(path, node)} {m}" for m in modules if names[m.rpartition(".")[2]] and m != path.stem]
    assert not wrong


@pytest.mark.parametrize("library", ["kasf_demo", *LIBRARIES])
def test_tests_are_named_after_what_they_test(library: str) -> None:
    """tests/kasf_demo/video/test_reader_bad.py is of app/kasf_demo/video/reader.py; test_run.py are whole runs."""
    sources_of = APP if library == "kasf_demo" else ROOT / "models" / library
    wrong = []
    for path in sorted((ROOT / "tests" / library).rglob("test_*.py")):
        folder = sources_of / path.parent.relative_to(ROOT / "tests" / library)
        known = {p.stem for p in folder.iterdir() if p.suffix == ".py" or p.is_dir()} | {folder.name, "run"}
        subject = path.stem.removeprefix("test_")
        if not any(subject == name or subject.startswith(f"{name}_") for name in known):
            wrong.append(str(path.relative_to(ROOT)))
    assert not wrong
