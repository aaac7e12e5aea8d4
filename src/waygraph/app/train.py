"""Learning from decisions: the model of prerequisites, fitted further to what a person ruled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from waygraph.app.ask import trained_model
from waygraph.app.decisions import read_decisions
from waygraph.app.ingest import recalled
from waygraph.config import Workspace
from waygraph.errors import WaygraphError
from waygraph.labels import key
from waygraph.model import ConceptTable, Outline, Relation, Relations, Vectors

if TYPE_CHECKING:
    from waygraph.operators.pair_features import PairTable
    from waygraph.operators.portraits import Pair, Portraits
    from waygraph.operators.prerequisite_model import Model

_FOLDS = 5
# With fewer of either, what is held out would say nothing.
FEWEST = 10
# Decisions are few, and about what was in doubt: held less near the present weights, what
# they say of the rest is worse (tried on the gold with 60, 150 and 400 of them).
_PENALTIES = (200.0, 100.0)


class TooFewDecisions(WaygraphError):
    """Not enough decisions to learn from, or none that the texts speak of."""


@dataclass(frozen=True, slots=True)
class Readings:
    """What the operators say of a corpus before the model of prerequisites speaks."""

    portraits: Portraits
    table: PairTable
    hints: tuple[Relation, ...]
    outlines: tuple[Outline, ...]
    concepts: ConceptTable


@dataclass(frozen=True, slots=True)
class Score:
    """How a model does on pairs: the share it judges as the person did, and its log loss."""

    accuracy: float
    log_loss: float


@dataclass(frozen=True, slots=True)
class Training:
    """What was learnt: ``before`` and ``after`` on decisions that were held out.

    ``unread`` counts the decisions on pairs that no text names together: nothing can be
    learnt of those. ``file`` holds the new weights, which the next ingest uses; it is None
    if they did no better and were not kept.
    """

    accepted: int
    rejected: int
    unread: int
    before: Score
    after: Score
    file: Path | None


def read_pairs(place: Workspace) -> Readings:
    """The pairs of concepts of an ingested workspace, with their features."""
    from waygraph.operators.pair_features import pair_table
    from waygraph.operators.portraits import paint
    from waygraph.operators.prerequisites import cosines

    with recalled(place) as results:
        outlines = tuple(value for _, value in results.each("outlines", Outline))
        relations = [value for _, value in results.each("relations", Relations)]
        concepts = results.one("concepts", ConceptTable)
        vectors = results.one("vectors", Vectors)
    portraits = paint(outlines, relations, concepts.concepts)
    hints = tuple(hint for document in relations for hint in document.hints)
    return Readings(portraits, pair_table(portraits, cosines(vectors)), hints, outlines, concepts)


def train(place: Workspace) -> Training:
    """Fit the model of prerequisites further to the decisions in force on ``requires``.

    The weights begin where the present ones are and are held near them. Each fifth of the
    decisions, by the concept that requires, is judged by the present model and by one
    fitted to the other fifths; the new weights are kept if they do better.

    Raises:
        TooFewDecisions: fewer than ``FEWEST`` accepted or rejected pairs that a text names.
    """
    from waygraph.operators import prerequisite_model as models
    from waygraph.read.snapshots import Snapshots

    readings = read_pairs(place)
    with Snapshots(place.folder / "documents.sqlite") as snapshots:
        force = read_decisions(place, snapshots).force
    slugs = readings.concepts.slugs()
    ruled: dict[Pair, bool] = {}
    for decision in force:
        ends = [slugs.get(key(term), "") for term in decision.terms]
        if decision.relation == "requires" and not decision.note and all(ends):
            ruled[ends[0], ends[1]] = decision.holds
    known = set(readings.table.pairs)
    labelled = {pair: holds for pair, holds in ruled.items() if pair in known}
    accepted = sum(labelled.values())
    if min(accepted, len(labelled) - accepted) < FEWEST:
        raise TooFewDecisions(
            f"{accepted} accepted and {len(labelled) - accepted} rejected prerequisites that the "
            f"notes name together; at least {FEWEST} of each are needed",
            "decide more: waygraph review, or waygraph decide accept A requires B",
        )
    present = models.load_model(str(trained_model(place) or "auto"))
    before, after = _held_out(readings.table, labelled, present)
    file = None
    if after.log_loss < before.log_loss:
        made = models.train(readings.table, labelled, penalties=_PENALTIES, start=present)
        file = place.folder / "prerequisites.json"
        new = file.with_suffix(".new")
        new.write_text(models.model_json(_threshold_of(present, made)), encoding="utf-8")
        new.replace(file)
    unread = len(ruled) - len(labelled)
    return Training(accepted, len(labelled) - accepted, unread, before, after, file)


def _threshold_of(present: Model, made: Model) -> Model:
    """The new weights under the old threshold.

    What people review is chosen for its doubt, so how many of those pairs hold says nothing
    of how many of all pairs do.
    """
    from dataclasses import replace

    return replace(made, threshold=present.threshold)


def _held_out(
    table: PairTable, labelled: Mapping[Pair, bool], present: Model
) -> tuple[Score, Score]:
    """The scores of the present model and of ones trained on the other folds."""
    from waygraph.operators import prerequisite_model as models

    row = {pair: i for i, pair in enumerate(table.pairs)}
    old = present.apply(table)
    before: list[tuple[float, bool]] = []
    after: list[tuple[float, bool]] = []
    for fold in range(_FOLDS):
        held = [pair for pair in labelled if _fold(pair[0]) == fold]
        rest = {pair: holds for pair, holds in labelled.items() if _fold(pair[0]) != fold}
        if not held or not rest:
            continue
        made = models.train(table, rest, penalties=_PENALTIES, start=present)
        new = made.apply(table)
        before += [(float(old[row[pair]]), labelled[pair]) for pair in held]
        after += [(float(new[row[pair]]), labelled[pair]) for pair in held]
    return _score(before, present.threshold), _score(after, present.threshold)


def _fold(subject: str) -> int:
    return sha256(subject.encode()).digest()[0] % _FOLDS


def _score(judged: Sequence[tuple[float, bool]], threshold: float) -> Score:
    import math

    right = sum((chance >= threshold) == holds for chance, holds in judged)
    loss = -sum(
        math.log(min(max(chance if holds else 1 - chance, 1e-4), 1.0)) for chance, holds in judged
    )
    return Score(round(right / len(judged), 4), round(loss / len(judged), 4))
