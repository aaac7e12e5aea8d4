"""Front matter: every dialect, broken or whole, gives what can be had of it."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.read.checks import check, read, said, words_of
from waygraph.read.front_matter import read_front_matter
from waygraph.read.markdown import read_markdown
from waygraph.read.org import read_org


def test_fields_stand_where_they_are_written() -> None:
    text = dedent("""\
        ---
        tags: [graphs, graph, '#a/b']
        title: "Why graphs: a graph?"
        alias: graph
        ---
        text
        """)
    document = read(text)
    check(document)
    places = {
        (b.kind, said(document, b.span)): document.offsets.source_start(b.span.start)
        for b in document.blocks
    }
    assert places == {
        ("title", "Why graphs: a graph?"): text.index("Why"),
        ("tag", "graphs"): text.index("graphs"),
        ("tag", "graph"): text.index("graph,"),
        ("tag", "a/b"): text.index("a/b"),
        ("alias", "graph"): text.index("graph\n---"),
        ("paragraph", "text"): text.index("text\n"),
    }
    assert document.tags == ("graphs", "graph", "a/b")
    assert document.aliases == ("graph",)


DIALECTS = {
    "Jekyll": '---\nlayout: post\ntitle:  "A* search"\ndate: 2024-01-02 4:30:00\n'
    "tags: [a, b c]\n---\n",
    "Hugo": '+++\ntitle = "A* search"\ndate = 2024-01-02T04:30:00Z\ntags = ["a", "b c"]\n+++\n',
    "Zola": '+++\ntitle = "A* search"\ndate = 2024-01-02\n[taxonomies]\ntags = ["a", "b c"]\n+++\n',
    "Obsidian": "---\ntitle: A* search\ncreated: 2024-01-02\ntags:\n  - a\n  - b c\n---\n",
    "Dendron": "---\nid: x1\ntitle: A* search\ndesc: ''\nupdated: 1704240000000\n"
    "created: 1704153600000\ntags: a, b c\n---\n",
    "Logseq": "title:: A* search\ndate:: [[2024-01-02]]\ntags:: [[a]], #[[b c]]\n\n",
    "Logseq in a bullet": "- title:: A* search\n  date:: 2024-01-02\n  tags:: a, b c\n\n",
    "after blank lines": "\n\n---\ntitle: A* search\ndate: 2024-01-02\ntags: '#a, #b c'\n...\n",
    "not closed": "---\ntitle: A* search\ndate: 2024-01-02\ntags: [a, b c]\n\n",
}


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["", "BOM"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("matter", DIALECTS.values(), ids=DIALECTS)
def test_dialects(matter: str, newline: str, mark: str) -> None:
    document = read(mark + (matter + "# Heading\n\ntext\n").replace("\n", newline))
    check(document)
    assert (document.title, document.date) == ("A* search", "2024-01-02")
    assert document.tags == ("a", "b c")
    assert words_of(document, "title", "tag") == ["A* search", "a", "b c"]
    assert words_of(document, "heading", "paragraph", "item") == ["Heading", "text"]
    hint = next(h for h in document.hints if h.verdict == "used")
    line = document.source.splitlines()[hint.line - 1]
    assert "date" in line or "created" in line
    assert all("not closed" in warning for warning in document.warnings)


def test_front_matter_that_is_not_closed_is_named() -> None:
    document = read("\n---\ntitle: x\ntags: [a]\n\nSome text: here\n")
    assert document.warnings == ("line 2: front matter is not closed by a line of dashes",)
    assert words_of(document) == ["x", "a", "Some text: here"]


def test_links_in_the_front_matter_are_none() -> None:
    document = read("---\ntitle: https://a.b/c\nurl: https://d.e\n---\n")
    assert document.title == "https://a.b/c"
    assert not document.links


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_broken_front_matter_is_named_and_read_line_by_line(newline: str) -> None:
    text = dedent("""\

        ---
        title: Graphs: an introduction
        author: @name
        date: 2024-01-02
        tags: [x, y]
        aliases:
          - one
          - "two: 2"
        day: "12
        ---

        # Heading
        """)
    document = read(text.replace("\n", newline))
    (warning,) = document.warnings
    assert re.fullmatch(
        r"line 3: front matter is not YAML \(.+\); it was read line by line", warning
    )
    assert (document.title, document.tags) == ("Graphs: an introduction", ("x", "y"))
    assert document.aliases == ("one", "two: 2")
    assert (document.date, document.day) == ("2024-01-02", 12)
    assert words_of(document, "heading") == ["Heading"]


@pytest.mark.parametrize(
    "matter", ["a: b: c", "a: @name", "a: {{date}}", "a: [", "a:\n\t- b", "a: &x [*x", "a: \x07"]
)
def test_matter_that_is_not_yaml(matter: str) -> None:
    document = read(f"---\n{matter}\n---\ntext\n")
    (warning,) = document.warnings
    assert re.match(r"line [1-4]: front matter is not YAML \(.+\)", warning)
    assert words_of(document) == ["text"]


def test_broken_toml_is_named_and_read_line_by_line() -> None:
    document = read('+++\ntitle = "A"\ndate = 2023-04-31\ntags = ["x", "y"]\n+++\ntext\n')
    first, second = document.warnings
    assert re.fullmatch(r"line 3: front matter is not TOML \(.+\); it was read line by line", first)
    assert second == "line 3: the date 2023-04-31 does not exist"
    assert (document.title, document.tags, document.date) == ("A", ("x", "y"), "")
    assert words_of(document) == ["A", "x", "y", "text"]


@pytest.mark.parametrize("value", ["{{title}}", "'{{ title }}'", '"<% tp.file.title %>"'])
def test_a_template_that_was_not_filled_in_says_nothing(value: str) -> None:
    document = read(f"---\ntitle: {value}\ndate: {value}\ntags: [{value}, real]\n---\n", "page.md")
    assert (document.title, document.date) == ("page", "")
    assert "real" in document.tags[-1:]
    assert not document.hints


@pytest.mark.parametrize(
    "matter", ["a: !!bool maybe", "a: !!int ''", "a: !!timestamp x", "a: !!python/name:os.system x"]
)
def test_tags_of_yaml_are_not_obeyed(matter: str) -> None:
    document = read(f"---\n{matter}\ntitle: yes\n---\n")
    assert (document.title, document.warnings) == ("yes", ())


@pytest.mark.parametrize("prose", ["Some words.", "- one\n- two", "'quoted'", "@x, [y"])
def test_prose_between_rules_is_no_front_matter(prose: str) -> None:
    document = read(f"---\n\n{prose}\n\n---\n\nmore\n")
    assert " ".join(words_of(document)) == prose.replace("\n- ", " ").lstrip("- ") + " more"
    assert not document.warnings


@pytest.mark.parametrize(
    "text", ["---\n\nNot: a field\n\ntext\n", "std::vector is a class\n", "a::b\n", "+++\ntext\n"]
)
def test_text_that_looks_like_front_matter(text: str) -> None:
    document = read(text)
    assert " ".join(words_of(document)).split() == text.replace("---", "").split()
    assert not document.warnings


@pytest.mark.parametrize("end", ["---", "...", "---  ", "...\n"])
def test_front_matter_only(end: str) -> None:
    document = read(f"---\ntitle: x\n{end}")
    assert words_of(document) == ["x"]
    assert [block.kind for block in document.blocks] == ["title"]


@pytest.mark.parametrize(
    "matter",
    ["---\n" + "a: &a [" * 3_000 + "\n---\n", "---\n" + "x" * 30_000, "---\n" + " " * 30_000,
     "---\ntitle" + " " * 30_000 + "\n---\n", "+++\na = " + "[" * 5_000 + "\n+++\n",
     "a:: " + "[[" * 10_000 + "\n", "a:: b\n" * 5_000, "---\n" + "a: b: c\n" * 3_000 + "---\n",
     "---\ntags: &x [a]\n" + "".join(f"k{n}: [*x, *x]\n" for n in range(500)) + "---\n"],
    ids=lambda text: text[:12].strip(),
)  # fmt: skip
def test_hostile_front_matter_is_read(matter: str) -> None:
    check(read(matter + "text\n"))


MATTER = ["---\n", "+++\n", "...\n", "a: b\n", "title: x: y\n", "tags: [a, b]\n", "- c\n", "  d\n",
          'a = "b"\n', "date = 2023-04-31\n", "a:: [[b]], c\n", "\n", "{{x}}\n", "\ufeff", '"',
          ": ", "date: 2024-01-02\n", "alias: [[", "'", "\t", "# x\n", "[t]\n"]  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.sampled_from(MATTER), max_size=14), st.sampled_from(["\n", "\r\n"]))
def test_any_front_matter_keeps_the_promises(parts: list[str], newline: str) -> None:
    text = "".join(parts).replace("\n", newline)
    check(read(text))
    front = read_front_matter(text)
    assert 0 <= front.start <= front.end <= len(text)
    for name, at in front.places.items():
        assert text[at : at + len(name)].lower() == name


@pytest.mark.parametrize(
    "value",
    ["[" * 200_000, "{" * 200_000, "\n" + "- " * 100_000 + "x", "\n" + "? " * 50_000,
     "\n" + "\n".join(" " * i + "-" for i in range(1, 3_000))],
    ids=["lists", "maps", "items", "keys", "indented"],
)  # fmt: skip
def test_nesting_that_overflows_parsers_is_refused(value: str) -> None:
    front = read_front_matter(f"---\ntitle: T\nlist: {value}\n---\n")
    assert front.text("title") == "T"
    assert [said for _, said in front.warnings] == [
        "front matter is not YAML (it may be nested too deep); it was read line by line"
    ]


def test_a_long_line_and_many_items_are_not_deep() -> None:
    text = "a - b: " * 2_000
    front = read_front_matter(f'---\nsummary: "{text}"\ntags:\n' + "- x\n" * 2_000 + "---\n")
    assert front.warnings == ()
    assert front.text("summary") == text.strip()


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("---\nstatus: Known\n---\n# Heap\n", "known"),
        ('+++\nstatus = "known"\n+++\n# Heap\n', "known"),
        ("status:: known\n\n# Heap\n", "known"),
        ("---\nstatus: in  progress\n---\n", "in progress"),
        ("---\nstatus: [a, b]\n---\n", ""),
        ("---\nstatus: '{{status}}'\n---\n", ""),
        ("# Heap\n\nstatus: known\n", ""),
    ],
)
def test_the_status_is_that_of_the_front_matter(text: str, status: str) -> None:
    document = read_markdown("heap.md", text.encode())
    assert document.status == status
    assert document.warnings == ()


def test_org_files_have_a_status_too() -> None:
    assert read_org("heap.org", b"#+title: Heap\n#+status: known\n\nText.\n").status == "known"


def test_a_status_that_names_no_concept_is_told() -> None:
    document = read_markdown("day-003.md", b"---\ntags: [x]\nstatus: known\n---\n# Day 3\n")
    (warning,) = document.warnings
    assert warning.startswith("line 3: status known says nothing: the file is not named like")
