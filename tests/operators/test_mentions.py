"""Mentions: where a document names the concepts."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from waygraph.labels import key, slug
from waygraph.model import (
    Candidates,
    Concept,
    ConceptTable,
    Lexicon,
    Mention,
    Merge,
    Merges,
    Span,
    Targets,
)
from waygraph.operators.mentions import lexicon, mentions
from waygraph.read.links import resolve_links
from waygraph.read.markdown import read_markdown

NO_LINKS = Targets("x.md", ())


def table(*labels: str | tuple[str, ...]) -> ConceptTable:
    """A concept per argument: its label, or its label and aliases."""
    rows = []
    for label, *aliases in ((one,) if isinstance(one, str) else one for one in labels):
        keys = tuple(sorted({key(one) for one in (label, *aliases)}))
        rows.append(Concept(slug(label), label, tuple(aliases), keys, 1.0))
    return ConceptTable(tuple(sorted(rows, key=lambda concept: concept.slug)))


def named(body: str, known: ConceptTable) -> list[tuple[str, str]]:
    """(words, slug) of every mention in a note."""
    document = read_markdown("x.md", body.encode())
    nothing = Candidates("x.md", "", (), ())
    [found] = mentions([document], [nothing], Lexicon(known), resolve_links([document]))
    return [(document.text[m.span.start : m.span.end], m.concept) for m in found.found]


KNOWN = table(
    "search", "best-first search", "greedy best-first search", "A*", "heuristic", "GPU",
    "priority queue", ("Dijkstra's algorithm", "Dijkstra"), "IT", "C", "C++", "matrix", "class",
)  # fmt: skip


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("A greedy best-first search.", [("greedy best-first search", "greedy-best-first-search")]),
        ("A best-first search.", [("best-first search", "best-first-search")]),
        ("A first search.", [("search", "search")]),
        ("A greedy best-first\nsearch.", [("greedy best-first search",
                                           "greedy-best-first-search")]),
        ("Greedy best first search", [("Greedy best first search", "greedy-best-first-search")]),
        ("greedy_best_first_search", [("greedy_best_first_search", "greedy-best-first-search")]),
        ("Priority queues and Priority-Queues", [("Priority queues", "priority-queue"),
                                                ("Priority-Queues", "priority-queue")]),
        ("priority, queue", []),
        ("searches; matrices; classes; GPUs", [("searches", "search"),
            ("matrices", "matrix"), ("classes", "class"), ("GPUs", "gpu")]),
        ("Run A* on it, then A*.", [("A*", "a-star"), ("A*", "a-star")]),
        ("By Dijkstra's algorithm or Dijkstra’s own", [
            ("Dijkstra's algorithm", "dijkstras-algorithm"),
            ("Dijkstra’s", "dijkstras-algorithm")]),
        ("IT is not it, C not c, and C++ not C", [
            ("IT", "it"), ("C", "c"), ("C++", "c-plus-plus"), ("C", "c")]),
        ("It is so.", []),
        ("**Best-first** *search*", [("Best-first search", "best-first-search")]),
        ("research and searching", []),
        ("See https://example.org/search/heuristic?q=GPU now", []),
        ("<https://example.org/search>", []),
        ("[the search](https://example.org/heuristic)", [("search", "search")]),
        ("Let $search + heuristic$ be", []),
        ("Call `search` now", [("search", "search")]),
        # a link names its target, if that is not a note's: its words
        ("[[priority queue|GPU]]", [("GPU", "priority-queue")]),
        ("[[priority queue|the queue of greedy GPUs]] search",
         [("the queue of greedy GPUs", "priority-queue"), ("search", "search")]),
        ("[[priority queue|a priority queue for a GPU]]",
         [("priority queue", "priority-queue"), ("GPU", "gpu")]),
        ("[[search|best-first search]]", [("best-first search", "best-first-search")]),
        ("```\nsearch\n```", []),
        ("best-first\n\nsearch", [("search", "search")]),
    ],
)  # fmt: skip
def test_what_is_named(body: str, found: list[tuple[str, str]]) -> None:
    assert named(body, KNOWN) == found


def test_a_title_names_what_the_document_is_about() -> None:
    document = read_markdown("search.md", b"# Search\n\nIt goes on.\n")
    candidates = Candidates("search.md", "search", (), ())
    [found] = mentions([document], [candidates], Lexicon(KNOWN), [NO_LINKS])
    assert found.about == "search"
    unknown = Candidates("search.md", "unknown", (), ())
    [stranger] = mentions([document], [unknown], Lexicon(KNOWN), [NO_LINKS])
    assert stranger.about == ""


def test_tags_and_aliases_name_concepts_too() -> None:
    body = "---\ntitle: A search\ntags: [gpu]\naliases: [heuristic]\n---\nText.\n"
    assert {concept for _, concept in named(body, KNOWN)} == {"search", "gpu", "heuristic"}


def test_mentions_never_overlap_and_come_in_order() -> None:
    body = "greedy best-first search search A* A* C C++ priority queue queue GPU " * 5
    document = read_markdown("x.md", body.encode())
    [found] = mentions([document], [Candidates("x.md", "", (), ())], Lexicon(KNOWN), [NO_LINKS])
    spans = [mention.span for mention in found.found]
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert len(spans) == 5 * 8


def test_a_key_of_two_concepts_goes_to_the_first() -> None:
    rows = (Concept("a", "a1", (), ("heap",), 1.0), Concept("b", "b1", (), ("heap",), 1.0))
    document = read_markdown("x.md", b"heap")
    lexicon = Lexicon(ConceptTable(rows))
    [found] = mentions([document], [Candidates("x.md", "", (), ())], lexicon, [NO_LINKS])
    assert found.found == (Mention("a", document.blocks[0].span),)


def test_a_name_means_in_a_document_what_the_document_says() -> None:
    rows = (
        Concept("compact-disc", "compact disc", ("CD",), ("compact disc",), 1.0),
        Concept(
            "continuous-delivery", "continuous delivery", ("CD",), ("continuous delivery",), 1.0
        ),
    )
    said = [
        Merge("cd", name, name, "CD", name, 0.9, (("also called", 1),), "", only, Span(0, 1), only)
        for name, only in (("compact disc", "a.md"), ("continuous delivery", "b.md"))
    ]  # fmt: skip
    documents = [read_markdown(f"{name}.md", b"A CD is here.") for name in "abc"]
    candidates = [Candidates(d.address, "", (), ()) for d in documents]
    lexicon = Lexicon(ConceptTable(rows), Merges(tuple(said)))
    found = mentions(documents, candidates, lexicon, [NO_LINKS] * 3)
    assert [[m.concept for m in one.found] for one in found] == [
        ["compact-disc"], ["continuous-delivery"], [],
    ]  # fmt: skip


def test_an_acronym_that_is_a_word_too_counts_in_capitals_alone() -> None:
    rows = (
        Concept(
            "random-access-memory", "random-access memory", ("RAM",), ("random access memory",), 1
        ),
        Concept("ram", "ram", (), ("ram",), 1.0),
    )
    name = "random access memory"
    made = Merge("ram", name, name, "RAM", name, 0.9, (("also called", 1),), "", "x.md", Span(0, 1),
                 "", True)  # fmt: skip
    document = read_markdown("x.md", b"RAM is fast. Two RAMs. A ram is fast too.")
    [found] = mentions(
        [document],
        [Candidates("x.md", "", (), ())],
        Lexicon(ConceptTable(rows), Merges((made,))),
        [NO_LINKS],
    )
    assert [m.concept for m in found.found] == ["random-access-memory"] * 2 + ["ram"]


def test_how_sure_a_concept_is_leaves_the_lexicon_as_it_is() -> None:
    row = Concept("heap", "heap", ("pile",), ("heap", "pile"), 0.5)
    said = Merge("pile", "heap", "heap", "pile", "heap", 0.9, (("also called", 1),), "", "x.md",
                 Span(0, 9))  # fmt: skip
    merges = Merges((said,), (("y.md", "pile"),))
    before = lexicon(ConceptTable((row,)), merges)
    surer = replace(row, score=0.9, matches=("https://example.org/heap",))
    shifted = replace(said, confidence=0.95, rules=(("also called", 2),), span=Span(5, 14))
    assert lexicon(ConceptTable((surer,)), replace(merges, found=(shifted,))) == before
    renamed = replace(row, label="pile", aliases=("heap",))
    assert lexicon(ConceptTable((renamed,)), merges) != before
    assert lexicon(ConceptTable((row,)), Merges((said,))) != before
