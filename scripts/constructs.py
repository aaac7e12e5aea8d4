"""What a document can hold many of: each construct, made as long as one likes.

Each is a head, a piece that is repeated, and a tail.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO


@dataclass(frozen=True, slots=True)
class Construct:
    """A kind of document, by the suffix of ``address``, and its bytes at about a given size."""

    name: str
    address: str
    make: Callable[[int], bytes]


def _repeated(head: str, piece: str, tail: str) -> Callable[[int], bytes]:
    return lambda size: (head + piece * (size // len(piece)) + tail).encode()


def _numbered(head: str, piece: str, tail: str) -> Callable[[int], bytes]:
    """As ``_repeated``, with a word of its own for the sign in each piece."""

    def make(size: int) -> bytes:
        count = size // (len(piece) + 3 * piece.count("§"))
        return (head + "".join(piece.replace("§", word(i)) for i in range(count)) + tail).encode()

    return make


def word(number: int) -> str:
    """A word of its own for each number."""
    return "".join(chr(97 + int(digit)) for digit in str(number)) + "x"


# Markdown: a piece, repeated as it stands. All of them without an end that fits, too.
_PIECES = {
    "prose": "The heap is a tree. ",
    "paragraphs": "The heap is a tree.\n\n",
    "one word": "a",
    "lines": "word\n",
    "blanks": " ",
    "tabs": "\t",
    "empty lines": "\n",
    "carriage returns": "a\r",
    "headings": "# Heading\n\n",
    "headings, deep": "###### Heading\n",
    "headings underlined": "Heading\n===\n\n",
    "rules": "***\n",
    "closing hashes": "# a # # #\n",
    "emphasis": "*a* ",
    "strong": "**a** ",
    "openings of emphasis": "*a ",
    "openings of emphasis, both": "*a _b ",
    "runs of asterisks": "a***b",
    "asterisks": "*",
    "underscores": "a_",
    "tildes": "~~a ",
    "struck": "~~a~~ ",
    "highlights": "==a== ",
    "openings of highlights": "==a ",
    "code spans": "`a` ",
    "backticks": "`",
    "code spans unclosed": "`a ``b ",
    "fences": "```\ncode\n```\n\n",
    "fences unclosed": "```\n~~~\n",
    "indented code": "    code\n\n",
    "math": "$a+b$ ",
    "math unclosed": "$a ",
    "math in words": "a$b",
    "display math": "$$\na\n$$\n\n",
    "display math unclosed": "$$ a\n\n",
    "display math inline": "$$a$$ b ",
    "LaTeX": "\\begin{align}\na\n\\end{align}\n\n",
    "LaTeX unclosed": "\\begin{align}\n\n",
    "brackets of LaTeX": "\\[\n\n",
    "escapes": "\\*",
    "backslashes": "\\",
    "entities": "&amp;",
    "entities, odd": "&#0;",
    "ampersands": "&",
    "hard breaks": "a  \n",
    "links": "[a](b.md) ",
    "links with titles": '[a](b.md "t") ',
    "links by reference": "[a][b] ",
    "openings of links": "[",
    "openings of labels": "[a](",
    "openings of targets": "[a](<b",
    "brackets nested": "[a",
    "closing brackets": "]",
    "brackets in turn": "[]",
    "parentheses": "(",
    "link, nested parentheses": "[a](b(",
    "images": "![a](b.png) ",
    "openings of images": "![",
    "references": "[a]: /b\n",
    "references unclosed": "[a]: <b\n",
    "autolinks": "<https://e.org/a> ",
    "openings of autolinks": "<https://e",
    "URLs": "https://e.org/a ",
    "URLs in parentheses": "(https://e.org/a) ",
    "URLs with many parentheses": "https://e.org/((((((((a)))))))) ",
    "one URL": "https://a",
    "one URL of parentheses": "https://e.org/(a",
    "URL of closing parentheses": ")",
    "HTML": "<b>a</b> ",
    "HTML unclosed": "<b>a ",
    "HTML blocks": "<div>\na\n</div>\n\n",
    "HTML blocks nested": "<div>\n",
    "HTML tags of one line": "<br>",
    "less-than signs": "<",
    "openings of tags": "<a href=\"",
    "attributes": "<a b=c ",
    "comments": "<!-- a -->\n\n",
    "comments inline": "a <!-- b --> ",
    "comments unclosed": "a <!-- ",
    "comments unclosed, blocks": "<!-- a\n\n",
    "decisions": "<!-- waygraph: know heap -->\n\n",
    "processing instructions": "<? a ",
    "declarations": "<!A ",
    "CDATA": "<![CDATA[ ",
    "hidden comments": "%% a %% ",
    "hidden comments unclosed": "%% a\n\n",
    "hidden comments, one": "%%a ",
    "quotes": "> a\n\n",
    "quote, one": "> a\n",
    "callouts": "> [!note] a\n> b\n\n",
    "lists": "- a\n",
    "lists, loose": "- a\n\n",
    "lists numbered": "1. a\n",
    "tasks": "- [ ] a\n",
    "markers in one line": "- ",
    "quotes in one line": "> ",
    "quotes and lists in one line": "> - ",
    "numbers in one line": "1. ",
    "tables": "| a | b |\n|---|---|\n| c | d |\n\n",
    "rows": "| a | b |\n",
    "cells": "a|",
    "cells escaped": "\\|",
    "rules of tables": "|-",
    "wikilinks": "[[a]] ",
    "wikilinks with labels": "[[a|b]] ",
    "wikilinks unclosed": "[[a",
    "wikilinks with bars": "[[a|",
    "embeds": "![[a]] ",
    "embeds unclosed": "![[a ",
    "tags": "#tag ",
    "tags nested": "#a/",
    "hashes": "#",
    "tags of many words": "#[[a b]] ",
    "tags of many words unclosed": "#[[a ",
    "footnotes": "a[^1] ",
    "footnotes defined": "[^a]: b\n\n",
    "footnotes unclosed": "[^a ",
    "inline footnotes": "a^[b c] ",
    "inline footnotes unclosed": "^[a b ",
    "block ids": "a ^id\n\n",
    "carets": "^",
    "shortcodes": "{{< a >}} ",
    "shortcodes unclosed": "{{< a ",
    "shortcodes of regions": "{{< highlight >}}\n\n",
    "Liquid": "{% a %} ",
    "Liquid unclosed": "{% a ",
    "Liquid of regions": "{% highlight %}\n\n",
    "expressions": "{{ a }} ",
    "expressions unclosed": "{{ a ",
    "templater": "<% a %> ",
    "templater unclosed": "<% a ",
    "attributes of kramdown": "{: .a } ",
    "attributes of kramdown unclosed": "{: .a ",
    "braces": "{",
    "links with tags": "[a]({{ b }}) ",
    "links with tags unclosed": "[a]({{ b ",
    "links with open tags": "](a{%",
    "block references": "((12345678-1234-1234-1234-123456789012)) ",
    "double parentheses": "((",
    "base64": "QUJD",
    "base64 in lines": "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJz\n",
    "properties of Logseq": "id:: a\n",
    "colons": "a::",
    "inline fields": "a:: [[b]]\n",
    "inline fields in brackets": "[a:: [[b]]] ",
    "inline fields in parentheses": "(a:: b) ",
    "inline fields unclosed": "[a:: b ",
    "sections of prerequisites": "## Prerequisites\n\n[[a]]\n\n",
    "headings that are properties": "## requires:: [[a]]\n\n",
    "days": "## Day 3\n\na\n\n",
    "dates": "2024-01-02 ",
    "dates in words": "3 March 2024 ",
    "digits": "1",
    "digits and dashes": "1-",
    "definitions": "heap\n: a tree\n\n",
    "abbreviations": "*[HTML]: a\n",
    "soft hyphens": "a\u00ad",
    "wide blanks": "a\u3000",
    "marks": "a\u0301",
    "emoji": "🙂",
    "formulas": "f(x) = ",
    "definition sentences": "A heap is a tree that is full. ",
    "acronyms": "Random Access Memory (RAM) ",
    "acronyms, capitals": "(RAM) ",
    "capitals": "A",
    "words joined": "a-",
    "apostrophes": "a'",
    "slashes": "a/",
    "quotation marks": '"a" ',
    "full stops": "a.",
    "commas": "a, ",
    "semicolons": "such as a; ",
    "see also": "See also: a\n\n",
    "requires": "Before this, read a. ",
}  # fmt: skip
# "§" stands for a word of its own in each piece, here and below.
_DIFFERENT = {
    "wikilinks": "[[§]] ",
    "tags": "#§ ",
    "headings": "# The §\n\na\n\n",
    "footnotes": "a[^§]\n\n[^§]: b\n\n",
    "links": "[a](§.md#§) ",
    "references": "[§]\n\n[§]: /§\n\n",
}
# The same in front matter: between its lines.
_YAML = {
    "fields": "§: a\n",
    "properties": 'requires§: "[[a]]"\n',
    "one field again": "title: a\n",
    "list": "a:\n- b\n",
    "items": "- b\n",
    "blanks": "title:  \n",
    "quotes": '"',
    "anchors": "a: &a [b]\n",
    "references": "- *a\n",
    "colons": "a: b: c\n",
    "brackets": "[",
    "braces": "{a: ",
    "words": "a ",
    "tabs": "\t",
    "questions": "? a\n",
    "comments": "# a\n",
    "dots": "a.",
    "documents": "%a\n",
    "text": "a: |\n  b\n",
}  # fmt: skip
_TOML = {
    "fields": "§ = 1\n",
    "dotted keys": "a§.b.c = 1\n",
    "a dotted key": "a.",
    "a quoted key": '"a".',
    "tables": "[a.§]\n",
    "tables nested": "[a",
    "arrays of tables": "[[a]]\n",
    "brackets": "x = [",
    "inline tables": "{a = ",
    "hex": "f",
    "strings": '"""a',
    "dates": "§ = 2024-01-02\n",
    "errors": "a b\n",
}  # fmt: skip
_LISTED = {
    "aliases": "- § thing\n",
    "aliases alike": "- aaaaaaa§\n",
    "aliases alike, one letter": "- thing§z\n",
    "aliases, one": "- heap\n",
}  # fmt: skip
_ORG = {
    "prose": "The heap is a tree. ",
    "paragraphs": "a\n\n",
    "headings": "* a\n",
    "headings, deep": "******** a\n",
    "headings with tags": "* a :b:c:\n",
    "colons": ":a",
    "drawers": ":PROPERTIES:\n:a: b\n:END:\n",
    "drawers unclosed": ":PROPERTIES:\n",
    "blocks": "#+begin_src\na\n#+end_src\n",
    "blocks unclosed": "#+begin_src\n",
    "blocks nested": "#+begin_quote\n",
    "keywords": "#+title: a\n",
    "comments": "# a\n",
    "lists": "- a\n",
    "lists numbered": "1. a\n",
    "tables": "| a | b |\n",
    "links": "[[a][b]] ",
    "links unclosed": "[[a][b",
    "brackets": "[[",
    "footnotes": "[fn:1] ",
    "footnotes unclosed": "[fn:1",
    "bold": "*a* ",
    "bold unclosed": "*a ",
    "italic unclosed": "/a ",
    "code unclosed": "=a ~b ",
    "markers": "*/_",
    "math": "$a$ ",
    "math unclosed": "$a ",
    "LaTeX": "\\begin{a}\n\\end{a}\n",
    "LaTeX unclosed": "\\begin{a}\n",
    "entities": "\\alpha ",
    "macros": "{{{a}}} ",
    "macros unclosed": "{{{a ",
    "dates": "<2024-01-02 Tue> ",
    "dates unclosed": "<2024-01-02 ",
    "URLs": "https://e.org/a ",
    "decisions": "# waygraph: know heap\n",
}  # fmt: skip
_TXT = {
    "prose": "The heap is a tree. ",
    "paragraphs": "a\n\n",
    "lines": "a\n",
    "underlined": "a\n===\n\n",
    "lists": "- a\n",
    "lists numbered": "1. a\n",
    "days": "Day 3\n\n",
    "URLs": "https://e.org/a ",
    "dashes": "-",
    "base64": "QUJD",
}  # fmt: skip
_HTML = {
    "prose": "The heap is a tree. ",
    "paragraphs": "<p>The heap is a tree.</p>",
    "paragraphs, long": "<p>" + 8 * "The heap is a tree that is full. " + "</p>",
    "paragraphs, different": "<p>The heap § is a tree that is full of §.</p>",
    "paragraphs, short": "<p>a</p>",
    "breaks": "a<br>",
    "breaks alone": "<br>",
    "tags": "<b>a</b> ",
    "tags unclosed": "<b>a ",
    "tags nested": "<div>",
    "lists nested": "<ul><li>a",
    "links": '<a href="b">a</a> ',
    "links unclosed": '<a href="b">a ',
    "tables": "<table><tr><td>a</td></tr></table>",
    "tables nested": "<table><tr><td>a",
    "rows": "<tr><td>a</td><td>b</td></tr>",
    "headings": "<h1>a</h1>",
    "headings, different": "<h2>The §</h2><p>The heap § is a tree that is full.</p>",
    "items": "<li>a</li>",
    "code": "<pre>a</pre>",
    "entities": "&amp;",
    "entities, odd": "&a",
    "less-than signs": "<",
    "openings of tags": "<a href='",
    "comments": "<!-- a -->",
    "comments unclosed": "<!-- a ",
    "scripts": "<script>a</script>",
    "scripts unclosed": "<script>a",
    "titles": "<title>a</title>",
    "meta": '<meta name="author" content="a">',
    "meta, descriptions": '<meta property="og:title" content="§ heap">',
    "spans": "<span>a</span>",
    "text areas": "<textarea>a",
    "images": '<img src="a.png" alt="b">',
    "definitions": "<dl><dt>a<dd>b</dl>",
    "quotes": "<blockquote>a",
    "fonts": "<font>",
    "forms": "<form>a",
}  # fmt: skip


