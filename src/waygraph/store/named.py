"""Named entities in the datagraph: the people, organizations and places that documents name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from waygraph.labels import slug
from waygraph.model import Entities
from waygraph.store.convert import Triples, iri, text
from waygraph.store.dataset import Dataset
from waygraph.vocab import DCTERMS, RDF, SCHEMA, document_iri, entity_iri


@dataclass(frozen=True, slots=True)
class NamedEntity:
    """Somebody or something by its name, its kind, and the addresses of the notes that name it."""

    label: str
    kind: str
    notes: tuple[str, ...]


def entity_lines(base: str, found: Entities) -> list[str]:
    """The N-Triples lines of what one document names."""
    out, me = Triples(), document_iri(base, found.address)
    for one in found.found:
        named = entity_iri(base, one.kind, slug(one.label))
        out.add(named, RDF + "type", iri(SCHEMA + one.kind.capitalize()))
        out.add(named, SCHEMA + "name", text(one.label))
        out.add(me, SCHEMA + "mentions", iri(named))
    return sorted(out.lines)


def named_entities(data: Dataset, kind: str = "") -> list[NamedEntity]:
    """What documents name, what most of them name first; of one ``kind``, if one is given.

    Raises:
        StoreError: the store cannot answer.
    """
    query = f"""SELECT ?entity ?type ?name ?address {{
        ?document <{SCHEMA}mentions> ?entity ; <{DCTERMS}identifier> ?address .
        ?entity a ?type ; <{SCHEMA}name> ?name }}"""
    labels: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    notes: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for entity, type_, name, address in data.select(query):
        key = entity, type_.removeprefix(SCHEMA).lower()
        labels[key].add(name)
        notes[key].add(address)
    found = [
        NamedEntity(min(labels[one]), one[1], tuple(sorted(notes[one])))
        for one in labels
        if kind in ("", one[1])
    ]
    return sorted(found, key=lambda one: (-len(one.notes), one.label, one.kind))
