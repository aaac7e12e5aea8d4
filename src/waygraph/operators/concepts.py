"""Concepts: from all documents' candidates to the terms worth keeping, each with its labels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from waygraph.compute.operator import Between, operator
from waygraph.labels import GENERIC, slug, words
from waygraph.model import Candidates, Concept, ConceptTable

# How far one document's use of a label in this role goes to show that it is a term.
_WEIGHTS = {
    "gazetteer": 0.99,
    "page": 0.95,
    "title": 0.3,
    "wikilink": 0.8,
    "link": 0.3,
    "tag": 0.45,
    "heading": 0.25,
    "strong": 0.35,
    "defined": 0.3,
    "emphasis": 0.2,
    "code": 0.15,
    "phrase": 0.4,
    "alias": 0.0,
}
_RANK = {origin: rank for rank, origin in enumerate(_WEIGHTS)}
# How far a link to its page in Wikipedia or Wikidata goes.
_ENCYCLOPEDIA = 0.5
_MOST_COUNTED = 8
# A heading that stands in this many documents and nowhere else belongs to the template.
_TEMPLATE_DOCUMENTS = 3


@dataclass
class _Term:
    """What the corpus says of one key."""

    labels: Counter[tuple[str, str]] = field(default_factory=Counter)
    # origin -> document -> how likely the words there are a term, and what is around them
    documents: defaultdict[str, dict[str, tuple[float, str]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    matches: set[str] = field(default_factory=set)

    def add(self, other: _Term) -> None:
        self.labels.update(other.labels)
        for origin, documents in other.documents.items():
            for address, (score, context) in documents.items():
                self.note(origin, address, score, context)
        self.matches |= other.matches

    def note(self, origin: str, address: str, score: float, context: str) -> None:
        """One candidate; of several in one document the surest counts."""
        documents = self.documents[origin]
        documents[address] = max((score, context), documents.get(address, (0.0, "")))

    def score(self) -> float:
        """Evidence joined as if independent: 1 - product of (1 - weight * score).

        Each document counts once for each role, and so do words copied from one to another.
        """
        doubt = 1 - _ENCYCLOPEDIA if self.matches else 1.0
        for origin, documents in sorted(self.documents.items()):
            surest: dict[str, float] = {}
            for address, (score, context) in documents.items():
                place = context or address
                surest[place] = max(score, surest.get(place, 0.0))
            for score in sorted(surest.values(), reverse=True)[:_MOST_COUNTED]:
                doubt *= 1 - _WEIGHTS.get(origin, 0.0) * score
        # nothing that notes say is certain
        return min(0.9999, round(1 - doubt, 4))

    def label(self) -> str:
        """The label of the strongest role, there the most frequent, then the alphabet."""
        best = min(_RANK.get(origin, 99) for _, origin in self.labels)
        counts: Counter[str] = Counter()
        for (label, origin), count in self.labels.items():
            if _RANK.get(origin, 99) == best:
                counts[label] += count
        label = min(counts, key=lambda label: (-counts[label], label))
        if "gazetteer" in self.documents:
            return label
        if not _is_singular(label):
            other: Counter[str] = Counter()
            for (one, _), count in self.labels.items():
                if _is_singular(one):
                    other[one] += count
            label = min(other, key=lambda o: (-other[o], o)) if other else label
        # a term that opens a title or sentence, or is shouted, is not capitalised by nature
        lower = label.lower() if label.isupper() else label[0].lower() + label[1:]
        return lower if any(one == lower for one, _ in self.labels) else label


@operator(version="3")
def concepts(
    candidates: Sequence[Candidates], *, threshold: Annotated[float, Between(0, 1)] = 0.35
) -> ConceptTable:
    """Score, resolve and label the candidates of the whole corpus.

    Candidates with one key are one concept; aliases that a page states, link labels and
    acronyms beside their expansion join keys. ``threshold`` in [0, 1] is the least score
    kept: higher gives fewer and surer concepts.
    """
    terms: defaultdict[str, _Term] = defaultdict(_Term)
    for document in candidates:
        for candidate in document.found:
            term = terms[candidate.key]
            term.labels[candidate.label, candidate.origin] += 1
            term.note(candidate.origin, document.address, candidate.score, candidate.context)
        for match in document.matches:
            terms[match.key].matches.add(match.iri)
    names = _resolve(candidates, terms)
    merged: defaultdict[str, _Term] = defaultdict(_Term)
    for name in sorted(terms):
        merged[names.get(name, name)].add(terms[name])
    alias_labels: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for document in candidates:
        for alias in document.aliases:
            if names.get(alias.short) == names.get(alias.long, alias.long):
                labels = alias_labels[names[alias.short]]
                labels[alias.short] = min(alias.label, labels.get(alias.short, alias.label))
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for name in merged:
        keys[name].add(name)
    for short, long in names.items():
        keys[long].add(short)
    kept: dict[str, Concept] = {}
    for name, term in sorted(merged.items()):
        if not term.labels or not _is_kept(name, term, threshold):
            continue
        label = (terms[name] if terms[name].labels else term).label()
        others = {one for one, _ in term.labels} | set(alias_labels[name].values())
        folded = {one.casefold(): one for one in sorted(others)}
        folded.pop(label.casefold(), None)
        aliases = sorted(folded.values())
        concept = Concept(
            slug(label), label, tuple(aliases), tuple(sorted(keys[name])), term.score(),
            tuple(sorted(term.matches)),
        )  # fmt: skip
        rival = kept.get(concept.slug)
        if concept.slug and (rival is None or rival.score < concept.score):
            kept[concept.slug] = concept
    return ConceptTable(tuple(kept[name] for name in sorted(kept)))


def _is_singular(label: str) -> bool:
    *_, last = words(label)
    return label[last.start : last.end].casefold() == last.key


def _resolve(candidates: Sequence[Candidates], terms: dict[str, _Term]) -> dict[str, str]:
    """Keys that are another way to write another key: short -> long.

    A key that is a page of its own stays apart. Of several claims the best supported wins,
    then the alphabet; chains are followed to their end.
    """
    claims: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for document in candidates:
        for alias in document.aliases:
            if alias.short and alias.short != alias.long:
                claims[alias.short][alias.long] += 1
    names: dict[str, str] = {}
    for short in sorted(claims):
        if short in terms and "page" in terms[short].documents:
            continue
        options = claims[short]
        names[short] = min(options, key=lambda long: (-options[long], long))
    for short in sorted(names):
        seen, end = {short}, names[short]
        while end in names and end not in seen:
            seen.add(end)
            end = names[end]
        if end in seen:
            del names[short]
        else:
            names[short] = end
    return names


def _is_kept(name: str, term: _Term, threshold: float) -> bool:
    if "gazetteer" in term.documents:
        return True
    if name in GENERIC:
        return False
    origins = set(term.documents)
    if origins == {"heading"} and len(term.documents["heading"]) >= _TEMPLATE_DOCUMENTS:
        return False
    return term.score() >= threshold
