"""What people marked in ../shared/data, as labelled pairs of the concepts of a corpus."""

from __future__ import annotations

import csv
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import waygraph
from measure import SHARED
from score_notes import copied
from waygraph.app.train import read_pairs
from waygraph.config import SETTINGS, Workspace, make_workspace
from waygraph.labels import key
from waygraph.model import Relation
from waygraph.operators.pair_features import PairTable
from waygraph.operators.portraits import Pair, Portraits
from waygraph.operators.prerequisite_model import Model
from waygraph.operators.prerequisites import claims, resolve

VAULT = SHARED / "metacademy" / "vault"
NOTES = SHARED / "notes-gold"
FOLDS = 5
# Prerequisites between pages, by the stems of their files.
EDGES = {
    "elixir": NOTES / "elixir" / "gold.tsv",
    "metacademy": SHARED / "metacademy" / "gold-dev.tsv",
}
_TERMS = "terms-that-people-marked.txt"


@dataclass(frozen=True)
class Corpus:
    """What the operators say of a vault before the model speaks.

    ``pages`` are the concepts that have a page, by the page's file stem; ``slugs`` the concepts
    by the keys of their labels.
    """

    portraits: Portraits
    table: PairTable
    hints: Sequence[Relation]
    pages: Mapping[str, str]
    slugs: Mapping[str, str]


def read_corpus(place: Workspace) -> Corpus:
    """The corpus of an ingested workspace."""
    read = read_pairs(place)
    pages = {Path(o.address).stem: o.about for o in read.outlines if o.about}
    return Corpus(read.portraits, read.table, read.hints, pages, read.concepts.slugs())


def gold_edges(
    pages: Mapping[str, str], file: Path = EDGES["metacademy"]
) -> tuple[list[Pair], list[str]]:
    """The gold as pairs of concepts, and the targets they are of.

    An end whose page has no concept keeps its file's name, and so is never found.
    """
    with file.open(encoding="utf-8") as lines:
        rows = [(r["concept"], r["prerequisite"]) for r in csv.DictReader(lines, delimiter="\t")]
    edges = [(pages.get(a, f"file {a}"), pages.get(b, f"file {b}")) for a, b in rows]
    return edges, sorted({target for target, _ in edges})


def labelled(corpus: Corpus, edges: Sequence[Pair], targets: Sequence[str]) -> dict[Pair, bool]:
    """Pairs of pages, accepted where the gold has them, directly or over others.

    All pairs of the targets, and the reverses of their edges: those are certainly wrong. An
    edge that no text bears out is among them too, as one that cannot be found.
    """
    wanted, pages = set(targets), set(corpus.pages.values())
    gold = closure(edges)
    found = {
        pair: pair in gold for pair in corpus.table.pairs if pair[0] in wanted and pair[1] in pages
    }
    turned = ((b, a) for a, b in edges if a in wanted and (b, a) not in gold)
    edges_too = {pair: True for pair in edges if pair[0] in wanted}
    return dict.fromkeys(turned, False) | found | edges_too


def closure(pairs: Iterable[Pair]) -> set[Pair]:
    """The pairs, and those that follow from them."""
    after: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        after[one].add(other)
    done: set[Pair] = set()
    for start in sorted(after):
        seen, waiting = set[str](), [start]
        while waiting:
            fresh = after.get(waiting.pop(), set()) - seen
            seen |= fresh
            waiting += fresh
        done |= {(start, end) for end in seen if end != start}
    return done


def marked(name: str, file: str) -> list[dict[str, Any]]:
    """The rows of a file of marks that are of one corpus."""
    rows = map(json.loads, (NOTES / file).read_text(encoding="utf-8").splitlines())
    return [row for row in rows if row["corpus"] == name]


def labels_of(name: str, corpus: Corpus) -> dict[Pair, bool]:
    """All that people marked in a corpus, as pairs that hold or do not.

    Of an annotated note every pair of its concepts, which holds if it follows from what is
    marked; of a plan its steps and what was ruled out; and of page gold, as ``labelled``.
    """
    found: dict[Pair, bool] = {}

    def put(one: str, other: str, holds: bool) -> None:
        if one and other and one != other:
            found[one, other] = holds or found.get((one, other), False)

    def slug(label: str, also: Iterable[str] = ()) -> str:
        return next((corpus.slugs[k] for k in map(key, (label, *also)) if k in corpus.slugs), "")

    for note in marked(name, "notes.jsonl"):
        named = {key(c["label"]): slug(c["label"], c["also"]) for c in note["concepts"]}
        needs = [(slug(r["concept"]), slug(r["needs"])) for r in note["requires"]]
        gold = closure(pair for pair in needs if all(pair))
        for one in sorted({*named.values()}) if gold else ():
            for other in sorted({*named.values()}):
                put(one, other, (one, other) in gold)
    for plan in marked(name, "plans.jsonl"):
        goal = slug(plan["goal"], plan.get("goal_also", ()))
        steps = {slug(s["concept"], s.get("also", ())) for s in plan["plan"]}
        for step in sorted(steps):
            put(goal, step, True)
            put(step, goal, False)
        for wrong in plan.get("wrong", ()):
            put(goal, slug(wrong), slug(wrong) in steps)
    if name in EDGES:
        edges, targets = gold_edges(corpus.pages, EDGES[name])
        for pair, holds in labelled(corpus, edges, targets).items():
            put(*pair, holds)
    return found


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


def ingested(name: str, folder: Path) -> Corpus:
    """A corpus with the terms that people marked there as known ones, ingested in a folder.

    So a model of what leans on what learns from all pairs that were marked, however good the
    finding of concepts is. What is ingested there already is brought up to date.
    """
    place = copied(name, folder)
    (place / _TERMS).write_text("\n".join(_terms(name)) + "\n", encoding="utf-8")
    workspace = make_workspace(place)
    settings = f'gazetteer = "{_TERMS}"\n'
    (workspace.folder / SETTINGS).write_text(settings, encoding="utf-8")
    return read_corpus(waygraph.ingest([place], place).workspace)


def _terms(name: str) -> list[str]:
    """The labels that people marked in a corpus, a line each with its other names behind "|"."""
    lines: dict[str, str] = {}
    rows = [c for note in marked(name, "notes.jsonl") for c in note["concepts"]]
    for plan in marked(name, "plans.jsonl"):
        rows += [{"label": plan["goal"], "also": plan.get("goal_also", ())}]
        rows += [{"label": s["concept"], "also": s.get("also", ())} for s in plan["plan"]]
    for row in rows:
        also = [a for a in row["also"] if "|" not in a]
        lines.setdefault(key(row["label"]), " | ".join([row["label"], *also]))
    return [lines[name] for name in sorted(lines) if name and not lines[name].startswith("#")]
