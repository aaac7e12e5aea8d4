"""The main text of a page and who wrote it when, as trafilatura sees it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

# What a new block begins with; all else runs on within its paragraph.
_BLOCKS = frozenset(
    "p head quote list item table row cell div main body section article code_block".split()
)
_KINDS = {"head": "heading", "item": "item", "cell": "cell"}
_XML = re.compile(r"\ufeff?\s*+(?:<\?xml[^>]*+>)?+")
# Only dates that a page states; none guessed from its text, and none that today decides on.
_DATES = {"extensive_search": False, "original_date": True, "max_date": "2100-01-01"}
# Where nobody listens these libraries would print to the terminal.
_CHATTY = ("trafilatura", "htmldate", "courlan", "justext", "readability")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A block of the main text: its kind and level as in ``model.Block``.

    ``chunks`` are the runs of text between its tags, in order.
    """

    kind: str
    level: int
    chunks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Extract:
    """What trafilatura makes of a page. Empty if it makes nothing of it."""

    title: str = ""
    author: str = ""
    date: str = ""
    paragraphs: tuple[Paragraph, ...] = ()


def extract(html: str, url: str, *, fast: bool = False) -> Extract:
    """Extract the main text of a decoded page, without readers' comments.

    ``fast`` leaves out the second opinions (readability, justext), which improve the choice
    but take time in the square of the number of paragraphs.
    """
    from trafilatura import bare_extraction

    for name in _CHATTY:
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
    # the text is decoded: what it says of its encoding no longer holds
    declaration = _XML.match(html)
    try:
        found = bare_extraction(
            html[declaration.end() :] if declaration else html,
            url=url,
            fast=fast,
            include_comments=False,
            include_tables=True,
            include_formatting=False,
            with_metadata=True,
            date_extraction_params=dict(_DATES),
        )
    except Exception:  # what a hostile page does to a parser is that page's loss alone
        return Extract()
    if found is None or isinstance(found, dict):
        return Extract()
    collector = _Collector()
    collector.walk(found.body)
    return Extract(
        title=" ".join((found.title or "").split()),
        author=" ".join((found.author or "").split()),
        date=_date(found.date or ""),
        paragraphs=tuple(collector.paragraphs()),
    )


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return ""


class _Collector:
    """Flattens the extracted tree to paragraphs, in the order of its text."""

    def __init__(self) -> None:
        self._found: list[tuple[str, int, list[str]]] = []
        self._kind, self._level = "paragraph", 0
        self._fresh = True

    def walk(self, root: Any) -> None:
        """Take an element and all within it. Nesting is kept on a list, not on the stack."""
        todo: list[tuple[str, Any, str, int]] = [("enter", root, "paragraph", 0)]
        while todo:
            step, element, kind, level = todo.pop()
            self._kind, self._level = kind, level
            if step == "text":
                self._add(element)
            elif step == "border":
                self._fresh = True
            else:
                todo.extend(reversed(list(_steps(element, kind, level))))

    def _add(self, text: str) -> None:
        if self._fresh and text.strip():
            self._found.append((self._kind, self._level, []))
            self._fresh = False
        if not self._fresh:
            self._found[-1][2].append(text)

    def paragraphs(self) -> Iterator[Paragraph]:
        """The paragraphs taken so far."""
        for kind, level, chunks in self._found:
            yield Paragraph(kind, level, tuple(chunks))


def _steps(element: Any, kind: str, level: int) -> Iterator[tuple[str, Any, str, int]]:
    """What an element consists of; text inside an item or a cell is theirs, whatever holds it."""
    is_block = element.tag in _BLOCKS
    inner, depth = kind, level
    if element.tag in _KINDS:
        inner = _KINDS[element.tag]
        depth = _level(element) if inner == "heading" else 0
    elif element.tag in ("list", "table", "quote"):
        inner, depth = "paragraph", 0
    if is_block:
        yield "border", None, inner, depth
    if element.text:
        yield "text", element.text, inner, depth
    for child in element:
        if isinstance(child.tag, str):
            yield "enter", child, inner, depth
        if child.tail:
            yield "text", child.tail, inner, depth
    if is_block:
        yield "border", None, kind, level


def _level(element: Any) -> int:
    rend = element.get("rend") or ""
    return int(rend[1]) if re.fullmatch(r"h[1-6]", rend) else 2
