"""Where links lead: to a note, a place in it, out of the corpus, or nowhere."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waygraph.model import Document, Link, Span, Target, Targets
from waygraph.read.links import Resolver, resolve_links
from waygraph.read.markdown import read_markdown
from waygraph.read.org import read_org
from waygraph.read.suggestions import Suggester


def read(texts: Mapping[str, str]) -> list[Document]:
    return [read_markdown(address, text.encode()) for address, text in texts.items()]


def shown(target: Target) -> str:
    """A target in one line: where it leads, or why it does not."""
    if target.status == "ambiguous":
        assert target.why == f"{len(target.choices)} notes fit equally well"
        return "ambiguous: " + ", ".join(target.choices)
    if target.status in ("external", "broken"):
        return f"{target.status}: {target.why}".removesuffix(": ")
    place = f"#{target.fragment}" if target.fragment else ""
    assert bool(place) == (target.status in ("heading", "block"))
    return target.address + place


def lead(
    origin: str, text: str, others: Mapping[str, str] | None = None, wikilinks: str = "auto"
) -> list[str]:
    """Where the links of a note lead, among notes with these texts."""
    documents = read({origin: text, **(others or {})})
    targets = resolve_links(documents, wikilinks)
    assert [t.address for t in targets] == [d.address for d in documents]
    assert len(targets[0].found) == len(documents[0].links)
    by_address = {d.address: d for d in documents}
    for target in targets[0].found:
        if target.address:
            document = by_address[target.address]
            assert (target.title, target.page) == (document.title, document.page)
    return [shown(target) for target in targets[0].found]


def linked(kind: str, target: str, label: str = "", address: str = "notes/origin.md") -> Document:
    """A note that holds one link, put together by hand."""
    document = read_markdown(address, label.encode())
    return replace(document, links=(Link(kind, Span(0, len(document.text)), target, 1),))


def lead_by_hand(document: Document, others: Mapping[str, str]) -> str:
    return shown(resolve_links([document, *read(others)])[0].found[0])


FILE = "external: a file that is no note"
NOTES = {
    "notes/b.md": "# Bee\n\n## Part one\n\ntext ^a-block\n\n## C++ & more!\n\n## Part one\n",
    "notes/sub/c d.md": "# C",
    "notes/trail .md": "",
    "notes/deep/index.md": "# Deep",
    "notes/12:30.md": "",
    "articles/e.md": "---\ntitle: The E\naliases: [Eh, E-number]\n---\n",
    "articles/100%.md": "",
    "articles/C#.md": "",
    "articles/what?.md": "",
    "articles/cafe\u0301.md": "",
    "a.md": "",
    "README.md": "# Start",
}


# --- paths ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[x](b.md)", "notes/b.md"),
        ("[x](./b.md)", "notes/b.md"),
        ("[x](b)", "notes/b.md"),
        ("[x](b.html)", "notes/b.md"),
        ("[x](b.md?raw=1)", "notes/b.md"),
        ('[x](b.md "a title")', "notes/b.md"),
        ("[x](<sub/c d.md>)", "notes/sub/c d.md"),
        ("[x](sub/c%20d.md)", "notes/sub/c d.md"),
        ("[x](sub/../sub/c%20d)", "notes/sub/c d.md"),
        ("[x](trail.md)", "notes/trail .md"),
        ("[x](trail%20.md)", "notes/trail .md"),
        ("[x](trail)", "notes/trail .md"),
        ("[x](deep/)", "notes/deep/index.md"),
        ("[x](deep)", "notes/deep/index.md"),
        ("[x](?a#nowhere)", "broken: notes/origin.md has no heading 'nowhere'"),
        ("[x](..)", "README.md"),
        ("[x](../articles/e.md)", "articles/e.md"),
        ("[x](../articles/100%25.md)", "articles/100%.md"),
        ("[x](../articles/C%23.md)", "articles/C#.md"),
        ("[x](../articles/what%3F.md)", "articles/what?.md"),
        ("[x](../articles/caf\u00e9.md)", "articles/cafe\u0301.md"),
        ("[x](12:30.md)", "notes/12:30.md"),
        ("[x](/notes/b.md)", "notes/b.md"),
        ("[x](/a)", "a.md"),
        ("[x](/)", "README.md"),
        ("[x][r]\n\n[r]: b.md", "notes/b.md"),
        ("[*x* **y**](b.md)", "notes/b.md"),
        ("[x](B.md)", "broken: no note is at 'notes/B.md'"),
        ("[x](articles/e.md)", "broken: no note is at 'notes/articles/e.md'"),
        ("[x](/articles/b.md)", "broken: no note is at 'articles/b.md'"),
        ("[x](../../notes/b.md)", "broken: leads out of the corpus"),
        ("[x](../../../etc/passwd)", "broken: leads out of the corpus"),
        ("[x](%2e%2e/%2e%2e/b.md)", "broken: leads out of the corpus"),
        ("[x](/../../etc/passwd)", "broken: leads out of the corpus"),
        ("[x]()", "broken: names nothing"),
        ("[x](?)", "broken: names nothing"),
        ("[x](sub)", "external: a folder without an index"),
        ("[x](paper.pdf)", FILE),
        ("[x](../src/main.rs)", FILE),
        ("[x](../LICENSE)", FILE),
        ("[x](new.md)", "broken: no note is at 'notes/new.md'"),
        ("[x](new.ipynb)", "broken: no note is at 'notes/new.ipynb'"),
        ("[x](new.html)", "broken: no note is at 'notes/new.html'"),
    ],
)  # fmt: skip
def test_links_by_path(link: str, expected: str) -> None:
    assert lead("notes/origin.md", link, NOTES) == [expected]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("https://e.org/notes/b.md", "external"),
        ("HTTPS://E.ORG", "external"),
        ("https://en.wikipedia.org/wiki/A*_search_(algorithm)#Use", "external"),
        ("//e.org/b.md", "external"),
        ("mailto:me@e.org", "external: an address of the kind mailto:"),
        ("tel:+123", "external: an address of the kind tel:"),
        ("obsidian://open?vault=v&file=b", "external: an address of the kind obsidian:"),
        ("doi:10.1000/182", "external: an address of the kind doi:"),
        ("file:b.md", "notes/b.md"),
        ("file:b.md::*Part one", "notes/b.md#Part one"),
        ("file:///home/me/b.md", "broken: leads to a file of one machine"),
        ("C:\\notes\\b.md", "broken: leads to a file of one machine"),
        ("http://[bad", "broken: is no address"),
        ("https://e.org:port/", "broken: is no address"),
        ("http://", "broken: is no address"),
        ("{{ site.baseurl }}/notes/b", "notes/b.md"),
        ("{{site.url}}{{site.baseurl}}/notes/b.html#part-one", "notes/b.md#Part one"),
        ('{{ "/notes/b.md" | relative_url }}', "notes/b.md"),
        ("{% link notes/b.md %}#part-one", "notes/b.md#Part one"),
        ('{{< ref "b.md#part-one" >}}', "notes/b.md#Part one"),
        ('{{% relref "b" %}}', "notes/b.md"),
        ("{{ page.next.url }}", "external: made by a template"),
        ("{% post_url 2020-01-01-none %}", "broken: no note is named '2020-01-01-none'"),
    ],
)
@pytest.mark.parametrize("kind", ["link", "image", "html"])
def test_addresses(kind: str, target: str, expected: str) -> None:
    assert lead_by_hand(linked(kind, target), NOTES) == expected


def test_bare_urls_and_links_in_code() -> None:
    text = "https://e.org/b.md <https://e.org> `[x](b.md)` `[[b]]`\n\n```\n[x](b.md) [[b]]\n```\n"
    assert lead("notes/origin.md", text, NOTES) == ["external", "external"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<a href="b.md#part-one">x</a>', ["notes/b.md#Part one"]),
        ("<div><a name=q href='../a.md'>y</a></div>", ["a.md"]),
        ("![alt](pic.png)", [FILE]),
        ("[![alt](pic.png)](b.md)", ["notes/b.md", FILE]),
        ("x[^1]\n\n[^1]: see [x](b.md), https://e.org/z_(y).", ["notes/b.md", "external"]),
        ("(https://e.org/a*b#c]", ["external"]),
        ("[x][r]\n\n[r]: <sub/c d.md>", ["notes/sub/c d.md"]),
        ("<me@e.org>", ["external: an address of the kind mailto:"]),
        ("[x]({{ site.baseurl }}/notes/b)", ["notes/b.md"]),
        ("<!-- [x](b.md) [[b]] -->", []),
    ],
)
def test_forms_of_links(text: str, expected: list[str]) -> None:
    assert lead("notes/origin.md", text, NOTES) == expected


def test_several_readers_of_one_path() -> None:
    """The suffix may be left off, and Markdown is what it most often is."""
    others = {"x.md": "", "x.markdown": "", "y.md": "", "y.mdx": ""}
    assert lead("o.md", "[a](x) [b](x.markdown) [c](y) [d](y.mdx)", others) == [
        "ambiguous: x.markdown, x.md", "x.markdown", "y.md", "y.mdx"
    ]  # fmt: skip


# --- wikilinks --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[[b]]", "notes/b.md"),
        ("[[B]]", "notes/b.md"),
        ("[[b.md]]", "notes/b.md"),
        ("[[ b ]]", "notes/b.md"),
        ("[[b|label]]", "notes/b.md"),
        ("[[b\\|label]]", "notes/b.md"),
        ("| a |\n|---|\n| [[b\\|label]] |", "notes/b.md"),
        ("[[Bee]]", "notes/b.md"),
        ("[[bee]]", "notes/b.md"),
        ("[[notes/b]]", "notes/b.md"),
        ("[[./b]]", "notes/b.md"),
        ("[[../a]]", "a.md"),
        ("[[/notes/b]]", "notes/b.md"),
        ("[[sub/c d]]", "notes/sub/c d.md"),
        ("[[articles/e.md]]", "articles/e.md"),
        ("[[the e]]", "articles/e.md"),
        ("[[The-E]]", "articles/e.md"),
        ("[[Eh]]", "articles/e.md"),
        ("[[E number]]", "articles/e.md"),
        ("[[c d]]", "notes/sub/c d.md"),
        ("[[c%20d]]", "notes/sub/c d.md"),
        ("[[c-d]]", "notes/sub/c d.md"),
        ("[[c\u00a0d]]", "notes/sub/c d.md"),
        ("[[caf\u00e9]]", "articles/cafe\u0301.md"),
        ("[[trail]]", "notes/trail .md"),
        ("[[C#]]", "articles/C#.md"),
        ("[[origin]]", "notes/origin.md"),
        ("[[dendron://vault/b]]", "notes/b.md"),
        ("[[https://e.org/x]]", "external"),
        ("[[mailto:me@e.org]]", "external: an address of the kind mailto:"),
        ("![[b]]", "notes/b.md"),
        ("![[b.png]]", FILE),
        ("[[paper.pdf|the paper]]", FILE),
        ("[[Node.js]]", "broken: no note is named 'Node.js'"),
        ("[[nothing]]", "broken: no note is named 'nothing'"),
        ("[[nothing#b]]", "broken: no note is named 'nothing'"),
        ("[[old/b]]", "broken: no note is named 'old/b'"),
        ("[[../b]]", "broken: no note is at 'b'"),
        ("[[../../b]]", "broken: leads out of the corpus"),
    ],
)
def test_wikilinks(link: str, expected: str) -> None:
    assert lead("notes/origin.md", link, NOTES) == [expected]


@pytest.mark.parametrize(
    ("origin", "others", "expected"),
    [
        ("x/o.md", ["a/n.md", "x/n.md", "n.md"], "x/n.md"),
        ("o.md", ["a/n.md", "n.md"], "n.md"),
        ("x/o.md", ["x/y/n.md", "n.md"], "n.md"),
        ("x/o.md", ["x/y/n.md", "z/n.md"], "x/y/n.md"),
        ("x/y/o.md", ["x/z/n.md", "w/n.md"], "x/z/n.md"),
        ("x/o.md", ["aa/n.md", "c/N.md"], "aa/n.md"),
        ("x/o.md", ["a/N.md", "c/N.md"], "ambiguous: a/N.md, c/N.md"),
        ("x/o.md", ["long/n.md", "b/n.md", "a/n.md"], "ambiguous: a/n.md, b/n.md, long/n.md"),
        ("x/o.md", ["x/y/n.md", "x/z/n.md"], "ambiguous: x/y/n.md, x/z/n.md"),
        ("x/o.md", ["x/n.markdown", "x/n.md"], "ambiguous: x/n.markdown, x/n.md"),
        ("x/o.md", ["x/n.mdx", "x/n.md"], "x/n.md"),
    ],
)
def test_among_equal_names(origin: str, others: list[str], expected: str) -> None:
    """The same case, the same folder, the path from the root, the nearest; else none is chosen."""
    texts = dict.fromkeys(others, "")
    assert lead(origin, "[[n]]", texts) == [expected]
    assert lead(origin, "[[n]]", dict(reversed(texts.items()))) == [expected]


def test_a_file_name_is_better_than_a_title_and_that_than_the_same_letters() -> None:
    others = {"heap.md": "# Store", "store.md": "# Heap", "x-y.md": "", "z.md": "# XY"}
    assert lead("o.md", "[[heap]] [[store]] [[xy]] [[x y]]", others) == [
        "heap.md", "store.md", "z.md", "ambiguous: x-y.md, z.md"
    ]  # fmt: skip


def test_names_of_signs_alone_are_not_all_the_same() -> None:
    others = {"🎉.md": "", "b.md": "# ???"}
    assert lead("a.md", "[[🔥]] [[!!!]] [[🎉]] [[???]]", others) == [
        "broken: no note is named '🔥'", "broken: no note is named '!!!'", "🎉.md", "b.md"
    ]  # fmt: skip


def test_a_sign_in_a_name_counts() -> None:
    others = {"a-star.md": "# A*", "a.md": "# A", "c-plus-plus.md": "# C++", "c.md": ""}
    found = lead("o.md", "[[A*]] [[A]] [[C++]] [[C]] [[a star]]", others)
    assert found == ["a-star.md", "a.md", "c-plus-plus.md", "c.md", "a-star.md"]


def test_namespaces_of_logseq_and_dendron() -> None:
    others = {"pages/a___b.md": "", "pages/x%2Fy.md": "", "pages/q%3A r.md": "", "p.q.md": ""}
    assert lead("journals/o.md", "[[a/b]] [[a___b]] [[x/y]] [[q: r]] [[p.q]] [[b]]", others) == [
        "pages/a___b.md", "pages/a___b.md", "pages/x%2Fy.md", "pages/q%3A r.md", "p.q.md",
        "broken: no note is named 'b'",
    ]  # fmt: skip


# --- dialects ---------------------------------------------------------------------------

VAULT = {"heap.md": "# Heap", "tree.md": "# Tree", "graph.md": "# Graph"}


def test_the_label_may_stand_before_the_bar() -> None:
    text = "[[a pile|heap]] [[a wood|tree]] [[a net|graph#graph]] [[graph]] [[none|nothing]]"
    found = [
        "heap.md",
        "tree.md",
        "graph.md#Graph",
        "graph.md",
        "broken: no note is named 'nothing'",
    ]
    assert lead("o.md", text, VAULT) == found
    assert lead("o.md", text, VAULT, "label-first") == found
    forced = lead("o.md", text, VAULT, "target-first")
    assert forced[0] == "broken: no note is named 'a pile'"
    assert forced[3] == "graph.md"


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("[[a pile|heap]] [[a wood|tree]] [[a net|graph]]", "label-first"),
        ("[[a pile|heap]] [[a wood|tree]] [[a net|graph]] [[Heap|heap]]" * 9, "label-first"),
        # two may be slips, and pages that are not there yet or no more
        ("[[a pile|heap]] [[a wood|tree]]", "target-first"),
        # said often is not said by many
        ("[[a pile|heap]] [[a wood|tree]] " * 9, "target-first"),
        # pages on both sides say nothing, and on neither side nothing for label-first
        ("[[heap|tree]] [[tree|heap]] [[graph|tree]]", "target-first"),
        ("[[a|heap]] [[b|tree]] [[c|graph]] [[d|e]] [[f|g]]", "label-first"),
        ("[[a|heap]] [[b|tree]] [[c|graph]] [[d|e]] [[f|g]] [[h|i]]", "target-first"),
        ("[[a|heap]] [[b|tree]] [[c|graph]] [[heap|d]] [[tree|e]] [[tree|f]]", "target-first"),
    ],
)
def test_the_dialect_is_that_of_most_links(text: str, dialect: str) -> None:
    assert Resolver(read({**VAULT, "p.md": text})).wikilinks == dialect


def test_a_page_that_was_renamed_leaves_a_broken_link() -> None:
    """Its label may name another page, which the link does not mean."""
    assert lead("o.md", "[[old heap|tree]] [[old heap|graph]]", VAULT) == [
        "broken: no note is named 'old heap'",
        "broken: no note is named 'old heap'",
    ]


def test_a_bar_within_the_target_is_understood_as_well() -> None:
    assert lead_by_hand(linked("wikilink", "b|label", "label"), NOTES) == "notes/b.md"
    assert lead_by_hand(linked("wikilink", "b\\|label", "label"), NOTES) == "notes/b.md"


# --- places in notes --------------------------------------------------------------------


PLACES = {
    "p.md": """# Top

