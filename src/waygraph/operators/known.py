"""What a gazetteer knows, where the notes name it."""

from __future__ import annotations

from dataclasses import replace

from waygraph.compute.operator import built_once
from waygraph.labels import key
from waygraph.model import (
    Alias,
    Candidate,
    Candidates,
    Concept,
    ConceptTable,
    Document,
    ExternalMatch,
    Lexicon,
    Span,
)
from waygraph.operators.mentions import Finder


class Known:
    """What a gazetteer knows, wherever a document names it."""

    def __init__(self, gazetteer: ConceptTable) -> None:
        self._concepts = {concept.slug: concept for concept in gazetteer.concepts}
        self._finder = Finder(Lexicon(gazetteer))

    def added(self, document: Document, found: Candidates) -> Candidates:
        """``found``, and what the gazetteer knows; its IRIs are matches."""
        named = self._named(document)
        if not named:
            return found
        rows = (Candidate(key(c.label), c.label, "gazetteer", span) for c, span in named)
        matches = (ExternalMatch(key(c.label), iri) for c, _ in named for iri in c.matches)
        return replace(found, found=(*found.found, *rows), matches=(*found.matches, *matches))

    def aliases(self, document: Document) -> list[Alias]:
        """The other labels that the gazetteer has for what a document names."""
        return [
            Alias(key(c.label), key(other), other, "gazetteer", c.label, span)
            for c, span in self._named(document)
            for other in c.aliases
            if key(other) != key(c.label)
        ]

    def _named(self, document: Document) -> list[tuple[Concept, Span]]:
        """What a document names of it, by slug, each with the first place."""
        if not self._concepts:
            return []
        places: dict[str, Span] = {}
        for mention in self._finder.find(document):
            places.setdefault(mention.concept, mention.span)
        return [(self._concepts[slug], span) for slug, span in sorted(places.items())]


known_of = built_once(Known)
