"""Properties that hold links, where notes write them: front matter, inline fields, headings.

A property becomes a block of its own kind, which is no prose; its links carry its name
(``Link.role``). A plain name in a property that says a relation is read as a wikilink's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from waygraph.labels import is_term
from waygraph.properties import KNOWN_PROPERTIES, property_name
from waygraph.read.build import Builder
from waygraph.read.dialects import WIKILINK
from waygraph.read.front_matter import FrontMatter

_MARKDOWN_LINK = r"\[[^\[\]\n]*\]\(<?[^()<>\n]*(?:\([^()\n]*\)[^()<>\n]*)?>?\)"
_LINK = rf"(?:!?\[\[[^\[\]\n]+\]\]|{_MARKDOWN_LINK})"
_LINKS = re.compile(
    rf"(?P<wiki>{WIKILINK.pattern})"
    r"|\[(?P<label>[^\[\]\n]*)\]\(<?(?P<target>[^()<>\n]*(?:\([^()\n]*\)[^()<>\n]*)?)>?\)"
)
_NAME = r"[^\W\d_](?:[\w./-]|[ ](?=[\w/-])){0,40}"
# Before a name on its line: a task's box, a picture sign
_BEFORE = r"^[ \t]*(?:\[.\][ \t]+)?(?:[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]+[ \t]*)?"
# Dataview's and Logseq's field on a line of its own: "requires:: [[X]]", "**Level**:: [[X]]".
# It ends where the next one begins: "up:: [[X]] | next:: [[Y]]".
_LINE = re.compile(
    rf"(?:{_BEFORE}|(?<=\]\])[ \t]*[|·,;•][ \t]*)"
    rf"(?:[*_=]{{1,3}})?({_NAME})(?:[*_=]{{1,3}})?::(?:[*_=]{{1,3}})?(?=\s|\Z|!?\[\[)"
    rf"(?:(?!(?<=\]\])[ \t]*[|·,;•][ \t]*{_NAME}::\s).)*",
    re.M,
)
# A name, a colon and nothing but links: "parent: [[X]]", "**Prerequisites**: [[X]], [[Y]]"
_MERE = re.compile(
    rf"{_BEFORE}(?:[*_=]{{1,3}})?({_NAME})(?:[*_=]{{1,3}})?[ ]?::?(?:[*_=]{{1,3}})?[ \t]*"
    rf"(?:{_LINK}[ \t,;·|&./]*(?:\band\b[ \t]*)?)+$",
    re.M,
)  # fmt: skip
_BRACKET = re.compile(rf"[\[(]({_NAME})::(?=[ \t]|!?\[\[)")
_LONGEST_FIELD = 1_000
# What front matter says otherwise than by its links, or in prose.
_OTHERWISE = frozenset(
    """
    title tag tags alias aliases date day created updated lang language status id generator iri
    definition description summary abstract excerpt subtitle
    """.split()
)
# Where links are due, and a plain name is taken for a note's. "requirements" and
# "dependencies" may be those of a program.
_DUE = frozenset(
    (
        "requires", "prerequisite", "prerequisites", "prereq", "prereqs", "depends on",
        "builds on", "required by", "leads to", "up", "parent", "parents", "broader", "part of",
    )
)  # fmt: skip
_TRUTHS = frozenset(("true", "false", "yes", "no"))
_QUOTED = re.compile(r"\"[^\"\n]*\"?|'[^'\n]*'?")
_COMMENT = re.compile(r"(?:^|\s)#\s")
_VALUE = re.compile(r"[^:=\n]*(?:::?|=)")
_NAMES = re.compile(
    r"(?:(?<=[\s,\[\"'(:=])|^)(?!-\s|#)[^\s,\[\]()\"'\n](?:[^,\[\]()\"'\n]*[^\s,\[\]()\"'\n])?"
)


@dataclass(frozen=True, slots=True)
class Property:
    """A property in a line's content: its name as the table has it, and its range there."""

    name: str
    start: int
    end: int


def inline_properties(content: str, is_heading: bool = False) -> list[Property]:
    """The properties in an inline content, in order; none overlap.

    With one colon, a line counts if it holds nothing but a known name (in a heading: any)
    and links.
    """
    if ":" not in content:
        return []
    found: list[Property] = []
    if "::" in content:
        found += (Property(property_name(m[1]), *m.span()) for m in _LINE.finditer(content))
        found += _bracketed(content)
    if "](" in content or "]]" in content:
        found += (
            Property(name, *match.span())
            for match in _MERE.finditer(content)
            if (name := property_name(match[1])) in KNOWN_PROPERTIES or is_heading
        )
    found.sort(key=lambda p: (p.start, -p.end))
    kept: list[Property] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _bracketed(content: str) -> Iterator[Property]:
    """Dataview's fields inside a line: ``[requires:: [[X]]]``, ``(part-of:: [[Y]])``."""
    at = 0
    while match := _BRACKET.search(content, at):
        at = match.end()
        if end := _closing(content, match.start()):
            yield Property(property_name(match[1]), match.start(), end)
            at = end


