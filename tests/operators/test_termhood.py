"""Termhood: which phrases are measured, and that terms of a field stand above talk."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.operators.test_candidates import by_hand
from waygraph.model import Document, Parse
from waygraph.operators import termhood as measured
from waygraph.operators.parsing import parse
from waygraph.operators.termhood import Term, load_weights, termhood, terms, word_frequencies
from waygraph.read.markdown import read_markdown

LEAST = {5: 0.27, 10: 0.36}


def phrases_of(body: str, *phrases: str) -> dict[str, Term]:
    document = read_markdown("day-1.md", body.encode())
    return {term.label: term for term in terms(document, by_hand(document, *phrases))}


def score(term: Term) -> float:
    return termhood(term.features, load_weights())


def test_parts_count_where_they_stand_alone_or_are_names() -> None:
    found = phrases_of("It uses binary search trees.", "binary search trees")
    assert set(found) == {"binary search trees"}
    found = phrases_of("It uses binary search trees. Trees grow.", "binary search trees", "Trees")
    assert {"binary search trees", "Trees"} <= set(found)


@pytest.mark.slow
def test_a_name_in_a_longer_phrase_is_looked_at() -> None:
    document = read_markdown("day-1.md", b"We compared GPU prices and Postgres servers.")
    [parsed] = parse([document])
    assert {"GPU", "Postgres"} <= {term.label for term in terms(document, parsed)}


def test_a_hyphen_joins_and_a_dash_parts() -> None:
    assert set(phrases_of("A depth-first search.", "depth-first search")) == {"depth-first search"}
    assert set(phrases_of("We saw heaps - trees.", "heaps - trees")) == {"heaps", "trees"}


def test_a_connector_joins_two_phrases() -> None:
    found = phrases_of("The bridges of Euler stand.", "bridges", "Euler")
    assert set(found) == {"bridges", "bridges of Euler", "Euler"}


def test_a_possessive_stays_inside() -> None:
    document = read_markdown("day-1.md", b"We met Kahn's algorithm.")
    found = terms(document, by_hand(document, "Kahn's algorithm"))
    assert all("'" not in term.key for term in found)


@pytest.mark.parametrize(
    "talk",
    [
        "video lecture",
        "November 2022",
        "Monday",
        "lots of stuff",
        "sort of people",
        "thanks",
        "blog",
    ],
)
def test_talk_is_not_measured(talk: str) -> None:
    assert talk not in phrases_of(f"We saw {talk} there.", talk)


def test_no_phrase_crosses_a_sentence_or_a_barred_span() -> None:
    document = read_markdown("day-1.md", b"We saw heaps. Trees grow.")
    parsed = by_hand(document, "heaps", "Trees")
    assert {term.label for term in terms(document, parsed)} == {"heaps", "Trees"}
    barred = [parsed.phrases[0].span]
    assert {term.label for term in terms(document, parsed, barred)} == {"Trees"}


def test_one_term_however_it_is_written() -> None:
    found = phrases_of("A heap, the heaps, a Heap, a heap.", "heap", "heaps", "Heap")
    assert set(found) == {"heap"}
    assert dict(found["heap"].features)["count"] == pytest.approx(1.386, abs=0.001)


def test_rare_words_are_likelier_terms_than_common_ones() -> None:
    found = phrases_of("We saw eigenvectors. We saw children.", "eigenvectors", "children")
    assert score(found["eigenvectors"]) > score(found["children"])


def test_a_shouted_word_is_no_acronym() -> None:
    found = phrases_of("We met SPEED and SPARQL.", "SPEED", "SPARQL")
    assert "acronym" in dict(found["SPARQL"].features)
    assert "SPEED" not in found or "acronym" not in dict(found["SPEED"].features)


def test_nothing_without_tokens() -> None:
    document = read_markdown("day-1.md", b"A heap is a tree.")
    assert terms(document, Parse(())) == []


def test_a_language_of_which_nothing_is_known_has_no_rare_words() -> None:
    assert word_frequencies("") == word_frequencies("tlh") == {}
    assert word_frequencies("de")["baum"] > 3


@given(st.floats(0, 20), st.sampled_from(["rarity", "last rarity"]))
def test_a_number_is_shared_by_the_nearest_knots(value: float, name: str) -> None:
    shares = measured._spread(name, round(value, 1))
    assert sum(share for _, share in shares) == pytest.approx(1)
    assert all(share >= 0 for _, share in shares)
    at = sum(float(knot.removeprefix(name)) * share for knot, share in shares)
    assert at == pytest.approx(min(round(value, 1), 12))


def test_every_weight_is_a_feature_that_can_occur() -> None:
    names = {name for name in load_weights() if not name.startswith(("left ", "right ", "rarity"))}
    assert {"bias", "count", "chunk", "chunks", "acronym", "words 2", "last NOUN"} <= names


@pytest.mark.slow
def test_terms_stand_above_talk_in_real_notes(checkout: Path) -> None:
    path = checkout / "data" / "articles" / "priority-queue.md"
    document = read_markdown(path.name, path.read_bytes())
    best = _best(document)
    assert {"priority queue", "binary heap"} <= set(best[:8])


def _best(document: Document) -> list[str]:
    [parsed] = parse([document])
    return [t.key for t in sorted(terms(document, parsed), key=lambda t: (-score(t), t.key))]


@pytest.mark.slow
def test_key_phrases_reach_the_target_on_texts_never_seen(shared: Path, checkout: Path) -> None:
    if not (shared / "keyphrases").is_dir():
        pytest.skip("no key phrases among the shared data")
    sys.path.insert(0, str(checkout / "scripts"))
    try:
        import keyphrases
    finally:
        sys.path.pop(0)
    texts = keyphrases.read_texts(keyphrases.held_out)
    rankings = [keyphrases.ranked(text, load_weights()) for text in texts]
    for k, least in LEAST.items():
        *_, f1 = keyphrases.scores(texts, rankings, k)
        assert f1 >= least
