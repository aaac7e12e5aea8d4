"""Fit the models whose weights ship as data, from gold in ../shared/data."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from keyphrases import DATA, fit, held_out, read_texts
from measure import SHARED
from waygraph.config import data_file
from waygraph.operators.prerequisite_model import model_json


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
    """Fit leaning to all corpora in which people marked what builds on what.

    Says how a model does on a corpus that it was not fitted to, how often its chances come true
    there, what each feature is worth, and what the order of books and days would add. With
    --keep=FOLDER the corpora are ingested there, and need not be again; --corpora=A,B takes some.
    """
    from gold import CORPORA
    from gold_learning import Learning, print_calibration, print_left_out, print_worth

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