def _closing(content: str, start: int) -> int:
    """Behind the bracket that closes the one at ``start``; 0 if none does on its line."""
    opening = content[start]
    closing, depth = {"[": "]", "(": ")"}[opening], 0
    for at in range(start, min(len(content), start + _LONGEST_FIELD)):
        depth += (content[at] == opening) - (content[at] == closing)
        if content[at] == "\n":
            return 0
        if not depth:
            return at + 1
    return 0


def add_front_properties(builder: Builder, source: str, front: FrontMatter) -> None:
    """The links that front matter holds, each property a block of its own."""
    begins = sorted((at, name) for name, at in front.places.items())
    ends = (*(at for at, _ in begins[1:]), front.end)
    for (at, name), end in zip(begins, ends, strict=False):
        if name in _OTHERWISE:
            continue
        # Logseq's "up:: [[X]] | next:: [[Y]]"
        several = inline_properties(source[at:end]) if "::" in source[at:end] else []
        if len(several) > 1:
            for one in several:
                add_property(builder, source, at + one.start, at + one.end, one.name)
        else:
            add_property(builder, source, at, end, property_name(name), _front_links)


Placed = tuple[str, str, tuple[int, int], tuple[int, int]]


def markdown_links(source: str, start: int, end: int) -> Iterator[Placed]:
    """Kind, target, range and range of the shown text of each link in a range."""
    for match in _LINKS.finditer(source, start, end):
        if match["wiki"] is None:
            yield "link", match["target"].strip(), match.span(), match.span("label")
        else:
            kind = "embed" if match[2] else "wikilink"
            shown = 4 if (match[4] or "").strip() else 3
            yield kind, match[3].strip(), match.span(), match.span(shown)


def _front_links(source: str, start: int, end: int) -> Iterator[Placed]:
    """The links of a front matter's field, but for those in its comments."""
    for placed in markdown_links(source, start, end):
        at = placed[2][0]
        line = source[max(source.rfind("\n", start, at) + 1, start) : at]
        # what is quoted may hold the sign
        if not _COMMENT.search(_QUOTED.sub("", line)):
            yield placed


def add_property(
    builder: Builder,
    source: str,
    start: int,
    end: int,
    role: str,
    links: Callable[[str, int, int], Iterator[Placed]] = markdown_links,
) -> None:
    """A range of the source as a property's block, with the ``links`` that stand in it.

    Without a link there is none, but for plain names where links are due.
    """
    found = list(links(source, start, end))
    if not found and role in _DUE:
        found = list(_names(builder, source, start, end, role))
    if not found:
        return
    here, at = builder.begin(start), start
    for kind, target, outer, (begin, last) in found:
        builder.text.add(source[at : outer[0]], at)
        label = builder.text.length
        builder.text.add(source[begin:last], begin)
        builder.link(kind, label, target, outer, role)
        at = outer[1]
    builder.end(here, "property")


def _names(builder: Builder, source: str, start: int, end: int, role: str) -> Iterator[Placed]:
    """Plain names where links are due: each is told, and read as the name of a note."""
    value = _VALUE.match(source, start, end)
    for match in _NAMES.finditer(source, value.end() if value else start, end):
        text = match.group().strip()
        if not any(map(str.isalnum, text)) or text.casefold() in ("null", "none"):
            continue
        begin = match.start() + match.group().index(text)
        said = "write [[a note]]"
        if text.casefold() not in _TRUTHS and is_term(text, longest=8):
            said = f"it counts as [[{text}]] if that is a note"
            place = begin, begin + len(text)
            yield "name", text, place, place
        builder.warnings.append((begin, f"{role}: {text} is no link; {said}"))


def outside(children: Sequence[Token], properties: Sequence[Property]) -> list[Token]:
    """What of a content's tokens stands in no property; a run of text is cut where one does."""
    found: list[Token] = []
    first = 0
    for token in children:
        start, end = token.meta.get("at", (0, 0))
        while first < len(properties) and properties[first].end <= start:
            first += 1
        last = first
        while last < len(properties) and properties[last].start < end:
            last += 1
        inside = properties[first:last]
        if not inside:
            found.append(token)
        elif token.type == "text" and len(token.content) == end - start:
            begins = (start, *(p.end for p in inside))
            for one, two in zip(begins, (*(p.start for p in inside), end), strict=True):
                if one < two:
                    content = token.content[one - start : two - start]
                    found.append(Token("text", "", 0, content=content, meta={"at": (one, two)}))
    return found
