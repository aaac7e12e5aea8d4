"""Replaying decisions: what becomes of them when notes are renamed, edited or gone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from waygraph.app.decisions import Decided, append_decision, read_decisions
from waygraph.app.graphs import decisions_run
from waygraph.config import Workspace
from waygraph.decisions import Decision
from waygraph.labels import key
from waygraph.model import ConceptTable, Failure

if TYPE_CHECKING:
    from waygraph.operators.ruled import Ruled
    from waygraph.store.dataset import NamedGraph


def follow_renames(place: Workspace, renamed: Sequence[tuple[str, str]]) -> None:
    """Write into the file that notes moved, if decisions hold in them alone."""
    ruled = {d.note for d in read_decisions(place).force if d.note}
    for old, new in renamed:
        if old in ruled:
            append_decision(place, Decision("move", (old, new)), "waygraph")


def unmet(
    decisions: Sequence[Decision], table: ConceptTable, ruled: Ruled, documents: Collection[str]
) -> list[Failure]:
    """The decisions that rule on what is not there, or contradict each other, and why.

    Args:
        decisions: those in force.
        table: the concepts they made.
        ruled: what they come to for relations.
        documents: the addresses there are.
    """
    scene = _Scene(table, table.slugs(), ruled, documents)
    return [
        Failure(decision.source, f"{decision.statement()}: {reason}", decision.line)
        for decision in decisions
        if (reason := scene.gone(decision) or scene.contradicted(decision))
    ]


def decisions_graph(
    place: Workspace, decided: Decided, table: ConceptTable, ruled: Ruled
) -> Iterator[tuple[str, NamedGraph]]:
    """The decisions' own named graph, by its IRI; none if no decision is in force."""
    from waygraph.store.dataset import NamedGraph
    from waygraph.store.decided import decisions_graph
    from waygraph.vocab import graph_iri

    if decided.force:
        base = place.settings.base
        lines = decisions_graph(base, decided.force, table, frozenset(ruled.accepted))
        run = decisions_run(base)
        yield graph_iri(base, "decisions"), NamedGraph.of(lines, run)


@dataclass(frozen=True, slots=True)
class _Scene:
    table: ConceptTable
    slugs: Mapping[str, str]
    ruled: Ruled
    documents: Collection[str]

    def gone(self, decision: Decision) -> str:
        """What a decision rules on and is not there any longer; empty if all is."""
        if decision.note and decision.note not in self.documents:
            return f"there is no note {decision.note}"
        for term in decision.terms[: 1 if decision.verb == "rename" else None]:
            if key(term) in self.table.unnamed:
                return f"no note names {term!r} by itself"
            concepts = decision.relation or decision.verb in ("merge", "rename", "know")
            if concepts and key(term) not in self.slugs:
                return f"no concept is called {term!r}"
        return ""

    def contradicted(self, decision: Decision) -> str:
        """Which other decision stands against it; empty if none does."""
        ends = [self.slugs.get(key(term), "") for term in decision.terms]
        one = len(set(ends)) == 1
        if decision.verb == "split":
            return "another decision merges them" if one and ends[0] else ""
        if decision.verb == "merge":
            return "" if one else "another decision keeps them apart"
        if decision.relation and one:
            return "its two ends are one concept now"
        if decision.holds and (ends[0], decision.relation, ends[-1]) in self.ruled.cyclic:
            return "with earlier decisions it would close a cycle, so it is left out"
        return ""
