"""Where links lead: to a note, a place in it, out of the corpus, or nowhere.

What a link leads to depends on the documents alone, in whatever order they come, and on
the settings given here; the file system is never asked.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from urllib.parse import unquote, urljoin

from waygraph.model import Document, Link, Target, Targets
from waygraph.read.anchors import Anchors
from waygraph.read.build import called
from waygraph.read.days import named_date
from waygraph.read.forms import (
    BLOCK,
    WIKI,
    WILDCARD,
    is_file,
    is_media,
    is_page,
    name_and_place,
    page_key,
    sides,
    untemplated,
)
from waygraph.read.link_names import names_of
from waygraph.read.names import Names, is_web
from waygraph.read.names import tidy as tidied
from waygraph.read.org_nodes import OrgNodes, Place, blocks_of, citation_key, place_of
from waygraph.read.published import Published, is_dated
from waygraph.read.sites import Site, split

# Changes whenever the same links lead elsewhere.
RESOLVER = "4"
# So many links must speak for labels before the bar: a few are slips, or renamed pages.
_LEAST_REVERSED = 3
_ANCHORS_KEPT = 1_000
NO_PAGES: Mapping[str, str] = {}
# Why a link leads out of the corpus that leads to a picture, a paper, a table …
FILE = "a file that is no note"
# Org's citation.
_CITATION = re.compile(r"cite[\w*/-]*:(.+)", re.I)
# A daily note's name in digits is the one that its tool gave it.
_DIGITS = re.compile(r"[\d_.-]+")


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
        pages: Mapping[str, str] = NO_PAGES,
    ) -> None:
        """Learn the names of a corpus.

        Args:
            documents: all of them; with ``load`` by address, and none is kept.
            wikilinks: see above.
            sites: see above.
            load: gives a document again by its address.
            roots: where the corpora of others lie that came in; see ``Names``.
            pages: the address of the document that was had for an address of the web.
        """
        if load is None:
            kept = {d.address: d for d in sorted(documents, key=lambda d: d.address)}
            documents, load = kept.values(), kept.__getitem__
        self._load = load
        self.names = Names(roots)
        self.published = Published(self.names, sites)
        self._pages: dict[str, list[str]] = {}
        self._days: dict[str, list[str]] = {}
        barred: set[tuple[str, str]] = set()
        for document in documents:
            self.names.add(document)
            self.published.add(document)
            if is_web(document.address):
                self._pages.setdefault(page_key(document.address), []).append(document.address)
                continue
            for name in (called(document.address), document.title):
                if day := named_date(name):
                    self._days.setdefault(day, []).append(document.address)
                    break
            if wikilinks == "auto":
                found = (sides(document, link) for link in document.links if link.kind in WIKI)
                barred.update((before, behind) for before, behind in found if behind)
        for url, address in sorted(pages.items()):
            # a page that was led to, or calls itself otherwise, is known by both addresses
            if address in self.names.cards:
                self._pages.setdefault(page_key(url), [address])
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
        card = self.names.cards.get(target.address)
        names = names_of(document, link, self.wanted(document, link), target, card)
        return replace(target, names=names) if names else target

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
        if block := BLOCK.fullmatch(wanted):
            return self._block(block[1])
        if wanted.startswith("[[") and wanted.endswith("]]"):  # Logseq's [label]([[page]])
            wanted, form = wanted[2:-2], "name"
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
    def _org(self) -> OrgNodes:
        return OrgNodes(self.names.cards, self._load, self.anchors)

    @cached_property
    def _blocks(self) -> dict[str, list[str]]:
        notes = (address for address in self.names.cards if not is_web(address))
        return blocks_of(notes, self._load)

    def _block(self, name: str) -> Target:
        """The page that holds a block of Logseq's, and the place of it there."""
        found = self._blocks.get(name.casefold())
        return self._one_of(found, name, False) if found else _broken(f"no block has the id {name}")

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
        found = self._org_link(origin, wanted) if origin.endswith(".org") else None
        return found or self._page(origin, wanted)

    def _page(self, origin: str, wanted: str) -> Target:
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
        if found := self._called(name, origin):
            return self._one_of(found, fragment)
        return self._unnamed(origin, wanted, name, fragment)

    def _unnamed(self, origin: str, wanted: str, name: str, fragment: str) -> Target:
        """What is the name of no note."""
        if WILDCARD.fullmatch(name):
            return self._first_like(name, fragment, origin)
        nodes = self._org.names.get(tidied(name).casefold()) if origin.endswith(".org") else None
        if nodes:
            return self._node(nodes)
        if "://" in name or name.startswith("mailto:"):
            return self._address(origin, wanted)
        return _file() if is_media(name) else _broken(f"no note is named '{name}'")

    def _called(self, name: str, origin: str) -> list[str]:
        """The notes that a name fits best; that of a day fits its daily note, however written."""
        found, day = self.names.find(name, origin), named_date(name)
        if found or day not in self._days:
            return found
        near = self.names.nearest(self._days[day], origin)
        return [a for a in near if _DIGITS.fullmatch(called(a))] or near

    def _first_like(self, name: str, fragment: str, origin: str) -> Target:
        """The first of the other notes whose names fit Dendron's wildcard, and have the place."""
        found = [self._place(a, fragment) for a in self.names.like(name) if a != origin]
        return next((t for t in found if t.status != "broken"), None) or next(
            iter(found), _broken(f"no note is named '{name}'")
        )

    def _org_link(self, origin: str, wanted: str) -> Target | None:
        """Where a link of Org's leads that is no page's name: a place in the note, a scheme."""
        scheme, _, rest = wanted.partition(":")
        if scheme.casefold() == "roam":
            return self._wikilink(origin, rest)
        if scheme in ("id", "attachment") or "::" in wanted or _CITATION.fullmatch(wanted):
            return self._address(origin, wanted)
        place = self.anchors(origin).named(wanted)
        return self._place(origin, wanted) if place else None

    def _node(self, nodes: Sequence[Place]) -> Target:
        if len({address for address, _ in nodes}) > 1:
            return self._one_of([address for address, _ in nodes])
        address, fragment = nodes[0]
        return self._place(address, fragment, strictly=False)

    def _address(self, origin: str, target: str) -> Target:
        searched = origin.endswith(".org") or target.startswith("file:")
        if searched and "::" in target and "://" not in target:
            return self._searched(origin, *target.split("::", 1))
        return self._plain_address(origin, target)

    def _plain_address(self, origin: str, target: str) -> Target:
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
        if found_there := self._org_scheme(target, scheme, rest):
            return found_there
        if scheme == "file" and rest and not rest.startswith("/"):
            return self._path(origin, rest, "")
        if len(scheme) == 1 or scheme == "file":
            return _broken("leads to a file of one machine")
        return _external(f"an address of the kind {scheme}:")

    def _org_scheme(self, target: str, scheme: str, rest: str) -> Target | None:
        if scheme == "id":
            nodes = self._org.ids.get(rest.strip().casefold())
            return self._node(nodes) if nodes else _broken(f"nothing has the id '{rest}'")
        if cited := _CITATION.fullmatch(target):
            nodes = self._org.refs.get(citation_key(cited[1]).casefold())
            return self._node(nodes) if nodes else _external("a citation")
        if scheme == "attachment":
            return _external("a file attached to the note")
        return None

    def _searched(self, origin: str, target: str, place: str) -> Target:
        """Org's link to a place in what it leads to: ``file:x.org::*Heading``, ``id:x::#own``."""
        found = self._address(origin, target)
        fragment, strictly = place_of(place)
        if not found.address or not fragment:
            return found
        there = self._place(found.address, fragment, strictly)
        return found if there.status == "document" else there

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
        found = self.published.by_url(sites, path, origin) or self._fetched(url)
        if found:
            return self._one_of(found, parts.fragment, strictly=False)
        ours = any(site in self.published.given for site in sites) and path.strip("/")
        if (ours or (sites and is_dated(path))) and not is_file(path):
            return _broken(f"no note is published at '{path}'")
        return _external()

    def _fetched(self, url: str) -> list[str]:
        """The documents that were had for an address, or for it without tracking parameters."""
        from waygraph.read.web.urls import without_tracking

        if found := self._pages.get(page_key(url)):
            return found
        try:
            bare = without_tracking(url) if "?" in url else ""
        except ValueError:
            return []
        return self._pages.get(page_key(bare), []) if bare else []

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
