"""Concepts: which candidates are kept, which are one, and what they are called."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.operators.test_candidates import found_in
from waygraph.labels import key
from waygraph.model import Alias, Candidate, Candidates, Concept, ConceptTable, Span
from waygraph.operators.concepts import concepts


def by_slug(table: ConceptTable) -> dict[str, Concept]:
    return {concept.slug: concept for concept in table.concepts}


def stated(address: str, *found: tuple[str, str], aliases: tuple[Alias, ...] = ()) -> Candidates:
    """Candidates of one document from pairs of label and origin."""
    rows = tuple(Candidate(key(label), label, origin, Span(0, 1)) for label, origin in found)
    return Candidates(address, "", rows, aliases, ())


def alias(long: str, short: str) -> Alias:
    return Alias(key(long), key(short), short, "alias of the page")


def test_a_page_keeps_its_aliases_as_labels() -> None:
    notes = {
        "breadth-first search": "---\naliases: [BFS]\n---\n# Breadth-first search\n",
        "day-001": "# Day 1\n\n**BFS** is fine, so is [[BFS]].\n",
    }
    table = by_slug(concepts(found_in(notes)))
    assert set(table) == {"breadth-first-search"}
    assert table["breadth-first-search"].aliases == ("BFS",)
    assert table["breadth-first-search"].keys == ("bfs", "breadth first search")


def test_an_acronym_beside_its_expansion_is_the_same_concept() -> None:
    notes = {
        "a": "A **graphics processing unit** (GPU) is a chip.",
        "b": "**GPUs** are fast. A **GPU** is hot.",
    }
    table = by_slug(concepts(found_in(notes, "graphics processing unit", "GPU", "GPUs")))
    assert set(table) == {"graphics-processing-unit"}
    assert table["graphics-processing-unit"].label == "graphics processing unit"
    assert "GPU" in table["graphics-processing-unit"].aliases
    assert "gpu" in table["graphics-processing-unit"].keys


def test_a_page_never_merges_into_another() -> None:
    notes = {
        "search": "---\naliases: [heuristic]\n---\n# Search\n\nThe [[heuristic|search]] helps.\n",
        "heuristic": "---\naliases: [search]\n---\n# Heuristic\n\nSee [[search|heuristic]].\n",
    }
    table = by_slug(concepts(found_in(notes)))
    assert set(table) == {"search", "heuristic"}
    assert table["search"].keys == ("search",)
    assert table["heuristic"].keys == ("heuristic",)


def test_the_better_supported_of_two_claims_wins_then_the_alphabet() -> None:
    pages = stated("p", ("tree", "page"), ("trie", "page"), ("T", "strong"))
    once = [stated("a", aliases=(alias("tree", "T"),)), stated("b", aliases=(alias("trie", "T"),))]
    assert by_slug(concepts([pages, *once]))["tree"].keys == ("t", "tree")
    twice = [*once, stated("c", aliases=(alias("trie", "T"),))]
    assert by_slug(concepts([pages, *twice]))["trie"].keys == ("t", "trie")


def test_aliases_of_aliases_end_at_one_concept() -> None:
    found = [
        stated("a", ("best-first search", "page"), ("BeFS", "strong"), ("bf", "strong")),
        stated("b", aliases=(alias("best-first search", "BeFS"), alias("BeFS", "bf"))),
    ]
    [concept] = concepts(found).concepts
    assert set(concept.keys) == {key("best-first search"), key("BeFS"), key("bf")}


def test_claims_that_go_round_end() -> None:
    found = [
        stated("a", ("due", "wikilink"), ("uno", "wikilink")),
        stated("b", aliases=(alias("due", "uno"), alias("uno", "due"))),
    ]
    [concept] = concepts(found).concepts
    assert set(concept.keys) == {"due", "uno"}


@pytest.mark.parametrize(
    ("labels", "label"),
    [
        ([("Heaps", "title"), ("heap", "noun")], "heap"),
        ([("Heap", "page"), ("heap", "noun")], "heap"),
        ([("Dijkstra", "page"), ("Dijkstra", "name")], "Dijkstra"),
        ([("priority queues", "wikilink"), ("priority queue", "phrase")], "priority queue"),
        ([("priority queues", "wikilink")], "priority queues"),
        ([("HEAP", "strong"), ("heap", "noun")], "heap"),
        ([("RDF", "strong"), ("RDF", "noun")], "RDF"),
        ([("open list", "strong"), ("Open-list", "phrase"), ("Open-list", "phrase")], "open list"),
    ],
)
def test_the_preferred_label(labels: list[tuple[str, str]], label: str) -> None:
    documents = [stated(f"{i}", *labels) for i in range(4)]
    [concept] = concepts(documents).concepts
    assert concept.label == label
    assert label not in concept.aliases


def test_more_evidence_is_surer_and_the_threshold_cuts() -> None:
    scores = []
    for count in range(1, 6):
        documents = [stated(f"{i}", ("heap", "phrase")) for i in range(count)]
        [concept] = concepts(documents, threshold=0.0).concepts
        assert len(concepts(documents, threshold=concept.score).concepts) == 1
        assert concepts(documents, threshold=concept.score + 0.0001).concepts == ()
        scores.append(concept.score)
    assert scores == sorted(set(scores))
    assert scores[0] == pytest.approx(0.4)
    assert scores[1] == pytest.approx(1 - 0.6**2)


def test_a_document_counts_once_however_often_it_names() -> None:
    once = concepts([stated("a", ("heap", "phrase"))], threshold=0.0)
    often = concepts([stated("a", *[("heap", "phrase")] * 9)], threshold=0.0)
    assert once == often


def test_likelier_terms_are_surer() -> None:
    def score(termhood: float) -> float:
        row = Candidate("heap", "heap", "phrase", Span(0, 1), termhood)
        [concept] = concepts([Candidates("a", "", (row,), (), ())], threshold=0.0).concepts
        return float(concept.score)

    assert score(0.1) < score(0.5) < score(0.9) == pytest.approx(0.36)


def test_what_is_copied_from_note_to_note_counts_once() -> None:
    def score(*contexts: str) -> float:
        documents = [
            Candidates(
                f"{i}", "", (Candidate("heap", "heap", "phrase", Span(0, 1), 0.5, c),), (), ()
            )
            for i, c in enumerate(contexts)
        ]
        [concept] = concepts(documents, threshold=0.0).concepts
        return float(concept.score)

    assert score("same", "same", "same") == score("same")
    assert score("one", "other") == score("", "") > score("same", "same")


def test_what_the_gazetteer_knows_is_kept_as_it_is_written() -> None:
    rows = [("Heaps", "gazetteer"), ("heap", "phrase"), ("heap", "page")]
    [concept] = concepts([stated("a", *rows)], threshold=0.999).concepts
    assert (concept.label, concept.score) == ("Heaps", 0.9997)


def test_the_headings_of_a_template_are_no_concepts() -> None:
    def notes(count: int) -> list[Candidates]:
        return [stated(f"{i}", ("daily review", "heading")) for i in range(count)]

    assert len(concepts(notes(2)).concepts) == 1
    assert concepts(notes(3)).concepts == ()
    assert len(concepts([*notes(3), stated("x", ("daily review", "phrase"))]).concepts) == 1


def test_words_of_talk_are_no_concepts() -> None:
    documents = [stated(f"{i}", ("Problem", "strong")) for i in range(9)]
    assert concepts(documents).concepts == ()


def test_a_link_to_the_encyclopedia_is_kept() -> None:
    link = "[A* search algorithm](https://en.wikipedia.org/wiki/A*_search_algorithm)"
    found = found_in({"x": f"**A* search algorithm**: {link}"})
    [concept] = concepts(found).concepts
    assert concept.matches == ("https://en.wikipedia.org/wiki/A*_search_algorithm",)


labels = st.sampled_from(["heap", "Heaps", "HEAP", "tree", "a tree", "binary heap", "BH", "A*"])
origin = st.sampled_from(["page", "wikilink", "strong", "phrase", "noun", "heading"])
document = st.builds(
    lambda found, pairs: (found, tuple(alias(a, b) for a, b in pairs)),
    st.lists(st.tuples(labels, origin), max_size=5),
    st.lists(st.tuples(labels, labels), max_size=2),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(document, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_documents_changes_nothing(
    found: list[tuple[list[tuple[str, str]], tuple[Alias, ...]]], chance: random.Random
) -> None:
    documents = [stated(f"{i}", *rows, aliases=names) for i, (rows, names) in enumerate(found)]
    shuffled = chance.sample(documents, len(documents))
    table = concepts(documents)
    assert table == concepts(shuffled)
    slugs = [concept.slug for concept in table.concepts]
    assert slugs == sorted(set(slugs))
    # every key leads to one concept
    keys = [name for concept in table.concepts for name in concept.keys]
    assert len(keys) == len(set(keys))
    pages = {key(label) for rows, _ in found for label, kind in rows if kind == "page"}
    for concept in table.concepts:
        assert len(pages.intersection(concept.keys)) <= 1
        assert 0.35 <= concept.score <= 1
        assert key(concept.label) in concept.keys