## Part one

A line. ^one

- item ^Two-2

## Part two

### Sub: a *b* `c`

## 3. Part one

## Part one

## Named {#given}

<a id="anchor"></a> <div name=other>x</div>

See[^note].

[^note]: Here. ^in-note

```
## Not a heading
code ^not-a-block
```
""",
}
NO = "broken: p.md has no {} '{}'"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[[p#Part one]]", "p.md#Part one"),
        ("[[p#part  ONE]]", "p.md#Part one"),
        ("[[p#Part one|label]]", "p.md#Part one"),
        ("[[p#Part two#Sub a b c]]", "p.md#Sub: a b c"),
        ("[[p#Top#Sub a b c]]", "p.md#Sub: a b c"),
        ("[[p#Part one#Sub a b c]]", NO.format("heading", "Part one#Sub a b c")),
        ("[[p#Part one:#Part two]]", "p.md#Part one"),
        ("[[p#^one]]", "p.md#^one"),
        ("[[p^one]]", "p.md#^one"),
        ("[[p#^ONE]]", "p.md#^one"),
        ("[[p#Part one#^two-2]]", "p.md#^Two-2"),
        ("![[p#^in-note]]", "p.md#^in-note"),
        ("[[p#^note]]", "p.md#^note"),
        ("[[p#^not-a-block]]", NO.format("block", "^not-a-block")),
        ("[[p#^none]]", NO.format("block", "^none")),
        ("[[p#Not a heading]]", NO.format("heading", "Not a heading")),
        ("[[p#]]", "p.md"),
        ("[x](p.md#part-one)", "p.md#Part one"),
        ("[x](p.md#part-one-1)", "p.md#Part one"),
        ("[x](p.md#part-one-2)", "p.md#Part one"),
        ("[x](p.md#part-one-3)", NO.format("heading", "part-one-3")),
        ("[x](p.md#sub-a-b-c)", "p.md#Sub: a b c"),
        ("[x](p.md#Part%20two)", "p.md#Part two"),
        ("[x](p.md#3-part-one)", "p.md#3. Part one"),
        ("[x](p.md#given)", "p.md#Named"),
        ("[x](p.md#anchor)", "p.md#anchor"),
        ("[x](p.md#other)", "p.md#other"),
        ("[x](p.md#^one)", "p.md#^one"),
        ("[x](p.md#fn:note)", "p.md#^note"),
        ("[x](p.md#L12-L14)", "p.md"),
        ("[x](p.md#top)", "p.md#Top"),
        ("[x](p#nowhere)", NO.format("heading", "nowhere")),
    ],
)  # fmt: skip
def test_places(link: str, expected: str) -> None:
    assert lead("o.md", link, PLACES) == [expected]


def test_places_in_the_note_itself() -> None:
    text = (
        "# Mine\n\nx ^here\n\n[[#Mine]] [[#^here]] [[^here]] [x](#mine) [x](#) [[#none]] [x](#no)"
    )
    assert lead("o.md", text) == [
        "o.md#Mine", "o.md#^here", "o.md#^here", "o.md#Mine", "o.md",
        "broken: o.md has no heading 'none'", "broken: o.md has no heading 'no'",
    ]  # fmt: skip


def test_a_missing_place_keeps_the_note() -> None:
    _, targets = (t.found for t in resolve_links(read({**PLACES, "q.md": "[[p#none]]"})))
    (target,) = targets
    why = "p.md has no heading 'none'"
    assert target == Target("p.md", "Top", True, "", "broken", why)


def test_footnotes() -> None:
    note = linked("footnote", "^n", "[^n]: x\n\n[^N]: y")
    for target in ("^n", "[^n]", "n"):
        assert lead_by_hand(replace(note, links=(replace(note.links[0], target=target),)), {}) == (
            "notes/origin.md#^n"
        )
    assert lead_by_hand(linked("footnote", "^m"), {}) == "broken: notes/origin.md has no block '^m'"


PULLEYS = {
    "20240203-pulley.org": """\
