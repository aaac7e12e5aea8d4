"""A CommonMark parser whose inline tokens know where they stand.

markdown-it-py gives block tokens their lines but inline tokens no place at all. Here one
rule takes the place of all inline rules: it calls those that the next character may
concern, stamps what they append to the token stream with the range of the inline content
they consumed, ``token.meta["at"] = (start, end)``, and flushes literal text at once, so
that every text token is one unbroken run of its content.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.parser_inline import RuleFuncInlineType
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote.index import footnote_def

from waygraph.read.build import BARE_URL
from waygraph.read.dialects import add_dialects
from waygraph.read.tables import add_tables

# The characters with which what a rule takes can begin.
_FIRST = {
    "newline": "\n", "math_inline": "$", "template_tag": "{<", "hidden_comment": "%",
    "escape": "\\", "role": "`", "backticks": "`", "strikethrough": "~", "emphasis": "*_",
    "wikilink": "![", "footnote_reference": "[", "inline_footnote": "^", "link": "[",
    "image": "!", "tag": "#", "reference": "(", "autolink": "<", "html_inline": "<", "entity": "&",
}  # fmt: skip
_SPECIAL = "".join(_FIRST.values())
# A run of plain text: some characters mean something only before another. "]" ends labels.
_TEXT = re.compile(rf"(?:[^{re.escape(_SPECIAL)}\]]++|%(?!%)|\((?!\()|\^(?!\[)|!(?!\[)|~(?!~))++")

_URL_AT_END = re.compile(r"https?://[^\s<>\[\]\"'`]*\Z")
# What keeps its meaning in a URL that stands bare.
_NOT_IN_URL = re.compile(rf"[{re.escape(''.join(sorted(set(_SPECIAL) - set('*_~#('))))}]")
# Characters of one content that links may be sought in vain in.
_MOST_SPENT = 100_000
# What is longer than browsers and servers take is not kept together as one URL.
_LONGEST_URL = 2_000


class _Parser(MarkdownIt):
    """Leaves addresses as they are written: ``%26`` and ``&`` are not the same."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - the library's name
        return link


@cache
def parser() -> MarkdownIt:
    """The one parser: CommonMark, tables, strikethrough, math, dialects, placed tokens."""
    markdown = _Parser("commonmark", {"maxNesting": 60}).enable("strikethrough")
    add_tables(markdown)
    dollarmath_plugin(markdown, allow_space=False, allow_digits=False, double_inline=True)
    markdown.block.ruler.disable("math_block")  # the dialects have their own, which is quick
    # of the footnote plugin the definitions alone: it would move them to the end
    markdown.block.ruler.before(
        "reference", "footnote_def", footnote_def, {"alt": ["paragraph", "reference"]}
    )
    add_dialects(markdown)
    ruler = markdown.inline.ruler
    ruler.at("newline", _newline)
    for rule in ruler.__rules__:
        if rule.name in ("link", "image", "inline_footnote"):
            rule.fn = _thrifty(rule.fn)
    rules = [(_FIRST[r.name], r.fn) for r in ruler.__rules__ if r.name in _FIRST]
    ruler.enableOnly([])
    ruler.push("placed", _placed({c: [f for cs, f in rules if c in cs] for c in _SPECIAL}))
    # Joining neighbouring text tokens would lose the places of all but the first.
    markdown.inline.ruler2.disable("fragments_join")
    markdown.core.ruler.disable("text_join")
    markdown.core.ruler.at("inline", _inline)
    return markdown


def _thrifty(rule: RuleFuncInlineType) -> RuleFuncInlineType:
    """The rule, until it has failed over too much text: each "[" may search to the end."""

    def thrifty(state: StateInline, silent: bool) -> bool:
        start, spent = state.pos, state.env.setdefault("spent", {})
        if spent.get(state.src, 0) > _MOST_SPENT:
            return False
        if rule(state, silent):
            return True
        label = state.src.find("[", start, start + 2)
        if label >= 0:
            end = state.md.helpers.parseLinkLabel(state, label)
            # a mere "[1]" cost nothing, while what may follow a label is sought to the end
            mere = end >= 0 and state.src[end + 1 : end + 2] not in "(["
            spent[state.src] = spent.get(state.src, 0) + (end if mere else state.posMax) - start
        return False

    return thrifty


def _inline(state: StateCore) -> None:
    """Parse inline contents; one without a special character is its own one token."""
    for token in state.tokens:
        if token.type != "inline":
            continue
        content = token.content
        if not content:
            token.children = []
        elif _TEXT.fullmatch(content):
            meta = {"at": (0, len(content))}
            token.children = [Token("text", "", 0, content=content, meta=meta)]
        else:
            token.children = []
            state.md.inline.parse(content, state.md, state.env, token.children)


def _placed(rules: Mapping[str, list[RuleFuncInlineType]]) -> RuleFuncInlineType:
    def placed(state: StateInline, silent: bool) -> bool:
        start, known = state.pos, len(state.tokens)
        for rule in rules.get(state.src[start], ()):
            if rule(state, silent):
                break
        else:
            match = _TEXT.match(state.src, start, state.posMax)
            end = match.end() if match else start + 1
            if "://" in state.src[start:end]:
                end = _behind_url(state.src, start, end, state.posMax)
            state.pos = end
            if not silent:
                state.pending = state.src[start:end]  # nothing else is pending
                state.pushPending().meta["at"] = (start, end)
            return True
        if silent:
            return True
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


def _behind_url(text: str, start: int, end: int, most: int) -> int:
    """Where a run of text ends that ends in a bare URL: signs of emphasis are part of that."""
    opening = _URL_AT_END.search(text, max(start, end - _LONGEST_URL), end)
    longest = min(most, end + _LONGEST_URL)
    url = BARE_URL.match(text, opening.start(), longest) if opening else None
    if url is None or url.end() <= end:
        return end
    other = _NOT_IN_URL.search(text, end, url.end())
    return other.start() if other else url.end()


def _newline(state: StateInline, silent: bool) -> bool:
    """Take a line break with the blanks around it; two spaces before it make it a hard one."""
    if state.src[state.pos] != "\n":
        return False
    begin, end = state.pos, state.pos + 1
    while end < state.posMax and state.src[end] in " \t":
        end += 1
    if not silent:
        last = state.tokens[-1] if state.tokens else None
        if last is not None and last.type == "text" and last.meta.get("at", (0, 0))[1] == begin:
            last.content = last.content.rstrip(" ")
            begin = last.meta["at"][0] + len(last.content)
            last.meta["at"] = (last.meta["at"][0], begin)
        kind = "hardbreak" if state.pos - begin > 1 else "softbreak"
        state.push(kind, "br", 0).meta["at"] = (begin, end)
    state.pos = end
    return True
