"""Properties that hold links: front matter, inline fields, headings and items."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.read.checks import check, read, words_of, written
from waygraph.model import Document

LINKED = "[[Lime Kiln]]"


def roles(document: Document) -> list[tuple[str, str]]:
    """(property, target) of every link that a property holds."""
    return [(link.role, link.target) for link in document.links if link.role]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('---\nup: "[[Brick Works]]"\n---\n', [("up", "Brick Works")]),
        ("---\nup: [[Brick Works]]\n---\n", [("up", "Brick Works")]),
        ('---\nrelated:\n  - "[[A]]"\n  - "[[B|b]]"\ndate: 2024-01-01\n---\n',
         [("related", "A"), ("related", "B")]),
        ('---\nprerequisites: ["[[A]]", "[B](b%20c.md)"]\n---\n',
         [("prerequisites", "A"), ("prerequisites", "b%20c.md")]),
        ('+++\nbuilds-on = "[[A]]"\n+++\n', [("builds on", "A")]),
        ("type:: [[Brick Works]]\n\n- A press.\n", [("type", "Brick Works")]),
        ("requires:: [[A]], [[B]]\n", [("requires", "A"), ("requires", "B")]),
        ("Prose.\nrequires:: [[A]]\nMore.\n", [("requires", "A")]),
        ("It burns [requires:: [[A]]] and (part-of:: [[B]]) all day.\n",
         [("requires", "A"), ("part of", "B")]),
        ("**Level**:: [[A]]\n", [("level", "A")]),
        ("- Depends on:: [[A]]\n", [("depends on", "A")]),
        ("- one\n  dependsOn:: [[A]]\n", [("depends on", "A")]),
        ("###### parent: [[A]]\n", [("parent", "A")]),
        ("###### any name: [[A]]\n", [("any name", "A")]),
        ("**Prerequisites**: [[A]], [[B]] and [c](c.md)\n",
         [("prerequisites", "A"), ("prerequisites", "B"), ("prerequisites", "c.md")]),
        ("See also: [[A]]\n", [("see also", "A")]),
        ('---\ndependsOn: "[[A]]"\nBuildsOn: "[[B]]"\nleads_to: "[[C]]"\n---\n',
         [("depends on", "A"), ("builds on", "B"), ("leads to", "C")]),
        ("leadsTo:: [[A]]\n", [("leads to", "A")]),
        ("requires::[[A]] and [up::[[B]]]\n", [("requires", "A"), ("requires", "B")]),
        ("It burns [up::[[B]]] well.\n", [("up", "B")]),
        ("up:: [[A]] | next:: [[B]]\n", [("up", "A"), ("next", "B")]),
        ("Prose.\n\nup:: [[A]] · next:: [[B]]\n", [("up", "A"), ("next", "B")]),
        ("requires :: [[A]]\n", [("requires", "A")]),
        ("- [ ] requires:: [[A]]\n", [("requires", "A")]),
        ("🔗 requires:: [[A]]\n", [("requires", "A")]),
        ("Prerequisites: [[A]] / [[B]]\n", [("prerequisites", "A"), ("prerequisites", "B")]),
        # what YAML comments out, or writes for nothing
        ('---\nup: "[[A]]" # not "[[B]]"\n# requires: "[[C]]"\n---\n', [("up", "A")]),
        ('---\nup: "no. # [[A]]"\n---\n', [("up", "A")]),
        ("---\nrequires: null\nparents: true\n---\n", []),
        # no properties
        ("Look here: [[A]]\n", []),
        ("Related: see [[A]] for more.\n", []),
        ("Use `std::vector` or std::map [[A]].\n", []),
        ("fold :: [[a]] -> b\n", []),
        ("```\nrequires:: [[A]]\n```\n", []),
        ('---\ntags: ["[[A]]"]\naliases: ["[[B]]"]\ntitle: "[[C]]"\n---\n', []),
        # a plain name where a link is due
        ("---\nrequires: Lime Kiln\n---\n", [("requires", "Lime Kiln")]),
        ("---\nprerequisites: [Ax y, \"B y\"]\n---\n",
         [("prerequisites", "Ax y"), ("prerequisites", "B y")]),
        ("builds on:: Lime Kiln\n", [("builds on", "Lime Kiln")]),
        ("---\ncategories: [kilns]\nstatus: done\n---\n", []),
    ],
)  # fmt: skip
def test_properties(text: str, found: list[tuple[str, str]]) -> None:
    document = read(text)
    check(document)
    assert roles(document) == found


@pytest.mark.parametrize("text", [
    "It burns [requires:: [[A]]] all day.", "It burns all day.\nrequires:: [[A]]",
    "- It burns all day.\n  requires:: [[A]]", "It burns (cost:: [[A]]) all day.",
])  # fmt: skip
def test_a_property_is_no_prose(text: str) -> None:
    document = read(text)
    assert [" ".join(w.split()) for w in words_of(document, "paragraph", "item")] == [
        "It burns all day."
    ]
    assert all(b.boilerplate == (b.kind == "property") for b in document.blocks)


def test_a_property_without_a_link_is_no_prose_either() -> None:
    assert words_of(read("rating:: 5\n\nIt burns.")) == ["It burns."]


def test_the_words_of_a_property_are_its_place_in_the_source() -> None:
    document = read('---\ntitle: x\nrequires: ["[[A]]", "[[B|bee]]"]\n---\n[up:: [[C]]]\n')
    shown = [written(document, b.span) for b in document.blocks if b.kind == "property"]
    assert shown == ['requires: ["[[A]]", "[[B|bee', "[up:: [[C"]
    assert [link.line for link in document.links] == [3, 3, 5]


def test_what_is_no_link_where_one_is_due_is_told_by_its_line() -> None:
    document = read("---\ntitle: x\nrequires: [42, Lime Kiln]\n---\n")
    assert document.warnings == (
        "line 3: requires: 42 is no link; write [[a note]]",
        "line 3: requires: Lime Kiln is no link; it counts as [[Lime Kiln]] if that is a note",
    )


@given(st.text(st.sampled_from("ab:[]()|,- \n*_\"'#é"), max_size=60))
def test_any_text_keeps_the_promises(text: str) -> None:
    check(read(text))
    check(read(f"---\nup: {text}\n---\n"))
