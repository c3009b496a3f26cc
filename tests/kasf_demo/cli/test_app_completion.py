"""Completion in shells, and help pages that fit a terminal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from kasf_demo.cli.app import COMMANDS

PROGRAM = "import sys; sys.argv[0] = 'kasf-demo'; from kasf_demo.cli import main; main()"
LIMIT = 100  # columns


def ask(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The program, with environment variables as a shell's script sets them."""
    command = [sys.executable, "-c", PROGRAM, *words]
    return subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("kasf-demo ba", {"batch"}),
        ("kasf-demo clip.mp4 --detector m", {"mediapipe"}),
        ("kasf-demo batch --work", {"--workers"}),
        ("kasf-demo weights ve", {"verify"}),
        ("kasf-demo clip.mp4 --out re", set()),  # bash completes names of files then
    ],
)
def test_bash(line: str, found: set[str]) -> None:
    done = ask(COMP_WORDS=line, COMP_CWORD=str(line.count(" ")), _KASF_DEMO_COMPLETE="complete_bash")
    assert (done.returncode, set(done.stdout.split()), done.stderr) == (0, found, "")


def test_zsh_and_fish() -> None:
    line = "kasf-demo clip.mp4 --lay"
    done = ask(_TYPER_COMPLETE_ARGS=line, _KASF_DEMO_COMPLETE="complete_zsh")
    assert done.returncode == 0 and '"--layout"' in done.stdout
    fish = {"_TYPER_COMPLETE_FISH_ACTION": "get-args", "_KASF_DEMO_COMPLETE": "complete_fish"}
    done = ask(_TYPER_COMPLETE_ARGS=line, **fish)
    assert done.returncode == 0 and done.stdout.startswith("--layout\t")


def test_what_is_installed_works_in_bash(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    assert bash
    (tmp_path / "kasf-demo").write_text(f'#!/bin/sh\nexec {sys.executable} -c "{PROGRAM}"\n')
    (tmp_path / "kasf-demo").chmod(0o755)
    home = {"HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = ask("--install-completion", "bash", **home)
    assert done.returncode == 0 and "bash completion installed" in done.stdout, done.stderr
    script = (
        "source ~/.bashrc\nCOMP_WORDS=(kasf-demo clip.mp4 --quality b)\nCOMP_CWORD=3\n"
        '_kasf_demo_completion kasf-demo\necho "${COMPREPLY[@]}"\ncomplete -p kasf-demo'
    )
    env = os.environ | {"HOME": str(tmp_path), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    said = subprocess.run([bash, "-c", script], env=env, capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == ["balanced best", "complete -o default -F _kasf_demo_completion kasf-demo"]


def test_the_script_is_shown(tmp_path: Path) -> None:
    disabled = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1", "HOME": str(tmp_path)}
    for shell, line in (
        ("zsh", "#compdef kasf-demo"),
        ("fish", "complete --command kasf-demo"),
        ("bash", "complete -o"),
    ):
        done = ask("--show-completion", shell, **disabled)
        assert done.returncode == 0 and line in done.stdout, done.stderr
    assert not list(tmp_path.iterdir())


def pages() -> dict[str, Any]:
    """Every command, and every command of a command."""
    found = {}
    for name, module in COMMANDS.items():
        command = typer.main.get_command(import_module(module).app)
        found[name] = command
        found |= {f"{name} {sub}": c for sub, c in getattr(command, "commands", {}).items()}
    return found


@pytest.mark.parametrize("columns", [80, 300])
def test_help_fits_a_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    wide = {}
    for name, command in pages().items():
        context = command.make_context(f"kasf-demo {name}", [], resilient_parsing=True)
        lines = command.get_help(context).splitlines()
        assert len(lines) > 3
        wide |= {f"{name}: {line}": len(line) for line in lines if len(line) > (LIMIT if columns > LIMIT else columns)}
    assert not wide and len(pages()) > len(COMMANDS)
