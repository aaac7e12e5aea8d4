"""Learning paths: an optimal spine through the concept graph, with reasons and readings."""

from __future__ import annotations

from dataclasses import replace

from waygraph.errors import NoPath
from waygraph.model import LearningPath, Named, Quote, Reading, Step
from waygraph.search.concept_graph import ConceptGraph
from waygraph.search.cost import UNIT
from waygraph.search.engine import arc_between, search
from waygraph.vocab import PREDICATES


def learning_path(graph: ConceptGraph, start: int, goal: int) -> LearningPath:
    """The cheapest learning path from one concept to another, found by A*.

    Raises:
        NoPath: no relation joins the two; says which piece of the graph each lies in.
    """
    if graph.pieces[start] != graph.pieces[goal]:
        raise _no_path(graph, start, goal)
    found = search(graph, {start: 0}, goal)
    if found is None:
        raise _no_path(graph, start, goal)
    read: set[tuple[str, str]] = set()
    first = graph.named(start)
    steps = [Step(first, "start", graph.introduction(start), _reading(graph, start, read), 0.0)]
    for before, concept in zip(found.concepts, found.concepts[1:], strict=False):
        arc = arc_between(graph, before, concept)
        relation, confidence, reason = _relation(graph, before, concept, graph.relations[arc])
        steps.append(
            Step(
                graph.named(concept),
                relation,
                reason,
                _reading(graph, concept, read),
                round(graph.forward.costs[arc] / UNIT, 6),
                confidence,
            )
        )
    return LearningPath(
        start=first,
        goal=graph.named(goal),
        cost=round(found.cost / UNIT, 6),
        optimal=True,
        bound=1.0,
        expansions=found.expansions,
        steps=tuple(steps),
    )


def foundation(graph: ConceptGraph, goal: int) -> int:
    """Where to begin when nothing is said: what the goal needs first.

    Follows ``requires`` from the goal, at every concept the surest one, to a concept that
    requires nothing for sure. The goal itself if it requires nothing.
    """
    at, seen = goal, {goal}
    while True:
        following = next((c for c in graph.prerequisites(at, _SURE) if c not in seen), None)
        if following is None:
            return at
        at = following
        seen.add(at)


_SURE = 0.5


def describe(step: Step, before: Named) -> str:
    """A step's relation as a sentence: "A* search requires heuristic"."""
    name, turned = _turned(step.relation)
    _, forward, backward = PREDICATES[name]
    return f"{step.concept.label} {backward if turned else forward} {before.label}"


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


def _relation(
    graph: ConceptGraph, before: int, concept: int, number: int
) -> tuple[str, float, Quote]:
    """The relation as the step's concept has it to the concept before, confidence, reason."""
    subject, predicate, _, confidence, _, reason = graph.relation(number)
    name = predicate if subject == concept else INVERSE[predicate]
    return name, confidence, reason


def _reading(graph: ConceptGraph, concept: int, read: set[tuple[str, str]]) -> Reading:
    """The best reading that no earlier step lists; else the best one again, with 0 minutes."""
    options = graph.readings(concept)
    for reading in options:
        if (reading.source, reading.heading) not in read:
            read.add((reading.source, reading.heading))
            return reading
    return replace(options[0], minutes=0.0) if options else Reading("", "", 0.0)


def _no_path(graph: ConceptGraph, start: int, goal: int) -> NoPath:
    lines = []
    for concept in (start, goal):
        size, examples = graph.piece(concept)
        label = graph.named(concept).label
        others = [e for e in examples if e != label]
        around = f"with {', '.join(others)}" if others else "alone"
        lines.append(f"{label!r} lies in a piece of {size} concept{'s' * (size != 1)}, {around}")
    return NoPath(
        f"no path from {graph.named(start).label!r} to {graph.named(goal).label!r}: "
        "no relation joins their pieces of the concept graph\n" + "\n".join(lines),
        "write or ingest a note that names a concept of each in one sentence",
    )
