"""Plain text in languages that would read meaning into it."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
# What means something anywhere in a line to CommonMark, GitHub, Obsidian, Jekyll or Hugo …
_MARKDOWN = re.compile(
    r"[\\`*_{}\[\]<>#~$^|@]|&(?=#?\w+;)|%(?=%)|(?<=[%{<])%|=(?==)|(?<==)=|:(?=//|:|[\w+-]+:)|(?<=:):|(?<=www)\.",
    re.I,
)
# … and what does so at its beginning only.
_BEGINNING = re.compile(r"\A(\d*)([-+=.:)])")
# Letters, digits, and what means nothing between the quotes of a label.
_MERMAID = re.compile(r"[^\w ,'/+=:().?!-]|:(?=fa-)")
_LIST = re.compile(r"\A([-+]|\d+\.)(?= )")
_GUARDED = tuple("=+-@＝＋－＠")  # spreadsheets take wide signs for the narrow ones


def printable(text: str) -> str:
    """Text without control characters, but for tabs and the ends of lines."""
    return _CONTROL.sub("\ufffd", text)


def in_markdown(text: str) -> str:
    """Text as one line of Markdown that says just that: no markup, link, HTML or comment."""
    line = printable(" ".join(text.split()))
    return _BEGINNING.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\g<0>", line))


def in_mermaid(text: str) -> str:
    """Text for a label between quotes in Mermaid; what could end it or mean more is an entity."""
    line = printable(" ".join(text.split()))
    entities = _MERMAID.sub(lambda match: f"#{ord(match[0])};", line)
    return _LIST.sub(lambda m: f"{m[0][:-1]}#{ord(m[0][-1])};", entities)


def in_cell(text: str) -> str:
    """Text for a cell of a table: behind an apostrophe, if a spreadsheet would take it for a
    formula."""
    bare = text.lstrip()
    return f"'{text}" if bare.startswith(_GUARDED) or text.startswith(("\t", "\r", "\n")) else text
