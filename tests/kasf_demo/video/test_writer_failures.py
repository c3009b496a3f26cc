"""Failed encoding leaves no file and no process, and reports the cause."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kasf_demo.errors import OutputError
from kasf_demo.video import ffmpeg
from kasf_demo.video.ffmpeg import find_ffmpeg
from kasf_demo.video.writer import VideoWriter


def open_writer(out: Path, n: int = 10, **options: Any) -> VideoWriter:
    return VideoWriter(out, width=96, height=64, times_s=np.arange(n) / 30, fps=Fraction(30), **options)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_wrong_frames(tmp_path: Path, tools: Any) -> None:
    with pytest.raises(ValueError, match=r"\(64, 96, 3\)"), open_writer(tmp_path / "o.mp4") as writer:
        writer.write(np.zeros((64, 95, 3), np.uint8))
    with pytest.raises(ValueError, match="float64"), open_writer(tmp_path / "o.mp4") as writer:
        writer.write(np.zeros((64, 96, 3)))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="one more"), open_writer(tmp_path / "o.mp4", 1) as writer:
        for image in tools.moving(2):
            writer.write(image)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("times", [[], [[0.0]], [0.0, 0.0], [0.1, 0.0], [0.0, float("nan")]])
def test_wrong_times(tmp_path: Path, times: Any) -> None:
    with pytest.raises(ValueError, match="times_s"):
        VideoWriter(tmp_path / "o.mp4", width=96, height=64, times_s=np.array(times), fps=Fraction(30))
    assert os.listdir(tmp_path) == []


def test_too_few_frames(tmp_path: Path, tools: Any) -> None:
    with pytest.raises(OutputError, match="10 frames expected, 4 given"), open_writer(tmp_path / "o.mp4") as writer:
        for image in tools.moving(4):
            writer.write(image)
    assert os.listdir(tmp_path) == [] and gone(writer._process.pid)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_an_exception_leaves_nothing(tmp_path: Path, tools: Any, error: type[BaseException]) -> None:
    with pytest.raises(error), open_writer(tmp_path / "o.mp4") as writer:
        writer.write(tools.moving(1)[0])
        assert any(name.endswith(".part.mp4") for name in os.listdir(tmp_path))
        raise error
    assert os.listdir(tmp_path) == [] and gone(writer._process.pid)
    writer.abort()
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.write(tools.moving(1)[0])


def test_ffmpeg_is_killed(tmp_path: Path, tools: Any) -> None:
    with pytest.raises(OutputError, match="SIGKILL") as caught, open_writer(tmp_path / "o.mp4", 3000) as writer:
        os.kill(writer._process.pid, signal.SIGKILL)
        for image in tools.moving(3000):
            writer.write(image)
    assert caught.value.exit_code == 6 and caught.value.remedy
    assert os.listdir(tmp_path) == []


def test_ffmpegs_own_words_are_passed_on(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught, open_writer(tmp_path / "o.mp4", 3000, preset="nonsense") as writer:
        for _ in range(3000):
            writer.write(np.zeros((64, 96, 3), np.uint8))
    assert "preset" in str(caught.value).lower() and "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == []


def test_a_talkative_ffmpeg_does_not_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "chatty"
    script.write_text(
        '#!/bin/sh\ncase "$*" in *encoders*) echo libx264; exit;; esac\nyes blah | head -c 400000 >&2\ncat'
        " >/dev/null\nexit 3\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("KASF_FFMPEG", str(script))
    (tmp_path / "out").mkdir()
    with pytest.raises(OutputError, match="blah"), open_writer(tmp_path / "out" / "o.mp4") as writer:
        for _ in range(10):
            writer.write(np.zeros((64, 96, 3), np.uint8))
    assert os.listdir(tmp_path / "out") == []


def test_a_full_disk(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk: ffmpeg, not this process, runs into it."""
    code = """
        import os, resource, signal, sys
        from fractions import Fraction
        from pathlib import Path
        import numpy as np
        from kasf_demo.errors import OutputError
        from kasf_demo.video.writer import VideoWriter
        if sys.argv[2] == "error":
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # inherited: writing fails with EFBIG instead of a signal
        else:
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        rng = np.random.default_rng(0)
        try:
            times_s = np.arange(90) / 30
            with VideoWriter(
                Path(sys.argv[1]), width=320, height=240, times_s=times_s, fps=Fraction(30), preset="ultrafast"
            ) as w:
                for _ in range(90):
                    w.write(rng.integers(0, 256, (240, 320, 3), dtype=np.uint8))
        except OutputError as error:
            print(error, error.exit_code)
    """
    for kind in ("error", "signal"):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "o.mp4"), kind],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert done.stdout.rstrip().endswith(" 6"), (kind, done.stdout, done.stderr)
        assert os.listdir(tmp_path) == []
        if kind == "error":
            assert "free some space" in done.stdout or "File too large" in done.stdout
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 100_000


def test_bad_places(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for out in (tmp_path / "none" / "o.mp4", tmp_path / "file" / "o.mp4", tmp_path):
        with pytest.raises(OutputError) as caught:
            open_writer(out)
        assert caught.value.exit_code == 6 and caught.value.remedy


def test_a_folder_that_takes_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "touch", read_only)
    with pytest.raises(OutputError, match="read-only") as caught:
        open_writer(tmp_path / "o.mp4")
    assert str(tmp_path) in str(caught.value)


def test_finding_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KASF_FFMPEG", raising=False)
    assert find_ffmpeg().is_file()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "imageio" in str(find_ffmpeg()) or find_ffmpeg().is_file()
    (tmp_path / "ffmpeg").write_text("#!/bin/sh\necho no encoders here\n")
    (tmp_path / "ffmpeg").chmod(0o755)
    ffmpeg._find.cache_clear()
    assert find_ffmpeg() != tmp_path / "ffmpeg"
    import imageio_ffmpeg

    def none() -> str:
        raise RuntimeError("No ffmpeg exe could be found")

    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", none)
    ffmpeg._find.cache_clear()
    with pytest.raises(OutputError, match="libx264") as caught:
        find_ffmpeg()
    assert "install ffmpeg" in caught.value.remedy
    monkeypatch.setenv("KASF_FFMPEG", str(tmp_path / "gone"))
    with pytest.raises(OutputError, match="KASF_FFMPEG"):
        find_ffmpeg()
    ffmpeg._find.cache_clear()


def test_a_writer_that_nobody_entered_leaves_nothing(tmp_path: Path) -> None:
    """A signal between the constructor and the with-block left a .part file behind."""
    writer = VideoWriter(tmp_path / "o.mp4", width=64, height=48, times_s=np.arange(3) / 30, fps=Fraction(30))
    assert list(tmp_path.iterdir())
    del writer
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
def test_a_full_disk_that_ffmpeg_only_mentions_is_an_error(tmp_path: Path) -> None:
    """ffmpeg 5 ends with 0 where there was no room for the index: found by disk_full.py."""
    words = "cat > /dev/null; echo '[mp4] Error writing trailer: No space left on device' >&2"
    process = ffmpeg.FfmpegProcess(["/bin/sh", "-c", words], tmp_path / "o.mp4")
    process.write(np.zeros(10, np.uint8))
    with pytest.raises(OutputError, match="No space left") as caught:
        process.finish()
    assert "free some space" in str(caught.value) and "trailer" not in str(caught.value)  # not in ffmpeg's words
