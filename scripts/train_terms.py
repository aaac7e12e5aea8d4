"""Fit what makes a phrase a term, and a term a concept, to what people marked in real notes.

Two models: ``termhood`` judges a phrase by one document, ``term_model`` a term by the whole corpus.
What the second is fitted to, the first has judged by weights that had not seen that corpus.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from keyphrases import held_out, read_texts, stemmed, summed
from measure import CHECKOUT, table
from score_notes import CORPORA, GOLD, is_taken
from waygraph.labels import GENERIC, key
from waygraph.model import Concept, ConceptTable, Document, Lexicon, Merges, Parse, Target, Targets
from waygraph.operators.candidates import of_document
from waygraph.operators.concepts import by_name
from waygraph.operators.logistic import Logistic
from waygraph.operators.mentions import Finder
from waygraph.operators.parsing import parse
from waygraph.operators.term_model import Terms, described, model_json
from waygraph.operators.termhood import terms
from waygraph.read.corpus import Source, load, scan
from waygraph.read.links import resolve_links
from waygraph.read.note import read_source

DATA = CHECKOUT / "data"
# Inverse strengths of the penalties, and by how much the meaning's columns are scaled down: what
# did best of three each, corpora left out.
_C_PHRASES, _C_TERMS, _MEANING = 0.1, 0.005, 0.8
_LEAST_SCALE, _ROLE_SCALE = 0.25, 0.05
_BATCH = 50
AUTHORS = frozenset(f"role {r}" for r in ("page", "wikilink", "tag", "defined"))
# A role that an author gave on purpose adds at least this to the logit, times log(1 + notes).
_LEAST_ROLE = 1.0
THRESHOLDS = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
_NO_MERGES = Merges()
_TEXTS = "key phrases"
# As how much texts of papers count, of which people marked key phrases: these are longer than what
# an indexer lists of notes, and at full weight terms of notes are told worse.
_TEXTS_COUNT = 0.1


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus, parsed, with what people marked: address -> forms of each concept, folded."""

    name: str
    documents: Sequence[Document]
    parses: Sequence[Parse]
    targets: Sequence[Targets]
    gold: Mapping[str, Sequence[Collection[str]]]

    def number(self, address: str) -> dict[str, int]:
        """Folded form -> number of the marked concept of a note."""
        return {form: i for i, forms in enumerate(self.gold[address]) for form in forms}


def read_corpora() -> Iterator[Corpus]:
    """The corpora that people marked, each with all of its notes or a stated part of them."""
    marked: defaultdict[str, dict[str, list[set[str]]]] = defaultdict(dict)
    for row in map(json.loads, (GOLD / "notes.jsonl").read_text(encoding="utf-8").splitlines()):
        marked[row["corpus"]][row["note"]] = [
            {key(form) for form in (c["label"], *c.get("also", ()))} - {""} for c in row["concepts"]
        ]
    for name, roots in CORPORA.items():
        data: dict[str, bytes] = {}
        for root in roots:
            for source in scan([root], root):
                if isinstance(source, Source) and is_taken(name, source.address):
                    content = load(source)
                    if isinstance(content, bytes):
                        data[source.address] = content
        documents = [read_source(address, data[address]) for address in sorted(data)]
        yield _parsed(name, documents, marked[name])


def _parsed(
    name: str, documents: Sequence[Document], gold: Mapping[str, Sequence[Collection[str]]]
) -> Corpus:
    parses: list[Parse] = []
    for start in range(0, len(documents), _BATCH):
        parses += parse(documents[start : start + _BATCH])
    here = {document.address for document in documents}
    kept = {address: forms for address, forms in gold.items() if address in here}
    return Corpus(name, documents, parses, resolve_links(documents), kept)


@dataclass(frozen=True, slots=True)
class Examples:
    """Rows of features, each with whether people marked it; ``corpus`` is whose a row is."""

    values: np.ndarray
    marked: np.ndarray
    corpus: np.ndarray

    def without(self, name: str) -> Examples:
        """Those of the other corpora."""
        rest = self.corpus != name
        return Examples(self.values[rest], self.marked[rest], self.corpus[rest])

    def and_(self, other: Examples) -> Examples:
        """These and others."""
        return Examples(
            np.concatenate([self.values, other.values]),
            np.concatenate([self.marked, other.marked]),
            np.concatenate([self.corpus, other.corpus]),
        )

    def weights(self, texts: float = 1.0) -> np.ndarray:
        """A corpus counts by the root of how much was marked in it, so that none outweighs all.

        The texts of papers count ``texts`` times that.
        """
        found = Counter(self.corpus[self.marked].tolist())
        raw = np.array([found[name] ** -0.5 for name in self.corpus])
        notes = raw[self.corpus != _TEXTS].mean()
        raw[self.corpus == _TEXTS] *= texts
        return np.asarray(raw / notes)


