"""Concepts: from all documents' candidates to the terms worth keeping, each with its labels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from waygraph.compute.operator import Between, operator
from waygraph.decisions import NO_NAME_RULINGS, NameRulings
from waygraph.labels import GENERIC, slug, words
from waygraph.model import Backed, Candidates, Concept, ConceptTable, Entities, Merges, Names
from waygraph.operators.backed import NOTHING_BACKED
from waygraph.operators.entities import entity_keys
from waygraph.operators.logistic import Logistic
from waygraph.operators.term_model import (
    TEMPLATE_DOCUMENTS,
    CorpusTerm,
    Terms,
    described,
    explained,
    load_model,
    model_identity,
)

# The roles whose spelling of a label counts, the first most.
_RANK = {
    origin: rank
    for rank, origin in enumerate(
        ("gazetteer", "page", "title", "wikilink", "link", "tag", "heading", "strong", "defined",
         "emphasis", "code", "phrase", "alias")
    )
}  # fmt: skip
_NO_MERGES = Merges()


# What standing in a large list adds to the logit of a term: set, not fitted, for no corpus here
# comes with one.
_LISTED = 1.0


@operator(version="8", identity=model_identity)
def concepts(
    candidates: Sequence[Candidates],
    merges: Merges = _NO_MERGES,
    name_rulings: NameRulings = NO_NAME_RULINGS,
    entities: Sequence[Entities] = (),
    backed: Backed = NOTHING_BACKED,
    *,
    model: str = "auto",
    threshold: Annotated[float, Between(0, 1)] = 0.3,
) -> ConceptTable:
    """Score and label the candidates of the whole corpus.

    Candidates with one key, or with keys that are merged, are one concept. ``model`` names
    the weights (``operators.term_model``); ``threshold`` in [0, 1] is the least score kept:
    higher gives fewer and surer concepts. What a person accepted, rejected or named
    (``name_rulings``) is so. Named entities are none. What stands in a large list is likelier
    (``backed``).
    """
    names, labels = Names(merges), _Labels(merges, name_rulings)
    terms = _terms(candidates, names)
    whole = _whole(terms)
    found = described(whole)
    weights = load_model(model)
    chances = weights.probabilities(found.values, _listed(found.keys, backed))
    scores = dict(zip(found.keys, chances.tolist(), strict=True))
    for document in entities:
        scores |= dict.fromkeys(scores.keys() & entity_keys(document), 0.0)
    unnamed = tuple(
        sorted(name_rulings.keys() - {name for parts in terms.values() for name in parts})
    )
    for name, _ in name_rulings.kept:
        terms.setdefault(names.of(name, "", name), {})
    kept: dict[str, tuple[str, Concept]] = {}
    for name in sorted(terms):
        term, score = whole.get(name) or CorpusTerm(), _score(scores.get(name, 0.0))
        concept = _concept(name, term, terms[name], labels, score, threshold)
        rival = kept.get(concept.slug) if concept else None
        if concept and concept.slug and (rival is None or rival[1].score < concept.score):
            kept[concept.slug] = name, concept
    return ConceptTable(
        tuple(_explained([kept[one] for one in sorted(kept)], found, weights)), unnamed
    )


def _explained(
    concepts: Sequence[tuple[str, Concept]], terms: Terms, weights: Logistic
) -> Iterator[Concept]:
    """Concepts, each with what speaks for and against it; before each its name among terms."""
    rows = {name: row for row, name in enumerate(terms.keys)}
    judged = [rows[name] for name, _ in concepts if name in rows]
    words = dict(zip(judged, explained(weights, terms.values[judged]), strict=True))
    for name, concept in concepts:
        yield replace(concept, why=concept.why or words.get(rows.get(name, -1), ""))


def _listed(keys: Sequence[str], backed: Backed) -> list[float]:
    """What large lists add to the logit of each term."""
    strengths = dict(backed.found)
    return [_LISTED * strengths.get(name, 0.0) for name in keys]


def term_features(candidates: Iterable[Candidates], merges: Merges) -> tuple[dict[str, int], Terms]:
    """The features of every term of the corpus, kept or not, and its row by each of its keys."""
    terms = _terms(candidates, Names(merges))
    found = described(_whole(terms))
    rows = {name: i for i, name in enumerate(found.keys)}
    return {key: rows[name] for name, parts in terms.items() for key in (name, *parts)}, found


def by_name(candidates: Iterable[Candidates], merges: Merges) -> dict[str, CorpusTerm]:
    """What the corpus says of each term, by the name that it goes under."""
    return _whole(_terms(candidates, Names(merges)))


def _whole(terms: Mapping[str, Mapping[str, CorpusTerm]]) -> dict[str, CorpusTerm]:
    return {
        name: _joined([part for _, part in sorted(parts.items())]) for name, parts in terms.items()
    }


def _terms(candidates: Iterable[Candidates], names: Names) -> dict[str, dict[str, CorpusTerm]]:
    """What the corpus says of each name, by the keys it goes under."""
    terms: defaultdict[str, dict[str, CorpusTerm]] = defaultdict(lambda: defaultdict(CorpusTerm))
    for document in candidates:
        for candidate in document.found:
            name = names.of(candidate.key, document.address, candidate.label)
            if not name:
                continue
            term = terms[name][candidate.key]
            term.labels[candidate.label, candidate.origin] += 1
            term.note(candidate.origin, document.address, candidate.score, candidate.context)
            if candidate.origin == "phrase":
                term.count += candidate.count
        for match in document.matches:
            name = names.of(match.key, document.address, match.key)
            if name:
                terms[name][match.key].matches.add(match.iri)
    return terms


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


def _joined(terms: Sequence[CorpusTerm]) -> CorpusTerm:
    """All of them as one; most stand alone."""
    if len(terms) == 1:
        return terms[0]
    whole = CorpusTerm()
    for term in terms:
        whole.add(term)
    return whole


def _concept(
    name: str,
    term: CorpusTerm,
    terms: Mapping[str, CorpusTerm],
    labels: _Labels,
    score: float,
    threshold: float,
) -> Concept | None:
    """The concept of one name, if it is worth keeping; ``terms`` are the parts by their keys."""
    keys = labels.keys[name] | {name}
    accepted = labels.accepted(keys)
    named = name in terms and terms[name].labels
    own = terms[name] if named else _joined([p for k, p in sorted(terms.items()) if k in keys])
    if labels.is_dropped(keys):
        return None
    # who renames a thing takes it for a concept
    ruled = accepted or (term.labels and labels.decided(keys))
    if not ruled and (not term.labels or not _is_kept(name, term, score, threshold)):
        return None
    listed = "gazetteer" in term.documents
    said = labels.said[name]
    label = label_of(own) if own.labels else said.get(name, "") or accepted or label_of(term)
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
        1.0 if accepted else score,
        tuple(sorted(term.matches)),
        "a person accepted it" if accepted else "a list of terms has it" if listed else "",
    )


def label_of(term: CorpusTerm) -> str:
    """The label of the strongest role, there the most frequent, then the alphabet."""
    best = min(_RANK.get(origin, 99) for _, origin in term.labels)
    counts: Counter[str] = Counter()
    for (label, origin), count in term.labels.items():
        if _RANK.get(origin, 99) == best:
            counts[label] += count
    label = min(counts, key=lambda label: (-counts[label], label))
    if "gazetteer" in term.documents:
        return label
    if not _is_singular(label):
        other: Counter[str] = Counter()
        for (one, _), count in term.labels.items():
            if _is_singular(one):
                other[one] += count
        label = min(other, key=lambda o: (-other[o], o)) if other else label
    # a term that opens a title or sentence, or is shouted, is not capitalised by nature; one that
    # is written in capitals almost always is an acronym
    lower = label.lower() if label.isupper() else label[0].lower() + label[1:]
    small = sum(count for (one, _), count in term.labels.items() if one == lower)
    large = sum(count for (one, _), count in term.labels.items() if one == label)
    rare = label.isupper() and 2 * small < large
    return lower if small and not rare else label


def _is_singular(label: str) -> bool:
    *_, last = words(label)
    return label[last.start : last.end].casefold() == last.key


def _is_kept(name: str, term: CorpusTerm, score: float, threshold: float) -> bool:
    if "gazetteer" in term.documents:
        return True
    return name not in GENERIC and score >= threshold and not _is_template(term)


def _is_template(term: CorpusTerm) -> bool:
    """Whether it is said nowhere but in headings that stand in many notes."""
    headings = term.documents.get("heading", {})
    if len(headings) < TEMPLATE_DOCUMENTS or not {"heading", "phrase"} >= term.documents.keys():
        return False
    return term.count <= len(headings) and headings.keys() >= term.documents["phrase"].keys()


def _score(chance: float) -> float:
    """As written: nothing that notes say is certain."""
    return min(0.9999, round(chance, 4))
