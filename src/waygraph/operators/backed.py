"""Which of the notes' terms stand in a large list that others made.

Such a list holds every word: its standing there says much of "singular value decomposition" and
nothing of "need". So it is evidence, and the commoner a single word is, the less.
"""

from __future__ import annotations

from collections.abc import Sequence

from waygraph.compute.operator import built_once, operator
from waygraph.model import Backed, Background, Candidates
from waygraph.operators.termhood import word_frequencies
from waygraph.term_list import TermList

# Zipf frequencies: of a word up to the first its standing in a list says all, from the second on
# nothing. "eigenvalue" has 2.0, "matrix" 4.1, "memory" 5.0, "need" 6.0.
_RARE, _COMMON = 3.5, 5.5
_LANGUAGE = "en"
NOTHING_BACKED = Backed(())


@operator(version="1")
def backed(candidates: Sequence[Candidates], background: Background) -> Backed:
    """The keys of candidates that the lists hold, under any label, with how much that says.

    Several words say 1. It changes only with what the notes name, so that another list that says
    the same of them leaves all else as it is.
    """
    if not background.terms:
        return NOTHING_BACKED
    listed = _listed(background)
    labels: dict[str, set[str]] = {}
    for document in candidates:
        for candidate in document.found:
            labels.setdefault(candidate.key, {candidate.key}).add(candidate.label)
    strengths = (
        (name, _strength(name))
        for name in sorted(labels)
        if any(one in listed for one in labels[name])
    )
    return Backed(tuple((name, strength) for name, strength in strengths if strength))


def _strength(name: str) -> float:
    """How much it says of a term that it stands in a large list, from 0 to 1."""
    if " " in name:
        return 1.0
    frequency = word_frequencies(_LANGUAGE).get(name, 0.0)
    return round(min(1.0, max(0.0, (_COMMON - frequency) / (_COMMON - _RARE))), 2)


def _list(background: Background) -> TermList:
    return TermList(background.terms)


_listed = built_once(_list)
