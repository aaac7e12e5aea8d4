"""What a link that leads nowhere may have meant: the nearest names that exist."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from urllib.parse import unquote

from waygraph.labels import key
from waygraph.model import Document, Link, Target
from waygraph.read.anchors import Anchors
from waygraph.read.links import Resolver
from waygraph.read.names import Card, is_web, stem, tidy
from waygraph.read.text import folded

# Of 100: how alike two spellings are before one is offered for the other.
_ALIKE = 70
# A label says less of the page than its address does.
_LABEL = 0.95
_DATE = re.compile(r"(?:\d{4}|\d{2})-\d{1,2}-\d{1,2}-(?=.)")
_NUMBER = re.compile(r"\d+")


class Suggester:
    """Finds the nearest targets for the broken and ambiguous links of a resolver."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._seen: dict[str, dict[str, float]] = {}

    @cached_property
    def _named(self) -> dict[str, list[str]]:
        """All spellings of all names, and the addresses of the documents that have them."""
        found: dict[str, list[str]] = {}
        for address, card in self._resolver.names.cards.items():
            for spelling in {s for name in _called(card) for s in _spellings(name)}:
                found.setdefault(spelling, []).append(address)
        return found

    def suggest(self, document: Document, link: Link, target: Target, count: int = 3) -> list[str]:
        """At most ``count`` addresses, the likeliest first, some with a ``#fragment``.

        Alike in name first, judged by what the link names and by its label; among equals
        the nearest folder, then the alphabet.
        """
        if target.status != "broken":
            return list(target.choices[:count])
        wanted = self._resolver.wanted(document, link)
        if target.address:
            return _near_places(self._resolver.anchors(target.address), target, wanted)[:count]
        label = document.text[link.span.start : link.span.end]
        scores: dict[str, float] = {}
        for weight, names in ((1.0, _asked(wanted)), (_LABEL, (label,))):
            for spelling in {s for name in names for s in _spellings(name)}:
                for address, score in self._alike(spelling).items():
                    scores[address] = max(scores.get(address, 0.0), score * weight)
        folder = posixpath.dirname(document.address)
        scores.pop(document.address, None)
        ranked = sorted(scores, key=lambda a: (-scores[a], _apart(a, folder), a))
        return ranked[:count]

    def _alike(self, spelling: str) -> dict[str, float]:
        """The documents with a name spelled like this one, and how alike it is."""
        from rapidfuzz import fuzz, process

        # broken links to one page come in numbers
        if spelling in self._seen:
            return self._seen[spelling]
        found = self._seen[spelling] = {}
        numbers = _NUMBER.findall(spelling)
        for other, score, _ in process.extract(
            spelling, self._named.keys(), scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=None
        ):
            theirs = _NUMBER.findall(other)
            # day 3 and day 13 are not alike
            if not (numbers and theirs and numbers != theirs):
                for address in self._named[other]:
                    found[address] = max(found.get(address, 0.0), score)
        return found


def _called(card: Card) -> Iterator[str]:
    yield from (card.title, *card.aliases)
    if not is_web(card.address):
        yield from _asked(card.address)


def _asked(path: str) -> Iterator[str]:
    """The name in a path or wikilink, with and without the day before it."""
    bare = re.split(r"[#^?]", path, maxsplit=1)[0].rstrip("/")
    name = tidy(stem(posixpath.basename(unquote(bare))))
    yield name
    yield _DATE.sub("", name, count=1)


def _spellings(name: str) -> Iterator[str]:
    """A name as words and as letters alone, numbers without leading zeros."""
    for spelled in (" ".join(sorted(key(name).split())), folded(name)):
        if plain := _NUMBER.sub(lambda m: m[0].lstrip("0") or "0", spelled):
            yield plain


def _apart(address: str, folder: str) -> int:
    common = posixpath.commonpath([address, folder]) if folder and not is_web(address) else ""
    return -len(common.split("/")) if common else 0


def _near_places(anchors: Anchors, target: Target, wanted: str) -> list[str]:
    from rapidfuzz import fuzz, process

    fragment = re.sub(r"^[^#^]*#?", "", wanted)
    places: Iterable[str] = (f"^{name}" for name in anchors.blocks.values())
    if not fragment.startswith("^"):
        places = dict.fromkeys(text for _, text in anchors.headings)
    ranked = process.extract(
        fragment, sorted(places), scorer=fuzz.ratio, processor=folded, limit=None
    )
    ranked.sort(key=lambda found: (-found[1], found[0]))
    return [f"{target.address}#{place}" for place, score, _ in ranked if score >= _ALIKE]
