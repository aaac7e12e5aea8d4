"""What documents are called, and which of them a name fits best."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote

from waygraph.labels import topic
from waygraph.model import Document
from waygraph.read.text import folded

MARKDOWN = frozenset({".md", ".markdown"})
# What a document's name may end in and a link to it leave off.
NOTES = MARKDOWN | {".mdown", ".mkd", ".mdx", ".rmd", ".qmd", ".ipynb", ".org", ".txt", ".rst"}
PUBLISHED = frozenset({".html", ".htm"})
# The note that stands for its folder.
INDEXES = ("index", "_index", "README", "Readme", "readme")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))


def tidy(name: str) -> str:
    """A name or path in one spelling: composed letters, single blanks, none around its parts."""
    if not name.isascii():
        name = unicodedata.normalize("NFC", name).translate(_INVISIBLE)
    if not any(map(str.isspace, name)):
        return name
    return "/".join(" ".join(part.split()) for part in name.split("/"))


def stem(address: str, suffixes: frozenset[str] = NOTES | PUBLISHED) -> str:
    """An address without its suffix, if that is one of ``suffixes`` in whatever case."""
    before, dot, suffix = address.rpartition(".")
    return before if before and f"{dot}{suffix.strip().lower()}" in suffixes else address


def is_web(address: str) -> bool:
    """Whether a document's address is a URL, not a path."""
    return "://" in address


def within(address: str, folder: str) -> bool:
    """Whether a path lies in a folder; the folder ``""`` is the corpus root."""
    return address.startswith(folder + "/") if folder else not is_web(address)


@dataclass(frozen=True, slots=True)
class Card:
    """What is remembered of every document of a corpus: what it is called, and its topic.

    ``topic`` is the label of what it is a page about; empty if it is no page.
    """

    address: str
    title: str
    page: bool
    aliases: tuple[str, ...]
    topic: str


class Names:
    """The documents of a corpus by path, title, alias and file name.

    They are added by address, and not kept. ``roots`` are folders in which a corpus of its own
    lies: a name in one of its notes means its own notes first.
    """

    def __init__(self, roots: Iterable[str] = ()) -> None:
        self._roots = sorted(roots, key=len, reverse=True)
        self.cards: dict[str, Card] = {}
        self._exact: defaultdict[str, list[str]] = defaultdict(list)
        self._paths: defaultdict[str, list[str]] = defaultdict(list)
        self._titles: defaultdict[str, list[str]] = defaultdict(list)
        self._folded: defaultdict[str, list[str]] = defaultdict(list)
        self._folders: set[str] = set()

    def add(self, document: Document) -> None:
        """Take in the names of one more document."""
        address = document.address
        about, page = topic(document)
        self.cards[address] = Card(
            address, document.title, document.page, document.aliases, about if page else ""
        )
        titles = {document.title, *document.aliases}
        alike = set(titles)
        if not is_web(address):
            bare = tidy(stem(address))
            for path in {bare, bare + _suffix(address)}:
                self._exact[path].append(address)
            for path in {end.casefold() for end in _paths(address)} - {""}:
                self._paths[path].append(address)
            alike |= {posixpath.basename(bare), bare}
            self._folders.update(str(folder) for folder in PurePosixPath(address).parents)
        for title in {tidy(t).casefold() for t in titles} - {""}:
            self._titles[title].append(address)
        # a name of signs alone ("???") folds to nothing, which would be every such name
        for name in {folded(name) for name in alike} - {""}:
            self._folded[name].append(address)

    def is_folder(self, path: str) -> bool:
        """Whether documents lie in the folder at a path relative to the corpus root."""
        return path in self._folders

    def at(self, path: str) -> list[str]:
        """The documents at a path relative to the corpus root.

        The suffix may be left off, or be that of the published page; a folder stands for
        its index. Case counts, as it does on most servers.
        """
        if path in self.cards:
            return [path]
        wanted = tidy(path).rstrip("/")
        found = self._exact.get(wanted) or self._exact.get(stem(wanted, PUBLISHED))
        for name in () if found else INDEXES:
            found = self._exact.get(f"{wanted}/{name}" if wanted not in ("", ".") else name)
            if found:
                break
        return _markdown_first(found or [])

    def find(self, name: str, origin: str, loosely: bool = True) -> list[str]:
        """The documents that a name fits best, from the point of view of ``origin``.

        A path, or its end, is better than a title or alias, and that is better than
        (``loosely``) the same letters and digits. Among equals the own corpus wins, then the
        same case, then the
        path from the folder of ``origin``, then the same folder, then the path from the root,
        then the longest common path, then Markdown. Several are left if they fit equally.
        """
        for table in (self._paths, self._titles):
            for wanted in _variants(name):
                if found := table.get(wanted.casefold()):
                    return self._best(found, wanted, origin)
        for wanted in _variants(name) if loosely else ():
            if found := self._folded.get(folded(wanted)):
                return self._best(found, wanted, origin)
        return []

    def like(self, pattern: str) -> list[str]:
        """The notes whose names fit Dendron's wildcard (``recipes.*``), by address."""
        wanted = re.compile(re.escape(pattern).replace(r"\*", "[^/]*"), re.I)
        return sorted(
            address
            for address in self.cards
            if not is_web(address) and wanted.fullmatch(posixpath.basename(stem(address)))
        )

    def nearest(self, found: list[str], origin: str) -> list[str]:
        """Of several documents those that lie nearest, as ``find`` has it of equal names."""
        return self._best(found, "", origin)

    def knows(self, name: str) -> bool:
        """Whether ``name`` fits any document."""
        return any(
            wanted.casefold() in self._paths
            or wanted.casefold() in self._titles
            or folded(wanted) in self._folded
            for wanted in _variants(name)
        )

    def _best(self, found: list[str], wanted: str, origin: str) -> list[str]:
        if len(found) == 1:
            return found
        root = self._root(origin)
        found = [a for a in found if self._root(a) == root or is_web(a)] or found
        found = [a for a in found if self._spells(a, wanted)] or found
        folder = posixpath.dirname(origin)
        ranks = {address: _distance(address, wanted, folder, root) for address in found}
        least = min(ranks.values())
        return _markdown_first([a for a in found if ranks[a] == least])

    def _root(self, address: str) -> str:
        return next((root for root in self._roots if within(address, root)), "")

    def _spells(self, address: str, wanted: str) -> bool:
        card = self.cards[address]
        if wanted in map(tidy, (card.title, *card.aliases)):
            return True
        return not is_web(address) and wanted in _paths(address)


