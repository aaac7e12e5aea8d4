"""Decisions -> RDF: who ruled what, when and why, and the relations that hold by decision.

Their named graph is the decisions' alone: no operator writes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from waygraph.decisions import Decision
from waygraph.labels import key
from waygraph.model import ConceptTable, digest_of
from waygraph.store.convert import Triples, fraction, iri, moment, text, whole
from waygraph.strength import DECISION, REQUIRED
from waygraph.vocab import (
    DCTERMS,
    PREDICATES,
    PROV,
    RDF,
    SCHEMA,
    WG,
    agent_iri,
    claim_iri,
    concept_iri,
    decision_iri,
)

Triple = tuple[str, str, str]


def decisions_graph(
    base: str,
    decisions: Iterable[Decision],
    table: ConceptTable,
    accepted: Collection[Triple],
) -> list[str]:
    """The sorted N-Triples lines of the decisions in force.

    Args:
        base: the IRI under which things are named.
        decisions: those in force.
        table: the concepts that their labels may name.
        accepted: (slug, relation, slug) of the relations that hold by decision.
    """
    out, slugs = Triples(set()), table.slugs()
    for decision in decisions:
        ends = [slugs.get(key(term), "") for term in decision.terms]
        me = _decision(out, base, decision, ends)
        if decision.relation and decision.holds and all(ends):
            # a symmetric relation is written once
            one, two = sorted(ends) if decision.relation == "related" else ends
            if (one, decision.relation, two) in accepted:
                _relation(out, base, (one, decision.relation, two), me)
    return sorted(out.lines)


def _decision(out: Triples, base: str, decision: Decision, ends: list[str]) -> str:
    stated = (decision.statement(), decision.who, decision.when, decision.source)
    me, agent = decision_iri(base, digest_of(*stated)[:24]), agent_iri(base, decision.who)
    out.add(me, RDF + "type", iri(WG + "Decision"))
    out.add(me, WG + "statement", text(decision.statement()))
    out.add(me, WG + "address", text(decision.source))
    out.add(me, WG + "line", whole(decision.line))
    out.add(me, WG + "concerns", *(iri(concept_iri(base, slug)) for slug in ends if slug))
    out.add(me, PROV + "wasAttributedTo", iri(agent))
    out.add(agent, RDF + "type", iri(PROV + "Agent"))
    out.add(agent, SCHEMA + "name", text(decision.who))
    if decision.when:
        out.add(me, PROV + "generatedAtTime", moment(decision.when))
    if decision.why:
        out.add(me, DCTERMS + "description", text(decision.why))
    return me


def _relation(out: Triples, base: str, relation: Triple, decision: str) -> None:
    """The triple, and the claim whose ground is the decision."""
    subject, object_ = concept_iri(base, relation[0]), concept_iri(base, relation[2])
    predicate = PREDICATES[relation[1]][0]
    me = claim_iri(base, digest_of(subject, predicate, object_, decision)[:24])
    out.add(subject, predicate, iri(object_))
    out.add(me, RDF + "type", iri(WG + "Claim"))
    out.add(me, RDF + "subject", iri(subject))
    out.add(me, RDF + "predicate", iri(predicate))
    out.add(me, RDF + "object", iri(object_))
    out.add(me, WG + "confidence", fraction(1.0))
    out.add(me, WG + "rule", text(DECISION))
    if relation[1] == "requires":
        out.add(me, WG + "strength", text(REQUIRED))
    out.add(me, PROV + "wasDerivedFrom", iri(decision))
