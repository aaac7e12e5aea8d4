"""The SPARQL endpoint: SPARQL 1.1 Protocol over the datagraph, read-only unless told otherwise.

A query comes as ``GET ?query=``, in a form, or as it is in a body of
``application/sparql-query``; an update in a form or as ``application/sparql-update``, and only
where the server was started with ``--write`` and the request bears the token. ``SERVICE`` and
``LOAD`` are refused; time, memory and rows are limited.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated
from urllib.parse import parse_qsl

from anyio import CapacityLimiter, move_on_after
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from waygraph.app.web.evaluate import Asked, Evaluators
from waygraph.app.web.faults import ERRORS, NOT_ACCEPTABLE, Refused, documented
from waygraph.app.web.guard import TRUSTED
from waygraph.app.web.models import media

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Receive, Scope, Send

_ERRORS = documented(
    s413="The query, its answer or the memory it takes is too large",
    s415="The body is none of the three kinds of the protocol",
)
_ANSWERS = media(
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "application/json",
    "application/xml",
    "text/xml",
    "text/csv",
    "text/tab-separated-values",
    "text/turtle",
    "application/n-triples",
    "application/rdf+xml",
    "application/ld+json",
)
router = APIRouter(tags=["sparql"], responses=ERRORS | NOT_ACCEPTABLE | _ERRORS | _ANSWERS)
# Longer queries are somebody's mistake.
_LONGEST = 1_000_000
# Answers that are not read yet take so many bytes together, and have so many seconds; they are
# sent in pieces, of which only some lie in buffers. Small ones are not counted.
_UNREAD, _READ_SECONDS, _PIECE = 64 << 20, 60, 64 << 10
# So many requests wait for a child to be free.
_AT_ONCE = 64
_LIMITER: RunVar[CapacityLimiter] = RunVar("waygraph.sparql")
FORM = "application/x-www-form-urlencoded"
QUERY, UPDATE = "application/sparql-query", "application/sparql-update"
_STRING = {"schema": {"type": "string"}}
_LIST = {"type": "array", "items": {"type": "string"}}
_BODIES = {
    QUERY: _STRING,
    UPDATE: _STRING,
    FORM: {
        "schema": {
            "type": "object",
            "properties": {
                "query": {"type": "string"},
                "update": {"type": "string"},
                "default-graph-uri": _LIST,
                "named-graph-uri": _LIST,
            },
        }
    },
}
_DESCRIPTION = """\
@prefix sd: <http://www.w3.org/ns/sparql-service-description#> .

<{endpoint}> a sd:Service ;
    sd:endpoint <{endpoint}> ;
    sd:supportedLanguage sd:SPARQL11Query{update} ;
    sd:feature sd:UnionDefaultGraph ;
    sd:resultFormat <http://www.w3.org/ns/formats/SPARQL_Results_JSON> ,
        <http://www.w3.org/ns/formats/SPARQL_Results_XML> ,
        <http://www.w3.org/ns/formats/SPARQL_Results_CSV> ,
        <http://www.w3.org/ns/formats/SPARQL_Results_TSV> ,
        <http://www.w3.org/ns/formats/Turtle> ,
        <http://www.w3.org/ns/formats/N-Triples> ,
        <http://www.w3.org/ns/formats/RDF_XML> ,
        <http://www.w3.org/ns/formats/JSON-LD> .