def _suffix(address: str) -> str:
    return address[len(stem(address)) :]


def _paths(address: str) -> Iterator[str]:
    """The path and all its ends, with and without suffix."""
    folder, _, name = tidy(stem(address)).rpartition("/")
    # Logseq writes a page's "/" as "___" or "%2F" into the name of its file
    names = {name + _suffix(address), name, unquote(name), name.replace("___", "/")}
    parents = folder.split("/") if folder else []
    for last in names:
        for first in range(len(parents) + 1):
            yield "/".join((*parents[first:], last))


def _variants(name: str) -> Iterator[str]:
    """A name as it may be meant: as it stands, without suffix, with ``%20`` read as a blank."""
    wanted = tidy(name)
    if wanted.startswith("dendron://"):
        wanted = wanted.removeprefix("dendron://").partition("/")[2]
    yield wanted
    if (bare := stem(wanted, MARKDOWN)) != wanted:
        yield bare
    if (read := tidy(unquote(wanted))) != wanted:
        yield from _variants(read)


def _distance(address: str, wanted: str, folder: str, root: str) -> tuple[int, int]:
    bare, wanted = tidy(stem(address)).casefold(), wanted.casefold()
    if bare == tidy(posixpath.join(folder, wanted)).casefold():
        return 0, 0
    if posixpath.dirname(address) == folder:
        return 1, 0
    if bare == posixpath.join(tidy(root).casefold(), wanted):
        return 2, 0
    mine, theirs = folder.split("/"), address.split("/")
    common = 0
    while common < min(len(mine), len(theirs)) and mine[common] == theirs[common]:
        common += 1
    return 3, -common


def _markdown_first(found: list[str]) -> list[str]:
    """Of notes that differ in the suffix alone, the Markdown one."""
    if len(found) > 1 and len({tidy(stem(address)) for address in found}) == 1:
        markdown = [a for a in found if stem(a, MARKDOWN) != a]
        return markdown or found
    return found
