"""Queries from outside read, and do nothing else."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator

import pyoxigraph as ox
import pytest

from tests.store.test_ontology import BASE, named_graphs
from waygraph.errors import QueryError
from waygraph.store.convert import Converter
from waygraph.store.dataset import Dataset
from waygraph.store.query import ask
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
    with pytest.raises(QueryError, match="may not change the datagraph"):
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
