"""Homes: where a concept is explained, and how strongly."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from tests.operators.test_candidates import by_hand, read
from waygraph.model import Explained, Home, Homes, Span
from waygraph.operators.aliases import aliases
from waygraph.operators.candidates import candidates
from waygraph.operators.concepts import concepts
from waygraph.operators.homes import explained, homes
from waygraph.operators.mentions import lexicon, mentions
from waygraph.operators.relations import relations
from waygraph.operators.resolution import resolution

KNEADING = """# Kneading

Kneading is work for the gluten. The dough rests.

## Autolyse

An autolyse comes first: water and flour rest together.

## Shaping a dough

Theorem (Windowpane). A dough that stretches is done. A dough, a dough.

### Tension

The dough turns.

## Ovens
"""
NAMES = ("kneading", "Kneading", "autolyse", "Autolyse", "dough", "gluten", "windowpane", "water")
PAGES = {name: f"# {name.capitalize()}\n" for name in ("autolyse", "dough", "gluten", "water")}


def of(notes: Mapping[str, str], concept: str, *phrases: str) -> list[Home]:
    documents, targets = read(notes)
    parses = [by_hand(d, *(phrases or NAMES)) for d in documents]
    found = candidates(documents, targets, parses)
    merges = resolution(found, aliases(documents, targets, parses))
    called = lexicon(concepts(found, merges), merges)
    named = mentions(documents, found, called, targets)
    said = relations(documents, targets, parses, named, called)
    everything: Homes = homes(explained(documents, targets, parses, named, said))
    return [home for home in everything.found if home.concept == concept]


def said(notes: Mapping[str, str], home: Home) -> str:
    (document,) = (d for d in read(notes)[0] if d.address == home.address)
    return document.text[home.evidence.start : home.evidence.end]


def test_a_page_is_the_home_of_what_its_title_names() -> None:
    notes = {**PAGES, "kneading": KNEADING}
    best, *others = of(notes, "kneading")
    assert (best.kind, best.address, best.section) == ("title", "kneading.md", -1)
    assert best.strength == 1.0
    assert said(notes, best) == "Kneading"
    # its definition stands in it too
    assert {home.address for home in others} == {"kneading.md"}
    defined = next(home for home in others if home.kind == "definition")
    assert said(notes, defined) == "Kneading is work for the gluten."


def test_a_section_is_a_home_by_its_heading_with_all_below_it() -> None:
    notes = {**PAGES, "kneading": KNEADING}
    document = next(d for d in read(notes)[0] if d.address == "kneading.md")
    page, section = of(notes, "autolyse")[:2]
    assert (page.kind, page.address) == ("title", "autolyse.md")
    assert (section.kind, section.address, section.section) == ("heading", "kneading.md", 1)
    shaping = next(h for h in of(notes, "dough") if h.kind == "heading")
    below = document.text[shaping.span.start : shaping.span.end]
    assert below.startswith("Shaping a dough") and "The dough turns." in below
    assert "Ovens" not in below
    # a heading that says more is a weaker home, for all the mentions below it
    assert 0.5 < shaping.strength < page.strength


def test_where_nothing_heads_it_the_section_that_names_it_most_is_its_home() -> None:
    notes = {"day": "# Day 3\n\nSome salt.\n\n## Later\n\nThe salt, more salt: salt.\n"}
    (home,) = of({**PAGES, **notes, "b": "# B\n\n[[salt]] and [[salt]]\n"}, "salt", "salt")[:1]
    assert (home.kind, home.address, home.section) == ("mentions", "day.md", 1)
    assert home.strength < 0.4


def test_a_template_explains_nothing() -> None:
    notes = {**PAGES, "templates/dough": "# Dough\n\nA dough is a dough.\n"}
    assert {home.address for home in of(notes, "dough")} == {"dough.md"}


@given(st.permutations(range(12)))
def test_the_strongest_few_are_kept_whatever_the_order(order: list[int]) -> None:
    here = Span(0, 1)
    made = [
        Explained(f"{i}.md", (Home("a", "title", (1 + i % 4) / 4, f"{i}.md", -1, here, here),))
        for i in order
    ]
    kept = homes(made).found
    assert [home.address for home in kept] == ["11.md", "3.md", "7.md", "10.md", "2.md", "6.md"]
