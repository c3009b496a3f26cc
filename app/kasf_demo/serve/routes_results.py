"""Results: list, look at, download, convert, compare, remove."""

from __future__ import annotations

import asyncio
from pathlib import Path as FilePath
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import FileResponse

from kasf_demo.options import FORMATS, Options
from kasf_demo.serve import schemas
from kasf_demo.serve.errors import ApiError, not_found
from kasf_demo.serve.live_pool import Task
from kasf_demo.serve.names import new_id
from kasf_demo.serve.result_details import details, kind_of, listed
from kasf_demo.serve.results import FoundResult
from kasf_demo.serve.routes_session import exports, service_of
from kasf_demo.serve.schemas import CompareRequest, Error, MadeLater, PageShown
from kasf_demo.serve.sent_file import SentFile, drop_oldest, regular
from kasf_demo.serve.service import Service

router = APIRouter(tags=["results"])
ResultId = Annotated[str, Path(max_length=64, description="Id of a result")]
LATER: list[MadeLater] = ["trc", "c3d", "bvh", "mot", "glb"]
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Error, "description": "No such result or file"}}
BUSY: dict[int | str, dict[str, Any]] = {409: {"model": Error, "description": "A job writes it, or it cannot be made"}}
# Pages of results hold their program in themselves. They run without our origin: no cookie, no request, no storage
SANDBOX = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; media-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
# what browsers show in viewers of their own, which a sandbox turns off
PASSIVE = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
PASSIVE_TYPES = ("video/mp4", "image/png", "application/pdf")
TASK_LIMIT_S = 600.0
KEPT_PAGES = 50


def shown(service: Service, summary: dict[str, Any]) -> dict[str, Any]:
    """The short form, with the id of the stored clip that it is of."""
    clip = service.clips.of_hash(summary["sha256"])
    return {k: v for k, v in summary.items() if k != "sha256"} | {"clip": None if clip is None else clip.id}


@router.get("/results", operation_id="listResults")
def list_results(request: Request) -> list[schemas.ResultShown]:
    """All results below the folder, also those that the command line wrote there; the newest first."""
    service = service_of(request)
    return [schemas.ResultShown(**shown(service, row)) for row in service.results.all()]


@router.get("/results/{result_id}", operation_id="getResult", responses=NOT_FOUND)
def get_result(request: Request, result_id: ResultId) -> schemas.FullResult:
    """One result with its files, people, angles and events."""
    service = service_of(request)
    found = service.results.get(result_id)
    report = service.results.report(found)
    short = shown(service, service.results.summary(found))
    rows: dict[str, Any] = {"files": listed(found), "exports": _can_export(found), "summary": details(found, report)}
    return schemas.FullResult(**short, **rows)


def _can_export(found: FoundResult) -> list[MadeLater]:
    return [e for e in LATER if e in exports()] if f"{found.base.name}.npz" in found.files() else []


@router.delete("/results/{result_id}", operation_id="deleteResult", status_code=204, responses={**NOT_FOUND, **BUSY})
def delete_result(request: Request, result_id: ResultId) -> None:
    """Removes the files of a result. The uploaded clip stays."""
    service = service_of(request)
    found = service.results.get(result_id)
    if service.jobs.writes(found.relative):
        raise ApiError(409, "in_use", "a job writes this result; cancel it first")
    service.results.remove(found)


@router.get(
    "/results/{result_id}/files/{name}", operation_id="getFile", response_class=FileResponse,
    responses={**NOT_FOUND, 200: {"description": "The file", "content": {"*/*": {}}},
               206: {"description": "A part of it"}, 416: {"description": "No such part"}},
)  # fmt: skip
def get_file(
    request: Request, result_id: ResultId, name: Annotated[str, Path(max_length=300)],
    download: Annotated[bool, Query(description="To be saved, not shown")] = False,
) -> Response:  # fmt: skip
    """A file of a result, or a part of it (Range)."""
    service = service_of(request)
    return _file(service, service.results.get(result_id), name, download=download)


def _file(service: Service, found: FoundResult, name: str, *, download: bool) -> Response:
    path = found.files().get(name)
    if path is None:
        raise not_found("file")
    _, media = kind_of(name)
    how = "attachment" if download else "inline"
    headers = {
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(name, safe='')}", "Cache-Control": "private, no-cache",
        "Content-Security-Policy": PASSIVE if media in PASSIVE_TYPES else SANDBOX, "X-Frame-Options": "SAMEORIGIN",
    }  # fmt: skip
    media += "; charset=utf-8" if media.startswith("text/") else ""
    return SentFile(path, service.folder, "file", media_type=media, headers=headers)


@router.get(
    "/results/{result_id}/thumbnail.jpg", operation_id="getThumbnail", responses=NOT_FOUND, response_class=FileResponse
)
async def thumbnail(request: Request, result_id: ResultId) -> Response:
    """A small image."""
    service = service_of(request)
    path, task = await asyncio.to_thread(_poster, service, result_id)
    if task is not None:
        await _ask(service, task)
    headers = {"Cache-Control": "private, max-age=60"}
    return SentFile(path, service.folder, "image", media_type="image/jpeg", headers=headers)


