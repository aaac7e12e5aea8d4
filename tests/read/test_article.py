"""Articles of all kinds: recognised, read, or refused with a reason."""

from __future__ import annotations

import json
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pypdf import PdfReader, PdfWriter

from tests.read.test_html import FILLER, article, blocks, check, check_map, page, said
from waygraph.errors import ReadError
from waygraph.model import Document, Failure
from waygraph.read.plain import read_plain
from waygraph.read.web import pdf
from waygraph.read.web.archive import Archive
from waygraph.read.web.article import kind_of, read_article
from waygraph.read.web.fetch import FetchSettings, fetch
from waygraph.read.web.html import Article, read_html

URL = "https://e.org/notes/heap"
NOTEBOOK = json.dumps(
    {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": ["# Heaps\n", "A heap is a tree."]},
            {"cell_type": "code", "metadata": {}, "source": ["x = 1"], "outputs": []},
        ],
    }
).encode()


def make_pdf(*pages: str, encrypt: str = "", title: str = "") -> bytes:
    """A PDF with a page for each text, one line for each of its lines."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    kids = []
    for text in pages:
        lines = "".join(f"({_escaped(line)}) Tj T*\n" for line in text.splitlines())
        stream = f"BT /F1 12 Tf 14 TL 72 720 Td\n{lines}ET".encode("latin-1")
        number = len(objects) + 1
        kids.append(f"{number} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {number + 1} 0 R "
            "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> "
            ">> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    out = BytesIO(b"%PDF-1.4\n")
    out.seek(0, 2)
    places = []
    for number, content in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1))
    out.write(b"startxref\n%d\n%%%%EOF\n" % start)
    if not (encrypt or title):
        return out.getvalue()
    writer = PdfWriter(clone_from=PdfReader(BytesIO(out.getvalue())))
    if title:
        writer.add_metadata(
            {"/Title": title, "/Author": "Ada", "/CreationDate": "D:20210506120000Z"}
        )
    if encrypt:
        writer.encrypt(encrypt, algorithm="RC4-128")
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


# --- which kind it is -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "body", "content_type", "kind"),
    [
        (URL, b"<p>x", "text/html; charset=utf-8", "html"),
        (URL, b"<p>x", "application/xhtml+xml", "html"),
        (URL, b"# x", "text/markdown", "markdown"),
        (URL + ".md", b"# x", "text/plain", "markdown"),
        (URL + ".md", b"<p>x", "text/html", "html"),  # a page about a file
        (URL + ".MDX", b"# x", "", "markdown"),
        (URL + ".rst", b"x", "text/plain; charset=utf-8", "rst"),
        (URL + ".rst?raw=1", b"x", "application/octet-stream", "rst"),
        (URL + ".txt", b"x", "text/plain", "text"),
        (URL, b"\xef\xbb\xbf\n <!DOCTYPE HTML><p>", "", "html"),
        (URL, b"<?xml version='1.0'?><html xmlns='x'>", "text/plain", "html"),
        (URL, b"%PDF-1.4 x", "application/pdf", "pdf"),
        (URL, b"%PDF-1.4 x", "text/html", "pdf"),
        (URL, NOTEBOOK, "application/json", "notebook"),
        (URL + ".ipynb", b"{}", "text/plain", "notebook"),
        (URL, b'{"a": 1}', "application/json", "JSON"),
        (URL, b"<rss>", "application/rss+xml", "XML"),
        (URL, b"a,b", "text/csv", "text"),
        (URL, b"\x89PNG", "image/png", "image/png"),
    ],
)
def test_kinds(url: str, body: bytes, content_type: str, kind: str) -> None:
    assert kind_of(url, body, content_type) == kind


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"\x89PNG\r\n", "image/png", "is image/png"),
        (b'{"a": 1}', "application/json", "is JSON"),
        (b"<rss/>", "text/xml", "is XML"),
        (b"a\0b", "text/plain", "NUL character"),
        (b"{}", "application/x-ipynb+json", "notebook"),
    ],
)
def test_what_is_not_read(body: bytes, content_type: str, reason: str) -> None:
    with pytest.raises(ReadError, match=reason) as caught:
        read_article(URL, body, content_type)
    assert caught.value.address == URL


def test_an_address_that_is_none() -> None:
    with pytest.raises(ReadError, match="only http and https"):
        read_article("notes/heap.md", b"# x", "text/markdown")


# --- markdown, notebooks, text ----------------------------------------------------------


def test_markdown() -> None:
    body = b"# Heap\n\nA [tree](../tree#x) and [here](#y), https://e.org/z.\n"
    found = read_article(URL + "?utm_source=x#top", body, "text/markdown")
    document = found.document
    assert (document.address, found.canonical) == (URL, URL)
    assert (document.title, document.digest) == ("Heap", sha256(body).hexdigest())
    assert [link.target for link in document.links] == [
        "https://e.org/tree#x",
        "https://e.org/notes/heap#y",
        "https://e.org/z",
    ]


def test_markdown_in_another_charset() -> None:
    body = "# Größe\n\nEin Maß.\n".encode("cp1252")
    document = read_article(URL, body, "text/markdown; charset=iso-8859-1").document
    assert document.title == "Größe"
    assert document.digest == sha256(body).hexdigest()


def test_notebooks() -> None:
    document = read_article(URL + ".ipynb", NOTEBOOK, "application/json").document
    assert "A heap is a tree." in document.text
    assert document.address == URL + ".ipynb"


RST = """\
=====
Heaps
=====