:PROPERTIES:
:ID:       0A1B-2C
:ROAM_ALIASES: sheave "rope wheel"
:ROAM_REFS: https://e.org/pulleys @hall1998
:END:
#+title: Pulley

A pulley is a wheel.

* TODO Block and tackle [1/2] :tools:
:PROPERTIES:
:ID:       3d4e
:CUSTOM_ID: tackle
:ROAM_ALIASES: tackle "compound pulley"
:ROAM_REFS: @ives2001
:END:
See <<the knot>>.
""",
    "crane.org": ":PROPERTIES:\n:ID: twice\n:END:\n#+title: Crane\n* Block and tackle\n",
    "hoist.org": ":PROPERTIES:\n:ID: twice\n:END:\n#+title: Hoist\n",
}
_PULLEY = "20240203-pulley.org"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[[id:0A1B-2C]]", _PULLEY),
        ("[[id:0a1b-2c][upper]]", _PULLEY),
        ("[[id:3D4E]]", f"{_PULLEY}#Block and tackle"),
        ("[[id:0a1b-2c::*Block and tackle]]", f"{_PULLEY}#Block and tackle"),
        ("[[id:0a1b-2c::#tackle]]", f"{_PULLEY}#Block and tackle"),
        ("[[id:0a1b-2c::*None]]", f"broken: {_PULLEY} has no heading 'None'"),
        ("[[id:twice]]", "ambiguous: crane.org, hoist.org"),
        ("[[id:gone][x]]", "broken: nothing has the id 'gone'"),
        ("[[file:crane.org]]", "crane.org"),
        ("[[file:crane.org::*Block and tackle]]", "crane.org#Block and tackle"),
        ("[[file:crane.org::12]]", "crane.org"),
        ("[[file:crane.org::some words]]", "crane.org"),
        ("[[./crane.org::*Block and tackle][x]]", "crane.org#Block and tackle"),
        (f"[[file:{_PULLEY}::#tackle]]", f"{_PULLEY}#Block and tackle"),
        (f"[[file:{_PULLEY}::the knot]]", f"{_PULLEY}#the knot"),
        ("[[roam:Pulley]]", _PULLEY),
        ("[[Pulley]]", _PULLEY),
        ("[[roam:rope wheel]]", _PULLEY),
        ("[[roam:compound pulley]]", f"{_PULLEY}#Block and tackle"),
        ("[[Tackle]]", f"{_PULLEY}#Block and tackle"),
        ("[[Block and tackle]]", f"{_PULLEY}#Block and tackle"),
        ("[[cite:@hall1998]]", _PULLEY),
        ("[cite:@hall1998]", _PULLEY),
        ("cite:ives2001", f"{_PULLEY}#Block and tackle"),
        ("[cite/t:@nobody]", "external: a citation"),
        ("[[attachment:load.txt][x]]", "external: a file attached to the note"),
        ("#+transclude: [[id:3d4e]]", f"{_PULLEY}#Block and tackle"),
        ('#+include: "crane.org::*Block and tackle"', "crane.org#Block and tackle"),
        ('#+include: "winch.py" src python', FILE),
        ("<<my place>> [[My place]]", "rig.org#my place"),
        ("#+name: a-table\n[[a-table]]", "rig.org#a-table"),
        ("* Own\n:PROPERTIES:\n:CUSTOM_ID: mine\n:END:\n[[#mine]]", "rig.org#Own"),
        ("* Own\n[[*Own]]", "rig.org#Own"),
    ],
)
def test_links_of_org(link: str, expected: str) -> None:
    notes = [read_org(a, text.encode()) for a, text in {"rig.org": link, **PULLEYS}.items()]
    (target,) = resolve_links(notes)[0].found
    assert shown(target) == expected


def test_a_place_in_the_note_itself_does_not_name_the_note() -> None:
    note = read_org(
        "rig.org", b"#+title: Rig\n\n<<my place>> [[my place]] [[cite:@x]] [[*Spar]]\n* Spar\n"
    )
    names = [target.names for target in resolve_links([note])[0].found]
    assert names == [(), (), ("Spar",)]


# --- Logseq, Dendron and Obsidian --------------------------------------------------------

BLOCK = "61aa22bb-0000-4ccc-8ddd-eeeeffff0001"
GRAPH = {
    "pages/ridge beam.md": f"- A ridge beam is a beam.\n  id:: {BLOCK}\n",
    "journals/2023_11_06.md": "- x",
    "journals/Tue 7 Nov 2023.md": "- y",
    "weekly/2023-W45.md": "# Week",
}


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[the *top*]([[ridge beam]])", "pages/ridge beam.md"),
        ("[x]([[ridge]])", "broken: no note is named 'ridge'"),
        (f"[x]((({BLOCK})))", f"pages/ridge beam.md#{BLOCK}"),
        (f"- (({BLOCK}))", f"pages/ridge beam.md#{BLOCK}"),
        (f"(({BLOCK.upper()}))", f"pages/ridge beam.md#{BLOCK}"),
        (f"(({'0' + BLOCK[1:]}))", f"broken: no block has the id {'0' + BLOCK[1:]}"),
        ("{{embed [[ridge beam]]}}", "pages/ridge beam.md"),
        (f"- {{{{embed (({BLOCK}))}}}}", f"pages/ridge beam.md#{BLOCK}"),
        ("[[Nov 6th, 2023]]", "journals/2023_11_06.md"),
        ("[[6 novembre 2023]]", "journals/2023_11_06.md"),
        ("[[2023-11-07]]", "journals/Tue 7 Nov 2023.md"),
        ("[[Week 45, 2023]]", "journals/2023_11_06.md"),
        ("[[2023-W45]]", "weekly/2023-W45.md"),
        ("[[Nov 8th, 2023]]", "broken: no note is named 'Nov 8th, 2023'"),
    ],
)
def test_links_of_logseq(link: str, expected: str) -> None:
    assert lead("pages/roof.md", link, GRAPH) == [expected]


def test_of_several_notes_of_a_day_the_one_in_digits_is_meant() -> None:
    others = {"journals/Mon 6 Nov 2023.md": "", **GRAPH}
    assert lead("pages/roof.md", "[[Nov 6th, 2023]]", others) == ["journals/2023_11_06.md"]


def test_days_and_patterns_name_nothing() -> None:
    text = (
        "[[Nov 6th, 2023]] [[Nov 8th, 2023]] [[mardi 7 novembre 2023]]"
        f" (({BLOCK})) [[roof.*]] [a]([[eaves]])"
    )
    found = resolve_links(read({"pages/roof.md": text, **GRAPH}))[0].found
    assert [t.names for t in found] == [(), (), (), ("ridge beam",), (), ("eaves",)]


LOOM = {
    "weave.loom.md": """---
