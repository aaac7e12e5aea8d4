"""Large lists of terms: folded alike in the list and in notes, looked up by their hashes."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from waygraph.term_list import TermList, folded, hashes_of, packed

LINES = "Singular_value_decomposition\nHeap (data structure)\nneural networks\nA*\n\n- -\nRNNs\n"


def listed(text: str) -> TermList:
    return TermList(packed(hashes_of(folded(text).splitlines())))


def test_a_term_is_known_however_it_is_written() -> None:
    terms = listed(LINES)
    assert len(terms) == 5
    for label in (
        "singular value decomposition", "Singular-Value Decompositions", "heap", "Heaps",
        "Neural network", "a*", "RNN",
    ):  # fmt: skip
        assert label in terms, label
    for label in ("singular", "value decomposition", "data structure", "", "neural", "a"):
        assert label not in terms, label


def test_no_list_holds_nothing() -> None:
    assert "heap" not in TermList(b"")
    assert "" not in TermList(packed([]))


@given(st.sets(st.from_regex(r"[A-Za-zé]{1,8}( [A-Za-zé]{1,8}){0,2}", fullmatch=True)))
def test_what_is_in_a_list_is_found_and_nothing_else(terms: set[str]) -> None:
    chosen = sorted(terms)[::2]
    known = listed("\n".join(chosen))
    alike = set(hashes_of(map(folded, chosen)))
    assert len(known) == len(alike)
    for term in terms:
        (name,) = hashes_of([folded(term)])
        assert (term in known) == (name in alike)


def test_hashes_stand_sorted_and_once() -> None:
    found = array("Q", packed([7, 3, 7, 2**64 - 1]))
    assert found.tolist() == [3, 7, 2**64 - 1]
