"""Relations: what one document says of how concepts relate, each with its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

from waygraph.compute.operator import Between, built_once, operator
from waygraph.labels import key
from waygraph.model import (
    Document,
    Lexicon,
    Mentions,
    Parse,
    Relation,
    Relations,
    Span,
    Targets,
)
from waygraph.operators.portraits import names_within
from waygraph.operators.reader import Reader
from waygraph.operators.structure import (
    by_headings,
    by_heads,
    by_links,
    by_neighbours,
    by_properties,
    by_roles,
    by_sections,
    by_sentences,
)
from waygraph.operators.wording import by_definitions, by_examples, by_wording
from waygraph.properties import NO_PROPERTY_RELATIONS, PropertyRelations

Confidence = Annotated[float, Between(0.01, 0.99)]


@operator(version="7")
def relations(
    documents: Sequence[Document],
    targets: Sequence[Targets],
    parses: Sequence[Parse],
    mentions: Sequence[Mentions],
    lexicon: Lexicon,
    property_relations: PropertyRelations = NO_PROPERTY_RELATIONS,
    *,
    link: Confidence = 0.6,
    definition: Confidence = 0.8,
    head: Confidence = 0.6,
    together: Confidence = 0.25,
    near: Confidence = 0.12,
    examples: Confidence = 0.75,
    nested: Confidence = 0.35,
) -> list[Relations]:
    """Relations from definitions, examples, links, wording, headings, head nouns, sentences.

    The settings are the confidence of one claim of each kind. A claim whose evidence does
    not name both its ends is refused; a page that nowhere writes its name does so by being it.
    What a document hints of prerequisites is kept apart:
    hints of different documents may contradict each other.
    """
    heads, names, within = _tables(lexicon)
    result: list[Relations] = []
    for document, target, parse, found in zip(documents, targets, parses, mentions, strict=True):
        reader = Reader(document, target, parse, found)
        claims = [
            *by_definitions(reader, definition),
            *by_links(reader, link),
            *by_wording(reader),
            *by_heads(reader, head, heads, names),
            *by_sentences(reader, together),
            *by_neighbours(reader, near),
            *by_examples(reader, examples),
            *by_headings(reader, nested),
            *by_sections(reader, 0.6, property_relations),
            *by_roles(reader),
            *by_properties(reader, property_relations),
        ]
        named = _Named(reader)
        denied = {
            (c.subject, c.object) for c in claims if c.predicate == "requires" and not c.confidence
        }
        claims = [c for c in claims if c.confidence and _is_borne_out(c, named, within)]
        plain = (c for c in claims if c.predicate != "requires")
        hints = [c for c in claims if c.predicate == "requires"]
        # a thing is not built on its own kinds: "heuristic" needs no "consistent heuristic"
        hints = [h for h in hints if not names[h.object].endswith(f" {names[h.subject]}")]
        result.append(
            Relations(
                document.address,
                _strongest(plain),
                tuple(reader.definitions()),
                _strongest(hints),
                tuple(sorted(denied)),
            )
        )
    return result


@built_once
def _tables(
    lexicon: Lexicon,
) -> tuple[dict[str, str], dict[str, str], Mapping[str, Sequence[str]]]:
    """Slugs by key, the key of each slug's preferred label, and which names lie in which."""
    table = lexicon.concepts
    names = {c.slug: key(c.label) for c in table.concepts}
    return table.slugs(), names, names_within(table.concepts)


class _Named(dict[Span, frozenset[str]]):
    """The concepts that a span names: many claims may share one crowded sentence."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def __missing__(self, span: Span) -> frozenset[str]:
        self[span] = found = frozenset(m.concept for m in self.reader.inside(span))
        return found


def _is_borne_out(claim: Relation, named: _Named, within: Mapping[str, Sequence[str]]) -> bool:
    """Whether the evidence names both ends, outright or inside a longer name."""
    said = [named[span] for span in claim.evidence]
    if named.reader.title is None:
        said.append(frozenset({named.reader.about}))
    return all(
        any(end in some for some in said)
        or any(end in within.get(other, ()) for some in said for other in some)
        for end in (claim.subject, claim.object)
    )


def _strongest(claims: Sequence[Relation] | Iterator[Relation]) -> tuple[Relation, ...]:
    """One claim per (subject, predicate, object) and rule: the first of the surest."""
    best: dict[tuple[str, str, str, str], Relation] = {}
    for claim in claims:
        if claim.subject == claim.object:
            continue
        ends = (claim.subject, claim.predicate, claim.object, claim.rule)
        if ends not in best or best[ends].confidence < claim.confidence:
            best[ends] = claim
    return tuple(best[ends] for ends in sorted(best))
