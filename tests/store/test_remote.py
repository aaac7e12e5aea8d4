"""A SPARQL server is the same store by another address: the same state, the same bytes."""

from __future__ import annotations

import base64
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.store.test_ontology import BASE, named_graphs
from waygraph.errors import QueryError, StoreError
from waygraph.store.convert import Converter, text
from waygraph.store.credentials import HOST, PASSWORD, PLAIN, TOKEN, USER, authorization
from waygraph.store.dataset import Dataset, NamedGraph
from waygraph.store.forms import pieces
from waygraph.store.query import ask
from waygraph.store.remote import Remote
from waygraph.store.selection import Selection
from waygraph.vocab import graph_iri


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a real Oxigraph server, in memory."""
    program = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or "oxigraph"
    address = f"127.0.0.1:{free_port()}"
    process = subprocess.Popen(
        [program, "serve", "--bind", address], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def remote(server: str) -> Iterator[Dataset]:
    with Dataset(Remote(server), BASE, write=True) as data:
        data.backend.update("CLEAR ALL")
        yield data


def test_the_same_commands_leave_the_same_bytes(remote: Dataset, tmp_path: Path) -> None:
    graphs = named_graphs(Converter(BASE))
    changed = graphs | {graph_iri(BASE, "odd"): odd_graph()}
    del changed[graph_iri(BASE, "mentions", "graph.md")]
    with Dataset(tmp_path / "store", BASE, write=True) as embedded:
        for state in (graphs, changed, changed, {}, changed):
            counts = [data.replace(state.items()) for data in (embedded, remote)]
            assert counts[0] == counts[1]
            assert remote.digests() == embedded.digests()
            assert remote.digest() == embedded.digest()
        for form in ("turtle", "trig", "nquads", "jsonld"):
            for selection in (Selection(), Selection(provenance=True)):
                shown = "".join(pieces(remote, form, selection))
                assert shown == "".join(pieces(embedded, form, selection))
                assert len(shown) > 1000
        for query in ("SELECT ?l { ?c skos:prefLabel ?l } ORDER BY ?l", "ASK { ?s a wg:Claim }",
                      "CONSTRUCT { ?s wg:requires ?o } WHERE { ?s wg:requires ?o }"):  # fmt: skip
            assert ask(remote, query) == ask(embedded, query)
        meant = {q for q in embedded.backend.dump().decode().split("\n") if q}
        assert {q for q in remote.backend.dump().decode().split("\n") if q} == meant
        assert sorted(remote.runs()) == sorted(embedded.runs())


@pytest.mark.parametrize("named", ["{0}", "{0}/query {0}/update {0}/store", "{0}/query {0}/update",
                                   "{0}/query {0}/update {0}/none"])  # fmt: skip
def test_a_graph_is_read_whole_where_the_server_gives_it(
    remote: Dataset, server: str, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    graphs = named_graphs(Converter(BASE)) | {graph_iri(BASE, "odd", "ä b?&.md"): odd_graph()}
    remote.replace(graphs.items())
    asked: list[str] = []
    send = Remote._send

    def counted(
        self: Remote, method: str, address: str, body: bytes | None, headers: dict[str, str]
    ) -> object:
        asked.append(method)
        return send(self, method, address, body, headers)

    monkeypatch.setattr(Remote, "_send", counted)
    with Dataset(Remote(named.format(server)), BASE) as data:
        asked.clear()
        found = {name: data.backend.graph(name) for name in graphs}
        whole = "none" not in named and named.count("{0}") != 2
        assert asked.count("POST") == (0 if whole else len(graphs))
        # a server that does not speak it is asked once
        assert asked.count("GET") == (len(graphs) if whole else "none" in named)
        assert data.backend.graph(f"{BASE}graph/none") == ""
    for name, graph in graphs.items():
        assert sorted(filter(None, found[name].split("\n"))) == graph.make()


def odd_graph() -> NamedGraph:
    values = ['a "q" \\ \n\r\t', "é 😀 \x00\x7f￿", "{} <x> . \\u0041"]
    return NamedGraph.of(
        sorted(f"<{BASE}s> <{BASE}p> {text(v)} ." for v in values), BASE + "run/x/1"
    )


def test_a_document_is_replaced_in_one_request(
    remote: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = graph_iri(BASE, "mentions", "a.md")
    one = NamedGraph.of([f"<{BASE}s> <{BASE}p> {text('1')} ."], BASE + "run/x/1")
    two = NamedGraph.of([f"<{BASE}s> <{BASE}p> {text('2')} ."], BASE + "run/x/1")
    remote.replace([(name, one)])
    updates: list[str] = []
    update = remote.backend.update

    def counted(text: str) -> None:
        updates.append(text)
        update(text)

    monkeypatch.setattr(remote.backend, "update", counted)
    remote.replace([(name, two)])
    assert len(updates) == 1
    assert remote.lines() == two.make()
    # a request that fails changes nothing: graph and digest still belong together
    with pytest.raises(StoreError, match="400"):
        remote.replace(
            [(name, NamedGraph.of([f"<{BASE}s> <{BASE}p> no term ."], BASE + "run/x/1"))]
        )
    assert remote.lines() == two.make()
    assert remote.digests() == {name: two.digest}


def test_a_query_that_takes_too_long_is_left(remote: Dataset) -> None:
    remote.replace(named_graphs(Converter(BASE)).items())
    slow = (
        "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i "
        "FILTER(STR(?c) = CONCAT(STR(?f), STR(?i), 'x')) }"
    )
    with pytest.raises(QueryError, match=r"took longer than 0\.2 s"):
        ask(remote, slow, seconds=0.2)


def test_a_server_that_is_away_is_named() -> None:
    address = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(StoreError, match="no SPARQL server answers at " + address) as caught:
        Remote(address)
    assert "--store" in caught.value.hint


class Refusing(BaseHTTPRequestHandler):
    """Answers with the status its path names, and notes the credentials."""

    seen: list[str | None] = []  # noqa: RUF012  # shared by all requests on purpose

    def do_POST(self) -> None:
        self.seen.append(self.headers.get("Authorization"))
        self.rfile.read(int(self.headers["Content-Length"]))
        status = int(self.path.split("/")[1])
        if status == 0:
            time.sleep(1)
            return
        body = b'{"head": {}, "boolean": true}' if self.path.startswith("/200/named") else b"why so"
        self.send_response(status)
        self.send_header("Content-Type", "application/sparql-results+json")
        if status == 302:
            self.send_header("Location", "/401/query")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def refusing() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "message", "hint"),
    [
        ("401", "refuses us: 401", USER),
        ("403", "refuses us: 403", "netrc"),
        ("500", "failed: 500 .*why so", "log"),
        ("302", "says 302", "redirects"),
        ("404", "says 404", "QUERY UPDATE"),
        ("200/named", "does not look into its named graphs", "union-default-graph"),
        ("0", "did not answer within 0.3 s", "server"),
    ],
)
def test_what_a_server_says_is_told(refusing: str, path: str, message: str, hint: str) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        Remote(f"{refusing}/{path}", seconds=0.3)
    assert hint in caught.value.hint


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials of whoever runs the tests."""
    for name in (USER, PASSWORD, TOKEN, HOST, PLAIN):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.usefixtures("nobody")
