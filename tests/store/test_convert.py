"""Annotations as triples: what any text, address or number looks like in RDF."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from waygraph.model import (
    Concept,
    ConceptTable,
    Document,
    Relation,
    Relations,
    Span,
    Target,
    Targets,
)
from waygraph.read.markdown import read_markdown
from waygraph.store.convert import Converter, fraction, moment, text, typed, whole
from waygraph.vocab import (
    DCTERMS,
    OA,
    RDF,
    SCHEMA,
    SKOS,
    WG,
    concept_iri,
    document_iri,
    graph_iri,
)

BASE = "https://example.org/notes/"
ODD = st.text(alphabet=st.sampled_from("\\\"'\n\r\t\b\f\0\x1f\x7f\x85\u2028\ufeff<>^@.#nu0041 é😀"))


def triples(lines: Collection[str]) -> set[ox.Triple]:
    """The triples of N-Triples lines, as Oxigraph reads them."""
    quads = ox.parse("\n".join(lines), format=ox.RdfFormat.N_TRIPLES)
    return {quad.triple for quad in quads}


def objects(lines: Collection[str], predicate: str, subject: str = "") -> set[str]:
    """The objects' values of all triples with a predicate, of one subject or of all."""
    found = (t for t in triples(lines) if t.predicate.value == predicate)
    mine = (t for t in found if not subject or t.subject == ox.NamedNode(subject))
    return {t.object.value for t in mine if not isinstance(t.object, ox.Triple)}


def note(body: str, address: str = "note.md") -> tuple[Document, Targets]:
    document = read_markdown(address, body.encode())
    return document, Targets(address, (Target(),) * len(document.links))


@given(st.text() | ODD)
def test_any_text_comes_back_from_oxigraph_and_rdflib(value: str) -> None:
    line = f"<http://a> <http://b> {text(value)} ."
    assert "\n" not in line
    [triple] = triples([line])
    assert triple.object == ox.Literal(value)
    [(_, _, literal)] = rdflib.Graph().parse(data=line + "\n", format="nt")
    assert literal == rdflib.Literal(value)


@given(st.integers())
def test_whole_numbers_come_back(value: int) -> None:
    [triple] = triples([f"<http://a> <http://b> {whole(value)} ."])
    assert triple.object == ox.Literal(value)


@given(st.floats(0, 1) | st.floats(-1e6, 1e6))
def test_fractions_are_canonical_decimals_of_at_most_four_places(value: float) -> None:
    shown = fraction(value).split('"')[1]
    before, _, after = shown.partition(".")
    assert len(after) <= 4
    assert not after.endswith("0")
    assert not shown.endswith(".")
    assert before.lstrip("-") == str(int(before.lstrip("-")))
    assert abs(Decimal(shown) - Decimal(value)) <= Decimal("0.00005")


@given(st.text(min_size=1))
def test_the_iri_of_any_address_is_an_iri_and_its_own(address: str) -> None:
    for iri in (document_iri(BASE, address), graph_iri(BASE, "relations", address)):
        ox.NamedNode(iri)
    assert document_iri(BASE, address) != document_iri(BASE, address + "x")


@pytest.mark.parametrize(
    ("link", "cited"),
    [
        ("https://example.org/a?b=c#d", {"https://example.org/a?b=c#d"}),
        ("https://en.wikipedia.org/wiki/A*_search", {"https://en.wikipedia.org/wiki/A*_search"}),
        ("https://example.org/100%25", {"https://example.org/100%25"}),
        ("https://example.org/100%25zz", {"https://example.org/100%25zz"}),
        ("https://example.org/a?b[]=c", {"https://example.org/a?b%5B%5D=c"}),
        ("https://example.org/a#b#c", {"https://example.org/a#b%23c"}),
        ("https://example.org/Erd%C5%91s", {"https://example.org/Erd%C5%91s"}),
        ("http://localhost:PORT/", set()),
        ("http://[::1/", set()),
        ("https://exa[mple.org/", set()),
        ("mailto:someone@example.org", set()),
        ("ftp://example.org/", set()),
        ("https://", set()),
    ],
)
def test_links_to_the_web_are_citations_if_they_can_be(link: str, cited: set[str]) -> None:
    document, targets = note(f"See [this]({link}).")
    lines = Converter(BASE).document(document, targets)
    assert objects(lines, SCHEMA + "citation") == cited


@given(st.text(min_size=1, max_size=40) | st.text("%[]#?:@/\\ {}|a0\ue000\xad", max_size=12))
def test_no_link_however_odd_spoils_the_graph(rest: str) -> None:
    document, _ = note("[x](http://example.org)")
    for start in ("http://", "https://example.org/", "https://example.org/?"):
        odd = Document(
            **{name: getattr(document, name) for name in document.__slots__ if name != "links"},
            links=tuple(type(o)(o.kind, o.span, start + rest, o.line) for o in document.links),
        )
        triples(Converter(BASE).document(odd, Targets("note.md", (Target(),))))


