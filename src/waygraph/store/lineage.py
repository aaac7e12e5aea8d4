"""Lineage: which operator, version, model, settings and input made a statement.

Every named graph says by which run it was made (``prov:wasGeneratedBy``), every run which
runs made its inputs (``prov:wasInformedBy``); the document is told by the graph's IRI.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import pyoxigraph as ox

from waygraph.errors import StoreError
from waygraph.store.dataset import Dataset
from waygraph.vocab import DCTERMS, PROV, WG, graph_iri, provenance_graph

_PREFIXES = f"PREFIX wg: <{WG}> PREFIX prov: <{PROV}> "
_MADE = """
SELECT ?graph ?count ?run {
  { SELECT ?graph (COUNT(*) AS ?count) { GRAPH ?graph { PATTERN } } GROUP BY ?graph }
  GRAPH $provenance { ?graph prov:wasGeneratedBy ?run }
}
"""
_RUNS = "SELECT ?run ?p ?o { GRAPH $provenance { ?run a prov:Activity ; ?p ?o } }"


@dataclass(frozen=True, slots=True)
class Run:
    """An operator run: ``name`` is the value it makes; ``settings`` are JSON; ``ended`` is the
    time of its last end (ISO 8601), ``inputs`` the IRIs of the runs that made its inputs."""

    iri: str
    name: str
    operator: str
    version: str
    model: str
    settings: str
    ended: str
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where statements about a thing come from: a named graph and the run that made it.

    ``statements`` counts the graph's triples with the thing as subject (all triples, if the
    thing is the graph itself). ``address`` and ``sha256`` name the document that was read,
    both empty for a graph over the whole corpus. ``behind`` are the runs that its inputs
    came from, and theirs, each once and by name.
    """

    graph: str
    statements: int
    run: Run
    address: str
    sha256: str
    behind: tuple[Run, ...]


def lineage(data: Dataset, iri: str) -> list[Lineage]:
    """The lineage of everything said of ``iri``, or in the named graph ``iri``, by graph.

    Empty if nothing is said. ``iri`` is a concept, claim, mention, document, place or graph.

    Raises:
        StoreError: it is no IRI.
    """
    try:
        ox.NamedNode(iri)
    except ValueError:
        raise StoreError(
            f"{iri!r} is no IRI", "waygraph show CONCEPT prints those of concepts"
        ) from None
    pattern = "?s ?p ?o FILTER(?graph = $thing)" if iri in data.digests() else "$thing ?p ?o"
    provenance = provenance_graph(data.base)
    query = _PREFIXES + _MADE.replace("PATTERN", pattern)
    rows = sorted(data.select(query, thing=iri, provenance=provenance))
    runs = _runs(data) if rows else {}
    documents = _documents(data) if rows else []
    found = []
    for graph, count, made in rows:
        run = runs.get(made) or Run(made, _name(data.base, made), "", "", "", "", "", ())
        start = f"{data.base}graph/{run.name}/"
        inside = documents if graph.startswith(start) else []
        address, sha256 = next(
            (d for d in inside if graph_iri(data.base, run.name, d[0]) == graph), ("", "")
        )
        found.append(Lineage(graph, count, run, address, sha256, _behind(run, runs)))
    return found


def _runs(data: Dataset) -> dict[str, Run]:
    facts: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for run, predicate, value in data.select(
        _PREFIXES + _RUNS, provenance=provenance_graph(data.base)
    ):
        facts[run][predicate].append(value)

    def one(run: str, predicate: str) -> str:
        return "".join(facts[run][predicate])

    return {
        iri: Run(
            iri,
            _name(data.base, iri),
            one(iri, WG + "operator"),
            one(iri, WG + "version"),
            one(iri, WG + "model"),
            one(iri, WG + "settings"),
            one(iri, PROV + "endedAtTime"),
            tuple(sorted(facts[iri][PROV + "wasInformedBy"])),
        )
        for iri in list(facts)
    }


def _name(base: str, run: str) -> str:
    """The value that a run makes: the first part of its IRI, see ``vocab.run_iri``."""
    return run.removeprefix(f"{base}run/").partition("/")[0]


def _behind(run: Run, runs: dict[str, Run]) -> tuple[Run, ...]:
    seen: dict[str, Run] = {}
    waiting = list(run.inputs)
    while waiting:
        iri = waiting.pop()
        if iri in runs and iri not in seen:
            seen[iri] = runs[iri]
            waiting += runs[iri].inputs
    return tuple(sorted(seen.values(), key=lambda r: (r.name, r.iri)))


def _documents(data: Dataset) -> list[tuple[str, str]]:
    """(address, SHA-256) of every document."""
    digests = dict(data.pairs(WG + "sha256"))
    pairs = data.pairs(DCTERMS + "identifier")
    return sorted((address, digests.get(iri, "")) for iri, address in pairs)
