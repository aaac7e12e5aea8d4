"""Concepts: from all documents' candidates to the terms worth keeping, each with its labels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from waygraph.compute.operator import Between, operator
from waygraph.decisions import NO_NAME_RULINGS, NameRulings
from waygraph.labels import GENERIC, slug, words
from waygraph.model import Candidates, Concept, ConceptTable, Merges, Names
from waygraph.operators.term_weights import WEIGHTS, load_weights, score_of, weights_identity

_RANK = {origin: rank for rank, origin in enumerate(WEIGHTS)}
_MOST_COUNTED = 8
# A heading that stands in this many documents belongs to their template.
_TEMPLATE_DOCUMENTS = 3
_NO_MERGES = Merges()


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

    def evidence(self) -> list[tuple[str, float]]:
        """What speaks for its being a term: (role, how likely the words there are one).

        Each document counts once for each role, and so do words copied from one to another.
        """
        found = [("encyclopedia", 1.0)] if self.matches else []
        for origin, documents in sorted(self.documents.items()):
            if origin == "heading" and len(documents) >= _TEMPLATE_DOCUMENTS:
                continue
            surest: dict[str, float] = {}
            for address, (sure, context) in documents.items():
                place = context or address
                surest[place] = max(sure, surest.get(place, 0.0))
            best = sorted(surest.values(), reverse=True)[:_MOST_COUNTED]
            found += [(origin, sure) for sure in best]
        return found

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


@operator(version="6", identity=weights_identity)
def concepts(
    candidates: Sequence[Candidates],
    merges: Merges = _NO_MERGES,
    name_rulings: NameRulings = NO_NAME_RULINGS,
    *,
    model: str = "auto",
    threshold: Annotated[float, Between(0, 1)] = 0.35,
) -> ConceptTable:
    """Score and label the candidates of the whole corpus.

    Candidates with one key, or with keys that are merged, are one concept. ``model`` names
    the weights of roles (``operators.term_weights``); ``threshold`` in [0, 1] is the least
    score kept: higher gives fewer and surer concepts. What a person accepted, rejected or
    named (``name_rulings``) is so.
    """
    names, labels = Names(merges), _Labels(merges, name_rulings)
    keep = _Least(load_weights(model), threshold)
    terms = _terms(candidates, names)
    unnamed = tuple(
        sorted(name_rulings.keys() - {name for found in terms.values() for name in found})
    )
    for name, _ in name_rulings.kept:
        terms.setdefault(names.of(name, "", name), {})
    kept: dict[str, Concept] = {}
    for name in sorted(terms):
        found = _concept(name, terms[name], labels, keep)
        rival = kept.get(found.slug) if found else None
        if found and found.slug and (rival is None or rival.score < found.score):
            kept[found.slug] = found
    return ConceptTable(tuple(kept[name] for name in sorted(kept)), unnamed)


def term_evidence(
    candidates: Iterable[Candidates], merges: Merges
) -> dict[str, list[tuple[str, float]]]:
    """The evidence of every term of the corpus, kept or not, by each of its keys."""
    found: dict[str, list[tuple[str, float]]] = {}
    for name, parts in _terms(candidates, Names(merges)).items():
        evidence = _joined([part for _, part in sorted(parts.items())]).evidence()
        found |= dict.fromkeys({name, *parts}, evidence)
    return found


def _terms(candidates: Iterable[Candidates], names: Names) -> dict[str, dict[str, _Term]]:
    """What the corpus says of each name, by the keys it goes under."""
    terms: defaultdict[str, dict[str, _Term]] = defaultdict(lambda: defaultdict(_Term))
    for document in candidates:
        for candidate in document.found:
            name = names.of(candidate.key, document.address, candidate.label)
            if not name:
                continue
            term = terms[name][candidate.key]
            term.labels[candidate.label, candidate.origin] += 1
            term.note(candidate.origin, document.address, candidate.score, candidate.context)
        for match in document.matches:
            name = names.of(match.key, document.address, match.key)
            if name:
                terms[name][match.key].matches.add(match.iri)
    return terms


@dataclass(frozen=True, slots=True)
class _Least:
    """What a term must have to be kept: its score under these weights, and how much."""

    weights: Mapping[str, float]
    threshold: float

    def score(self, term: _Term) -> float:
        return score_of(term.evidence(), self.weights)


class _Labels:
    """The keys that merges join under one key everywhere, and the labels that they speak of.

    ``rulings`` is what was decided of them.
    """

    def __init__(self, merges: Merges, rulings: NameRulings) -> None:
        self.rulings = rulings
        self._accepted = dict(rulings.kept)
        self._dropped = frozenset(rulings.dropped)
        self.keys: defaultdict[str, set[str]] = defaultdict(set)
        self.said: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for merge in merges.found:
            if not merge.only and not merge.capitals:
                self.keys[merge.name] |= {merge.short, merge.long}
            said = self.said[merge.name]
            for one, label in ((merge.short, merge.short_label), (merge.long, merge.long_label)):
                said[one] = min(label, said.get(one, label))

    def accepted(self, keys: Iterable[str]) -> str:
        """The label as accepted of a concept with these keys; empty if none was."""
        return min((self._accepted[name] for name in keys if name in self._accepted), default="")

    def is_dropped(self, keys: Iterable[str]) -> bool:
        """Whether a concept with these keys was rejected."""
        return not self._dropped.isdisjoint(keys)

    def decided(self, keys: Collection[str]) -> str:
        """The preferred label that was decided for it last, or empty."""
        found = [label for name, label in self.rulings.labels if name in keys]
        return found[-1] if found else ""


def _joined(terms: Sequence[_Term]) -> _Term:
    """All of them as one; most stand alone."""
    if len(terms) == 1:
        return terms[0]
    whole = _Term()
    for term in terms:
        whole.add(term)
    return whole


def _concept(
    name: str, terms: Mapping[str, _Term], labels: _Labels, keep: _Least
) -> Concept | None:
    """The concept of one name from the terms of its keys, if it is worth keeping."""
    keys = labels.keys[name] | {name}
    accepted = labels.accepted(keys)
    term = _joined([part for _, part in sorted(terms.items())])
    named = name in terms and terms[name].labels
    own = terms[name] if named else _joined([p for k, p in sorted(terms.items()) if k in keys])
    if labels.is_dropped(keys):
        return None
    if not accepted and (not term.labels or not _is_kept(name, term, keep)):
        return None
    said = labels.said[name]
    label = own.label() if own.labels else said.get(name, "") or accepted or term.label()
    label = labels.decided(keys) or label
    others = {one for one, _ in term.labels} | set(said.values())
    folded = {one.casefold(): one for one in sorted(others)}
    folded.pop(label.casefold(), None)
    aliases = tuple(sorted(folded.values()))
    return Concept(
        slug(label),
        label,
        aliases,
        tuple(sorted(keys)),
        1.0 if accepted else keep.score(term),
        tuple(sorted(term.matches)),
    )


def _is_singular(label: str) -> bool:
    *_, last = words(label)
    return label[last.start : last.end].casefold() == last.key


def _is_kept(name: str, term: _Term, keep: _Least) -> bool:
    if "gazetteer" in term.documents:
        return True
    if name in GENERIC:
        return False
    return keep.score(term) >= keep.threshold
