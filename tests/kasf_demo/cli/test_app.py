"""The command line as scripts see it: exit codes, one line of error, nothing partial, help that is complete."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import call
from some_slow import slow
from walker import Clip, walking_coco, write_clip, write_keypoints

from kasf_demo import cli
from kasf_demo.cli import app as program
from kasf_demo.cli.shared import COMMAND_GROUPS
from kasf_demo.options import Options, flag

README = Path(__file__).resolve().parents[3] / "README.md"
CLI_DOC = README.parent / "docs" / "cli.md"


def test_the_main_job(walk: Clip, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    err = call(walk[0], "--keypoints", walk[1], "--out", tmp_path / "p.mp4", "--layout", "3d", code=0, capsys=capsys)
    assert (
        "wrote" in err
        and (tmp_path / "p.mp4").exists()
        and (tmp_path / "p.csv").exists()
        and (tmp_path / "p.json").exists()
    )


def test_quiet_says_nothing(walk: Clip, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        call("-q", walk[0], "--keypoints", walk[1], "--out", tmp_path / "p.mp4", "--no-video", code=0, capsys=capsys)
        == ""
    )


def test_config_file_and_flags(walk: Clip, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "c.toml"
    config.write_text(f'height = 1.9\nvideo = false\ncsv-layout = "wide"\nkeypoints = "{walk[1]}"\n')
    call(walk[0], "--config", config, "--height", "1.6", "-o", tmp_path / "p.mp4", code=0, capsys=capsys)
    options = json.loads((tmp_path / "p.json").read_text())["options"]
    assert options["height_m"] == 1.6 and options["csv_layout"] == "wide" and not (tmp_path / "p.mp4").exists()
    config.write_text("hight = 1.9\n")
    assert "did you mean 'height'" in call(walk[0], "--config", config, code=2, capsys=capsys)


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["nothere.mp4"], 4, "no such file"),
        (["zero.mp4"], 4, "empty"),
        (["text.mp4"], 4, "text.mp4"),
        (["audio.mp4"], 4, "audio only"),
        (["px1.mkv"], 4, "smaller than 16"),
        (["list.mp4"], 4, "list.mp4"),
        (["dir.mp4", "--out", "x.mp4"], 4, ""),
        (["fifo.mp4"], 4, "not a regular file"),
        (["good.mp4", "--out", "good.mp4"], 2, "replace the input"),
        (["good.mp4", "--out", "link.mp4"], 2, "replace the input"),
        (["good.mp4", "--out", "hard.mp4"], 2, "replace the input"),
        (["good.mp4", "--out", "none/p.mp4"], 6, "does not exist"),
        (["good.mp4", "--out", "zero.mp4/p.mp4"], 6, "not a folder"),
        (["good.mp4", "--out", "p.avi"], 2, ".mp4"),
        (["good.mp4", "--out", "there.mp4"], 6, "--overwrite"),
        (["good.mp4", "--height", "18"], 2, "out of range"),
        (["good.mp4", "--smooth", "median"], 2, "median"),
        (["good.mp4", "--hieght", "1.8"], 2, "hieght"),
        (["good.mp4", "--athlete", "7"], 2, "7"),
        (["good.mp4", "--weights", "nosuch"], 5, "nosuch"),
        (["good.mp4", "--weights", "text.mp4"], 5, "text.mp4"),
        (["good.mp4", "--detector-weights", "nosuch.pt", "--detector", "yolo"], 5, "nosuch.pt"),
        (["good.mp4", "--keypoints", "text.mp4"], 4, "text.mp4"),
        (["good.mp4", "--device", "cuda"], 5, "cuda"),
        (["dir"], 2, "--out DIR"),
        (["empty", "--out", "results"], 4, "no clips"),
    ],
)
def test_bad_requests(
    args: list[str],
    code: int,
    says: str,
    bad: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import torch

    if "cuda" in args and torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    monkeypatch.chdir(bad)
    before = {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in bad.rglob("*") if p.is_file()}
    extra = (
        []
        if "--keypoints" in args or "yolo" in args or not args[0].startswith("good")
        else ["--keypoints", "good.json"]
    )
    assert says in call(*args, *extra, "--offline", code=code, capsys=capsys)
    # nothing touched, nothing left
    assert {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in bad.rglob("*") if p.is_file()} == before


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one good clip and things that are none."""
    import av

    d = tmp_path_factory.mktemp("bad")
    people = [walking_coco(12)]
    write_clip(d / "good.mp4", people)
    write_keypoints(d / "good.json", people)
    (d / "link.mp4").symlink_to("good.mp4")
    os.link(d / "good.mp4", d / "hard.mp4")
    (d / "zero.mp4").touch()
    (d / "text.mp4").write_text("this is not a video\n" * 50)
    (d / "list.mp4").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\ngood.mp4\n#EXT-X-ENDLIST\n")
    (d / "there.mp4").write_bytes(b"mine")
    (d / "dir.mp4").mkdir()
    (d / "dir").mkdir()
    (d / "empty").mkdir()
    (d / "results").mkdir()
    os.mkfifo(d / "fifo.mp4")
    with av.open(str(d / "audio.mp4"), "w") as out:
        stream = out.add_stream("aac", rate=44100)
        import numpy as np

        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        out.mux(stream.encode(frame))
        out.mux(stream.encode())
    with av.open(str(d / "px1.mkv"), "w") as out:
        video = out.add_stream("ffv1", rate=30)
        video.width, video.height, video.pix_fmt = 1, 1, "bgr0"
        out.mux(
            video.encode(
                av.VideoFrame.from_ndarray(np.zeros((1, 1, 4), np.uint8), format="bgra").reformat(format="bgr0")
            )
        )
        out.mux(video.encode())
    return d


