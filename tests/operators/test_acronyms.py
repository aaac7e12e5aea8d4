"""Acronyms: joined to the words before them only if these give every letter."""

from __future__ import annotations

import pytest

from tests.operators.test_candidates import by_hand
from waygraph.operators.acronyms import acronyms
from waygraph.read.markdown import read_markdown


@pytest.mark.parametrize(
    ("body", "long", "short"),
    [
        ("A graphics processing unit (GPU).", "graphics processing unit", "gpu"),
        ("Many graphics processing units (GPUs).", "graphics processing unit", "gpu"),
        ("With depth-first search (DFS).", "depth first search", "dfs"),
        ("An internet of things (IoT).", "internet of thing", "iot"),
        ("The deoxyribonucleic acid (DNA).", "deoxyribonucleic acid", "dna"),
        ("So a new hidden Markov model (HMM).", "hidden markov model", "hmm"),
        # no words that give the letters
        ("Two tree nodes (XY).", "", ""),
        ("A heap (HP).", "", ""),
        ("The unit of graphics processing (GPU).", "", ""),
        ("The processing of graphics (PGU).", "", ""),
        ("Graphics. Processing unit (GPU).", "", ""),
    ],
)
def test_acronyms(body: str, long: str, short: str) -> None:
    document = read_markdown("day-1.md", body.encode())
    found = [(alias.long, alias.short) for alias in acronyms(document, by_hand(document))]
    assert found == ([(long, short)] if long else [])
