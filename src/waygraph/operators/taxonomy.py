"""Taxonomy: which relations of single documents cannot stand beside those of the others."""

from __future__ import annotations

from collections.abc import Sequence

from waygraph.compute.operator import operator
from waygraph.model import Refused, Relations
from waygraph.operators.acyclic import Acyclic, by_pair, joined_confidence


@operator(version="1")
def taxonomy(relations: Sequence[Relations]) -> Refused:
    """What SKOS does not allow of the relations together.

    ``broader`` must hold no cycle: the weakest pair gives way. Two concepts of which one is
    broader than the other, in any number of steps, cannot be ``related`` as well (SKOS
    Reference, section 8.4, condition S27).
    """
    found = [claim for document in relations for claim in document.found]
    broader = by_pair(claim for claim in found if claim.predicate == "broader")
    order = Acyclic({pair: joined_confidence(claims) for pair, claims in broader.items()})
    refused = {(one, "broader", two) for one, two in broader.keys() - order.kept}
    for one, two in {(c.subject, c.object) for c in found if c.predicate == "related"}:
        if order.reaches(one, two) or order.reaches(two, one):
            refused.add((one, "related", two))
    ends = ((c.address, c.subject, c.predicate, c.object) for c in found)
    return Refused(tuple(sorted({claim for claim in ends if claim[1:] in refused})))
