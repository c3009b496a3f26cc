"""The table of awkward inputs: what each row runs, and what it must do. A row without a clip names the tests that hold
it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Run:
    """One command and what it must do. `report` are values of the JSON by dotted path; `says` is in stderr or the
    warnings."""

    clip: str
    code: int = 0
    args: list[str] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)
    says: str = ""
    mib: float | None = None
    rising: bool = False


def frames(name: str, n: int) -> Run:
    return Run(name, report={"counts.frames": n})


N = "tests/kasf_demo"
K = "tests/kasportsformer"
ROWS: dict[str, list[Run | str]] = {
    "B001": [Run("zero.mp4", 4, says="empty (0 bytes)")],
    "B003": [
        Run("trunc_half_faststart.mp4", says="damaged or cut off", report={"truncated": True}),
        Run("trunc_half_faststart.mp4", 4, ["--strict"]),
    ],
    "B004": [
        Run("corrupt_mid.mp4", report={"counts.frames": 60}, says="damaged"),
        Run("corrupt_mid.mp4", 4, ["--strict"]),
    ],
    "B006": [Run("corrupt_moov.mp4", 4)],
    "B007": [Run("nokey.mp4", 4)],
    "B009": [Run("jpegname.mp4", 4, says="JPEG")],
    "B010": [Run("audio_only.mp4", 4, says="audio only")],
    "B012": [Run("stszbomb.mp4", 4, mib=300)],
    "B013": [Run("liedims.mp4", report={"video.width": 160})],
    "B015": [frames("frag.mp4", 30)],
    "B016": [Run("frag_trunc.mp4", 4)],
    "B018": [Run("reschange.ts", says="size")],
    "B019": [Run("twovideo.mkv", says="--stream"), Run("twovideo.mkv", 0, ["--stream", "1"])],
    "B021": [
        Run("hls.mp4", 4, says="playlist"),
        Run("hls.m3u8", 4),
        f"{N}/video/test_reader_bad.py::test_playlists_reach_no_network",
    ],
    "B022": [Run("hlslocal.m3u8", 4)],
    "B024": [frames("f1.mp4", 1)],
    "B025": [frames("f2.mp4", 2)],
    "B027": [frames("f27.mp4", 27)],
    "B028": [frames("f28.mp4", 28)],
    "B030": [frames("f54.mp4", 54)],
    "B031": [frames("f55.mp4", 55)],
    "B033": [Run("odd.mp4", report={"video.width": 161})],
    "B034": [Run("px1.mkv", 4, says="16 px")],
    "B036": [Run("wide.mp4", says="no person")],
    "B037": [Run("k8.mp4", mib=2500)],
    "B039": [Run("anam.mp4", report={"video.sample_aspect_ratio": "4/3"})],
    "B040": [Run("rot90.mp4", report={"video.width": 120, "video.height": 160})],
    "B042": [Run("rot270.mp4", report={"video.width": 120, "video.height": 160})],
    "B043": [Run("hflipmeta.mp4", report={"video.mirrored": True, "video.rotation_deg": 0})],
    "B045": [Run("hevc10.mp4")],
    "B046": [Run("hdr10.mp4", says="HDR")],
    "B048": [Run("alpha.webm"), Run("prores_alpha.mov")],
    "B049": [frames("a.gif", 10)],
    "B051": [Run("m.avi")],
    "B052": [Run("gray.mp4")],
    "B054": [frames("av1.mp4", 30)],
    "B055": [Run("seq/%03d.png", 4), Run("seq", 4, ["--out", "{out}/folder"])],
    "B057": [Run("vfr_drift.mp4", rising=True)],
    "B058": [Run("negts.mkv", report={"counts.frames": 30}, rising=True)],
    "B060": [Run("raw.h264", says="--fps"), Run("raw.h264", 0, ["--fps", "30"], {"video.fps": "30"})],
    "B061": [
        Run("fps240.mp4", report={"video.fps": "240"}),
        Run("fps1000.mp4", report={"video.fps": "1000"}),
        Run("fps1.mp4", says="frames/s"),
        Run("ntsc.mp4", report={"video.fps": "30000/1001"}),
    ],
    "B063": [Run("leaves_returns.mp4", report={"counts.frames": 90})],
    "B064": [Run("crossing.mp4", 0, ["--athlete", "all"]), f"{N}/tracking/test_tracker.py"],
    "B066": [Run("tiny_person.mp4")],
    "B067": [Run("half_body.mp4")],
    "B069": [Run("sp ace.mp4"), Run("quo'te\".mp4"), Run("$(touch pwn).mp4")],
    "B070": [Run("new\nline.mp4")],
    "B072": [Run("pct%03d.mp4")],
    "B073": [Run("./concat:a.mp4"), Run("./http:x.mp4"), Run("http:x.mp4")],
    "B075": [Run("=cmd|calc!A1.mp4"), f"{N}/batch/test_summary.py::test_hostile_names_in_the_summaries"],
    "B076": [Run("<img src=x onerror=alert(1)>.mp4"), f"{N}/batch/test_gallery.py::test_hostile_names_in_the_gallery"],
    "B078": [
        Run("noext"),
        Run("UPPER.MP4"),
        Run(".hidden.mp4"),
        f"{N}/batch/test_discover.py::test_a_folder_is_searched_to_the_bottom",
    ],
    "B079": [Run("bad\udcff\udcfename.mp4")],
    "B081": [Run("loopA.mp4", 4, says="loop"), f"{N}/batch/test_discover.py::test_patterns_and_files"],
    "B082": [
        Run("dangling.mp4", 4),
        Run("isdir.mp4", 4, ["--out", "{out}/folder"]),
        Run("fifo.mp4", 4, says="regular"),
    ],
    "B084": [f"{N}/batch/test_discover.py::test_paths_that_leave_the_manifests_folder"],
    "B085": [f"{N}/video/test_writer_failures.py::test_a_folder_that_takes_no_files", f"{N}/files/test_atomic.py"],
    "B087": [
        Run("good.mp4", 2, ["--out", "good.mp4"]),
        Run("good.mp4", 2, ["--out", "./good.mp4"]),
        Run("good.mp4", 2, ["--out", "link.mp4"]),
        f"{N}/cli/test_app.py::test_bad_requests",
    ],
    "B088": [f"{N}/batch/test_run.py::test_other_peoples_files_are_not_replaced", f"{N}/files/test_atomic.py"],
    "B090": [Run("good.mp4", 6, ["--out", "none/r.mp4"]), Run("good.mp4", 6, ["--out", "zero.mp4/r.mp4"])],
    "B091": [f"{N}/video/test_writer_failures.py::test_wrong_frames"],
    "B093": [f"{N}/cli/test_app.py::test_interrupted", f"{N}/batch/test_run.py::test_interrupted"],
    "B094": [f"{N}/batch/test_run.py::test_two_runs_at_once"],
    "B096": [f"{N}/batch/test_run.py::test_faults_are_their_clips_alone"],
    "B097": ["broken pipe"],
    "B099": [f"{N}/video/test_source.py::test_fingerprint_sees_a_change"],
    "B100": [
        f"{K}/test_checkpoint.py::test_not_a_checkpoint",
        f"{K}/test_checkpoint.py::test_truncated",
        f"{N}/weights/test_store.py::test_quota_page_in_the_cache_is_named_as_such",
    ],
    "B102": [
        f"{K}/test_checkpoint_hostile.py::test_raw_pickle_that_runs_code",
        f"{K}/test_checkpoint_hostile.py::test_zip_pickle_that_runs_code",
    ],
    "B103": [
        f"{K}/test_checkpoint_hostile.py::test_python_objects_get_a_convert_hint",
        f"{K}/test_checkpoint.py::test_numpy_numbers_are_refused_with_a_hint_that_works",
    ],
    "B105": [
        f"{K}/test_checkpoint.py::test_missing_and_unexpected_names_come_in_fives",
        f"{K}/test_checkpoint.py::test_wrong_window_joints_or_channels",
    ],
    "B106": [f"{K}/test_checkpoint.py::test_values_that_are_not_finite_are_counted"],
    "B108": [f"{K}/test_checkpoint_hostile.py::test_lying_safetensors_headers_allocate_nothing"],
    "B109": [
        f"{N}/weights/test_store.py::test_wrong_hash_in_the_registry",
        f"{N}/weights/test_store.py::test_first_fetch_records_the_hash_and_the_second_load_verifies_it",
    ],
    "B111": [f"{N}/weights/test_download.py", f"{N}/weights/test_store.py::test_two_processes_fetch_one_copy"],
    "B112": [f"{N}/export/test_csv_joints.py"],
    "B114": [f"{N}/batch/test_summary.py::test_hostile_names_in_the_summaries"],
    "B115": [f"{N}/batch/test_summary.py::test_hostile_names_in_the_summaries"],
    "B117": [f"{N}/evaluate/test_estimate.py::test_what_is_no_npz"],
}
