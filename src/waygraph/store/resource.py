"""What the datagraph says of one thing, for whoever looks up its IRI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from waygraph.store.backend import checked
from waygraph.store.dataset import Dataset
from waygraph.store.turtle import namer

# What many others refer to (a scheme, a document) is shown with so many of them.
_MOST = 500


def about(data: Dataset, iri: str) -> list[ox.Triple]:
    """The triples with ``iri`` as subject, and up to 500 with it as object; none if unknown.

    Args:
        data: the datagraph.
        iri: as ``vocab.resource_iri`` gives it: no character of it ends an IRI in SPARQL.

    Raises:
        StoreError: the store cannot answer.
    """
    me = f"<{iri}>"
    queries = (
        f"CONSTRUCT {{ {me} ?p ?o }} {{ {me} ?p ?o }}",
        f"CONSTRUCT {{ ?s ?p {me} }} {{ SELECT DISTINCT ?s ?p {{ ?s ?p {me} }} "
        f"ORDER BY ?p ?s LIMIT {_MOST} }}",
    )
    found: dict[ox.Triple, None] = {}
    with checked(data.backend.name):
        for query in queries:
            found |= dict.fromkeys(data.backend.query(query))  # type: ignore[arg-type]  # triples
    return list(found)


@dataclass(frozen=True, slots=True)
class Statement:
    """A triple of one thing, to be shown: away from it (``outward``) or towards it.

    ``name`` is the predicate in short, ``value`` the other end, ``shown`` that in short.
    """

    outward: bool
    predicate: str
    name: str
    value: str
    shown: str
    is_iri: bool


def statements(found: Sequence[ox.Triple], iri: str, base: str) -> list[Statement]:
    """Triples of one thing in the order in which to show them."""
    short, me = namer(base), ox.NamedNode(iri)
    rows = []
    for triple in found:
        outward = triple.subject == me
        other = triple.object if outward else triple.subject
        is_iri = isinstance(other, ox.NamedNode)
        value = other.value if isinstance(other, ox.NamedNode | ox.Literal) else str(other)
        shown = short(f"<{value}>") if is_iri else value
        name = short(str(triple.predicate))
        rows.append(Statement(outward, triple.predicate.value, name, value, shown, is_iri))
    return sorted(rows, key=lambda row: (not row.outward, row.name, row.shown))
