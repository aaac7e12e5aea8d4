"""Concepts: search as one types, one concept, what lies near it, the notes themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request

from waygraph.answer import Taken
from waygraph.app.explore import ConceptCard, Dated, Neighbourhood, lines_of
from waygraph.app.web.faults import ERRORS, Refused
from waygraph.app.web.models import (
    DocumentText,
    FoundConcepts,
    Label,
    Limit,
    Line,
    Offset,
    OperatorRun,
    Problem,
    Status,
    Text,
)
from waygraph.app.web.served import Served
from waygraph.vocab import PREDICATES

router = APIRouter(prefix="/api", responses=ERRORS, tags=["concepts"])
_AROUND = 100
_MOST_NEAR = 200


def served(request: Request) -> Served:
    """The workspace that the asked server serves."""
    return request.app.state.served  # type: ignore[no-any-return]  # set by make_app


@router.get("/status")
def status(request: Request) -> Status:
    """What the workspace holds, which versions made it, and what failed."""
    from waygraph import __version__
    from waygraph.app.ask import half_written, last_failures
    from waygraph.app.freshness import outdated
    from waygraph.search.engine import ALGORITHMS
    from waygraph.store.view import counts, runs

    here = served(request)
    graph, data = here.graph(), here.data()
    held = here.once("counts", here.state(), lambda: counts(data))
    failures, warnings = last_failures(here.place)
    return Status(
        __version__,
        str(here.place.root.name),
        here.place.settings.base,
        **held,
        digest=graph.digest,
        outdated="; ".join(filter(None, (outdated(here.place), half_written(here.place, data)))),
        writable=request.app.state.write,
        runs=[OperatorRun(*run) for run in runs(data)],
        failures=[Problem(f.address, f.reason, f.line) for f in failures],
        warnings=[Problem(w.address, w.reason, w.line) for w in warnings],
        algorithms=list(ALGORITHMS),
        relation_names=sorted(PREDICATES),
    )


@router.get("/concepts")
def concepts(
    request: Request,
    q: Annotated[Text, Query(description="What is typed; empty for all concepts.")] = "",
    meaning: Annotated[bool, Query(description="By meaning, not by labels.")] = False,
    limit: Limit = 20,
    offset: Offset = 0,
) -> FoundConcepts:
    """Concepts that fit what is typed: by their labels, best first, or by what it means.

    By labels: one that is just that, then those likeliest meant, then all with words that
    begin so; if there is none, those spelled alike. By meaning: the nearest two hundred.
    """
    from waygraph.app.ask import concepts_like
    from waygraph.search.typed import found_concept

    here = served(request)
    graph = here.graph()
    found: list[tuple[int, str, float | None]]
    if meaning:
        near = here.alone("encoder", lambda: concepts_like(here.place, q, _MOST_NEAR))
        found = [(c, "meaning", round(cosine, 4)) for c, cosine in near if c < len(graph)]
    elif q.strip():
        found = [(concept, how, None) for concept, how in here.labels(graph).find(q)]
    else:
        rows = graph.db.execute(
            "SELECT id FROM concept ORDER BY label, iri LIMIT ? OFFSET ?", (limit, offset)
        )
        page = [found_concept(graph, c, "all") for (c,) in rows.fetchall()]
        return FoundConcepts(len(graph), page)
    return FoundConcepts(
        len(found),
        [found_concept(graph, *one) for one in found[offset : offset + limit]],
    )


@router.get("/concept")
def concept(
    request: Request,
    iri: Annotated[Label | None, Query(description="Its IRI.")] = None,
    label: Annotated[Label | None, Query(description="Or its label, or what is typed.")] = None,
    exact: Annotated[bool, Query(description="Take no label but its own.")] = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> ConceptCard:
    """One concept: definition, relations with evidence, mentions in context, what it requires.

    ``limit`` and ``offset`` page through its relations and its mentions alike.
    """
    from waygraph.app.explore import concept_card

    if (iri is None) == (label is None):
        raise Refused(422, "iri", "name a concept by iri or by label, not by both")
    here = served(request)
    graph = here.graph()
    taken: list[Taken] = []
    field = "label" if iri is None else "iri"
    number = here.number(graph, field, iri or label or "", None if exact or iri else taken)
    card = concept_card(here.place, graph, here.data(), number, limit, offset)
    return replace(card, taken=taken[0]) if taken else card


@router.get("/document")
def document(
    request: Request,
    address: Annotated[Label, Query(description="As evidence names it.")],
    line: Annotated[int | None, Query(ge=1, description="Lines around this one.")] = None,
    around: Annotated[int, Query(ge=0, le=10_000, description="How many before and after.")] = 100,
) -> DocumentText:
    """A document as it was read, whole or around a line: text with line numbers, no markup."""
    from waygraph.read.snapshots import Snapshots

    here = served(request)
    with Snapshots(here.place.folder / "documents.sqlite") as snapshots:
        found = snapshots.document(address)
    if found is None:
        raise Refused(404, "address", f"no document {address!r} was ingested")
    lines = lines_of(found)
    if line is not None and line > len(lines):
        raise Refused(404, "line", f"{address} has {len(lines)} lines")
    first = max(1, line - around) if line else 1
    last = min(len(lines), line + around) if line else len(lines)
    return DocumentText(
        found.address,
        found.title,
        found.date,
        found.day,
        line or 0,
        len(lines),
        [Line(number, lines[number - 1]) for number in range(first, last + 1)],
    )


@router.get("/neighbourhood")
def neighbourhood(
    request: Request,
    iri: Annotated[Label, Query(description="A concept: IRI, label or alias.")],
    hops: Annotated[int, Query(ge=0, le=6, description="Relations away, at most.")] = 1,
    limit: Annotated[int, Query(ge=1, le=5000, description="Nodes at most.")] = 200,
    relation: Annotated[list[Label], Query(description="Only these relations.")] = [],  # noqa: B006  # FastAPI copies it
    confidence: Annotated[float, Query(ge=0, le=1, description="At least so sure.")] = 0.0,
    day: Annotated[
        int | None, Query(ge=-(10**9), le=10**9, description="Only what was there by this day.")
    ] = None,
) -> Neighbourhood:
    """What lies around a concept, the nearest and surest first; never the whole graph at once."""
    from waygraph.app.explore import neighbourhood as around

    here = served(request)
    unknown = [name for name in relation if name not in PREDICATES]
    if unknown:
        known = ", ".join(sorted(PREDICATES))
        raise Refused(422, "relation", f"{unknown[0]!r} is no relation", f"known: {known}")
    graph = here.graph()
    middle = here.number(graph, "iri", iri)
    return around(
        graph, middle, hops, limit,
        relations=relation, confidence=confidence, day=day, dated=days_known(here),
    )  # fmt: skip


def days_known(here: Served) -> Dated:
    """The days of the workspace's documents and concepts; read once a state of the datagraph."""
    from waygraph.app.explore import dated

    data = here.data()
    return here.once("dated", here.state(), lambda: dated(data))
