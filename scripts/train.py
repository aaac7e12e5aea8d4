"""Fit the models that ship with waygraph; ``scripts/score`` says how well they do."""

from __future__ import annotations

import sys

from keyphrases import DATA, fit, held_out, read_texts


def concepts() -> None:
    """Fit termhood to one half of SemEval-2017, chosen by the texts' ids."""
    train = read_texts(lambda text_id: not held_out(text_id))
    lines = [f'"{name}" = {weight}' for name, weight in sorted(fit(train).items())]
    path = DATA / "termhood.toml"
    path.write_text(HEAD.format(count=len(train)) + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{path}: {len(lines)} weights, fitted to {len(train)} texts")


HEAD = """\
# How much each feature of a noun phrase tells for (or against) its being a term of its field.
#
# Weights of a logistic regression; src/waygraph/operators/termhood.py says what the features
# are. Fitted by scripts/train concepts to {count} of the 493 texts of SemEval-2017 task 10 (those
# the SHA-256 of whose id is even); scripts/score concepts measures them on the others.

[weights]
"""


def main() -> None:
    """Fit the models named on the command line."""
    known = {"concepts": concepts}
    for name in sys.argv[1:] or list(known):
        if name not in known:
            sys.exit(f"unknown model {name!r}; known: {', '.join(known)}")
        known[name]()


if __name__ == "__main__":
    main()
