"""Turtle as a person would write it: prefixed, grouped by subject, sorted, the same every time.

rdflib's serializer is too slow for a whole datagraph (``scripts/bench`` compares the two),
and prints nothing at all for data that lives in named graphs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from waygraph.vocab import PREFIXES, RDF, XSD

_LOCAL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*\Z")
_INTEGER = re.compile(r"[+-]?[0-9]+\Z")
_DECIMAL = re.compile(r"[+-]?[0-9]+\.[0-9]+\Z")
_NAMES_KEPT = 100_000
Name = Callable[[str], str]


def turtle(parts: Iterable[tuple[str, Sequence[str]]], base: str) -> Iterator[str]:
    """Turtle text, piece by piece: first the concepts, then all else by IRI, part by part.

    Args:
        parts: names and N-Triples lines, each subject an IRI, sorted and without repeats.
        base: the workspace's base IRI; its concepts and claims get prefixes.
    """
    yield head(base, "The concepts, then each document with what it says of them.")
    name = namer(base)
    first = f"<{base}concept/"
    for title, lines in parts:
        if title:
            yield f"\n# {title}\n"
        yield "".join(blocks([line for line in lines if line.startswith(first)], name))
        yield "".join(blocks([line for line in lines if not line.startswith(first)], name))


def prefixes(base: str) -> dict[str, str]:
    """Prefix -> namespace, for everything that is written under a base IRI."""
    return {**PREFIXES, "concept": base + "concept/", "claim": base + "claim/"}


def head(base: str, title: str) -> str:
    """A title and the prefixes."""
    known = prefixes(base)
    lines = "".join(f"@prefix {prefix}: <{known[prefix]}> .\n" for prefix in sorted(known))
    return f"# {title}\n\n{lines}"


def namer(base: str) -> Name:
    """A function from an IRI in angle brackets to how Turtle writes it, prefixed if it can be."""
    by_namespace = {namespace: prefix for prefix, namespace in prefixes(base).items()}
    known: dict[str, str] = {f"<{RDF}type>": "rdf:type"}

    def name(iri: str) -> str:
        shown = known.get(iri)
        if shown is None:
            end = max(iri.rfind("#"), iri.rfind("/")) + 1
            prefix, shown = by_namespace.get(iri[1:end]), iri
            if prefix and _LOCAL.match(local := iri[end:-1]):
                shown = f"{prefix}:{local}"
            if len(known) > _NAMES_KEPT:
                known.clear()
            known[iri] = shown
        return shown

    return name


def blocks(lines: Sequence[str], name: Name) -> Iterator[str]:
    """One block for each subject, of sorted lines: its types, then its properties by IRI."""
    type_ = f"<{RDF}type>"
    triples = (line.split(" ", 2) for line in lines)
    for subject, of_subject in groupby(triples, key=lambda triple: triple[0]):
        said: list[str] = []
        kinds, last = "", ""
        for _, predicate, rest in of_subject:
            term = _term(rest, name)
            if predicate == type_:
                kinds = f"{kinds},\n        {term}" if kinds else f"a {term}"
            elif predicate == last:
                said[-1] += f",\n        {term}"
            else:
                said.append(f"{name(predicate)} {term}")
                last = predicate
        if kinds:
            said.insert(0, kinds)
        yield f"\n{name(subject)}\n    " + " ;\n    ".join(said) + " .\n"


def _term(rest: str, name: Name) -> str:
    """The object at the end of an N-Triples line."""
    if rest[0] == "<":
        return name(rest[:-2])
    if rest[-3] != ">":
        return rest[:-2]
    # quotes inside the value are escaped, and an IRI holds none
    value, _, datatype = rest[:-2].rpartition("^^")
    if datatype == f"<{XSD}integer>" and _INTEGER.match(value[1:-1]):
        return value[1:-1]
    if datatype == f"<{XSD}decimal>" and _DECIMAL.match(value[1:-1]):
        return value[1:-1]
    return f"{value}^^{name(datatype)}"
