"""The view: the datagraph as people and search see it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

from waygraph.model import ConceptRow, Quote, Reading, RelationRow, View
from waygraph.store.dataset import Dataset
from waygraph.vocab import DCTERMS, OA, PREDICATE_NAMES, PROV, RDF, SCHEMA, SKOS, WG

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
# Evidence of fewer words is a bare term: it introduces nothing.
_SENTENCE = 5


def read_view(data: Dataset, words_per_minute: int) -> View:
    """Everything that a concept graph is built from, in a fixed order.

    Args:
        data: the datagraph.
        words_per_minute: reading speed behind the minutes of a reading.
    """
    concepts: dict[str, str] = {}
    for iri, label in _select(data, "?c ?l", "?c a skos:Concept ; skos:prefLabel ?l"):
        concepts[iri] = label
    aliases: defaultdict[str, list[str]] = defaultdict(list)
    for iri, label in _select(data, "?c ?l", "?c skos:altLabel ?l"):
        aliases[iri].append(label)
    definitions, relations = _claims(data, concepts)
    sections = _sections(data)
    readings = _readings(data, definitions, sections, words_per_minute)
    introductions = _introductions(data, concepts, definitions, relations)
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


@dataclass
class _Joined:
    doubt: float = 1.0
    support: int = 0
    best: tuple[float, str, int, Quote] | None = field(default=None)


Definitions = dict[str, list[tuple[float, Quote]]]


def _claims(data: Dataset, concepts: dict[str, str]) -> tuple[Definitions, list[RelationRow]]:
    """Definitions by concept, surest first, and relations with their claims joined."""
    definitions: defaultdict[str, list[tuple[float, Quote]]] = defaultdict(list)
    joined: defaultdict[tuple[str, str, str], _Joined] = defaultdict(_Joined)
    columns = "?s ?p ?o ?confidence ?source ?start ?end ?line ?exact ?plain"
    pattern = (
        "?claim a wg:Claim ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; "
        f"wg:confidence ?confidence ; wg:evidence ?place . {_PLACE}"
    )
    for subject, predicate, object_, confidence, *place in _select(data, columns, pattern):
        quote = _quote(*place)
        if predicate == SKOS + "definition":
            definitions[subject].append((confidence, quote))
        elif subject in concepts and object_ in concepts:
            relation = joined[subject, PREDICATE_NAMES[predicate], object_]
            relation.doubt *= 1 - confidence
            relation.support += 1
            rank = (-confidence, quote.source, quote.start, quote)
            if relation.best is None or rank[:3] < relation.best[:3]:
                relation.best = rank
    for found in definitions.values():
        found.sort(key=lambda item: (-item[0], item[1].source, item[1].start))
    rows = [
        RelationRow(*ends, round(1 - joined[ends].doubt, 4), joined[ends].support, best[3])
        for ends in sorted(joined)
        if (best := joined[ends].best)
    ]
    return dict(definitions), rows


def _quote(source: str, start: int, end: int, line: int, exact: str, plain: str | None) -> Quote:
    return Quote(exact, plain or " ".join(exact.split()), source, start, end, line)


@dataclass(frozen=True, slots=True)
class _Section:
    start: int
    heading: str
    words: int


def _sections(data: Dataset) -> dict[str, list[_Section]]:
    found: defaultdict[str, list[_Section]] = defaultdict(list)
    pattern = (
        "?d schema:hasPart ?s ; dcterms:identifier ?source . "
        "?s oa:start ?start ; dcterms:title ?heading ; wg:words ?words"
    )
    for source, start, heading, words in _select(data, "?source ?start ?heading ?words", pattern):
        found[source].append(_Section(start, heading, words))
    for sections in found.values():
        sections.sort(key=lambda section: section.start)
    return found


def _readings(
    data: Dataset,
    definitions: Definitions,
    sections: dict[str, list[_Section]],
    words_per_minute: int,
) -> list[tuple[str, Reading]]:
    """Where to read about each concept, best first.

    A section counts by how sure the definition is that stands in it, by being part of the
    concept's own page, by naming it in its heading, and by how often it names it.
    """
    weights: defaultdict[str, defaultdict[tuple[str, int], float]] = defaultdict(
        lambda: defaultdict(float)
    )

    def section(source: str, start: int) -> tuple[str, int]:
        starts = [s.start for s in sections.get(source, [])]
        return source, max(0, bisect_right(starts, start) - 1)

    for concept, found in definitions.items():
        for confidence, quote in found:
            weights[concept][section(quote.source, quote.start)] += 5 * confidence
    pages = dict(_select(data, "?source ?c", "?d schema:about ?c ; dcterms:identifier ?source"))
    pattern = "?m oa:hasBody ?c ; oa:hasTarget ?place . " + _PLACE
    for concept, source, start in _select(data, "?c ?source ?start", pattern):
        place = section(source, start)
        own = pages.get(source) == concept
        weights[concept][place] += 0.4 if own else 0.2
    result = []
    for concept in sorted(weights):
        ranked = sorted(weights[concept].items(), key=lambda item: (-round(item[1], 6), item[0]))
        for (source, number), _ in ranked[:_READINGS_KEPT]:
            if source in sections:
                chosen = sections[source][number]
                minutes = max(0.1, round(chosen.words / words_per_minute, 1))
                result.append((concept, Reading(source, chosen.heading, minutes)))
    return result


def _introductions(
    data: Dataset,
    concepts: dict[str, str],
    definitions: Definitions,
    relations: list[RelationRow],
) -> list[tuple[str, Quote]]:
    """The words that introduce each concept: its definition, else a claim, else a mention."""
    best: dict[str, Quote] = {iri: found[0][1] for iri, found in definitions.items()}
    by_confidence = sorted(
        relations, key=lambda r: (-r.confidence, r.subject, r.predicate, r.object)
    )
    for relation in by_confidence:
        for end in (relation.subject, relation.object):
            if len(relation.reason.text.split()) >= _SENTENCE:
                best.setdefault(end, relation.reason)
    columns = "?c ?source ?start ?end ?line ?exact ?plain"
    pattern = "?m oa:hasBody ?c ; oa:hasTarget ?place . " + _PLACE
    mentions = [(iri, _quote(*place)) for iri, *place in _select(data, columns, pattern)]
    for iri, quote in sorted(mentions, key=lambda m: (m[0], m[1].source, m[1].start)):
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


def counts(data: Dataset) -> dict[str, int]:
    """How many documents, concepts, relations and mentions the datagraph holds."""
    relations = " ".join(f"<{iri}>" for iri in PREDICATE_NAMES)
    patterns = {
        "documents": ("?x", "?x a wg:Document"),
        "concepts": ("?x", "?x a skos:Concept"),
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
