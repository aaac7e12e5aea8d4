"""Work that takes long: an ingest with its progress; and days, exports."""

from __future__ import annotations

import asyncio
import json
import os
import zipfile
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse

from waygraph.app.explore import Day
from waygraph.app.export import ExportFormat, ExportOptions
from waygraph.app.scratch import scratch
from waygraph.app.web.faults import ERRORS, Refused
from waygraph.app.web.jobs import RUNNING, Job, Jobs
from waygraph.app.web.models import Label, Limit, Offset, media
from waygraph.app.web.routes_concepts import days_known, served
from waygraph.app.web.served import Served
from waygraph.config import Workspace
from waygraph.errors import StoreError

router = APIRouter(prefix="/api", responses=ERRORS)
# A job is looked at so often while it is watched; a still one is told about every so often.
_EVERY, _STILL = 0.25, 10.0
_MEDIA = {
    ExportFormat.turtle: ("text/turtle", "ttl"),
    ExportFormat.trig: ("application/trig", "trig"),
    ExportFormat.nquads: ("application/n-quads", "nq"),
    ExportFormat.ntriples: ("application/n-triples", "nt"),
    ExportFormat.jsonld: ("application/ld+json", "jsonld"),
    ExportFormat.rdfxml: ("application/rdf+xml", "rdf"),
    ExportFormat.graphml: ("application/xml", "graphml"),
    ExportFormat.csv: ("application/zip", "zip"),
    ExportFormat.vault: ("application/zip", "zip"),
    ExportFormat.canvas: ("application/json", "canvas"),
}
_FILES = media(*dict.fromkeys(kind for kind, _ in _MEDIA.values()))


class Wanted(BaseModel):
    """What to ingest.

    ``paths``, relative to the corpus root, in which they must lie; left out, the folders that
    the notes lie in that were ingested; an empty list applies decisions and settings alone.
    ``fetch`` also fetches the pages that notes link to, ``offline`` takes them from what is
    kept. ``workers`` processes annotate.
    """

    paths: Annotated[list[Label], Field(max_length=1000)] | None = None
    fetch: bool = False
    offline: bool = False
    workers: int = Field(default=1, ge=1, le=64)


@dataclass(frozen=True, slots=True)
class JobList:
    """The jobs of this server, the latest first."""

    items: list[Job]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What each day's notes added, a page of it; ``total`` counts all days that have notes."""

    total: int
    items: list[Day]


def _jobs(request: Request) -> Jobs:
    return request.app.state.jobs  # type: ignore[no-any-return]  # set by make_app


@router.post("/ingest", status_code=202, tags=["jobs"])
def ingest(request: Request, wanted: Wanted) -> Job:
    """Start an ingest as a job; one at a time."""
    place = served(request).place
    paths = _usual(place) if wanted.paths is None else [_inside(place, p) for p in wanted.paths]
    return _jobs(request).ingest(
        paths, workers=wanted.workers, fetch=wanted.fetch, offline=wanted.offline
    )


def _inside(place: Workspace, path: str) -> str:
    """A path of the corpus, absolute.

    Raises:
        Refused: it leads out of the corpus, or nothing is there.
    """
    root = os.path.realpath(place.root)
    try:
        found = os.path.realpath(Path(root) / path)
        there = Path(found).exists()
    except (OSError, ValueError):  # it is longer than any name, or holds what none may
        raise Refused(422, "paths", f"{path!r} is no path") from None
    if os.path.commonpath([root, found]) != root:
        raise Refused(422, "paths", f"{path!r} leads out of the corpus", "name one below its root")
    if not there:
        raise Refused(422, "paths", f"nothing is at {path!r}")
    return str(place.root / os.path.relpath(found, root))


def _usual(place: Workspace) -> list[str]:
    """Where the notes lie that were ingested: for each top folder the part that holds them all."""
    from waygraph.read.names import is_web
    from waygraph.read.snapshots import Snapshots

    with Snapshots(place.folder / "documents.sqlite") as snapshots:
        notes = [a for a in snapshots.addresses() if not is_web(a) and not a.startswith("../")]
    if any("/" not in note for note in notes):
        return [str(place.root)]
    tops: dict[str, list[str]] = {}
    for note in notes:
        tops.setdefault(note.partition("/")[0], []).append(note.rpartition("/")[0])
    return [str(place.root / os.path.commonpath(folders)) for folders in tops.values()]


@router.get("/jobs", tags=["jobs"])
def jobs(request: Request) -> JobList:
    """All jobs of this server, the latest first."""
    return JobList(_jobs(request).all())


