"""Two people's decisions beside each other, and how far they agree: Cohen's kappa."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from waygraph.decisions import Decision, in_force
from waygraph.labels import key

# What rules on a person or an address, not on what the notes say.
_OTHER = frozenset({"know", "move"})


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A matter that two people ruled on differently: what each decided, and why."""

    one: Decision
    two: Decision


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two people agree on the ``matters`` that both ruled on.

    ``observed`` is the share on which they decided the same, ``expected`` the share on which
    they would by chance, each deciding as often as they do; ``kappa`` is
    (observed - expected) / (1 - expected) (Cohen 1960), None where no matter is shared or
    chance alone would always agree. ``only_one`` and ``only_two`` count what one ruled on alone.
    """

    matters: int
    agreed: int
    observed: float
    expected: float
    kappa: float | None
    only_one: int
    only_two: int
    disagreements: tuple[Disagreement, ...]


def agreement(one: Iterable[Decision], two: Iterable[Decision]) -> Agreement:
    """Compare two people's decisions, of each those that hold when the other's are not there."""
    mine, theirs = _rulings(one), _rulings(two)
    both = sorted(mine.keys() & theirs.keys())
    pairs = [(_verdict(mine[matter]), _verdict(theirs[matter])) for matter in both]
    count, agreed = len(pairs), sum(a == b for a, b in pairs)
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(first[said] * second[said] for said in first)
    # in whole numbers, so that a chance of one is seen as one
    kappa = (count * agreed - chance) / (count * count - chance) if count * count > chance else None
    return Agreement(
        count,
        agreed,
        round(agreed / count, 4) if count else 0.0,
        round(chance / count**2, 4) if count else 0.0,
        None if kappa is None else round(kappa, 4),
        len(mine) - count,
        len(theirs) - count,
        tuple(
            Disagreement(mine[matter], theirs[matter])
            for matter, (a, b) in zip(both, pairs, strict=True)
            if a != b
        ),
    )


def _rulings(decisions: Iterable[Decision]) -> dict[tuple[str, ...], Decision]:
    force = in_force(decisions, datetime.now(UTC))
    return {d.matter(): d for d in force if d.verb not in _OTHER}


def _verdict(decision: Decision) -> str:
    """What is decided of a matter: that it is so or not, or by which name it goes."""
    if decision.verb == "rename":
        return key(decision.terms[1])
    return "yes" if decision.holds else "no"
