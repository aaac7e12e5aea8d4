"""Paths: a plan, how it was found, what can be learned next, and what would bridge a gap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypeVar

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from waygraph.answer import LearningPath, LeftOut, Named, Step, Taken
from waygraph.app.paths import Compared
from waygraph.app.web.faults import ERRORS, Refused, refused
from waygraph.app.web.models import Label, Limit, Offset, media
from waygraph.app.web.routes_concepts import served
from waygraph.app.web.served import Served
from waygraph.errors import WaygraphError
from waygraph.search.engine import ALGORITHMS
from waygraph.search.horizon import Gap, Learnable
from waygraph.search.islands import Bridge

if TYPE_CHECKING:
    from waygraph.search.concept_graph import ConceptGraph
    from waygraph.search.engine import Expansion
    from waygraph.search.plan import Question

T = TypeVar("T")
router = APIRouter(prefix="/api", responses=ERRORS, tags=["paths"])
TraceLimit = Annotated[int, Query(ge=1, le=5000, description="How many expansions at most.")]
Labels = Annotated[list[Label], Field(max_length=1000)]
Goal = Annotated[Label, Query(description="What to learn: a label, alias or IRI.")]
From = Annotated[list[Label], Query(alias="from", description="Where to begin.")]
Known = Annotated[list[Label], Query(description="What is known, besides what decisions say.")]


class Asked(BaseModel):
    """A question for a learning path; every concept is a label, an alias or an IRI.

    ``from``: where to begin, of several at the best; without it with what the goal rests on
    and is not known. ``known``: besides what decisions say; ``implied``: who knows a
    concept knows what it surely requires. ``minutes`` of reading at most, ``max_steps`` at
    most; ``alternatives``: how many other paths; ``avoid``: what the path must not touch;
    ``via``: what it must pass, in this order (neither with ``max_steps`` nor ``alternatives``);
    ``everything``: all that the goal rests on, not as many steps as the settings say; goal,
    ``from`` and ``via`` may be what people type, unless ``exact``;
    ``algorithm``: one of those that ``/api/status`` lists.
    """

    model_config = ConfigDict(populate_by_name=True)

    goal: Label
    start: Labels = Field(default=[], alias="from")
    known: Labels = []
    implied: bool = True
    minutes: float | None = Field(default=None, ge=0, le=1e9)
    max_steps: int | None = Field(default=None, ge=1, le=10_000)
    alternatives: int = Field(default=0, ge=0, le=20)
    avoid: Labels = []
    via: Annotated[list[Label], Field(max_length=20)] = []
    everything: bool = False
    exact: bool = False
    algorithm: Annotated[str, Field(max_length=40)] = "bidirectional-a-star"


Query_ = Annotated[Asked, Query()]


class Plan(BaseModel):
    """A learning path, as ``waygraph path --format json`` prints it.

    ``cost`` is that of the spine, at most ``bound`` times the least possible (1 where
    ``optimal``; 0 where nothing is known of it). ``minutes`` of reading are an estimate.
    ``steps`` are in an order that violates no prerequisite; ``left_out`` says what a budget
    left out and why; ``differs`` how an alternative differs from those before it;
    ``nothing_before`` says that the notes hold nothing that comes before the goal; ``taken`` what
    was taken for names that are no label.
    """

    model_config = ConfigDict(populate_by_name=True)

    start: Named = Field(alias="from")
    goal: Named
    cost: float
    optimal: bool
    bound: float
    expansions: int
    steps: list[Step]
    alternatives: list[Plan]
    algorithm: str
    minutes: float
    left_out: list[LeftOut]
    notes: list[str]
    differs: str
    nothing_before: bool
    taken: list[Taken]


@dataclass(frozen=True, slots=True)
class Expanded:
    """One expansion of a search: from which end ("start" or "goal"), what, at which path cost."""

    end: str
    iri: str
    label: str
    path_cost: float


@dataclass(frozen=True, slots=True)
class Trace:
    """The expansions of a search in their order, to be replayed.

    ``total`` counts all, ``expansions`` holds the page that was asked for; ``path`` is the
    spine that the search found, from its start to the goal. ``taken``: see ``Plan``.
    """

    algorithm: str
    cost: float
    optimal: bool
    bound: float
    total: int
    touched: int
    path: list[Named]
    expansions: list[Expanded]
    taken: list[Taken]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every algorithm on the same question; ``taken``: see ``Plan``."""

    algorithms: list[Compared]
    taken: list[Taken]


