"""What is named under the workspace's base IRI, looked up: a page for people, RDF for programs.

``/id/concept/heap`` is the concept whose IRI is the base and ``concept/heap``. If the base itself
lies on this machine (``http://localhost:8765/id/`` or another path), the IRIs as they are lead
here.
"""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from fastapi import APIRouter, Request
from starlette.responses import Response

from waygraph.app.web.faults import ERRORS, NOT_ACCEPTABLE, Refused
from waygraph.app.web.guard import LOCAL
from waygraph.app.web.models import media
from waygraph.app.web.negotiate import choose
from waygraph.app.web.routes_concepts import served
from waygraph.vocab import KINDS, SKOS, resource_iri

if TYPE_CHECKING:
    from waygraph.store.resource import Statement

PREFIX = "/id/"
_FORMS = (
    "text/html",
    "text/turtle",
    "application/ld+json",
    "application/n-triples",
    "application/rdf+xml",
)
_LABEL = SKOS + "prefLabel"


def router_for(base: str) -> APIRouter:
    """The routes under which what is named under ``base`` is looked up."""
    router = APIRouter(tags=["resources"], responses=ERRORS | NOT_ACCEPTABLE | media(*_FORMS))
    parts = urlsplit(base)
    here = (parts.hostname or "") in LOCAL
    for prefix in dict.fromkeys([PREFIX, *([parts.path] if here else [])]):
        # at the root lies the page too
        below = [f"{kind}/" for kind in KINDS] if prefix == "/" else [""]
        for kind in below:
            router.add_api_route(
                prefix + kind + "{path:path}",
                partial(resource, prefix=prefix),
                name="resource",
                response_class=Response,
                include_in_schema=prefix == PREFIX,
            )
    return router


def resource(request: Request, path: str, prefix: str) -> Response:
    """What the datagraph says of a concept, claim, document or graph, as the client likes it."""
    from waygraph.store.resource import about, statements
    from waygraph.store.results import graph

    here = served(request)
    base = here.place.settings.base
    # as it was sent: a slash that is percent-encoded parts nothing
    sent = request.scope["raw_path"].partition(b"?")[0].decode("latin-1").split("/")
    iri = resource_iri(base, map(unquote, sent[prefix.count("/") :]))
    found = about(here.data(), iri)
    if not found:
        raise Refused(404, "path", f"the datagraph says nothing of {iri}")
    kind = choose(request.headers.get("accept"), _FORMS)
    if kind is None:
        raise Refused(406, "accept", "it has none of these forms", f"it has: {', '.join(_FORMS)}")
    headers = {"vary": "Accept"}
    if kind == "text/html":
        said = _page(base, iri, statements(found, iri, base)).encode()
    else:
        said = graph(found, kind, base)
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    return Response(said, headers=headers, media_type=kind + charset)


def _page(base: str, iri: str, found: list[Statement]) -> str:
    """A page that shows what is said, all of it as text."""
    labels = [s.value for s in found if s.outward and s.predicate == _LABEL]
    title = escape(labels[0] if labels else iri)
    rows = "".join(
        f"<tr><th scope=row>{'' if s.outward else '← '}{escape(s.name)}</th>"
        f"<td>{_value(base, s)}</td></tr>\n"
        for s in found
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{title}</title></head><body><h1><bdi>{title}</bdi></h1><p><code>{escape(iri)}</code></p>\n"
        f"<table><caption>What the datagraph says of it</caption>\n{rows}</table>\n"
        "<p>Programs get Turtle, JSON-LD, N-Triples or RDF/XML by their Accept header.</p>"
        "</body></html>\n"
    )


def _value(base: str, statement: Statement) -> str:
    shown = f"<bdi>{escape(statement.shown)}</bdi>"
    if not statement.is_iri:
        return shown
    value = statement.value
    if value.startswith(base):
        return f'<a href="{PREFIX}{escape(value.removeprefix(base))}">{shown}</a>'
    if value.startswith(("http://", "https://")):
        return f'<a href="{escape(value)}" rel="noreferrer nofollow">{shown}</a>'
    return shown
