"""The links of a workspace: where each leads, and what the broken ones may have meant."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from waygraph.app.articles import kept_pages, lost_pages
from waygraph.config import Workspace
from waygraph.errors import MissingWorkspace, WaygraphError
from waygraph.model import Document, Failure, Link, Target
from waygraph.read.corpus import is_passed_over
from waygraph.read.forms import WIKI
from waygraph.read.links import FILE, Resolver
from waygraph.read.names import within
from waygraph.read.sites import Site, configured_sites
from waygraph.read.suggestions import Suggester

if TYPE_CHECKING:
    from waygraph.read.snapshots import Snapshots

# What Jekyll's and Hugo's tags put before a path.
_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
STATUSES = ("document", "heading", "block", "external", "ambiguous", "broken")


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link and where it leads.

    ``source`` and ``line`` say where it stands, ``text`` what one reads there, ``written``
    what it names. ``suggestions`` are the nearest targets, for a broken or ambiguous link.
    """

    source: str
    line: int
    kind: str
    text: str
    written: str
    target: Target
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkReport:
    """Links of a workspace.

    ``counts`` holds how many of the links looked at have each status, also where ``links``
    holds the broken and ambiguous alone. ``wikilinks`` says which side of the bar is taken
    for the target; ``given`` and ``inferred`` are the sites the corpus is published at.
    """

    links: tuple[FoundLink, ...]
    counts: Mapping[str, int]
    wikilinks: str
    given: tuple[Site, ...]
    inferred: tuple[Site, ...]
    warnings: tuple[Failure, ...]


def known_sites(place: Workspace, snapshots: Snapshots) -> tuple[list[Site], list[Failure]]:
    """The sites that the workspace's documents are published at, and what could not be read.

    They come from the setting ``site`` and from ``_config.yml`` and ``CNAME`` in the folders
    of the documents.
    """
    sites = [Site("", place.settings.site.rstrip("/"))] if place.settings.site else []
    warnings: list[Failure] = []
    for found in configured_sites(place.root, snapshots.addresses()):
        if isinstance(found, Failure):
            warnings.append(found)
        else:
            sites.append(found)
    return sites, warnings


def link_report(
    place: Workspace, paths: Sequence[Path] = (), *, broken: bool = False
) -> LinkReport:
    """The links of the workspace's documents, by address and place.

    Args:
        place: the workspace; its documents are taken as they were ingested.
        paths: notes or folders whose links are wanted; by default all.
        broken: hold the broken and ambiguous links alone.

    Raises:
        MissingWorkspace: nothing was ingested yet.
        WaygraphError: no ingested document lies at one of the paths.
    """
    from waygraph.read.brought import origins
    from waygraph.read.snapshots import Snapshots

    file = place.folder / "documents.sqlite"
    if not file.exists():
        raise MissingWorkspace(f"{place.folder} (it is empty)")
    counts = dict.fromkeys(STATUSES, 0)
    links: list[FoundLink] = []
    with Snapshots(file, write=False) as snapshots:
        sites, warnings = known_sites(place, snapshots)
        roots = [origin.root for origin in origins(snapshots)]
        resolver = Resolver(
            snapshots.all(),
            place.settings.wikilinks,
            sites,
            snapshots.required,
            roots,
            kept_pages(place),
        )
        suggester = Suggester(resolver)
        outside = _Outside(place)
        for address in _chosen(place, list(resolver.names.cards), paths):
            document = snapshots.required(address)
            for link, found in zip(document.links, resolver.targets(document).found, strict=True):
                if link.kind == "name" and not link.role and found.status == "external":
                    continue  # a tag or a user without a note
                written = resolver.wanted(document, link)
                target = outside.seen(document, link, written, found)
                counts[target.status] += 1
                wrong = target.status in ("broken", "ambiguous")
                if wrong or not broken:
                    near = suggester.suggest(document, link, target) if wrong else ()
                    links.append(_found(document, link, written, target, near))
    published = resolver.published
    given, inferred = (
        tuple(sorted(found, key=lambda site: (site.root, site.url)))
        for found in (published.given, published.inferred)
    )
    return LinkReport(tuple(links), counts, resolver.wikilinks, given, inferred, tuple(warnings))


class _Outside:
    """What lies outside the documents: pages that could not be had, and files."""

    def __init__(self, place: Workspace) -> None:
        self._root = place.root
        self._lost = lost_pages(place)

    def seen(self, document: Document, link: Link, written: str, target: Target) -> Target:
        """``target``, or a broken one if it is known not to be there."""
        if target.status != "external":
            return target
        if target.why == FILE:
            path = unquote(re.split(r"[#?|]", _TEMPLATE.sub("", written))[0]).strip()
            there = not path or self._is_there(document.address, path, link.kind in WIKI)
            return target if there else Target(status="broken", why=f"no file is at '{path}'")
        reason = self._lost and self._lost.get(_page_url(link.target))
        return Target(status="broken", why=f"the page was not had: {reason}") if reason else target

    def _is_there(self, address: str, path: str, anywhere: bool) -> bool:
        """Whether a file is there: from the note's folder, from one above it, or by its name."""
        if anywhere and path.rpartition("/")[2] in self._names:
            return True
        folders = [self._root / folder for folder in PurePosixPath(address).parents]
        tried = folders if path.startswith("/") else [folders[0], self._root]
        return any(os.path.lexists(folder / path.lstrip("/")) for folder in tried)

    @cached_property
    def _names(self) -> frozenset[str]:
        """The names of all files in the corpus: editors find a picture wherever it lies."""
        found: set[str] = set()
        for _, folders, files in os.walk(self._root):
            folders[:] = [name for name in folders if not is_passed_over(name)]
            found.update(files)
        return frozenset(found)


def _page_url(target: str) -> str:
    from waygraph.read.web.urls import BadAddress, page_url

    try:
        return page_url(target)
    except BadAddress:
        return ""


def _found(
    document: Document, link: Link, written: str, target: Target, near: Iterable[str]
) -> FoundLink:
    text = document.text[link.span.start : link.span.end]
    return FoundLink(document.address, link.line, link.kind, text, written, target, tuple(near))


def _chosen(place: Workspace, addresses: Sequence[str], paths: Sequence[Path]) -> list[str]:
    chosen: set[str] = set()
    for path in paths:
        top = place.address(path)
        inside = [a for a in addresses if a == top or _lies_in(a, top)]
        if not inside:
            raise WaygraphError(
                f"{path}: no ingested document lies there", f"first: waygraph ingest {path}"
            )
        chosen.update(inside)
    return [a for a in addresses if not paths or a in chosen]


def _lies_in(address: str, top: str) -> bool:
    return within(address, "" if top == "." else top)
