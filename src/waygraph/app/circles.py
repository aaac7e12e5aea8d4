"""Circles of ``requires`` that authors wrote: each is shown, with what was left out of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from waygraph.model import ConceptTable, Failure, Prerequisites, Relation
from waygraph.strength import BY_AUTHOR

if TYPE_CHECKING:
    from waygraph.compute.values import Results
    from waygraph.read.snapshots import Snapshots


def circles(results: Results, table: ConceptTable, snapshots: Snapshots) -> Iterator[Failure]:
    """What authors wrote that others contradict: the circle by files and lines, and what gave
    way in it."""
    item = results.whole.get("prerequisites")
    if item is None or BY_AUTHOR.encode() not in item.data:
        return
    found = results.one("prerequisites", Prerequisites)
    labels = {concept.slug: concept.label for concept in table.concepts}
    written = [claim for claim in found.dropped if claim.rule == BY_AUTHOR]
    for claim in {(c.subject, c.object): c for c in reversed(written)}.values():
        steps = [claim, *_way(found.kept, claim.object, claim.subject)]
        shown = "; ".join(
            f"{labels.get(step.subject)} requires {labels.get(step.object)}"
            f" ({step.address}:{_line(step, snapshots)})"
            for step in steps
        )
        said = f"goes round in a circle: {shown}; the first was left out: correct one of them"
        yield Failure(claim.address, said, _line(claim, snapshots))


def _way(kept: tuple[Relation, ...], start: str, goal: str) -> list[Relation]:
    """A shortest chain of kept claims from one concept to another; what authors wrote first."""
    onward: dict[str, dict[str, Relation]] = {}
    for claim in sorted(kept, key=lambda c: (c.rule != BY_AUTHOR, c.address, c.subject, c.object)):
        onward.setdefault(claim.subject, {}).setdefault(claim.object, claim)
    came: dict[str, Relation | None] = {start: None}
    waiting = deque([start])
    while waiting and goal not in came:
        here = waiting.popleft()
        for following, claim in onward.get(here, {}).items():
            if following not in came:
                came[following] = claim
                waiting.append(following)
    way: list[Relation] = []
    while step := came.get(goal):
        way.append(step)
        goal = step.subject
    return way[::-1]


def _line(claim: Relation, snapshots: Snapshots) -> int:
    document = snapshots.document(claim.address)
    return document.line_of(document.source_span(claim.evidence[0])[0]) if document else 0
