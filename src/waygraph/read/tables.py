"""Tables as GitHub has them, as one markdown-it rule: a table is the contents of its cells.

What is a table, and where it ends, is as in the parser's own rule
(https://github.github.com/gfm/#tables-extension-). That one fills short rows up with empty
cells, so that the work grows with a table's width times its height, and it forgets where
the cells stand. Here a cell is one inline token, and ``token.meta["column"]`` the column of
its line at which the content begins; rows, and cells without content, are no tokens.
"""

from __future__ import annotations

import re
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.common.utils import mdTrim
from markdown_it.rules_block import StateBlock

_PIPE = re.compile(r"(?<!\\)\|")
# "-" alone underlines a heading, "- " begins a list
_DELIMITERS = re.compile(r"(?!-?[ \t]|-$)\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")


def add_tables(markdown: MarkdownIt) -> None:
    """Give a parser this rule in the place of its own."""
    markdown.enable("table").block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if start + 2 > end or state.sCount[start + 1] < state.blkIndent:
        return False
    delimiters = _DELIMITERS.fullmatch(_line(state, start + 1))
    if delimiters is None or state.is_code_block(start) or state.is_code_block(start + 1):
        return False
    head = _cells(_line(state, start))
    width = len(_cells(delimiters[0]))
    if len(head) != width or "|" not in _line(state, start):
        return False
    if silent:
        return True
    _push(state, start, head)
    outside, state.parentType = state.parentType, "table"
    last = start + 2
    while last < end and _goes_on(state, last, end):
        _push(state, last, _cells(_line(state, last))[:width])
        last += 1
    state.parentType, state.line = outside, last
    return True


def _goes_on(state: StateBlock, number: int, end: int) -> bool:
    """Whether a line is a row of the table above it."""
    if state.sCount[number] < state.blkIndent or state.is_code_block(number):
        return False
    # what interrupts a table is what interrupts a quotation
    others = state.md.block.ruler.getRules("blockquote")
    return bool(mdTrim(_line(state, number))) and not any(
        rule(state, number, end, True) for rule in others
    )


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _cells(line: str) -> list[tuple[int, int]]:
    """Where each cell of a row begins and ends; pipes at the row's own ends enclose no cell."""
    row = mdTrim(line)
    first = line.find(row)
    pipes = [first + match.start() for match in _PIPE.finditer(row)]
    bounds = [first - 1, *pipes, first + len(row)]
    cells = [(left + 1, right) for left, right in pairwise(bounds)]
    if cells[0][0] == cells[0][1]:
        cells.pop(0)
    if cells and cells[-1][0] == cells[-1][1]:
        cells.pop()
    return cells


def _push(state: StateBlock, number: int, cells: list[tuple[int, int]]) -> None:
    """Add a token for every cell of a row that holds something."""
    line = _line(state, number)
    at = state.bMarks[number] + state.tShift[number]
    column = at - state.src.rfind("\n", 0, at) - 1
    for begin, end in cells:
        content = mdTrim(line[begin:end])
        if content:
            token = state.push("inline", "", 0)
            token.content = content.replace("\\|", "|")
            token.map, token.children = [number, number + 1], []
            token.meta["column"] = column + line.index(content, begin)