@dataclass(frozen=True, slots=True)
class LearnableNow:
    """What can be learned now, what opens most first."""

    items: list[Learnable]


@dataclass(frozen=True, slots=True)
class Gaps:
    """What many concepts rest on and the notes explain little, the widest gap first."""

    items: list[Gap]


@dataclass(frozen=True, slots=True)
class Bridges:
    """Near pairs across the gap between two concepts; none where a path joins them.

    ``taken``: see ``Plan``.
    """

    items: list[Bridge]
    taken: list[Taken]


@router.get("/path", response_model_by_alias=True)
def path(request: Request, asked: Query_) -> Plan:
    """The optimal learning path to a goal, with reasons, evidence and readings."""
    return _plan(learning_path(served(request), asked))


@router.post("/path", response_model_by_alias=True)
def post_path(request: Request, asked: Asked) -> Plan:
    """The same, asked in a body, for long lists of what is known."""
    return _plan(learning_path(served(request), asked))


@router.get("/path.md", response_class=Response, responses=media("text/markdown"))
def path_markdown(request: Request, asked: Query_) -> Response:
    """The learning path as a Markdown checklist, a file to keep."""
    from waygraph.app.render_path import path_markdown as markdown

    found = learning_path(served(request), asked)
    return _file(markdown(found).encode(), "text/markdown; charset=utf-8", found, "md")


@router.get("/path.ttl", response_class=Response, responses=media("text/turtle"))
def path_turtle(request: Request, asked: Query_) -> Response:
    """The learning path as Turtle, a ``schema:ItemList``."""
    from waygraph.app.render_path import path_turtle as turtle

    here = served(request)
    found = learning_path(here, asked)
    said = turtle(found, here.place.settings.base).encode()
    return _file(said, "text/turtle; charset=utf-8", found, "ttl")


@router.get("/path.apkg", response_class=Response, responses=media("application/octet-stream"))
def path_anki(request: Request, asked: Query_) -> Response:
    """The learning path as a deck for Anki: a card a step, its definition and words behind."""
    from waygraph.app.anki import deck

    here = served(request)
    found = learning_path(here, asked)
    return _file(deck(here.place, here.graph(), found), "application/octet-stream", found, "apkg")


def _file(data: bytes, kind: str, path: LearningPath, suffix: str) -> Response:
    from urllib.parse import quote

    name = quote("".join(c if c.isalnum() else "-" for c in path.goal.label)[:60], safe="")
    said = f"attachment; filename*=UTF-8''{name}.{suffix}"
    return Response(data, media_type=kind, headers={"content-disposition": said})


@router.get("/trace")
def trace(request: Request, asked: Query_, limit: TraceLimit = 1000, offset: Offset = 0) -> Trace:
    """The search for a path, expansion by expansion, to be watched; see ``/api/path``."""
    from waygraph.search.cost import UNIT
    from waygraph.search.plan import spine

    here = served(request)
    graph = here.graph()
    expansions: list[Expansion] = []
    taken: list[Taken] = []
    question = question_of(here, graph, asked, taken)
    found = _answered(lambda: spine(graph, question, expansions))
    page = [
        Expanded(("start", "goal")[end], *_named(graph, concept), round(cost / UNIT, 6))
        for end, concept, cost in expansions[offset : offset + limit]
    ]
    bound = question.algorithm.bound
    return Trace(
        question.algorithm.name, round(found.cost / UNIT, 6), bound == 1, bound,
        len(expansions), found.touched, [graph.named(c) for c in found.concepts], page, taken,
    )  # fmt: skip


def _named(graph: ConceptGraph, concept: int) -> tuple[str, str]:
    named = graph.named(concept)
    return named.iri, named.label


