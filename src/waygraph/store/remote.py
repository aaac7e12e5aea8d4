"""A SPARQL 1.1 server as the store: the same named graphs, over HTTP.

Only the query and the update operation are used, so that a graph and its digest change in
one request. The server must answer queries over the union of its named graphs.
"""

from __future__ import annotations

import base64
import http.client
import netrc
import os
from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

import pyoxigraph as ox

from waygraph.errors import StoreError
from waygraph.store.backend import Graph, Results

USER, PASSWORD, TOKEN = "WAYGRAPH_STORE_USER", "WAYGRAPH_STORE_PASSWORD", "WAYGRAPH_STORE_TOKEN"
_SECONDS = 120
_SOLUTIONS = "application/sparql-results+json"
_TRIPLES = "application/n-triples"
_SHOWN = 300


class Remote:
    """A store behind a SPARQL server.

    Args:
        address: http(s) address under which ``query`` and ``update`` lie, or the addresses of
            both, separated by a space.
        seconds: how long a request may take.

    Raises:
        StoreError: the server is away, refuses us, or does not answer over the union of its
            named graphs.
    """

    bulk = False

    def __init__(self, address: str, seconds: float = _SECONDS) -> None:
        self.name = address
        one, _, other = address.strip().partition(" ")
        root = one.rstrip("/")
        self._query_at = one if other else f"{root}/query"
        self._update_at = other.strip() or f"{root}/update"
        self._seconds = seconds
        self._connections: dict[tuple[str, str], http.client.HTTPConnection] = {}
        self._check_union()

    def query(self, query: str) -> Results:
        """See ``Backend``."""
        kind, body = self._ask(query, f"{_SOLUTIONS}, {_TRIPLES}")
        if kind.startswith(_TRIPLES):
            # Oxigraph's own type for the answer to a CONSTRUCT
            graph = ox.Store()
            graph.load(body, format=ox.RdfFormat.N_TRIPLES)
            return graph.query("CONSTRUCT WHERE { ?s ?p ?o }")
        return ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)

    def update(self, update: str) -> None:
        """See ``Backend``."""
        self._request(self._update_at, update, "application/sparql-update", "*/*")

    def insert(self, graphs: Sequence[Graph]) -> None:
        """See ``Backend``."""
        data = " ".join(f"GRAPH <{name}> {{ {' '.join(lines)} }}" for name, lines in graphs)
        self.update(f"INSERT DATA {{ {data} }}")

    def bulk_insert(self, graphs: Sequence[Graph]) -> None:
        """See ``Backend``."""
        self.insert(graphs)

    def graph(self, name: str) -> str:
        """See ``Backend``."""
        query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{name}> {{ ?s ?p ?o }} }}"
        _, body = self._ask(query, _TRIPLES)
        return _canonical(body)

    def dump(self) -> bytes:
        """See ``Backend``."""
        names = self.query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")
        found = sorted(str(row[0]) for row in names)  # type: ignore[union-attr]  # a SELECT gives solutions
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

    def _check_union(self) -> None:
        # a triple that only a named graph holds must be found without naming the graph
        query = (
            "ASK { { SELECT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } } LIMIT 1 } "
            "FILTER NOT EXISTS { ?s ?p ?o } }"
        )
        if self.query(query):
            raise StoreError(
                f"the SPARQL server at {self._query_at} does not look into its named graphs",
                "let its default graph be the union of them "
                "(Oxigraph: --union-default-graph; Fuseki: unionDefaultGraph)",
            )

    def _ask(self, query: str, accept: str) -> tuple[str, bytes]:
        return self._request(self._query_at, query, "application/sparql-query", accept)

    def _request(self, address: str, body: str, kind: str, accept: str) -> tuple[str, bytes]:
        """POST text; gives the content type and the body of the answer."""
        parts = urlsplit(address)
        path = parts.path or "/"
        if kind == "application/sparql-query":
            # Oxigraph's servers take it; others pass it over
            union = urlencode({"union-default-graph": ""})
            path += f"?{parts.query}&{union}" if parts.query else f"?{union}"
        elif parts.query:
            path += f"?{parts.query}"
        headers = {
            "Content-Type": f"{kind}; charset=utf-8",
            "Accept": accept,
            **_credentials(parts.hostname or ""),
        }
        try:
            connection = self._connection(parts.scheme, parts.netloc.rpartition("@")[2])
            connection.request("POST", path, body.encode("utf-8"), headers)
            response = connection.getresponse()
            found = response.read()
        except TimeoutError:
            self._forget()
            raise StoreError(
                f"the SPARQL server at {address} did not answer within {self._seconds:g} s",
                "ask for less, or look at what the server is doing",
            ) from None
        except (OSError, http.client.HTTPException) as error:
            self._forget()
            raise StoreError(
                f"no SPARQL server answers at {address}: {error}",
                "start it, or mend `store` in .waygraph/settings.toml or --store",
            ) from None
        if response.status >= http.HTTPStatus.MULTIPLE_CHOICES:
            raise _refusal(address, response.status, response.reason, found)
        return response.headers.get("Content-Type", ""), found

    def _connection(self, scheme: str, host: str) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
        if (scheme, host) not in self._connections:
            self._connections[scheme, host] = kind(host, timeout=self._seconds)
        return self._connections[scheme, host]

    def _forget(self) -> None:
        self.close()
        self._connections.clear()


def _canonical(body: bytes) -> str:
    """N-Triples as Oxigraph writes them: servers differ in what they escape."""
    triples = (quad.triple for quad in ox.parse(body, format=ox.RdfFormat.N_TRIPLES))
    return (ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"").decode("utf-8")


def _credentials(host: str) -> dict[str, str]:
    """The authorization header, from the environment or ~/.netrc; none if they have none."""
    if token := os.environ.get(TOKEN):
        return {"Authorization": f"Bearer {token}"}
    user, password = os.environ.get(USER), os.environ.get(PASSWORD, "")
    if user is None:
        try:
            found = netrc.netrc().authenticators(host)
        except (OSError, netrc.NetrcParseError):
            found = None
        if found is None:
            return {}
        user, password = found[0], found[2] or ""
    pair = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    return {"Authorization": f"Basic {pair}"}


def _refusal(address: str, status: int, reason: str, body: bytes) -> StoreError:
    said = " ".join(body[:_SHOWN].decode("utf-8", "replace").split())
    if status in (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN):
        return StoreError(
            f"the SPARQL server at {address} refuses us: {status} {reason}",
            f"set {USER} and {PASSWORD}, or {TOKEN}, or add its host to ~/.netrc",
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