@given(st.text(max_size=30))
def test_no_match_however_odd_spoils_the_graph(rest: str) -> None:
    match = "https://en.wikipedia.org/wiki/" + rest
    concept = Concept("graph", "graph", (), ("graph",), 0.5, (match,))
    triples(Converter(BASE).concepts(ConceptTable((concept,))))


def test_a_concept_has_its_labels_and_matches() -> None:
    match = "https://en.wikipedia.org/wiki/A*_search_algorithm"
    concept = Concept("a-star", "A*", ("A-star", 'so-called "A"'), ("a star",), 0.9512, (match,))
    lines = Converter(BASE).concepts(ConceptTable((concept,)))
    assert objects(lines, SKOS + "prefLabel", concept_iri(BASE, "a-star")) == {"A*"}
    assert objects(lines, SKOS + "altLabel") == {"A-star", 'so-called "A"'}
    assert objects(lines, SKOS + "exactMatch") == {match}
    assert objects(lines, WG + "confidence") == {"0.9512"}


def test_a_document_says_what_it_is() -> None:
    front = "---\ntitle: Day 7\ndate: 2024-01-07\ntags: [search]\n---\n"
    document, targets = note(f"{front}# Day 7\n\nOne two.\n\n## Then\nSee [[other]] and [[note]].")
    found = Targets("note.md", (Target("other.md", "Other", True), Target("note.md", "Day 7")))
    assert len(targets.found) == len(found.found)
    lines = Converter(BASE).document(document, found)
    me = document_iri(BASE, "note.md")
    assert objects(lines, DCTERMS + "identifier") == {"note.md"}
    assert objects(lines, DCTERMS + "date") == {"2024-01-07"}
    assert objects(lines, WG + "day") == {"7"}
    assert objects(lines, SCHEMA + "keywords") == {"search"}
    # a link to itself is no citation
    assert objects(lines, SCHEMA + "citation") == {document_iri(BASE, "other.md")}
    sections = {o for o in objects(lines, SCHEMA + "hasPart") if o.startswith(me + "#section=")}
    assert len(sections) == len(document.sections)
    words = sum(section.words for section in document.sections)
    assert objects(lines, WG + "words", me) == {str(words)}


def test_a_relation_is_a_triple_with_a_claim_beside_it() -> None:
    document, _ = note("**A** requires [B](https://example.org).")
    whole_text = Span(0, len(document.text))
    relation = Relation("a", "requires", "b", 0.8, "wording", "note.md", (whole_text,))
    lines = Converter(BASE).prerequisites(document, [relation])
    a, b = concept_iri(BASE, "a"), concept_iri(BASE, "b")
    assert f"<{a}> <{WG}requires> <{b}> ." in lines
    assert objects(lines, RDF + "subject") == {a}
    assert objects(lines, RDF + "object") == {b}
    assert objects(lines, WG + "confidence") == {"0.8"}
    assert objects(lines, OA + "exact") == {document.source}
    assert objects(lines, WG + "plainText") == {"A requires B."}


def test_a_relation_without_evidence_is_not_written() -> None:
    document, _ = note("A requires B.")
    relation = Relation("a", "requires", "b", 0.8, "wording", "note.md", ())
    assert Converter(BASE).prerequisites(document, [relation]) == []


def test_lines_are_sorted_unique_and_the_same_for_any_order() -> None:
    document, _ = note("A uses B. C uses D.")
    claims = [
        Relation(a, "uses", b, 0.7, "wording", "note.md", (Span(0, 19),))
        for a, b in (("a", "b"), ("c", "d"), ("a", "d"))
    ]
    convert = Converter(BASE)
    lines = convert.relations(document, Relations("note.md", tuple(claims), (), ()))
    assert lines == sorted(set(lines))
    assert lines == convert.relations(document, Relations("note.md", tuple(claims[::-1]), (), ()))


@given(
    st.one_of(
        st.text()
        .filter(lambda value: value.encode("utf-8", "replace").decode() == value)
        .map(text),
        st.floats(-1000, 1000).map(fraction),
        st.integers(-(10**15), 10**15).map(whole),
        st.datetimes().map(lambda when: moment(f"{when.isoformat(timespec='milliseconds')}Z")),
        st.dates().map(lambda day: typed(day.isoformat(), "date")),
    )
)
def test_what_is_written_is_what_a_store_gives_back(term: str) -> None:
    line = f"<{BASE}s> <{BASE}p> {term} .\n"
    store = ox.Store()
    store.load(line, format=ox.RdfFormat.N_TRIPLES)
    again = store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
    assert (again or b"").decode() == line
