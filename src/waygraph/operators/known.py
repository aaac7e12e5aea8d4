"""What a gazetteer knows, where the notes name it."""

from __future__ import annotations

from dataclasses import replace

from waygraph.labels import key
from waygraph.model import (
    Alias,
    Candidate,
    Candidates,
    ConceptTable,
    Document,
    ExternalMatch,
    Span,
)
from waygraph.operators.mentions import Finder


class Known:
    """What a gazetteer knows, wherever a document names it."""

    def __init__(self, gazetteer: ConceptTable) -> None:
        self._concepts = {concept.slug: concept for concept in gazetteer.concepts}
        self._finder = Finder(gazetteer)

    def added(self, document: Document, found: Candidates) -> Candidates:
        """``found``, and what the gazetteer knows: its labels are aliases, its IRIs matches."""
        if not self._concepts:
            return found
        places: dict[str, Span] = {}
        for mention in self._finder.find(document):
            places.setdefault(mention.concept, mention.span)
        named = [(self._concepts[slug], span) for slug, span in sorted(places.items())]
        return replace(
            found,
            found=found.found
            + tuple(Candidate(key(c.label), c.label, "gazetteer", span) for c, span in named),
            aliases=found.aliases
            + tuple(
                Alias(key(c.label), key(other), other, "gazetteer")
                for c, _ in named
                for other in c.aliases
                if key(other) != key(c.label)
            ),
            matches=found.matches
            + tuple(ExternalMatch(key(c.label), iri) for c, _ in named for iri in c.matches),
        )
