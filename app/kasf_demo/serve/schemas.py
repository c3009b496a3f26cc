"""What goes in and out over HTTP, for checks and for the OpenAPI description. Times in seconds, sizes in bytes, pixels
of the upright clip."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Test = Literal["cmj", "sj", "dj", "sprint", "squat", "gait", "cod"]
Detector = Literal["auto", "mediapipe", "yolo"]
Quality = Literal["fast", "balanced", "best"]
Sport = Literal["skating", "athletics", "gymnastics"]
Export = Literal["csv", "feet", "jumps", "npz", "trc", "c3d", "bvh", "mot", "glb", "html"]
MadeLater = Literal["trc", "c3d", "bvh", "mot", "glb"]
Seconds = Annotated[float, Field(ge=0, le=1e6)]


class Error(BaseModel):
    """error: one line for people, with the remedy. code: a short name for programs."""

    error: str
    code: str


class LimitsShown(BaseModel):
    """bytes and seconds of a clip; stored clips; waiting jobs."""

    bytes: int
    seconds: float
    clips: int
    jobs: int


class TestShown(BaseModel):
    """A test of `kasf-demo assess`."""

    id: Test
    name: str


class DetectorShown(BaseModel):
    """A 2D detector, with the sizes of its network that are on this machine."""

    id: Detector
    qualities: list[Quality]
    licence: str


class SessionShown(BaseModel):
    """csrf: goes into the header X-KASF-CSRF of writing requests. detector: the default."""

    csrf: str
    version: str
    language: str
    limits: LimitsShown
    detectors: list[DetectorShown]
    detector: Detector
    tests: list[TestShown]
    sports: list[Sport]
    exports: list[Export]
    workers: int
    access: Literal["open", "token"]


class ClipShown(BaseModel):
    """An uploaded clip. added: seconds since 1970. jobs: ids."""

    id: str
    name: str
    bytes: int
    width: int
    height: int
    frame_rate: float
    duration_s: float
    frames: int | None
    added: float
    jobs: list[str]
    thumbnail: str


class PersonShown(BaseModel):
    """box: x0, y0, x1, y1. keypoints: 17 rows of COCO: x, y, score."""

    box: list[float]
    centre: list[float]
    score: float
    keypoints: list[list[float]]


class People(BaseModel):
    """The people in the frame at `time_s`; the largest first."""

    time_s: float
    width: int
    height: int
    people: list[PersonShown]


class FindingShown(BaseModel):
    """One finding on the footage."""

    code: str
    level: Literal["ok", "warning", "problem"]
    text: str
    remedy: str
    value: float | None
    unit: str


class Check(BaseModel):
    """As `kasf-demo check`."""

    findings: list[FindingShown]


class Point(BaseModel):
    """A click on the athlete in the frame at `time_s`."""

    model_config = ConfigDict(extra="forbid")
    x: Annotated[float, Field(ge=0, le=100_000)]
    y: Annotated[float, Field(ge=0, le=100_000)]
    time_s: Seconds | None = None


class JobRequest(BaseModel):
    """What is to be done with a clip. exports: besides csv, npz, html, feet and jumps, which every job writes."""

    model_config = ConfigDict(extra="forbid")
    clip: Annotated[str, Field(max_length=64)]
    athlete: Literal["auto", "largest", "center", "longest", "all"] | Point = "auto"
    height_m: Annotated[float, Field(ge=0.5, le=2.8)] | None = None
    test: Test | None = None
    sport: Sport | None = None
    detector: Detector | None = None
    quality: Quality = "balanced"
    start_s: Seconds | None = None
    end_s: Seconds | None = None
    capture_fps: Annotated[float, Field(ge=0.001, le=1_000_000)] | None = None
    exports: Annotated[list[Export], Field(max_length=16)] = []


class Stage(BaseModel):
    """share: of this stage, from 0 to 1, that is done."""

    name: str
    share: float


class AssessmentState(BaseModel):
    """error: why the clip does not show the test, None if it does."""

    test: str
    error: str | None


class JobShown(BaseModel):
    """position: 1 is the next of the queue. result: id, once it is done. Times in seconds since 1970."""

    id: str
    clip: str
    clip_name: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    position: int | None
    stage: str | None
    stages: list[Stage]
    progress: float
    eta_s: float | None
    error: str | None
    code: str | None
    result: str | None
    created: float
    started: float | None
    ended: float | None
    request: dict[str, Any]
    assessment: AssessmentState | None
    warnings: list[str]


class ResultShown(BaseModel):
    """The short form of a result. folder: below the results' folder. warnings: their number."""

    id: str
    name: str
    folder: str
    clip_name: str
    clip: str | None
    created: float
    duration_s: float
    frames: int
    people: int
    test: str | None
    detector: str
    warnings: int
    thumbnail: str


class File(BaseModel):
    """A file of a result; `url` takes `?download=1` to be saved instead of shown."""

    name: str
    bytes: int
    kind: str
    media_type: str
    label: str
    person: int | None
    url: str


class AssessmentShown(BaseModel):
    """What `kasf-demo assess` measured."""

    test: str
    values: list[dict[str, Any]]
    notes: list[str]


class Details(BaseModel):
    """From the JSON of the result: docs/output.md defines people, findings, scale, camera, time, video, options."""

    people: list[dict[str, Any]]
    warnings: list[str]
    findings: list[dict[str, Any]]
    scale: dict[str, Any] | None
    camera: dict[str, Any] | None
    time: dict[str, Any] | None
    video: dict[str, Any]
    options: dict[str, Any]
    detector: dict[str, Any] | None
    versions: dict[str, Any] | None
    input: dict[str, Any]
    assessments: list[AssessmentShown]


class FullResult(ResultShown):
    """A result with its files. exports: formats that can be made from it now."""

    files: list[File]
    exports: list[MadeLater]
    summary: Details


class CompareRequest(BaseModel):
    """Two results; persons by their number, None for the one in most frames."""

    model_config = ConfigDict(extra="forbid")
    result: Annotated[str, Field(max_length=64)]
    reference: Annotated[str, Field(max_length=64)]
    person: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    reference_person: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    video: bool = False


class PageShown(BaseModel):
    """Where the page is."""

    page: str


class Health(BaseModel):
    """For the container's health check."""

    status: Literal["ok"]
