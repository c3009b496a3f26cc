"""`doctor` checks every part and fails for none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kasf_demo import weights
from kasf_demo.cli import doctor
from kasf_demo.cli.doctor import CheckRow, Package, Report
from kasf_demo.video.ffmpeg import find_ffmpeg


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KASF_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages that are there and do not work."""
    sources = {
        "kasf_raises": "raise ImportError('libfoo.so.3: cannot open shared object file')",
        "kasf_crashes": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "kasf_leaves": "import sys; sys.exit(3)",
        "kasf_talks": "print('hello from the import'); __version__ = '1.2'",
        "kasf_hangs": "import time; time.sleep(60)",
    }
    for name, source in sources.items():
        (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))


def by_name(report: Report) -> dict[str, CheckRow]:
    return {r.component: r for r in report.rows}


def test_this_machine(own_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    report = doctor.examine()
    rows = by_name(report)
    assert {
        "python",
        "torch",
        "ultralytics",
        "mediapipe",
        "openvino",
        "cv2",
        "av",
        "ffmpeg",
        "cache",
        "detector auto",
    } < set(rows)
    assert {f"weights {n}" for n in weights.registry()} < set(rows)
    assert rows["torch"].status == rows["ffmpeg"].status == rows["weights kasf-open-s"].status == "ok", report
    assert report.usable and all(r.remedy for r in report.rows if r.status != "ok")
    assert json.loads(json.dumps(report.as_json()))["usable"] is True
    assert not own_cache.exists() and list((tmp_path / "home").iterdir()) == [], "it looks and leaves no trace"


def test_broken_packages_are_rows(broken: None, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("kasf_raises", "kasf_crashes", "kasf_leaves", "kasf_talks", "kasf_absent")
    rows = by_name(doctor.examine([Package(n, f"reinstall {n}") for n in names]))
    assert {n: rows[n].status for n in names} == {n: "ok" if n == "kasf_talks" else "missing" for n in names}
    assert "libfoo.so.3" in rows["kasf_raises"].detail and "SIGSEGV" in rows["kasf_crashes"].detail
    assert rows["kasf_talks"].detail == "1.2" and rows["kasf_absent"].detail == "not installed"
    assert rows["detector auto"].status == "missing", "neither ultralytics nor mediapipe was found to work"
    monkeypatch.setattr(doctor, "IMPORT_S", 0.5)
    assert "takes more than" in by_name(doctor.examine([Package("kasf_hangs", "")]))["kasf_hangs"].detail


def test_a_required_package_that_is_missing_makes_it_unusable(broken: None) -> None:
    assert not doctor.examine([Package("kasf_absent", "install it")]).usable


def test_detector_row(monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> None:
    assert doctor._detector({"ultralytics", "mediapipe"}, "balanced").detail == "mediapipe"
    would_fetch = doctor._detector({"ultralytics"}, "best")
    assert would_fetch.status == "warn" and "yolo26x-pose" in would_fetch.detail and would_fetch.remedy
    would_fetch = doctor._detector({"mediapipe"}, "best")
    assert would_fetch.detail == "mediapipe; its first run fetches mediapipe-heavy (27.7 MB)"
    assert "kasf-demo weights fetch mediapipe-heavy" in would_fetch.remedy and "balanced" in would_fetch.remedy
    (own_cache / "weights").mkdir(parents=True)
    (own_cache / "weights" / "pose_landmark_heavy.tflite").write_bytes(b"x")
    assert doctor._detector({"mediapipe"}, "best").detail == "mediapipe mediapipe-heavy"
    (own_cache / "weights" / "yolo26s-pose.pt").write_bytes(b"x")
    assert doctor._detector({"ultralytics", "mediapipe"}, "balanced").detail == "yolo yolo26s-pose"
    assert doctor._detector(set(), "balanced").status == "missing"


def test_ffmpeg_row(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "ffmpeg"
    monkeypatch.setenv("KASF_FFMPEG", str(fake))
    cases = {
        "exit 1": "does not run",
        "echo ffmpeg version 1 Copyright": "no libx264",
        "echo ffmpeg version 1 libx264": "with libx264",
    }
    for script, says in cases.items():
        fake.write_text(f"#!/bin/sh\n{script}\n")
        fake.chmod(0o755)
        assert says in doctor._ffmpeg().detail
    monkeypatch.setenv("KASF_FFMPEG", str(tmp_path / "nothing"))
    row = doctor._ffmpeg()
    assert row.status == "missing" and "KASF_FFMPEG" in row.detail and row.remedy == "correct or unset it"


def test_an_ffmpeg_without_the_encoder_is_passed_over_as_the_writer_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("imageio_ffmpeg")
    (tmp_path / "ffmpeg").write_text("#!/bin/sh\necho ffmpeg version 1\n")
    (tmp_path / "ffmpeg").chmod(0o755)
    monkeypatch.delenv("KASF_FFMPEG", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    row = doctor._ffmpeg()
    assert row.status == "ok" and str(find_ffmpeg()) in row.detail and str(tmp_path) not in row.detail


def test_cache_row(own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor._cache().status == "ok" and not own_cache.exists()
    own_cache.mkdir()
    assert doctor._cache().status == "ok" and list(own_cache.iterdir()) == []
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KASF_CACHE", str(tmp_path / "file" / "below"))
    assert doctor._cache().status == "warn"


def test_damaged_weights_are_rows(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = own_cache / "weights"
    folder.mkdir(parents=True)
    (folder / "yolo26n-pose.pt").write_bytes(b"torn")
    (folder / "yolo26n-pose.pt.sha256").write_text("0" * 64)
    rows = {r.component: r for r in doctor._weights()}
    assert rows["weights yolo26n-pose"].status == "missing" and "expected 000" in rows["weights yolo26n-pose"].detail
    monkeypatch.setattr(doctor.weights, "verify", lambda: 1 / 0)
    assert "registry cannot be read" in doctor._weights()[0].detail


def test_print_report(monkeypatch: pytest.MonkeyPatch) -> None:
    report = Report(
        (
            CheckRow("torch", "missing", "no\nway", "do this", True),
            CheckRow("openvino", "missing", "not installed", "or that"),
        )
    )
    monkeypatch.setattr(doctor, "examine", lambda: report)
    lines: list[str] = []
    assert doctor.print_report(write=lambda s: lines.append(s)) == 5
    assert (
        lines[0].startswith("missing  torch")
        and r"no\nway" in lines[0]
        and "-> do this" in lines[1]
        and lines[2].startswith("optional")
    )
    lines.clear()
    assert doctor.print_report(as_json=True, write=lambda s: lines.append(s)) == 5
    assert json.loads(lines[0])["rows"][0]["remedy"] == "do this"


def test_torch_is_required_only_without_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    there: set[str] = set()
    monkeypatch.setattr(doctor, "_imported", lambda group: {})
    monkeypatch.setattr(
        doctor,
        "_package",
        lambda p, found: CheckRow(p.module, "ok" if p.module in there else "missing", "", "", p.required),
    )
    packages = [Package("torch", ""), Package("openvino", "", required=False), Package("mediapipe", "", required=False)]
    there.add("mediapipe")
    assert not doctor.examine(packages).usable
    there.add("openvino")
    report = doctor.examine(packages)
    assert report.usable and by_name(report)["torch"].status == "missing"
