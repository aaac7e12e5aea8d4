"""Prerequisites: hints from all documents, joined, and made free of cycles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from waygraph.compute.operator import Between, operator
from waygraph.model import Prerequisites, Relation, Relations
from waygraph.operators.acyclic import Acyclic, by_pair, joined_confidence


@operator(version="2")
def prerequisites(
    relations: Sequence[Relations], *, threshold: Annotated[float, Between(0, 1)] = 0.35
) -> Prerequisites:
    """The hints worth believing, in a set that holds no cycle.

    Claims for the same pair are joined as if independent; pairs below ``threshold`` are
    left out. Pairs enter by falling confidence (then by name), and one that would close a
    cycle is dropped: the weakest evidence gives way.
    """
    claims = by_pair(hint for document in relations for hint in document.hints)
    joined = {pair: joined_confidence(hints) for pair, hints in claims.items()}
    believed = {pair: sure for pair, sure in joined.items() if sure >= threshold}
    order = Acyclic(believed)
    kept = [hint for pair in order.kept for hint in claims[pair]]
    dropped = [hint for pair in believed.keys() - order.kept for hint in claims[pair]]
    return Prerequisites(_ordered(kept), _ordered(dropped))


def _ordered(claims: list[Relation]) -> tuple[Relation, ...]:
    return tuple(sorted(claims, key=lambda c: (c.address, c.subject, c.object, c.rule)))
