"""IRIs: distinct things have distinct names, and every RDF library takes them as they are."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pyoxigraph
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rdflib import URIRef

from waygraph import vocab
from waygraph.config import Settings
from waygraph.vocab import (
    PREDICATE_NAMES,
    PREDICATES,
    PREFIXES,
    claim_iri,
    concept_iri,
    document_iri,
    graph_iri,
    provenance_graph,
    run_iri,
)

BASE = Settings().base
# any name a file may have, and often one that is easily mistaken for another
names = st.one_of(
    st.text("~.%-_ a2eE", min_size=1, max_size=5),
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=6
    ),
).filter(lambda name: name not in (".", ".."))
addresses = st.builds(
    lambda up, parts: "/".join([".."] * up + parts),
    st.integers(0, 3),
    st.lists(names, min_size=1, max_size=4),
).filter(lambda address: not address.startswith(("http://", "https://")))


def check(iri: str) -> None:
    """It is absolute, without dot segments, and written by both libraries as it is."""
    assert pyoxigraph.NamedNode(iri).value == iri
    assert URIRef(iri).n3() == f"<{iri}>"
    line = f"<{iri}> <{iri}> <{iri}> .\n"
    (quad,) = pyoxigraph.parse(line, pyoxigraph.RdfFormat.TURTLE, base_iri="https://x.org/a/b")
    assert quad.subject == pyoxigraph.NamedNode(iri)
    assert not {".", ".."} & set(urlsplit(iri).path.split("/"))
    assert not set(iri) & set(' "<>\\^`{|}\n\t')


@settings(max_examples=300)
@given(addresses)
@example("../../a.md")
@example("~~/~~~/a.md")
@example("a%20b#c?.md")
@example(".../..a/a..")
def test_iris_of_documents_are_sound(address: str) -> None:
    check(document_iri(BASE, address))
    check(graph_iri(BASE, "mentions", address))


@settings(max_examples=300)
@given(addresses, addresses)
@example("../a", "~~/a")
@example("~~", "~~~")
@example("~~~/a", "~~/a")
@example("a b", "a%20b")
@example("a%2Fb", "a/b")
@example("a#b", "a%23b")
@example("é", "e\u0301")
@example("A", "a")
def test_distinct_addresses_have_distinct_iris(one: str, other: str) -> None:
    for name in (document_iri, lambda base, address: graph_iri(base, "mentions", address)):
        assert (name(BASE, one) == name(BASE, other)) == (one == other)


@given(addresses)
def test_an_address_can_be_read_in_its_iri(address: str) -> None:
    parts = document_iri(BASE, address).removeprefix(BASE + "document/").split("/")
    found = [
        ".." if part == "~~" else part[:-1] if not part.strip("~") and len(part) > 2 else part
        for part in parts
    ]
    assert "/".join(map(unquote, found)) == address


@pytest.mark.parametrize(
    ("address", "end"),
    [
        ("notes/day-001.md", "notes/day-001.md"),
        ("../über uns/漢字.md", "~~/über%20uns/漢字.md"),
        ("a#b?c%d.md", "a%23b%3Fc%25d.md"),
        ("C++ [x] 🙂.md", "C++%20%5Bx%5D%20%F0%9F%99%82.md"),
        ("~~/~/a~", "~~~/~/a~"),
    ],
)
def test_iris_of_documents(address: str, end: str) -> None:
    assert document_iri(BASE, address) == f"{BASE}document/{end}"
    assert graph_iri(BASE, "relations", address) == f"{BASE}graph/relations/{end}"


@pytest.mark.parametrize(
    ("url", "iri"),
    [
        ("https://e.org/a?b=c%26d#e", "https://e.org/a?b=c%26d#e"),
        ("http://e.org/a b|c", "http://e.org/a%20b%7Cc"),
        ("https://e.org/wiki/Café", "https://e.org/wiki/Caf%C3%A9"),
        ("https://e.org/A_(b)*", "https://e.org/A_(b)*"),
    ],
)
def test_a_url_is_its_own_iri(url: str, iri: str) -> None:
    assert document_iri(BASE, url) == iri
    assert document_iri("http://other.org/", url) == iri
    check(iri)


slugs = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@settings(max_examples=300)
@given(slugs, slugs)
@example("a b", "a%20b")
@example("node.js", "node%2Ejs")
def test_distinct_slugs_have_distinct_iris(one: str, other: str) -> None:
    assert (concept_iri(BASE, one) == concept_iri(BASE, other)) == (one == other)
    assert pyoxigraph.NamedNode(concept_iri(BASE, one)).value == concept_iri(BASE, one)


@given(st.text("abc-19.éß漢", min_size=1).filter(lambda slug: slug.strip(".") != ""))
def test_iris_of_concepts_are_sound(slug: str) -> None:
    check(concept_iri(BASE, slug))


def test_names_of_different_kinds_never_meet() -> None:
    found = [
        concept_iri(BASE, "x"), document_iri(BASE, "x"), claim_iri(BASE, "x"),
        run_iri(BASE, "x", "y"), graph_iri(BASE, "x"), graph_iri(BASE, "x", "y"),
        graph_iri(BASE, "y", "x"), provenance_graph(BASE), graph_iri(BASE, "concepts"),
    ]  # fmt: skip
    assert len(set(found)) == len(found)
    for iri in found:
        assert iri.startswith(BASE)
        check(iri)


def test_terms() -> None:
    for name, (iri, forward, backward) in PREDICATES.items():
        check(iri)
        assert iri.rpartition("/")[2].rpartition("#")[2] == name
        assert forward
        assert backward
    assert {PREDICATES[name][0]: name for name in PREDICATES} == PREDICATE_NAMES
    assert len(PREDICATE_NAMES) == len(PREDICATES)
    assert list(PREFIXES) == sorted(PREFIXES)
    for prefix, namespace in PREFIXES.items():
        assert getattr(vocab, prefix.upper()) == namespace
        assert namespace[-1] in "#/"
