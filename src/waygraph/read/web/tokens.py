"""HTML as a flat run of tokens, each with its place. Takes time linear in the text.

Follows the HTML standard in what is text and what is markup; builds no tree and takes
broken markup as it comes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Literal

from waygraph.errors import WaygraphError

# Content up to the end tag is no markup; of the first kind it is no text for readers either.
_RAW = frozenset(("script", "style", "xmp", "iframe", "noembed", "noframes"))
_PLAIN = frozenset(("textarea", "title"))
_MARKUP = re.compile(r"<(?=[A-Za-z!?/])")
_NAME = re.compile(r"[A-Za-z][^\s/>]*+")
_ATTRIBUTE = re.compile(
    r"[\s/]*+([^\s/>][^\s/>=]*+)"
    r"(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>][^\s>]*+))?+)?+"
)
_TAG_END = re.compile(r"[\s/]*+(>?)")
_COMMENT_END = re.compile(r"--!?>")
_MOST_ATTRIBUTES = 200
# With more of them in one tag the parser in C takes the square of their number.
_REFUSED_ATTRIBUTES = 2_000


class BadPage(WaygraphError):
    """HTML that would take too long to read."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of HTML: source offsets ``start`` to ``end``.

    ``kind`` is ``text``, ``open`` or ``close``; of tags ``name`` is the name in lower case.
    The text of ``title`` and ``textarea`` comes as text tokens like any other.
    """

    kind: Literal["text", "open", "close"]
    start: int
    end: int
    name: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


def tokens(html: str) -> Iterator[Token]:
    """The tokens in order. Comments, declarations and raw content (scripts) give none.

    Raises:
        BadPage: a tag has too many attributes.
    """
    at = 0
    while at < len(html):
        found = _MARKUP.search(html, at)
        start = found.start() if found else len(html)
        if start > at:
            yield Token("text", at, start)
        if start == len(html):
            return
        if html[start + 1] in "!?":
            at = _behind_comment(html, start)
            continue
        tag = _tag(html, start)
        if tag is None:
            at = _behind(html, ">", start)
            continue
        if tag.end > len(html):
            return  # broken off inside a tag
        yield tag
        at = tag.end
        if tag.kind == "open" and tag.name in _RAW | _PLAIN:
            until = _end_of_raw(html, tag.name, at)
            if tag.name in _PLAIN and until > at:
                yield Token("text", at, until)
            at = until


def _behind(html: str, mark: str, at: int) -> int:
    found = html.find(mark, at)
    return len(html) if found < 0 else found + len(mark)


def _behind_comment(html: str, start: int) -> int:
    if html.startswith("<!--", start):
        # "<!-->" is a whole comment
        found = _COMMENT_END.search(html, start + 2)
        return found.end() if found else len(html)
    return _behind(html, ">", start)


def _end_of_raw(html: str, name: str, at: int) -> int:
    found = re.compile(rf"</{name}(?=[\s/>])", re.I).search(html, at)
    return found.start() if found else len(html)


def _tag(html: str, start: int) -> Token | None:
    """The tag at ``start``; None for ``</3``, which is none. Broken off, it ends behind all."""
    is_end = html[start + 1] == "/"
    name = _NAME.match(html, start + 1 + is_end)
    if name is None:
        return None
    at = name.end()
    attributes: dict[str, str] = {}
    count = 0
    while found := _ATTRIBUTE.match(html, at):
        at = found.end()
        count += 1
        if count > _REFUSED_ATTRIBUTES:
            raise BadPage(f"a tag has more than {_REFUSED_ATTRIBUTES:,} attributes")
        if not is_end and len(attributes) < _MOST_ATTRIBUTES:
            value = found.group(2) or found.group(3) or found.group(4) or ""
            attributes.setdefault(found.group(1).lower(), unescape(value))
    end = _TAG_END.match(html, at)
    closed = end is not None and end.group(1)
    return Token(
        "close" if is_end else "open",
        start,
        end.end() if end is not None and closed else len(html) + 1,
        name.group().lower(),
        attributes,
    )
