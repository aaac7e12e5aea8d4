"""The SPARQL endpoint: SPARQL 1.1 Protocol, its limits, and the clients that others use.

The requests of the query part of W3C's protocol tests are written out in ``PROTOCOL``, each
under the name that the suite's manifest gives it; the suite's two graphs on the web are two of
the datagraph's own.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pyoxigraph as ox
import pytest
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, JSON, N3, POST, RDFXML, TSV, TURTLE, XML, SPARQLWrapper
from starlette.testclient import TestClient

from tests.app.web.conftest import BASE, TOKEN
from waygraph.app.web import sparql
from waygraph.app.web.evaluate import Limits
from waygraph.app.web.guard import Guard
from waygraph.app.web.server import make_app, run
from waygraph.config import Workspace
from waygraph.vocab import graph_iri

pytestmark = pytest.mark.slow
FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
S_JSON, S_XML = "application/sparql-results+json", "application/sparql-results+xml"
ONE = graph_iri("https://w3id.org/waygraph/local/", "relations", "data/articles/heuristic.md")
TWO = graph_iri("https://w3id.org/waygraph/local/", "relations", "data/articles/graph.md")
NAMED_TWO = "ASK { GRAPH ?g1 { ?a ?b ?c } GRAPH ?g2 { ?d ?e ?f } FILTER(?g1 != ?g2) }"
ASK = "ASK {}"


def form(*pairs: tuple[str, str]) -> bytes:
    return urlencode(pairs).encode()


# name, method, query string, content type, body, Accept, status, a type that is expected, truth
Row = tuple[str, str, str, str | None, bytes, str | None, int, str | None, bool | None]
PROTOCOL: list[Row] = [
    ("query_get", "GET", urlencode({"query": ASK}), None, b"", None, 200, S_JSON, True),
    ("query_post_form", "POST", "", FORM, form(("query", ASK)), None, 200, S_JSON, True),
    ("query_post_direct", "POST", "", DIRECT, ASK.encode(), None, 200, S_JSON, True),
    (
        "query_dataset_default_graphs_get", "GET",
        urlencode([("query", "ASK { ?s ?p ?o }"), ("default-graph-uri", ONE),
                   ("default-graph-uri", TWO)]),
        None, b"", None, 200, S_JSON, True,
    ),
    (
        "query_dataset_default_graph", "POST", urlencode({"default-graph-uri": ONE}),
        DIRECT, b"ASK { ?s ?p ?o }", None, 200, S_JSON, True,
    ),
    (
        "query_dataset_default_graphs_post", "POST",
        urlencode([("default-graph-uri", ONE), ("default-graph-uri", TWO)]),
        DIRECT, b"ASK { ?s ?p ?o FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } } }", None, 200,
        S_JSON, True,
    ),
    (
        "query_dataset_named_graphs_get", "GET",
        urlencode([("query", "ASK { GRAPH ?g { ?s ?p ?o } FILTER NOT EXISTS { ?a ?b ?c } }"),
                   ("named-graph-uri", ONE), ("named-graph-uri", TWO)]),
        None, b"", None, 200, S_JSON, True,
    ),
    (
        "query_dataset_named_graphs_post", "POST",
        urlencode([("named-graph-uri", ONE), ("named-graph-uri", TWO)]), DIRECT,
        NAMED_TWO.encode(), None, 200, S_JSON, True,
    ),
    (
        "query_dataset_full", "POST", "", FORM,
        form(("query", f"ASK {{ ?s ?p ?o GRAPH <{TWO}> {{ ?a ?b ?c }} "
                       f"FILTER NOT EXISTS {{ GRAPH <{ONE}> {{ ?x ?y ?z }} }} }}"),
             ("default-graph-uri", ONE), ("named-graph-uri", TWO)),
        None, 200, S_JSON, True,
    ),
    (  # the protocol's dataset counts, not the query's
        "query_multiple_dataset", "POST", "", FORM,
        form(("query", f"ASK FROM <{TWO}> {{ ?s ?p ?o FILTER NOT EXISTS {{ GRAPH <{TWO}> "
                       "{ ?x ?y ?z } } }"),
             ("default-graph-uri", ONE), ("named-graph-uri", ONE)),
        None, 200, S_JSON, True,
    ),
    (
        "query_content_type_select", "POST", "", FORM,
        form(("query", "SELECT (1 AS ?value) {}")), None, 200, S_JSON, None,
    ),
    ("query_content_type_ask", "POST", "", FORM, form(("query", ASK)), None, 200, S_JSON, True),
    (
        "query_content_type_describe", "POST", "", FORM,
        form(("query", "DESCRIBE <http://example.org/>")), None, 200, "text/turtle", None,
    ),
    (
        "query_content_type_construct", "POST", "", FORM,
        form(("query", "CONSTRUCT { <s> <p> 1 } WHERE {}".replace("<", "<http://e.org/"))),
        None, 200, "text/turtle", None,
    ),
    (
        "bad_query_method", "PUT", urlencode({"query": ASK}), None, b"", None, 405, None, None,
    ),
    (
        "bad_multiple_queries", "GET",
        urlencode([("query", ASK), ("query", "SELECT * {}")]), None, b"", None, 400, None, None,
    ),
    (
        "bad_multiple_queries_form", "POST", "", FORM, form(("query", ASK), ("query", ASK)),
        None, 400, None, None,
    ),
    ("bad_query_wrong_media_type", "POST", "", "text/plain", ASK.encode(), None, 415, None, None),
    ("bad_query_missing_form_type", "POST", "", None, form(("query", ASK)), None, 415, None, None),
    ("bad_query_missing_direct_type", "POST", "", None, ASK.encode(), None, 415, None, None),
    (
        "bad_query_non_utf8", "POST", "", f"{DIRECT}; charset=UTF-16", ASK.encode("utf-16"),
        None, 400, None, None,
    ),
    ("bad_query_non_utf8_unsaid", "POST", "", DIRECT, b"ASK { \xff }", None, 400, None, None),
    ("bad_query_non_utf8_form", "POST", "", FORM, b"query=ASK%20%7B%FF", None, 400, None, None),
    ("bad_query_syntax", "GET", urlencode({"query": "ASK { "}), None, b"", None, 400, None, None),
    ("bad_no_query", "POST", "", FORM, form(("other", ASK)), None, 400, None, None),
    ("bad_two_places", "POST", urlencode({"query": ASK}), DIRECT, ASK.encode(), None, 400, None,
     None),
    ("bad_update_get", "GET", urlencode({"update": "CLEAR ALL"}), None, b"", None, 400, None,
     None),
    ("bad_update_as_query", "POST", "", FORM, form(("query", "CLEAR ALL")), None, 400, None, None),
    ("bad_update_and_query", "POST", "", FORM, form(("query", ASK), ("update", "CLEAR ALL")),
     None, 400, None, None),
    ("bad_update_not_allowed", "POST", "", FORM, form(("update", "CLEAR ALL")), None, 403, None,
     None),
    ("bad_update_not_allowed_direct", "POST", "", "application/sparql-update", b"CLEAR ALL", None,
     403, None, None),
    ("bad_graph", "GET", urlencode({"query": ASK, "default-graph-uri": "x> {"}), None, b"", None,
     400, None, None),
    # what YASGUI sends
    (
        "yasgui_select", "POST", "", f"{FORM}; charset=UTF-8",
        form(("query", "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>\n"
                       "SELECT * WHERE {\n  ?sub ?pred ?obj .\n} LIMIT 10")),
        f"{S_JSON},*/*;q=0.9", 200, S_JSON, None,
    ),
    (
        "yasgui_ask", "POST", "", f"{FORM}; charset=UTF-8", form(("query", ASK)),
        f"{S_JSON},*/*;q=0.9", 200, S_JSON, True,
    ),
    (
        "yasgui_construct", "POST", "", f"{FORM}; charset=UTF-8",
        form(("query", "CONSTRUCT WHERE { ?s skos:prefLabel ?o } LIMIT 3")),
        "application/n-triples,*/*;q=0.9", 200, "application/n-triples", None,
    ),
    (
        "yasgui_older", "GET", urlencode({"query": ASK}), None, b"",
        "application/sparql-results+json,*/*;q=0.9", 200, S_JSON, True,
    ),
]  # fmt: skip


@pytest.mark.parametrize("row", PROTOCOL, ids=lambda row: row[0])
def test_protocol(anyone: TestClient, row: Row) -> None:
    _, method, asked, kind, body, accept, status, expected, truth = row
    headers = {"content-type": kind} if kind else {}
    anyone.headers.pop("accept", None)
    if accept:
        headers["accept"] = accept
    url = f"{BASE}/sparql" + (f"?{asked}" if asked else "")
    found = anyone.request(method, url, headers=headers, content=body)
    assert found.status_code == status, found.text
    if status >= 400:
        assert found.json()["error"]["message"]
        return
    assert found.headers["content-type"].partition(";")[0] == expected
    assert found.headers["vary"] == "Accept"
    if truth is not None:
        assert found.json()["boolean"] is truth


SELECT = "SELECT ?c ?l ?n { ?c skos:prefLabel ?l OPTIONAL { ?c wg:nothing ?n } } ORDER BY ?l"
CONSTRUCT = "CONSTRUCT WHERE { ?s skos:prefLabel ?o }"


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        (SELECT, "*/*", S_JSON),
        (SELECT, "application/json", "application/json"),
        (SELECT, S_XML, S_XML),
        (SELECT, "text/xml", "text/xml"),
        (SELECT, "text/csv", "text/csv"),
        (SELECT, "text/tab-separated-values", "text/tab-separated-values"),
        (SELECT, f"{S_JSON};q=0.1, {S_XML};q=0.2", S_XML),
        (SELECT, "text/*", "text/csv"),
        (CONSTRUCT, "*/*", "text/turtle"),
        (CONSTRUCT, "application/ld+json", "application/ld+json"),
        (CONSTRUCT, "application/rdf+xml;q=0.9, text/turtle;q=0.8", "application/rdf+xml"),
        (CONSTRUCT, "application/n-triples", "application/n-triples"),
    ],
)
def test_an_answer_comes_as_asked_for_and_says_the_same(
    anyone: TestClient, query: str, accept: str, kind: str
) -> None:
    found = anyone.get("/sparql", params={"query": query}, headers={"accept": accept})
    assert found.status_code == 200
    assert found.headers["content-type"].partition(";")[0] == kind
    plain = anyone.get("/sparql", params={"query": SELECT}, headers={"accept": S_JSON}).json()
    rows = [(b["c"]["value"], b["l"]["value"]) for b in plain["results"]["bindings"]]
    assert len(rows) > 100
    if query == CONSTRUCT:
        form = ox.RdfFormat.from_media_type(kind)
        assert form is not None
        triples = {(t.subject.value, t.object.value) for t in ox.parse(found.content, form)}
        assert triples == set(rows)
    elif kind == "text/csv":
        assert found.text.split("\r\n")[0] == "c,l,n"
        assert found.text.count("\r\n") == len(rows) + 1
    else:
        as_read = ox.QueryResultsFormat.from_media_type(kind)
        assert as_read is not None
        parsed = ox.parse_query_results(found.content, format=as_read)
        assert [(r["c"].value, r["l"].value) for r in parsed] == rows  # type: ignore[union-attr]  # a SELECT gives solutions


def test_terms_of_every_kind_survive_every_form(anyone: TestClient) -> None:
    query = (
        'SELECT ?a ?b ?c ?d ?e { VALUES (?a ?b ?c ?d) { ("x\\t\\"<&\\n\\\\y" "chat"@fr '
        '<http://e.org/?a=1&b=2> "1"^^<http://e.org/type>) } }'
    )
    found = {}
    for kind in (S_JSON, S_XML, "text/tab-separated-values"):
        body = anyone.get("/sparql", params={"query": query}, headers={"accept": kind}).content
        form = ox.QueryResultsFormat.from_media_type(kind)
        assert form is not None
        (row,) = list(ox.parse_query_results(body, format=form))  # type: ignore[arg-type]  # solutions
        found[kind] = [row[name] for name in "abcde"]
    expected = [
        ox.Literal('x\t"<&\n\\y'),
        ox.Literal("chat", language="fr"),
        ox.NamedNode("http://e.org/?a=1&b=2"),
        ox.Literal("1", datatype=ox.NamedNode("http://e.org/type")),
        None,
    ]
    assert all(row == expected for row in found.values())


@pytest.mark.parametrize(
    ("query", "accept"),
    [(SELECT, "text/turtle"), (CONSTRUCT, S_JSON), (ASK, "image/png"), (ASK, "*/*;q=0")],
)
def test_a_form_that_an_answer_has_not_is_refused(
    anyone: TestClient, query: str, accept: str
) -> None:
    found = anyone.get("/sparql", params={"query": query}, headers={"accept": accept})
    assert (found.status_code, found.json()["error"]["field"]) == (406, "accept")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT * { service silent <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT * { \\u0053ERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "LOAD <http://127.0.0.1:1/>",
        "INSERT DATA { <a:a> <a:b> <a:c> }",
    ],
)
def test_nothing_is_asked_elsewhere_nor_changed(anyone: TestClient, query: str) -> None:
    assert anyone.get("/sparql", params={"query": query}).status_code == 400


def test_a_fault_is_shown_in_its_place(anyone: TestClient) -> None:
    error = anyone.get("/sparql", params={"query": "SELECT *\n{ ?s ?p }"}).json()["error"]
    assert error["message"].startswith("the query is no SPARQL: line 2, column 10")


def test_without_a_query_the_service_describes_itself(anyone: TestClient) -> None:
    found = anyone.get("/sparql")
    assert found.headers["content-type"] == "text/turtle; charset=utf-8"
    said = {t.object.value for t in ox.parse(found.content, ox.RdfFormat.TURTLE)}
    assert f"{BASE}/sparql" in said
    assert "http://www.w3.org/ns/sparql-service-description#SPARQL11Query" in said


def test_limits_of_rows_time_and_memory(sample: Workspace) -> None:
    limits = Limits(seconds=2, rows=50, memory=200 << 20, children=1)
    with TestClient(make_app(sample, TOKEN, limits=limits), base_url=BASE) as client:

        def ask(query: str) -> tuple[int, str]:
            found = client.post("/sparql", data={"query": query})
            return found.status_code, found.json().get("error", {}).get("message", "")

        assert ask("SELECT * { ?s ?p ?o } LIMIT 50") == (200, "")
        assert ask("SELECT * { ?s ?p ?o } LIMIT 51")[0] == 413
        assert ask("CONSTRUCT WHERE { ?s ?p ?o }") == (413, "the answer has more than 50 rows")
        begun = time.monotonic()
        endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
        assert ask(endless) == (503, "it took longer than 2 s")
        assert time.monotonic() - begun < 4
        assert ask("ASK {}")[0] == 200
        assert ask("SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f")[0] in (413, 503)
        assert ask("ASK " + "{" * 20_000)[0] == 413
        assert ask("ASK { FILTER(" + "(" * 20_000)[0] == 413
        assert ask("#" * 1_000_001)[0] == 413
        assert ask("ASK {}")[0] == 200


def test_answers_have_limits_in_bytes_alone_and_together(
    sample: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits(seconds=20, size=1_000_000, children=1)
    guarded = make_app(sample, TOKEN, limits=limits)
    assert isinstance(guarded, Guard)
    evaluators = guarded._app._app.state.evaluators  # type: ignore[attr-defined]  # it is FastAPI's
    with TestClient(guarded, base_url=BASE) as client:

        def ask(size: int) -> int:
            query = (
                f"SELECT ?x {{ VALUES ?x {{ '{'x' * (size // 10)}' }} VALUES ?y {{ {'1 ' * 10}}} }}"
            )
            return client.post("/sparql", data={"query": query}).status_code

        assert (ask(1_000), ask(900_000), ask(1_100_000)) == (200, 200, 413)
        assert evaluators.unread == 0
        monkeypatch.setattr(sparql, "_UNREAD", 1_500_000)
        other = sparql._Long(evaluators, b"x" * 1_000_000, {}, "text/csv")
        assert (ask(1_000), ask(900_000)) == (200, 503)
        # who asked for the other reads a part of it, and no more
        monkeypatch.setattr(sparql, "_READ_SECONDS", 0.1)
        got: list[bytes] = []

        async def send(message: Any) -> None:
            got.append(message.get("body", b""))
            if len(got) > 3:
                await asyncio.sleep(60)

        async def receive() -> Any:
            return {"type": "http.disconnect"}

        begun = time.monotonic()
        asyncio.run(other({"type": "http"}, receive, send))
        assert time.monotonic() - begun < 30
        assert 0 < sum(map(len, got)) < 300_000
        assert evaluators.unread == 0
        assert ask(900_000) == 200


def test_an_update_needs_write_and_the_token(
    writable: TestClient, own: Workspace, anyone: TestClient
) -> None:
    insert = 'INSERT DATA { GRAPH <http://e.org/mine> { <http://e.org/a> skos:note "mine" } }'
    there = {"query": "ASK { GRAPH <http://e.org/mine> { ?s skos:note ?o } }"}
    stranger = TestClient(writable.app, base_url=BASE)
    for asked in ({"data": {"update": insert}}, {
        "content": insert, "headers": {"content-type": "application/sparql-update"},
    }):  # fmt: skip
        refused = stranger.post("/sparql", **asked)
        assert (refused.status_code, refused.json()["error"]["field"]) == (401, "token")
    assert not writable.get("/sparql", params=there).json()["boolean"]
    assert writable.post("/sparql", data={"update": insert}).status_code == 204
    assert writable.get("/sparql", params=there).json()["boolean"]
    assert stranger.get("/sparql", params=there).json()["boolean"]
    for update in ("LOAD <file:///etc/passwd>", "LOAD SILENT <http://127.0.0.1:1/>",
                   "INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
                   "INSERT DATA {", "SELECT * {}"):  # fmt: skip
        assert writable.post("/sparql", data={"update": update}).status_code == 400, update
    drop = writable.post("/sparql", content="DROP GRAPH <http://e.org/mine>",
                         headers={"content-type": "application/sparql-update"})  # fmt: skip
    assert drop.status_code == 204
    assert not writable.get("/sparql", params=there).json()["boolean"]


@pytest.fixture(scope="module")
def address(sample: Workspace) -> Iterator[str]:
    """A server that really listens, for clients that are not ours."""
    import uvicorn

    ports: list[int] = []
    servers: list[uvicorn.Server] = []
    app = make_app(sample, TOKEN)
    thread = threading.Thread(
        target=run, args=(app, 0), kwargs={"started": ports.append, "made": servers.append}
    )
    thread.start()
    while not (servers and servers[0].started):
        time.sleep(0.02)
    yield f"http://127.0.0.1:{ports[0]}/sparql"
    servers[0].should_exit = True
    thread.join()


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("kind", [JSON, XML, CSV, TSV])
def test_sparqlwrapper_selects(address: str, method: str, kind: str) -> None:
    client = SPARQLWrapper(address)
    client.setMethod(method)
    client.setReturnFormat(kind)
    client.setQuery("SELECT ?l { ?c skos:prefLabel ?l } ORDER BY ?l LIMIT 2")
    found: Any = client.queryAndConvert()
    text = found.toxml() if kind == XML else str(found)
    assert "A* search" in text


@pytest.mark.parametrize("kind", [TURTLE, RDFXML, N3])
def test_sparqlwrapper_constructs(address: str, kind: str) -> None:
    client = SPARQLWrapper(address)
    client.setMethod(POST)
    client.setReturnFormat(kind)
    client.setQuery("CONSTRUCT WHERE { ?c skos:prefLabel ?l }")
    found: Any = client.queryAndConvert()
    count = len(found) if kind == RDFXML else found.count(b"prefLabel")
    assert count > 1


def test_sparqlwrapper_is_told_what_is_wrong(address: str) -> None:
    from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

    client = SPARQLWrapper(address)
    client.setQuery("SELEKT")
    with pytest.raises(QueryBadFormed, match="the query is no SPARQL"):
        client.query()


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
@pytest.mark.parametrize("form", ["xml", "json", "csv", "tsv"])
def test_rdflib_asks_it_as_a_store(address: str, method: str, form: str) -> None:
    import rdflib
    from rdflib.namespace import SKOS

    store = SPARQLStore(address, method=method, returnFormat=form)
    graph = rdflib.Graph(store)
    rows = list(graph.query("SELECT ?l { ?c skos:prefLabel ?l } ORDER BY ?l LIMIT 2"))
    assert str(rows[0][0]) == "A* search"  # type: ignore[index]  # a SELECT gives rows
    heuristic = rdflib.URIRef("https://w3id.org/waygraph/local/concept/heuristic")
    assert str(next(graph.objects(heuristic, SKOS.prefLabel))) == "heuristic"
    if form in ("xml", "json"):
        assert graph.query("ASK { ?c skos:prefLabel ?l }").askAnswer
    if form != "xml":
        return  # rdflib asks for RDF only where it asks for XML
    described = graph.query(f"DESCRIBE <{heuristic}>")
    assert (heuristic, SKOS.prefLabel, rdflib.Literal("heuristic")) in described.graph  # type: ignore[operator]  # there is one


def test_a_page_of_another_origin_reads_nothing_of_it(address: str) -> None:
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    url = f"{address}?query={quote(ASK)}"
    with urlopen(url) as answer:
        assert json.load(answer)["boolean"]
        assert answer.headers["access-control-allow-origin"] is None
    for headers in ({"Origin": "https://yasgui.example"}, {"Sec-Fetch-Site": "cross-site"},
                    {"Host": "rebound.example"}):  # fmt: skip
        with pytest.raises(HTTPError) as error:
            urlopen(Request(url, headers=headers))
        assert error.value.code in (403, 421)
