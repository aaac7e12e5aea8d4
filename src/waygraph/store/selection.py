"""A piece of the datagraph: some concepts with what is said among them, or some documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from waygraph.errors import StoreError
from waygraph.store.dataset import Dataset
from waygraph.store.parts import Part, part_of, parts
from waygraph.vocab import (
    DCTERMS,
    OA,
    PREDICATE_NAMES,
    PROV,
    RDF,
    SCHEMA,
    SKOS,
    WG,
    provenance_graph,
)

_RELATIONS = frozenset(f"<{iri}>" for iri in PREDICATE_NAMES)
_EVIDENCE = frozenset(
    f"<{iri}>"
    for iri in (
        WG + "Decision",
        PROV + "Agent",
        WG + "Claim",
        OA + "Annotation",
        OA + "SpecificResource",
        OA + "TextPositionSelector",
        OA + "TextQuoteSelector",
    )
)
_TYPE, _BODY = f"<{RDF}type>", f"<{OA}hasBody>"
_SUBJECT, _PREDICATE, _OBJECT = (f"<{RDF}{name}>" for name in ("subject", "predicate", "object"))
_CONCERNS = f"<{WG}concerns>"
_ABOUT = f"<{SCHEMA}about>"
# What leads from a thing that is kept to others that are.
_LEADS = frozenset(
    f"<{iri}>"
    for iri in (
        OA + "hasTarget",
        OA + "hasSelector",
        OA + "hasSource",
        SCHEMA + "hasPart",
        SKOS + "inScheme",
        WG + "evidence",
        WG + "context",
        PROV + "wasDerivedFrom",
        PROV + "wasAttributedTo",
    )
)
Triple = tuple[str, str, str]
Nodes = dict[str, list[Triple]]


@dataclass(frozen=True, slots=True)
class Selection:
    """What to export.

    ``concepts``: only these, what is claimed among them and where they are mentioned;
    ``documents``: only what these say (their addresses). Of both None, everything. ``evidence``:
    with claims, mentions and places; ``provenance``: with operator runs and their times.
    """

    concepts: frozenset[str] | None = None
    documents: frozenset[str] | None = None
    evidence: bool = True
    provenance: bool = False

    @property
    def whole(self) -> bool:
        """Whether nothing is left out but, perhaps, provenance."""
        return self.concepts is None and self.documents is None and self.evidence


def select(data: Dataset, selection: Selection) -> Iterator[Part]:
    """The parts of the datagraph that are selected, then provenance if it is."""
    found = parts(data)
    if selection.documents is not None:
        found = _of_documents(data, found, selection.documents)
    elif selection.concepts is not None:
        found = _of_concepts(found, selection.concepts, selection.evidence)
    for name, lines in found:
        kept = lines if selection.evidence else _without_evidence(lines)
        if kept:
            yield name, kept
    if selection.provenance:
        yield "provenance", data.graph(provenance_graph(data.base))


def select_graphs(data: Dataset, selection: Selection) -> Iterator[tuple[str, list[str]]]:
    """The same by named graph, sorted by their IRIs."""
    provenance = provenance_graph(data.base)
    names = sorted([*data.digests(), *([provenance] if selection.provenance else [])])
    if selection.whole:
        yield from data.graphs(names)
        return
    lines = {line for _, part in select(data, selection) for line in part}
    for name, graph in data.graphs(names):
        if kept := [line for line in graph if line in lines]:
            yield name, kept


def neighbourhood(data: Dataset, concept: str, hops: int) -> frozenset[str]:
    """The concepts at most so many relations away from one, in whichever direction."""
    beside: defaultdict[str, set[str]] = defaultdict(set)
    for predicate in PREDICATE_NAMES:
        for one, other in data.pairs(predicate):
            beside[one].add(other)
            beside[other].add(one)
    found = frontier = {concept}
    for _ in range(hops):
        frontier = {near for one in frontier for near in beside[one]} - found
        found = found | frontier
    return frozenset(found)


def documents_of(data: Dataset, address: str) -> frozenset[str]:
    """The document at an address, as a set.

    Raises:
        StoreError: there is none.
    """
    if address not in _addresses(data).values():
        raise StoreError(
            f"no document {address!r} in the datagraph",
            "name it as `waygraph links` does: its path from the corpus root, or its URL",
        )
    return frozenset((address,))


def documents_of_day(data: Dataset, day: int | str) -> frozenset[str]:
    """The notes of a day, by its number or its date (ISO 8601).

    Raises:
        StoreError: there are none.
    """
    told = WG + "day" if isinstance(day, int) else DCTERMS + "date"
    # a section may be of a day too; its document is then what counts
    found = {iri.partition("#section=")[0] for iri, n in data.pairs(told) if n == day}
    if not found:
        raise StoreError(f"no note of day {day} in the datagraph", "waygraph status counts notes")
    addresses = _addresses(data)
    return frozenset(addresses[iri] for iri in found)


def _addresses(data: Dataset) -> dict[str, str]:
    return dict(data.pairs(DCTERMS + "identifier"))


def _of_documents(data: Dataset, found: Iterator[Part], wanted: Collection[str]) -> Iterator[Part]:
    names = {part_of(data.base, address) for address in wanted}
    start, scheme = f"<{data.base}concept/", f"<{data.base}concepts>"
    concepts_part = next(found)[1]
    chosen: list[Part] = []
    named: set[str] = set()
    claimed: set[Triple] = set()
    for name, lines in found:
        if name not in names:
            continue
        chosen.append((name, lines))
        nodes = _nodes(lines)
        for node in nodes.values():
            named.update(o for *_, o in node if o.startswith(start))
            claimed.update(_claim(node))
    kept = (
        line
        for subject, predicate, term in _triples(concepts_part)
        if (line := f"{subject} {predicate} {term} .")
        and (
            (subject, predicate, term) in claimed
            or (subject in named and predicate not in _RELATIONS)
            or subject == scheme
        )
    )
    yield "", list(kept)
    yield from chosen


def _of_concepts(found: Iterator[Part], wanted: Collection[str], evidence: bool) -> Iterator[Part]:
    named = {f"<{iri}>" for iri in wanted}
    for name, lines in found:
        nodes = _nodes(lines)
        kept: set[str] = {s for s in nodes if s in named}
        about = [s for s, node in nodes.items() if s not in named and _among(node, named)]
        waiting = about if evidence else []
        waiting += [o for s in kept for _, p, o in nodes[s] if p in _LEADS]
        while waiting:
            subject = waiting.pop()
            if subject in nodes and subject not in kept:
                kept.add(subject)
                waiting += [o for _, p, o in nodes[subject] if p in _LEADS]
        triples = (t for subject in sorted(kept) for t in nodes[subject])
        yield (
            name,
            [
                f"{s} {p} {o} ."
                for s, p, o in triples
                if o in named or (p not in _RELATIONS and p not in (_ABOUT, _CONCERNS))
            ],
        )


def _among(node: list[Triple], named: Collection[str]) -> bool:
    """Whether a node mentions one of the concepts, or claims or decides something of none
    but them."""
    said = {predicate: term for _, predicate, term in node}
    if _BODY in said:
        return said[_BODY] in named
    if _CONCERNS in said:
        return all(term in named for _, predicate, term in node if predicate == _CONCERNS)
    return said.get(_SUBJECT, "") in named and (
        said.get(_PREDICATE) not in _RELATIONS or said.get(_OBJECT, "") in named
    )


def _claim(node: list[Triple]) -> Iterator[Triple]:
    said = {predicate: term for _, predicate, term in node}
    if _SUBJECT in said:
        yield said[_SUBJECT], said[_PREDICATE], said[_OBJECT]


def _without_evidence(lines: Iterable[str]) -> list[str]:
    nodes = _nodes(lines)
    hidden = {
        subject
        for subject, node in nodes.items()
        if any(predicate == _TYPE and term in _EVIDENCE for _, predicate, term in node)
    }
    kept = (triple for subject, node in nodes.items() if subject not in hidden for triple in node)
    return [" ".join(triple) + " ." for triple in kept]


def _nodes(lines: Iterable[str]) -> Nodes:
    nodes: defaultdict[str, list[Triple]] = defaultdict(list)
    for triple in _triples(lines):
        nodes[triple[0]].append(triple)
    return nodes


def _triples(lines: Iterable[str]) -> Iterator[Triple]:
    for line in lines:
        subject, predicate, term = line[:-2].split(" ", 2)
        yield subject, predicate, term
