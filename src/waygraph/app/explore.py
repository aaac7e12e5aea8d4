"""Looking around: one concept with all that is said of it, what lies near it, days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from waygraph.answer import Named, Quote, Reading, Taken
from waygraph.config import Workspace
from waygraph.strength import basis
from waygraph.vocab import PREDICATES

if TYPE_CHECKING:
    from waygraph.model import Document
    from waygraph.search.concept_graph import ConceptGraph
    from waygraph.store.dataset import Dataset

_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Related:
    """A relation of a concept, as read from it: ``concept`` ``reads`` ``other``.

    ``predicate`` is a key of ``vocab.PREDICATES``; ``outward`` says whether the concept is its
    subject. ``support`` counts the claims, ``evidence`` is the best one's. Of a ``requires``
    ``strength`` says how strong it is, ``basis`` what that rests on.
    """

    predicate: str
    outward: bool
    reads: str
    other: Named
    confidence: float
    support: int
    evidence: Quote
    strength: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a document names a concept: its words, and the whole line they stand in."""

    quote: Quote
    context: str


@dataclass(frozen=True, slots=True)
class Merge:
    """Why a concept has an alias: how sure, by which reason, and where that stands."""

    alias: str
    confidence: float
    why: str
    evidence: Quote


@dataclass(frozen=True, slots=True)
class Linked:
    """A concept at the other end of a ``requires``, the confidence and strength of that."""

    concept: Named
    confidence: float
    strength: str


@dataclass(frozen=True, slots=True)
class ConceptCard:
    """One concept with what is said of it.

    ``score`` in [0, 1] is how sure it is that it is a concept, ``why`` says so in words;
    ``requires`` must be learned first, ``leads_to`` require it; ``relations_total`` and
    ``mentions_total`` count all, ``relations`` (the surest first) and ``mentions`` (by file and
    line) hold those asked for. ``taken`` says what it was taken for, if that is no label of it.
    """

    iri: str
    label: str
    aliases: list[str]
    score: float
    why: str
    definition: str
    introduction: Quote
    known: bool
    same_as: list[str]
    requires: list[Linked]
    leads_to: list[Linked]
    readings: list[Reading]
    relations: list[Related]
    relations_total: int
    mentions: list[Mention]
    mentions_total: int
    merges: list[Merge]
    taken: Taken | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A concept of a neighbourhood; ``hops`` relations from its middle.

    ``degree`` counts its relations in the whole graph, ``day`` is the first day whose note
    names it, None if no note of a day does.
    """

    iri: str
    label: str
    degree: int
    hops: int
    day: int | None


@dataclass(frozen=True, slots=True)
class Arc:
    """A relation of a neighbourhood between two of its nodes, by their IRIs."""

    source: str
    target: str
    relation: str
    confidence: float
    strength: str = ""


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What lies around a concept; ``whole`` says that the limit left nothing out."""

    nodes: list[Node]
    arcs: list[Arc]
    whole: bool


@dataclass(frozen=True, slots=True)
class Dated:
    """The days of documents (by address) and of concepts (by IRI): the first that names one."""

    documents: Mapping[str, int | None]
    concepts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Day:
    """What a day's notes added: documents, concepts named first and relations claimed first."""

    day: int
    documents: list[str]
    concepts: list[Named]
    relations: int


def concept(
    workspace: Workspace, label: str, most: int = 50, *, exact: bool = False
) -> ConceptCard:
    """One concept with what is said of it; of relations and mentions the first ``most``.

    Args:
        workspace: see ``waygraph.open_workspace``.
        label: a label, alias or IRI, or what people type for one; a notice says what is taken.
        most: how many of each, at least 1.
        exact: whether only a label, alias or IRI will do.

    Raises:
        UnknownConcept, AmbiguousConcept: it names none, or several.
    """
    from waygraph.app.ask import concept_named, open_data, open_graph

    graph = open_graph(workspace)
    taken: list[Taken] = []
    with open_data(workspace) as data:
        number = concept_named(workspace, graph, label, exact=exact, taken=taken)
        card = concept_card(workspace, graph, data, number, most)
    return replace(card, taken=taken[0]) if taken else card


