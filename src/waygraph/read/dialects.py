"""What Jekyll, Hugo, Obsidian, Logseq and others add to Markdown, as markdown-it rules.

Comments, template tags and footnote references vanish; display math, code and comments
that a pair of tags encloses become blocks without text. What is marked inside a line and
is no markup to CommonMark (a task's box, a callout's type, a block's name) is ``noise``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from markdown_it import MarkdownIt
from markdown_it.parser_inline import RuleFuncInlineType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from waygraph.read.references import EMBED, push_embed, reference, role

# [[target]], [[target|label]], ![[embed]]; a target may hold #heading or ^block, and a heading
# a link
WIKILINK = re.compile(
    r"(!?)\[\[([^\[\]|\n#]*+#(?:[^\[\]|\n]++|\[[^\[\]|\n]*+\])*+|[^\[\]|\n]+)"
    r"(?:\|([^\[\]\n]*))?\]\]"
)
_MEDIA = re.compile(
    r"\.(?:png|jpe?g|gif|svg|webp|bmp|avif|pdf|mp[34]|webm|wav|m4a|ogg|mov|canvas|excalidraw)\b",
    re.I,
)
# Liquid's and Hugo's tags, Templater's, kramdown's attributes; {{}} is a set of an empty set.
_OPENS = (
    r"(?:\{%(?=-?\s*\w)|\{\{(?=[<%!#/>&-]?[\s\"'(/]*[\w.$@=])|<%(?=[-=#_*]*\s*\w)|\{:(?=\s*[.#\w]))"
)
_OPENING = re.compile(_OPENS)
_CLOSES = {"{%": "%}", "{{": "}}", "<%": "%>", "{:": "}"}
_TAG = (
    rf"{_OPENS}(?:(?<=\{{%)(?:(?!%\}}).){{0,999}}%\}}|(?<=\{{\{{)(?:(?!\}}\}}).){{0,999}}\}}\}}"
    r"|(?<=<%)(?:(?!%>).){0,999}%>|(?<=\{:)[^{}\n]{0,999}\})"
)
_LONGEST_ATTRIBUTES = 1_000
_BROKEN = re.compile(r"[{\n]")
_LINE_OF_TAGS = re.compile(rf"(?:{_TAG}|[ \t])+")
# a dot sets the parts of Dendron's tags apart
_HASHTAG = re.compile(r"#(?:\[\[([^\[\]|\n]+)\]\]|([\w/-]*[^\W\d][\w/-]*(?:\.[^\W\d][\w/-]*)*))")
_FOOTNOTE = re.compile(r"\[\^[^\]\s\[]+\]")
_NAMES = "highlight|comment|mermaid|plantuml|tikz|katex|math|latex|codeblock|code|chart"
_LIQUID = re.compile(rf"\{{%-?\s*({_NAMES})\b")
_HUGO = re.compile(rf"\{{\{{[<%]\s*({_NAMES})\b")
_LATEX = re.compile(r"\\begin\{([A-Za-z]+\*?)\}")
_DOLLARS_END = re.compile(r"\$\$\s*(?:\([^()$]+\)\s*)?$")
# A link's address that holds a template tag, or a page's name in Logseq: "](", "]: "
_ADDRESS = re.compile(
    rf"\](?:\(|:[ \t]+)((?:[^()\s{{]|\{{(?![{{%]))*(?:(?:{_TAG})[^()\s{{]*)+"
    r"|\[\[[^\[\]\n]+\]\](?=\)))"
)
_MASKED = " \t()<>\"'"
_MASK = {ord(c): 0xFDD0 + i for i, c in enumerate(_MASKED)}
_UNMASK = {code: chr(c) for c, code in _MASK.items()}
_LOGSEQ = re.compile(
    r"([ \t]*(?:[-*] )?)((?:id|collapsed|heading|background-color|ls-type|hl-[\w-]+|logseq\.[\w.-]+"
    r"|query-[\w-]+|card-[\w-]+)::(?:[ \t].*)?)"
)

# What is no text in an inline content; of patterns with groups, the groups.
NOISE: tuple[re.Pattern[str], ...] = (
    re.compile(r"[A-Za-z0-9+/=]{256,}"),  # base64
    re.compile(r"(?<!\S)(?:[A-Za-z0-9+/]{60,}\n){2,}[A-Za-z0-9+/=]+(?!\S)"),
    re.compile(r"(?:^|\s)(\^[A-Za-z0-9-]+)\s*\Z"),  # the name of an Obsidian block
    re.compile(r"(?<!=)(==)(?=[^\s=])[^\n]{0,300}?[^\s=](==)(?!=)"),  # a highlight's signs
)
HEADING_NOISE = (*NOISE, re.compile(r"(\s\{[#.][^{}\n]*\})\s*\Z"))
ITEM_NOISE = (*NOISE, re.compile(r"\A(\[[ xX/>?!-]\][ \t]+)"))
CALLOUT = re.compile(r"\A(\[![\w-]+(?:\|[^\]\n]*)?\][+-]?[ \t]*)")
QUOTE_NOISE = (*NOISE, CALLOUT)


def _may_hold_noise(content: str) -> bool:
    """Whether a content has what some pattern of noise needs; most have not."""
    return (
        "^" in content or "==" in content or "{" in content
        or content.startswith("[")
        or (len(content) >= 60 and max(map(len, content.split()), default=0) >= 60)
    )  # fmt: skip


def noise(content: str, patterns: Sequence[re.Pattern[str]]) -> list[tuple[int, int]]:
    """The ranges of ``content`` that fit any of ``patterns``, or their groups, in order.

    ``patterns`` are some of those above.
    """
    if not _may_hold_noise(content):
        return []
    found: list[tuple[int, int]] = []
    for pattern in patterns:
        for match in pattern.finditer(content):
            found += (match.span(n) for n in (range(1, pattern.groups + 1) or (0,)) if match[n])
    return sorted(found)


def add_dialects(markdown: MarkdownIt) -> None:
    """Add all rules to a parser."""
    inline, block = markdown.inline.ruler, markdown.block.ruler
    for rule in inline.__rules__:
        if rule.name == "math_inline":
            rule.fn = _careful(rule.fn)
    inline.before("link", "wikilink", _wikilink)
    inline.before("link", "tag", _tag)
    inline.before("link", "reference", reference)
    inline.before("backticks", "role", role)
    inline.before("link", "footnote_reference", _footnote_reference)
    inline.before("link", "inline_footnote", _inline_footnote)
    inline.before("escape", "template_tag", _template_tag)
    inline.before("escape", "hidden_comment", _hidden_comment)
    block.before(
        "fence", "dialect", _dialect, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )


def prepared(line: str) -> str:
    """A line as the parser is to see it, of the same length: addresses made whole.

    A template tag in a link's address may hold blanks, which no address may; ``restored``
    brings them back. Logseq's own properties become blanks.
    """
    if "::" in line and (match := _LOGSEQ.fullmatch(line)):
        return match[1] + " " * len(match[2])
    if "](" not in line and "]:" not in line:
        return line
    return _ADDRESS.sub(lambda m: m[0][: m.start(1) - m.start()] + m[1].translate(_MASK), line)


def restored(text: str) -> str:
    """A text or address of the parser as it is written."""
    return text if text.isascii() else text.translate(_UNMASK)


def is_media(target: str) -> bool:
    """Whether an embedded file shows as a picture or the like, not as a note."""
    return bool(_MEDIA.search(target))


def _careful(math: RuleFuncInlineType) -> RuleFuncInlineType:
    """The rule for math in dollars, but for dollars inside words: Micro$oft."""

    def rule(state: StateInline, silent: bool) -> bool:
        start, known = state.pos, len(state.tokens)
        if state.src[start] != "$" or (start and state.src[start - 1].isalnum()):
            return False
        if not math(state, silent):
            return False
        if state.src[state.pos : state.pos + 1].isalnum():
            state.pos = start
            del state.tokens[known:]
            return False
        return True

    return rule


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


def _tag(state: StateInline, silent: bool) -> bool:
    """``#name``, ``#nested/name`` and Logseq's ``#[[many words]]``; numbers alone are none."""
    start = state.pos
    if start and not state.src[start - 1].isspace() and state.src[start - 1] != "(":
        return False
    match = _HASHTAG.match(state.src, start, state.posMax)
    if match is None:
        return False
    if not silent:
        token = state.push("tag", "", 0)
        # the sign stays in the text: "#P-complete" is no tag to whoever wrote it
        group = 1 if match[1] else 0
        token.content, token.meta["label"] = match[group], match.span(group)
    state.pos = match.end()
    return True


