"""A SPARQL 1.1 server as the store: the same named graphs, over HTTP.

What is written goes through the update operation, so that a graph and its digest change in
one request; whole graphs are read by the Graph Store Protocol where the server speaks it. The
server must answer queries over the union of its named graphs.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import pyoxigraph as ox

from waygraph.errors import StoreError
from waygraph.store.backend import Graph, Results, Scope, readable, solutions, unreadable
from waygraph.store.credentials import HOST, PASSWORD, TOKEN, USER, authorization

_SECONDS = 120
# A longer answer is that of no store of notes.
_MOST_BYTES = 1 << 30
_AT_ONCE = 1 << 20
_SOLUTIONS = "application/sparql-results+json"
_TRIPLES = "application/n-triples"
_SHOWN = 300


class _Answer(NamedTuple):
    """What a server answered: status, its reason, content type, body."""

    status: int
    reason: str
    kind: str
    body: bytes


class Remote:
    """A store behind a SPARQL server.

    Args:
        address: http(s) address under which ``query``, ``update`` and ``store`` (the Graph
            Store Protocol) lie, or the addresses of the first two or all three, separated by
            spaces.
        seconds: how long a request may take.
        most_bytes: how long an answer may be.

    Raises:
        StoreError: the server is away, refuses us, answers what cannot be read, or does not
            answer over the union of its named graphs.
    """

    bulk = False
    shared = True

    def __init__(
        self, address: str, seconds: float = _SECONDS, most_bytes: int = _MOST_BYTES
    ) -> None:
        self.name = address
        named = address.split()
        if len(named) == 1:
            named = [f"{named[0].rstrip('/')}/{one}" for one in ("query", "update", "store")]
        self._query_at, self._update_at, self._graphs_at = [*named, ""][:3]
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._connections: dict[tuple[str, str], http.client.HTTPConnection] = {}
        self._check_union()

    def query(self, query: str, scope: Scope | None = None) -> Results:
        """See ``Backend``."""
        kind, body = self._ask(query, f"{_SOLUTIONS}, {_TRIPLES}", scope)
        with readable(self.name):
            if kind.startswith(_TRIPLES):
                # Oxigraph's own type for the answer to a CONSTRUCT
                graph = ox.Store()
                graph.load(body, format=ox.RdfFormat.N_TRIPLES)
                return graph.query("CONSTRUCT WHERE { ?s ?p ?o }")
            return ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)

    def update(self, update: str) -> None:
        """See ``Backend``."""
        self._post(self._update_at, update, "application/sparql-update", "*/*")

    def insert(self, graphs: Sequence[Graph]) -> None:
        """See ``Backend``."""
        data = " ".join(f"GRAPH <{name}> {{ {' '.join(lines)} }}" for name, lines in graphs)
        self.update(f"INSERT DATA {{ {data} }}")

    def bulk_insert(self, graphs: Sequence[Graph]) -> None:
        """See ``Backend``."""
        self.insert(graphs)

    def graph(self, name: str) -> str:
        """See ``Backend``."""
        if self._graphs_at:
            at = f"{self._graphs_at}?{urlencode({'graph': name}, quote_via=quote, safe='')}"
            answer = self._send("GET", at, None, {"Accept": _TRIPLES})
            if answer.status == http.HTTPStatus.OK and answer.kind.startswith(_TRIPLES):
                return self._canonical(answer.body)
        # the graph is not there, or the server does not give it away by name
        query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{name}> {{ ?s ?p ?o }} }}"
        found = self._canonical(self._ask(query, _TRIPLES)[1])
        if found:
            self._graphs_at = ""
        return found

    def dump(self) -> bytes:
        """See ``Backend``."""
        names = self.query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")
        with readable(self.name):
            found = sorted(str(row[0]) for row in solutions(names, self.name))
        quads = [
            f"{line[:-1]}{name} .\n"
            for name in found
            for line in self.graph(name[1:-1]).split("\n")
            if line
        ]
        return "".join(quads).encode()

    def flush(self) -> None:
        """See ``Backend``."""

    def close(self) -> None:
        """See ``Backend``."""
        for connection in self._connections.values():
            connection.close()

    def _canonical(self, body: bytes) -> str:
        """N-Triples as Oxigraph writes them: servers differ in what they escape."""
        with readable(self.name):
            triples = (quad.triple for quad in ox.parse(body, format=ox.RdfFormat.N_TRIPLES))
            return (ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"").decode("utf-8")

    def _check_union(self) -> None:
        # a triple that only a named graph holds must be found without naming the graph
        query = (
            "ASK { { SELECT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } } LIMIT 1 } "
            "FILTER NOT EXISTS { ?s ?p ?o } }"
        )
        answer = self.query(query)
        if not isinstance(answer, ox.QueryBoolean):
            raise unreadable(self.name, "to a question of yes or no it gives rows")
        if answer:
            raise StoreError(
                f"the SPARQL server at {self._query_at} does not look into its named graphs",
                "let its default graph be the union of them "
                "(Oxigraph: --union-default-graph; Fuseki: unionDefaultGraph)",
            )

    def _ask(self, query: str, accept: str, scope: Scope | None = None) -> tuple[str, bytes]:
        # Oxigraph's servers take it; others pass it over
        asked = [("union-default-graph", "")] if scope is None else _graphs(scope)
        address = f"{self._query_at}?{urlencode(asked)}"
        return self._post(address, query, "application/sparql-query", accept)

    def _post(self, address: str, body: str, kind: str, accept: str) -> tuple[str, bytes]:
        """POST text; gives the content type and the body of the answer."""
        headers = {"Content-Type": f"{kind}; charset=utf-8", "Accept": accept}
        answer = self._send("POST", address, body.encode("utf-8"), headers)
        if answer.status >= http.HTTPStatus.MULTIPLE_CHOICES:
            raise _refusal(address.partition("?")[0], answer)
        return answer.kind, answer.body

    def _send(
        self, method: str, address: str, body: bytes | None, headers: dict[str, str]
    ) -> _Answer:
        """Send a request; redirects are not followed, which might lead credentials astray."""
        parts = urlsplit(address)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = headers | authorization(parts)
        shown = address.partition("?")[0]
        end = time.monotonic() + self._seconds
        try:
            connection = self._connection(parts.scheme, parts.netloc)
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            found = self._body(response, end)
        except TimeoutError:
            self._forget()
            raise StoreError(
                f"the SPARQL server at {shown} did not answer within {self._seconds:g} s",
                "ask for less, or look at what the server is doing",
            ) from None
        except (OSError, http.client.HTTPException) as error:
            self._forget()
            raise StoreError(
                f"no SPARQL server answers at {shown}: {error}",
                "start it, or mend `store` in .waygraph/settings.toml or --store",
            ) from None
        kind = response.headers.get("Content-Type", "")
        return _Answer(response.status, response.reason, kind, found)

    def _body(self, response: http.client.HTTPResponse, end: float) -> bytes:
        """What a server answers, as long as it is not too long in coming nor in itself."""
        parts: list[bytes] = []
        size = 0
        while part := response.read1(_AT_ONCE):
            parts.append(part)
            size += len(part)
            if size > self._most_bytes:
                self._forget()
                raise StoreError(
                    f"the SPARQL server at {self._query_at} answers with more than"
                    f" {self._most_bytes:,} bytes",
                    "ask for less; is it the right server?",
                )
            if time.monotonic() > end:
                raise TimeoutError
        # it is read to its end, so that the connection can be used again
        response.close()
        return b"".join(parts)

    def _connection(self, scheme: str, host: str) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
        if (scheme, host) not in self._connections:
            self._connections[scheme, host] = kind(host, timeout=self._seconds)
        return self._connections[scheme, host]

    def _forget(self) -> None:
        self.close()
        self._connections.clear()


def _graphs(scope: Scope) -> list[tuple[str, str]]:
    """A scope as the protocol's parameters."""
    default = [("default-graph-uri", name) for name in scope.default or ()]
    return default + [("named-graph-uri", name) for name in scope.named or ()]


def _refusal(address: str, answer: _Answer) -> StoreError:
    status, reason, _, body = answer
    said = " ".join(body[:_SHOWN].decode("utf-8", "replace").split())
    if status in (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN):
        host = urlsplit(address).netloc
        return StoreError(
            f"the SPARQL server at {address} refuses us: {status} {reason}",
            f"set {USER} and {PASSWORD}, or {TOKEN}, and {HOST}={host} as the host they are"
            " for; or add the host to ~/.netrc",
        )
    if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
        return StoreError(
            f"the SPARQL server at {address} failed: {status} {reason}: {said}",
            "nothing was changed by this request; look into the server's log, then try again",
        )
    hint = "name its address in `store` as it is, without following redirects"
    if status >= http.HTTPStatus.BAD_REQUEST:
        hint = (
            "is this the address of a SPARQL 1.1 server? two addresses may be given: QUERY UPDATE"
        )
    return StoreError(f"the SPARQL server at {address} says {status} {reason}: {said}", hint)
