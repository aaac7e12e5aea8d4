"""Background lists as evidence: terms they hold, and the less a common word's standing there."""

from __future__ import annotations

from waygraph.model import Background, Candidate, Candidates, Span
from waygraph.operators.backed import NOTHING_BACKED, backed
from waygraph.term_list import folded, hashes_of, packed

LIST = "Singular value decompositions\nSystems theory\nEigenvalue\nMemory\nNeed\nRun\nDay\n"


def background(text: str) -> Background:
    return Background(packed(hashes_of(folded(text).splitlines())))


def note(*pairs: tuple[str, str]) -> Candidates:
    rows = tuple(Candidate(key, label, "phrase", Span(0, 1)) for key, label in pairs)
    return Candidates("a.md", "", rows, ())


def test_a_list_speaks_for_terms_and_not_for_common_words() -> None:
    notes = [
        note(("singular value decomposition", "singular value decomposition"), ("need", "need")),
        note(("system theory", "systems theory"), ("eigenvalue", "eigenvalues")),
        note(("memory", "memory"), ("run", "runs"), ("day", "day"), ("heap", "heap")),
    ]
    found = dict(backed(notes, background(LIST)).found)
    assert list(found) == sorted(found)
    assert found.pop("singular value decomposition") == 1.0
    assert found.pop("system theory") == 1.0
    assert found.pop("eigenvalue") == 1.0
    assert 0.0 < found.pop("memory") < 0.5
    assert not found


def test_no_list_says_nothing_and_another_list_that_says_the_same_is_the_same() -> None:
    notes = [note(("eigenvalue", "eigenvalue"))]
    assert backed(notes, Background()) == NOTHING_BACKED
    assert backed(notes, background("heap\n")) == NOTHING_BACKED
    assert backed(notes, background(LIST)) == backed(notes, background("Eigenvalue\nqueue\n"))
