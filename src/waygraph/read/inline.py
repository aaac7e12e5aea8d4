"""A CommonMark parser whose inline tokens know where they stand.

markdown-it-py gives block tokens their lines but inline tokens no place at all. Here each
inline rule is wrapped: what it appends to the token stream is stamped with the range of
the inline content it consumed, ``token.meta["at"] = (start, end)``, and literal text is
flushed at once, so that every text token is one unbroken run of its content. A table's
cells are stamped with the column at which their row starts, ``token.meta["column"]``.
"""

from __future__ import annotations

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.parser_block import RuleFuncBlockType
from markdown_it.parser_inline import RuleFuncInlineType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.dollarmath import dollarmath_plugin

# [[target]], [[target|label]], ![[embed]]; a target may hold #heading or ^block
WIKILINK = re.compile(r"(!?)\[\[([^\[\]|\n]+)(?:\|([^\[\]\n]*))?\]\]")


class _Parser(MarkdownIt):
    """Leaves addresses as they are written: ``%26`` and ``&`` are not the same."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - the library's name
        return link


@cache
def parser() -> MarkdownIt:
    """The one parser: CommonMark, tables, strikethrough, dollar math, wikilinks, placed tokens."""
    markdown = _Parser("commonmark", {"maxNesting": 60}).enable(["table", "strikethrough"])
    dollarmath_plugin(markdown, allow_space=False, allow_digits=False, double_inline=True)
    ruler = markdown.inline.ruler
    ruler.before("link", "wikilink", _wikilink)
    ruler.at("newline", _newline)
    ruler.push("literal", _literal)
    for rule in ruler.__rules__:
        rule.fn = _placed(rule.fn)
    for block in markdown.block.ruler.__rules__:
        if block.name == "table":
            block.fn = _columned(block.fn)
    # Joining neighbouring text tokens would lose the places of all but the first.
    markdown.inline.ruler2.disable("fragments_join")
    markdown.core.ruler.disable("text_join")
    return markdown


def _placed(rule: RuleFuncInlineType) -> RuleFuncInlineType:
    def placed(state: StateInline, silent: bool) -> bool:
        if silent:
            return rule(state, True)
        start, known = state.pos, len(state.tokens)
        if not rule(state, False):
            return False
        if state.pending:
            state.pushPending()
        # the text of an autolink stands behind its "<"
        at = start + (state.src[start] == "<")
        for token in state.tokens[known:]:
            if "at" in token.meta:
                continue
            if token.type == "text" and len(token.content) < state.pos - start:
                # a run of delimiters ("**") becomes one text token each
                token.meta["at"] = (at, at + len(token.content))
                at += len(token.content)
            else:
                token.meta["at"] = (start, state.pos)
        return True

    return placed


def _columned(rule: RuleFuncBlockType) -> RuleFuncBlockType:
    def columned(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        known = len(state.tokens)
        if not rule(state, start, end, silent):
            return False
        for token in state.tokens[known:]:
            if token.type == "inline" and token.map:
                at = state.bMarks[token.map[0]] + state.tShift[token.map[0]]
                token.meta["column"] = at - state.src.rfind("\n", 0, at) - 1
        return True

    return columned


def _wikilink(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith(("[[", "![["), state.pos):
        return False
    match = WIKILINK.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        token = state.push("wikilink", "", 0)
        label = 3 if (match.group(3) or "").strip() else 2
        token.content = match.group(label)
        token.markup = "embed" if match.group(1) else "wikilink"
        token.meta.update(target=match.group(2).strip(), label=match.span(label))
    state.pos = match.end()
    return True


def _newline(state: StateInline, silent: bool) -> bool:
    """Take a line break with the blanks around it; two spaces before it make it a hard one."""
    if state.src[state.pos] != "\n":
        return False
    begin, end = state.pos, state.pos + 1
    while end < state.posMax and state.src[end] in " \t":
        end += 1
    if not silent:
        last = state.tokens[-1] if state.tokens else None
        if last is not None and last.type == "text" and "at" in last.meta:
            last.content = last.content.rstrip(" ")
            begin = last.meta["at"][0] + len(last.content)
            last.meta["at"] = (last.meta["at"][0], begin)
        kind = "hardbreak" if state.pos - begin > 1 else "softbreak"
        state.push(kind, "br", 0).meta["at"] = (begin, end)
    state.pos = end
    return True


def _literal(state: StateInline, silent: bool) -> bool:
    """Take one character that no other rule wants, so that it too gets a place."""
    if not silent:
        state.pending += state.src[state.pos]
    state.pos += 1
    return True
