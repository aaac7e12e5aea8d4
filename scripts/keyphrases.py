"""Key phrases of SemEval-2017 task 10: the gold, its halves, fitting and scoring termhood."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from measure import SHARED
from waygraph.model import Document, Parse, Target, Targets
from waygraph.operators.candidates import of_document
from waygraph.operators.concepts import concepts
from waygraph.operators.parsing import parse
from waygraph.operators.termhood import Features, terms
from waygraph.read.markdown import read_markdown

GOLD = SHARED / "keyphrases" / "semeval2017.jsonl"
# Strength of the L2 penalty (its inverse) and decimals kept, neither tuned closely.
_C, _DECIMALS = 0.3, 3


@dataclass(frozen=True, slots=True)
class Text:
    """A text, parsed as ingest parses it, with the stems of the phrases people marked."""

    id: str
    document: Document
    parse: Parse
    gold: frozenset[str]


def held_out(text_id: str) -> bool:
    """Whether a text belongs to the half that what ships is not fitted to, by its id's SHA-256."""
    return hashlib.sha256(text_id.encode()).digest()[-1] % 2 == 1


def read_texts(wanted: Callable[[str], bool] = lambda _: True) -> list[Text]:
    """The texts of the gold whose id is wanted."""
    lines = GOLD.read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if wanted(row["id"])]
    # under the name of a day note, for the title of such is no concept
    documents = [read_markdown("day-1.md", row["text"].encode()) for row in rows]
    return [
        Text(row["id"], document, parsed, frozenset(map(stemmed, row["keys"])))
        for row, document, parsed in zip(rows, documents, parse(documents), strict=True)
    ]


@cache
def stemmed(label: str) -> str:
    """Porter stems of the words, as the published protocol matches them."""
    from snowballstemmer import stemmer

    return " ".join(stemmer("porter").stemWords(label.casefold().replace("-", " ").split()))


def summed(features: Features) -> dict[str, float]:
    """The features of a phrase by name, those of one name added up."""
    row: defaultdict[str, float] = defaultdict(float)
    for name, value in features:
        row[name] += value
    return dict(row)


def fit(texts: Sequence[Text]) -> dict[str, float]:
    """Weights of a logistic regression from the phrases' features to "people marked it"."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    rows: list[Mapping[str, float]] = []
    marked: list[bool] = []
    for text in texts:
        for term in terms(text.document, text.parse):
            rows.append(summed(term.features))
            marked.append(stemmed(term.label) in text.gold)
    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform(rows)
    model = LogisticRegression(C=_C, max_iter=5000, fit_intercept=False).fit(matrix, marked)
    pairs = zip(vectorizer.get_feature_names_out(), model.coef_[0], strict=True)
    return {str(name): round(float(weight), _DECIMALS) for name, weight in pairs}


def ranked(text: Text, weights: Mapping[str, float]) -> list[str]:
    """Stems of the labels of a text's concepts, best first, by the operators that ingest uses."""
    targets = Targets(text.document.address, (Target(),) * len(text.document.links))
    found = of_document(text.document, targets, text.parse, weights)
    table = concepts([found], threshold=0.0)
    best = sorted(table.concepts, key=lambda concept: (-concept.score, concept.slug))
    return list(dict.fromkeys(stemmed(concept.label) for concept in best))


def scores(
    texts: Sequence[Text], rankings: Sequence[Sequence[str]], k: int
) -> tuple[float, float, float]:
    """Precision, recall and F1 of the best ``k``, micro-averaged, all gold counted."""
    hits = sum(len(text.gold.intersection(r[:k])) for text, r in zip(texts, rankings, strict=True))
    precision = hits / sum(len(ranking[:k]) for ranking in rankings)
    recall = hits / sum(len(text.gold) for text in texts)
    return precision, recall, 2 * precision * recall / (precision + recall)


def cross_validated(texts: Sequence[Text], folds: int = 5) -> list[list[str]]:
    """Rankings in which each text is scored by weights fitted to the other folds."""
    rankings: list[list[str]] = [[] for _ in texts]
    for fold in range(folds):
        weights = fit([text for i, text in enumerate(texts) if i % folds != fold])
        for i in range(fold, len(texts), folds):
            rankings[i] = ranked(texts[i], weights)
    return rankings
