"""Where links lead: to a note, a place in it, out of the corpus, or nowhere.

What a link leads to depends on the documents alone, in whatever order they come, and on
the settings given here; the file system is never asked.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from urllib.parse import unquote, urljoin

from waygraph.labels import tidy, title_concept
from waygraph.model import Document, Link, Target, Targets
from waygraph.read.anchors import Anchors
from waygraph.read.days import dates, days
from waygraph.read.forms import (
    WIKI,
    is_file,
    is_media,
    is_page,
    name_and_place,
    page_key,
    sides,
    untemplated,
)
from waygraph.read.names import Names, is_web
from waygraph.read.published import Published, is_dated
from waygraph.read.sites import Site, split
from waygraph.read.text import folded

# Changes whenever the same links lead elsewhere.
RESOLVER = "3"
# So many links must speak for labels before the bar: a few are slips, or renamed pages.
_LEAST_REVERSED = 3
_ANCHORS_KEPT = 1_000
# Why a link leads out of the corpus that leads to a picture, a paper, a table …
FILE = "a file that is no note"
# "Definition: ring", "Theorem 2.1 (Lagrange)": what a heading says before the name of a thing.
_PREFIX = re.compile(
    r"^(?:definition|theorem|lemma|proposition|corollary|example|axiom|def|thm|prop)\.?\s*"
    r"(?:\d+(?:\.\d+)*)?\s*[:.–—-]?\s*(?=\S)",
    re.I,
)
_ID = re.compile(r"^[ \t]*:ID:[ \t]+(\S+)", re.M | re.I)


def resolve_links(
    documents: Sequence[Document], wikilinks: str = "auto", sites: Iterable[Site] = ()
) -> list[Targets]:
    """For every document, what its links lead to. See ``Resolver``."""
    resolver = Resolver(documents, wikilinks, sites)
    return [resolver.targets(document) for document in documents]


class Resolver:
    """Finds what the links of a corpus lead to.

    ``wikilinks`` says on which side of the bar the label stands: ``target-first``
    (``[[page|label]]``), ``label-first``, or ``auto``: as the corpus has it. That is target-first,
    unless of several links (one said twice counts once) more than half speak for label-first:
    just the side behind the bar names a document. Those with one on either side say nothing.
    ``sites`` are those known to publish the corpus.
    """

    def __init__(
        self,
        documents: Iterable[Document],
        wikilinks: str = "auto",
        sites: Iterable[Site] = (),
        load: Callable[[str], Document] | None = None,
        roots: Iterable[str] = (),
    ) -> None:
        """Learn the names of a corpus.

        Args:
            documents: all of them; with ``load`` by address, and none is kept.
            wikilinks: see above.
            sites: see above.
            load: gives a document again by its address.
            roots: where the corpora of others lie that came in; see ``Names``.
        """
        if load is None:
            kept = {d.address: d for d in sorted(documents, key=lambda d: d.address)}
            documents, load = kept.values(), kept.__getitem__
        self._load = load
        self.names = Names(roots)
        self.published = Published(self.names, sites)
        self._pages: dict[str, list[str]] = {}
        barred: set[tuple[str, str]] = set()
        for document in documents:
            self.names.add(document)
            self.published.add(document)
            if is_web(document.address):
                self._pages.setdefault(page_key(document.address), []).append(document.address)
            elif wikilinks == "auto":
                found = (sides(document, link) for link in document.links if link.kind in WIKI)
                barred.update((before, behind) for before, behind in found if behind)
        self.published.settle()
        self.wikilinks = self._dialect(barred) if wikilinks == "auto" else wikilinks
        # the places in a document by its address, looked for when first wanted
        self.anchors = lru_cache(_ANCHORS_KEPT)(self._anchors_of)

    def _dialect(self, barred: Iterable[tuple[str, str]]) -> str:
        named = [(self._is_name(before), self._is_name(behind)) for before, behind in barred]
        mute, reverse = named.count((True, True)), named.count((False, True))
        turned = reverse >= _LEAST_REVERSED and 2 * reverse > len(named) - mute
        return "label-first" if turned else "target-first"

    def _is_name(self, wanted: str) -> bool:
        return self.names.knows(name_and_place(wanted)[0]) or self.names.knows(wanted)

    def targets(self, document: Document) -> Targets:
        """What the links of a document lead to, in the order of ``Document.links``."""
        found = (self.target(document, link) for link in document.links)
        return Targets(document.address, tuple(found))

    def target(self, document: Document, link: Link) -> Target:
        """What one link of a document leads to, and what it names by that."""
        target = self._target(document, link)
        names = self._named(document, link, target)
        return replace(target, names=names) if names else target

    def _named(self, document: Document, link: Link, target: Target) -> tuple[str, ...]:
        """Labels of what a link names by its target, the narrowest first.

        A heading may name something ("Definition: ring"); what a wikilink names and nobody has
        written yet is named all the same.
        """
        if link.kind in ("image", "footnote"):
            return ()
        card = self.names.cards.get(target.address)
        if card is None:
            if link.kind not in ("wikilink", "embed") or target.status != "broken":
                return ()
            name = name_and_place(self.wanted(document, link))[0].rpartition("/")[2]
            label = title_concept(tidy(name), True)
            return () if days(label) or dates(label) else tuple(filter(None, (label,)))
        heading = ""
        if target.status == "heading" and folded(target.fragment) != folded(card.title):
            heading = title_concept(_PREFIX.sub("", target.fragment), False)
        return tuple(dict.fromkeys(filter(None, (heading, card.topic))))

    def _target(self, document: Document, link: Link) -> Target:
        origin = document.address
        if link.kind == "footnote":
            return self._place(origin, "^" + link.target.lstrip("[^").rstrip("]"))
        if is_web(origin):
            return self._from_page(origin, link)
        if link.kind == "name":
            found = self._wikilink(origin, link.target)
            return found if found.status != "broken" else _external("a plain name, of no note")
        wanted, form = self.wanted(document, link), "name"
        if link.kind not in WIKI:
            wanted, form = untemplated(wanted)
        if form == "template":
            return _external("made by a template")
        return self._wikilink(origin, wanted) if form == "name" else self._address(origin, wanted)

    def wanted(self, document: Document, link: Link) -> str:
        """What a link names: its address, or of a wikilink the side that is no label."""
        if link.kind not in WIKI:
            return link.target
        before, behind = sides(document, link)
        return behind if behind and self.wikilinks == "label-first" else before

    def _anchors_of(self, address: str) -> Anchors:
        return Anchors(self._load(address))

    @cached_property
    def _ids(self) -> dict[str, list[str]]:
        """Org's documents by the ids that they and their headings have."""
        found: dict[str, list[str]] = {}
        for address in self.names.cards:
            if address.endswith(".org"):
                for name in set(_ID.findall(self._load(address).source)):
                    found.setdefault(name, []).append(address)
        return found

    def _from_page(self, origin: str, link: Link) -> Target:
        """A page of the web speaks of its own site's paths, and of no names of this corpus."""
        try:
            url = urljoin(origin, link.target)
        except ValueError:
            url = ""
        # what is broken in a page is not for the notes' author to mend
        if link.kind in WIKI or not url.startswith(("http://", "https://")):
            return _external("in a page of the web")
        found = self._web(origin, url)
        return found if found.status != "broken" else _external("in a page of the web")

    def _wikilink(self, origin: str, wanted: str) -> Target:
        name, fragment = name_and_place(wanted)
        if name != wanted.strip():
            # a page may be named "C#" or "a^b"
            whole = self.names.find(wanted, origin, loosely=not fragment)
            if whole:
                return self._one_of(whole)
        if not name:
            return self._place(origin, fragment)
        if name.startswith(("./", "../", "/")):
            return self._path(origin, name, fragment)
        if found := self.names.find(name, origin):
            return self._one_of(found, fragment)
        if "://" in name or name.startswith("mailto:"):
            return self._address(origin, wanted)
        return _file() if is_media(name) else _broken(f"no note is named '{name}'")

    def _address(self, origin: str, target: str) -> Target:
        parts = split(target)
        if parts is None:
            return _broken("is no address")
        if parts.scheme in ("http", "https") or (parts.netloc and not parts.scheme):
            return self._web(origin, target)
        if parts.scheme:
            return self._scheme(origin, target, parts.scheme)
        starred = target.startswith("*") and origin.endswith(".org")
        if parts.path and not starred:
            return self._path(origin, parts.path, parts.fragment)
        if parts.fragment or target.endswith("#") or starred:
            return self._place(origin, target.lstrip("*") if starred else parts.fragment)
        return _broken("names nothing")

    def _scheme(self, origin: str, target: str, scheme: str) -> Target:
        # a note's file may have a colon in its name
        path, _, fragment = target.partition("#")
        if found := self.names.at(_joined(origin, unquote(path))):
            return self._one_of(found, fragment)
        rest = target.partition(":")[2]
        if scheme == "id" and rest in self._ids:
            return self._one_of(self._ids[rest])
        if scheme == "file" and rest and not rest.startswith("/"):
            path, _, place = rest.partition("::")  # Org's
            return self._path(origin, path, place.lstrip("*#"))
        if len(scheme) == 1 or scheme == "file":
            return _broken("leads to a file of one machine")
        return _external(f"an address of the kind {scheme}:")

    def _path(self, origin: str, path: str, fragment: str) -> Target:
        """A path: from the note's folder, or with a slash before it from the site's root."""
        read = unquote(path)
        for one in dict.fromkeys((read, path)):
            rooted = one.startswith("/")
            found = (
                self.published.by_path(one, origin)
                if rooted
                else self.names.at(_joined(origin, one))
            )
            if not found and (is_page(one) or is_dated(one)):
                found = self.published.by_slug(one, origin)
            if found:
                return self._one_of(found, fragment)
        joined = posixpath.normpath(read.lstrip("/")) if rooted else _joined(origin, read)
        if joined.startswith("../") or joined == "..":
            return _broken("leads out of the corpus")
        if self.names.is_folder(joined):
            return _external("a folder without an index")
        return _file() if is_file(read) else _broken(f"no note is at '{joined}'")

    def _web(self, origin: str, url: str) -> Target:
        """A page of the web: published from a note, fetched as an article, or neither."""
        parts = split(url)
        if parts is None or not parts.hostname:
            return _broken("is no address")
        path = unquote(parts.path)
        sites = self.published.sites_of(parts, origin)
        found = self.published.by_url(sites, path, origin) or self._pages.get(page_key(url))
        if found:
            return self._one_of(found, parts.fragment, strictly=False)
        ours = any(site in self.published.given for site in sites) and path.strip("/")
        if (ours or (sites and is_dated(path))) and not is_file(path):
            return _broken(f"no note is published at '{path}'")
        return _external()

    def _one_of(self, found: Sequence[str], fragment: str = "", strictly: bool = True) -> Target:
        if len(found) == 1:
            return self._place(found[0], fragment, strictly)
        why = f"{len(found)} notes fit equally well"
        return Target(status="ambiguous", why=why, choices=tuple(sorted(found)))

    def _place(self, address: str, fragment: str, strictly: bool = True) -> Target:
        """A place in a document. A published page has places that are not in its note."""
        card = self.names.cards[address]
        place = self.anchors(address).find(fragment) if fragment else ("document", "")
        if place is None and strictly:
            kind = "block" if fragment.startswith("^") else "heading"
            why = f"{address} has no {kind} '{fragment}'"
            return Target(address, card.title, card.page, "", "broken", why)
        status, text = place or ("document", "")
        return Target(address, card.title, card.page, text, status)


def _external(why: str = "") -> Target:
    return Target(status="external", why=why)


def _broken(why: str) -> Target:
    return Target(status="broken", why=why)


def _file() -> Target:
    return _external(FILE)


def _joined(origin: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(origin), path))