def _poster(service: Service, result_id: str) -> tuple[FilePath, Task | None]:
    """The small image of a result, and the task that makes it if there is none. Raises ApiError (404)."""
    found = service.results.get(result_id)
    path = service.results.poster(found)
    for known in (path, service.results.batch_poster(found)):
        if regular(known, service.folder):
            return known, None
    video = found.files().get(f"{found.base.name}.mp4")
    if video is None:
        raise not_found("image")
    args = {"time_s": service.results.summary(found)["duration_s"] / 2, "width": 480}
    return path, Task(new_id(), video, found.base, Options(), path, limit_s=60.0, kind="still", args=args)


async def _ask(service: Service, task: Task) -> dict[str, Any]:
    return await asyncio.wrap_future(service.short.ask(task))


@router.get(
    "/results/{result_id}/export/{format}", operation_id="exportResult", response_class=FileResponse,
    responses={**NOT_FOUND, **BUSY, 200: {"description": "The file", "content": {"*/*": {}}},
               422: {"model": Error, "description": "Not valid"},
               507: {"model": Error, "description": "The disk is full"}},
)  # fmt: skip
async def export(
    request: Request,
    result_id: ResultId,
    format: MadeLater,
    person: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> Response:
    """A file of another format, made from the result's arrays if it is not there yet. person: of several, None for the
    first."""
    service = service_of(request)
    found = await asyncio.to_thread(service.results.get, result_id)
    name = await asyncio.to_thread(_exported, found, format, person)
    if name is None:
        if format not in await asyncio.to_thread(_can_export, found):
            raise ApiError(
                409, "no_arrays", "the result has no arrays (NAME.npz) to make it from; analyse the clip again"
            )
        task = Task(new_id(), found.json, found.base.with_name(f"{found.base.name}.mp4"), Options(), found.base,
                    limit_s=TASK_LIMIT_S, kind="export", args={"format": format})  # fmt: skip
        made = await _ask(service, task)
        await asyncio.to_thread(_drop_orphans, service, found, made["files"])
        name = await asyncio.to_thread(_exported, found, format, person)
    if name is None:
        raise not_found("person")
    return await asyncio.to_thread(_file, service, found, name, download=True)


def _drop_orphans(service: Service, found: FoundResult, made: list[str]) -> None:
    """Removes what was made of a result that was removed meanwhile. Raises ApiError (404) then."""
    if found.json.is_file() or service.jobs.writes(found.relative):
        return
    for name in made:
        found.base.with_name(name).unlink(missing_ok=True)
    raise not_found("result")


def _exported(found: FoundResult, format: str, person: int | None) -> str | None:
    suffix, base, files = FORMATS[format].suffix, found.base.name, found.files()
    names = [f"{base}{suffix}", *sorted(n for n in files if n.endswith(suffix) and n.startswith(f"{base}.p"))]
    if person is not None:
        names = [f"{base}.p{person}{suffix}", *([f"{base}{suffix}"] if len(names) == 1 else [])]
    return next((name for name in names if name in files), None)


@router.post(
    "/compare", operation_id="compare",
    responses={400: {"model": Error, "description": "Not JSON in UTF-8"}, **NOT_FOUND, **BUSY,
               408: {"model": Error, "description": "Came too slowly"},
               413: {"model": Error, "description": "Too large"},
               422: {"model": Error, "description": "Not valid, or nothing to compare"},
               507: {"model": Error, "description": "The disk is full"}},
)  # fmt: skip
async def compare(request: Request, wanted: CompareRequest) -> PageShown:
    """Compares two results, as `kasf-demo compare`; the answer is the address of the page with both."""
    service = service_of(request)
    page_id = new_id()
    await _ask(service, await asyncio.to_thread(_comparison, service, wanted, page_id))
    await asyncio.to_thread(drop_oldest, service.own / "pages", "*.html", KEPT_PAGES)
    return PageShown(page=f"/api/pages/{page_id}")


def _comparison(service: Service, wanted: CompareRequest, page_id: str) -> Task:
    """The task that writes the page. It reads a whole report: not for the event loop. Raises ApiError (404)."""
    a, b = [service.results.get(i) for i in (wanted.result, wanted.reference)]
    words = [str(_data(a)), str(_data(b))]
    words += [w for flag, n in (("--person", wanted.person), ("--reference-person", wanted.reference_person)) if n
              for w in (flag, str(n))]  # fmt: skip
    sha256 = service.results.report(a)["input"].get("sha256")
    clip = service.clips.of_hash(sha256) if wanted.video and isinstance(sha256, str) else None
    if clip is not None:
        words += ["--clip", str(service.clips.path(clip))]
    folder = service.own / "pages"
    return Task(new_id(), _data(a), folder / f"{page_id}.html", Options(), folder / "poster.jpg", limit_s=TASK_LIMIT_S,
                kind="compare", args={"words": words})  # fmt: skip


def _data(found: FoundResult) -> FilePath:
    """What to compare: the arrays, which have more in them, else the table."""
    files = found.files()
    return files.get(f"{found.base.name}.npz") or found.json


@router.get("/pages/{page_id}", operation_id="getPage", responses=NOT_FOUND, response_class=FileResponse)
def page(request: Request, page_id: Annotated[str, Path(max_length=64)]) -> Response:
    """A page that a comparison made. The last ones are kept."""
    folder = service_of(request).own / "pages"
    pages = {p.stem: p for p in folder.glob("*.html")}
    if page_id not in pages:
        raise not_found("page")
    headers = {"Content-Security-Policy": SANDBOX, "X-Frame-Options": "SAMEORIGIN"}
    return SentFile(pages[page_id], folder, "page", media_type="text/html; charset=utf-8", headers=headers)
