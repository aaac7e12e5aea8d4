"""Plain text: paragraphs, items, headings and bare URLs, every place exact."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.read.checks import check, read, said, words_of
from waygraph.errors import ReadError
from waygraph.model import Document
from waygraph.read.note import read_source


def text_note(text: str, address: str = "note.txt") -> Document:
    document = read(text, address)
    check(document, lambda here, there: here == " " and not there.strip(), marked=False)
    return document


NOTE = """\
\ufeffA log
=====

Some *text*
  goes on, see https://x.y/z_(a).

- one
- two
  more of two
Day 3: trees

12) twelve
-----
No <b>markup</b> [here](x) # nor here
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_what_is_read_of_a_note(newline: str) -> None:
    document = text_note(NOTE.replace("\n", newline))
    assert [(b.kind, b.level, said(document, b.span)) for b in document.blocks] == [
        ("heading", 1, "A log"),
        ("paragraph", 0, "Some *text* goes on, see https://x.y/z_(a)."),
        ("item", 0, "one"), ("item", 0, "two more of two Day 3: trees"),
        ("item", 0, "twelve"),
        ("paragraph", 0, "No <b>markup</b> [here](x) # nor here"),
    ]  # fmt: skip
    assert [(k.kind, k.target, k.line) for k in document.links] == [("url", "https://x.y/z_(a)", 5)]
    assert (document.title, document.page, document.day) == ("A log", True, None)


def test_days() -> None:
    document = text_note("Day 1\n\na\n\nDay 2: b\n\nDay 3\n\nIt was day 4.\n", "2024-01-02 log.txt")
    assert [(s.heading, s.day) for s in document.sections] == [
        ("Day 1", 1), ("Day 2: b", None), ("Day 3", 3),
    ]  # fmt: skip
    assert (document.date, document.day) == ("2024-01-02", None)


def test_front_matter() -> None:
    document = text_note("---\ntitle: A page\ntags: [x]\n---\ntext\n", "a page.txt")
    assert (document.title, document.tags, document.page) == ("A page", ("x",), True)
    assert words_of(document) == ["A page", "x", "text"]


@pytest.mark.parametrize("text", ["", "\ufeff", "\n \n", "----\n", "- \n"])
def test_nothing_to_read(text: str) -> None:
    document = text_note(text, "a/odd name .TXT")
    assert (document.text, document.title) == ("", "odd name")


def test_what_is_too_long_or_shows_nothing_is_no_text() -> None:
    document = text_note("a " + "QUJD" * 100 + " b\n\ngra\u200bph\u00a0x\n\n\u200b\n")
    assert words_of(document) == ["a  b", "graph x"]


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(ReadError, match=r"n\.txt:2: byte 0xff is not UTF-8"):
        read_source("n.txt", b"a\n\xff")
    assert read_source("n.txt", "Größe".encode("utf-16")).text == "Größe"


@settings(max_examples=300)
@given(st.text("ab1 \t\n\r-*=+.)(:/\u200b\u00a0\U0001f642", max_size=80))
def test_any_text_keeps_the_promises(text: str) -> None:
    text_note(text)


PARTS = ["@", "@\n@", "- @", "@\n===", "Day 3 @", "2) @", "https://@.y", "@\u00a0@", "@ \n\t @"]


@settings(max_examples=150)
@given(st.lists(st.sampled_from(PARTS), max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_every_word_has_its_place(parts: list[str], newline: str) -> None:
    pieces = "\n\n".join(parts).split("@")
    text = "".join(f"w{n}q{piece}" if n else piece for n, piece in enumerate(pieces))
    document = text_note(text.replace("\n", newline))
    for number in range(1, len(pieces)):
        word = f"w{number}q"
        start, place = document.text.index(word), document.source.index(word)
        assert document.offsets.source_start(start) == place
        assert document.offsets.source_end(start + len(word)) == place + len(word)


HOSTILE = ["a\n" * 30_000, "-" * 60_000, "- a\n" * 20_000, " " * 60_000, "1" * 60_000,
           "https://a" + "(" * 20_000, "=\n" * 30_000]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:6].strip())
def test_hostile_text_is_read(text: str) -> None:
    read_source("a.txt", text.encode())


def test_real_texts(shared: Path) -> None:
    paths = sorted((shared / "wikispeedia" / "articles").rglob("*.txt"))[::4]
    assert len(paths) > 50
    for path in paths:
        document = text_note(path.read_text(encoding="utf-8"), path.name)
        assert document.text
