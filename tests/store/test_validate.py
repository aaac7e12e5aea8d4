"""A fault of the datagraph is named by the file and line of the notes it comes from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.store.test_ontology import BASE, named_graphs
from waygraph.config import ontology
from waygraph.store.convert import Converter
from waygraph.store.dataset import Dataset, NamedGraph
from waygraph.store.validate import Fault, validate
from waygraph.vocab import OA, SKOS, WG, graph_iri, import_graph

SHAPES = ontology("shapes.ttl")
RUN = BASE + "run/x/1"
Change = Callable[[str], str]


def faults(tmp_path: Path, operator: str, address: str, change: Change) -> list[Fault]:
    """The faults once every line of a named graph is changed."""
    graphs = named_graphs(Converter(BASE))
    name = graph_iri(BASE, operator, address)
    lines = sorted({new for line in graphs[name].make() if (new := change(line))})
    graphs[name] = NamedGraph.of(lines, graphs[name].run)
    others = import_graph(BASE, "x.ttl")
    graphs[others] = NamedGraph.of([f'<http://x/a> <{SKOS}prefLabel> "a" .'], RUN)
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        data.replace(graphs.items())
        for graph in graphs.values():
            facts = (
                ("operator", "x"),
                ("version", "1"),
                ("endedAtTime", "2024-01-01T00:00:00+00:00"),
            )
            data.write_provenance({graph.run: Converter(BASE).run(graph.run, facts)})
        return validate(data, SHAPES)


def test_what_ingest_writes_has_none(tmp_path: Path) -> None:
    assert faults(tmp_path, "mentions", "graph.md", lambda line: line) == []


@pytest.mark.parametrize(
    ("operator", "address", "change", "line", "property_"),
    [
        (
            "relations", "graph.md",
            lambda line: line.replace('"0.8"', '"1.8"'), 11, WG + "confidence",
        ),
        (
            "prerequisites", "day-012.md",
            lambda line: "" if f"> <{WG}rule> " in line else line, 6, WG + "rule",
        ),
        (
            "mentions", "graph.md",
            lambda line: "" if f"> <{OA}hasBody> " in line else line, 7, OA + "hasBody",
        ),
        (
            "mentions", "graph.md",
            lambda line: "" if f"> <{OA}prefix> " in line else line, 7, OA + "prefix",
        ),
        (
            "documents", "graph.md",
            lambda line: "" if f"> <{WG}sha256> " in line else line, 0, WG + "sha256",
        ),
    ],
)  # fmt: skip
def test_a_fault_is_told_by_file_and_line(
    tmp_path: Path, operator: str, address: str, change: Change, line: int, property_: str
) -> None:
    found = [
        fault
        for fault in faults(tmp_path, operator, address, change)
        if fault.property == property_
    ]
    assert found
    assert {fault.address for fault in found} == {address}
    assert line in {fault.line for fault in found}
    assert all(fault.message for fault in found)


def test_a_concept_stands_where_it_is_claimed_or_mentioned(tmp_path: Path) -> None:
    label = f"<{BASE}concept/queue> <{SKOS}prefLabel> "
    (fault,) = faults(tmp_path, "concepts", "", lambda line: "" if line.startswith(label) else line)
    assert (fault.address, fault.property) == ("day-012.md", SKOS + "prefLabel")
    assert fault.line > 0


def test_a_claim_without_evidence_is_told_by_its_graph(tmp_path: Path) -> None:
    lost = f"> <{WG}evidence> "
    found = faults(tmp_path, "relations", "graph.md", lambda line: "" if lost in line else line)
    claims = [fault for fault in found if "/claim/" in fault.node]
    assert {(fault.address, fault.line) for fault in claims} == {("graph.md", 0)}