"""


@dataclass(frozen=True, slots=True)
class _Parameters:
    """What a request of the protocol says, wherever it says it."""

    pairs: Sequence[tuple[str, str]]

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.pairs if key == name)


@router.get("/sparql", response_class=Response)
async def sparql_get(
    request: Request,
    query: Annotated[str | None, Query(description="SELECT, ASK, CONSTRUCT or DESCRIBE.")] = None,
    default: Annotated[list[str] | None, Query(alias="default-graph-uri")] = None,
    named: Annotated[list[str] | None, Query(alias="named-graph-uri")] = None,
) -> Response:
    """Answer a query; without one, describe the service (Turtle)."""
    given = _Parameters(request.query_params.multi_items())
    if given.all("update"):
        raise Refused(400, "update", "an update comes by POST")
    if not given.all("query"):
        return _description(request)
    return await _answer(request, _asked(request, given, given.all("query"), update=False))


@router.post(
    "/sparql",
    response_class=Response,
    responses={204: {"description": "The update is carried out"}},
    openapi_extra={"requestBody": {"required": True, "content": _BODIES}},
)
async def sparql_post(request: Request) -> Response:
    """Answer a query or carry out an update, from a form or from the body itself."""
    kind = request.headers.get("content-type", "")
    kind, _, parameters = kind.partition(";")
    kind = kind.strip().lower()
    if kind not in (FORM, QUERY, UPDATE):
        raise Refused(415, "content-type", f"{kind or 'no type'} is none of those of the protocol",
                      f"send {FORM}, {QUERY} or {UPDATE}")  # fmt: skip
    charset = parameters.lower().partition("charset=")[2].partition(";")[0].strip(' "')
    if charset not in ("", "utf-8", "utf8"):
        raise Refused(400, "content-type", f"{charset} is not UTF-8", "send it as UTF-8")
    body = await _text(request)
    asked_by = _Parameters(request.query_params.multi_items())
    if kind != FORM:
        if asked_by.all("query") or asked_by.all("update"):
            raise Refused(
                400, "query", "the body is the query, and there is another in the address"
            )
        return await _answer(request, _asked(request, asked_by, (body,), update=kind == UPDATE))
    try:
        pairs = parse_qsl(body, keep_blank_values=True, errors="strict", max_num_fields=10_000)
    except (UnicodeDecodeError, ValueError):
        raise Refused(400, "query", "the form is not UTF-8, or holds too much") from None
    form = _Parameters([*pairs, *asked_by.pairs])
    queries, updates = form.all("query"), form.all("update")
    if queries and updates:
        raise Refused(400, "query", "a request holds a query or an update, not both")
    return await _answer(request, _asked(request, form, queries or updates, update=bool(updates)))


async def _text(request: Request) -> str:
    size, parts = 0, []
    async for part in request.stream():
        size += len(part)
        if size > _LONGEST:
            raise Refused(413, "query", f"more than {_LONGEST:,} bytes are no query")
        parts.append(part)
    try:
        return b"".join(parts).decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(400, "query", "it is not UTF-8") from None


def _asked(request: Request, given: _Parameters, texts: Sequence[str], *, update: bool) -> Asked:
    """What is asked, if there is just one of it."""
    name = "update" if update else "query"
    if len(texts) != 1:
        many = f"{len(texts)} of them" if texts else "none"
        raise Refused(400, name, f"one {name} is wanted, and there is {many}")
    if update and (given.all("using-graph-uri") or given.all("using-named-graph-uri")):
        raise Refused(400, "using-graph-uri", "write USING into the update", "leave it out")
    default, named = given.all("default-graph-uri"), given.all("named-graph-uri")
    for field, iris in (("default-graph-uri", default), ("named-graph-uri", named)):
        for iri in iris:
            if ":" not in iri or any(c in '<>"{}|^`\\' or c <= " " for c in iri):
                raise Refused(400, field, f"{iri!r} is no IRI")
    accept = request.headers.get("accept")
    return Asked(texts[0], accept, default, named, update)


async def _answer(request: Request, asked: Asked) -> Response:
    evaluators: Evaluators = request.app.state.evaluators
    if asked.update:
        if not request.app.state.write:
            raise Refused(403, "update", "this server only reads", "start it with --write")
        if not request.scope.get(TRUSTED):
            raise Refused(401, "token", "an update needs the token", "Authorization: Bearer TOKEN")
        found = await run_sync(evaluators.update, asked.text, limiter=_waiting())
    else:
        state = request.app.state.served.state()
        found = await run_sync(evaluators.ask, asked, state, limiter=_waiting())
    if found.status >= 400:
        field = "accept" if found.status == 406 else "update" if asked.update else "query"
        raise Refused(found.status, field, found.body.decode(), found.hint)
    headers = {"vary": "Accept"}
    if not found.kind:
        return Response(status_code=found.status, headers=headers)
    charset = "; charset=utf-8" if found.kind.startswith("text/") else ""
    if len(found.body) <= _PIECE:
        return Response(found.body, found.status, headers, found.kind + charset)
    if evaluators.unread + len(found.body) > _UNREAD:
        raise Refused(503, "query", "other answers are not read yet", "ask again in a while")
    return _Long(evaluators, found.body, headers, found.kind + charset)


class _Long(Response):
    """A long answer, of which as much is sent as is read; who does not read it loses it."""

    def __init__(
        self, evaluators: Evaluators, body: bytes, headers: dict[str, str], kind: str
    ) -> None:
        super().__init__(body, 200, headers, kind)
        self._evaluators = evaluators
        evaluators.unread += len(body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = memoryview(self.body)
        try:
            # what is not sent whole is broken off by the server
            with move_on_after(_READ_SECONDS):
                start = {"type": "http.response.start", "status": self.status_code}
                await send(start | {"headers": self.raw_headers})
                for at in range(0, len(body), _PIECE):
                    piece = {"type": "http.response.body", "body": bytes(body[at : at + _PIECE])}
                    await send(piece | {"more_body": at + _PIECE < len(body)})
        finally:
            self._evaluators.unread -= len(body)


def _waiting() -> CapacityLimiter:
    """Threads of their own for those who wait for a query: they keep nobody else waiting."""
    try:
        return _LIMITER.get()
    except LookupError:
        _LIMITER.set(limiter := CapacityLimiter(_AT_ONCE))
        return limiter


def _description(request: Request) -> Response:
    write = request.app.state.write
    said = _DESCRIPTION.format(
        endpoint=f"{request.base_url}sparql", update=", sd:SPARQL11Update" if write else ""
    )
    return Response(said, media_type="text/turtle; charset=utf-8")
