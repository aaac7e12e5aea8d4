"""Queries from outside read, and do nothing else."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.query import Result

from tests.store.test_ontology import BASE, named_graphs
from waygraph.errors import QueryError
from waygraph.store.convert import Converter
from waygraph.store.dataset import Dataset
from waygraph.store.query import ask, checked_query, scope_of
from waygraph.store.results import CSV, JSON, TSV, XML, TooLarge, encoded
from waygraph.vocab import WG, concept_iri


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataset]:
    with Dataset(tmp_path_factory.mktemp("query") / "store", BASE, write=True) as data:
        data.replace(named_graphs(Converter(BASE)).items())
        yield data


LABELS = "SELECT ?c ?l { ?c skos:prefLabel ?l } ORDER BY ?l"


def test_a_table_is_aligned_and_prefixed(data: Dataset) -> None:
    head, rule, *rows = ask(data, LABELS).splitlines()
    assert head.split() == ["c", "l"]
    assert set(rule) == {"-", " "}
    names = ["graph", "node", "queue", "tree"]
    assert [row.split() for row in rows[1:]] == [[f"concept:{name}", name] for name in names]
    assert {row.rindex(" ") for row in rows[1:]} == {rule.rindex(" ")}


def test_json_and_csv_are_the_standard_ones(data: Dataset) -> None:
    found = json.loads(ask(data, LABELS, "json"))
    labels = [row["l"]["value"] for row in found["results"]["bindings"]]
    assert labels[1:] == ["graph", "node", "queue", "tree"]
    rows = list(csv.DictReader(ask(data, LABELS, "csv").splitlines()))
    assert [row["l"] for row in rows] == labels
    assert rows[1]["c"] == concept_iri(BASE, "graph")


def test_a_graph_is_turtle(data: Dataset) -> None:
    shown = ask(data, "CONSTRUCT WHERE { ?a wg:requires ?b }")
    triples = list(ox.parse(shown, format=ox.RdfFormat.TURTLE))
    assert len(triples) == 2
    assert {triple.predicate.value for triple in triples} == {WG + "requires"}
    assert "wg:requires concept:graph" in shown
    assert "concept:graph\n    a skos:Concept" in ask(data, "DESCRIBE concept:graph")


def test_a_question_is_answered_yes_or_no(data: Dataset) -> None:
    assert ask(data, "ASK { ?s a wg:Claim }") == "yes\n"
    assert ask(data, "ASK { ?s a wg:Nothing }", "csv") == "false\n"


@pytest.mark.parametrize(
    "update",
    ["DELETE WHERE { ?s ?p ?o }", "INSERT DATA { wg:a wg:b wg:c }", "CLEAR ALL", "drop all",
     "LOAD <http://example.org/x>", "PREFIX x: <urn:x> INSERT { ?s ?p 1 } WHERE { ?s ?p ?o }",
     "SELECT * { ?s ?p ?o } ; DELETE WHERE { ?s ?p ?o }"],
)  # fmt: skip
def test_updates_are_refused(data: Dataset, update: str) -> None:
    before = data.lines()
    with pytest.raises(QueryError, match=r"may not change the datagraph|is no SPARQL"):
        ask(data, update)
    assert data.lines() == before


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://localhost/> { ?s ?p ?o } }",
        "SELECT * { service silent ?x { ?s ?p ?o } }",
        "SELECT * { ?s ?p ?o FILTER(?o<1)SERVICE<http://x/>{?a ?b ?c} }",
        "SELECT * { ?s wg:a\\' ?o . SERVICE <http://x/> { ?a wg:b\\' ?c } }",
        "SELECT * { \\u0053ERVICE <http://x/> { ?s ?p ?o } }",
        'SELECT * { ?s ?p "a\\u0022" . SERVICE <http://x/> { ?a ?b "c" } }',
        "SELECT * { # a 'comment\n SERVICE <http://x/> { ?s ?p ?o } } # '",
    ],
)
def test_other_servers_are_not_asked(data: Dataset, query: str) -> None:
    with pytest.raises(QueryError, match="SERVICE is refused"):
        ask(data, query)


@pytest.mark.parametrize(
    "query",
    ['SELECT * { ?s ?p "SERVICE" }', "SELECT * { ?service wg:service ?o } # SERVICE",
     "SELECT * { ?s ?p <http://x/SERVICE> }", "SELECT * { ?s ?p '''it's a\n SERVICE''' }",
     "SELECT * { ?s ?p ?insert FILTER(?insert = 'DELETE') }"],
)  # fmt: skip
def test_the_words_themselves_are_no_fault(data: Dataset, query: str) -> None:
    assert ask(data, query, "json")


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("SELECT * { ?s 1 }", "line 1, column 1[0-9]:"),
        ("SELECT *\n{ ?s wg:x 1 2 }", "line 2, column 1[0-9]:"),
        ("SELECT * {\n ?s foo:x ?o }", "line 2, column [0-9]+: a prefix is not declared"),
        ("", "line 1, column 1:"),
    ],
)
def test_a_fault_is_told_by_line_and_column(data: Dataset, query: str, place: str) -> None:
    with pytest.raises(QueryError, match=place):
        ask(data, query)


@pytest.mark.parametrize(
    ("query", "form"), [("SELECT * { ?s ?p ?o }", "turtle"), ("DESCRIBE wg:x", "csv")]
)
def test_a_form_that_does_not_fit_is_refused(data: Dataset, query: str, form: str) -> None:
    with pytest.raises(QueryError):
        ask(data, query, form)


def test_what_takes_too_long_is_left(data: Dataset) -> None:
    slow = (
        "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i "
        "FILTER(STR(?c) = CONCAT(STR(?f), STR(?i), 'x')) }"
    )
    with pytest.raises(QueryError, match=r"took longer than 0\.2 s"):
        ask(data, slow, seconds=0.2)


def test_a_query_of_no_utf_8_is_refused(data: Dataset) -> None:
    with pytest.raises(QueryError, match="not UTF-8"):
        ask(data, "SELECT * { ?s ?p '\udcff' }")


@pytest.mark.parametrize(
    ("query", "graphs"),
    [
        ("SELECT * FROM <x:g> { ?s ?p ?o }", True),
        ("PREFIX x: <x:> SELECT *FROMx:g{ ?s ?p ?o }", True),
        ("SELECT ?from { ?from <x:from> 'FROM <x:g>' } # FROM <x:g>", False),
        ("PREFIX from: <x:> SELECT * { from:FROM ?p ?o }", False),
    ],
)
def test_the_graphs_that_a_query_names_itself_are_found(query: str, graphs: bool) -> None:
    assert (scope_of(checked_query(query, BASE)) is not None) is graphs


def test_a_table_holds_one_row_a_line_and_nothing_that_a_terminal_obeys(data: Dataset) -> None:
    query = (
        "SELECT * { VALUES (?a ?b) { ('x\\n\\u001b[2Jy' <http://e/a,b>) ('" + "z" * 999 + "' 1) } }"
    )
    head, rule, first, second = ask(data, query).split("\n")[:-1]
    assert (len(rule), first.split()) == (
        200 + 2 + len("<http://e/a,b>"),
        ["x", "\ufffd[2Jy", "<http://e/a,b>"],
    )
    assert second.split() == ["z" * 999, "1"]
    assert not any(map(str.isspace, head.replace(" ", "")))


IRIS = st.text(st.sampled_from("ab,;'()&=é\u2028"), min_size=1).map(lambda t: f"http://e.org/{t}")
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@settings(max_examples=50)
@given(IRIS, TEXTS, TEXTS)
def test_others_read_in_every_form_what_was_meant(iri: str, text: str, other: str) -> None:
    store = ox.Store()
    node, predicate = ox.NamedNode(iri), ox.NamedNode("http://e.org/p")
    for value in {text, other}:
        store.add(ox.Quad(node, predicate, ox.Literal(value)))
    found = {}
    for kind, form in ((JSON, "json"), (XML, "xml"), (CSV, "csv"), (TSV, "tsv")):
        rows = store.query("SELECT ?s ?o ?none { ?s ?p ?o }")
        body = encoded(rows, kind, BASE)
        if kind == TSV:
            found[form] = {
                (line.split("\t")[0][1:-1], rdflib.util.from_n3(line.split("\t")[1]).toPython())  # type: ignore[union-attr]  # a literal
                for line in body.decode().removesuffix("\n").split("\n")[1:]
            }
        elif kind == CSV:
            # Python's reader keeps the line ends that rdflib's makes into others
            read = list(csv.reader(io.StringIO(body.decode(), newline="")))
            assert read[0] == ["s", "o", "none"]
            assert all(len(row) == 3 and row[2] == "" for row in read[1:])
            found[form] = {(row[0], row[1]) for row in read[1:]}
        else:
            result = Result.parse(io.BytesIO(body), format=form)
            found[form] = {(str(row[0]), str(row[1])) for row in result}  # type: ignore[index]  # rows
    meant = {(iri, value) for value in (text, other)}
    assert found["json"] == found["csv"] == found["tsv"] == meant
    if all(c >= " " or c in "\t\n\r" for c in text + other) and not {"\ufffe", "\uffff"} & {
        *text, *other,
    }:  # fmt: skip
        assert found["xml"] == meant


def test_the_command_quotes_as_the_standard_says(data: Dataset) -> None:
    query = "SELECT * { VALUES (?a ?b) { (<http://e/a,b> 'x,\"y') } }"
    assert ask(data, query, "csv") == 'a,b\n"http://e/a,b","x,""y"\n'
    assert json.loads(ask(data, query, "json"))["results"]["bindings"][0]["b"]["value"] == 'x,"y'


@pytest.mark.parametrize("kind", [JSON, XML, CSV, TSV])
def test_answers_are_bounded_by_rows_and_by_bytes(kind: str) -> None:
    many = "SELECT * { VALUES ?x { " + "'0123456789' " * 100 + "} }"
    assert encoded(ox.Store().query(many), kind, BASE, rows=100, size=10_000)
    with pytest.raises(TooLarge, match="99 rows"):
        encoded(ox.Store().query(many), kind, BASE, rows=99)
    with pytest.raises(TooLarge, match="1,000 bytes"):
        encoded(ox.Store().query(many), kind, BASE, size=1_000)
    graph = f"CONSTRUCT {{ <x:s> <x:p> ?y }} {{ {many.partition('{')[2]} BIND(STRUUID() AS ?y) }}"
    with pytest.raises(TooLarge, match="1,000 bytes"):
        encoded(
            ox.Store().query(graph.replace("} } BIND", "} BIND")), "text/turtle", BASE, size=1_000
        )
