"""Turtle as a person would write it: prefixed, grouped by subject, sorted, the same every time.

rdflib's serializer is too slow for a whole datagraph (``scripts/bench`` compares the two),
and prints nothing at all for data that lives in named graphs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, groupby

from waygraph.vocab import PREFIXES, RDF, XSD

_LOCAL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*\Z")
_NUMBER = re.compile(rf'"([+-]?[0-9]+)"\^\^<{re.escape(XSD)}integer>\Z')
_DECIMAL = re.compile(rf'"([+-]?[0-9]+\.[0-9]+)"\^\^<{re.escape(XSD)}decimal>\Z')
_TYPED = re.compile(r'(".*")\^\^<([^>]*)>\Z', re.S)


def turtle(lines: Sequence[str], base: str) -> Iterator[str]:
    """Turtle text, piece by piece, of N-Triples lines: the concepts, then all else by IRI.

    Args:
        lines: N-Triples lines, each subject an IRI, sorted and without repeats.
        base: the workspace's base IRI; its concepts and claims get prefixes.
    """
    prefixes = {**PREFIXES, "concept": base + "concept/", "claim": base + "claim/"}
    namespaces = sorted(((n, p) for p, n in prefixes.items()), reverse=True)
    known: dict[str, str] = {}

    def name(iri: str) -> str:
        found = known.get(iri)
        if found is None:
            found = known[iri] = _name(iri, namespaces)
            if len(known) > 200_000:
                known.clear()
        return found

    for prefix in sorted(prefixes):
        yield f"@prefix {prefix}: <{prefixes[prefix]}> .\n"
    first = f"<{base}concept/"
    ordered = chain(
        (line for line in lines if line.startswith(first)),
        (line for line in lines if not line.startswith(first)),
    )
    for subject, triples in groupby(map(_split, ordered), key=lambda triple: triple[0]):
        groups: dict[str, list[str]] = {}
        for _, predicate, term in triples:
            groups.setdefault(predicate, []).append(_term(term, name))
        parts = []
        for predicate in sorted(groups, key=lambda p: (p != RDF + "type", p)):
            verb = "a" if predicate == RDF + "type" else name(predicate)
            joint = ",\n        " if len(groups[predicate]) > 1 else ""
            parts.append(f"{verb} {joint.join(groups[predicate])}")
        yield f"\n{name(subject)}\n    " + " ;\n    ".join(parts) + " .\n"


def _split(line: str) -> tuple[str, str, str]:
    """Subject and predicate without brackets, and the object term."""
    subject, predicate, rest = line.split(" ", 2)
    return subject[1:-1], predicate[1:-1], rest[:-2]


def _name(iri: str, namespaces: list[tuple[str, str]]) -> str:
    for namespace, prefix in namespaces:
        if iri.startswith(namespace) and _LOCAL.match(iri, len(namespace)):
            return f"{prefix}:{iri[len(namespace) :]}"
    return f"<{iri}>"


def _term(term: str, name: Callable[[str], str]) -> str:
    if term.startswith("<"):
        return name(term[1:-1])
    if not term.endswith(">"):
        return term
    if match := _NUMBER.match(term) or _DECIMAL.match(term):
        return match.group(1)
    if match := _TYPED.match(term):
        return f"{match.group(1)}^^{name(match.group(2))}"
    return term
