"""Boilerplate: what many notes carry is marked, what they say is not, in whatever order."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.read.checks import read, said
from waygraph.model import Document
from waygraph.read.boilerplate import boilerplate, mark, remark
from waygraph.read.note import read_source
from waygraph.read.snapshots import Snapshots

FOOTER = "From the *collected notes*, which you may copy if you name us.\n"


def note(number: int, tail: str = "", folder: str = "") -> Document:
    text = f"# Page {number}\n\nThis is what page {number} says.\n\n{tail}"
    return read(text, f"{folder}page-{number}.md")


def marked(document: Document) -> list[str]:
    return [said(document, b.span) for b in document.blocks if b.boilerplate]


def marks(documents: list[Document]) -> list[list[str]]:
    digests = boilerplate(documents)
    return [marked(mark(document, digests)) for document in documents]


# --- lines that show by themselves ------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "[← Trees](a.md) | [Home](b.md) | [Heaps →](c.md)",
        "← [Trees](a.md) · [Heaps](c.md) →",
        "[Previous](a.md) [Next](c.md)",
        "- [Next: heaps](c.md)",
        "<< [prev](a.md) | [home](b.md) | [next](c.md) >>",
        "[Back to top](#top)",
        "[Table of contents](toc.md)",
        "[Edit this page on GitHub](https://e.org)",
        "© 2024 Jane Doe",
        "(c) Jane Doe, 2019-2024. All rights reserved.",
        "Copyright © 2024 by [Jane](https://e.org).",
        "This work is licensed under a [Creative Commons](https://e.org) licence.",
        "Licensed under CC BY-SA 4.0.",
        "All rights reserved.",
        "Last updated: 2024-01-02",
        "[TOC]",
        "Table of contents",
    ],
)
def test_furniture(line: str) -> None:
    document = read(f"# X\n\ntext\n\n{line}\n\nmore\n")
    assert len(marked(document)) == 1
    assert "text" not in marked(document)


@pytest.mark.parametrize(
    "line",
    [
        "[[lexer]] → [[parser]] and on",
        "[lexer](a.md) → [parser](b.md)",
        "- [[Index fund]]\n- [[Next word prediction]]\n- [[Back-propagation]]",
        "[Go back to the previous window](a.md)",
        "[Trees](a.md), [heaps](b.md)",
        "See [next](c.md) for more.",
        "Copyright law protects works.",
        "(c) a third choice",
        "The Linux kernel is licensed under the GPL.",
        "«[[graph]]» is a word.",
        "A next step: home in on it.",
    ],
)
def test_what_is_no_furniture(line: str) -> None:
    assert marked(read(f"# X\n\n{line}\n")) == []


# --- blocks that stand in many notes ----------------------------------------------------


def test_a_footer_is_marked_and_nothing_else() -> None:
    documents = [note(n, FOOTER) for n in range(6)] + [note(n) for n in range(6, 20)]
    found = marks(documents)
    assert found[:6] == [["From the collected notes, which you may copy if you name us."]] * 6
    assert found[6:] == [[]] * 14


@pytest.mark.parametrize(
    ("with_it", "without", "is_marked"),
    [(4, 0, False), (5, 0, True), (5, 20, True), (5, 21, False), (6, 24, True), (8, 40, False)],
)
def test_how_many_notes_it_takes(with_it: int, without: int, is_marked: bool) -> None:
    documents = [note(n, FOOTER, f"{n}/") for n in range(with_it)]
    documents += [note(n, "", f"{n}/") for n in range(100, 100 + without)]
    assert bool(boilerplate(documents)) == is_marked


def test_a_footer_of_a_folder_is_marked_in_a_large_vault() -> None:
    site = [note(n, FOOTER, "site/posts/") for n in range(6)]
    vault = [note(n, "", f"vault/{n % 7}/") for n in range(200)]
    assert all(marks(site + vault)[:6])
    # in half of a folder, but not in less
    assert boilerplate([*site, *(note(n, "", "site/posts/") for n in range(300, 306)), *vault])
    assert not boilerplate([*site, *(note(n, "", "site/posts/") for n in range(300, 307)), *vault])


@pytest.mark.parametrize(
    "tail",
    [
        "## Linear algebra\n",
        "- linear algebra\n",
        "**Graph theory**\n",
        "| heap | tree |\n|--|--|\n",
    ],
)
def test_what_could_be_a_term_is_never_marked(tail: str) -> None:
    assert marks([note(n, tail) for n in range(10)]) == [[]] * 10


def test_a_heading_that_names_the_page_is_never_marked() -> None:
    text = "# What you should know about this!\n\n{}\n"
    documents = [read(text.format(n), f"{n}/what.md") for n in range(10)]
    assert marks(documents) == [[]] * 10
    titled = [read("---\ntitle: T\n---\n" + text.format(n), f"{n}.md") for n in range(10)]
    assert marks(titled) == [["What you should know about this!"]] * 10


def test_front_matter_is_never_marked() -> None:
    matter = "---\ntags: [what we did in the course of it]\n---\n"
    assert not boilerplate([read(f"{matter}x{n}", f"{n}.md") for n in range(9)])


def test_the_same_note_many_times_is_one() -> None:
    copies = [read(f"# A\n\n{FOOTER}", f"{n}/a.md") for n in range(50)]
    assert not boilerplate(copies)
    assert boilerplate([*copies, *(note(n, FOOTER) for n in range(4))])


def test_blanks_and_kinds_of_blocks_do_not_count() -> None:
    forms = [FOOTER, "- " + FOOTER, "> " + FOOTER, "### " + FOOTER, FOOTER.replace(" ", "\n")]
    assert all(marks([note(n, form) for n, form in enumerate(forms)]))


def test_offsets_links_and_sections_stay() -> None:
    plain = [
        note(n, "## At the end of this\n\n[All of it](b.md), as ever and ever.\n") for n in range(9)
    ]
    digests = boilerplate(plain)
    for document in plain:
        other = mark(document, digests)
        assert marked(other) == ["At the end of this", "All of it, as ever and ever."]
        assert (other.links, other.sections, other.marks) == (
            document.links, document.sections, document.marks,
        )  # fmt: skip
        assert [(b.kind, b.span) for b in other.blocks] == [
            (b.kind, b.span) for b in document.blocks
        ]


TAILS = ["", FOOTER, "Written with care by those who care.\n", "[Next](a.md)\n", "- heap\n"]


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.sampled_from(TAILS), st.sampled_from(["", "a/", "a/b/"])), max_size=20),
    st.randoms(use_true_random=False),
)
def test_order_and_what_was_marked_before_do_not_count(
    kinds: list[tuple[str, str]], chance: random.Random
) -> None:
    documents = [note(n, tail, folder) for n, (tail, folder) in enumerate(kinds)]
    shuffled = chance.sample(documents, len(documents))
    digests = boilerplate(documents)
    assert boilerplate(shuffled) == digests
    assert boilerplate(mark(d, digests) for d in documents) == digests
    for document in documents:
        other = mark(document, digests)
        assert mark(other, digests) is other
        assert mark(other) == document


# --- in the workspace -------------------------------------------------------------------


def test_marks_follow_the_corpus(tmp_path: Path) -> None:
    with Snapshots(tmp_path / "documents.sqlite") as snapshots:
        snapshots.put(note(n, FOOTER) for n in range(4))
        snapshots.put(note(n) for n in range(4, 12))
        assert remark(snapshots) == 0
        before = snapshots.digests()
        snapshots.put([note(50, FOOTER)])
        assert remark(snapshots) == 5
        changed = {a for a, digest in snapshots.digests().items() if before.get(a) != digest}
        assert changed == {f"page-{n}.md" for n in (0, 1, 2, 3, 50)}
        assert remark(snapshots) == 0
        snapshots.drop(["page-50.md"])
        assert remark(snapshots) == 4
        assert snapshots.digests() == before


def test_real_corpora(shared: Path) -> None:
    for folder, headings in (
        ("metacademy/vault", {"Goals", "Resources", "See also"}),
        ("bruno", set()),
    ):
        paths = sorted((shared / folder).rglob("*.md"))
        names = (path.relative_to(shared).as_posix() for path in paths)
        documents = [read_source(n, p.read_bytes()) for n, p in zip(names, paths, strict=True)]
        assert {line for lines in marks(documents) for line in lines} == headings
