"""Which labels of concepts come from merges of names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from waygraph.labels import key
from waygraph.model import ConceptTable, Merge


def merge_labels(found: Iterable[Merge], table: ConceptTable) -> Iterator[tuple[str, str, Merge]]:
    """The merges behind the concepts of a table: (slug, the alias that a merge gave it, merge).

    Of the two keys that were merged, the alias is a label of the one that the preferred label
    does not have.
    """
    by_key = {name: concept for concept in table.concepts for name in concept.keys}
    for merge in found:
        concept = by_key.get(merge.name)
        if concept is None or merge.span.start >= merge.span.end:
            continue
        other = merge.long if key(concept.label) == merge.short else merge.short
        aliases = [alias for alias in concept.aliases if key(alias) == other]
        if aliases:
            yield concept.slug, aliases[0], merge
