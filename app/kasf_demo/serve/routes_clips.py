"""Uploaded clips: upload, list, look at, check, remove."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import FileResponse

from kasf_demo.detect.offered import takes_weights
from kasf_demo.errors import printable
from kasf_demo.options import Options
from kasf_demo.serve import schemas
from kasf_demo.serve.clips import Clip
from kasf_demo.serve.errors import ApiError, not_found
from kasf_demo.serve.live_pool import Task
from kasf_demo.serve.names import new_id, shown_name
from kasf_demo.serve.routes_session import service_of
from kasf_demo.serve.schemas import Check, Error, People, Seconds, Test
from kasf_demo.serve.sent_file import SentFile, drop_oldest, regular
from kasf_demo.serve.service import Service
from kasf_demo.serve.uploads import check_declared, receive

router = APIRouter(tags=["clips"])
ClipId = Annotated[str, Path(max_length=64, description="Id of a clip")]
TimeS = Annotated[Seconds, Query(description="Seconds of the clip as played")]
SHORT_LIMIT_S = 60.0
CHECK_LIMIT_S = 300.0
KEPT_STILLS = 300  # of a clip
WIDTHS = (320, 640, 960, 1280, 1920)
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary", "minLength": 1}}
            for kind in ("application/octet-stream", "video/*")
        },
    }
}
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Error, "description": "No such clip"}}
TASK: dict[int | str, dict[str, Any]] = {
    **NOT_FOUND,
    409: {"model": Error, "description": "No model for it on this machine, or the server ends"},
    422: {"model": Error, "description": "Not valid, or nothing is there"},
    507: {"model": Error, "description": "The disk or the memory is full"},
}


def shown(service: Service, clip: Clip) -> schemas.ClipShown:
    """For clients."""
    plain = {k: getattr(clip, k) for k in schemas.ClipShown.model_fields if hasattr(clip, k)}
    return schemas.ClipShown(
        **plain, jobs=service.jobs.of_clip(clip.id), thumbnail=f"/api/clips/{clip.id}/thumbnail.jpg"
    )


@router.get("/clips", operation_id="listClips")
def list_clips(request: Request) -> list[schemas.ClipShown]:
    """The uploaded clips, the newest first."""
    service = service_of(request)
    return [shown(service, clip) for clip in service.clips.all()]


@router.post(
    "/clips", operation_id="uploadClip", status_code=201, openapi_extra=BODY,
    responses={
        400: {"model": Error, "description": "Empty or cut off"}, 408: {"model": Error, "description": "Nothing came"},
        409: {"model": Error, "description": "Too many clips"},
        413: {"model": Error, "description": "Too large or too long"},
        415: {"model": Error, "description": "Not a video that can be used"},
        422: {"model": Error, "description": "Not valid"}, 507: {"model": Error, "description": "The disk is full"},
    },
)  # fmt: skip
async def upload_clip(
    request: Request,
    name: Annotated[str, Query(min_length=1, max_length=500, description="The file's name, to be shown")],
) -> schemas.ClipShown:
    """The body is the file. It is streamed to the disk and looked at before it is kept."""
    service = service_of(request)
    limits, clip_id = service.options.limits, new_id()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not (kind.startswith("video/") or kind in ("application/octet-stream", "")):
        raise ApiError(415, "not_a_usable_clip", "send a video: Content-Type video/* or application/octet-stream")
    if len(service.uploading) >= limits.uploads:
        raise ApiError(429, "busy", "too many uploads at once; wait for the others", {"Retry-After": "10"})
    if len(service.clips.all()) >= limits.clips:
        raise ApiError(409, "too_many_clips", f"{limits.clips} clips are stored; delete some first")
    folder = service.clips.folder_of(clip_id)
    check_declared(request.headers.get("content-length"), limits, service.clips.folder)
    service.uploading.add(clip_id)
    try:
        await asyncio.to_thread(folder.mkdir)
        size, sha256 = await receive(aiter(request.stream()), folder / "upload", limits)
        probed = await _probed(service, clip_id)
        if probed["duration_s"] > limits.seconds:
            text = f"the clip is longer than {limits.seconds / 60:g} minutes; cut it first"
            raise ApiError(413, "too_long", text)
        record = {
            "id": clip_id,
            "name": shown_name(name),
            "bytes": size,
            "sha256": sha256,
            "added": time.time(),
            **probed,
        }
        clip = await asyncio.to_thread(service.clips.add, folder / "upload", record, limits.clips)
        return await asyncio.to_thread(shown, service, clip)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, True))
        raise
    finally:
        service.uploading.discard(clip_id)


async def _probed(service: Service, clip_id: str) -> dict[str, Any]:
    folder = service.clips.folder_of(clip_id)
    args = {"most_s": service.options.limits.seconds}
    task = Task(new_id(), folder / "upload", folder / "out", Options(), folder / "thumbnail.jpg",
                limit_s=SHORT_LIMIT_S, kind="probe", args=args)  # fmt: skip
    try:
        return await asyncio.wrap_future(service.short.ask(task))
    except ApiError as error:
        raise ApiError(415, "not_a_usable_clip", error.text) if error.status == 422 else error from None


@router.get("/clips/{clip_id}", operation_id="getClip", responses=NOT_FOUND)
def get_clip(request: Request, clip_id: ClipId) -> schemas.ClipShown:
    """One clip."""
    service = service_of(request)
    return shown(service, service.clips.get(clip_id))


@router.delete(
    "/clips/{clip_id}", operation_id="deleteClip", status_code=204,
    responses={**NOT_FOUND, 409: {"model": Error, "description": "A job works on it"}},
)  # fmt: skip
def delete_clip(request: Request, clip_id: ClipId) -> None:
    """Removes the file and its images. Results stay."""
    service = service_of(request)
    service.clips.get(clip_id)
    if service.jobs.of_clip(clip_id, waiting=True):
        raise ApiError(409, "in_use", "a job works on this clip; cancel it first")
    service.clips.remove(clip_id)


@router.get(
    "/clips/{clip_id}/thumbnail.jpg", operation_id="getClipThumbnail", responses=NOT_FOUND, response_class=FileResponse
)
def thumbnail(request: Request, clip_id: ClipId) -> Response:
    """The first frame, 480 px wide at most."""
    service = service_of(request)
    path = service.clips.folder_of(service.clips.get(clip_id).id) / "thumbnail.jpg"
    return _image(service, path)


def _image(service: Service, path: FilePath) -> Response:
    headers = {"Cache-Control": "private, max-age=86400"}
    return SentFile(path, service.clips.folder, "image", media_type="image/jpeg", headers=headers)


@router.get("/clips/{clip_id}/frame.jpg", operation_id="getFrame", responses=TASK, response_class=FileResponse)
async def frame(
    request: Request, clip_id: ClipId, time_s: TimeS = 0.0, width: Annotated[int, Query(ge=16, le=1920)] = 1280
) -> Response:
    """The frame at a time, about `width` pixels wide (320, 640, 960, 1280 or 1920, never larger than the clip)."""
    service = service_of(request)
    clip = service.clips.get(clip_id)
    wide = next(w for w in WIDTHS if w >= width)
    target = service.clips.folder_of(clip.id) / f"still-{round(time_s * 1000)}-{wide}.jpg"
    if not regular(target, service.clips.folder):
        await _ask(service, clip, "still", {"time_s": min(time_s, clip.duration_s), "width": wide}, poster=target)
        await asyncio.to_thread(drop_oldest, target.parent, "still-*.jpg", KEPT_STILLS, target)
    return _image(service, target)


async def _ask(
    service: Service, clip: Clip, kind: str, args: dict[str, Any], *, poster: Any = None, out: Any = None,
    options: Options | None = None, limit_s: float = SHORT_LIMIT_S,
) -> dict[str, Any]:  # fmt: skip
    folder = service.clips.folder_of(clip.id)
    out, poster = out or folder / "out", poster or folder / "poster.jpg"
    source = service.clips.path(clip)
    task = Task(new_id(), source, out, options or Options(), poster, limit_s=limit_s, kind=kind, args=args)
    return await asyncio.wrap_future(service.short.ask(task))


def model_options(service: Service, detector: str | None, quality: str) -> dict[str, Any]:
    """The options that choose the detector; nothing is fetched for a client."""
    name = detector or service.detector
    weights = service.options.detector_weights if takes_weights(name) else None
    return {"detector": name, "quality": quality, "offline": True} | ({"detector_weights": weights} if weights else {})


@router.get("/clips/{clip_id}/people", operation_id="getPeople", responses=TASK)
async def people(
    request: Request, clip_id: ClipId, time_s: TimeS = 0.0, detector: schemas.Detector | None = None,
    quality: schemas.Quality = "balanced",
) -> People:  # fmt: skip
    """The people in the frame at a time, found by the detector in a worker."""
    service = service_of(request)
    clip = service.clips.get(clip_id)
    options = Options(**model_options(service, detector, quality))
    args = {"time_s": min(time_s, clip.duration_s)}
    return People(**await _ask(service, clip, "people", args, options=options))


@router.get("/clips/{clip_id}/check", operation_id="checkClip", responses=TASK)
async def check(
    request: Request, clip_id: ClipId, test: Test | None = None, detector: schemas.Detector | None = None
) -> Check:
    """Is the clip fit for analysis, or for a test? As `kasf-demo check CLIP --for TEST`."""
    service = service_of(request)
    clip = service.clips.get(clip_id)
    options = Options(**model_options(service, detector, "balanced"))
    out = service.clips.folder_of(clip.id) / f"check-{test or 'any'}-{options.detector}.json"
    if not regular(out, service.clips.folder):
        await _ask(service, clip, "check", {"test": test}, out=out, options=options, limit_s=CHECK_LIMIT_S)
    try:
        found = await asyncio.to_thread(out.read_text, "utf-8")
    except FileNotFoundError:
        raise not_found("clip") from None  # it was removed meanwhile
    return Check(findings=[_finding(row) for row in json.loads(found)["findings"]])


def _finding(row: dict[str, Any]) -> schemas.FindingShown:
    plain: dict[str, Any] = {k: printable(v) if isinstance(v, str) else v for k, v in row.items()}
    return schemas.FindingShown(**plain)
