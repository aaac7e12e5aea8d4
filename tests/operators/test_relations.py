"""Relations: what sentences, links and headings say of two concepts, with the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.operators.test_candidates import by_hand, read
from waygraph.labels import key, words
from waygraph.model import (
    ConceptTable,
    Document,
    Mentions,
    Parse,
    Prerequisites,
    Relation,
    Relations,
    Span,
    Targets,
)
from waygraph.operators.aliases import aliases
from waygraph.operators.candidates import candidates
from waygraph.operators.concepts import concepts
from waygraph.operators.mentions import lexicon, mentions
from waygraph.operators.parsing import parse
from waygraph.operators.prerequisites import resolve
from waygraph.operators.relations import relations
from waygraph.operators.resolution import resolution
from waygraph.read.links import resolve_links
from waygraph.read.markdown import read_markdown


@dataclass(frozen=True)
class Annotated:
    """A small corpus and what the operators say of it."""

    documents: Sequence[Document]
    table: ConceptTable
    mentions: Sequence[Mentions]
    relations: Sequence[Relations]
    prerequisites: Prerequisites

    def claims(self) -> set[tuple[str, str, str, str]]:
        """(subject, predicate, object, rule) of all relations and hints."""
        return {(c.subject, c.predicate, c.object, c.rule)
                for r in self.relations for c in (*r.found, *r.hints)}  # fmt: skip

    def requires(self, rule: str) -> set[tuple[str, str]]:
        """Pairs that a rule says require one another."""
        return {(s, o) for s, p, o, r in self.claims() if p == "requires" and r == rule}


def annotate(
    documents: Sequence[Document], targets: Sequence[Targets], parses: Sequence[Parse]
) -> Annotated:
    found = candidates(documents, targets, parses)
    merges = resolution(found, aliases(documents, targets, parses))
    table = concepts(found, merges)
    called = lexicon(table, merges)
    named = mentions(documents, found, called, targets)
    claims = relations(documents, targets, parses, named, called)
    hints = [hint for document in claims for hint in document.hints]
    return Annotated(documents, table, named, claims, resolve(hints, 0.35))


PAGES = ("graph", "heuristic", "priority queue", "tree", "queue", "search", "metric", "estimate",
         "graph theory")  # fmt: skip


def annotated(body: str, name: str = "notes-of-mine", **more: str) -> Annotated:
    """A note between pages of one heading each, so that their titles are concepts."""
    notes = {page: f"# {page.capitalize()}\n" for page in PAGES}
    notes |= {"A* search": "---\naliases: [A*]\n---\n# A* search\n", name: body} | more
    documents, targets = read(notes)
    phrases = (*PAGES, "A* search", "A*", *(page.capitalize() for page in PAGES))
    return annotate(documents, targets, [by_hand(d, *phrases) for d in documents])


def of(body: str, rule: str) -> set[tuple[str, str, str]]:
    return {(s, p, o) for s, p, o, r in annotated(body).claims() if r == rule}


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("A tree is a graph.", {("tree", "broader", "graph")}),
        ("A tree is a special kind of graph without loops.", {("tree", "broader", "graph")}),
        ("A tree is a gentler kind of graph theory.", {("tree", "broader", "graph-theory")}),
        ("Trees are graphs.", set()),  # no noun phrase was found there
        ("**A tree** (a small one) is one of the graph zoo.", {("tree", "broader", "graph")}),
        ("The tree is a graph.", set()),  # speaks of one tree
        ("Often a tree is a graph.", set()),
        ("A tree is not a graph.", set()),
        ("A tree is no graph.", set()),
        ("A tree is really no graph.", set()),
        ("A tree was a graph.", set()),
        ("Search is walking a graph.", set()),
        ("A tree is a thing, and a graph too.", set()),
    ],
)
def test_definitions(sentence: str, found: set[tuple[str, str, str]]) -> None:
    assert of(sentence, "definition") == found


def test_a_definition_is_the_sentence_that_says_what_it_is() -> None:
    found = annotated("It rains. A tree is a graph. A queue means waiting. A tree is a metric.")
    note = found.documents[-1]
    told = {d.concept: (note.text[d.span.start : d.span.end], d.confidence)
            for d in found.relations[-1].definitions}  # fmt: skip
    assert told == {
        "tree": ("A tree is a graph.", 0.7),
        "queue": ("A queue means waiting.", 0.7),
    }


def test_a_page_is_defined_by_its_own_words_or_its_opening() -> None:
    own = annotated("# Tree\n\nIt grows in the wood. The tree is a graph.", "tree").relations
    assert {(d.concept, d.confidence) for r in own for d in r.definitions} >= {("tree", 0.95)}
    opening = annotated("# Tree\n\nShort.\n\nThis one goes on for some words.", "tree")
    [told] = [d for r in opening.relations for d in r.definitions if d.concept == "tree"]
    assert told.confidence == 0.5
    page = next(d for d in opening.documents if d.address == "tree.md")
    assert page.text[told.span.start : told.span.end] == "This one goes on for some words."


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("A* search requires a heuristic.", {("a-star-search", "requires", "heuristic")}),
        ("A* needs the priority queue.", {("a-star-search", "requires", "priority-queue")}),
        ("A* search often relies on an admissible heuristic.",
         {("a-star-search", "requires", "heuristic")}),
        ("A* search builds on the graph and requires a heuristic.",
         {("a-star-search", "requires", "graph"), ("a-star-search", "requires", "heuristic")}),
        ("In graph theory, A* search builds on search and requires a heuristic.",
         {("a-star-search", "requires", "search"), ("a-star-search", "requires", "heuristic")}),
        ("A* search walks a graph and requires a heuristic.",
         {("a-star-search", "requires", "heuristic")}),
        ("A graph is a prerequisite for a tree.", {("tree", "requires", "graph")}),
        ("A tree is best learned after the graph.", {("tree", "requires", "graph")}),
        ("A tree is learned best after the graph.", {("tree", "requires", "graph")}),
        ("A* search uses a priority queue.", {("a-star-search", "uses", "priority-queue")}),
        ("The queue is part of search.", {("queue", "partOf", "search")}),
        ("Before A* search, learn the heuristic.", {("a-star-search", "requires", "heuristic")}),
        ("To understand a tree, one must first know the graph.",
         {("tree", "requires", "graph")}),
        ("A* search builds on a graph, a tree and the heuristic.",
         {("a-star-search", "requires", "graph"), ("a-star-search", "requires", "tree"),
          ("a-star-search", "requires", "heuristic")}),
        ("A* search requires a graph and a tree uses a queue.",
         {("a-star-search", "requires", "graph"), ("tree", "uses", "queue")}),
        ("A tree is a graph. It requires a metric and uses a queue.",
         {("tree", "requires", "metric"), ("tree", "uses", "queue")}),
        ("A tree is a graph. It grows. They build on search.", {("tree", "requires", "search")}),
        ("Here is a tree. It requires a metric.", set()),
        ("A tree is a graph.\n\nIt requires a metric.", set()),
        ("It builds on search and needs a queue.", set()),  # of what is not said
        ("Under a tree, a graph grows and needs a queue.", set()),
        ("To understand the tree you should already know what a graph is.",
         {("tree", "requires", "graph")}),
        ("Before you can grow a tree you need to understand the graph.",
         {("tree", "requires", "graph")}),
        ("You should know the graph well before you meet a tree.",
         {("tree", "requires", "graph")}),
        ("You know the graph before the tree grows.", set()),
        ("A* search requires no heuristic.", set()),
        ("A* search uses neither a queue nor a tree.", set()),
        ("A* search does not require a heuristic.", set()),
        ("A* search needs it. A heuristic is fine.", set()),
        ("A* search requires a fine and well made heuristic.", set()),
        ("A* search, a heuristic.", set()),
    ],
)  # fmt: skip
def test_wording(sentence: str, found: set[tuple[str, str, str]]) -> None:
    assert of(sentence, "wording") == found


def test_where_it_is_named_is_evidence_too() -> None:
    found = annotated("A tree is a graph. It needs a metric.")
    [claim] = [h for h in found.relations[-1].hints if h.rule == "wording"]
    text = found.documents[-1].text
    told = [text[span.start : span.end] for span in claim.evidence]
    assert told == ["It needs a metric.", "A tree is a graph."]
    assert claim.confidence < 0.8


PREREQUISITES = """# Search

