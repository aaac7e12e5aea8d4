"""Learning from decisions: what a person ruled moves the weights of the operators that guess."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from waygraph.app.ask import open_compute_graph, trained_model
from waygraph.app.decisions import read_decisions
from waygraph.app.ingest import recalled
from waygraph.config import Workspace
from waygraph.decisions import Decision
from waygraph.errors import WaygraphError
from waygraph.labels import key
from waygraph.model import (
    Candidates,
    ConceptTable,
    Homes,
    Merges,
    Outline,
    Relation,
    Relations,
    Vectors,
)
from waygraph.order import MetInOrder, Order
from waygraph.sealed import write_sealed

if TYPE_CHECKING:
    from waygraph.operators.logistic import Table
    from waygraph.operators.pair_features import PairTable
    from waygraph.operators.portraits import Pair, Portraits

W = TypeVar("W")
Item = TypeVar("Item")
_FOLDS = 5
# With fewer of either, what is held out would say nothing.
FEWEST = 10
# Decisions are few, and about what was in doubt: held less near the present weights, what
# they say of the rest is worse (tried on the gold with 60, 150 and 400 of them).
_PENALTY = 200.0
# A ruling on a word says something of its kind: most features of a term are common to many.
_TERM_PENALTY = 20.0


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
    """How weights do on decisions: the share they judge alike, and their log loss."""

    accuracy: float
    log_loss: float


@dataclass(frozen=True, slots=True)
class Training:
    """What an operator learnt: ``before`` and ``after`` on decisions that were held out.

    ``unread`` counts decisions on what no text speaks of: nothing can be learnt of those.
    ``file`` holds the new weights, which the next ingest uses; it is None if they did no
    better and were not kept. Both scores are None if there were too few decisions.
    """

    operator: str
    accepted: int
    rejected: int
    unread: int
    before: Score | None = None
    after: Score | None = None
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class _Learner(Generic[W, Item]):
    """How weights learn of items: fitting, judging, writing, and what keeps items together."""

    present: W
    fitted: Callable[[Mapping[Item, bool]], W]
    chances: Callable[[W, Sequence[Item]], list[float]]
    threshold: float
    shown: Callable[[W], str]
    group: Callable[[Item], str]


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
        homes = results.one("homes", Homes)
        order = Order(results.one("sequence", MetInOrder))
    portraits = paint(outlines, relations, homes, concepts.concepts, order)
    hints = tuple(hint for document in relations for hint in document.hints)
    return Readings(portraits, pair_table(portraits, cosines(vectors)), hints, outlines, concepts)


def train(place: Workspace) -> tuple[Training, ...]:
    """Fit the weights of concepts and of prerequisites further to the decisions in force.

    The weights begin where the present ones are and are held near them. Each fifth of the
    decisions, by what they rule on, is judged by the present weights and by ones fitted to
    the other fifths; new weights are kept if they do better.

    Raises:
        TooFewDecisions: of neither sort are ``FEWEST`` accepted and as many rejected.
    """
    from waygraph.read.snapshots import Snapshots

    with Snapshots(place.folder / "documents.sqlite", write=False) as snapshots:
        force = [d for d in read_decisions(place, snapshots).force if not d.note]
    made = (_train_concepts(place, force), _train_prerequisites(place, force))
    if not any(training.after for training in made):
        said = "; ".join(
            f"{t.operator}: {t.accepted} accepted, {t.rejected} rejected" for t in made
        )
        raise TooFewDecisions(
            f"too few decisions that the notes speak of ({said}); "
            f"at least {FEWEST} of each are needed",
            "decide more: waygraph review, or waygraph decide accept A requires B",
        )
    return made


def _train_concepts(place: Workspace, force: Sequence[Decision]) -> Training:
    import numpy as np

    from waygraph.operators.concepts import term_features
    from waygraph.operators.logistic import Logistic, fit
    from waygraph.operators.term_model import load_model, model_json

    ruled = {
        key(d.terms[0]): d.holds for d in force if d.verb in ("accept", "reject") and not d.relation
    }
    present = load_model(str(trained_model(place, "concepts") or "auto"))
    with recalled(place) as results:
        candidates = (value for _, value in results.each("candidates", Candidates))
        row, terms = term_features(candidates, results.one("merges", Merges))
    labelled = {name: holds for name, holds in ruled.items() if name in row}
    nodes = open_compute_graph(place).nodes
    threshold = next(
        (float(str(n.settings["threshold"])) for n in nodes if n.use == "concepts"), 0.5
    )

    def values(names: Iterable[str]) -> Table:
        return terms.values[[row[name] for name in names]]

    def fitted(rest: Mapping[str, bool]) -> Logistic:
        accepted = np.array(list(rest.values()))
        return fit(terms.names, values(rest), accepted, penalty=_TERM_PENALTY, start=present)

    def chances(model: Logistic, held: Sequence[str]) -> list[float]:
        return [float(chance) for chance in model.probabilities(values(held))]

    training = Training("concepts", *_counts(ruled, labelled))
    learner = _Learner(present, fitted, chances, threshold, model_json, str)
    return _trained(place, training, labelled, learner)


def _train_prerequisites(place: Workspace, force: Sequence[Decision]) -> Training:
    from waygraph.operators import prerequisite_model as models

    readings = read_pairs(place)
    slugs = readings.concepts.slugs()
    ruled: dict[Pair, bool] = {}
    for decision in force:
        ends = [slugs.get(key(term), "") for term in decision.terms]
        if decision.relation == "requires" and all(ends):
            ruled[ends[0], ends[1]] = decision.holds
    row = {pair: i for i, pair in enumerate(readings.table.pairs)}
    labelled = {pair: holds for pair, holds in ruled.items() if pair in row}
    training = Training("prerequisites", *_counts(ruled, labelled))
    # who says that one comes before the other says too that it does not come after it
    turned = {pair[::-1] for pair, holds in labelled.items() if holds}
    labelled |= {pair: False for pair in turned if pair in row and pair not in ruled}
    training = replace(training, rejected=len(labelled) - training.accepted)
    present = models.load_model(str(trained_model(place, "prerequisites") or "auto"))

    def fitted(rest: Mapping[Pair, bool]) -> models.Model:
        return models.train(readings.table, rest, penalty=_PENALTY, start=present)

    def chances(model: models.Model, held: Sequence[Pair]) -> list[float]:
        found = model.apply(readings.table)
        return [float(found[row[pair]]) for pair in held]

    def group(pair: Pair) -> str:
        """The same for a pair and for it turned round: they are judged together."""
        return min(pair)

    shown, threshold = models.model_json, present.threshold
    learner = _Learner(present, fitted, chances, threshold, shown, group)
    return _trained(place, training, labelled, learner)


def _counts(ruled: Mapping[Item, bool], labelled: Mapping[Item, bool]) -> tuple[int, int, int]:
    accepted = sum(labelled.values())
    return accepted, len(labelled) - accepted, len(ruled) - len(labelled)


def _trained(
    place: Workspace, training: Training, labelled: Mapping[Item, bool], learner: _Learner[W, Item]
) -> Training:
    """The training with its scores, and the new weights in their file if they did better."""
    if min(training.accepted, training.rejected) < FEWEST:
        return training
    before: list[tuple[float, bool]] = []
    after: list[tuple[float, bool]] = []
    for fold in range(_FOLDS):
        held = [item for item in labelled if _fold(learner.group(item)) == fold]
        rest = {item: labelled[item] for item in labelled if _fold(learner.group(item)) != fold}
        if held and rest:
            truth = [labelled[item] for item in held]
            before += zip(learner.chances(learner.present, held), truth, strict=True)
            after += zip(learner.chances(learner.fitted(rest), held), truth, strict=True)
    scores = _score(before, learner.threshold), _score(after, learner.threshold)
    file = None
    if scores[1].log_loss < scores[0].log_loss:
        file = place.folder / f"{training.operator}.json"
        write_sealed(file, learner.shown(learner.fitted(labelled)))
    return replace(training, before=scores[0], after=scores[1], file=file)


def _fold(group: str) -> int:
    return sha256(group.encode()).digest()[0] % _FOLDS


def _score(judged: Sequence[tuple[float, bool]], threshold: float) -> Score:
    right = sum((chance >= threshold) == holds for chance, holds in judged)
    likely = (chance if holds else 1 - chance for chance, holds in judged)
    loss = -sum(math.log(min(max(chance, 1e-4), 1.0)) for chance in likely)
    return Score(round(right / len(judged), 4), round(loss / len(judged), 4))
