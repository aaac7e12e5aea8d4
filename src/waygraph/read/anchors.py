"""Places inside a document that a link can lead to: headings, blocks, footnotes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from urllib.parse import unquote

from waygraph.model import Document
from waygraph.read.text import folded

_FENCE = re.compile(r"[\s>]*(?:[-*+]\s+)?(`{3,}|~{3,})(.*)")
_BLOCK = re.compile(r"(?:^|\s)\^([\w-]+)\s*$")
_FOOTNOTE = re.compile(r"\s{0,3}\[\^([^\]\s]+)\]:")
_NAMED = re.compile(
    r"\{:?[^{}]*#([\w:.-]+)[^{}]*\}"  # kramdown, Pandoc
    r"|<\w+\s[^<>]*?\b(?:id|name)\s*=\s*[\"']?([^\"'\s<>]+)"
    r"|<<([^<>]+)>>|^\s*#\+name:\s+(\S+)|^\s*:(?P<drawer>(?:CUSTOM_)?ID):\s+(?P<id>\S+)"  # Org
    r"|(?:^|\s)id::\s+(?P<block>\S+)",  # Logseq
    re.I,
)
_HEADING_SIGNS = re.compile(r"[\s>]*(?:[-*+]\s+)*(?:#{1,6}|\*+)\s+(?=\S)")
# The signs that Obsidian does not compare in headings.
_UNCOMPARED = re.compile(r"[!\"#$%&()*+,.:;<=>?@^`{|}~/\[\]\\\s]+")
# Dendron's lines behind a heading, from where an embed begins, and its whole note.
_OFFSET = re.compile(r",\d+\Z")
_WHOLE = frozenset(("begin", "end"))
# how GitHub links a line of a file, and browsers a piece of text
_NO_PLACE = re.compile(r"L\d+(?:-L\d+)?|:~:.*|top|", re.I | re.S)


class Anchors:
    """The headings, blocks and footnotes of one document."""

    def __init__(self, document: Document) -> None:
        self.headings: list[tuple[int, str]] = []
        # as they are written, markup and comments included
        self._raw: list[str] = []
        self._lines: dict[int, str] = {}
        for block in document.blocks:
            if block.kind == "heading":
                start, end = block.span.start, block.span.end
                self.headings.append((block.level, " ".join(document.text[start:end].split())))
                line = document.line_of(document.offsets.source_start(start))
                self._lines[line] = self.headings[-1][1]
                last = document.lines[line] if line < len(document.lines) else None
                raw = document.source[document.lines[line - 1] : last].rstrip()
                signs = _HEADING_SIGNS.match(raw)
                self._raw.append(raw[signs.end() :] if signs else self.headings[-1][1])
        self._heading_lines = sorted(self._lines)
        self._slugs: dict[str, str] = {}
        self._folded: dict[str, str] = {}
        texts = [text for _, text in self.headings]
        for slug_of, written in ((_github, texts), (_kramdown, texts), (_github, self._raw)):
            counts: dict[str, int] = {}
            for slug, text in zip(map(slug_of, written), texts, strict=True):
                number = counts[slug] = counts.get(slug, -1) + 1
                self._slugs.setdefault(f"{slug}-{number}" if number else slug, text)
        for text in texts:
            self._folded.setdefault(folded(text), text)
        self._folded.pop("", None)
        self._compared: dict[str, str] = {}
        for written_so, text in zip(self._raw, texts, strict=True):
            self._compared.setdefault(_compared(written_so), text)
        self._compared.pop("", None)
        self.blocks: dict[str, str] = {}
        self._notes: dict[str, str] = {}
        self._named: dict[str, tuple[str, str]] = {}
        self._scan(document)

    def _scan(self, document: Document) -> None:
        if not any(sign in document.source for sign in "^#=<:"):
            return
        under = ""
        for number, line in _prose(document):
            under = self._lines.get(number, under)
            if match := _BLOCK.search(line):
                self.blocks.setdefault(match[1].casefold(), match[1])
            if match := _FOOTNOTE.match(line):
                self._notes.setdefault(match[1].casefold(), match[1])
            for match in _NAMED.finditer(line):
                self._add_name(match, number, line, under)

    def _add_name(self, match: re.Match[str], number: int, line: str, under: str) -> None:
        """A name that is given to a place; a drawer's is its heading's, or the whole note's."""
        name = match["id"] or match["block"] or next(filter(None, match.groups()))
        # kramdown's attributes stand below what they are for
        above = line.lstrip().startswith("{:")
        heading = self._lines.get(number) or (self._lines.get(number - 1) if above else "")
        if match["drawer"]:
            heading = under
        place = ("heading", heading) if heading else ("block", name)
        if match["drawer"] and not heading and match["drawer"].casefold() == "id":
            place = ("document", "")
        self._named.setdefault(name.casefold(), place)

    def heading_above(self, line: int) -> str:
        """The text of the nearest heading on or above a line; empty if there is none."""
        at = bisect_right(self._heading_lines, line)
        return self._lines[self._heading_lines[at - 1]] if at else ""

    def find(self, fragment: str) -> tuple[str, str] | None:
        """What ``fragment``, without its ``#``, leads to: a status and a text; None if nothing.

        The status is ``heading`` with the heading's text, ``block`` with the block's or
        footnote's id as it is written (``^id``), or ``document`` with an empty text where
        the fragment names no place. Of several headings that fit the first counts.
        """
        wanted = " ".join(unquote(fragment).split())
        first, ranges, _ = wanted.partition(":#")  # Dendron's, from one place to another
        if wanted.startswith("^"):
            found = self._block((first if ranges else wanted)[1:])
            return found or (("document", "") if first[1:].casefold() in _WHOLE else None)
        return (
            self._heading(wanted)
            or self._named.get(wanted.casefold())
            or self._alike(wanted)
            or self._rendered_footnote(wanted)
            or self._nested(wanted)
            or (self.find(_OFFSET.sub("", wanted)) if _OFFSET.search(wanted) else None)
            or (("document", "") if _NO_PLACE.fullmatch(wanted) else None)
        )

    def named(self, name: str) -> tuple[str, str] | None:
        """The place that was given a name of its own, and so not a heading by its text."""
        return self._named.get(" ".join(name.split()).casefold())

    def _heading(self, wanted: str) -> tuple[str, str] | None:
        same = next((text for _, text in self.headings if text == wanted), None)
        text = same or self._slugs.get(wanted) or self._slugs.get(wanted.lower())
        return ("heading", text) if text else None

    def _alike(self, wanted: str) -> tuple[str, str] | None:
        text = self._folded.get(folded(wanted)) or self._compared.get(_compared(wanted))
        return ("heading", text) if text else None

    def _block(self, name: str) -> tuple[str, str] | None:
        name = name.strip().casefold()
        if name in self.blocks:
            return "block", f"^{self.blocks[name]}"
        return self._footnote(name)

    def _rendered_footnote(self, wanted: str) -> tuple[str, str] | None:
        match = re.fullmatch(r"fn(?:ref)?:(.+)", wanted)
        return self._footnote(match[1]) if match else None

    def _footnote(self, name: str) -> tuple[str, str] | None:
        found = self._notes.get(name.strip().casefold())
        return ("block", f"^{found}") if found else None

    def _nested(self, wanted: str) -> tuple[str, str] | None:
        """``A#B``: the heading B under A. In Dendron's ``A:#B``, a range, A counts."""
        if ":#" in wanted and (found := self.find(wanted.partition(":#")[0])):
            return found
        if "#" not in wanted:
            return None
        above, _, last = wanted.rpartition("#")
        if last.startswith("^"):
            return self._block(last[1:])
        names = [_alike(part) for part in above.split("#") if part.strip()]
        parents: list[tuple[int, set[str]]] = []
        for (level, text), raw in zip(self.headings, self._raw, strict=True):
            while parents and parents[-1][0] >= level:
                parents.pop()
            name = _alike(text) | _alike(raw)
            if name & _alike(last) and _in_order(names, [above for _, above in parents]):
                return "heading", text
            parents.append((level, name))
        return None


def _in_order(wanted: list[set[str]], names: list[set[str]]) -> bool:
    rest = iter(names)
    return all(any(one & name for name in rest) for one in wanted)


def _compared(heading: str) -> str:
    """A heading as Obsidian compares it, in a link and where it stands."""
    return _UNCOMPARED.sub(" ", heading).strip().casefold()


def _alike(heading: str) -> set[str]:
    return {folded(heading), _compared(heading)} - {""}


def _prose(document: Document) -> Iterator[tuple[int, str]]:
    """The numbered lines of the source outside code fences."""
    fence = ""
    for number, line in enumerate(re.split(r"\r\n|\r|\n", document.source), 1):
        match = _FENCE.match(line)
        if fence:
            if match and match[1].startswith(fence) and not match[2].strip():
                fence = ""
        elif match:
            fence = match[1]
        else:
            yield number, line


def _github(text: str) -> str:
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def _kramdown(text: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9 -]", "", re.sub(r"^[^A-Za-z]+", "", text))
    return plain.replace(" ", "-").lower()