@pytest.mark.usefixtures("here")
def test_a_folder_goes_on_after_a_bad_clip(walk: Clip, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    for name in ("a.mp4", "c.MP4", ".hidden.mp4"):
        shutil.copy(walk[0], clips / name)
    (clips / "b.mp4").write_text("no video")
    (clips / "notes.txt").write_text("no clip")
    err = call(clips, "--out", tmp_path / "res", "--keypoints", walk[1], "--no-video", code=3, capsys=capsys)
    assert {"a.csv", "a.json", "c.csv", "c.json", "summary.csv"} < {p.name for p in (tmp_path / "res").iterdir()}
    assert "error: " in err and "b.mp4" in err and "2 of 3 clips done, 1 failed" in err
    shutil.copy(walk[0], clips / "a.mov")
    assert "both become" in call(clips, "--out", tmp_path / "res", code=2, capsys=capsys)


@pytest.fixture(scope="module")
def long_walk(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Takes some seconds to draw."""
    folder, people = tmp_path_factory.mktemp("long"), [walking_coco(200, speed=0.1)]
    return write_clip(folder / "c.mp4", people), write_keypoints(folder / "k.json", people)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), slow(signal.SIGTERM, 143)])
def test_interrupted(number: int, code: int, long_walk: Clip, tmp_path: Path) -> None:
    clip, keypoints = long_walk
    (tmp_path / "o").mkdir()
    command = [
        sys.executable,
        "-c",
        "from kasf_demo.cli import main; main()",
        str(clip),
        "--keypoints",
        str(keypoints),
        "--out",
        str(tmp_path / "o" / "p.mp4"),
    ]
    p = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not any((tmp_path / "o").iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)  # until the writer's hidden .part file is there
    # the encoder is up: starting it is the one moment in which a signal could still leave a file behind
    time.sleep(0.3)
    p.send_signal(number)
    _, err = p.communicate(timeout=60)
    assert p.returncode == code, err
    assert err.strip().splitlines()[-1].startswith("error: ") and "Traceback" not in err
    assert list((tmp_path / "o").iterdir()) == []


def test_help_is_complete_and_light(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    text = capsys.readouterr().out
    for field in dataclasses.fields(Options):
        assert flag(field.name) in text, f"{flag(field.name)} is not in --help"
    code = (
        "import sys; import kasf_demo.cli; print([m for m in ('torch', 'cv2', 'av', 'numpy', 'ultralytics') if m in"
        " sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_the_main_job_loads_no_statistics() -> None:
    """scipy.signal, .stats and .optimize take half a second of processor time; the network comes when it is needed."""
    code = (
        "import sys; import kasf_demo.pipeline; print([m for m in ('scipy.signal', 'scipy.stats', 'scipy.optimize',"
        " 'torch', 'ultralytics', 'matplotlib.pyplot') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_option_is_in_the_documentation() -> None:
    text = CLI_DOC.read_text(encoding="utf-8")
    missing = [
        flag(f.name)
        for f in dataclasses.fields(Options)
        if f"`{flag(f.name)}" not in text and f"`--no-{flag(f.name)[2:]}" not in text
    ]
    assert not missing


@pytest.mark.parametrize("command", ["batch", "benchmark", "demo", "eval", "import", "lifters", "validate"])
def test_the_other_commands_are_in_the_documentation(command: str) -> None:
    import typer

    group = typer.main.get_command(program.app)
    options = [p.opts + p.secondary_opts for p in group.get_command(None, command).params if p.opts[0].startswith("-")]
    text = CLI_DOC.read_text(encoding="utf-8")
    assert (
        f"kasf-demo {command}" in README.read_text(encoding="utf-8")
        and f"kasf-demo {command}" in text
        and len(options) >= 6
    )
    assert not [names for names in options if not any(f"`{name}" in text or f" {name} " in text for name in names)]


def test_version_and_unknown_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as e:
        cli.main(["--version"])
    assert not e.value.code and capsys.readouterr().out.startswith("kasf-demo ")
    assert program.with_command(["weights"]) == ["weights", "--help"] and program.with_command([]) == ["run", "--help"]
    assert program.with_command(["weights", "list"]) == ["weights", "list"] and program.with_command(["./weights"]) == [
        "run",
        "./weights",
    ]


def test_help_groups_options_and_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """Panels in their order; each command is in one group; nothing is listed that does not exist."""
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    text = capsys.readouterr().out
    panels = ["Arguments:", "Input:", "People:", "Lifting and scale:", "Drawing:", "Output and behaviour:"]
    panels += [f"{group}:" for group in COMMAND_GROUPS]
    places = [text.index(f"\n{panel}\n") for panel in panels]
    assert len(set(places)) == len(panels) and places[-len(COMMAND_GROUPS) :] == sorted(places[-len(COMMAND_GROUPS) :])
    listed = [name.split()[0] for commands in COMMAND_GROUPS.values() for name in commands if not name.startswith("-")]
    assert sorted(listed) == sorted(program.COMMANDS)
