"""Gold prerequisites from ../shared/data as labelled pairs of a vault's concepts."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import waygraph
from measure import SHARED
from waygraph.app.train import read_pairs
from waygraph.config import Workspace
from waygraph.model import Relation
from waygraph.operators.pair_features import PairTable
from waygraph.operators.portraits import Pair, Portraits
from waygraph.operators.prerequisite_model import Model
from waygraph.operators.prerequisites import claims, resolve

VAULT = SHARED / "metacademy" / "vault"
FOLDS = 5


@dataclass(frozen=True)
class Corpus:
    """What the operators say of a vault before the model speaks.

    ``pages`` are the concepts that have a page, by the page's file stem.
    """

    portraits: Portraits
    table: PairTable
    hints: Sequence[Relation]
    pages: Mapping[str, str]


def read_corpus(place: Workspace) -> Corpus:
    """The corpus of an ingested workspace."""
    read = read_pairs(place)
    pages = {Path(o.address).stem: o.about for o in read.outlines if o.about}
    return Corpus(read.portraits, read.table, read.hints, pages)


def gold_edges(pages: Mapping[str, str]) -> tuple[list[Pair], list[str]]:
    """The gold as pairs of concepts, and the targets they are of.

    An end whose page has no concept keeps its file's name, and so is never found.
    """
    with (SHARED / "metacademy" / "gold-dev.tsv").open(encoding="utf-8") as file:
        rows = [(r["concept"], r["prerequisite"]) for r in csv.DictReader(file, delimiter="\t")]
    edges = [(pages.get(a, f"file {a}"), pages.get(b, f"file {b}")) for a, b in rows]
    return edges, sorted({target for target, _ in edges})


def labelled(corpus: Corpus, edges: Sequence[Pair], targets: Sequence[str]) -> dict[Pair, bool]:
    """Pairs of pages, accepted where the gold has them.

    All pairs of the targets, and the reverses of their edges: those are certainly wrong. An
    edge that no text bears out is among them too, as one that cannot be found.
    """
    gold, wanted, pages = set(edges), set(targets), set(corpus.pages.values())
    found = {
        pair: pair in gold for pair in corpus.table.pairs if pair[0] in wanted and pair[1] in pages
    }
    turned = ((b, a) for a, b in edges if a in wanted and (b, a) not in gold)
    edges_too = {pair: True for pair in edges if pair[0] in wanted}
    return dict.fromkeys(turned, False) | found | edges_too


def folds(targets: Sequence[str]) -> list[list[str]]:
    """The targets in groups that have nothing to do with their names' order."""
    mixed = sorted(targets, key=lambda t: sha256(t.encode()).digest())
    return [mixed[i::FOLDS] for i in range(FOLDS)]


def edges_by(corpus: Corpus, model: Model) -> dict[Pair, float]:
    """What ingesting would keep with this model: pairs of pages with their confidence."""
    from waygraph.operators.acyclic import by_pair, joined_confidence

    said = [*corpus.hints, *claims(corpus.portraits, corpus.table, model)]
    kept = by_pair(resolve(said, model.threshold).kept)
    pages = set(corpus.pages.values())
    return {
        pair: joined_confidence(found) for pair, found in kept.items() if pages.issuperset(pair)
    }


def ingested_vault() -> Corpus:
    """The vault, ingested into a workspace of its own that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        return read_corpus(waygraph.ingest([VAULT], folder).workspace)
