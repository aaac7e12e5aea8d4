"""What a person decided of relations, in the concepts of the corpus."""

from __future__ import annotations

from dataclasses import dataclass

from waygraph.decisions import RelationRulings
from waygraph.model import ConceptTable, Relation
from waygraph.operators.acyclic import Acyclic, Pair

Triple = tuple[str, str, str]
_ORDERED = ("requires", "broader")


@dataclass(frozen=True, slots=True)
class Ruled:
    """Triples of slugs; those of ``related`` stand both ways round.

    ``accepted`` are free of cycles; ``cyclic`` are those that would have closed one with
    earlier decisions. ``rejected`` goes with the document that says it, "" for all of them.
    """

    accepted: tuple[Triple, ...]
    cyclic: tuple[Triple, ...]
    rejected: frozenset[tuple[str, Triple]]

    def bars(self, claim: Relation) -> bool:
        """Whether a claim was rejected."""
        triple = (claim.subject, claim.predicate, claim.object)
        return ("", triple) in self.rejected or (claim.address, triple) in self.rejected

    def accepts(self, predicate: str) -> dict[Pair, float]:
        """The pairs of which a relation was accepted, surer than any claim of a note."""
        return {(one, two): 2.0 for one, relation, two in self.accepted if relation == predicate}


def ruled(rulings: RelationRulings, concepts: ConceptTable) -> Ruled:
    """The rulings whose two ends are different concepts of the table."""
    slugs = concepts.slugs() if rulings.accepted or rulings.rejected else {}

    def triples(one: str, relation: str, two: str) -> list[Triple]:
        ends = slugs.get(one, ""), slugs.get(two, "")
        if not all(ends) or ends[0] == ends[1]:
            return []
        both = [ends, ends[::-1]] if relation == "related" else [ends]
        return [(subject, relation, object_) for subject, object_ in both]

    accepted = dict.fromkeys(t for ruling in rulings.accepted for t in triples(*ruling))
    cyclic: list[Triple] = []
    for name in _ORDERED:
        pairs = [(one, two) for one, relation, two in accepted if relation == name]
        order = Acyclic({pair: -float(i) for i, pair in enumerate(pairs)})
        cyclic += [(one, name, two) for one, two in pairs if (one, two) not in order.kept]
    rejected = frozenset(
        (address, triple)
        for one, relation, two, address in rulings.rejected
        for triple in triples(one, relation, two)
    )
    return Ruled(tuple(t for t in accepted if t not in cyclic), tuple(cyclic), rejected)
