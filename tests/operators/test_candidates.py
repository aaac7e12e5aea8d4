"""Candidates: what in a document may name a concept, and what it says of other labels."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from waygraph.labels import title_concept
from waygraph.model import (
    Block,
    Candidates,
    Document,
    Parse,
    Phrase,
    Phrases,
    Span,
    Targets,
    Token,
    Tokens,
)
from waygraph.operators.candidates import candidates
from waygraph.read.links import resolve_links
from waygraph.read.markdown import read_markdown


def read(notes: Mapping[str, str]) -> tuple[list[Document], list[Targets]]:
    """Documents by address without its suffix."""
    documents = [read_markdown(f"{name}.md", body.encode()) for name, body in notes.items()]
    return documents, resolve_links(documents)


def by_hand(document: Document, *phrases: str) -> Parse:
    """A parse: sentences end at full stops, noun phrases are ``phrases`` where they stand.

    Their words are nouns, or names if they have capitals; all else is an auxiliary or a mark.
    """
    text = document.text
    found = [m.span() for phrase in phrases
             for m in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", text)]  # fmt: skip
    sentences = tuple(span for block in document.blocks for span in _sentences(text, block))
    return Parse(
        sentences,
        Phrases.of(
            Phrase(Span(start, end), _tags(text[start:end]))
            for start, end in sorted(found)
            if not any(a <= start and end <= b and (a, b) != (start, end) for a, b in found)
        ),
        Tokens.of(
            _token(m, found) for s in sentences for m in _TOKEN.finditer(text, s.start, s.end)
        ),
        "en",
    )


_TOKEN = re.compile(r"\w+|[^\w\s]")


def _token(match: re.Match[str], phrases: list[tuple[int, int]]) -> Token:
    start, end = match.span()
    if not match.group()[0].isalnum():
        return Token(start, end, "PUNCT")
    if any(a <= start and end <= b for a, b in phrases):
        return Token(start, end, "PROPN" if match.group()[0].isupper() else "NOUN")
    return Token(start, end, "AUX")


def _sentences(text: str, block: Block) -> list[Span]:
    if block.kind in ("tag", "alias"):
        return []
    if block.kind in ("title", "heading"):
        return [block.span]
    places = re.finditer(r"\S.*?(?:[.!?](?=\s|$)|$)", text[block.span.start : block.span.end], re.S)
    return [Span(block.span.start + m.start(), block.span.start + m.end()) for m in places]


def _tags(phrase: str) -> tuple[str, ...]:
    return tuple("PROPN" if word[0].isupper() else "NOUN" for word in phrase.split())


def found_in(notes: Mapping[str, str], *phrases: str) -> list[Candidates]:
    documents, targets = read(notes)
    found: list[Candidates] = candidates(
        documents, targets, [by_hand(d, *phrases) for d in documents]
    )
    return found


def origins(found: Candidates) -> set[tuple[str, str]]:
    return {(c.label, c.origin) for c in found.found}


PAGE = {
    "breadth-first search": """---
tags: [shortest-paths, search/uninformed]
aliases: [BFS, first-in search]
---
# Breadth-first search

## The frontier

