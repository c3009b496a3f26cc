"""What a page needs first, and the health check."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter, Request

from kasf_demo.detect.offered import LICENCES
from kasf_demo.serve.schemas import DetectorShown, Export, Health, LimitsShown, SessionShown, Sport, TestShown
from kasf_demo.serve.service import Service

router = APIRouter(tags=["session"])
TESTS = {
    "cmj": "countermovement jump", "sj": "squat jump", "dj": "drop jump", "sprint": "running", "squat": "squat",
    "gait": "walking", "cod": "change of direction",
}  # fmt: skip
EXPORTS: list[Export] = ["csv", "feet", "jumps", "npz", "trc", "c3d", "bvh", "mot", "glb", "html"]
SPORTS: list[Sport] = ["skating", "athletics", "gymnastics"]


def service_of(request: Request) -> Service:
    """The service behind the app."""
    found: Service = request.app.state.service
    return found


@router.get("/health", operation_id="health")
async def health() -> Health:
    """Whether the server answers. Needs no token."""
    return Health(status="ok")


@router.get("/session", operation_id="session")
async def session(request: Request) -> SessionShown:
    """The token for writing requests, the limits, and what can be chosen."""
    service = service_of(request)
    limits = service.options.limits
    detectors = [DetectorShown(id=n, qualities=q, licence=LICENCES[n]) for n, q in service.detectors.items()]  # type: ignore[arg-type]
    return SessionShown(
        csrf=service.access.csrf, version=version("kasf-demo"), language=_language(request),
        limits=LimitsShown(bytes=limits.bytes, seconds=limits.seconds, clips=limits.clips, jobs=limits.jobs),
        detectors=detectors, detector=service.detector,  # type: ignore[arg-type]
        tests=[TestShown(id=i, name=n) for i, n in TESTS.items()], sports=SPORTS,  # type: ignore[arg-type]
        exports=exports(), workers=service.workers, access="open" if service.access.token is None else "token",
    )  # fmt: skip


def exports() -> list[Export]:
    """The formats that the installed packages can write."""
    import importlib.util

    return [e for e in EXPORTS if e != "c3d" or importlib.util.find_spec("ezc3d") is not None]


def _language(request: Request) -> str:
    """The first language of the browser, two letters."""
    first = request.headers.get("accept-language", "en").split(",")[0].split(";")[0].split("-")[0].strip().lower()
    return first if len(first) == 2 and first.isalpha() and first.isascii() else "en"