def phrase_examples(corpora: Sequence[Corpus]) -> tuple[list[str], Examples]:
    """The phrases of all marked notes, and of the half of SemEval-2017 that is for fitting."""
    rows: list[Mapping[str, float]] = []
    marked: list[bool] = []
    whose: list[str] = []

    def add(
        document: Document,
        parsed: Parse,
        name: str,
        gold: Collection[str],
        folded: Callable[[str], str],
    ) -> None:
        barred = [mark.span for mark in document.marks if mark.kind in ("url", "math")]
        for term in terms(document, parsed, barred):
            rows.append(summed(term.features))
            marked.append(folded(term.label) in gold)
            whose.append(name)

    for corpus in corpora:
        for document, parsed in zip(corpus.documents, corpus.parses, strict=True):
            if document.address in corpus.gold:
                add(document, parsed, corpus.name, corpus.number(document.address), key)
    for text in read_texts(lambda text_id: not held_out(text_id)):
        add(text.document, text.parse, _TEXTS, text.gold, stemmed)
    vectorizer = DictVectorizer(sparse=False)
    values = vectorizer.fit_transform(rows)
    names = list(map(str, vectorizer.get_feature_names_out()))
    return names, Examples(values, np.array(marked), np.array(whose))


def phrase_weights(names: Sequence[str], examples: Examples) -> dict[str, float]:
    """The weights of ``termhood``."""
    model = LogisticRegression(C=_C_PHRASES, max_iter=3000, fit_intercept=False)
    model.fit(examples.values, examples.marked, examples.weights())
    pairs = zip(names, model.coef_[0], strict=True)
    return {name: round(float(weight), 3) for name, weight in pairs}


@dataclass(frozen=True, slots=True)
class Judged:
    """A corpus whose phrases were judged, its terms and their labels."""

    corpus: Corpus
    terms: Terms
    labels: Sequence[tuple[str, ...]]
    named: Mapping[str, frozenset[str]]


def judged(corpus: Corpus, weights: Mapping[str, float]) -> Judged:
    """The terms of a corpus, its phrases judged by these weights."""
    parts = zip(corpus.documents, corpus.targets, corpus.parses, strict=True)
    found = [of_document(document, targets, parsed, weights) for document, targets, parsed in parts]
    table = by_name(found, _NO_MERGES)
    described_terms = described(table)
    labels = [tuple(sorted({label for label, _ in table[k].labels})) for k in described_terms.keys]
    named = {
        one.address: frozenset(candidate.key for candidate in one.found)
        for one in found
        if one.address in corpus.gold
    }
    return Judged(corpus, described_terms, labels, named)


def term_examples(corpora: Sequence[Judged]) -> Examples:
    """A row for each term of each marked note."""
    values, marked, whose = [], [], []
    for one in corpora:
        row = {name: i for i, name in enumerate(one.terms.keys)}
        for address, names in sorted(one.named.items()):
            gold = one.corpus.number(address)
            for name in sorted(names & row.keys()):
                values.append(one.terms.values[row[name]])
                forms = {name, *map(key, one.labels[row[name]])}
                marked.append(not forms.isdisjoint(gold))
                whose.append(one.corpus.name)
    return Examples(np.array(values), np.array(marked), np.array(whose))


def text_examples(weights: Mapping[str, float]) -> Examples:
    """The same of the texts of SemEval-2017 that are for fitting, each a corpus of its own."""
    values, marked = [], []
    for text in read_texts(lambda text_id: not held_out(text_id)):
        none = Targets(text.document.address, (Target(),) * len(text.document.links))
        table = by_name([of_document(text.document, none, text.parse, weights)], _NO_MERGES)
        found = described(table)
        for name, row in zip(found.keys, found.values, strict=True):
            values.append(row)
            marked.append(any(stemmed(label) in text.gold for label, _ in table[name].labels))
    return Examples(np.array(values), np.array(marked), np.full(len(values), _TEXTS))