The **open list** holds a *queue*. A search tree grows. See [[Dijkstra's algorithm|Dijkstra]],
[priority queue](https://example.org/pq), [the heap](heap.md) and `deque`.
""",
    "Dijkstra's algorithm": "# Dijkstra's algorithm\n",
    "heap": "# Heap\n",
}


@pytest.mark.parametrize(
    ("label", "origin"),
    [
        ("Breadth-first search", "page"),
        ("frontier", "heading"),
        ("shortest paths", "tag"),
        ("uninformed", "tag"),
        ("open list", "strong"),
        ("queue", "emphasis"),
        ("deque", "code"),
        ("Dijkstra's algorithm", "wikilink"),
        ("priority queue", "link"),
        ("Heap", "link"),
        ("search tree", "phrase"),
        ("queue", "phrase"),
    ],
)
def test_where_a_candidate_comes_from(label: str, origin: str) -> None:
    found = found_in(PAGE, "open list", "queue", "search tree", "priority queue")[0]
    assert (label, origin) in origins(found)


def test_spans_hold_what_they_name() -> None:
    documents, targets = read(PAGE)
    parse = by_hand(documents[0], "open list", "queue", "search tree")
    [found, *_] = candidates(documents[:1], targets[:1], [parse])
    text = documents[0].text
    for one in found.found:
        if one.origin in ("strong", "emphasis", "phrase", "code"):
            assert text[one.span.start : one.span.end] == one.label
    wikilink = next(c for c in found.found if c.origin == "wikilink")
    assert text[wikilink.span.start : wikilink.span.end] == "Dijkstra"


def test_what_a_sentence_defines() -> None:
    body = "A heap is a tree. The queue is a list. Trees (woods) are the best. A node grows."
    [found] = found_in({"x": body}, "heap", "tree", "queue", "Trees", "node")
    assert {c.label for c in found.found if c.origin == "defined"} == {"heap", "Trees"}


@pytest.mark.parametrize(
    ("title", "page", "about"),
    [
        ("Day 12", False, ""),
        ("day 12", True, ""),
        ("Day 12: Heaps", False, "Heaps"),
        ("Heaps - Day 12", False, "Heaps"),
        ("Day 12: Heaps, sorting and what not", False, ""),
        ("The heap", True, "heap"),
        ("Trees | Forests", False, ""),
        ("What I learned", False, ""),
        ("Introduction", True, ""),
        ("Divide and conquer (algorithms)", True, "Divide and conquer (algorithms)"),
    ],
)
def test_what_a_title_names(title: str, page: bool, about: str) -> None:
    assert title_concept(title, page) == about


def test_a_day_is_no_concept_and_a_link_to_it_names_nothing() -> None:
    notes = {"day-001": "# Day 1\n\nGo.\n", "day-002": "# Day 2\n\nAfter [day one](day-001.md).\n"}
    first, second = found_in(notes)
    assert first.about == second.about == ""
    assert first.found == second.found == ()


def test_a_title_that_is_no_page_is_weaker() -> None:
    [found] = found_in({"day-003": "# Day 3: Heaps\n\nA heap.\n"})
    assert found.about == "heap"
    assert ("Heaps", "title") in origins(found)


@pytest.mark.parametrize(
    ("link", "iri"),
    [
        ("[A* search algorithm](https://en.wikipedia.org/wiki/A*_search_algorithm)",
         "https://en.wikipedia.org/wiki/A*_search_algorithm"),
        ("[graphs](https://en.wikipedia.org/wiki/Graph_(discrete_mathematics))",
         "https://en.wikipedia.org/wiki/Graph_(discrete_mathematics)"),
        ("[Königsberg](https://de.wikipedia.org/wiki/K%C3%B6nigsberg)",
         "https://de.wikipedia.org/wiki/Königsberg"),
        ("[TCP/IP](https://en.wikipedia.org/wiki/TCP/IP)",
         "https://en.wikipedia.org/wiki/TCP/IP"),
        ("[heap](https://www.wikidata.org/wiki/Q273088)", "http://www.wikidata.org/entity/Q273088"),
        # the page of another term
        ("[A*](https://en.wikipedia.org/wiki/A*_search_algorithm)", ""),
        ("[IP](https://en.wikipedia.org/wiki/TCP/IP)", ""),
        ("[heap](https://en.wikipedia.org/wiki/Heap#History)", ""),
        ("[heap](https://en.wikipedia.org/wiki/Talk:Heap)", ""),
        ("[heap](https://en.wikipedia.org/w/index.php?title=Heap)", ""),
        ("[heap](https://notwikipedia.org/wiki/Heap)", ""),
        ("[heap](https://example.org/wiki/Heap)", ""),
        ("[heap](http://[broken/wiki/Heap)", ""),
    ],
)  # fmt: skip
def test_an_encyclopedia_page_of_just_this_term_is_the_same_concept(link: str, iri: str) -> None:
    [found] = found_in({"x": f"See {link}."})
    assert [match.iri for match in found.matches] == [iri] * bool(iri)


def test_a_question_mark_in_a_page_name_stays_in_the_name() -> None:
    [found] = found_in({"x": "[P versus NP](https://en.wikipedia.org/wiki/P_versus_NP%3F)"})
    assert [m.iri for m in found.matches] == ["https://en.wikipedia.org/wiki/P_versus_NP%3F"]


@pytest.mark.parametrize(
    "body",
    [
        "It is **really** a thing.",  # no noun phrase ends there
        "**Stop!** Go on.",
        "**WARNING** ahead.",
        "A **sentence that goes on and on** here.",
        "See https://example.org/search and <https://example.org/tree>.",
        "Write to <someone@example.org> or [some one](mailto:someone@example.org).",
        "The cost $path cost$ is low.",
        "So `x = f(y)` it is.",
        "The thing.",
        "[here](https://example.org) and [this page](https://example.org).",
    ],
)
def test_what_names_nothing(body: str) -> None:
    [found] = found_in({"x": body}, "thing", "path cost", "example", "elsewhere")
    assert found.found == ()


def test_days_patterns_and_citations_are_no_candidates() -> None:
    notes = {
        "journals/lundi 6 novembre 2023": "- [[Nov 6th, 2023]] [[Nov 8th, 2023]] ![[roof.*#head1]]",
        "journals/2023-W45": "# 2023-W45\n\n[[Montag, 6. November 2023]] [[eaves]]\n",
        "roof.ridge": "# Ridge\n\n## head1\n\n## Intro\n\n## Friday, 10 November 2023\n",
    }
    labels = {c.label for found in found_in(notes) for c in found.found}
    assert labels == {"eaves", "Ridge"}


def test_a_tag_with_a_note_is_called_as_the_note() -> None:
    head = "---\nid: q1\ntitle: Cloth\ntags: [fibre.wool, silk]\n---\n"
    notes = {"cloth": f"{head}\nA fabric. #fibre.wool\n", "tags.fibre.wool": "# Wool\n"}
    labels = [c.label for c in found_in(notes)[0].found]
    assert set(labels) == {"Cloth", "Wool", "silk"}
