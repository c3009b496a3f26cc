"""Jobs: analyse a clip, follow, cancel."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from kasf_demo.errors import UsageError
from kasf_demo.options import Options, from_mapping
from kasf_demo.serve import schemas
from kasf_demo.serve.clips import Clip
from kasf_demo.serve.errors import ApiError
from kasf_demo.serve.routes_clips import model_options
from kasf_demo.serve.routes_session import service_of
from kasf_demo.serve.schemas import Error, JobRequest
from kasf_demo.serve.service import Service

router = APIRouter(tags=["jobs"])
JobId = Annotated[str, Path(max_length=64, description="Id of a job")]
ALWAYS = ("csv", "feet", "jumps", "npz", "html")  # formats of every job: small, and what the pages and exports need
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Error, "description": "No such job"}}


@router.get("/jobs", operation_id="listJobs")
def list_jobs(request: Request) -> list[schemas.JobShown]:
    """The jobs, the newest first; ended ones until they are removed."""
    return [schemas.JobShown(**job) for job in service_of(request).jobs.all()]


@router.post(
    "/jobs", operation_id="startJob", status_code=201,
    responses={
        400: {"model": Error, "description": "Not JSON in UTF-8"},
        404: {"model": Error, "description": "No such clip"},
        408: {"model": Error, "description": "Came too slowly"},
        409: {"model": Error, "description": "It does not fit the clip, or nothing can be written"},
        413: {"model": Error, "description": "Too large"},
        422: {"model": Error, "description": "Not valid"}, 507: {"model": Error, "description": "The disk is full"},
    },
)  # fmt: skip
def start_job(request: Request, wanted: JobRequest) -> schemas.JobShown:
    """Puts a clip into the queue. The result gets the clip's name, with a number if that is taken."""
    service = service_of(request)
    clip = service.clips.get(wanted.clip)
    try:
        options = options_of(service, wanted, clip)
    except UsageError as error:
        raise does_not_fit(error.what + (f"; {error.remedy}" if error.remedy else "")) from None
    given = wanted.model_dump(exclude_unset=True)
    return schemas.JobShown(**service.jobs.add(clip, options, given, service.results.taken))


def does_not_fit(text: str) -> ApiError:
    """409: each value is one that can be, but not together, or not with this clip."""
    return ApiError(409, "does_not_fit", text)


def options_of(service: Service, wanted: JobRequest, clip: Clip) -> Options:
    """The options of the analysis. Raises UsageError, ApiError (409)."""
    athlete = wanted.athlete
    if isinstance(athlete, schemas.Point):
        if athlete.x > clip.width or athlete.y > clip.height:
            raise does_not_fit(f"athlete: outside the clip of {clip.width} x {clip.height} px")
        athlete_text = f"{athlete.x:.1f},{athlete.y:.1f}"
        athlete_text += "" if athlete.time_s is None else f"@{athlete.time_s:.3f}"
    else:
        athlete_text = athlete
    if wanted.start_s is not None and wanted.start_s >= clip.duration_s:
        raise does_not_fit(f"start_s: the clip ends at {clip.duration_s:g} s")
    given = {
        "athlete": athlete_text, "height_m": wanted.height_m, "sport": wanted.sport, "start_s": wanted.start_s,
        "end_s": wanted.end_s, "capture_fps": _rate(wanted.capture_fps), "export": [*ALWAYS, *wanted.exports],
        **model_options(service, wanted.detector, wanted.quality),
    }  # fmt: skip
    return from_mapping({k: v for k, v in given.items() if v is not None})


def _rate(fps: float | None) -> str | None:
    """To 5 decimals: what an option of the command line may have."""
    return None if fps is None else f"{fps:.5f}"


@router.get("/jobs/{job_id}", operation_id="getJob", responses=NOT_FOUND)
def get_job(request: Request, job_id: JobId) -> schemas.JobShown:
    """One job."""
    return schemas.JobShown(**service_of(request).jobs.get(job_id))


@router.delete("/jobs/{job_id}", operation_id="cancelJob", status_code=204, responses=NOT_FOUND)
def cancel_job(request: Request, job_id: JobId) -> None:
    """Cancels a job that waits or runs: its worker is ended within seconds. Removes an ended one from the list."""
    service_of(request).jobs.cancel(job_id)