def term_model(names: Sequence[str], examples: Examples) -> Logistic:
    """The weights of ``operators.term_model``."""
    notes = examples.values[examples.corpus != _TEXTS]
    means, scales = notes.mean(axis=0), notes.std(axis=0)
    # what is rare in marked notes is not rare everywhere: it must not weigh by its rarity
    meant = np.array([name.startswith("meaning ") for name in names])
    role = np.array([name in AUTHORS for name in names])
    scales = np.where(meant, scales / _MEANING, np.maximum(scales, _LEAST_SCALE))
    scales = np.where(role, _ROLE_SCALE, scales)
    model = LogisticRegression(C=_C_TERMS, max_iter=500)
    counts = examples.weights(_TEXTS_COUNT)
    model.fit((examples.values - means) / scales, examples.marked, counts)
    # what an author makes a page, a tag or a link of is a term the likelier for that: marked notes
    # have too few of these to tell by how much
    least = np.where(role, _LEAST_ROLE * scales, -np.inf)
    weights = np.maximum(model.coef_[0], least)
    shown = [tuple(round(float(x), 4) for x in column) for column in (means, scales, weights)]
    bias = round(float(model.intercept_[0]), 4)
    return Logistic(tuple(names), shown[0], shown[1], shown[2], bias)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in the marked notes of a corpus, beside what people marked."""

    recall: float
    precision: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        both = self.recall + self.precision
        return 2 * self.recall * self.precision / both if both else 0.0


def found(one: Judged, chances: np.ndarray, threshold: float) -> Found:
    """How near the concepts that a threshold keeps come to what people marked."""
    kept = [
        Concept(str(i), name, one.labels[i], (name,), 1.0, ())
        for i, name in enumerate(one.terms.keys)
        if chances[i] >= threshold and name not in GENERIC and one.labels[i]
    ]
    finder = Finder(Lexicon(ConceptTable(tuple(kept)), _NO_MERGES))
    right = shown = recalled = wanted = 0
    for document in one.corpus.documents:
        if document.address not in one.corpus.gold:
            continue
        gold = one.corpus.number(document.address)
        mine = {int(mention.concept) for mention in finder.find(document) if mention.concept}
        hits = [
            next((gold[f] for f in (one.terms.keys[i], *map(key, one.labels[i])) if f in gold), -1)
            for i in mine
        ]
        right += sum(hit >= 0 for hit in hits)
        shown += len(mine)
        recalled += len({hit for hit in hits if hit >= 0})
        wanted += len(one.corpus.gold[document.address])
    return Found(recalled / wanted, right / max(1, shown))


def train_terms() -> None:
    """Fit both models to all corpora; print how those fitted without a corpus do on it."""
    corpora = list(read_corpora())
    names, phrases = phrase_examples(corpora)
    unseen = [judged(c, phrase_weights(names, phrases.without(c.name))) for c in corpora]
    examples = term_examples(unseen).and_(
        text_examples(phrase_weights(names, phrases.without(_TEXTS)))
    )
    columns = unseen[0].terms.names
    results: dict[str, list[Found]] = {}
    for one in unseen:
        model = term_model(columns, examples.without(one.corpus.name))
        chances = model.probabilities(one.terms.values)
        results[one.corpus.name] = [found(one, chances, threshold) for threshold in THRESHOLDS]
    shown = table("concepts of corpora left out, F1 (recall, precision) by threshold",
                  "corpus", *map(str, THRESHOLDS))  # fmt: skip
    for name, row in results.items():
        shown.add_row(name, *(f"{r.f1:.2f} ({r.recall:.2f}, {r.precision:.2f})" for r in row))
    means = (np.mean([row[i].f1 for row in results.values()]) for i in range(len(THRESHOLDS)))
    shown.add_row("mean", *(f"{mean:.3f}" for mean in means))
    Console(width=180).print(shown)
    weights = phrase_weights(names, phrases)
    lines = [f'"{name}" = {weight}' for name, weight in sorted(weights.items())]
    (DATA / "termhood.toml").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    model = term_model(columns, examples)
    (DATA / "terms.json").write_text(model_json(model), encoding="utf-8")
    many, marked = len(examples.marked), int(examples.marked.sum())
    print(f"termhood.toml: {len(lines)} weights; terms.json: {len(columns)} weights")
    print(f"fitted to {many} terms of marked notes, of which {marked} are marked")


HEAD = """\
# How much each feature of a phrase tells for (or against) its being a term of its field.
#
# Weights of a logistic regression; src/waygraph/operators/termhood.py says what the features
# are. Fitted by scripts/train concepts to 70 notes of eight corpora in which people marked every
# concept, and to the half of SemEval-2017 task 10 that scripts/score concepts does not measure.

[weights]
"""
