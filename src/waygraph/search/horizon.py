"""What can be learned next, and what is much needed but little explained."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from waygraph.answer import Named, Reading
from waygraph.search.concept_graph import ConceptGraph
from waygraph.search.cost import UNIT
from waygraph.strength import HELPS

# What is said to be used counts from this confidence.
_SURE = 0.5


@dataclass(frozen=True, slots=True)
class Learnable:
    """A concept whose prerequisites are all known.

    ``after`` is the known concept it follows most easily, None where nothing known is
    related; ``cost`` is that step's. ``opens`` counts the concepts that require it.
    """

    concept: Named
    after: Named | None
    cost: float
    opens: int
    read: Reading | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A concept that many others rest on and that the notes explain little.

    ``needed_by`` are those that surely require or use it; ``minutes`` is all there is to read.
    """

    concept: Named
    needed_by: tuple[Named, ...]
    defined: bool
    minutes: float


def learnable(graph: ConceptGraph, known: Collection[int], count: int) -> list[Learnable]:
    """What can be learned now: related to what is known, with nothing missing first.

    What opens most comes first, then what follows most easily. With nothing known, these are
    concepts that require nothing and that others require.
    """
    steps: dict[int, tuple[int, int]] = {}
    for concept in sorted(known):
        for target, cost in graph.forward.row(concept):
            if target not in known and (cost, concept) < steps.get(target, (1 << 62, 0)):
                steps[target] = (cost, concept)
    needs = _sure_pairs(graph)
    opens = [0] * len(graph)
    missing: set[int] = set()
    for subject, object_ in needs:
        opens[object_] += subject not in known
        if object_ not in known:
            missing.add(subject)
    if not known:
        steps = {c: (0, -1) for c in range(len(graph)) if opens[c]}
    ready = [c for c in steps if c not in missing]
    ready.sort(key=lambda c: (-opens[c], steps[c]))
    return [
        Learnable(
            graph.named(concept),
            graph.named(steps[concept][1]) if steps[concept][1] >= 0 else None,
            round(steps[concept][0] / UNIT, 6),
            opens[concept],
            next(iter(graph.readings(concept)), None),
        )
        for concept in ready[:count]
    ]


def _sure_pairs(graph: ConceptGraph) -> list[tuple[int, int]]:
    """(subject, object) of all sure prerequisites."""
    return graph.db.execute(
        "SELECT DISTINCT subject, object FROM relation WHERE predicate = 'requires' "
        "AND strength <> ? AND subject <> object ORDER BY subject, object",
        (HELPS,),
    ).fetchall()


def gaps(graph: ConceptGraph, known: Collection[int], count: int) -> list[Gap]:
    """Concepts much needed and little explained, the widest gap first.

    A gap is as wide as the number of concepts that need it, over one and the minutes there are
    to read; a definition counts as a minute. What is known is no gap.
    """
    rows = graph.db.execute(
        "SELECT object, subject FROM relation WHERE subject <> object AND "
        "(predicate = 'requires' AND strength <> ? OR predicate = 'uses' AND confidence >= ?) "
        "ORDER BY object, subject",
        (HELPS, _SURE),
    )
    needed: dict[int, dict[int, None]] = {}
    for object_, subject in rows:
        if object_ not in known:
            needed.setdefault(object_, {})[subject] = None
    minutes: dict[int, float] = dict(
        graph.db.execute("SELECT concept, SUM(minutes) FROM reading GROUP BY concept")
    )
    defined = {i for (i,) in graph.db.execute("SELECT id FROM concept WHERE definition <> ''")}

    def width(concept: int) -> float:
        explained = 1 + minutes.get(concept, 0.0) + (concept in defined)
        return len(needed[concept]) / explained

    widest = sorted(needed, key=lambda c: (-width(c), c))[:count]
    return [
        Gap(
            graph.named(concept),
            tuple(graph.named(subject) for subject in needed[concept]),
            concept in defined,
            round(minutes.get(concept, 0.0), 1),
        )
        for concept in widest
    ]
