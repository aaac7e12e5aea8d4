"""Taxonomy: which relations of single documents cannot stand beside those of the others."""

from __future__ import annotations

from collections.abc import Sequence

from waygraph.compute.operator import operator
from waygraph.decisions import NO_RELATION_RULINGS, RelationRulings
from waygraph.model import ConceptTable, Refused, Relations
from waygraph.operators.acyclic import Acyclic, by_pair, joined_confidence
from waygraph.operators.ruled import ruled

_NO_CONCEPTS = ConceptTable(())


@operator(version="2")
def taxonomy(
    relations: Sequence[Relations],
    concepts: ConceptTable = _NO_CONCEPTS,
    relation_rulings: RelationRulings = NO_RELATION_RULINGS,
) -> Refused:
    """What SKOS does not allow of the relations together, and what a person rejected.

    ``broader`` must hold no cycle: the weakest pair gives way, and none to an accepted one.
    Two concepts of which one is broader than the other, in any number of steps, cannot be
    ``related`` as well (SKOS Reference, section 8.4, condition S27).
    """
    decided = ruled(relation_rulings, concepts)
    found = [claim for document in relations for claim in document.found]
    barred = [claim for claim in found if decided.bars(claim)]
    left = [claim for claim in found if not decided.bars(claim)]
    related = decided.accepts("related")
    broader = by_pair(
        claim
        for claim in left
        if claim.predicate == "broader" and (claim.subject, claim.object) not in related
    )
    sure = {pair: joined_confidence(claims) for pair, claims in broader.items()}
    order = Acyclic(sure | decided.accepts("broader"))
    pairs = {(c.subject, c.object) for c in left if c.predicate == "broader"}
    refused = {(one, "broader", two) for one, two in pairs - order.kept}
    for one, two in {(c.subject, c.object) for c in left if c.predicate == "related"}:
        if order.reaches(one, two) or order.reaches(two, one):
            refused.add((one, "related", two))
    claims = [c for c in left if (c.subject, c.predicate, c.object) in refused] + barred
    return Refused(tuple(sorted({(c.address, c.subject, c.predicate, c.object) for c in claims})))
