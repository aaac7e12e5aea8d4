"""When no path joins two concepts: where each lies, and what is nearest across the gap."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from heapq import nsmallest

from waygraph.answer import Named, Reading
from waygraph.errors import NoPath
from waygraph.search.concept_graph import ConceptGraph
from waygraph.search.cost import BITS, WIDTH

# Of each piece so many of its best connected concepts are compared.
_COMPARED = 300


@dataclass(frozen=True, slots=True)
class Bridge:
    """Two concepts of different pieces that are near in meaning, and what to read of each.

    ``angle`` is theirs, in [0, 1].
    """

    one: Named
    two: Named
    angle: float
    read_one: Reading | None
    read_two: Reading | None


def bridges(graph: ConceptGraph, one: int, two: int, count: int) -> list[Bridge]:
    """The ``count`` nearest pairs across the gap between two concepts' pieces, nearest first.

    None if both lie in one piece.
    """
    if graph.pieces[one] == graph.pieces[two]:
        return []
    pairs = nsmallest(
        count,
        (
            ((a ^ b).bit_count(), i, j)
            for i, a in _sketches(graph, one)
            for j, b in _sketches(graph, two)
        ),
    )
    return [
        Bridge(graph.named(i), graph.named(j), parted / BITS, _best(graph, i), _best(graph, j))
        for parted, i, j in pairs
    ]


def _sketches(graph: ConceptGraph, concept: int) -> list[tuple[int, int]]:
    """The best connected concepts of a piece with their sketches, ``concept`` among them."""
    degree, piece = graph.forward.degree, graph.pieces[concept]
    members = (i for i, other in enumerate(graph.pieces) if other == piece)
    chosen = nsmallest(_COMPARED, members, key=lambda i: (-degree(i), i))
    return [
        (i, int.from_bytes(graph.sketches[i * WIDTH : (i + 1) * WIDTH], "little"))
        for i in dict.fromkeys((concept, *chosen))
    ]


def _best(graph: ConceptGraph, concept: int) -> Reading | None:
    return next(iter(graph.readings(concept)), None)


def no_path(graph: ConceptGraph, start: int, goal: int, avoid: Collection[int] = ()) -> NoPath:
    """The error that no path joins two concepts, with all that helps to mend it."""
    one, two = graph.named(start).label, graph.named(goal).label
    if graph.pieces[start] == graph.pieces[goal]:
        barred = ", ".join(repr(graph.named(concept).label) for concept in sorted(avoid))
        return NoPath(
            f"no path from {one!r} to {two!r} without {barred}", "avoid less, or begin elsewhere"
        )
    lines = [_piece(graph, concept) for concept in (start, goal)]
    nearest = bridges(graph, start, goal, 1)[0]
    lines.append(f"nearest across the gap: {nearest.one.label!r} and {nearest.two.label!r}")
    return NoPath(
        f"no path from {one!r} to {two!r}: "
        "no relation joins their pieces of the concept graph\n" + "\n".join(lines),
        "write or ingest a note that names both in one sentence "
        f'(waygraph bridge "{one}" "{two}" shows more pairs, and what to read)',
    )


def _piece(graph: ConceptGraph, concept: int) -> str:
    size, examples = graph.piece(concept)
    label = graph.named(concept).label
    others = [e for e in examples if e != label]
    around = f"with {', '.join(others)}" if others else "alone"
    return f"{label!r} lies in a piece of {size} concept{'s' * (size != 1)}, {around}"