id: q1w2
title: Loom
---

## warp

## Weft <!-- cross -->

## Shed [^1]

## Heddle ^eye

[^1]: A gap.
""",
    "weave.yarn.md": "---\nid: r3t4\ntitle: Yarn\n---\n\n## twist\n",
    "tags.fibre.wool.md": "---\nid: a\ntitle: Wool\n---\n",
    "user.ann.lee.md": "---\nid: b\ntitle: Ann\n---\n",
}


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("![[weave.loom#warp,1]]", "weave.loom.md#warp"),
        ("![[weave.loom#warp,1:#*]]", "weave.loom.md#warp"),
        ("![[weave.loom#warp:#weft,2]]", "weave.loom.md#warp"),
        ("![[weave.loom#shed-1,1:#*]]", "weave.loom.md#Shed"),
        ("![[weave.loom#weft]]", "weave.loom.md#Weft"),
        ("![[weave.loom#^begin:#^end]]", "weave.loom.md"),
        ("![[weave.loom#^eye:#^end]]", "weave.loom.md#^eye"),
        ("![[weave.loom#gone,1:#*]]", "broken: weave.loom.md has no heading 'gone,1:#*'"),
        ("![[weave.*#twist]]", "weave.yarn.md#twist"),
        ("![[weave.*]]", "weave.loom.md"),
        ("![[none.*]]", "broken: no note is named 'none.*'"),
        ("((ref: [[weave.loom]]#warp,1:#*))", "weave.loom.md#warp"),
        ("((ref:[[weave.yarn]]))", "weave.yarn.md"),
        ("#fibre.wool", "tags.fibre.wool.md"),
        ("by @ann.lee.", "user.ann.lee.md"),
        ("#silk", "external: a plain name, of no note"),
    ],
)
def test_links_of_dendron(link: str, expected: str) -> None:
    assert lead("weave.cloth.md", f"---\nid: z\ntitle: Cloth\n---\n\n{link}\n", LOOM) == [expected]


def test_tags_in_front_matter_and_tags_of_other_notes() -> None:
    mine = "---\nid: z\ntitle: Cloth\ntags: [fibre.wool, silk]\n---\n"
    assert lead("c.md", mine, LOOM) == ["tags.fibre.wool.md", "external: a plain name, of no note"]
    assert lead("c.md", "---\ntitle: Cloth\n---\n#fibre.wool @ann.lee a@ann.lee", LOOM) == []


PRESS = {
    "press.md": """# Press