def test_credentials_come_from_the_environment_or_netrc(
    refusing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def sent() -> str | None:
        with pytest.raises(StoreError):
            Remote(f"{refusing}/401")
        return Refusing.seen[-1]

    def basic(pair: str) -> str:
        return "Basic " + base64.b64encode(pair.encode()).decode()

    assert sent() is None
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ann password s3cret\n")
    (tmp_path / ".netrc").chmod(0o600)
    assert sent() == basic("ann:s3cret")
    monkeypatch.setenv(USER, "bob")
    monkeypatch.setenv(PASSWORD, "pä:ss")
    assert sent() == basic("bob:pä:ss")
    monkeypatch.setenv(TOKEN, "abc")
    assert sent() == "Bearer abc"
    monkeypatch.setenv(HOST, "elsewhere.org")
    assert sent() == basic("ann:s3cret")
    monkeypatch.setenv(HOST, "127.0.0.1:1")
    assert sent() == basic("ann:s3cret")
    monkeypatch.setenv(HOST, refusing.removeprefix("http://"))
    assert sent() == "Bearer abc"


@pytest.mark.usefixtures("nobody")
@pytest.mark.parametrize(
    ("address", "host", "told"),
    [
        ("http://localhost:7878/query", "", True),
        ("http://127.0.0.2/query", "", True),
        ("http://127.0.0.1.evil.org/query", "", False),
        ("https://evil.org/query", "", False),
        ("https://evil.org/query", "mine.org", False),
        ("https://mine.org/query", "mine.org", True),
        ("https://MINE.org:8443/query", "mine.org:8443", True),
        ("https://mine.org:8443/query", "mine.org:443", False),
        ("http://localhost/query", "mine.org", False),
    ],
)
def test_credentials_are_for_one_host(
    monkeypatch: pytest.MonkeyPatch, address: str, host: str, told: bool
) -> None:
    monkeypatch.setenv(TOKEN, "abc")
    if host:
        monkeypatch.setenv(HOST, host)
    assert authorization(urlsplit(address)) == ({"Authorization": "Bearer abc"} if told else {})


@pytest.mark.usefixtures("nobody")
def test_credentials_do_not_cross_a_network_unencrypted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine mine.org login ann password s3cret\n")
    (tmp_path / ".netrc").chmod(0o600)
    with pytest.raises(StoreError, match=r"unencrypted to mine\.org:7878") as caught:
        Remote("http://mine.org:7878")
    assert "https" in caught.value.hint
    assert "s3cret" not in str(caught.value)
    monkeypatch.setenv(PLAIN, "1")
    assert authorization(urlsplit("http://mine.org:7878"))


@pytest.mark.usefixtures("nobody")
def test_credentials_follow_no_redirect(refusing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "abc")
    before = len(Refusing.seen)
    with pytest.raises(StoreError, match="says 302"):
        Remote(f"{refusing}/302")
    assert len(Refusing.seen) == before + 1


class Odd(BaseHTTPRequestHandler):
    """Answers what no SPARQL server would: by the first part of the path."""

    ANSWERS = {  # noqa: RUF012  # never changed
        "rows": b'{"head": {"vars": ["g"]}, "results": {"bindings": []}}',
        "truth": b'{"head": {}, "boolean": false}',
        "garbage": b"<html>\xff not what you are looking for",
        "nested": b'{"head":' * 10_000,
        "half": b'{"head": {"vars": ["g"]}, "results": {"bindings": [{"g": {"type": "uri", "va',
        "number": b'{"head": {"vars": ["g"]}, "results": {"bindings": [{"g": {"type": "literal",'
        b' "datatype": "http://www.w3.org/2001/XMLSchema#integer", "value": "many"}}]}}',
    }

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.path.split("/")[1]
        # to the question that comes first it says what is expected, but where that is the matter
        if asked.startswith(b"ASK") and kind not in ("rows", "garbage"):
            kind = "truth"
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.end_headers()
        if kind == "endless":
            with suppress(OSError):
                while True:
                    self.wfile.write(b" " * 100_000)
        if kind == "slow":
            with suppress(OSError):
                for _ in range(60):
                    self.wfile.write(b" ")
                    time.sleep(0.05)
        with suppress(OSError):
            self.wfile.write(self.ANSWERS.get(kind, b""))

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def odd() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("rows", "to a question of yes or no it gives rows"),
        ("garbage", "answers what cannot be read"),
        ("truth", "to a SELECT it gives no rows"),
        ("nested", "answers what cannot be read"),
        ("half", "answers what cannot be read"),
        ("number", "answers what cannot be read"),
        ("endless", "more than 1,000,000 bytes"),
        ("slow", "did not answer within 1 s"),
    ],
)
def test_what_is_no_answer_is_said_to_be_none(odd: str, kind: str, said: str) -> None:
    def ask_it() -> None:
        with Dataset(Remote(f"{odd}/{kind}", 1, 1_000_000), BASE) as data:
            list(data.select("SELECT ?g { ?g ?p ?o }"))

    with pytest.raises(StoreError, match=said):
        ask_it()