Search goes through a [[tree]] of some sort, slowly.

## {heading}

- [[graph]]
- a priority queue

## Later

The [[metric]] comes later.
"""


@pytest.mark.parametrize(
    "heading", ["Prerequisites", "Requirements", "What you need first", "Background",
                "Before you begin", "What to know"]
)  # fmt: skip
def test_what_a_section_of_prerequisites_names_is_required(heading: str) -> None:
    found = annotated(PREREQUISITES.format(heading=heading), "search")
    assert found.requires("section") == {("search", "graph"), ("search", "priority-queue")}
    sure = {h.object: h.confidence for r in found.relations for h in r.hints if h.rule == "section"}
    # a link is surer than a mere mention
    assert sure["graph"] > sure["priority-queue"]


def test_another_section_requires_nothing() -> None:
    found = annotated(PREREQUISITES.format(heading="Examples"), "search")
    assert found.requires("section") == set()


def test_a_page_is_related_to_what_it_links() -> None:
    body = "# Search\n\nIt is a walk. See [[tree]], [a graph](graph.md) and [day 1](day-001.md).\n"
    more = {"day-001": "# Day 1\n"}
    found = annotated(body, "search", **more).claims()
    assert {(s, o) for s, p, o, rule in found if rule == "link"} == {
        ("search", "tree"), ("graph", "search")
    }  # fmt: skip


def test_a_link_over_two_sentences_claims_what_its_first_sentence_names() -> None:
    body = "# Search\n\nSee [the text. A graph](https://example.org) now."
    assert not [c for c in annotated(body, "search").claims() if c[3] == "link"]


def test_a_term_is_a_kind_of_its_head_noun() -> None:
    more = {"weighted graph": "# Weighted graph\n", "shortest path tree": "# Shortest path tree\n"}
    found = annotated("Weighted graphs have shortest path trees. Graph theory is fun.", **more)
    assert {(s, p, o) for s, p, o, rule in found.claims() if rule == "head noun"} == {
        ("weighted-graph", "broader", "graph"),
        ("shortest-path-tree", "broader", "tree"),
        ("priority-queue", "broader", "queue"),
    }


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("Graphs such as trees and a queue grow.", {("tree", "graph"), ("queue", "graph")}),
        ("A graph, especially a tree, grows.", {("tree", "graph")}),
        ("A graph, especially the tree, grows.", set()),  # one of them, not a kind
        ("Do graphs such as trees grow?", set()),
        ("Graphs including trees, queues, and a metric grow.",
         {("tree", "graph"), ("queue", "graph"), ("metric", "graph")}),
        ("A queue, trees and other graphs grow.", {("queue", "graph"), ("tree", "graph")}),
        ("Trees or other graphs grow; a queue does not.", {("tree", "graph")}),
        ("Graphs such as these. Trees grow.", set()),
        ("Graphs and trees grow.", set()),
    ],
)  # fmt: skip
def test_examples_are_kinds(sentence: str, found: set[tuple[str, str]]) -> None:
    assert {(s, o) for s, p, o in of(sentence, "examples") if p == "broader"} == found


def test_a_heading_under_another_is_narrower() -> None:
    body = "# Search\n\nIt.\n\n## The tree\n\nA.\n\n## How a queue grows\n\nB.\n\n### Metrics\n\nC."
    assert of(body, "headings") == {("tree", "broader", "search")}


def test_neighbours_in_a_sentence_are_related() -> None:
    body = "The tree, the queue, the graph and the metric."
    assert of(body, "shared sentence") == {
        ("queue", "related", "tree"), ("graph", "related", "tree"), ("graph", "related", "queue"),
        ("metric", "related", "queue"), ("graph", "related", "metric"),
    }  # fmt: skip


def test_a_crowd_says_nothing_of_a_pair() -> None:
    crowd = "tree, graph, " * 7
    assert of(f"The {crowd}.", "shared sentence") == set()
    assert of(f"# The {crowd}\n\nNo.", "shared sentence") == set()


def test_sentences_side_by_side_relate_their_ends() -> None:
    body = "A tree and a queue grow. It rains. The graph and the metric stay.\n\nOr search."
    assert of(body, "neighbouring sentences") == {("graph", "related", "queue")}


def test_only_the_surest_claim_of_a_rule_is_kept() -> None:
    found = annotated("A tree uses a queue. Again a tree uses a queue, and search uses a queue.")
    claims = [c for c in found.relations[-1].found if c.rule == "wording"]
    assert [(c.subject, c.object) for c in claims] == [("search", "queue"), ("tree", "queue")]
    text = found.documents[-1].text
    first = claims[1].evidence[0]
    assert text[first.start : first.end] == "A tree uses a queue."


def test_a_thing_requires_none_of_its_own_kinds() -> None:
    more = {"binary tree": "# Binary tree\n"}
    body = "A tree requires a binary tree. A binary tree requires a tree."
    found = annotated(body, **more)
    assert found.requires("wording") == {("binary-tree", "tree")}


def test_confidence_is_a_setting() -> None:
    documents, targets = read({"tree": "# Tree\n", "queue": "# Queue\n", "x": "A tree, a queue."})
    parses = [by_hand(d) for d in documents]
    found = candidates(documents, targets, parses)
    merges = resolution(found, aliases(documents, targets, parses))
    table = concepts(found, merges)
    called = lexicon(table, merges)
    named = mentions(documents, found, called, targets)
    made = relations(documents, targets, parses, named, called, together=0.9)
    assert [c.confidence for c in made[-1].found] == [0.9]


def named_in(
    document: Document, found: Mentions, table: ConceptTable, spans: Sequence[Span]
) -> set[str]:
    """Concepts that evidence names: by a mention, or by the tail of one (a head noun)."""
    keys = {name: c.slug for c in table.concepts for name in c.keys}
    named = set()
    for mention in found.found:
        if any(s.start <= mention.span.start and mention.span.end <= s.end for s in spans):
            named.add(mention.concept)
            inside = [w.key for w in words(document.text, mention.span.start, mention.span.end)]
            parts = key(" ".join(inside)).split(" ")
            named |= {keys[t] for n in range(1, len(parts)) if (t := " ".join(parts[n:])) in keys}
    return named


def check_evidence(found: Annotated) -> int:
    """Every claim's evidence names both its ends, within its document. Returns how many."""
    count = 0
    known = {concept.slug for concept in found.table.concepts}
    for document, named, claims in zip(
        found.documents, found.mentions, found.relations, strict=True
    ):
        for claim in (*claims.found, *claims.hints):
            assert claim.address == document.address
            assert {claim.subject, claim.object} <= known
            assert claim.subject != claim.object
            assert 0 < claim.confidence <= 1
            assert claim.evidence
            assert {claim.subject, claim.object} <= named_in(
                document, named, found.table, claim.evidence
            ), claim
            count += 1
        for definition in claims.definitions:
            span = definition.span
            assert document.text[span.start : span.end].strip()
    return count