def concept_card(
    place: Workspace,
    graph: ConceptGraph,
    data: Dataset,
    concept: int,
    most: int = 50,
    after: int = 0,
) -> ConceptCard:
    """All that is said of a concept; of relations and mentions ``most`` after the first ``after``.

    Raises:
        StoreError: the datagraph or the snapshots cannot be read.
    """
    from waygraph.store.view import matches_of, mentions_of, merges_of

    me = graph.named(concept)
    aliases = graph.db.execute(
        "SELECT DISTINCT label FROM label WHERE concept = ? AND preferred = 0 ORDER BY label",
        (concept,),
    )
    mentions = mentions_of(data, me.iri)
    relations = _relations(graph, concept)
    return ConceptCard(
        me.iri,
        me.label,
        [label for (label,) in aliases],
        *graph.score(concept),
        graph.definition(concept),
        graph.introduction(concept),
        concept in graph.known(),
        matches_of(data, me.iri),
        [Linked(graph.named(r.concept), *r[2:]) for r in graph.requirements(concept)],
        [Linked(graph.named(r.concept), *r[2:]) for r in graph.dependents(concept)],
        graph.readings(concept),
        [_related(graph, concept, number) for number in relations[after : after + most]],
        len(relations),
        in_context(place, mentions[after : after + most]),
        len(mentions),
        [Merge(*merge) for merge in merges_of(data, me.iri)],
    )


def _relations(graph: ConceptGraph, concept: int) -> list[int]:
    """The numbers of a concept's relations, the surest first."""
    rows = graph.db.execute(
        "SELECT id FROM relation WHERE subject = ? OR object = ? ORDER BY confidence DESC, id",
        (concept, concept),
    )
    return [number for (number,) in rows]


def _related(graph: ConceptGraph, concept: int, number: int) -> Related:
    found = graph.relation(number)
    outward = found.subject == concept
    reads = PREDICATES[found.predicate][1 if outward else 2]
    other = graph.named(found.object if outward else found.subject)
    return Related(
        found.predicate, outward, reads, other, found.confidence, found.support, found.reason,
        found.strength, basis(found.strength, found.rule),
    )  # fmt: skip


def in_context(place: Workspace, quotes: Sequence[Quote]) -> list[Mention]:
    """Quotes with the lines they stand in; without them where a document is gone."""
    from waygraph.read.snapshots import Snapshots

    lines: dict[str, list[str]] = {}
    with Snapshots(place.folder / "documents.sqlite") as snapshots:
        for address in dict.fromkeys(quote.source for quote in quotes):
            document = snapshots.document(address)
            lines[address] = lines_of(document) if document else []
    return [
        Mention(quote, lines[quote.source][quote.line - 1])
        if 0 < quote.line <= len(lines[quote.source])
        else Mention(quote, "")
        for quote in quotes
    ]


def lines_of(document: Document) -> list[str]:
    """The lines of a document's source, as the line numbers of evidence count them."""
    starts, source = document.lines, document.source
    return [source[a:b].rstrip("\r\n") for a, b in zip(starts, (*starts[1:], None), strict=True)]


