"""Steps of a plan: why each follows, what to read, how it reads as a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from waygraph.answer import Named, Reading, Step
from waygraph.search.closure import Needed
from waygraph.search.concept_graph import ConceptGraph
from waygraph.search.cost import UNIT
from waygraph.search.engine import path_cost
from waygraph.strength import HELPS, LIKELY, basis
from waygraph.vocab import PREDICATES

NOTHING = Reading("", "", 0.0)


def step_of(graph: ConceptGraph, needed: Needed, spine: Sequence[int]) -> Step:
    """A place in the plan with its relation, reason and best reading."""
    concept, named = needed.concept, graph.named(needed.concept)
    reading = next(iter(graph.readings(concept)), NOTHING)
    if needed.by is not None and needed.relation is not None:
        need = graph.relation(needed.relation)
        relation = need.predicate if need.subject == concept else INVERSE[need.predicate]
        return Step(
            named, relation, need.reason, reading, 0.0, needed.confidence,
            graph.named(needed.by), False, None, need.strength, basis(need.strength, need.rule),
        )  # fmt: skip
    at = spine.index(concept)
    if at == 0:
        return Step(named, "start", graph.introduction(concept), reading, 0.0)
    before = spine[at - 1]
    found = graph.relation(graph.relation_behind(before, concept))
    relation = found.predicate if found.subject == concept else INVERSE[found.predicate]
    cost = round(path_cost(graph, (before, concept)) / UNIT, 6)
    return Step(
        named, relation, found.reason, reading, cost, found.confidence, graph.named(before),
        True, None, found.strength, basis(found.strength, found.rule),
    )  # fmt: skip


def read_once(steps: Iterable[Step]) -> Iterator[Step]:
    """The steps, each reading at the first that it serves."""
    first: dict[tuple[str, str, int], Named] = {}
    for step in steps:
        before = first.setdefault(step.read.place, step.concept)
        if not step.read.source or before is step.concept:
            yield step
        else:
            yield replace(step, read=NOTHING, read_with=before)


def describe(step: Step) -> str:
    """A step's relation as a sentence: "A* search requires heuristic"."""
    name, turned = _turned(step.relation)
    _, forward, backward = PREDICATES[name]
    if name == "requires":
        forward, backward = _UNSURE.get(step.strength, (forward, backward))
    other = step.to.label if step.to else ""
    return f"{step.concept.label} {backward if turned else forward} {other}"


_UNSURE = {
    LIKELY: ("likely requires", "is likely required by"), HELPS: ("is helped by", "helps with"),
}  # fmt: skip
INVERSE = {
    "broader": "narrower",
    "partOf": "hasPart",
    "requires": "requiredBy",
    "uses": "usedBy",
    "related": "related",
}


def _turned(relation: str) -> tuple[str, bool]:
    if relation in PREDICATES:
        return relation, False
    return next(name for name, inverse in INVERSE.items() if inverse == relation), True