def _footnote_reference(state: StateInline, silent: bool) -> bool:
    match = _FOOTNOTE.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    state.pos = match.end()
    return True


def _inline_footnote(state: StateInline, silent: bool) -> bool:
    """``^[text]``: the text reads on, set off by a blank."""
    if not state.src.startswith("^[", state.pos):
        return False
    end = state.md.helpers.parseLinkLabel(state, state.pos + 1)
    # without a blank it is a set of characters: ^[A-Z]
    if end < 0 or " " not in state.src[state.pos : end]:
        return False
    if not silent:
        start, last = state.pos, state.posMax
        token = state.push("gap", "", 0)
        token.content, token.meta["at"] = " ", (start, start + 2)
        state.pos, state.posMax = start + 2, end
        state.md.inline.tokenize(state)
        state.posMax = last
    state.pos = end + 1
    return True


def _template_tag(state: StateInline, silent: bool) -> bool:
    start = state.pos
    if not _OPENING.match(restored(state.src[start : start + 20])):
        return False
    close = _CLOSES.get(state.src[start : start + 2])
    if close is None:
        return False
    if embed := EMBED.match(state.src, start, state.posMax):
        if not silent:
            push_embed(state, embed, embed["page"] or embed["block"])
        state.pos = embed.end()
        return True
    # kramdown's attributes stand on one line
    most = min(state.posMax, start + _LONGEST_ATTRIBUTES) if close == "}" else state.posMax
    # found out once, so that many openings do not each search to the end
    unclosed = state.env.setdefault("unclosed tags", set())
    if (state.src, close, most) in unclosed:
        return False
    end = state.src.find(close, start + 2, most)
    if end < 0:
        unclosed.add((state.src, close, most))
    if end < 0 or (close == "}" and _BROKEN.search(state.src, start + 2, end)):
        return False
    state.pos = end + len(close)
    return True


