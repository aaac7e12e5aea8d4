"""What a named graph tells the view: the same from the lines as written and as read back."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.test_dataset import BASE, RUN
from waygraph.codec import decode, encode
from waygraph.compute.cache import Cache
from waygraph.model import (
    Concept,
    ConceptTable,
    Definition,
    Document,
    Mention,
    Mentions,
    Relation,
    Relations,
    Span,
    Targets,
)
from waygraph.read.markdown import read_markdown
from waygraph.store import view
from waygraph.store.convert import Converter, text
from waygraph.store.dataset import Dataset, NamedGraph
from waygraph.store.facts import Facts, facts_key, facts_of
from waygraph.store.kept import GraphKeeper
from waygraph.store.view import read_view
from waygraph.vocab import DCTERMS, SKOS, concept_iri, document_iri, graph_iri

NOTE = b'# Heap\n\nA **heap** is a "tree" &amp; \\more.\n\n## Use\n\nThe heap sorts a tree.\n'
HEAP, TREE = (concept_iri(BASE, slug) for slug in ("heap", "tree"))


@pytest.fixture
def document() -> Document:
    return read_markdown("heap.md", NOTE)


def span(document: Document, words: str, nth: int = 0) -> Span:
    start = -1
    for _ in range(nth + 1):
        start = document.text.index(words, start + 1)
    return Span(start, start + len(words))


@pytest.fixture
def graphs(document: Document) -> dict[str, Collection[str]]:
    """The named graphs of one document with two concepts."""
    convert = Converter(BASE)
    sentence = span(document, 'A heap is a "tree" & \\more.')
    table = ConceptTable(
        (
            Concept("heap", "heap", ("binary\theap",), ("heap",), 0.9),
            Concept("tree", 'tree "T"', (), ("tree",), 0.8),
        )
    )
    found = Mentions(
        "heap.md",
        "heap",
        (Mention("heap", span(document, "Heap")), Mention("tree", span(document, "tree", 1))),
    )
    relation = Relation("heap", "broader", "tree", 0.8, "definition", "heap.md", (sentence,))
    relations = Relations("heap.md", (relation,), (Definition("heap", 0.95, sentence),), ())
    return {
        graph_iri(BASE, "concepts"): convert.concepts(table),
        graph_iri(BASE, "documents", "heap.md"): convert.document(document, Targets("heap.md", ())),
        graph_iri(BASE, "mentions", "heap.md"): convert.mentions(document, found),
        graph_iri(BASE, "relations", "heap.md"): convert.relations(document, relations),
    }


def test_what_graphs_tell(graphs: dict[str, Collection[str]], document: Document) -> None:
    concepts, described, mentions, relations = map(facts_of, graphs.values())
    me = document_iri(BASE, "heap.md")
    assert concepts.labels == ((HEAP, "heap"), (TREE, 'tree "T"'))
    assert concepts.aliases == ((HEAP, "binary\theap"),)
    assert described.sources == ((me, "heap.md"),)
    assert [(heading, words) for _, _, heading, words in described.sections] == [
        ("Heap", 8),
        ("Use", 6),
    ]
    source = document.source
    assert [(c, source[p[1] : p[2]], p[3]) for c, p in mentions.mentions] == [
        (HEAP, "Heap", 1),
        (TREE, "tree", 7),
    ]
    told = {(c[1], c[2], c[3], c[4]) for c in relations.claims}
    said = 'A heap is a "tree" & \\more.'
    assert told == {
        (HEAP, SKOS + "broader", TREE, 0.8),
        (HEAP, SKOS + "definition", said, 0.95),
    }
    assert {(c[7][3], c[7][5]) for c in relations.claims} == {(3, said)}
    assert {source[c[7][1] : c[7][2]] for c in relations.claims} == {
        c[7][4] for c in relations.claims
    }


def test_facts_survive_keeping(graphs: dict[str, Collection[str]]) -> None:
    for lines in graphs.values():
        assert decode(encode(facts_of(lines)), Facts) == facts_of(lines)


@given(st.text())
def test_any_text_is_read_back(value: str) -> None:
    value = value.encode("utf-8", "replace").decode("utf-8")
    lines = [f"<{BASE}c> <{SKOS}prefLabel> {text(value)} ."]
    assert facts_of(lines).labels == ((f"{BASE}c", value),)


def test_the_view_is_the_same_however_it_is_read(
    graphs: dict[str, Collection[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Dataset(tmp_path / "store", BASE, write=True) as data, Cache(tmp_path / "c") as cache:
        keeper = GraphKeeper(cache)
        data.replace(((n, NamedGraph.of(g, RUN)) for n, g in graphs.items()), keeper.add)
        keeper.flush()
        keys = [facts_key(digest) for digest in data.digests().values()]
        assert len(cache.get(keys)) == len(graphs)
        plain = read_view(data, 200)
        with monkeypatch.context() as patch:
            patch.setattr(view, "facts_of", None)  # nothing is read from the datagraph
            assert read_view(data, 200, cache) == plain
        with Cache(tmp_path / "empty") as empty:
            assert read_view(data, 200, empty) == plain
            assert empty.get(keys) == cache.get(keys)
    assert [row.label for row in plain.concepts] == ["heap", 'tree "T"']
    assert plain.concepts[0].definition == 'A heap is a "tree" & \\more.'
    (relation,) = plain.relations
    assert (relation.subject, relation.object, relation.confidence) == (HEAP, TREE, 0.8)
    assert relation.reason.source == "heap.md"
    assert {iri for iri, _ in plain.readings} == {HEAP, TREE}


@pytest.mark.parametrize(
    ("status", "address", "known"),
    [
        ("known", "heap.md", {HEAP}),
        ("draft", "heap.md", set()),
        ("", "heap.md", set()),
        ("known", "https://e.org/heap.md", set()),
    ],
)
def test_a_page_says_that_its_concept_is_known(
    tmp_path: Path, status: str, address: str, known: set[str]
) -> None:
    document = read_markdown(address, f"---\nstatus: {status}\n---\n# Heap\n".encode())
    convert = Converter(BASE)
    graphs = {
        graph_iri(BASE, "documents", address): convert.document(document, Targets(address, ())),
        graph_iri(BASE, "mentions", address): convert.mentions(
            document, Mentions(address, "heap", ())
        ),
    }
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        data.replace((name, NamedGraph.of(lines, RUN)) for name, lines in graphs.items())
        assert view.known_of(data) == known


def read_at(address: str, text: str, *defined: str) -> dict[str, Collection[str]]:
    """The named graphs of a document that names the heap in each line, and defines it in some."""
    document = read_markdown(address, text.encode())
    convert = Converter(BASE)
    names = [m.start() for m in re.finditer("heap", document.text)]
    mentions = Mentions(address, "", tuple(Mention("heap", Span(n, n + 4)) for n in names))
    said = tuple(Definition("heap", 0.9, span(document, words)) for words in defined)
    return {
        graph_iri(BASE, "documents", address): convert.document(document, Targets(address, ())),
        graph_iri(BASE, "mentions", address): convert.mentions(document, mentions),
        graph_iri(BASE, "relations", address): convert.relations(
            document, Relations(address, (), said, ())
        ),
    }


def test_notes_that_explain_are_read_before_articles_and_by_section(tmp_path: Path) -> None:
    table = ConceptTable((Concept("heap", "heap", (), ("heap",), 0.9),))
    article = "# On\n\nLong.\n\n## In\n\n" + "A heap is a tree.\n\n" * 9 + "## Out\n\nA heap.\n"
    graphs = (
        {graph_iri(BASE, "concepts"): Converter(BASE).concepts(table)}
        | read_at("https://e.org/on", article, "A heap is a tree.")
        | read_at("explains.md", "# Day\n\nA heap is in order.\n", "A heap is in order.")
        | read_at("names.md", "# Day 2\n\nThe heap again.\n")
    )
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        data.replace((name, NamedGraph.of(lines, RUN)) for name, lines in graphs.items())
        readings = [reading for _, reading in read_view(data, 200).readings]
    assert [(r.source, r.heading) for r in readings] == [
        ("explains.md", "Day"),
        ("https://e.org/on", "In"),
        ("https://e.org/on", "Out"),
        ("names.md", "Day 2"),
    ]
    assert readings[1].minutes < 0.5


def test_a_claim_without_a_place_is_passed_over() -> None:
    lines = Converter(BASE).concepts(ConceptTable(()))
    lines += [
        f"<{BASE}x> <http://www.w3.org/1999/02/22-rdf-syntax-ns#subject> <{HEAP}> .",
        f"<{BASE}x> <{DCTERMS}creator> <{HEAP}> .",
    ]
    assert facts_of(lines).claims == ()
