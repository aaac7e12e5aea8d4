"""Names in RDF: namespaces, the terms that waygraph writes, and how it mints IRIs.

IRIs depend on the workspace's base, a document's address and a concept's label alone, so
that the same notes have the same names on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote

WG = "https://w3id.org/waygraph#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
OA = "http://www.w3.org/ns/oa#"
PROV = "http://www.w3.org/ns/prov#"
DCTERMS = "http://purl.org/dc/terms/"
SCHEMA = "https://schema.org/"
XSD = "http://www.w3.org/2001/XMLSchema#"

PREFIXES = {
    "dcterms": DCTERMS,
    "oa": OA,
    "prov": PROV,
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": SCHEMA,
    "skos": SKOS,
    "wg": WG,
    "xsd": XSD,
}

# relation name -> (IRI, how a step reads, how it reads the other way round)
PREDICATES = {
    "broader": (SKOS + "broader", "is a kind of", "has as a kind"),
    "partOf": (WG + "partOf", "is part of", "has as a part"),
    "related": (SKOS + "related", "is related to", "is related to"),
    "requires": (WG + "requires", "requires", "is required by"),
    "uses": (WG + "uses", "uses", "is used by"),
}
PREDICATE_NAMES = {iri: name for name, (iri, _, _) in PREDICATES.items()}

# verb of a decision -> its terms, as usage shows them
VERBS = {
    "accept": "CONCEPT [RELATION CONCEPT]",
    "reject": "CONCEPT [RELATION CONCEPT]",
    "relate": "CONCEPT RELATION CONCEPT",
    "require": "CONCEPT CONCEPT",
    "merge": "CONCEPT CONCEPT",
    "split": "CONCEPT CONCEPT",
    "rename": "CONCEPT LABEL",
    "know": "CONCEPT",
    "move": "OLD-NOTE NEW-NOTE",
}

_SAFE = "-._~!$&'()+,;=:@/"


def _path(text: str) -> str:
    """Percent-encode what an IRI path may not hold; letters of any script stay."""
    return "".join(c if c.isalnum() else quote(c, safe=_SAFE) for c in text)


@lru_cache(maxsize=1 << 12)
def _encode_address(address: str) -> str:
    """A relative address as an IRI path: a parent folder becomes ``~~``.

    Dot segments would be resolved away by RDF parsers, and two documents become one.
    """
    return "/".join("~~" if part == ".." else _segment(part) for part in address.split("/"))


def _segment(name: str) -> str:
    # a folder that really is named ~~ gets one more
    return name + "~" if len(name) > 1 and not name.strip("~") else _path(name)


# What the IRIs of this module begin with below the base.
KINDS = (
    "agent", "claim", "concept", "decision", "document", "graph", "organization", "path", "person",
    "place", "run",
)  # fmt: skip


def resource_iri(base: str, parts: Iterable[str]) -> str:
    """IRI of what is named under a base by the parts of a path, as all of these are written.

    The parts are text, whatever of it a browser's address percent-encodes.
    """
    return base + "/".join(_path(part).replace("/", "%2F") for part in parts)


@lru_cache(maxsize=1 << 16)
def concept_iri(base: str, slug: str) -> str:
    """IRI of the concept with this slug."""
    return f"{base}concept/{_path(slug)}"


def entity_iri(base: str, kind: str, slug: str) -> str:
    """IRI of the person, organization or place (its kind) with this slug."""
    return f"{base}{kind}/{_path(slug)}"


@lru_cache(maxsize=1 << 12)
def document_iri(base: str, address: str) -> str:
    """IRI of the document at this address (itself, if the address is a URL)."""
    if address.startswith(("http://", "https://")):
        return quote(address, safe=_SAFE + "%?#[]*")
    return f"{base}document/{_encode_address(address)}"


def graph_iri(base: str, operator: str, address: str = "") -> str:
    """IRI of the named graph that holds what ``operator`` says of one document (or of all)."""
    if not address:
        return f"{base}graph/{_segment(operator)}"
    return f"{base}graph/{_segment(operator)}/{_encode_address(address)}"


def claim_iri(base: str, digest: str) -> str:
    """IRI of the claim with this digest of its content."""
    return f"{base}claim/{digest}"


def decision_iri(base: str, digest: str) -> str:
    """IRI of the decision with this digest of its words, name, time and place."""
    return f"{base}decision/{digest}"


def agent_iri(base: str, name: str) -> str:
    """IRI of the person (or the note) that decides under this name."""
    return f"{base}agent/{_path(name).replace('/', '%2F')}"


def run_iri(base: str, operator: str, stamp: str) -> str:
    """IRI of the run of an operator with one version, model and settings (their digest)."""
    return f"{base}run/{_segment(operator)}/{stamp}"


def import_graph(base: str, name: str) -> str:
    """IRI of the named graph of what was imported from the file ``name``; of all without one."""
    return f"{base}graph/import/{_segment(name) if name else ''}"


def provenance_graph(base: str) -> str:
    """IRI of the named graph of operator runs, which a plain export leaves out."""
    return f"{base}graph/provenance"
