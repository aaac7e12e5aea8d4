"""Fit the models whose weights ship as data, from gold in ../shared/data."""

from __future__ import annotations

import sys

import gold
from keyphrases import DATA, fit, held_out, read_texts
from measure import SHARED
from waygraph.config import data_file
from waygraph.operators.prerequisite_model import load_model, model_json, train


def concepts() -> None:
    """Fit termhood to one half of SemEval-2017, chosen by the texts' ids."""
    texts = read_texts(lambda text_id: not held_out(text_id))
    lines = [f'"{name}" = {weight}' for name, weight in sorted(fit(texts).items())]
    path = DATA / "termhood.toml"
    path.write_text(HEAD.format(count=len(texts)) + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{path}: {len(lines)} weights, fitted to {len(texts)} texts")


HEAD = """\
# How much each feature of a noun phrase tells for (or against) its being a term of its field.
#
# Weights of a logistic regression; src/waygraph/operators/termhood.py says what the features
# are. Fitted by scripts/train concepts to {count} of the 493 texts of SemEval-2017 task 10 (those
# the SHA-256 of whose id is even); scripts/score concepts measures them on the others.

[weights]
"""


def prerequisites() -> None:
    """Train on all targets; say how a model trained on four fifths of them does on the rest.

    The shipped weights, shown beside it, may have seen those targets: only the new model's
    line is a measure of what it does on unseen ones.

    Any rulings will do: ``train`` takes pairs with whether they were accepted.
    """
    corpus = gold.ingested_vault()
    edges, targets = gold.gold_edges(corpus.pages)
    held, *_ = gold.folds(targets)
    rest = sorted(set(targets) - set(held))
    trained = train(corpus.table, gold.labelled(corpus, edges, rest))
    path = data_file("prerequisites.json")
    for name, model in (
        ("shipped (may have seen these)", load_model("auto")),
        ("trained on the others", trained),
    ):
        found = {pair for pair in gold.edges_by(corpus, model) if pair[0] in set(held)}
        right = len(found & set(edges))
        total = sum(a in set(held) for a, _ in edges)
        print(f"{name}: {right} of {len(found)} edges right, {total} to find, {len(held)} targets")
    made = train(corpus.table, gold.labelled(corpus, edges, targets))
    path.write_text(model_json(made), encoding="utf-8")
    print(f"{path.name}: fitted to {len(targets)} targets, threshold {made.threshold}")


def main() -> None:
    """Train what the command line names."""
    known = {"concepts": concepts, "prerequisites": prerequisites}
    if not SHARED.is_dir():
        sys.exit(f"the gold is not at {SHARED}")
    for name in sys.argv[1:] or list(known):
        if name not in known:
            sys.exit(f"unknown model {name!r}; known: {', '.join(known)}")
        known[name]()


if __name__ == "__main__":
    main()
