"""Lineage: which run made what is said of a thing, and from which document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from waygraph.errors import StoreError
from waygraph.model import Concept, ConceptTable, Mention, Mentions, Span, Targets
from waygraph.read.markdown import read_markdown
from waygraph.store.convert import Converter
from waygraph.store.dataset import Dataset, NamedGraph
from waygraph.store.lineage import lineage
from waygraph.vocab import concept_iri, document_iri, graph_iri, run_iri

BASE = "https://example.org/notes/"
READ, PARSED, FOUND = (run_iri(BASE, name, "1") for name in ("documents", "parses", "mentions"))
HEAP = concept_iri(BASE, "heap")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataset]:
    convert = Converter(BASE)
    graphs: dict[str, NamedGraph] = {}
    for address in ("a.md", "sub/b.md"):
        document = replace(read_markdown(address, b"# heap\n\nA heap.\n"), page=True)
        found = Mentions(address, "heap", (Mention("heap", Span(0, 4)),))
        described = convert.document(document, Targets(address, ()))
        graphs[graph_iri(BASE, "documents", address)] = NamedGraph.of(described, READ)
        mentioned = convert.mentions(document, found)
        graphs[graph_iri(BASE, "mentions", address)] = NamedGraph.of(mentioned, FOUND)
    table = ConceptTable((Concept("heap", "heap", (), ("heap",), 0.9),))
    lost = run_iri(BASE, "concepts", "1")
    graphs[graph_iri(BASE, "concepts")] = NamedGraph.of(convert.concepts(table), lost)
    ended = ("endedAtTime", "2024-01-01T00:00:00+00:00")
    model = ("model", "spacy 3")
    with Dataset(tmp_path_factory.mktemp("data") / "store", BASE, write=True) as made:
        made.replace(graphs.items())
        made.write_provenance(
            {
                READ: convert.run(READ, (("operator", "read"), ("version", "3"), ended)),
                PARSED: convert.run(
                    PARSED, (("operator", "parse"), ("version", "2"), model, ended), [READ]
                ),
                FOUND: convert.run(
                    FOUND,
                    (("operator", "mentions"), ("version", "7"), ("settings", "{}"), ended),
                    [PARSED, READ],
                ),
            }
        )
        yield made


def test_a_mention(data: Dataset) -> None:
    (found,) = lineage(data, document_iri(BASE, "sub/b.md") + "#mention=2,6")
    assert found.graph == graph_iri(BASE, "mentions", "sub/b.md")
    assert found.statements == 4
    assert (found.run.operator, found.run.version, found.run.settings) == ("mentions", "7", "{}")
    assert found.run.ended.startswith("2024-01-01T00:00:00")
    assert found.address == "sub/b.md"
    assert found.sha256 == read_markdown("sub/b.md", b"# heap\n\nA heap.\n").digest
    assert [(r.name, r.operator, r.model) for r in found.behind] == [
        ("documents", "read", ""),
        ("parses", "parse", "spacy 3"),
    ]


def test_a_document_is_told_of_by_several_graphs(data: Dataset) -> None:
    found = lineage(data, document_iri(BASE, "a.md"))
    assert [(made.run.name, made.address) for made in found] == [
        ("documents", "a.md"),
        ("mentions", "a.md"),
    ]


def test_a_named_graph(data: Dataset) -> None:
    name = graph_iri(BASE, "mentions", "a.md")
    (found,) = lineage(data, name)
    assert (found.graph, found.statements) == (name, len(data.graph(name)))
    assert found.run.iri == FOUND


def test_a_concept_of_a_run_that_is_not_described(data: Dataset) -> None:
    (found,) = lineage(data, HEAP)
    assert (found.run.name, found.run.operator, found.address) == ("concepts", "", "")
    assert found.behind == ()


def test_what_nothing_is_said_of(data: Dataset) -> None:
    assert lineage(data, BASE + "nothing") == []


@pytest.mark.parametrize("thing", ["heap", "http://x/> ?p ?o } #", "", "http://a b"])
def test_what_is_no_iri(data: Dataset, thing: str) -> None:
    with pytest.raises(StoreError, match="is no IRI"):
        lineage(data, thing)
