"""Org files: structure is read, what Org does not show is left out, every place is exact."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.read.checks import check, outer, read, said, words_of
from waygraph.model import Document
from waygraph.read.note import read_source


def org(text: str, address: str = "note.org") -> Document:
    document = read(text, address)
    check(document, reads_as_org, marked=False)
    return document


def reads_as_org(here: str, there: str) -> bool:
    if here != " ":
        return False
    return not there.strip() or bool(re.fullmatch(r"\[fn:[\w-]*:[ \t]*", there))


NOTE = """\
\ufeff:PROPERTIES:
:ID:       abc
:ROAM_ALIASES: "best first search" BFS
:END:
#+title: A* search
#+DATE: [2023-04-05 Wed]
#+filetags: :graphs:informed_search:
#+TODO: IDEA(i) | SHIPPED
# a comment
Intro *bold /and italic/* text with =co*de*= and ~more~,
continues [[file:heap.org::*X][the *heap*]], [[Priority queue]].[fn:1]

* TODO [#A] Heading *one* [1/2] :tag:other:
SCHEDULED: <2023-04-06 Thu>
:LOGBOOK:
CLOCK: [2023-04-05 Wed 10:00]
:END:
- [X] item one
  continued
- term :: definition
  1) inner
#+begin_src python :results none
# not a heading
* not a heading either
#+end_src
#+BEGIN_QUOTE
Quoted prose.
#+END_QUOTE
: output
*** IDEA Sub
| a | b |
|---+---|
| c *d* |   |
#+TBLFM: $1=2
[fn:1] A note.
\\begin{align}
no
\\end{align}
* DONE
* COMMENT Hidden
-----
#+INCLUDE: "no.org"
"""


def test_what_is_read_of_a_note() -> None:
    document = org(NOTE)
    assert [(b.kind, b.level, said(document, b.span)) for b in document.blocks] == [
        ("title", 0, "A* search"),
        ("alias", 0, "best first search"), ("alias", 0, "BFS"),
        ("tag", 0, "graphs"), ("tag", 0, "informed_search"),
        ("paragraph", 0, "Intro bold and italic text with co*de* and more, continues the heap, "
                         "Priority queue."),
        ("heading", 1, "Heading one"),
        ("item", 0, "item one continued"), ("item", 0, "term :: definition"), ("item", 0, "inner"),
        ("paragraph", 0, "Quoted prose."),
        ("heading", 3, "Sub"),
        ("cell", 0, "a"), ("cell", 0, "b"), ("cell", 0, "c d"),
        ("paragraph", 0, "A note."),
        ("heading", 1, "Hidden"),
    ]  # fmt: skip
    assert (document.title, document.date, document.warnings) == ("A* search", "2023-04-05", ())
    assert document.tags == ("graphs", "informed_search")
    assert document.aliases == ("best first search", "BFS")
    assert [(h.origin, h.line, h.verdict) for h in document.hints] == [
        ("front matter date", 6, "used")
    ]
    assert [(k.kind, k.target, said(document, k.span), k.line) for k in document.links] == [
        ("link", "heap.org::*X", "the heap", 11),
        ("wikilink", "Priority queue", "Priority queue", 11), ("link", "no.org", "", 42),
    ]  # fmt: skip
    assert [(m.kind, outer(document, m)) for m in document.marks] == [
        ("strong", "*bold /and italic/*"), ("emphasis", "/and italic/"), ("code", "=co*de*="),
        ("code", "~more~"), ("link", "[[file:heap.org::*X][the *heap*]]"), ("strong", "*heap*"),
        ("link", "[[Priority queue]]"), ("strong", "*one*"), ("strong", "*d*"),
    ]  # fmt: skip


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends(newline: str) -> None:
    document = org(NOTE.replace("\n", newline))
    assert document.text == org(NOTE).text


@pytest.mark.parametrize(
    ("text", "kind", "target", "label"),
    [
        ("[[https://a.b/c][d]]", "link", "https://a.b/c", "d"),
        ("[[https://a.b/c::d]]", "link", "https://a.b/c::d", "https://a.b/c::d"),
        ("[[file:a b.org]]", "link", "a b.org", "file:a b.org"),
        ("[[file:a.org::#b][c]]", "link", "a.org::#b", "c"),
        ("[[./a.md][b [c] d]]", "link", "./a.md", "b [c] d"),
        ("[[*A heading]]", "link", "#A heading", "A heading"),
        ("[[#custom][a]]", "link", "#custom", "a"),
        ("[[id:1-2-3][a]]", "link", "id:1-2-3", "a"),
        ("[[A page]]", "wikilink", "A page", "A page"),
        ("[[A page][a]]", "wikilink", "A page", "a"),
        ("[[file:a.png]]", "image", "a.png", ""),
        ("[[file:a.png][a]]", "link", "a.png", "a"),
        ("<https://a.b/c>", "url", "https://a.b/c", "https://a.b/c"),
        ("(https://a.b/c_(d)).", "url", "https://a.b/c_(d)", "https://a.b/c_(d)"),
        ("[[roam:A page]]", "wikilink", "A page", "A page"),
        ("[[cite:@doe2020]]", "link", "cite:@doe2020", ""),
        ("[[cite:&doe2020][Doe]]", "link", "cite:@doe2020", "Doe"),
        ("a [cite/t:see @doe2020 p. 3]", "link", "cite:@doe2020", ""),
        ("a citep:doe2020 b", "link", "cite:@doe2020", ""),
        ("[[attachment:a.txt][a]]", "link", "attachment:a.txt", "a"),
        ("#+transclude: [[id:1-2-3]] :level 2", "embed", "id:1-2-3", ""),
        ('#+include: "a.org::*b" :lines "1-2"', "link", "a.org::*b", ""),
        ("- a [[b][c]]", "wikilink", "b", "c"),
        ("* a [[b][c]] :d:", "wikilink", "b", "c"),
        ("| [[b][c]] |", "wikilink", "b", "c"),
    ],
)
def test_link(text: str, kind: str, target: str, label: str) -> None:
    document = org(f"first\n\n{text}\n")
    (link,) = document.links
    assert (link.kind, link.target, said(document, link.span), link.line) == (
        kind,
        target,
        label,
        3,
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*a* b", "a b"),
        ("snake_case 2*3*4 a/b/c", "snake_case 2*3*4 a/b/c"),
        ("* a * b", None),
        (" *a *b", "*a *b"),
        ('_a_ +b+ (*c*), "/d/"', 'a b (c), "d"'),
        ("*a\nb* c", "a b c"),
        ("=*a*= ~[[b]]~", "*a* [[b]]"),
        (r"$x^2$ \(y\) \[z\] $$w$$", "x^2 y z w"),
        ("$5 and $6", "$5 and $6"),
        ("a[fn:1] b[fn:x: c *d*] e[cite:@f]", "a b c d e"),
        ("a {{{b(c)}}} <<d>> @@html:<b>@@e", "a   e"),
        ("a <<<radio target>>> b", "a radio target b"),
        ("a [cite:@b; @c] cite:d,e f", "a   f"),
        ("on <2023-04-05 Wed> and [2023-04-06]", "on 2023-04-05 Wed and 2023-04-06"),
        ("a\\\\\nb", "a b"),
        ("[1, 2] [[ <a", "[1, 2] [[ <a"),
        ("a " + "QUJD" * 1_250 + " b", "a  b"),
        ("gra\u200bph\u00a0a", "graph a"),
    ],
)
def test_inline(text: str, shown: str | None) -> None:
    document = org(text)
    assert document.text == (shown if shown is not None else document.text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("#+begin_src\nno\n", ["no"]),
        ("#+begin_example\nno\n#+end_example\na", ["a"]),
        ("#+begin_notes\na\n#+end_notes", ["a"]),
        ("a\n# no\nb", ["a", "b"]),
        ("#a b", ["#a b"]),
        (":NOTE:\nno\n:END:\na", ["a"]),
        (":NOTE:\na\n* b\n:END:\n", ["a", "b"]),
        ("\\[\nno\n\\]\na", ["a"]),
        ("\\begin{x} no \\end{x}\na", ["a"]),
        ("\\begin{x}\na", ["\\begin{x} a"]),
        ("1. a\n2) b\n   c\n\nd", ["a", "b c", "d"]),
        ("* a\nb\n** c", ["a", "b", "c"]),
        ("*a*\n*b", ["a *b"]),
        ("- [ ] a [50%]", ["a [50%]"]),
    ],
)
def test_blocks(text: str, shown: list[str]) -> None:
    assert words_of(org(text)) == shown


def test_a_block_that_is_not_closed_is_named() -> None:
    assert org("a\n#+begin_src\nb\n").warnings == ("line 2: the block is not closed",)


def test_headings_tell_days() -> None:
    text = "* Day 1\na\n** TODO x\nb\n* DONE Day 2 :t:\n* <2023-04-05 Wed>\nc\n"
    document = org(text)
    assert [(s.heading, s.level, s.day, s.date) for s in document.sections] == [
        ("Day 1", 1, 1, ""), ("x", 2, 1, ""), ("Day 2", 1, None, ""),
        ("2023-04-05 Wed", 1, None, "2023-04-05"),
    ]  # fmt: skip


def test_title_and_page() -> None:
    assert org("* First\n", "a.org").title == "First"
    assert org("text\n", "a page.org").title == "a page"
    assert org("#+TITLE: A page\n", "a-page.org").page
    document = org('#+title: A*\n#+title: B\n#+aliases: x "y z"\n#+date: 2023-04-31\n')
    assert (document.title, document.aliases) == ("A*", ("x", "y z"))
    assert document.warnings == ("line 4: the date 2023-04-31 does not exist",)


@pytest.mark.parametrize(
    "text", ["", "\ufeff", "\n\n", "#+title:\n", ":PROPERTIES:\n:END:\n", "* \n"]
)
def test_nothing_to_read(text: str) -> None:
    document = org(text)
    assert document.text in ("", "*")


LINE = [
    "@", "*@*", "/@ @/", "*/@/ @*", "=@=", "~@~", "_@_", "+@+", "[[x][@]]", "[[@]]", "[[x][@ *@*]]",
    "<https://e.org/@>", "https://e.org/@.", "$@^2$", r"\(@\)", "@[fn:1]", "@[fn:: @]", "@\u00a0@",
    "漢字@语", "\U0001f642@", "<2023-04-05 Wed>@", "@ | @", "*@", "[[@", "@]]", "\\@", "e\u0301@",
    "@\u200b", "{{{£}}}", "[cite:@]".replace("@", "£"), "@\t@", "(*@*)", "[[file:£.png]]",
]  # fmt: skip
BLOCK = ["{}", "* {}", "** TODO {} :£:", "- {}", "  1) {}", "+ [ ] {}\n  {}", "| {} | {} |", "> {}",
         "#+begin_quote\n{}\n#+end_quote", "[fn:1] {}", "{}\n{}", "{}\n\t{}", "#+title: x",
         "#+begin_src\n£\n#+end_src", "# £", ": £", ":A:\n£\n:END:", "|---|", "-----",
         ":END:", "SCHEDULED: £"]  # fmt: skip


