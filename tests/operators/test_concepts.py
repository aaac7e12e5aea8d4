"""Concepts: which candidates are kept, which are one, and what they are called."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.operators.test_candidates import found_in
from waygraph.labels import key
from waygraph.model import (
    Backed,
    Candidate,
    Candidates,
    Concept,
    ConceptTable,
    Entities,
    Entity,
    Merge,
    Merges,
    Span,
)
from waygraph.operators.concepts import concepts
from waygraph.operators.term_model import CorpusTerm


def by_slug(table: ConceptTable) -> dict[str, Concept]:
    return {concept.slug: concept for concept in table.concepts}


def stated(address: str, *found: tuple[str, str]) -> Candidates:
    """Candidates of one document from pairs of label and origin."""
    rows = tuple(Candidate(key(label), label, origin, Span(0, 1)) for label, origin in found)
    return Candidates(address, "", rows, ())


def merge(short: str, long: str, name: str = "", **more: str) -> Merge:
    """A merge of two labels into the concept of ``name`` (by default ``long``)."""
    return Merge(
        key(short), key(long), key(name or long), short, long, 0.9, (("also called", 1),), "why",
        "x.md", Span(0, 1), more.get("only", ""), bool(more.get("capitals")),
    )  # fmt: skip


def test_merged_keys_are_one_concept_with_the_labels_of_both() -> None:
    found = [stated("a", ("breadth-first search", "page")), stated("b", ("BFS", "strong"))]
    [concept] = concepts(found, Merges((merge("BFS", "breadth-first search"),))).concepts
    assert concept.label == "breadth-first search"
    assert concept.aliases == ("BFS",)
    assert concept.keys == ("bfs", "breadth first search")
    assert len(concepts(found).concepts) == 2


def test_labels_that_merges_alone_speak_of_are_kept() -> None:
    found = [stated("b", ("BFS", "wikilink"))]
    [concept] = concepts(found, Merges((merge("BFS", "breadth-first search"),))).concepts
    assert (concept.label, concept.aliases) == ("BFS", ("breadth-first search",))


def test_a_merge_in_one_document_holds_there_alone() -> None:
    found = [
        stated("a", ("compact disc", "strong"), ("compact disc", "phrase"), ("CD", "strong")),
        stated("b", ("CD", "strong"), ("CD", "tag")),
    ]
    table = by_slug(
        concepts(found, Merges((merge("CD", "compact disc", only="a"),)), threshold=0.0)
    )
    assert table["compact-disc"].aliases == ("CD",)
    assert table["compact-disc"].keys == ("compact disc",)
    assert table["cd"].keys == ("cd",)
    assert table["cd"].score == concepts(found[1:], threshold=0.0).concepts[0].score


def test_a_merge_of_capitals_leaves_the_word_alone() -> None:
    found = [
        stated("a", ("random-access memory", "strong"), ("RAM", "strong")),
        stated("b", ("ram", "strong")),
    ]
    made = merge("RAM", "random-access memory", capitals="yes")
    table = by_slug(concepts(found, Merges((made,))))
    assert table["random-access-memory"].aliases == ("RAM",)
    assert table["ram"].label == "ram"


def test_a_name_that_no_note_writes_out_takes_the_label_of_the_merge() -> None:
    found = [stated("a", ("CD", "wikilink"))]
    made = Merges((merge("CD", "compact disc", only="a"),))
    [concept] = concepts(found, made).concepts
    assert (concept.label, concept.aliases) == ("compact disc", ("CD",))


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


def test_the_threshold_cuts() -> None:
    for count in range(1, 6):
        documents = [stated(f"{i}", ("heap", "phrase")) for i in range(count)]
        [concept] = concepts(documents, threshold=0.0).concepts
        assert len(concepts(documents, threshold=concept.score).concepts) == 1
        assert concepts(documents, threshold=concept.score + 0.0001).concepts == ()


def test_what_notes_make_a_page_of_is_surer() -> None:
    [alone] = concepts([stated("a", ("heap", "phrase"))], threshold=0.0).concepts
    [page] = concepts([stated("a", ("heap", "phrase"), ("heap", "page"))], threshold=0.0).concepts
    assert page.score > alone.score


def test_likelier_terms_are_surer() -> None:
    def score(termhood: float) -> float:
        row = Candidate("heap", "heap", "phrase", Span(0, 1), termhood)
        [concept] = concepts([Candidates("a", "", (row,), ())], threshold=0.0).concepts
        return float(concept.score)

    assert score(0.1) < score(0.5) < score(0.9)


def test_what_is_copied_from_note_to_note_counts_once() -> None:
    term = CorpusTerm()
    for address, context in (("a", "same"), ("b", "same"), ("c", "other"), ("d", "")):
        term.note("phrase", address, 0.5, context)
    assert len(term.surest("phrase")) == 3


def test_what_the_gazetteer_knows_is_kept_as_it_is_written() -> None:
    rows = [("Heaps", "gazetteer"), ("heap", "phrase"), ("heap", "page")]
    [concept] = concepts([stated("a", *rows)], threshold=0.999).concepts
    assert concept.label == "Heaps"


def test_the_headings_of_a_template_are_no_concepts() -> None:
    def notes(count: int) -> list[Candidates]:
        return [stated(f"{i}", ("gear ratio", "heading"), ("gear ratio", "phrase"))
                for i in range(count)]  # fmt: skip

    assert len(concepts(notes(2)).concepts) == 1
    assert concepts(notes(3)).concepts == ()
    assert len(concepts([*notes(3), stated("x", ("gear ratio", "phrase"))]).concepts) == 1


def test_named_entities_are_no_concepts_and_what_a_large_list_holds_is_likelier() -> None:
    found = [stated("a", ("Ada Lovelace", "phrase"), ("heap", "phrase"))]
    person = Entity(key("Ada Lovelace"), "Ada Lovelace", "person", (Span(0, 1),))
    table = concepts(found, entities=[Entities("a", (person,))])
    assert [concept.label for concept in table.concepts] == ["heap"]
    [alone] = table.concepts
    listed = by_slug(concepts(found, backed=Backed((("heap", 1.0),))))
    assert listed["heap"].score > alone.score


def test_words_of_talk_are_no_concepts() -> None:
    documents = [stated(f"{i}", ("Problem", "strong")) for i in range(9)]
    assert concepts(documents).concepts == ()


def test_a_link_to_the_encyclopedia_is_kept() -> None:
    link = "[A* search algorithm](https://en.wikipedia.org/wiki/A*_search_algorithm)"
    found = found_in({"x": f"**A* search algorithm**: {link}"})
    concept = by_slug(concepts(found))["a-star-search-algorithm"]
    assert concept.matches == ("https://en.wikipedia.org/wiki/A*_search_algorithm",)


labels = st.sampled_from(["heap", "Heaps", "HEAP", "tree", "a tree", "binary heap", "BH", "A*"])
origin = st.sampled_from(["page", "wikilink", "strong", "phrase", "noun", "heading"])
document = st.lists(st.tuples(labels, origin), max_size=5)


@settings(max_examples=300)
@given(st.lists(document, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_documents_changes_nothing(
    found: list[list[tuple[str, str]]], chance: random.Random
) -> None:
    documents = [stated(f"{i}", *rows) for i, rows in enumerate(found)]
    merges = Merges((merge("BH", "binary heap"), merge("A*", "tree")))
    shuffled = chance.sample(documents, len(documents))
    table = concepts(documents, merges)
    assert table == concepts(shuffled, merges)
    slugs = [concept.slug for concept in table.concepts]
    assert slugs == sorted(set(slugs))
    # every key leads to one concept
    keys = [name for concept in table.concepts for name in concept.keys]
    assert len(keys) == len(set(keys))
    for concept in table.concepts:
        assert 0.25 <= concept.score <= 1
        assert key(concept.label) in concept.keys