@router.get("/jobs/{job}", tags=["jobs"])
def job(request: Request, job: str) -> Job:
    """How a job stands."""
    return _jobs(request).job(job)


@router.delete("/jobs/{job}", tags=["jobs"])
def cancel(request: Request, job: str) -> Job:
    """Cancel a job; what is done is kept, and the next ingest goes on from there."""
    return _jobs(request).cancel(job)


@router.get(
    "/jobs/{job}/events",
    response_class=Response,
    responses=media("text/event-stream"),
    tags=["jobs"],
)
async def events(request: Request, job: str) -> StreamingResponse:
    """How a job goes on, as server-sent events: ``progress`` until it ends, then ``end``.

    The data of each is the job as ``/api/jobs/{job}`` tells it.
    """
    all_jobs = _jobs(request)
    all_jobs.job(job)

    async def told() -> AsyncIterator[str]:
        last, quiet = "", 0.0
        while not await request.is_disconnected():
            now = all_jobs.job(job)
            if now.state != RUNNING:
                yield _event("end", now)
                return
            mark = f"{now.stage} {now.done}"
            if mark != last or quiet >= _STILL:
                last, quiet = mark, 0.0
                yield _event("progress", now)
            await asyncio.sleep(_EVERY)
            quiet += _EVERY

    return StreamingResponse(told(), media_type="text/event-stream")


def _event(kind: str, job: Job) -> str:
    return f"event: {kind}\ndata: {json.dumps(asdict(job))}\n\n"


@router.get("/days", tags=["days"])
def days(request: Request, limit: Limit = 200, offset: Offset = 0) -> Timeline:
    """What each day's notes added: documents, concepts named first, relations claimed first."""
    from waygraph.app.explore import timeline

    here = served(request)
    known, graph, data = days_known(here), here.graph(), here.data()
    found = here.once("timeline", here.state(), lambda: timeline(graph, data, known))
    return Timeline(len(found), found[offset : offset + limit])


@router.get("/export", response_class=Response, responses=_FILES, tags=["export"])
def export(
    request: Request,
    format: Annotated[ExportFormat, Query(description="csv and vault come zipped.")] = (
        ExportFormat.turtle
    ),
    concept: Annotated[Label | None, Query(description="Only around this concept.")] = None,
    hops: Annotated[int, Query(ge=0, le=6, description="Relations away from it.")] = 1,
    document: Annotated[Label | None, Query(description="Only what this document says.")] = None,
    day: Annotated[int | None, Query(ge=-(10**9), le=10**9)] = None,
    goal: Annotated[Label | None, Query(description="Only the learning path to this.")] = None,
    start: Annotated[Label | None, Query(alias="from")] = None,
    evidence: bool = True,
    provenance: bool = False,
) -> Response:
    """The datagraph, or a piece of it: the same notes give the same bytes."""
    here = served(request)
    given = (("concept", concept), ("document", document), ("day", day), ("goal", goal))
    asked = [name for name, value in given if value is not None]
    if len(asked) > 1:
        raise Refused(422, asked[1], f"{asked[0]} and {asked[1]} exclude one another")
    graph = here.graph()
    for field, label in (("concept", concept), ("goal", goal), ("from", start)):
        if label is not None:
            here.number(graph, field, label)
    options = ExportOptions(concept, hops, document, day, goal, start, evidence, provenance)
    kind, suffix = _MEDIA[format]
    # a file first: what reads the datagraph stays in this thread, and the answer is whole or none
    with ExitStack() as lasting:
        folder = lasting.enter_context(scratch(here.place))
        try:
            file = _exported(here, folder, format, options)
        except StoreError as error:
            raise Refused(404, asked[0] if asked else "", error.message, error.hint) from None
        return FileResponse(
            file, media_type=kind, filename=f"waygraph.{suffix}",
            background=BackgroundTask(lasting.pop_all().close),
        )  # fmt: skip


def _exported(here: Served, folder: Path, form: ExportFormat, options: ExportOptions) -> Path:
    """An export as one file in ``folder``; several are packed: the same files, the same bytes."""
    from waygraph.app.export import export_files

    several = form in (ExportFormat.csv, ExportFormat.vault)
    top = folder / ("vault" if form is ExportFormat.vault else "waygraph.csv")
    files = sorted(export_files(here.place, top, form, options), key=lambda named: named[0])
    if not several:
        with top.open("wb") as whole:
            whole.writelines(piece.encode("utf-8") for piece in files[0][1])
        return top
    out = folder / "packed.zip"
    with zipfile.ZipFile(out, "w") as packed:
        for file, pieces in files:
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix())
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, "".join(pieces).encode("utf-8"))
    return out
