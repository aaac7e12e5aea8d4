"""Reading a corpus into the workspace: what changed, and what hangs on the whole of it."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from waygraph.app.origin import claim_origin
from waygraph.config import Workspace
from waygraph.errors import ReadError, WaygraphError
from waygraph.model import Document, Failure, digest_of

if TYPE_CHECKING:
    from waygraph.read.corpus import Source
    from waygraph.read.snapshots import Snapshots

Progress = Callable[[str, int, int], None]
# Documents are kept in transactions of about so many bytes of source.
_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of the notes under some paths.

    ``read`` and ``dropped`` count documents read anew and gone, a renamed one in neither;
    ``renamed`` holds (old address, new address) of notes that are elsewhere now, the same
    to the byte; ``own`` the addresses of files that waygraph wrote, which are no notes.
    """

    read: int
    dropped: int
    renamed: tuple[tuple[str, str], ...]
    failures: tuple[Failure, ...]
    own: tuple[str, ...] = ()


def refuse_missing(paths: Sequence[Path]) -> None:
    """Say that there is nothing to read.

    Raises:
        WaygraphError: there are ``paths``, but nothing is at any of them.
    """
    if paths and not any(map(os.path.lexists, paths)):
        missing = "\n".join(f"{path}: does not exist" for path in paths)
        raise WaygraphError(missing, "name notes or folders that do")


def read_notes(
    place: Workspace, snapshots: Snapshots, paths: Sequence[Path], show: Progress
) -> Reading:
    """Bring the snapshots up to what is under ``paths``: only changed bytes are read.

    Raises:
        WaygraphError: nothing is at any of the paths, nor was when they were read last.
    """
    from waygraph.app.outputs import own_outputs
    from waygraph.read.brought import own_read, shown
    from waygraph.read.corpus import is_plan, load
    from waygraph.read.names import is_web
    from waygraph.read.reader_process import read_note

    sources, failures = _sources(place, paths)
    claim_origin(place)
    # what came from other workspaces is theirs, until it is read from disk here
    theirs = shown(snapshots)
    known = {a: digest for a, digest in snapshots.current().items() if a not in theirs}
    waiting: list[Document] = []
    size = 0
    seen: set[str] = set()
    fresh: dict[str, str] = {}
    own: list[str] = []
    outputs = own_outputs(place)
    for number, source in enumerate(sources.values(), 1):
        data = load(source)
        if isinstance(data, Failure):
            failures.append(data)
        elif is_plan(data) or (
            source.address in outputs and _sha256(data) in outputs[source.address]
        ):
            own.append(source.address)
        elif known.get(source.address) == _sha256(data):
            seen.add(source.address)
        else:
            try:
                document = read_note(source.address, data)
            except ReadError as error:
                failures.append(Failure(source.address, error.reason, error.line or 0))
            else:
                waiting.append(document)
                size += len(data)
                fresh[source.address] = document.digest
        if size >= _AT_ONCE:
            snapshots.put(waiting)
            waiting, size = [], 0
        show("read", number, len(sources))
    snapshots.put(waiting)
    seen.update(fresh)
    tops = [place.address(path) for path in paths]
    notes = (a for a in snapshots.addresses() if not is_web(a) and a not in theirs)
    gone = [a for a in notes if a not in seen and _under(a, tops)]
    if not gone:
        refuse_missing(paths)
    renamed = _renamed({a: known[a] for a in gone if a in known}, fresh.keys() - known, fresh)
    snapshots.drop(gone)
    own_read(snapshots, fresh)
    count = len(renamed)
    return Reading(len(fresh) - count, len(gone) - count, renamed, tuple(failures), tuple(own))


def _sources(place: Workspace, paths: Sequence[Path]) -> tuple[dict[str, Source], list[Failure]]:
    """The files to read by their addresses, and what cannot be read."""
    from waygraph.read.corpus import scan

    sources: dict[str, Source] = {}
    failures: list[Failure] = []
    named = (place.settings.gazetteer, *place.settings.background)
    vocabularies = {place.address(place.root / name) for name in named if name}
    for found in scan(paths, place.root):
        if isinstance(found, Failure):
            failures.append(found)
        elif found.address not in vocabularies:
            sources[found.address] = found
    return sources, failures


def note_at(place: Workspace, named: str) -> Document | None:
    """The ingested document of this address, or at this path from the current folder."""
    from waygraph.read.snapshots import Snapshots

    file = place.folder / "documents.sqlite"
    # bytes of the command line that are no text come as lone surrogates
    named = named.encode("utf-8", "replace").decode("utf-8")
    if not file.exists():
        return None
    with Snapshots(file, write=False) as snapshots:
        return snapshots.document(named) or snapshots.document(place.address(Path(named)))


def section_line(place: Workspace, address: str, number: int) -> int:
    """The line at which a document's section of this number begins; 0 if there is none."""
    from waygraph.read.snapshots import Snapshots

    file = place.folder / "documents.sqlite"
    if not file.exists():
        return 0
    with Snapshots(file, write=False) as snapshots:
        document = snapshots.document(address)
    if document is None or number >= len(document.sections):
        return 0
    return document.line_of(document.source_span(document.sections[number].span)[0])


def _sha256(data: bytes) -> str:
    from hashlib import sha256

    return sha256(data).hexdigest()


def _under(address: str, tops: Sequence[str]) -> bool:
    inside = "." in tops and not address.startswith("../")
    return inside or any(address == top or address.startswith(top + "/") for top in tops)


def _renamed(
    gone: dict[str, str], new: Iterable[str], digests: dict[str, str]
) -> tuple[tuple[str, str], ...]:
    """Pairs of a gone and a new address with the same bytes, each address once, by name."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for address in sorted(new):
        places[digests[address]].append(address)
    return tuple(
        (old, places[digest].pop(0)) for old, digest in sorted(gone.items()) if places[digest]
    )


def settle(place: Workspace, snapshots: Snapshots, show: Progress) -> None:
    """Bring up to date what hangs on the whole corpus: boilerplate, and where links lead.

    It is worked out anew only if a document or what it hangs on besides has changed.
    """
    from waygraph.app.articles import kept_pages
    from waygraph.app.links import known_sites
    from waygraph.read.boilerplate import remark
    from waygraph.read.brought import origins
    from waygraph.read.links import RESOLVER, Resolver

    state = snapshots.state()
    if snapshots.settled("boilerplate") != state:
        remark(snapshots)
        snapshots.settle("boilerplate", state)
    sites, _ = known_sites(place, snapshots)
    wikilinks = place.settings.wikilinks
    roots = [origin.root for origin in origins(snapshots)]
    pages = kept_pages(place)
    had = json.dumps(pages, sort_keys=True)
    wanted = digest_of(state, RESOLVER, wikilinks, repr(sites), had, *roots)
    if snapshots.settled("targets") == wanted:
        return
    resolver = Resolver(snapshots.all(), wikilinks, sites, snapshots.required, roots, pages)
    done, total = 0, len(resolver.names.cards)
    for batch in snapshots.batches():
        snapshots.put_targets(map(resolver.targets, batch))
        done += len(batch)
        show("links", done, total)
    snapshots.settle("targets", wanted)
