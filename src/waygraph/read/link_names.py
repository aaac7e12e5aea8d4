"""What a link names: not by how its text has it, but by what it leads to."""

from __future__ import annotations

import re

from waygraph.labels import page_name, tidy, title_concept
from waygraph.model import Document, Link, Target
from waygraph.read.days import days
from waygraph.read.forms import BLOCK, WIKI, WILDCARD, name_and_place
from waygraph.read.names import Card
from waygraph.read.text import folded

# "Definition: ring", "Theorem 2.1 (Lagrange)": what a heading says before the name of a thing.
_PREFIX = re.compile(
    r"^(?:definition|theorem|lemma|proposition|corollary|example|axiom|def|thm|prop)\.?\s*"
    r"(?:\d+(?:\.\d+)*)?\s*[:.–—-]?\s*(?=\S)",
    re.I,
)


def names_of(
    document: Document, link: Link, wanted: str, target: Target, card: Card | None
) -> tuple[str, ...]:
    """Labels of what a link names by its target, the narrowest first.

    A heading may name something ("Definition: ring"); what a wikilink names and nobody has
    written yet is named all the same. ``wanted`` is what is written for the target, ``card`` is
    that of the document it leads to.
    """
    if link.kind in ("image", "footnote"):
        return ()
    if card is None:
        page = wanted[2:-2] if wanted.startswith("[[") else wanted
        if (link.kind not in WIKI and page == wanted) or target.status != "broken":
            return ()
        if BLOCK.fullmatch(page) or WILDCARD.fullmatch(page):
            return ()
        label = title_concept(tidy(page_name(name_and_place(page)[0])), True)
        return () if days(label) else tuple(filter(None, (label,)))
    heading = ""
    if target.status == "heading" and folded(target.fragment) != folded(card.title):
        heading = title_concept(_PREFIX.sub("", target.fragment), False)
    # a place in the note itself does not speak of the note
    about = card.topic if target.address != document.address else ""
    return tuple(dict.fromkeys(filter(None, (heading, about))))
