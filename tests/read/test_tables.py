"""Tables: the cells that GitHub's rules give, each in its place, and none that nobody wrote."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.read.checks import check, read, reads_as_markdown, words_of
from waygraph.read.tables import add_tables

THEIRS = MarkdownIt("commonmark").enable("table")
OURS = MarkdownIt("commonmark")
add_tables(OURS)


def joined(*pieces: str, most: int = 9) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(pieces), max_size=most).map("".join)


row = joined("|", "|", "\\|", "\\", "a", "b c", " ", "\t", "\u00a0", "`|`", ":", "-", "> ", "# ")
delimiters = joined("|", "-", "--", ":-", "-:", " ", "\t", "|-|-|", "-|-")
text = st.tuples(
    st.sampled_from(["", "> ", "- ", "1. ", "text\n", "    ", "- > ", "  "]),
    st.lists(st.one_of(row, delimiters, st.sampled_from(["|a|b|\n|-|-|", "a|\n-|"])), max_size=7),
).map(lambda made: made[0] + "\n".join(made[1]))


def contents(parser: MarkdownIt, source: str) -> list[tuple[int, str]]:
    """The line and content of all that holds something, in order."""
    return [
        (token.map[0], token.content)
        for token in parser.parse(source)
        if token.content and token.map
    ]


@given(text)
@example("|a|\n- |\n")
@example("a\\|b\n--|\n")
@example("a\n--\n")
@example("|a|b|\n|-|-|\n\u00a0\n|c|d|e|\n")
@example("|a|\n|-|\n|\n||\n|||b\n")
def test_cells_are_those_of_the_parsers_own_rule(source: str) -> None:
    assert contents(OURS, source) == contents(THEIRS, source)


@given(text)
def test_every_cell_stands_in_its_line(source: str) -> None:
    for token in OURS.parse(source):
        if "column" in token.meta and token.map:
            line = source.split("\n")[token.map[0]]
            written = token.content.replace("|", "\\|")
            assert line.startswith(written, token.meta["column"])
    # a pipe may be escaped twice: for the table, and for the line
    check(read(source), lambda here, there: reads_as_markdown(here, there) or there == "\\\\|")


def test_short_rows_cost_no_more_than_what_they_hold() -> None:
    width, height = 300, 300
    source = "|h" * width + "\n" + "|-" * width + "\n" + "x\n" * height
    assert len(OURS.parse(source)) == width + height
    assert len(THEIRS.parse(source)) > 20 * (width + height)
    # the parser's own rule ends a table that it would have to fill up with too many cells
    assert words_of(read(source), "cell") == ["h"] * width + ["x"] * height
