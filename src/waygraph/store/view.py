"""The view: the datagraph as people and search see it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from waygraph.answer import Quote, Reading
from waygraph.codec import decode, encode
from waygraph.model import KNOWN, ConceptRow, RelationRow, View
from waygraph.store.dataset import Dataset
from waygraph.store.facts import Facts, Place, facts_key, facts_of
from waygraph.store.kept import Kept
from waygraph.strength import STRENGTHS, strength_of, strongest
from waygraph.vocab import (
    DCTERMS,
    OA,
    PREDICATE_NAMES,
    PROV,
    RDF,
    SCHEMA,
    SKOS,
    WG,
    document_iri,
    import_graph,
)

_PREFIXES = (
    f"PREFIX rdf: <{RDF}> PREFIX skos: <{SKOS}> PREFIX oa: <{OA}> PREFIX wg: <{WG}> "
    f"PREFIX dcterms: <{DCTERMS}> PREFIX schema: <{SCHEMA}> PREFIX prov: <{PROV}> "
)
_PLACE = """
  ?place oa:hasSource ?document ; wg:line ?line ; oa:hasSelector ?position, ?quote .
  ?document dcterms:identifier ?source .
  ?position oa:start ?start ; oa:end ?end .
  ?quote oa:exact ?exact .
  OPTIONAL { ?place wg:plainText ?plain }
