"""How far each role of a label goes to show that it is a term, and what decisions teach of it.

A label's score is 1 - product of (1 - weight * score) over its evidence, as if the pieces
were independent ("noisy or"; Pearl 1988, Probabilistic Reasoning, section 4.3.2).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from waygraph.errors import ComputeGraphError
from waygraph.sealed import unsealed

Evidence = Sequence[tuple[str, float]]
# What one document's use of a label in this role tells, from 0 to 1.
WEIGHTS: Mapping[str, float] = {
    "gazetteer": 0.99,
    "page": 0.95,
    "title": 0.3,
    "wikilink": 0.8,
    "link": 0.3,
    "tag": 0.45,
    "heading": 0.25,
    "strong": 0.35,
    "defined": 0.3,
    "emphasis": 0.2,
    "code": 0.15,
    "phrase": 0.4,
    "alias": 0.0,
    # a link to its page in Wikipedia or Wikidata
    "encyclopedia": 0.5,
}
# Of the squared distance of a weight's logit from where it was: some five decisions' worth.
_PENALTY = 5.0
_STEPS = 300


def score_of(evidence: Evidence, weights: Mapping[str, float]) -> float:
    """How sure it is that what has this evidence is a term; in [0, 0.9999]."""
    doubt = 1.0
    for origin, sure in evidence:
        doubt *= 1 - weights.get(origin, 0.0) * sure
    # nothing that notes say is certain
    return min(0.9999, round(1 - doubt, 4))


def load_weights(model: str) -> Mapping[str, float]:
    """The weights of a file, or those above for "auto".

    Raises:
        ComputeGraphError: the file is missing or holds no weights.
    """
    if model == "auto":
        return WEIGHTS
    try:
        found = json.loads(unsealed(Path(model).read_text(encoding="utf-8")))
        weights = {name: float(found[name]) for name in WEIGHTS}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ComputeGraphError(
            f"{model} holds no weights of terms: {error}",
            'remove it and make it anew with waygraph train, or set model = "auto"',
        ) from None
    if not all(0 <= weight <= 1 for weight in weights.values()):
        raise ComputeGraphError(f"{model} holds weights that are not from 0 to 1", "remove it")
    return weights


def weights_identity(*, model: str, threshold: float) -> str:
    """Name and digest of the weights that these settings load; empty for those above."""
    try:
        return "" if model == "auto" else f"terms {sha256(Path(model).read_bytes()).hexdigest()}"
    except OSError:
        return model


def weights_json(weights: Mapping[str, float]) -> str:
    """Weights as a file, one a line."""
    return json.dumps(dict(weights), indent=1) + "\n"


def fit(
    examples: Sequence[tuple[Evidence, bool]], start: Mapping[str, float]
) -> Mapping[str, float]:
    """The weights that make decisions on terms likeliest, held near those of ``start``.

    Maximum a posteriori over the logits of the weights, with a Gaussian prior around where
    they were, by gradient ascent with halved steps. Weights of 0 and of roles that no
    example has stay as they are.

    Args:
        examples: evidence of labels, each with whether it was accepted as a term.
        start: the weights now.
    """
    used = {origin for evidence, _ in examples for origin, _ in evidence}
    begin = {n: math.log(w / (1 - w)) for n, w in start.items() if n in used and 0 < w < 1}
    at, step = dict(begin), 0.5
    best = _likelihood(examples, start, at, begin)
    for _ in range(_STEPS):
        slope = _slope(examples, start, at, begin)
        tried = {name: at[name] + step * slope[name] for name in at}
        found = _likelihood(examples, start, tried, begin)
        if found > best:
            at, best, step = tried, found, step * 1.5
        else:
            step /= 2
    return {**start, **{name: round(_chance(logit), 5) for name, logit in at.items()}}


def _chance(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def _doubt(evidence: Evidence, weights: Mapping[str, float]) -> float:
    doubt = math.prod(1 - weights.get(origin, 0.0) * sure for origin, sure in evidence)
    return min(max(doubt, 1e-6), 1 - 1e-6)


def _likelihood(
    examples: Sequence[tuple[Evidence, bool]],
    start: Mapping[str, float],
    logits: Mapping[str, float],
    begin: Mapping[str, float],
) -> float:
    weights = {**start, **{name: _chance(logit) for name, logit in logits.items()}}
    doubts = ((_doubt(evidence, weights), accepted) for evidence, accepted in examples)
    said = sum(math.log(1 - doubt if accepted else doubt) for doubt, accepted in doubts)
    return said - _PENALTY / 2 * sum((logits[name] - begin[name]) ** 2 for name in begin)


def _slope(
    examples: Sequence[tuple[Evidence, bool]],
    start: Mapping[str, float],
    logits: Mapping[str, float],
    begin: Mapping[str, float],
) -> dict[str, float]:
    weights = {**start, **{name: _chance(logit) for name, logit in logits.items()}}
    slope = {name: -_PENALTY * (logits[name] - begin[name]) for name in begin}
    for evidence, accepted in examples:
        doubt = _doubt(evidence, weights)
        turn = doubt / (1 - doubt) if accepted else -1.0
        for origin, sure in evidence:
            if origin in slope:
                weight = weights[origin]
                slope[origin] += turn * sure / (1 - weight * sure) * weight * (1 - weight)
    return slope
