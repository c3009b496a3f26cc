"""Runs the steps of the Dockerfile without Docker: what a machine without an engine can check of it.

`dockerfile.py build WORK` follows the stage `build` in the folder WORK, as far as paths can be moved there: COPY, and
RUN with the ARG and ENV of the file. `dockerfile.py chroot ROOT` follows both stages in ROOT, a fresh Debian with
Python (needs root; see docs/install.md). `--arg TORCH=none` as for docker build. Prints how to start what it built.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
KEPT = ("PATH", "HOME", "LANG", "PIP_", "UV_", "SSL_", "REQUESTS_", "http", "HTTP", "no_proxy", "NO_PROXY")
MOVED = ("/opt/kasf",)  # absolute paths of RUN lines that are moved below WORK


def instructions(text: str) -> list[tuple[str, str]]:
    """(INSTRUCTION, rest) of a Dockerfile, with continued lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [(w[0].upper(), w[1].strip()) for line in joined.splitlines() if (w := [*line.split(None, 1), ""])[0]]


def stages(parts: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """The instructions of each stage, without its FROM."""
    found: list[list[tuple[str, str]]] = []
    for word, rest in parts:
        if word == "FROM":
            found.append([])
        elif found:
            found[-1].append((word, rest))
    return found


class Builder:
    """Follows instructions below a folder. chroot: in it, as root."""

    def __init__(self, root: Path, given: dict[str, str], *, chroot: bool) -> None:
        self.root, self.given, self.chroot = root, given, chroot
        self.folder = "/"
        self.env: dict[str, str] = {}
        self.said: dict[str, list[str]] = {}

    def follow(self, parts: list[tuple[str, str]]) -> None:
        """Raises CalledProcessError where a RUN fails."""
        for word, rest in parts:
            print(f"-- {word} {rest[:100]}", flush=True)
            if word == "ARG":
                name, _, default = rest.partition("=")
                self.env[name] = self.given.get(name, default)
            elif word == "ENV":
                for name, value in re.findall(r'(\w+)=("[^"]*"|\S+)', rest):
                    self.env[name] = os.path.expandvars(value.strip('"'))
            elif word == "WORKDIR":
                self.folder = rest
                self._at(rest).mkdir(parents=True, exist_ok=True)
            elif word == "COPY" and not rest.startswith("--from"):
                *sources, target = rest.split()
                for source in sources:
                    self._copy(HERE / source, self._at(os.path.join(self.folder, target, "")), source)
            elif word == "RUN":
                self._run(rest)
            elif word in ("ENTRYPOINT", "CMD", "HEALTHCHECK"):
                self.said[word] = json.loads(rest[rest.index("[") :])

    def _at(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def _copy(self, source: Path, target: Path, name: str) -> None:
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__", "web", "make")  # as .dockerignore
            shutil.copytree(source, target if target.name == name else target / name, ignore=ignore, dirs_exist_ok=True)
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)

    def _run(self, line: str) -> None:
        env = {k: v for k, v in os.environ.items() if k.startswith(KEPT)} | self.env
        if self.chroot:
            words = ["chroot", str(self.root), "/bin/sh", "-ec", f"cd {self.folder}; {line}"]
            subprocess.run(words, env=env | {"HOME": "/root"}, check=True)
            return
        for path in MOVED:
            line = line.replace(path, str(self._at(path)))
        subprocess.run(["/bin/sh", "-ec", line], cwd=self._at(self.folder), env=env, check=True)


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mode", choices=("build", "chroot"))
    parser.add_argument("root", type=Path)
    parser.add_argument("--arg", action="append", default=[])
    given = parser.parse_args()
    parts = stages(instructions((HERE / "Dockerfile").read_text(encoding="utf-8")))
    builder = Builder(given.root.resolve(), dict(a.split("=", 1) for a in given.arg), chroot=given.mode == "chroot")
    for stage in parts if builder.chroot else parts[:1]:
        builder.follow(stage)
    last = Builder(Path("/"), {}, chroot=False)
    last.follow([part for part in parts[-1] if part[0] in ("ENTRYPOINT", "CMD", "HEALTHCHECK")])
    print(json.dumps(last.said))


if __name__ == "__main__":
    sys.exit(main())
