"""What an author writes on purpose: links by their targets, properties, sections, lists."""

from __future__ import annotations

import pytest

from tests.operators.test_candidates import by_hand, read
from tests.operators.test_relations import Annotated, annotate

PAGES = ("kiln", "clay pit", "quarry", "lime", "rings and fields")


def vault(body: str, **more: str) -> Annotated:
    """A page "Kiln", called by its file alone, among other such pages."""
    notes = dict.fromkeys(PAGES, "") | {"kiln": body} | more
    documents, targets = read(notes)
    phrases = (*PAGES, *(p.capitalize() for p in PAGES))
    return annotate(documents, targets, [by_hand(d, *phrases) for d in documents])


def said(body: str, *rules: str) -> set[tuple[str, str, str]]:
    """What the page "Kiln" claims by rules."""
    return {(s, p, o) for s, p, o, r in vault(body).claims() if r in rules}


WRITTEN = "written by the author"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('---\nup: "[[Clay pit]]"\n---\n', ("kiln", "broader", "clay-pit")),
        ("requires:: [[Clay pit|the pit]]", ("kiln", "requires", "clay-pit")),
        ("[required by:: [[Clay pit]]]", ("clay-pit", "requires", "kiln")),
        ("children:: [[Clay pit]]", ("clay-pit", "broader", "kiln")),
        ("part of:: [[Clay pit]]", ("kiln", "partOf", "clay-pit")),
        ("consists of:: [[Clay pit]]", ("clay-pit", "partOf", "kiln")),
        ("uses:: [[Clay pit]]", ("kiln", "uses", "clay-pit")),
        ("see also:: [[Clay pit]]", ("clay-pit", "related", "kiln")),
        ("level:: [[Clay pit]]", ("clay-pit", "related", "kiln")),
        ("author:: [[Clay pit]]", None),
        ("next:: [[Clay pit]]", None),
        ("requires: Quarry", None),
    ],
)
def test_properties(body: str, found: tuple[str, str, str] | None) -> None:
    assert said(body, WRITTEN) == ({found} if found else set())


def test_the_author_is_nearly_sure_but_for_names_that_say_nothing() -> None:
    made = vault("requires:: [[Quarry]]\n\nlevel:: [[Clay pit]]")
    sure = {c.object: c.confidence for r in made.relations for c in (*r.found, *r.hints)
            if c.rule == WRITTEN}  # fmt: skip
    assert sure == {"quarry": 0.95, "kiln": 0.6}


@pytest.mark.parametrize(
    "body",
    ["Made of [[Clay pit]].", "Dug from [the hole](clay%20pit.md).",
     "See [[Clay pit|diggings]] now.", "# Kiln\n\nMade of [[Clay pit]]."],
)  # fmt: skip
def test_a_page_called_by_its_file_is_related_to_what_it_links(body: str) -> None:
    assert said(body, "link") == {("clay-pit", "related", "kiln")}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("## Prerequisites\n\n- [[Quarry]]\n", {("kiln", "requires", "quarry")}),
        ("## Background\n\n### More\n\n- [[Quarry]]\n", {("kiln", "requires", "quarry")}),
        ("## Up\n\n[[Quarry]]\n", {("kiln", "broader", "quarry")}),
        (
            "Prerequisites:\n\n- [[Quarry]]\n- [[Lime]]\n\nIt burns [[Clay pit]].",
            {("kiln", "requires", "quarry"), ("kiln", "requires", "lime")},
        ),
        (
            "Prerequisites: [[Quarry]] (the first part) and lime.",
            {("kiln", "requires", "quarry"), ("kiln", "requires", "lime")},
        ),
        ("**Prerequisites**\n\n- [[Quarry]]\n", {("kiln", "requires", "quarry")}),
        ("> [!info] Prerequisites\n> - [[Quarry]]\n", {("kiln", "requires", "quarry")}),
        ("## No prerequisites\n\n- [[Quarry]]\n", set()),
        ("Prerequisites: none, but see [[Quarry]].", set()),
        ("## See also\n\n- [[Quarry]]\n", set()),
        ("## Uses\n\n- [[Quarry]]\n", set()),
    ],
)
def test_sections_and_lists_carry_their_role(body: str, found: set[tuple[str, str, str]]) -> None:
    assert said(body, "section") == found


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("# Kiln\n\nA kiln is a furnace that burns [[Quarry|stone]].", "link in the definition"),
        (
            "It stands in the yard of the works. Near a [[Quarry]].\n\nThen [[Lime]].",
            "link in the first paragraph",
        ),
        (
            "It burns lime in a yard.\n\n## Theorem 2.1 (Burning)\n\nIf [[Quarry]] then so.",
            "link in the statement",
        ),
        ("It burns lime in a yard.\n\n**Lemma.** If [[Quarry]] then so.", "link in the statement"),
    ],
)
def test_where_a_thing_is_explained_it_builds_on_what_is_linked(body: str, rule: str) -> None:
    assert said(body, rule) == {("kiln", "requires", "quarry")}