def _nested(piece: str) -> Callable[[int], bytes]:
    """Each piece a step deeper: in all as long as it is asked for."""

    def make(size: int) -> bytes:
        depth = int(size**0.5)
        return "".join(f"{'  ' * i}{piece}" for i in range(depth)).encode()

    return make


def _table(size: int) -> bytes:
    row = "|" + "a|" * (size // 6) + "\n"
    return (row + "|" + "-|" * (size // 6) + "\n" + row).encode()


def _attributes(size: int) -> bytes:
    inside = "".join(f" a{i}=b" for i in range(size // 8))
    return f"<html><body><p{inside}>The heap is a tree.</p></body></html>".encode()


def _cells(texts: list[str], kind: str = "markdown") -> bytes:
    cells = [{"cell_type": kind, "metadata": {}, "source": text} for text in texts]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def _lines(size: int) -> bytes:
    cell = {"cell_type": "markdown", "source": ["The heap is a tree.\n"] * (size // 24)}
    return json.dumps({"cells": [cell]}).encode()


def _shared_pages(size: int) -> bytes:
    """A PDF whose pages all show one and the same long stream."""
    count = 100
    shown = b"BT /F1 9 Tf " + b"(a heap is a tree) Tj 1 0 Td " * (size // 30) + b"ET"
    return _pdf([shown], count)


def _pages(size: int) -> bytes:
    return _pdf([b"BT /F1 9 Tf 9 9 Td (a heap is a tree %d) Tj ET" % i for i in range(size // 400)])


def _page(size: int) -> bytes:
    return _pdf([b"BT /F1 9 Tf " + b"(a heap is a tree) Tj 0 -9 Td " * (size // 30) + b"ET"])


def _pdf(streams: list[bytes], pages: int = 0) -> bytes:
    """A PDF of a page for each stream, or of so many pages of the first."""
    import zlib

    count = pages or len(streams)
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    first = len(objects) + 1
    for stream in streams:
        packed = zlib.compress(stream)
        objects.append(
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed)
        )
    kids = []
    for number in range(count):
        kids.append(b"%d 0 R" % (len(objects) + 1))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << /Font << /F1 3 0 R"
            b" >> >> /Contents %d 0 R >>" % (first + (0 if pages else number))
        )
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (count, b" ".join(kids))
    out = BytesIO()
    out.write(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    out.write(trailer % (len(objects) + 1, start))
    return out.getvalue()


def _record(headers: bytes, body: bytes) -> bytes:
    return b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://e.org/a\r\n" + (
        b"WARC-Date: 2024-01-02T03:04:05Z\r\nWARC-Record-ID: <urn:a>\r\n"
        b"Content-Type: application/http\r\n%sContent-Length: %d\r\n\r\n%s\r\n\r\n"
    ) % (headers, len(body), body)


_HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>The heap is a tree."
_WARC: dict[str, Callable[[int], bytes]] = {
    "records": lambda size: _record(b"", _HTTP) * (size // 300),
    "headers": lambda size: _record(b"a: b\r\n" * (size // 6), _HTTP),
    "headers continued": lambda size: _record(b"a: b\r\n" + b" c\r\n" * (size // 4), _HTTP),
    "one header": lambda size: _record(b"a: " + b"b" * size + b"\r\n", _HTTP),
    "headers of HTTP": lambda size: _record(
        b"", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * (size // 6) + b"\r\na"
    ),
    "blank lines": lambda size: _record(b"", _HTTP) + b"\r\n" * (size // 2),
    "noise": lambda size: _record(b"", _HTTP) + b"a\n" * (size // 2),
    "chunks": lambda size: _record(
        b"",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"1\r\na\r\n" * (size // 6)
        + b"0\r\n\r\n",
    ),
    # small as sent, a thousand times as large unpacked
    "headers, packed": lambda size: gzip.compress(_record(b"a: b\r\n" * (25 * size), _HTTP)),
    "body, packed": lambda size: gzip.compress(_record(b"", _HTTP + b"a" * (100 * size))),
}


def _links_of_a_property(size: int) -> bytes:
    items = "".join(f'  - "[[{word(i)}]]"\n' for i in range(size // 14))
    return f"---\nrequires:\n{items}---\n# A\n\nA heap.\n".encode()


_MORE: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "Markdown: row of a table": ("note.md", _table),
    "YAML: links of a property": ("note.md", _links_of_a_property),
    "HTML: attributes": ("page.html", _attributes),
    "notebook: cells": ("note.ipynb", lambda n: _cells(["a"] * (n // 50))),
    "notebook: headings": ("note.ipynb", lambda n: _cells(["a"] * (n // 50), "heading")),
    "notebook: a cell": ("note.ipynb", lambda n: _cells(["a *b*\n" * (n // 7)])),
    "notebook: lines": ("note.ipynb", _lines),
    "notebook: escapes": ("note.ipynb", lambda n: _cells(["\u00e9\n" * (n // 8)])),
    "notebook: brackets": ("note.ipynb", lambda n: b"[" * n),
    "notebook: strings": ("note.ipynb", lambda n: b'{"cells": [' + b'"a",' * (n // 4)),
    "PDF: a page": ("paper.pdf", _page),
    "PDF: pages": ("paper.pdf", _pages),
    "PDF: pages of one stream": ("paper.pdf", _shared_pages),
}


def constructs() -> Iterator[Construct]:
    """All of them."""
    for name, piece in _PIECES.items():
        yield Construct(f"Markdown: {name}", "note.md", _repeated("", piece, "\n"))
    for name in ("lists", "quote, one", "markers in one line"):
        yield Construct(f"Markdown: {name}, nested", "note.md", _nested(_PIECES[name]))
    for name, piece in _DIFFERENT.items():
        yield Construct(f"Markdown: {name}, different", "note.md", _numbered("", piece, "\n"))
    for name, piece in _YAML.items():
        yield Construct(f"YAML: {name}", "note.md", _numbered("---\n", piece, "\n---\n# A\n"))
        unclosed = _numbered("---\ntitle: a\n", piece, "\n")
        yield Construct(f"YAML unclosed: {name}", "note.md", unclosed)
    for name, piece in _LISTED.items():
        yield Construct(f"aliases: {name}", "note.md", _numbered("---\naliases:\n", piece, "---\n"))
        yield Construct(f"tags: {name}", "note.md", _numbered("---\ntags:\n", piece, "---\n"))
    for name, piece in _TOML.items():
        head = "+++\na=0x" if name == "hex" else "+++\n"
        yield Construct(f"TOML: {name}", "note.md", _numbered(head, piece, "\n+++\n# A\n"))
    for name, piece in _ORG.items():
        yield Construct(f"Org: {name}", "note.org", _repeated("", piece, "\n"))
    for name, piece in _TXT.items():
        yield Construct(f"text: {name}", "note.txt", _repeated("", piece, "\n"))
    for name, piece in _HTML.items():
        head, tail = "<html><head><title>A</title></head><body>", "</body></html>"
        yield Construct(f"HTML: {name}", "page.html", _numbered(head, piece, tail))
    for name, (address, make) in _MORE.items():
        yield Construct(name, address, make)
    for name, make in _WARC.items():
        yield Construct(f"WARC: {name}", "pages.warc", make)