"""
_READINGS_KEPT = 6
# What a home of full strength adds to a reading, and how much less one of the web counts.
_HOME, _WEB = 6.0, 0.6
_AT_ONCE = 500
# Evidence of fewer words is a bare term: it introduces nothing.
_SENTENCE = 5


def read_view(data: Dataset, words_per_minute: int, kept: Kept | None = None) -> View:
    """Everything that a concept graph is built from, in a fixed order.

    Args:
        data: the datagraph.
        words_per_minute: reading speed behind the minutes of a reading.
        kept: where the facts of named graphs are kept by digest, see ``GraphKeeper``; what
            is not there is read from the datagraph.
    """
    facts = list(_all_facts(data, kept))
    sources = dict(pair for found in facts for pair in found.sources)
    plain = {p[:3]: p[5] for found in facts for *_, p in found.claims if p[5]}

    def quote(place: Place) -> Quote:
        document, start, end, line, exact, _ = place
        said = plain.get(place[:3]) or " ".join(exact.split())
        return Quote(exact, said, sources[document], start, end, line)

    concepts = dict(pair for found in facts for pair in found.labels)
    aliases: defaultdict[str, set[str]] = defaultdict(set)
    for found in facts:
        for iri, label in found.aliases:
            aliases[iri].add(label)
    mentions = sorted(
        ((concept, quote(place)) for found in facts for concept, place in found.mentions),
        key=lambda m: (m[0], m[1].source, m[1].start),
    )
    claims = sorted((claim for found in facts for claim in found.claims), key=itemgetter(0))
    definitions, relations = _claims(((*claim[1:7], quote(claim[7])) for claim in claims), concepts)
    homes = [claim[1:5] for claim in claims if claim[2] == WG + "explainedIn"]
    readings = _readings(facts, sources, definitions, homes, mentions, words_per_minute)
    introductions = _introductions(concepts, definitions, relations, mentions)
    rows = [
        ConceptRow(
            iri,
            concepts[iri],
            tuple(sorted(aliases[iri])),
            definitions[iri][0][1].text if iri in definitions else "",
        )
        for iri in sorted(concepts)
    ]
    return View(rows, relations, introductions, readings)


def _all_facts(data: Dataset, kept: Kept | None) -> Iterator[Facts]:
    # what others say in an imported file is known, but not what these notes say
    others = import_graph(data.base, "")
    graphs = sorted(one for one in data.digests().items() if not one[0].startswith(others))
    for i in range(0, len(graphs), _AT_ONCE):
        part = graphs[i : i + _AT_ONCE]
        found = kept.get([facts_key(digest) for _, digest in part]) if kept else {}
        # read together: each reading begins with the digests of all graphs
        missing = data.graphs([name for name, digest in part if facts_key(digest) not in found])
        for _, digest in part:
            if (encoded := found.get(facts_key(digest))) is not None:
                yield decode(encoded, Facts)
                continue
            facts = facts_of(next(missing)[1])
            if kept:
                kept.put({facts_key(digest): encode(facts)})
            yield facts


Definitions = dict[str, list[tuple[float, Quote]]]
Mention = tuple[str, Quote]


@dataclass
class _Joined:
    doubt: float = 1.0
    support: int = 0
    best: tuple[bool, float, str, int, Quote] | None = field(default=None)
    strongest: tuple[int, float, str, str] | None = field(default=None)


def _claims(
    claims: Iterable[tuple[str, str, str, float, str, str, Quote]], concepts: dict[str, str]
) -> tuple[Definitions, list[RelationRow]]:
    """Definitions by concept, surest first, and relations with their claims joined."""
    definitions: defaultdict[str, list[tuple[float, Quote]]] = defaultdict(list)
    joined: defaultdict[tuple[str, str, str], _Joined] = defaultdict(_Joined)
    for subject, predicate, object_, sure, rule, strength, quote in claims:
        if predicate == SKOS + "definition":
            definitions[subject].append((sure, quote))
        elif subject in concepts and object_ in concepts:
            relation = joined[subject, PREDICATE_NAMES[predicate], object_]
            relation.doubt *= 1 - sure
            relation.support += 1
            # words of a note say more than that somebody decided so
            rank = (quote.is_decision, -sure, quote.source, quote.start, quote)
            if relation.best is None or rank[:4] < relation.best[:4]:
                relation.best = rank
            if strength:
                mine = (STRENGTHS.index(strength), -sure, rule, strength)
                relation.strongest = min(mine, relation.strongest or mine)
    for found in definitions.values():
        found.sort(key=lambda item: (-item[0], item[1].source, item[1].start))
    rows = [
        _relation(ends, joined[ends], best[4])
        for ends in sorted(joined)
        if (best := joined[ends].best)
    ]
    return dict(definitions), rows


def _relation(ends: tuple[str, str, str], joined: _Joined, reason: Quote) -> RelationRow:
    sure = round(1 - joined.doubt, 4)
    if joined.strongest is None:
        return RelationRow(*ends, sure, joined.support, reason)
    _, _, rule, strength = joined.strongest
    strength = strongest((strength, strength_of(sure)))
    return RelationRow(*ends, sure, joined.support, reason, strength, rule)


def _quote(source: str, start: int, end: int, line: int, exact: str, plain: str | None) -> Quote:
    return Quote(exact, plain or " ".join(exact.split()), source, start, end, line)


@dataclass(frozen=True, slots=True)
class _Section:
    start: int
    heading: str
    words: int


def _sections(facts: Sequence[Facts], sources: dict[str, str]) -> dict[str, list[_Section]]:
    """The sections of every document, by its address, in their order."""
    found: defaultdict[str, list[_Section]] = defaultdict(list)
    for part in facts:
        for document, start, heading, words in part.sections:
            found[sources[document]].append(_Section(start, heading, words))
    for sections in found.values():
        sections.sort(key=lambda section: section.start)
    return found


def _readings(
    facts: Sequence[Facts],
    sources: dict[str, str],
    definitions: Definitions,
    homes: Sequence[tuple[str, str, str, float]],
    mentions: list[Mention],
    words_per_minute: int,
) -> list[tuple[str, Reading]]:
    """Where to read about each concept, best first.

    A section counts by how strong a home of the concept it is, by how sure the definition is that
    stands in it, and by how often it names the concept, twice as much on the concept's own page;
    of a home that is a whole document its first section does. A section of a note that
    defines the concept comes before all sections of articles from the web, which count less.
    """
    sections = _sections(facts, sources)
    weights: defaultdict[str, defaultdict[tuple[str, int], float]] = defaultdict(
        lambda: defaultdict(float)
    )

    def section(place: Quote) -> tuple[str, int]:
        starts = [s.start for s in sections.get(place.source, [])]
        return place.source, max(0, bisect_right(starts, place.start) - 1)

    explained: set[tuple[str, tuple[str, int]]] = set()
    for concept, found in definitions.items():
        for confidence, quote in found:
            weights[concept][section(quote)] += 5 * confidence
            if "://" not in quote.source:
                explained.add((concept, section(quote)))
    for concept, _, home, strength in homes:
        document, _, part = home.partition("#section=")
        at = sources[document], int(part or 0)
        weights[concept][at] += _HOME * strength * (_WEB if "://" in at[0] else 1.0)
    pages = {sources[document]: concept for part in facts for document, concept in part.about}
    for concept, place in mentions:
        own = pages.get(place.source) == concept
        weights[concept][section(place)] += 0.4 if own else 0.2
    result = []
    for concept in sorted(weights):
        places = weights[concept]
        ranked = sorted(
            places, key=lambda at: ((concept, at) not in explained, -round(places[at], 6), at)
        )
        for source, number in ranked[:_READINGS_KEPT]:
            if source in sections:
                chosen = sections[source][number]
                minutes = max(0.1, round(chosen.words / words_per_minute, 1))
                reading = Reading(source, chosen.heading, minutes, chosen.start)
                result.append((concept, reading))
    return result


def _introductions(
    concepts: dict[str, str],
    definitions: Definitions,
    relations: list[RelationRow],
    mentions: list[Mention],
) -> list[tuple[str, Quote]]:
    """The words that introduce each concept: its definition, else a claim, else a mention."""
    best: dict[str, Quote] = {iri: found[0][1] for iri, found in definitions.items()}
    by_confidence = sorted(
        relations, key=lambda r: (-r.confidence, r.subject, r.predicate, r.object)
    )
    for relation in by_confidence:
        for end in (relation.subject, relation.object):
            if len(relation.reason.text.split()) >= _SENTENCE and not relation.reason.is_decision:
                best.setdefault(end, relation.reason)
    for iri, quote in mentions:
        best.setdefault(iri, quote)
    return [(iri, best[iri]) for iri in sorted(concepts) if iri in best]


def mentions_of(data: Dataset, concept: str) -> list[Quote]:
    """Where the notes name a concept, in the order of files and lines."""
    columns = "?source ?start ?end ?line ?exact ?plain"
    pattern = "?m oa:hasBody $c ; oa:hasTarget ?place . " + _PLACE
    found = (_quote(*row) for row in _select(data, columns, pattern, c=concept))
    return sorted(found, key=lambda quote: (quote.source, quote.start))


def matches_of(data: Dataset, concept: str) -> list[str]:
    """IRIs that name the same concept elsewhere."""
    return sorted(iri for (iri,) in _select(data, "?m", "$c skos:exactMatch ?m", c=concept))


def places_of(data: Dataset, address: str) -> list[str]:
    """Where a document stands among others, that which counts first; see ``wg:place``."""
    rows = _select(data, "?p", "$d wg:place ?p", d=document_iri(data.base, address))
    return sorted((place for (place,) in rows), key=lambda one: (not one.endswith(": used"), one))


def known_of(data: Dataset) -> set[str]:
    """IRIs of the concepts whose pages say that they are known; pages from the web say nothing."""
    pattern = (
        f'?page wg:status "{KNOWN}" ; schema:about ?concept ; dcterms:identifier ?source '
        'FILTER(!CONTAINS(?source, "://"))'
    )
    return {iri for (iri,) in _select(data, "?concept", pattern)}


def homes_of(data: Dataset, concept: str) -> list[tuple[str, str, str, float]]:
    """Where a concept is explained: (address, section, why, strength), the strongest first; the
    section is empty where the whole document is."""
    columns = "?address ?heading ?why ?sure"
    pattern = (
        "?claim rdf:subject $c ; rdf:predicate wg:explainedIn ; rdf:object ?home ; wg:rule ?why ; "
        "wg:confidence ?sure ; wg:evidence/oa:hasSource/dcterms:identifier ?address . "
        "OPTIONAL { ?home a wg:Section ; dcterms:title ?heading }"
    )
    rows = (
        (a, h or "", why, sure) for a, h, why, sure in _select(data, columns, pattern, c=concept)
    )
    return sorted(rows, key=lambda home: (-home[3], home))


def merges_of(data: Dataset, concept: str) -> list[tuple[str, float, str, Quote]]:
    """Why a concept has its aliases: (alias, confidence, reason, where it stands), by alias."""
    columns = "?alias ?sure ?why ?source ?start ?end ?line ?exact ?plain"
    pattern = (
        "?claim rdf:subject $c ; rdf:predicate skos:altLabel ; rdf:object ?alias ; "
        "wg:confidence ?sure ; dcterms:description ?why ; wg:evidence ?place . " + _PLACE
    )
    rows = _select(data, columns, pattern, c=concept)
    found = [(alias, sure, why, _quote(*place)) for alias, sure, why, *place in rows]
    return sorted(found, key=lambda m: (m[0], -m[1], m[3].source, m[3].start))


def counts(data: Dataset) -> dict[str, int]:
    """How many documents, concepts, relations and mentions the datagraph holds."""
    relations = " ".join(f"<{iri}>" for iri in PREDICATE_NAMES)
    patterns = {
        "documents": ("?x", "?x a wg:Document"),
        "concepts": ("?x", f"?x skos:inScheme <{data.base}concepts>"),
        "mentions": ("?x", "?x a oa:Annotation"),
        "relations": ("?s ?p ?o", f"VALUES ?p {{ {relations} }} ?s ?p ?o"),
    }
    return {
        name: sum(1 for _ in _select(data, columns, pattern))
        for name, (columns, pattern) in patterns.items()
    }


def runs(data: Dataset) -> list[tuple[str, str, str, str]]:
    """Operator runs: (operator, version, model, time of the last run)."""
    columns = "?operator ?version ?model ?ended"
    pattern = (
        "?r a prov:Activity ; wg:operator ?operator ; wg:version ?version . "
        "OPTIONAL { ?r wg:model ?model } OPTIONAL { ?r prov:endedAtTime ?ended }"
    )
    rows = _select(data, columns, pattern)
    return sorted((o, v, m or "", e or "") for o, v, m, e in rows)


def _select(data: Dataset, columns: str, pattern: str, **values: str) -> list[tuple]:  # type: ignore[type-arg]  # rows differ in width
    return list(data.select(f"{_PREFIXES} SELECT DISTINCT {columns} {{ {pattern} }}", **values))
