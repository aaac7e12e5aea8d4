"""Days: which document belongs to which, and what each document names and claims."""

from __future__ import annotations

from waygraph.store.dataset import Dataset
from waygraph.vocab import DCTERMS, OA, PREDICATE_NAMES, RDF, SKOS, WG

_SOURCE = f"<{OA}hasSource>/<{DCTERMS}identifier> ?address"


def days_of(data: Dataset) -> dict[str, int | None]:
    """The day of each document, by its address; None of those that tell none."""
    query = (
        f"SELECT ?address ?day {{ ?d a <{WG}Document> ; <{DCTERMS}identifier> ?address "
        f"OPTIONAL {{ ?d <{WG}day> ?day }} }}"
    )
    return dict(sorted(data.select(query), key=lambda row: (row[0], row[1] is not None)))


def concepts_named(data: Dataset) -> list[tuple[str, str]]:
    """(concept's IRI, address) of every document that names a concept, each pair once."""
    query = (
        f"SELECT DISTINCT ?concept ?address {{ ?concept <{SKOS}inScheme> <{data.base}concepts> . "
        f"?m <{OA}hasBody> ?concept ; <{OA}hasTarget>/{_SOURCE} }}"
    )
    return sorted(data.select(query))


def relations_claimed(data: Dataset) -> list[tuple[str, str, str, str]]:
    """(subject, predicate's IRI, object, address) of every document that claims a relation."""
    relations = " ".join(f"<{iri}>" for iri in PREDICATE_NAMES)
    query = (
        f"SELECT DISTINCT ?s ?p ?o ?address {{ VALUES ?p {{ {relations} }} "
        f"?claim <{RDF}predicate> ?p ; <{RDF}subject> ?s ; <{RDF}object> ?o ; "
        f"<{WG}evidence>/{_SOURCE} }}"
    )
    return sorted(data.select(query))
