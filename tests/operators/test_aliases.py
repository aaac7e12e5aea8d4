"""Aliases: what one document says of other names."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.operators.test_candidates import by_hand, read
from waygraph.operators.acronyms import expansion, is_initials
from waygraph.operators.aliases import aliases, encyclopedia_title


def said(notes: Mapping[str, str], *phrases: str) -> list[set[tuple[str, str, str]]]:
    """(short, long, rule) per document."""
    documents, targets = read(notes)
    found = aliases(documents, targets, [by_hand(d, *phrases) for d in documents])
    return [{(a.label, a.long_label, a.rule) for a in one.found} for one in found]


def test_a_page_states_its_aliases() -> None:
    body = "---\naliases: [BFS, first-in search]\n---\n# Breadth-first search\n\nIt is fair.\n"
    assert said({"breadth-first search": body}) == [
        {
            ("BFS", "Breadth-first search", "alias of the page"),
            ("first-in search", "Breadth-first search", "alias of the page"),
        }
    ]


@pytest.mark.parametrize("name", ["note-a", "2021-04-03-bfs", "posts/2021-04-03"])
@pytest.mark.parametrize("date", ["", "date: 2021-04-03\n"])
def test_a_page_states_its_aliases_whatever_its_file_and_date(name: str, date: str) -> None:
    body = f"---\ntitle: Breadth-first search\naliases: [BFS]\n{date}---\nIt is fair.\n"
    assert said({name: body}) == [{("BFS", "Breadth-first search", "alias of the page")}]


@pytest.mark.parametrize("title", ["Day 3", "2021-04-03"])
def test_a_day_has_no_aliases(title: str) -> None:
    body = f"---\ntitle: {title}\naliases: [BFS]\n---\nIt is fair.\n"
    assert said({"2021-04-03": body}) == [set()]


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("[[quicksort|partition sort]]", {("partition sort", "quicksort", "label of a link")}),
        ("[partition sort](quicksort.md)", {("partition sort", "quicksort", "label of a link")}),
        ("[[quicksort|Quicksort]]", set()),
        ("[[quicksort|sort quicksort]]", set()),  # one word more is another thing
        ("[[quicksort#pivot|pivot choice]]", set()),  # names a section
        ("[[quicksort|as we saw]]", set()),
        ("[[Mercury (planet)|Mercury]]",
         {("Mercury", "Mercury (planet)", "title without its bracket")}),
        ("[fast sort](https://en.wikipedia.org/wiki/Quicksort)",
         {("fast sort", "Quicksort", "link to the encyclopedia")}),
        ("[fast sort](https://example.org/wiki/Quicksort)", set()),
    ],
)  # fmt: skip
def test_the_text_of_a_link_names_its_page(link: str, found: set[tuple[str, str, str]]) -> None:
    pages = {"quicksort": "# quicksort\n\n## pivot\n", "Mercury (planet)": "# Mercury (planet)\n"}
    assert said({**pages, "day-001": f"Then {link}."})[-1] == found


@pytest.mark.parametrize(
    ("body", "redirect"),
    [
        ("See [[quicksort]].", True),
        ("Redirects to [[quicksort]]", True),
        ("A synonym of [[quicksort|it]].", True),
        ("See also [[quicksort]].", False),
        ("See [[quicksort]] and [[heap]].", False),
        ("See [[quicksort]]. It sorts.", False),
        ("[[quicksort]]", False),
    ],
)
def test_a_page_that_only_points_elsewhere(body: str, redirect: bool) -> None:
    notes = {"heap": "# heap\n", "quicksort": "# quicksort\n", "qsort": f"# qsort\n\n{body}\n"}
    documents, targets = read(notes)
    found = aliases(documents, targets, [by_hand(d) for d in documents])
    one = next(a for a in found if a.address == "qsort.md")
    assert one.redirect is redirect
    assert (("qsort", "quicksort") in {(a.short, a.long) for a in one.found}) is redirect


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("A graphics processing unit (GPU) is a chip.",
         {("GPU", "graphics processing unit", "initials in brackets")}),
        ("Two graphics processing units (GPUs).",
         {("GPU", "graphics processing units", "initials in brackets")}),
        ("A GPU (graphics processing unit) is a chip.",
         {("GPU", "graphics processing unit", "initials in brackets")}),
        ("ACID (atomicity, consistency, isolation, durability) holds.",
         {("ACID", "atomicity, consistency, isolation, durability", "initials in brackets")}),
        ("The hypertext transfer protocol (HTTP) asks.",
         {("HTTP", "hypertext transfer protocol", "letters in brackets")}),
        ("YAML stands for a long story, they say.", set()),
        ("GPU stands for graphics processing unit, they say.",
         {("GPU", "graphics processing unit", "initials stands for")}),
        ("Research and development (R&D) is dear.",
         {("R&D", "Research and development", "initials in brackets")}),
        ("Two tree nodes (XY) met.", set()),
        ("The Apollo program (NASA) flew.", set()),
        ("A computable number (Turing, 1936) is one.", set()),
        ("L1-regularized linear regression (Lasso) shrinks.", set()),
    ],
)  # fmt: skip
def test_acronyms(sentence: str, found: set[tuple[str, str, str]]) -> None:
    assert said({"x": sentence})[0] == found


@pytest.mark.parametrize(
    ("before", "short", "long"),
    [
        ("we use the hidden Markov model", "HMM", "hidden Markov model"),
        ("a method of moments", "MoM", "method of moments"),
        ("the hypertext transfer protocol", "HTTP", "hypertext transfer protocol"),
        ("nothing alike", "XML", ""),
        ("", "XML", ""),
    ],
)
def test_the_expansion_of_letters(before: str, short: str, long: str) -> None:
    assert expansion(before, short) == long


def test_initials() -> None:
    assert is_initials("principal component analysis", "PCA")
    assert is_initials("bag of words", "BW") and is_initials("bag of words", "BoW")
    assert not is_initials("principal component analysis", "PC")
    assert not is_initials("component. Analysis", "CA")


PHRASES = (
    "k-means method", "Lloyd's algorithm", "stack", "list", "LIFO queue", "graph", "cycles", "DAG",
    "repo", "repository", "heap", "binary heap", "process", "linting", "method",
    "least squares", "regression", "tree",
)  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("The k-means method, also called Lloyd's algorithm, moves.",
         ("Lloyd's algorithm", "k-means method", "also called")),
        ("The k-means method is also known as Lloyd's algorithm.",
         ("Lloyd's algorithm", "k-means method", "also called")),
        ("The k-means method (aka Lloyd's algorithm) moves.",
         ("Lloyd's algorithm", "k-means method", "also called")),
        ("The **k-means method**, often called *Lloyd's algorithm*, moves.",
         ("Lloyd's algorithm", "k-means method", "also called")),
        ("A stack is a list, also known as a LIFO queue.", ("LIFO queue", "stack", "also called")),
        ("A binary heap, or simply heap, is full.", ("heap", "binary heap", "or simply")),
        ("A repository is often abbreviated repo.", ("repo", "repository", "abbreviated")),
        ("A repo is short for a repository.", ("repo", "repository", "short for")),
        ("A DAG is another name for the tree.", ("DAG", "tree", "another name for")),
        ("The regression, also called method of least squares, fits.",
         ("method of least squares", "regression", "also called")),
        ("A graph without cycles, also called a DAG, is sorted.", None),
        ("This process is also called linting.", None),
        ("A graph called DAG is one.", None),
        ("A graph is not a tree.", None),
    ],
)  # fmt: skip
def test_wordings(sentence: str, found: tuple[str, str, str] | None) -> None:
    assert said({"x": sentence}, *PHRASES)[0] == ({found} if found else set())


def test_evidence_is_where_it_is_said() -> None:
    documents, targets = read({"x": "It rains. A graphics processing unit (GPU) hums."})
    [found] = aliases(documents, targets, [by_hand(documents[0])])
    [one] = found.found
    assert documents[0].text[one.span.start : one.span.end] == "graphics processing unit (GPU)"


@pytest.mark.parametrize(
    ("target", "title"),
    [
        ("https://en.wikipedia.org/wiki/Binary_heap", "Binary heap"),
        ("https://en.wikipedia.org/wiki/List_of_heaps", ""),
        ("https://en.wikipedia.org/wiki/Heap#Binary", ""),
        ("https://en.wikipedia.org/wiki/Talk:Heap", ""),
        ("https://example.org/wiki/Heap", ""),
        ("http://[broken", ""),
    ],
)
def test_titles_of_the_encyclopedia(target: str, title: str) -> None:
    assert encyclopedia_title(target) == title