@router.get("/compare")
def compare(request: Request, asked: Query_) -> Comparison:
    """Every algorithm on the same question: cost, expansions, touched concepts, time."""
    from waygraph.app.paths import compare as compared

    here = served(request)
    graph = here.graph()
    taken: list[Taken] = []
    question = question_of(here, graph, asked, taken)
    return Comparison(_answered(lambda: compared(graph, question)), taken)


@router.get("/next")
def next_(request: Request, known: Known = [], limit: Limit = 10) -> LearnableNow:  # noqa: B006  # FastAPI copies it
    """What can be learned now: nothing that it requires is missing from what is known."""
    from waygraph.search.closure import known_closure
    from waygraph.search.horizon import learnable

    here = served(request)
    graph = here.graph()
    return LearnableNow(learnable(graph, known_closure(graph, _known(here, graph, known)), limit))


@router.get("/gaps")
def gaps(request: Request, known: Known = [], limit: Limit = 10) -> Gaps:  # noqa: B006  # FastAPI copies it
    """What many concepts rest on and the notes explain little."""
    from waygraph.search.horizon import gaps as widest

    here = served(request)
    graph = here.graph()
    return Gaps(widest(graph, _known(here, graph, known), limit))


@router.get("/bridge")
def bridge(
    request: Request,
    one: Annotated[Label, Query(description="A concept.")],
    two: Annotated[Label, Query(description="Another, on another island.")],
    limit: Annotated[int, Query(ge=1, le=50)] = 5,
) -> Bridges:
    """What would connect two concepts that no path joins: near pairs, and what to read."""
    from waygraph.search.islands import bridges

    here = served(request)
    graph = here.graph()
    taken: list[Taken] = []
    ends = here.number(graph, "one", one, taken), here.number(graph, "two", two, taken)
    return Bridges(bridges(graph, *ends, limit), taken)


def _known(here: Served, graph: ConceptGraph, labels: list[str]) -> set[int]:
    return {*graph.known(), *(here.number(graph, "known", label) for label in labels)}


def learning_path(here: Served, asked: Asked) -> LearningPath:
    """The learning path that answers a question.

    Raises:
        Refused: a label names no concept, the question contradicts itself, or no path is.
    """
    from dataclasses import replace

    from waygraph.app.freshness import outdated
    from waygraph.search import plan

    graph = here.graph()
    taken: list[Taken] = []
    question = question_of(here, graph, asked, taken)
    found = _answered(lambda: plan.learning_path(graph, question))
    late = outdated(here.place)
    notes = (*found.notes, late) if late else found.notes
    return replace(found, notes=notes, taken=tuple(taken))


def question_of(here: Served, graph: ConceptGraph, asked: Asked, taken: list[Taken]) -> Question:
    """The question in numbers; ``taken`` gets what was taken for names that are no label.

    Raises:
        Refused: a label names no concept, or the algorithm is unknown; the field is told.
    """
    from waygraph.search.plan import Question

    if asked.algorithm not in ALGORITHMS:
        known = ", ".join(ALGORITHMS)
        raise Refused(422, "algorithm", f"unknown algorithm {asked.algorithm!r}", f"known: {known}")

    told = None if asked.exact else taken

    def numbers(field: str, labels: list[str], told: list[Taken] | None = None) -> tuple[int, ...]:
        return tuple(dict.fromkeys(here.number(graph, field, label, told) for label in labels))

    return Question(
        here.number(graph, "goal", asked.goal, told),
        numbers("from", asked.start, told),
        frozenset([*numbers("known", asked.known), *graph.known()]),
        asked.implied,
        asked.minutes,
        asked.alternatives,
        frozenset(numbers("avoid", asked.avoid)),
        numbers("via", asked.via, told),
        asked.max_steps,
        ALGORITHMS[asked.algorithm],
        None if asked.everything else here.place.settings.plan_steps,
    )


def _answered(ask: Callable[[], T]) -> T:
    """What is asked; if there is no answer, the goal is what is at fault."""
    try:
        return ask()
    except WaygraphError as error:
        raise refused(error, "goal") from None


def _plan(found: LearningPath) -> Plan:
    from waygraph.app.render_path import path_json

    return Plan.model_validate(path_json(found))
