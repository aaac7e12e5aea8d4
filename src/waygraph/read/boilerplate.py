"""Boilerplate: what notes carry around without saying it of themselves.

Two sorts: lines of navigation, licence or copyright, which show by themselves
(``is_furniture``), and blocks that stand identically in many notes of a corpus, which show
only beside the others (``boilerplate``). Both are marked, not removed: offsets and links
stay, and operators pass the blocks over.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from waygraph.labels import is_term
from waygraph.model import Block, Document, Span
from waygraph.read.text import folded

if TYPE_CHECKING:
    from waygraph.read.snapshots import Snapshots

_LEAST = 5
_SHARE = 0.2
_FOLDER_SHARE = 0.5
_BODY = frozenset({"heading", "paragraph", "item", "cell"})
_LONGEST_LINE = 300
_LONGEST_TERM = 5
_BATCH = 200
_ARROWS = "←→↑↓⬅➡⬆⬇⇐⇒◀▶"
_BETWEEN = re.compile(rf"[\s|/\\·•:;,.\-–—<>«»‹›\[\](){_ARROWS}]*")
_WAY = re.compile(
    r"[\s<«‹]*(?:(?:prev(?:ious)?|next)"
    r"(?: (?:page|post|day|note|chapter|lesson|section|up))?(?::.*)?"
    r"|back to (?:the )?(?:top|home|index|start|contents|overview|list|blog|posts)"
    r"|home|home ?page|table of contents|edit this page.*)[\s>»›]*",
    re.I | re.S,
)
_LICENCE = re.compile(
    r"\s*(?:(?:copyright\s*)?(?:©|\(c\))\s*(?:copyright\b)?[^.!?]{0,40}?\b(?:19|20)\d\d\b"
    r"|copyright\s+(?:19|20)\d\d\b|©|all rights reserved\b"
    r"|(?:this|unless|except)\b[^.!?]{0,60}?\blicen[sc]ed\s+under\b|licen[sc]ed\s+under\b"
    r"|edit (?:this page )?on \w+$|back to (?:the )?top$|\[?toc\]?$|table of contents$"
    r"|(?:this page was |page )?last (?:updated|modified|edited)\s*(?:on\b|by\b|at\b|:))",
    re.I,
)


def is_furniture(text: str, span: Span, links: Sequence[Span]) -> bool:
    """Whether a block is a line of navigation, licence or copyright.

    ``links`` are the spans of the links in it, sorted. Navigation is a line of nothing but
    links, of which one says which way it leads ("next", "home", an arrow).
    """
    if span.end - span.start > _LONGEST_LINE:
        return False
    if _LICENCE.match(text, span.start, span.end):
        return True
    if not links:
        return False
    at, rest = span.start, ""
    for link in links:
        rest, at = rest + text[at : link.start], max(at, link.end)
    rest += text[at : span.end]
    if not _BETWEEN.fullmatch(rest):
        return False
    # "lexer → parser" leads nowhere, "← lexer | parser →" does
    ends = [text[span.start : span.end], *(text[link.start : link.end] for link in links)]
    return any(
        set(_ARROWS).intersection(said.strip()[:1] + said.strip()[-1:]) for said in ends
    ) or any(_WAY.fullmatch(said) for said in ends[1:])


def boilerplate(documents: Iterable[Document]) -> frozenset[str]:
    """The digests of the blocks that are boilerplate in this corpus; see ``mark``.

    A block is if it stands in at least five notes that differ otherwise, and in a fifth of
    all or in half of those in some folder (a site's footer fills its folder, not the
    vault). Never counted are front matter, a heading that names its page, and what could
    be a term of up to five words: many notes may list "linear algebra" among what they
    need. The result depends on the set of documents alone, not on their order.
    """
    # the same note twice is one, at the first of its addresses
    notes: dict[str, tuple[str, frozenset[str]]] = {}
    for document in documents:
        text = _digest(document.text)
        if text not in notes or document.address < notes[text][0]:
            found = frozenset(_digest(said) for _, said in _countable(document))
            notes[text] = document.address, found
    holders: defaultdict[str, list[str]] = defaultdict(list)
    sizes: Counter[str] = Counter()
    for address, found in notes.values():
        sizes.update(_folders(address))
        for digest in found:
            holders[digest].append(address)
    least = max(_LEAST, math.ceil(_SHARE * len(notes)))
    return frozenset(
        digest
        for digest, addresses in holders.items()
        if len(addresses) >= least
        or (len(addresses) >= _LEAST and _fills_a_folder(addresses, sizes))
    )


def mark(document: Document, digests: frozenset[str] = frozenset()) -> Document:
    """The document with its boilerplate blocks marked, and no others.

    ``digests`` are what ``boilerplate`` gave for its corpus; furniture is marked besides.
    """
    # links come sorted by their spans
    spans = [link.span for link in document.links if link.span.start < link.span.end]
    starts = [span.start for span in spans]
    found: set[Span] = set()
    if digests:
        found = {block.span for block, said in _countable(document) if _digest(said) in digests}

    def is_mere(block: Block) -> bool:
        if document.is_form or block.kind == "property":
            return True
        if block.kind not in _BODY or block.span in found:
            return block.kind in _BODY
        first, last = (bisect_left(starts, end) for end in (block.span.start, block.span.end))
        return is_furniture(document.text, block.span, spans[first:last])

    marks = [is_mere(block) for block in document.blocks]
    if marks == [block.boilerplate for block in document.blocks]:
        return document
    blocks = zip(document.blocks, marks, strict=True)
    return replace(document, blocks=tuple(replace(b, boilerplate=mere) for b, mere in blocks))


def remark(snapshots: Snapshots) -> int:
    """Bring the marks of all documents up to their corpus; how many documents changed.

    Marks hang on the whole corpus: what one note brings may be the fifth of its kind.
    """
    digests = boilerplate(snapshots.all())
    changed = [d.address for d in snapshots.all() if mark(d, digests) is not d]
    for first in range(0, len(changed), _BATCH):
        found = map(snapshots.document, changed[first : first + _BATCH])
        snapshots.put([mark(document, digests) for document in found if document])
    return len(changed)


def _countable(document: Document) -> Iterator[tuple[Block, str]]:
    """The blocks that may be boilerplate, each with its text on one line."""
    own = folded(document.title)
    for block in document.blocks:
        if block.kind not in _BODY:
            continue
        said = " ".join(document.text[block.span.start : block.span.end].split())
        if block.kind == "heading" and folded(said) == own:
            continue
        if said.count(" ") >= _LONGEST_TERM or not is_term(said):
            yield block, said


def _digest(said: str) -> str:
    return blake2b(said.encode(), digest_size=16).hexdigest()


def _folders(address: str) -> list[str]:
    parents = [str(folder) for folder in PurePosixPath(address).parents]
    # the corpus root is the folder of its own notes, not of those that came from beside it
    return [p for p in parents if p.strip("./")] if address.startswith("../") else parents


def _fills_a_folder(addresses: Sequence[str], sizes: Counter[str]) -> bool:
    counts = Counter(folder for address in addresses for folder in _folders(address))
    return any(
        count >= max(_LEAST, _FOLDER_SHARE * sizes[folder]) for folder, count in counts.items()
    )
