"""The links of a workspace: where each leads, and what the broken ones may have meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from waygraph.config import Workspace
from waygraph.errors import MissingWorkspace, WaygraphError
from waygraph.model import Document, Failure, Target
from waygraph.read.links import Resolver
from waygraph.read.names import within
from waygraph.read.sites import Site, configured_sites
from waygraph.read.suggestions import Suggester

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


def link_resolver(
    place: Workspace, documents: Iterable[Document]
) -> tuple[Resolver, tuple[Failure, ...]]:
    """What finds the targets of links as the workspace is set up, and what it could not read.

    Sites come from the setting ``site`` and from ``_config.yml`` and ``CNAME`` in the
    folders of the documents.
    """
    known = list(documents)
    sites = [Site("", place.settings.site.rstrip("/"))] if place.settings.site else []
    warnings: list[Failure] = []
    for found in configured_sites(place.root, (document.address for document in known)):
        if isinstance(found, Failure):
            warnings.append(found)
        else:
            sites.append(found)
    return Resolver(known, place.settings.wikilinks, sites), tuple(warnings)


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
    from waygraph.read.snapshots import Snapshots

    file = place.folder / "documents.sqlite"
    if not file.exists():
        raise MissingWorkspace(f"{place.folder} (it is empty)")
    with Snapshots(file) as snapshots:
        resolver, warnings = link_resolver(place, snapshots.all())
    suggester = Suggester(resolver)
    counts = dict.fromkeys(STATUSES, 0)
    links: list[FoundLink] = []
    for document in _chosen(place, list(resolver.names.documents.values()), paths):
        for link, target in zip(document.links, resolver.targets(document).found, strict=True):
            counts[target.status] += 1
            wrong = target.status in ("broken", "ambiguous")
            if broken and not wrong:
                continue
            text = document.text[link.span.start : link.span.end]
            written = resolver.wanted(document, link)
            near = suggester.suggest(document, link, target) if wrong else ()
            links.append(
                FoundLink(
                    document.address, link.line, link.kind, text, written, target, tuple(near)
                )
            )
    published = resolver.published
    given, inferred = (
        tuple(sorted(sites, key=lambda site: (site.root, site.url)))
        for sites in (published.given, published.inferred)
    )
    return LinkReport(tuple(links), counts, resolver.wikilinks, given, inferred, warnings)


def _chosen(
    place: Workspace, documents: Sequence[Document], paths: Sequence[Path]
) -> list[Document]:
    chosen: dict[str, Document] = {}
    for path in paths:
        top = place.address(path)
        inside = [d for d in documents if d.address == top or _lies_in(d.address, top)]
        if not inside:
            raise WaygraphError(
                f"{path}: no ingested document lies there", f"first: waygraph ingest {path}"
            )
        chosen.update((document.address, document) for document in inside)
    return [d for d in documents if not paths or d.address in chosen]


def _lies_in(address: str, top: str) -> bool:
    return within(address, "" if top == "." else top)