@st.composite
def org_notes(draw: st.DrawFn) -> tuple[str, list[str], list[str]]:
    """A file, the words it shows and the words it does not."""
    line = st.lists(st.sampled_from(LINE), min_size=1, max_size=4).map(" ".join)
    blocks = draw(st.lists(st.sampled_from(BLOCK), min_size=1, max_size=6))
    filled = [re.sub(r"\{\}(?!\})", lambda _: draw(line), block) for block in blocks]
    shown: list[str] = []
    hidden: list[str] = []

    def name(match: re.Match[str]) -> str:
        word = f"w{len(shown) + len(hidden)}q"
        (shown if match.group() == "@" else hidden).append(word)
        return word

    return re.sub("[@£]", name, "\n\n".join(filled)), shown, hidden


@settings(max_examples=300)
@given(org_notes(), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\ufeff"]))
def test_every_word_has_its_place(
    note: tuple[str, list[str], list[str]], newline: str, mark: str
) -> None:
    text, shown, hidden = note
    document = org(mark + text.replace("\n", newline))
    for word in shown:
        assert document.text.count(word) == 1, word
        start, place = document.text.index(word), document.source.index(word)
        assert document.offsets.source_start(start) == place
        assert document.offsets.source_end(start + len(word)) == place + len(word)
    unclosed = "the block is not closed" in str(document.warnings)
    assert unclosed or not [word for word in hidden if word in document.text]


@settings(max_examples=400)
@given(st.text("*/_=~+-[]()<>{}$\\:#|.,1aé \t\n\r\u200b\u00a0", max_size=60))
def test_any_text_keeps_the_promises(text: str) -> None:
    org(text)


@pytest.mark.parametrize(
    "text",
    ["*a " * 20_000, "[[" * 20_000, "[[a][" * 8_000, "[fn:: " * 8_000, "$a " * 20_000,
     ":a:\n" * 20_000,
     "#+begin_a\n" * 10_000, "\\begin{a}\n" * 10_000, "\\[\n" * 20_000, "- a\n" * 10_000,
     "*a\n" * 10_000, "=" * 40_000, "* " * 20_000, ":a" * 20_000 + ":",
     "a" * 10 + " " * 40_000 + ":",
     "".join(f"#+begin_{n}\n" for n in range(8_000)), "| " * 20_000, "<" * 30_000, "{{{" * 10_000],
    ids=lambda text: text[:6],
)  # fmt: skip
def test_hostile_text_is_read(text: str) -> None:
    read_source("a.org", text.encode())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("* A\n:PROPERTIES:\n:ID: x\n:UP: [[id:1][the top]]\n:END:\ntext", [("up", "id:1")]),
        (":PROPERTIES:\n:REQUIRES: [[B]] [[roam:C]]\n:END:",
         [("requires", "B"), ("requires", "C")]),
        ("#+up: [[file:b.org::*C]]", [("up", "b.org::*C")]),
        ("- Depends on :: [[X]],\n  [[Y][the y]]\n- other",
         [("depends on", "X"), ("depends on", "Y")]),
        ("- heap :: [[X]]", [("", "X")]),
        ("#+caption: a [[b]]", []),
        (":LOGBOOK:\n:UP: [[b]]\n:END:", []),
        (":PROPERTIES:\n:ROAM_REFS: [[cite:@b]]\n:END:", []),
    ],
)  # fmt: skip
def test_properties(text: str, found: list[tuple[str, str]]) -> None:
    document = org(text)
    assert [(link.role, link.target) for link in document.links] == found
    shown = [said(document, b.span) for b in document.blocks if b.kind != "property"]
    assert not any("Depends" in one or "UP" in one for one in shown)


def test_links_in_comments_and_code_are_none() -> None:
    text = "# [[a]]\n#+begin_comment\n[[b]]\n#+end_comment\n#+begin_src c\n[[d]]\n#+end_src\n"
    assert org(text).links == ()
