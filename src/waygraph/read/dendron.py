"""What Dendron's notes link by tags and users: ``#craft.textile`` and ``@jane.doe`` are notes.

The note of a tag is called ``tags.craft.textile``, that of a user ``user.jane.doe``. Whether there
is such a note is not known where one is read, so each becomes the plain name of one.
"""

from __future__ import annotations

import re

from waygraph.model import Span
from waygraph.read.build import Builder, Found
from waygraph.read.front_matter import FrontMatter

_USER = re.compile(r"(?<![\w@./-])@([a-z][\w-]*(?:\.[\w-]*\w)*)", re.I)
_BARRED = frozenset({"code", "math", "url", "link"})


def add_names(builder: Builder, front: FrontMatter) -> None:
    """Add what the tags and users of a note name; only Dendron's notes have these fields."""
    if not (front.text("id") and front.text("title")):
        return
    text, places = builder.text.text(), builder.text.map()
    marks = [(mark.span, "tags") for mark in builder.marks if mark.kind == "tag"]
    marks += [(block.span, "tags") for block in builder.blocks if block.kind == "tag"]
    prose = list(text)
    for span in (mark.span for mark in builder.marks if mark.kind in _BARRED):
        prose[span.start : span.end] = " " * (span.end - span.start)
    marks += ((Span(*match.span(1)), "user") for match in _USER.finditer("".join(prose)))
    for span, kind in marks:
        name = text[span.start : span.end].lstrip("#")
        builder.links.append(Found("name", span, f"{kind}.{name}", places.source_start(span.start)))