def test_evidence_names_both_ends() -> None:
    bodies = [
        PREREQUISITES.format(heading="Background"),
        "A tree is a graph. A* search uses search.",
    ]
    assert sum(check_evidence(annotated(body, "search")) for body in bodies) > 10


@pytest.fixture(scope="module")
def corpus(checkout: Path) -> Annotated:
    """The whole sample corpus, parsed by the real model."""
    data = checkout / "data"
    files = [*(data / "notes").glob("*.md"), *(data / "articles").glob("*.md")]
    documents = [
        read_markdown(path.relative_to(data).as_posix(), path.read_bytes())
        for path in sorted(files)
    ]
    return annotate(documents, resolve_links(documents), parse(documents))


@pytest.mark.slow
def test_all_evidence_of_the_sample_corpus_names_both_ends(corpus: Annotated) -> None:
    assert check_evidence(corpus) > 1000
    rules = {c.rule for r in corpus.relations for c in (*r.found, *r.hints)}
    assert rules == {"definition", "link", "wording", "head noun", "shared sentence",
                     "neighbouring sentences", "section", "headings", "examples"}  # fmt: skip


@pytest.mark.slow
def test_what_the_sample_corpus_says_in_so_many_words(corpus: Annotated) -> None:
    claims = corpus.claims()
    assert ("a-star-search", "requires", "dijkstras-algorithm", "wording") in claims
    assert ("rdf", "requires", "graph", "wording") in claims
    kept: list[Relation] = list(corpus.prerequisites.kept)
    assert ("a-star-search", "dijkstras-algorithm") in {(r.subject, r.object) for r in kept}