def neighbourhood(
    graph: ConceptGraph,
    middle: int,
    hops: int,
    limit: int,
    *,
    relations: Collection[str] = (),
    confidence: float = 0.0,
    day: int | None = None,
    dated: Dated | None = None,
) -> Neighbourhood:
    """What lies around a concept, nearest first, by the surest relations first.

    Args:
        graph: the concept graph.
        middle: the concept.
        hops: at most so many relations away.
        limit: at most so many nodes.
        relations: only these (keys of ``vocab.PREDICATES``); none for all.
        confidence: only relations that are at least so sure, in [0, 1].
        day: only what notes up to this day name and claim; needs ``dated``.
        dated: the days of the workspace.
    """
    days = dated.documents if dated else {}
    seen = dated.concepts if dated else {}

    def there(concept: int) -> bool:
        return day is None or seen.get(graph.named(concept).iri, day + 1) <= day

    def claimed(source: str) -> bool:
        found = days.get(source)
        return day is None or (found is not None and found <= day)

    reached, arcs, frontier, whole = {middle: 0}, {}, [middle], True
    # one round more than hops: for the arcs among the outermost
    for hop in range(1, hops + 2):
        fresh: list[int] = []
        for row in _around(graph, frontier, relations, confidence):
            number, subject, predicate, object_, sure, source, strength = row
            if number in arcs or not claimed(source):
                continue
            for one, other in ((subject, object_), (object_, subject)):
                if one not in reached or other in reached or hop > hops or not there(other):
                    continue
                if len(reached) >= limit:
                    whole = False
                    continue
                reached[other] = hop
                fresh.append(other)
            if subject in reached and object_ in reached:
                arcs[number] = (subject, object_, predicate, sure, strength)
        frontier = fresh
        if not frontier:
            break
    named = {concept: graph.named(concept) for concept in reached}
    nodes = [
        Node(
            named[c].iri, named[c].label, graph.forward.degree(c), hop,
            seen.get(named[c].iri),
        )
        for c, hop in reached.items()
    ]  # fmt: skip
    found = [
        Arc(named[subject].iri, named[object_].iri, predicate, sure, strength)
        for _, (subject, object_, predicate, sure, strength) in sorted(arcs.items())
    ]
    return Neighbourhood(nodes, found, whole)


def _around(
    graph: ConceptGraph, concepts: Sequence[int], relations: Collection[str], confidence: float
) -> list[tuple[int, int, str, int, float, str, str]]:
    """The relations with one of the concepts at either end, the surest first."""
    only = f"AND predicate IN ({','.join('?' * len(relations))})" if relations else ""
    found: dict[int, tuple[int, int, str, int, float, str, str]] = {}
    for i in range(0, len(concepts), _AT_ONCE):
        part = concepts[i : i + _AT_ONCE]
        marks = ",".join("?" * len(part))
        for end in ("subject", "object"):
            rows = graph.db.execute(
                "SELECT id, subject, predicate, object, confidence, source, strength "
                f"FROM relation WHERE {end} IN ({marks}) AND confidence >= ? {only}",
                (*part, confidence, *relations),
            )
            found |= {row[0]: row for row in rows}
    return sorted(found.values(), key=lambda row: (-row[4], row[0]))


def dated(data: Dataset) -> Dated:
    """The days of all documents, and the first day that names each concept."""
    from waygraph.store.days import concepts_named, days_of

    days = days_of(data)
    first: dict[str, int] = {}
    for concept, address in concepts_named(data):
        day = days.get(address)
        if day is not None and day < first.get(concept, day + 1):
            first[concept] = day
    return Dated(days, first)


def timeline(graph: ConceptGraph, data: Dataset, known: Dated) -> list[Day]:
    """What each day's notes added, by day; days without a note are left out."""
    from waygraph.store.days import relations_claimed

    claimed: dict[tuple[str, str, str], int] = {}
    for subject, predicate, object_, address in relations_claimed(data):
        day, matter = known.documents.get(address), (subject, predicate, object_)
        if day is not None and day < claimed.get(matter, day + 1):
            claimed[matter] = day
    documents: defaultdict[int, list[str]] = defaultdict(list)
    concepts: defaultdict[int, list[Named]] = defaultdict(list)
    relations: defaultdict[int, int] = defaultdict(int)
    for address, day in sorted(known.documents.items()):
        if day is not None:
            documents[day].append(address)
    rows = graph.db.execute("SELECT iri, label FROM concept ORDER BY label, iri")
    for iri, label in rows:
        if iri in known.concepts:
            concepts[known.concepts[iri]].append(Named(iri, label))
    for day in claimed.values():
        relations[day] += 1
    return [Day(day, documents[day], concepts[day], relations[day]) for day in sorted(documents)]