def test_a_link_to_a_heading_is_to_what_the_heading_names() -> None:
    rings = "## Definition: ring\n\nA ring is a set.\n\n## Examples\n\nMany.\n"
    body = "Made of [[Rings and fields#Definition: ring|rings]], [[rings and fields#Examples|e]]."
    made = vault(body, **{"rings and fields": rings})
    page = next(m for m in made.mentions if m.address == "kiln.md")
    assert [m.concept for m in page.found] == ["ring", "rings-and-fields"]


def test_a_page_that_nobody_has_written_is_named_by_its_target() -> None:
    made = vault("It uses [[Calculus|calc]] and [[Calculus|calc]].")
    labels = {concept.label for concept in made.table.concepts}
    assert "Calculus" in labels and "calc" not in labels


def defined(body: str) -> str:
    """The words that define the page "Kiln"; empty if none do."""
    made = vault(body)
    page = next(d for d in made.documents if d.address == "kiln.md")
    told = next(r for r in made.relations if r.address == page.address).definitions
    return next((page.text[d.span.start : d.span.end] for d in told if d.concept == "kiln"), "")


@pytest.mark.parametrize("before", [
    "Date: 2024-03-18\nStatus: done", "![[pic.png]]\n*Figure 1: a kiln.*", "Tags: #tool #iron",
    "[Back](lime.md) | [Next](quarry.md)", "See also: [[Quarry]]", "rating:: 5", "*Near the yard.*",
    "A quarry is a heap of stones.", "Photo by the yard's owner.", "See the other one for more.",
])  # fmt: skip
def test_what_opens_a_page_and_defines_nothing(before: str) -> None:
    assert defined(f"{before}\n\nThe thing that burns lime.") == "The thing that burns lime."


def test_a_template_or_drawing_names_nothing() -> None:
    made = vault("", **{"templates/pulley": "# Pulley\n\nA pulley is a [[Winch]].",
                        "hoist.excalidraw": "# Drawing\n\nA derrick is a [[Crane]]."})  # fmt: skip
    labels = {concept.label.casefold() for concept in made.table.concepts}
    assert labels.isdisjoint({"pulley", "hoist", "drawing", "derrick"})


def test_headings_of_a_template_are_no_terms() -> None:
    body = "## Wiring notes\n\nIt burns.\n"
    made = vault(body, **{f"other {n}": body for n in "abc"})
    assert "Wiring notes" not in {concept.label for concept in made.table.concepts}


PROSE = {
    "kiln": "It burns lime. A kiln requires a quarry. It is warm.",
    "lime": "It is white. Lime depends on the clay pit and builds on a quarry.",
    "clay pit": "A hole. To understand the clay pit you should know the quarry.",
    "quarry": "A place of stones.",
}


def test_what_is_cut_out_of_the_prose_and_put_back_as_fields_is_given_back() -> None:
    told = vault(PROSE["kiln"], **PROSE).requires("wording")
    assert len(told) == 4
    fields = {
        name: said.partition(".")[0]
        + ".\n\n"
        + "".join(
            f"requires:: [[{needed.replace('-', ' ')}]]\n"
            for one, needed in sorted(told)
            if one == name.replace(" ", "-")
        )
        for name, said in PROSE.items()
    }
    made = vault(fields["kiln"], **fields)
    assert made.requires("wording") == set()
    assert made.requires(WRITTEN) == told
    assert {(c.subject, c.object) for c in made.prerequisites.kept} == told