.. _heaps:

A heap is a *tree* that
keeps   the least in front.

.. note::

    Take care of the order.

Use it so::

    heappush(x)

Then go on (see https://e.org/x_(y)).

- one item
  that goes on
- another

Order
-----

:field: value
1. first
2. second

.. code-block:: python

    import heapq

====  ====
a     b
====  ====

The end.\
"""


def test_restructured_text() -> None:
    document = read_article(URL + ".rst", RST.encode(), "text/plain").document
    check_map(document.text, document.offsets, document.source)
    assert document.title == "Heaps"
    assert [(b.level, said(document, b.span)) for b in document.blocks if b.kind == "heading"] == [
        (1, "Heaps"),
        (2, "Order"),
    ]
    assert blocks(document, "item") == ["one item that goes on", "another", "first", "second"]
    assert blocks(document, "paragraph") == [
        "A heap is a *tree* that keeps   the least in front.",
        "Take care of the order.",
        "Use it so::",
        "Then go on (see https://e.org/x_(y)).",
        "a     b",
        "The end.",
    ]
    assert [section.heading for section in document.sections] == ["Heaps", "Order"]
    (link,) = document.links
    assert document.source.split("\n")[link.line - 1].startswith("Then go on")


@example("\x1f", False)
@settings(max_examples=200)
@given(
    st.lists(
        st.one_of(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12),
            st.sampled_from(
                "\n|\r\n|\n\n|====\n|Title\n|-----\n|- |1. |   |\t|.. note::\n|.. x\n|::\n|:f: v\n|"
                "https://e.org/a|\ufeff".split("|")
            ),
        ),
        max_size=25,
    ).map("".join),
    st.booleans(),
)
def test_any_text_keeps_its_places(text: str, markup: bool) -> None:
    document = read_plain("https://e.org/x", text, text.encode(), markup=markup)
    borders = (*document.offsets.starts, len(document.text))
    for start, end, at, length in zip(
        borders, borders[1:], document.offsets.sources, document.offsets.lengths, strict=False
    ):
        if end - start == length:
            here, there = document.text[start:end], document.source[at : at + length]
            # the builder shows any blank as a space
            assert all(
                a == b or (a == " " and b.isspace()) for a, b in zip(here, there, strict=True)
            )
    for block in document.blocks:
        assert said(document, block.span).strip()


# --- PDF --------------------------------------------------------------------------------

PROSE = """A heap is a tree that keeps the least of its values in front,
so that it can be taken at once. It is not a sorted list.
Such a tree needs no pointers and is kept in an array with-
out gaps.
Another paragraph begins here and says something else of it,
namely that the order of children does not matter."""


def test_pdf() -> None:
    body = make_pdf(PROSE, "Second page (with brackets).", title="On Heaps")
    found = read_article("https://e.org/heaps.pdf", body, "application/pdf")
    document = found.document
    check_map(document.text, document.offsets, document.source)
    assert (document.title, found.author, document.date) == ("On Heaps", "Ada", "2021-05-06")
    assert document.digest == sha256(body).hexdigest()
    assert "kept in an array without gaps." in document.text
    assert blocks(document)[1].startswith("Another paragraph begins")
    assert blocks(document)[-1] == "Second page (with brackets)."
    assert any("the source quoted from is the text taken from it" in w for w in document.warnings)


def test_pdf_without_a_title_is_named_by_its_address() -> None:
    body = make_pdf(PROSE, title="Microsoft Word - draft.docx")
    assert read_article("https://e.org/my%20heap.pdf", body).document.title == "my heap"


def test_pdf_with_an_empty_password_is_read() -> None:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(make_pdf(PROSE))))
    writer.encrypt("", "only the owner may print", algorithm="RC4-128")
    written = BytesIO()
    writer.write(written)
    assert "A heap is a tree" in read_article(URL, written.getvalue()).document.text


def test_words_cut_at_line_ends_are_made_whole() -> None:
    body = make_pdf(
        "A well-known tree is well-\nknown, and its chil-\ndren are too; F-\nwords stay."
    )
    text = read_article(URL, body).document.text
    assert text == "A well-known tree is well-known, and its children are too; F- words stay."


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (make_pdf(PROSE, encrypt="secret"), "encrypted"),
        (b"%PDF-1.4\nnothing", "broken"),
        (make_pdf(PROSE)[:300], "broken"),
        (make_pdf(""), "holds no text"),
        (b"%PDF-1.4\n" + b"x" * (pdf.LARGEST + 1), "bytes, more than"),
    ],
    ids=["encrypted", "nothing", "torn", "pictures", "large"],
)
def test_pdf_that_cannot_be_read(body: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        read_article("https://e.org/x.pdf", body, "application/pdf")


def test_pdf_of_many_pages_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MOST_PAGES", 2)
    document = read_article(URL, make_pdf("One.", "Two.", "Three.")).document
    assert blocks(document) == ["One.", "Two."]
    assert any("first 2 of its 3 pages" in warning for warning in document.warnings)
    monkeypatch.setattr(pdf, "MOST_TEXT", 5)
    with pytest.raises(ReadError, match="characters"):
        read_article(URL, make_pdf("One.", "Two."))


@settings(max_examples=60)
@given(st.data())
def test_no_damage_to_a_pdf_raises_anything_else(data: st.DataObject) -> None:
    body = bytearray(make_pdf(PROSE, "Second."))
    for _ in range(data.draw(st.integers(1, 8))):
        body[data.draw(st.integers(8, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read_article(URL, bytes(body), "application/pdf")
    except ReadError:
        return
    assert isinstance(found, Article)


# --- everything -------------------------------------------------------------------------


@settings(max_examples=150)
@given(
    st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)),
    st.sampled_from(
        "|text/html|text/plain|text/markdown|application/pdf|text/x-rst|application/json|"
        "application/x-ipynb+json|x|text/html; charset=big5".split("|")
    ),
)
def test_any_bytes_are_read_or_refused(body: bytes, content_type: str) -> None:
    try:
        found = read_article(URL, body, content_type)
    except ReadError as error:
        assert error.reason
        return
    assert found.document.digest == sha256(body).hexdigest()
    assert found.document.address == found.canonical


def test_the_shared_articles(shared: Path, tmp_path: Path) -> None:
    """All of them from the archive, offline, to documents."""
    with Archive(tmp_path) as archive:
        archive.seed(shared / "articles")
        results = list(fetch(archive.urls(), archive, FetchSettings(offline=True)))
    assert len(results) >= 70
    for result in results:
        assert not isinstance(result, Failure)
        document = read_article(result.final, result.body, result.content_type).document
        assert document.address == result.url
        assert document.digest == result.digest
        assert document.text


def test_real_text_as_html_is_found_again(shared: Path) -> None:
    """Rendered as pages with menus around them, the articles come back whole."""
    files = sorted((shared / "articles" / "files").glob("*.md"))
    rendered = [
        (file.name, MarkdownIt("commonmark").render(file.read_text(encoding="utf-8")))
        for file in files
        if file.stat().st_size < 16_000
    ]
    found = lost = 0
    for name, body in rendered:
        document = _read_rendered(name, body)
        check(document)
        found += len(document.blocks)
        lost += sum(int(w.split()[0]) for w in document.warnings if "not found again" in w)
    assert found > 30 * len(rendered) // 2
    assert lost <= found // 100


def _read_rendered(name: str, body: str) -> Document:
    head = f"<title>{name}</title><meta charset=utf-8>"
    return read_html(f"https://e.org/{name}", page(article(body), head)).document


def test_fillers_are_prose() -> None:
    """What the generated pages lean on is found by the extractor."""
    assert FILLER.strip() in read_html(URL, page(article(f"<p>{FILLER}</p>"))).document.text
