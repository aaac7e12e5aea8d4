"""Fit the models whose weights ship as data, from gold in ../shared/data."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import SHARED
from waygraph.config import data_file
from waygraph.operators.prerequisite_model import model_json


def concepts() -> None:
    """Fit termhood and the model of terms; print how they do on corpora left out."""
    from train_terms import train_terms

    train_terms()


def prerequisites() -> None:
    """Fit leaning to all corpora in which people marked what builds on what.

    Says how a model does on a corpus that it was not fitted to, how often its chances come true
    there, what each feature is worth, and what the order of books and days would add. With
    --keep=FOLDER the corpora are ingested there, and need not be again; --corpora=A,B takes some.
    """
    from gold_learning import Learning, print_calibration, print_left_out, print_worth
    from score_notes import CORPORA

    options = dict(a[2:].split("=", 1) for a in sys.argv if a.startswith("--"))
    some = options.get("corpora", ",".join(CORPORA)).split(",")
    with TemporaryDirectory() as folder:
        learning = Learning.of(Path(options.get("keep", folder)), some)
    print_left_out(learning)
    print_calibration(learning)
    print_worth(learning)
    path = data_file("prerequisites.json")
    made = learning.fitted()
    path.write_text(model_json(made), encoding="utf-8")
    print(f"{path.name}: {made.fitted}, threshold {made.threshold}")


def main() -> None:
    """Train what the command line names."""
    known = {"concepts": concepts, "prerequisites": prerequisites}
    if not SHARED.is_dir():
        sys.exit(f"the gold is not at {SHARED}")
    for name in [a for a in sys.argv[1:] if not a.startswith("--")] or list(known):
        if name not in known:
            sys.exit(f"unknown model {name!r}; known: {', '.join(known)}")
        known[name]()


if __name__ == "__main__":
    main()
