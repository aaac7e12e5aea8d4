"""Fit the models whose weights ship as data, from gold in ../shared/data."""

from __future__ import annotations

import sys

import gold

from waygraph.config import default_model
from waygraph.operators.prerequisite_model import load_model, model_json, train


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
    path = default_model("prerequisites")
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
    known = {"prerequisites": prerequisites}
    if not gold.SHARED.is_dir():
        sys.exit(f"the gold is not at {gold.SHARED}")
    for name in sys.argv[1:] or list(known):
        if name not in known:
            sys.exit(f"unknown model {name!r}; known: {', '.join(known)}")
        known[name]()


if __name__ == "__main__":
    main()
