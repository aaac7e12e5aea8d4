"""Reviewing: what is worth deciding, the decision that would change most first."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from waygraph.answer import Quote
from waygraph.app.ask import open_data
from waygraph.app.decisions import read_decisions
from waygraph.app.ingest import recalled
from waygraph.config import Workspace
from waygraph.decisions import Decision
from waygraph.model import (
    Aliases,
    Candidates,
    ConceptTable,
    Merges,
    Prerequisites,
    Relation,
    Relations,
    Span,
)
from waygraph.vocab import OA, PREDICATES, concept_iri

# A merge that is less sure than this is not worth a question.
_LEAST_MERGE = 0.5
_ASKED = ("requires", "broader", "partOf", "uses")
_PLACES = 3
Place = tuple[str, Span]


@dataclass(frozen=True, slots=True)
class Question:
    """Something that a person can decide.

    ``yes`` and ``no`` are the decisions that either answer makes. ``confidence`` in [0, 1] is
    how sure the program is of yes; ``reach`` counts the plans or places that an answer may
    change; ``places`` are the evidence.
    """

    text: str
    yes: Decision
    no: Decision
    confidence: float
    reach: int
    places: tuple[Place, ...]

    @property
    def weight(self) -> float:
        """The expected change: what an answer tells (entropy, in bits) times log2(1 + reach)."""
        chances = (self.confidence, 1 - self.confidence)
        doubt = -sum(chance * math.log2(chance) for chance in chances if chance > 0)
        return round(doubt * math.log2(1 + self.reach), 6)


def questions(place: Workspace) -> list[Question]:
    """What is open in a workspace, the weightiest first; what was decided is left out.

    Raises:
        MissingWorkspace: nothing was ingested yet.
    """
    from waygraph.read.snapshots import Snapshots

    counts = _mention_counts(place)
    with (
        recalled(place) as results,
        Snapshots(place.folder / "documents.sqlite", write=False) as snapshots,
    ):
        decided = {d.matter() for d in read_decisions(place, snapshots).force}
        table = results.one("concepts", ConceptTable)
        required = results.one("prerequisites", Prerequisites).kept
        others = chain.from_iterable(r.found for _, r in results.each("relations", Relations))
        candidates = [value for _, value in results.each("candidates", Candidates)]
        found = chain(
            _on_relations(required, others, table),
            _on_concepts(table, place, counts, candidates),
            _on_merges(
                candidates,
                [value for _, value in results.each("aliases", Aliases)],
                results.one("merges", Merges),
                table,
            ),
        )
        # a merge and a concept of one name may both be asked about, a matter not twice
        once = {question.yes.matter(): question for question in found}
    left = [question for matter, question in once.items() if matter not in decided]
    return sorted(left, key=lambda q: (-q.weight, q.yes.statement()))


def _mention_counts(place: Workspace) -> Mapping[str, int]:
    """Mentions by the IRI of the concept."""
    query = f"SELECT ?c (COUNT(?m) AS ?n) {{ ?m <{OA}hasBody> ?c }} GROUP BY ?c"
    with open_data(place) as data:
        return {concept: count for concept, count in data.select(query) if concept}


def _on_relations(
    required: Iterable[Relation], others: Iterable[Relation], table: ConceptTable
) -> Iterator[Question]:
    """Whether relations hold. Of ``requires`` the reach is all plans that run through it."""
    labels = {concept.slug: concept.label for concept in table.concepts}
    claims: defaultdict[tuple[str, str, str], list[Relation]] = defaultdict(list)
    for claim in chain(required, others):
        if claim.predicate in _ASKED:
            claims[claim.subject, claim.predicate, claim.object].append(claim)
    forward: defaultdict[str, list[str]] = defaultdict(list)
    backward: defaultdict[str, list[str]] = defaultdict(list)
    for subject, predicate, object_ in claims:
        if predicate == "requires":
            forward[subject].append(object_)
            backward[object_].append(subject)
    for (subject, predicate, object_), found in sorted(claims.items()):
        reach = 1
        if predicate == "requires":
            reach = len(_reached(subject, backward)) * len(_reached(object_, forward))
        doubt = math.prod(1 - claim.confidence for claim in found)
        ends, reads = (labels[subject], labels[object_]), PREDICATES[predicate][1]
        best = sorted(found, key=lambda c: (-c.confidence, c.address, c.evidence))
        yield Question(
            f"{ends[0]} {reads} {ends[1]}",
            Decision("accept", ends, predicate),
            Decision("reject", ends, predicate),
            round(1 - doubt, 4),
            reach,
            tuple((c.address, c.evidence[0]) for c in best[:_PLACES] if c.evidence),
        )


def _reached(start: str, ways: Mapping[str, Sequence[str]]) -> set[str]:
    """All that ``start`` leads to, itself too."""
    seen, stack = {start}, [start]
    while stack:
        for end in ways.get(stack.pop(), ()):
            if end not in seen:
                seen.add(end)
                stack.append(end)
    return seen


def _on_concepts(
    table: ConceptTable,
    place: Workspace,
    counts: Mapping[str, int],
    candidates: Iterable[Candidates],
) -> Iterator[Question]:
    """Whether concepts are terms worth keeping. The reach is where the notes name them."""
    slugs = table.slugs()
    places: defaultdict[str, list[Place]] = defaultdict(list)
    for document in candidates:
        for candidate in document.found:
            slug = slugs.get(candidate.key, "")
            if slug and len(places[slug]) < _PLACES and candidate.span.start < candidate.span.end:
                places[slug].append((document.address, candidate.span))
    for concept in table.concepts:
        label = (concept.label,)
        yield Question(
            f"{concept.label} is a term to learn",
            Decision("accept", label),
            Decision("reject", label),
            concept.score,
            counts.get(concept_iri(place.settings.base, concept.slug), 0),
            tuple(places[concept.slug]),
        )


def _on_merges(
    candidates: Sequence[Candidates],
    aliases: Sequence[Aliases],
    merges: Merges,
    table: ConceptTable,
) -> Iterator[Question]:
    """Whether two names are one: those that were merged, and those that nearly were."""
    from waygraph.operators.merge_claims import Corpus

    corpus = Corpus(candidates, aliases)
    slugs = table.slugs()
    made = {(merge.short, merge.long): merge.confidence for merge in merges.found}
    for pair, claim in sorted(corpus.claims.items()):
        sure = made.get(pair, claim.confidence())
        # names of nothing that was kept are no question
        if sure < _LEAST_MERGE or not any(name in slugs for name in pair):
            continue
        _, address, span, short, long = claim.evidence()
        used = [corpus.names[name].documents if name in corpus.names else 0 for name in pair]
        yield Question(
            f"“{short}” and “{long}” are one concept ({claim.why()})",
            Decision("merge", (short, long)),
            Decision("split", (short, long)),
            sure,
            min(used) + 1,
            ((address, span),) if span.start < span.end else (),
        )


def evidence(place: Workspace, question: Question) -> list[tuple[Quote, str]]:
    """The words that a question rests on, each with the lines around it."""
    from waygraph.read.snapshots import Snapshots

    shown: list[tuple[Quote, str]] = []
    with Snapshots(place.folder / "documents.sqlite", write=False) as snapshots:
        for address, span in question.places:
            document = snapshots.required(address)
            start, end = document.source_span(span)
            line = document.line_of(start)
            words = " ".join(document.text[span.start : span.end].split())
            quote = Quote(document.source[start:end], words, address, start, end, line)
            lines = document.source.splitlines()[max(0, line - 2) : document.line_of(end - 1) + 1]
            shown.append((quote, "\n".join(lines)))
    return shown
