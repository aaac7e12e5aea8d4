"""Answers to SPARQL queries in the forms that the standards give them, within a limit."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TypeVar, cast
from xml.sax.saxutils import escape, quoteattr

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


class TooManyRows(QueryError):
    """An answer of more rows or triples than are given at once."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"the answer has more than {most:,} rows", "ask for less, or put LIMIT at its end"
        )


def offered(results: Results) -> Sequence[str]:
    """The media types that an answer can be sent as, the default first."""
    return list(GRAPHS if isinstance(results, ox.QueryTriples) else TABLES)


def encoded(results: Results, kind: str, most: int, base: str) -> bytes:
    """An answer as ``kind``, one of those ``offered``.

    Args:
        results: the answer, not read yet.
        kind: the media type.
        most: rows or triples, at most.
        base: the workspace's base IRI, for the prefixes of Turtle.

    Raises:
        TooManyRows: there are more.
    """
    if isinstance(results, ox.QueryTriples):
        return graph(_some(results, most), kind, base)
    if isinstance(results, ox.QueryBoolean):
        return _truth(bool(results), TABLES[kind]).encode()
    names_ = [variable.value for variable in results.variables]
    rows = [list(solution) for solution in _some(results, most)]
    made = {JSON: _json, XML: _xml, CSV: _csv, TSV: _tsv}[TABLES[kind]]
    return made(names_, rows).encode()


def graph(triples: Sequence[ox.Triple], kind: str, base: str) -> bytes:
    """Triples as ``kind``, one of ``GRAPHS``; Turtle sorted, as an export has it."""
    form = GRAPHS[kind]
    if form != ox.RdfFormat.TURTLE:
        return ox.serialize(triples, format=form) or b""
    lines = (ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"").decode()
    return "".join(turtle([("", sorted(set(filter(None, lines.split("\n")))))], base)).encode()


def _some(found: Iterable[T], most: int) -> list[T]:
    kept = list(islice(found, most + 1))
    if len(kept) > most:
        raise TooManyRows(most)
    return kept


Rows = Sequence[Sequence[object]]


def _truth(holds: bool, kind: str) -> str:
    said = str(holds).lower()
    if kind == JSON:
        return json.dumps({"head": {}, "boolean": holds})
    if kind == XML:
        inner = f"<head/><boolean>{said}</boolean>"
        return f'<?xml version="1.0"?>\n<sparql xmlns="{_SPARQL}">{inner}</sparql>\n'
    return f"{said}\n"


def _json(names: Sequence[str], rows: Rows) -> str:
    found = [
        {name: _term(term) for name, term in zip(names, row, strict=True) if term is not None}
        for row in rows
    ]
    said = {"head": {"vars": names}, "results": {"bindings": found}}
    return json.dumps(said, ensure_ascii=False)


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


def _xml(names: Sequence[str], rows: Rows) -> str:
    parts = [f'<?xml version="1.0"?>\n<sparql xmlns="{_SPARQL}"><head>']
    parts += [f"<variable name={quoteattr(name)}/>" for name in names]
    parts.append("</head><results>")
    for row in rows:
        parts.append("<result>")
        parts += [
            f"<binding name={quoteattr(name)}>{_element(term)}</binding>"
            for name, term in zip(names, row, strict=True)
            if term is not None
        ]
        parts.append("</result>")
    return "".join([*parts, "</results></sparql>\n"])


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
        said = f" xml:lang={quoteattr(term.language)}"
    elif term.datatype.value != _STRING:
        said = f" datatype={quoteattr(term.datatype.value)}"
    return f"<literal{said}>{_said(term.value)}</literal>"


def _said(text: str) -> str:
    """Text as XML may hold it: a control character that no document may is replaced."""
    kept = "".join(c if c >= " " or c in "\t\n\r" else "\ufffd" for c in text)
    # a parser reads a bare carriage return as a line feed
    return escape(kept.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")).replace(
        "\r", "&#13;"
    )


def _csv(names: Sequence[str], rows: Rows) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([_plain(term) for term in row])
    return out.getvalue()


def _plain(term: object) -> str:
    if term is None:
        return ""
    if isinstance(term, ox.BlankNode):
        return str(term)
    return str(getattr(term, "value", term))


def _tsv(names: Sequence[str], rows: Rows) -> str:
    lines = ["\t".join(f"?{name}" for name in names)]
    lines += ["\t".join("" if term is None else str(term) for term in row) for row in rows]
    return "\n".join(lines) + "\n"
