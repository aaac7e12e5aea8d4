"""The RDF syntaxes that an export can have, each sorted and the same every time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from waygraph.errors import StoreError
from waygraph.store.dataset import Dataset
from waygraph.store.facts import unescape
from waygraph.store.parts import Part
from waygraph.store.selection import Selection, select, select_graphs
from waygraph.store.turtle import blocks, head, namer, prefixes, turtle
from waygraph.vocab import RDF

Graphs = Iterable[tuple[str, list[str]]]
_LITERAL = re.compile(r'"(.*)"(?:\^\^<([^>]*)>|@([A-Za-z0-9-]+))?\Z', re.S)
_NAME = re.compile(r"(.*?)([A-Za-z_][\w.-]*)\Z")
# What XML 1.0 cannot hold, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def pieces(data: Dataset, form: str, selection: Selection) -> Iterator[str]:
    """An export as text, piece by piece.

    Args:
        data: the datagraph.
        form: a key of ``TRIPLES`` or ``QUADS``.
        selection: what to export.
    """
    if form in QUADS:
        yield from QUADS[form](select_graphs(data, selection), data.base)
    else:
        yield from TRIPLES[form](select(data, selection), data.base)


def _ntriples(parts: Iterable[Part], _: str) -> Iterator[str]:
    for _part, lines in parts:
        yield "".join(f"{line}\n" for line in lines)


def _nquads(graphs: Graphs, _: str) -> Iterator[str]:
    for graph, lines in graphs:
        yield "".join(f"{line[:-1]}<{graph}> .\n" for line in lines)


def _trig(graphs: Graphs, base: str) -> Iterator[str]:
    name = namer(base)
    yield head(base, "One named graph for each operator and document.")
    for graph, lines in graphs:
        inside = "".join(blocks(lines, name)).replace("\n", "\n    ").rstrip(" ")
        yield f"\n<{graph}> {{{inside}}}\n".replace("\n    \n", "\n\n")


def _jsonld(parts: Iterable[Part], base: str) -> Iterator[str]:
    """JSON-LD 1.1, a node a line, with the prefixes as its context."""
    name = namer(base)
    context = json.dumps(prefixes(base), sort_keys=True)
    yield f'{{"@context": {context},\n"@graph": ['
    before = "\n"
    for _, lines in parts:
        for subject, said in _nodes(lines):
            node: dict[str, object] = {"@id": _compact(subject, name)}
            for predicate, terms in said:
                if predicate == RDF + "type":
                    node["@type"] = [_compact(term[1:-1], name) for term in terms]
                else:
                    node[_compact(predicate, name)] = [_json(term, name) for term in terms]
            yield before + json.dumps(node, ensure_ascii=False)
            before = ",\n"
    yield "\n]}\n"


def _compact(iri: str, name: Callable[[str], str]) -> str:
    shown = name(f"<{iri}>")
    return iri if shown.startswith("<") else shown


def _json(term: str, name: Callable[[str], str]) -> object:
    if term.startswith("<"):
        return {"@id": _compact(term[1:-1], name)}
    value, datatype, language = _literal(term)
    if datatype:
        return {"@value": value, "@type": _compact(datatype, name)}
    return {"@value": value, "@language": language} if language else value


def _rdfxml(parts: Iterable[Part], base: str) -> Iterator[str]:
    """RDF/XML; characters that XML cannot hold become U+FFFD.

    Raises:
        StoreError: a property has an IRI that RDF/XML has no name for.
    """
    by_namespace = {namespace: prefix for prefix, namespace in prefixes(base).items()}
    known = "".join(
        f"\n    xmlns:{prefix}={quoteattr(namespace)}"
        for prefix, namespace in sorted(prefixes(base).items())
    )
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{known}>\n'
    for _, lines in parts:
        for subject, said in _nodes(lines):
            inside = "".join(
                f"    {_property(predicate, term, by_namespace)}\n"
                for predicate, terms in said
                for term in terms
            )
            about = quoteattr(subject)
            yield f"<rdf:Description rdf:about={about}>\n{inside}</rdf:Description>\n"
    yield "</rdf:RDF>\n"


def _property(predicate: str, term: str, by_namespace: dict[str, str]) -> str:
    match = _NAME.match(predicate)
    if match is None:
        raise StoreError(
            f"RDF/XML cannot write the property {predicate}", "choose another --format"
        )
    namespace, local = match.groups()
    prefix = by_namespace.get(namespace)
    tag = f"{prefix}:{local}" if prefix else f"p:{local}"
    declared = "" if prefix else f" xmlns:p={quoteattr(namespace)}"
    if term.startswith("<"):
        return f"<{tag}{declared} rdf:resource={quoteattr(term[1:-1])}/>"
    value, datatype, language = _literal(term)
    kind = f" rdf:datatype={quoteattr(datatype)}" if datatype else ""
    kind += f' xml:lang="{language}"' if language else ""
    return f"<{tag}{declared}{kind}>{xml_text(value)}</{tag}>"


def xml_text(value: str) -> str:
    """Text for XML 1.0; what it cannot hold becomes U+FFFD."""
    return escape(_NOT_XML.sub("\ufffd", value), {"\r": "&#13;"})


def _nodes(lines: list[str]) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Subject, then predicate and terms, of sorted lines; IRIs without brackets but in terms."""
    triples = (line[:-2].split(" ", 2) for line in lines)
    for subject, said in groupby(triples, key=lambda triple: triple[0]):
        by_predicate = groupby(said, key=lambda triple: triple[1])
        yield (
            subject[1:-1],
            [(predicate[1:-1], [o for *_, o in same]) for predicate, same in by_predicate],
        )


def _literal(term: str) -> tuple[str, str, str]:
    """Value, datatype and language of a literal, the last two empty if there are none."""
    match = _LITERAL.match(term)
    if match is None:
        raise ValueError(term)
    value, datatype, language = match.groups()
    return unescape(value), datatype or "", language or ""


TRIPLES: dict[str, Callable[[Iterable[Part], str], Iterator[str]]] = {
    "turtle": turtle,
    "ntriples": _ntriples,
    "jsonld": _jsonld,
    "rdfxml": _rdfxml,
}
QUADS: dict[str, Callable[[Graphs, str], Iterator[str]]] = {"trig": _trig, "nquads": _nquads}
