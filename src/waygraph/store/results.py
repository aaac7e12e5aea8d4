"""Answers to SPARQL queries in the forms that the standards give them, within limits.

Oxigraph writes some of them too, but not as others read them: its CSV does not quote an IRI
that holds a comma, its XML keeps characters that no XML may hold.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import chain
from typing import TypeVar, cast

import pyoxigraph as ox

from waygraph.errors import QueryError
from waygraph.store.backend import Results
from waygraph.store.turtle import turtle

JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
CSV, TSV = "text/csv", "text/tab-separated-values"
# What an answer may be sent as, by what is asked for; the first is the default.
TABLES = {
    JSON: JSON,
    XML: XML,
    CSV: CSV,
    TSV: TSV,
    "application/json": JSON,
    "application/xml": XML,
    "text/xml": XML,
}
GRAPHS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
}
T = TypeVar("T")
_SPARQL = "http://www.w3.org/2005/sparql-results#"
_STRING = "http://www.w3.org/2001/XMLSchema#string"


class TooLarge(QueryError):
    """An answer of more rows, triples or bytes than are given at once."""

    def __init__(self, most: int, what: str) -> None:
        super().__init__(
            f"the answer has more than {most:,} {what}", "ask for less, or put LIMIT at its end"
        )


def offered(results: Results) -> Sequence[str]:
    """The media types that an answer can be sent as, the default first."""
    return list(GRAPHS if isinstance(results, ox.QueryTriples) else TABLES)


def encoded(
    results: Results, kind: str, base: str, *, rows: int | None = None, size: int | None = None
) -> bytes:
    """An answer as ``kind``, one of those ``offered``.

    Args:
        results: the answer, not read yet.
        kind: the media type.
        base: the workspace's base IRI, for the prefixes of Turtle.
        rows: rows or triples, at most.
        size: bytes, at most.

    Raises:
        TooLarge: there are more.
    """
    if isinstance(results, ox.QueryTriples):
        triples = list(_few(_small(results, size), rows))
        return b"".join(_small([graph(triples, kind, base)], size))
    if isinstance(results, ox.QueryBoolean):
        return _truth(bool(results), TABLES[kind]).encode()
    names = [variable.value for variable in results.variables]
    made = {JSON: _json, XML: _xml, CSV: _csv, TSV: _tsv}[TABLES[kind]]
    found = (list(solution) for solution in _few(results, rows))
    return b"".join(_small((part.encode() for part in made(names, found)), size))


def graph(triples: Sequence[ox.Triple], kind: str, base: str) -> bytes:
    """Triples as ``kind``, one of ``GRAPHS``; Turtle sorted, as an export has it."""
    form = GRAPHS[kind]
    if form != ox.RdfFormat.TURTLE:
        return ox.serialize(triples, format=form) or b""
    lines = (ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"").decode()
    return "".join(turtle([("", sorted(set(filter(None, lines.split("\n")))))], base)).encode()


def _few(found: Iterable[T], most: int | None) -> Iterator[T]:
    for number, one in enumerate(found):
        if most is not None and number >= most:
            raise TooLarge(most, "rows")
        yield one


def _small(parts: Iterable[T], most: int | None) -> Iterator[T]:
    """Bytes, or triples by what they take when written, as long as they are few."""
    size = 0
    for part in parts:
        size += len(part) if isinstance(part, bytes) else len(str(part)) if most else 0
        if most is not None and size > most:
            raise TooLarge(most, "bytes")
        yield part


Rows = Iterable[Sequence[object]]


def _truth(holds: bool, kind: str) -> str:
    said = str(holds).lower()
    if kind == JSON:
        return json.dumps({"head": {}, "boolean": holds})
    if kind == XML:
        inner = f"<head/><boolean>{said}</boolean>"
        return f'<?xml version="1.0"?>\n<sparql xmlns="{_SPARQL}">{inner}</sparql>\n'
    return f"{said}\n"


def _json(names: Sequence[str], rows: Rows) -> Iterator[str]:
    yield f'{{"head": {json.dumps({"vars": names}, ensure_ascii=False)}, "results": {{"bindings": ['
    for number, row in enumerate(rows):
        found = {n: _term(term) for n, term in zip(names, row, strict=True) if term is not None}
        yield (", " if number else "") + json.dumps(found, ensure_ascii=False)
    yield "]}}"


def _term(term: object) -> dict[str, object]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        parts = zip(("subject", "predicate", "object"), term, strict=True)
        return {"type": "triple", "value": {name: _term(part) for name, part in parts}}
    term = cast(ox.Literal, term)
    found: dict[str, object] = {"type": "literal", "value": term.value}
    if term.language:
        found["xml:lang"] = term.language
    elif term.datatype.value != _STRING:
        found["datatype"] = term.datatype.value
    return found


def _xml(names: Sequence[str], rows: Rows) -> Iterator[str]:
    yield f'<?xml version="1.0"?>\n<sparql xmlns="{_SPARQL}"><head>'
    yield from (f'<variable name="{escape(name)}"/>' for name in names)
    yield "</head><results>"
    for row in rows:
        bindings = (
            f'<binding name="{escape(name)}">{_element(term)}</binding>'
            for name, term in zip(names, row, strict=True)
            if term is not None
        )
        yield f"<result>{''.join(bindings)}</result>"
    yield "</results></sparql>\n"


def _element(term: object) -> str:
    if isinstance(term, ox.NamedNode):
        return f"<uri>{_said(term.value)}</uri>"
    if isinstance(term, ox.BlankNode):
        return f"<bnode>{_said(term.value)}</bnode>"
    if isinstance(term, ox.Triple):
        parts = zip(("subject", "predicate", "object"), term, strict=True)
        inner = "".join(f"<{name}>{_element(part)}</{name}>" for name, part in parts)
        return f"<triple>{inner}</triple>"
    term = cast(ox.Literal, term)
    said = ""
    if term.language:
        said = f' xml:lang="{term.language}"'
    elif term.datatype.value != _STRING:
        said = f' datatype="{escape(term.datatype.value)}"'
    return f"<literal{said}>{_said(term.value)}</literal>"


def _said(text: str) -> str:
    """Text as XML may hold it: a control character that no document may is replaced."""
    kept = "".join(c if c >= " " or c in "\t\n\r" else "\ufffd" for c in text)
    # a parser reads a bare carriage return as a line feed
    kept = kept.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    return escape(kept, quote=False).replace("\r", "&#13;")


def _csv(names: Sequence[str], rows: Rows) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    for row in chain([names], rows):
        line.seek(0)
        line.truncate()
        writer.writerow([_plain(term) for term in row])
        yield line.getvalue()


def _plain(term: object) -> str:
    if term is None:
        return ""
    if isinstance(term, ox.BlankNode):
        return str(term)
    return str(getattr(term, "value", term))


def _tsv(names: Sequence[str], rows: Rows) -> Iterator[str]:
    yield "\t".join(f"?{name}" for name in names) + "\n"
    for row in rows:
        yield "\t".join("" if term is None else str(term) for term in row) + "\n"
