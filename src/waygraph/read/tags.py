"""HTML inside Markdown: what of it is text, what marks text, what is neither."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

_NAME = r"[A-Za-z][A-Za-z0-9-]*"
_ATTRIBUTES = r"(?:[^<>\"']|\"[^\"]*\"|'[^']*')*"
_PIECE = re.compile(
    r"<!--.*?(?:-->|\Z)|<[!?][^<>]*>"
    r"|<(?P<mute>script|style|pre|textarea|svg|template|math|iframe|video|audio|object|noscript)\b"
    rf"{_ATTRIBUTES}(?:/>|>.*?(?:</(?P=mute)\s*>|\Z))"
    rf"|<(?P<end>/?)(?P<name>{_NAME})(?P<attributes>(?:[\s/]{_ATTRIBUTES})?)>"
    r"|(?P<entity>&(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)"
    r"|(?P<blank>\s+)|(?P<word>(?:[^\s<&]|[<&](?![A-Za-z#/!?]))+|[<&])",
    re.S | re.I,
)
_TAG = re.compile(rf"<(/?)({_NAME})((?:[\s/]{_ATTRIBUTES})?)>", re.S)
_ATTRIBUTE = re.compile(r"([A-Za-z-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))")
# Tags that end one block and begin another, with the kind of what they hold.
KINDS = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
    **dict.fromkeys(("li", "dt", "dd"), "item"),
    **dict.fromkeys(("td", "th"), "cell"),
    **dict.fromkeys(
        """p div ul ol dl tr table thead tbody tfoot caption section article aside header footer
        nav main details summary blockquote center figure figcaption hr form fieldset legend
        address body html title""".split(),
        "paragraph",
    ),
}
MARKS = {
    "a": "link", "b": "strong", "strong": "strong", "i": "emphasis", "em": "emphasis",
    "code": "code", "kbd": "code", "samp": "code", "tt": "code",
}  # fmt: skip
MUTE = frozenset({"script", "style", "textarea", "svg", "template", "math"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of HTML: ``kind`` is ``word``, ``blank``, ``entity``, ``open`` or ``close``.

    ``text`` is what it shows, or the tag's name in lower case; ``address`` is where an
    ``a`` leads to and from where an ``img`` comes.
    """

    kind: str
    start: int
    end: int
    text: str
    address: str = ""


def pieces(content: str) -> Iterator[Piece]:
    """Cut HTML into pieces; comments, scripts, code listings and pictures' insides are left out."""
    at = 0
    while match := _PIECE.match(content, at):
        start, at = match.span()
        if match["word"] or match["blank"]:
            yield Piece("word" if match["word"] else "blank", start, at, match[0])
        elif match["entity"]:
            shown = html.unescape(match[0])
            yield Piece("entity" if shown != match[0] else "word", start, at, shown)
        elif match["name"]:
            yield _piece(match["end"], match["name"], match["attributes"], start, at)


def single(tag: str) -> Piece | None:
    """One tag as a piece; None for a comment or the like."""
    match = _TAG.fullmatch(tag)
    return _piece(match[1], match[2], match[3], 0, len(tag)) if match else None


def _piece(closes: str, name: str, attributes: str, start: int, end: int) -> Piece:
    if closes:
        return Piece("close", start, end, name.lower())
    wanted = {"a": "href", "img": "src"}.get(name.lower(), "")
    return Piece("open", start, end, name.lower(), _attribute(attributes, wanted))


def _attribute(attributes: str, wanted: str) -> str:
    for name, *values in _ATTRIBUTE.findall(attributes) if wanted else ():
        if name.lower() == wanted:
            return html.unescape("".join(values)).strip()
    return ""
