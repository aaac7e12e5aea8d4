"""Prerequisites: what the texts say, and what a model makes of them, free of cycles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated

import numpy as np

from waygraph.compute.operator import Between, operator
from waygraph.decisions import NO_RELATION_RULINGS, RelationRulings
from waygraph.model import (
    Borrowed,
    ConceptTable,
    Homes,
    Outline,
    Prerequisites,
    Relation,
    Relations,
    Vectors,
)
from waygraph.operators.acyclic import Acyclic, Pair, by_pair, joined_confidence
from waygraph.operators.pair_features import PairTable, pair_table
from waygraph.operators.portraits import Evidence, Portraits, paint
from waygraph.operators.prerequisite_model import Model, load_model, model_identity
from waygraph.operators.ruled import ruled
from waygraph.order import MetInOrder, Order
from waygraph.strength import BY_AUTHOR, MODEL

# The model makes at most so many claims of what a concept leans on, the likeliest.
_MOST = 12
_NONE: Mapping[Pair, float] = {}
# How much the voice of an imported file counts, by what it says.
_BORROWED = {"requires": 0.6, "is a kind of": 0.35}
_NOTHING_BORROWED = Borrowed()


@operator(version="8", identity=model_identity)
def prerequisites(
    outlines: Sequence[Outline],
    relations: Sequence[Relations],
    homes: Homes,
    concepts: ConceptTable,
    vectors: Vectors,
    sequence: MetInOrder,
    relation_rulings: RelationRulings = NO_RELATION_RULINGS,
    borrowed: Borrowed = _NOTHING_BORROWED,
    *,
    model: str = "auto",
    threshold: Annotated[float, Between(0, 1)] = 0.0,
) -> Prerequisites:
    """The claims worth believing, in a set that holds no cycle.

    What documents say in so many words (hints), what the model makes of how they speak, and what
    imported files say are joined as if independent; pairs below ``threshold`` (0: the model's own)
    are left out, and so is what is guessed and a document denies. Pairs enter by falling
    confidence (then by name), and one that would close a cycle is dropped: the weakest evidence
    gives way. What a person rejected is left out before; what was accepted enters first, then
    what the author wrote as a property, the latest before the earlier.
    """
    known = load_model(model)
    portraits = paint(outlines, relations, homes, concepts.concepts, Order(sequence))
    table = pair_table(portraits, cosines(vectors))
    hints = [hint for document in relations for hint in document.hints]
    denied = {pair for document in relations for pair in document.denied}
    guessed = (*claims(portraits, table, known), *borrowing(portraits, borrowed, concepts))
    made = [c for c in guessed if (c.subject, c.object) not in denied]
    decided = ruled(relation_rulings, concepts)
    found = [claim for claim in (*hints, *made) if not decided.bars(claim)]
    dates = {outline.address: outline.date for outline in outlines}
    first = written_last(found, dates) | decided.accepts("requires")
    return resolve(found, threshold or known.threshold, first)


def written_last(found: Sequence[Relation], dates: Mapping[str, str]) -> dict[Pair, float]:
    """The pairs that authors wrote as properties, and where they stand before all others: in
    (1, 2), the higher the later the latest document that says so; without a date lowest."""
    latest: dict[Pair, str] = {}
    for claim in found:
        if claim.rule == BY_AUTHOR:
            pair = claim.subject, claim.object
            latest[pair] = max(latest.get(pair, ""), dates.get(claim.address, ""))
    ranks = {date: rank for rank, date in enumerate(sorted(set(latest.values())), 1)}
    return {pair: 1 + ranks[date] / (len(ranks) + 1) for pair, date in latest.items()}


def claims(portraits: Portraits, table: PairTable, model: Model) -> list[Relation]:
    """A claim for each pair that the model half believes, of each concept the likeliest.

    Its evidence is the best place that names both ends; its rule gives the strongest reasons.
    """
    chances = model.apply(table)
    likely: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
    for row in np.flatnonzero(chances >= model.threshold).tolist():
        subject, needed = table.pairs[row]
        # a thing is not built on its own kinds: "heuristic" needs no "consistent heuristic"
        inside = subject in portraits.within.get(needed, ())
        if not inside and (needed, subject) not in portraits.told_kinds:
            likely[subject].append((-float(chances[row]), row))
    rows = sorted(row for found in likely.values() for _, row in sorted(found)[:_MOST])
    made: list[Relation] = []
    for row, reasons in zip(rows, model.reasons(table, rows), strict=True):
        subject, needed = table.pairs[row]
        place = portraits.evidence(subject, needed)
        chance, rule = round(float(chances[row]), 4), MODEL + "; ".join(reasons)
        made.append(Relation(subject, "requires", needed, chance, rule, place.address, place.spans))
    return made


def borrowing(
    portraits: Portraits, borrowed: Borrowed, concepts: ConceptTable
) -> Iterator[Relation]:
    """What imported files say of concepts that the notes explain, each file a voice of its own.

    The words to quote are those that name both; where none do, those that say where the one that
    builds on the other is explained.
    """
    slugs = concepts.slugs() if borrowed.found else {}
    seen: set[tuple[str, str, str]] = set()
    for file, relation, ones, others in borrowed.found:
        one, other = (next((slugs[k] for k in ks if k in slugs), "") for ks in (ones, others))
        home = portraits.of[one].home if one in portraits.of else None
        if home is None or not other or one == other or (file, one, other) in seen:
            continue
        seen.add((file, one, other))
        try:
            place = portraits.evidence(one, other)
        except KeyError:
            place = Evidence((), home.address, (home.evidence,))
        yield Relation(
            one, "requires", other, _BORROWED[relation], f"{file} says that it {relation} it",
            place.address, place.spans,
        )  # fmt: skip


def resolve(
    found: Sequence[Relation], threshold: float, accepted: Mapping[Pair, float] = _NONE
) -> Prerequisites:
    """The pairs whose joined confidence reaches the threshold, without cycles.

    ``accepted`` pairs have these confidences, above 1, whether or not anything is found of them.
    """
    pairs = by_pair(found)
    joined = {pair: joined_confidence(said) for pair, said in pairs.items()}
    believed = {pair: sure for pair, sure in joined.items() if sure >= threshold}
    believed |= accepted
    order = Acyclic(believed)
    kept = [claim for pair in order.kept for claim in pairs.get(pair, ())]
    dropped = [claim for pair in believed.keys() - order.kept for claim in pairs.get(pair, ())]
    return Prerequisites(_ordered(kept), _ordered(dropped))


def cosines(vectors: Vectors) -> Callable[[str, str], float]:
    """The cosine of two concepts' vectors; 0 where there is none."""
    rows = np.frombuffer(vectors.rows, "<f4").reshape(len(vectors.slugs), vectors.dimensions)
    place = {slug: i for i, slug in enumerate(vectors.slugs)}

    def cosine(one: str, two: str) -> float:
        if one not in place or two not in place:
            return 0.0
        return round(float(rows[place[one]] @ rows[place[two]]), 4)

    return cosine


def _ordered(claims: list[Relation]) -> tuple[Relation, ...]:
    return tuple(sorted(claims, key=lambda c: (c.address, c.subject, c.object, c.rule)))