## **Screw** presses

### Loads of `steel`

## The #1 rule: clean [it](x.md)

## A | B

## Rates $v^2$ %%later%%

## See [[Anvil|anvils]]
""",
    "Anvil.md": "",
    "x.md": "",
}


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[[press#**Screw** presses]]", "press.md#Screw presses"),
        ("[[press#screw presses]]", "press.md#Screw presses"),
        ("[[press#Screw presses#Loads of `steel`]]", "press.md#Loads of steel"),
        ("[[press#**Screw** presses#loads of steel]]", "press.md#Loads of steel"),
        ("[[press#The 1 rule clean [it](x.md)]]", "press.md#The #1 rule: clean it"),
        ("[[press#The 1 rule clean [it](x.md)|the rule]]", "press.md#The #1 rule: clean it"),
        ("[[press#A B]]", "press.md#A | B"),
        ("[[press#Rates $v 2$ later]]", "press.md#Rates v^2"),
        ("[[press#See Anvil anvils]]", "press.md#See anvils"),
        ("[[press#Screw press]]", "broken: press.md has no heading 'Screw press'"),
    ],
)
def test_headings_are_compared_without_signs(link: str, expected: str) -> None:
    assert lead("o.md", link, PRESS) == [expected]


# --- pages of the web -------------------------------------------------------------------


def test_an_address_of_a_fetched_page_leads_to_it() -> None:
    page = replace(read_markdown("x.md", b"# Title"), address="https://e.org/a%20page/")
    note = read_markdown("o.md", b"<http://www.E.org/a%20page#x> [[Title]] https://e.org/other")
    found = resolve_links([note, page])[0].found
    assert [shown(t) for t in found] == [page.address, page.address, "external"]


def test_links_of_a_fetched_page_are_those_of_its_site() -> None:
    text = b"[a](b.md) [b](/notes/b.md) [[b]] [c](#x) [d](two) [e](mailto:a@b) [f](http://[x)"
    page = replace(read_markdown("x.md", text), address="https://e.org/sub/one")
    two = replace(read_markdown("x.md", b""), address="https://e.org/sub/two")
    found = resolve_links([page, two, *read(NOTES)])[0].found
    assert [t.address for t in found] == ["", "", "", page.address, two.address, "", ""]
    assert {t.status for t in found} == {"external", "document"}


def test_a_page_is_known_by_the_address_that_led_to_it() -> None:
    page = replace(read_markdown("x.md", b"# Title"), address="https://e.org/new/")
    text = b"https://e.org/old https://e.org/new?utm_source=x https://e.org/old#part https://e.org/gone"
    note = read_markdown("o.md", text)
    pages = {"https://e.org/old": page.address, "https://e.org/gone": "https://e.org/dropped"}
    resolver = Resolver([note, page], pages=pages)
    assert [t.address for t in resolver.targets(note).found] == [page.address] * 3 + [""]


# --- suggestions ------------------------------------------------------------------------


def suggestions(documents: list[Document]) -> list[list[str]]:
    """What is suggested for each link of the first document."""
    resolver = Resolver(documents)
    suggester = Suggester(resolver)
    document = documents[0]
    found = zip(document.links, resolver.targets(document).found, strict=True)
    return [suggester.suggest(document, link, target) for link, target in found]


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[[heap-sorts]]", ["algorithms/heap-sort.md"]),
        ("[x](heapsort.md)", ["algorithms/heap-sort.md"]),
        ("[[old/binary heap]]", ["heaps/binary-heap.md", "binary-heap.md"]),
        ("[A* search](old-name.md)", ["astar.md"]),
        ("[x](Day-3.html)", ["23-01-11-Day003.md"]),
        ("[x](Day-13.html)", []),
        ("[[Graph Algorithms]]", ["graphs.md"]),
        ("[[zzz]]", []),
        ("[[/binary-heap#how it work]]", ["binary-heap.md#How it works"]),
        ("[x](../binary-heap.md#^proofs)", ["binary-heap.md#^proof"]),
        ("[[twin]]", ["x/twin.md", "y/twin.md"]),
        ("[[heap sort]]", []),
    ],
)
def test_the_nearest_targets_are_suggested(link: str, expected: list[str]) -> None:
    others = {
        "algorithms/heap-sort.md": "# Heap sort",
        "binary-heap.md": "# Binary heap\n\n## How it works\n\nSo. ^proof",
        "heaps/binary-heap.md": "# Binary heap",
        "astar.md": "# A* search",
        "graphs.md": "---\ntitle: Graphs\naliases: [algorithms of graphs]\n---",
        "23-01-11-Day003.md": "# Day 3 of 100",
        "x/twin.md": "",
        "y/twin.md": "",
    }
    texts = {"heaps/o.md": link, **others}
    (found,) = suggestions(read(texts))
    assert found == expected
    (again,) = suggestions(read({"heaps/o.md": link, **dict(reversed(others.items()))}))
    assert again == expected


# --- properties -------------------------------------------------------------------------

part = st.text(st.sampled_from("abcAB 1-_.é"), min_size=1, max_size=4).filter(
    lambda s: s.strip(" .") == s and ".." not in s
)
addresses = st.lists(
    st.builds(lambda parts: "/".join(parts) + ".md", st.lists(part, min_size=1, max_size=3)),
    min_size=1, max_size=6, unique=True,
)  # fmt: skip


@st.composite
def corpora(draw: st.DrawFn) -> list[Document]:
    """A few notes that link one another by names and paths, right and wrong."""
    names = draw(addresses)
    texts: dict[str, str] = {}
    for name in names:
        title, alias = draw(part), draw(part)
        wanted = draw(st.lists(st.one_of(part, st.sampled_from(names)), max_size=4))
        links = " ".join(
            f"[[{w}]] [x](<{w}>) [[{w}|{title}]] [y](<../{w}#a>) https://e.org/2020/01/01/{alias}"
            for w in wanted
        )
        texts[name] = f'---\ntitle: "{title}"\naliases: ["{alias}"]\n---\n## a\n{links}\n'
    return read(texts)


@settings(max_examples=60)
@given(corpora(), st.randoms(use_true_random=False))
def test_the_order_of_the_documents_does_not_matter(
    documents: list[Document], chance: random.Random
) -> None:
    expected = {t.address: t for t in resolve_links(documents)}
    known = suggestions(documents)
    mixed = list(documents)
    chance.shuffle(mixed)
    assert {t.address: t for t in resolve_links(mixed)} == expected
    mixed.remove(documents[0])
    assert suggestions([documents[0], *mixed]) == known


@settings(max_examples=60)
@given(corpora())
def test_every_document_is_found_by_each_of_its_names(documents: list[Document]) -> None:
    """Or another one that has the name as well, or the name is ambiguous."""
    origin = read_markdown("zz origin.md", b"")
    resolver = Resolver([*documents, origin], "target-first")
    for document in documents:
        stem = document.address.removesuffix(".md")
        names = {document.address, stem, stem.rpartition("/")[2], document.title, *document.aliases}
        for name in names:
            target = resolver.target(origin, Link("wikilink", Span(0, 0), name, 1))
            assert target.status in ("document", "ambiguous"), (name, target)
            if name in (document.address, stem):
                assert document.address in (target.address, *target.choices)
        for path in (document.address, stem):
            target = resolver.target(origin, Link("link", Span(0, 0), path, 1))
            assert document.address in (target.address, *target.choices)


targets = st.text(st.sampled_from("ab./#^|%2[]{}<>?:\\ *!&é-_~@"), max_size=12)


@settings(max_examples=200)
@given(st.sampled_from(["link", "wikilink", "embed", "url", "image", "footnote"]), targets)
def test_no_link_is_too_odd(kind: str, target: str) -> None:
    document = linked(kind, target, "label", "notes/a.md")
    found = resolve_links([document, read_markdown("b.md", b"# a")])[0].found[0]
    assert found.status in ("document", "heading", "block", "external", "ambiguous", "broken")
    assert bool(found.why) or found.status not in ("broken", "ambiguous")
    assert found.address in ("", "notes/a.md", "b.md")
    suggestions([document, read_markdown("b.md", b"# a")])


# --- real corpora -----------------------------------------------------------------------


def vault(folder: Path) -> list[Document]:
    files = sorted(folder.rglob("*.md"))
    return [read_markdown(f.relative_to(folder).as_posix(), f.read_bytes()) for f in files]


def counted(documents: list[Document], found: list[Targets]) -> Counter[tuple[str, str]]:
    return Counter(
        ("wiki" if link.kind in ("wikilink", "embed") else "link", target.status)
        for document, targets in zip(documents, found, strict=True)
        for link, target in zip(document.links, targets.found, strict=True)
    )


def missing(documents: list[Document], found: list[Targets]) -> set[str]:
    return {
        link.target
        for document, targets in zip(documents, found, strict=True)
        for link, target in zip(document.links, targets.found, strict=True)
        if target.status == "broken" and link.kind in ("wikilink", "embed")
    }


def test_metacademy(shared: Path) -> None:
    documents = vault(shared / "metacademy" / "vault")
    found = resolve_links(documents)
    counts = counted(documents, found)
    print(f"\nmetacademy: {sum(counts.values())} links, {dict(counts)}")
    stems = {document.address.removesuffix(".md") for document in documents}
    assert not missing(documents, found) & stems
    assert counts["wiki", "broken"] + counts["wiki", "ambiguous"] == 0
    assert counts["wiki", "document"] == 560


@pytest.mark.slow
def test_foldoc(shared: Path) -> None:
    documents = vault(shared / "foldoc" / "vault")
    start = time.perf_counter()
    found = resolve_links(documents)
    seconds = time.perf_counter() - start
    counts = counted(documents, found)
    print(f"\nfoldoc: {sum(counts.values()):,} links in {seconds:.1f} s, {dict(counts)}")
    print(f"missing: {sorted(missing(documents, found))}")
    assert counts["wiki", "ambiguous"] == 0
    assert counts["wiki", "broken"] == len(missing(documents, found)) == 1
    assert counts["wiki", "document"] > 43_000
    assert seconds < 10
