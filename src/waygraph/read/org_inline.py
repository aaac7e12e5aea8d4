"""Org's markup inside a block: emphasis, links, math, and what shows nothing."""

from __future__ import annotations

import re

from waygraph.read.build import Builder
from waygraph.read.dialects import NOISE, is_media, noise
from waygraph.read.text import Places

_MARKS = {"*": "strong", "/": "emphasis", "=": "code", "~": "code"}
LINK = r"\[\[(?P<target>[^\[\]\n]+)\](?:\[(?P<label>(?:[^\[\]]|\[[^\[\]]{0,200}\])+)\])?\]"
_PIECE = re.compile(
    rf"{LINK}"
    r"|(?P<cited>\[cite[^\[\]:]{0,40}:[^\[\]]+\]|(?<![\w:])cite[a-z*]{0,10}:[@&]?\w[\w:;,&@/-]*\w)"
    r"|<<<(?P<radio>[^<>\n]+)>>>"
    r"|<(?P<address>(?:https?|ftp|mailto|file|id):[^<>\s]+)>"
    r"|[<\[](?P<stamp>\d{4}-\d\d-\d\d(?:[ \t][^<>\[\]\n]{0,60})?)[>\]]"
    r"|\[fn:[\w-]*:[ \t]*(?P<note>[^\[\]]+)\]"
    r"|(?P<nothing>\[fn:[\w-]+\]|<<[^<>\n]+>>"
    r"|\{\{\{[^{}]+\}\}\}|@@[\w-]+:[^@]*@@|\\\\(?=[ \t]*(?:\n|\Z)))"
    r"|\\\((?P<inline>[^\n]{1,500}?)\\\)|\\\[(?P<display>.{1,2000}?)\\\]"
    r"|\$\$(?P<double>[^$]+)\$\$|(?<![\w$])\$(?P<dollar>[^\s$](?:[^$\n]{0,300}[^\s$.,;])?)\$(?![\w$])"
    r"|(?<![^\s\-({'\"])(?P<sign>[*/_+=~])(?P<body>\S(?:[^\n]{0,300}?(?:\n[^\n]{0,300}?)?\S)?)"
    r"(?P=sign)(?=\Z|[\s\-.,;:!?'\")}\[\\|])",
    re.S,
)
# The keys of works of literature: "[cite/t:see @doe2020 p. 3; @roe2021]", "cite:doe2020,roe2021"
_KEYS = re.compile(r"[@&]([\w:./-]*\w)")
_PLAIN_KEYS = re.compile(r"[\w./-]*\w")
_CITATION = re.compile(r"cite[\w*/-]*:", re.I)
_ADDRESS = re.compile(
    r"(?:https?|ftp|mailto|doi|id|attachment):|\.{0,2}/|~/|#|\*|.*\.\w{1,5}(?:::.*)?\Z", re.S
)


def add_inline(out: Builder, content: str, places: Places) -> None:
    """Add a block's content, its lines set apart by line breaks, to the block begun in ``out``."""
    _Inline(out, content, places).add(0, len(content))


class _Inline:
    def __init__(self, out: Builder, content: str, places: Places) -> None:
        self.out, self._content, self._places = out, content, places
        self._noise = noise(content, NOISE[:2])
        self._begin = out.text.length

    def add(self, start: int, end: int) -> None:
        """Add a range of the content."""
        at = start
        while match := _PIECE.search(self._content, at, end):
            self._text(at, match.start())
            self._piece(match)
            at = match.end()
        self._text(at, end)

    def _piece(self, match: re.Match[str]) -> None:
        here = self.out.text.length
        outer = self._places.start(match.start()), self._places.end(match.end())
        if match["target"]:
            self._link(match, here, outer)
        elif match["cited"]:
            for one in citations(match["cited"].strip("[]")):
                self.out.link("link", here, one, outer)
        elif match["stamp"] or match["radio"]:
            self._text(*match.span("stamp" if match["stamp"] else "radio"))
        elif match["address"]:
            self._text(*match.span("address"))
            self.out.link("url", here, match["address"], outer)
        elif match["note"]:
            # a footnote reads on, set off by a blank
            note = self._places.start(match.start("note"))
            self.out.text.add(" ", outer[0], note - outer[0])
            self.add(*match.span("note"))
        elif match["sign"]:
            kind = _MARKS.get(match["sign"], "")
            (self._text if kind == "code" else self.add)(*match.span("body"))
            if kind:
                self.out.mark(kind, here, outer)
        elif not match["nothing"]:
            group = next(g for g in ("inline", "display", "double", "dollar") if match[g])
            self._text(*match.span(group))
            self.out.mark("math", here, outer)

    def _link(self, match: re.Match[str], here: int, outer: tuple[int, int]) -> None:
        kind, target = target_of(match["target"])
        if match["label"]:
            self.add(*match.span("label"))
        elif is_media(target):
            kind = "image"
        elif not _CITATION.match(target):
            last = match.end("target")
            self._text(last - len(_shown(match["target"])), last)
        for one in citations(target) or (target,):
            self.out.link(kind, here, one, outer)

    def _text(self, start: int, end: int) -> None:
        at = start
        for first, last in [*self._noise, (end, end)]:
            stop = max(at, min(first, end))
            for begin, until in self._places.runs(at, stop) if at < stop else ():
                self._lines(begin, until)
            at = min(max(at, last), end)

    def _lines(self, start: int, end: int) -> None:
        """Add a range that holds one line, or a line's end."""
        text = self._content[start:end]
        for number, line in enumerate(text.split("\n")):
            if number:
                place = self._places.start(start)
                until = self._places.start(start + 1) if start + 1 < len(self._content) else place
                if self.out.text.length > self._begin:
                    self.out.text.add(" ", place, max(0, until - place))
                start += 1
            if line:
                self.out.text.add(line, self._places.start(start))
            start += len(line)


def _shown(written: str) -> str:
    """What a link without a description shows: of a page, or a heading, its name alone."""
    return re.sub(r"^\s*(?:roam:|\*)", "", written, flags=re.I)


def citations(target: str) -> list[str]:
    """The works that a citation names, each as ``cite:@key``; none if it is no citation."""
    scheme = _CITATION.match(target)
    if scheme is None:
        return []
    keys = _KEYS.findall(target, scheme.end())
    return [f"cite:@{key}" for key in keys or _PLAIN_KEYS.findall(target, scheme.end())]


def target_of(written: str) -> tuple[str, str]:
    """A link's kind and target: files without ``file:``, headings as fragments."""
    target = written.strip()
    if re.match(r"file[\w+]*:", target):
        return "link", target.partition(":")[2]
    if target.startswith("*"):
        return "link", "#" + target[1:]
    if _ADDRESS.match(target) or _CITATION.match(target):
        return "link", target
    if target.casefold().startswith("roam:"):
        return "wikilink", target.partition(":")[2].strip()
    return "wikilink", target