def _hidden_comment(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("%%", state.pos):
        return False
    end = state.src.find("%%", state.pos + 2, state.posMax)
    if end < 0:
        return False
    if not silent:
        state.push("hidden", "", 0).content = state.src[state.pos + 2 : end]
    state.pos = end + 2
    return True


def _dialect(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Try the rules that the first character of a line may concern."""
    at = state.bMarks[start] + state.tShift[start]
    rules = _BLOCK_RULES.get(state.src[at : at + 1])
    if rules is None or state.is_code_block(start):
        return False
    return any(rule(state, start, end, silent) for rule in rules)


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _tag_line(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A line of template tags alone; those that enclose something are no such line."""
    line = _line(state, start)
    if _LIQUID.match(line) or _HUGO.match(line) or not _LINE_OF_TAGS.fullmatch(line):
        return False
    if EMBED.search(line):
        return False
    if not silent:
        state.line = start + 1
    return True


def _region(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Lines from one that opens code, a comment or math to the one that closes it."""
    closes = _closing(_line(state, start))
    if closes is None:
        return False
    closing, last, key = closes
    return _take(state, start, end, silent, closing, last, key)


def _closing(line: str) -> tuple[Callable[[str], bool], bool, str] | None:
    """How the region that ``line`` opens ends: a test of lines, whether ``line`` passes it itself.

    The last is what tells regions of one sort from others.
    """
    if match := _LIQUID.match(line):
        close = re.compile(rf"\{{%-?\s*end{match[1]}\b")
    elif match := _HUGO.match(line):
        close = re.compile(rf"\{{\{{[<%]\s*/\s*{match[1]}\b")
    elif match := _LATEX.match(line):
        close = re.compile(rf"\\end\{{{re.escape(match[1])}\}}")
    elif line.strip().casefold() == "#+begin_query":  # Logseq's
        close = re.compile(r"\s*#\+end_query\s*$", re.I)
    elif line.rstrip() == "\\[":
        close = re.compile(r"\\\]\s*$")
    elif line.startswith("$$"):
        rest = line[2:]
        # "$$x$$ is" is math inside a line
        if "$$" in rest and not _DOLLARS_END.search(rest):
            return None
        return lambda one: bool(_DOLLARS_END.search(one)), "$$" in rest, "$$"
    else:
        return None
    return lambda one: bool(close.search(one)), bool(close.search(line)), close.pattern


def _take(
    state: StateBlock,
    start: int,
    end: int,
    silent: bool,
    closing: Callable[[str], bool],
    itself: bool,
    key: str,
) -> bool:
    """Pass over the lines from ``start`` to the first that closes; False if none does."""
    last = start
    if not itself:
        # found out once, so that many openings do not each search to the end
        unclosed = state.env.setdefault("unclosed", set())
        if (key, end) in unclosed:
            return False
        last = next((n for n in range(start + 1, end) if closing(_line(state, n))), -1)
        if last < 0:
            unclosed.add((key, end))
            return False
    if not silent:
        state.line = last + 1
    return True


def _hidden(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Obsidian's ``%%`` … ``%%``; what follows on the closing line reads on."""
    line = _line(state, start)
    if not line.startswith("%%"):
        return False
    if "%%" in line[2:]:
        if line.rstrip().endswith("%%") and line.count("%%") == 2:
            if not silent:
                _hide(state, start, line.strip()[2:-2])
            return _take(state, start, end, silent, lambda _: True, True, "%%")
        return False
    if not _take(state, start, end, silent, lambda one: "%%" in one, False, "%%"):
        return False
    if not silent:
        last = state.line - 1
        begin = state.bMarks[last] + state.tShift[last]
        after = state.src.index("%%", begin) + 2
        _hide(state, start, state.src[state.bMarks[start] + state.tShift[start] + 2 : after - 2])
        if state.src[after : state.eMarks[last]].strip():
            state.bMarks[last], state.tShift[last] = after, 0
            state.sCount[last] = state.blkIndent
            state.line = last
    return True


def _hide(state: StateBlock, start: int, content: str) -> None:
    token = state.push("hidden", "", 0)
    token.content, token.map = content, [start, state.line]


# By the first character of a line.
_BLOCK_RULES = {
    "{": (_tag_line, _region), "<": (_tag_line,), "\\": (_region,), "$": (_region,),
    "%": (_hidden,), "#": (_region,),
}  # fmt: skip
