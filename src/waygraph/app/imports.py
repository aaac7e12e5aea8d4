"""Importing background knowledge: files of others, beside what the notes say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from waygraph.app.ask import open_store
from waygraph.app.freshness import begin_change
from waygraph.codec import encode
from waygraph.config import Workspace
from waygraph.errors import ReadError
from waygraph.model import Background, Borrowed, ConceptTable, digest_of
from waygraph.sealed import read_sealed, write_sealed
from waygraph.vocab import SKOS, import_graph, run_iri

if TYPE_CHECKING:
    from waygraph.compute.values import Item
    from waygraph.store.dataset import NamedGraph

_FOLDER = "imports"
_VERSION = "1"


def import_file(place: Workspace, file: Path) -> tuple[int, int]:
    """Keep an RDF file as a named graph, in place of what was imported from a file so named.

    Its concepts count as known terms from the next ingest on, as those of the gazetteer do.

    Returns:
        How many triples it has, and how many things with a ``skos:prefLabel``.

    Raises:
        ReadError: it cannot be read; names the line.
        StoreError: it cannot be kept.
    """
    from waygraph.store.background import read_background
    from waygraph.store.convert import Converter

    base = place.settings.base
    name = import_graph(base, file.name)
    lines = read_background(file, name)
    kept = _kept(place, file)
    write_sealed(kept, "".join(f"{line}\n" for line in lines))
    run = _run(place)
    ended = datetime.now(UTC).isoformat(timespec="seconds")
    facts = (("operator", "import"), ("version", _VERSION), ("endedAtTime", ended))
    with open_store(place, None, write=True) as data:
        begin_change(place)
        data.put({name: _named_graph(place, lines)})
        data.write_provenance({run: Converter(base).run(run, facts)})
    return len(lines), len({s for line in lines for s, p, _ in [line.split(" ", 2)] if p == _LABEL})


def remove_import(place: Workspace, file: Path) -> None:
    """Drop what was imported from a file so named.

    Raises:
        ReadError: nothing was.
    """
    kept = _kept(place, file)
    if not kept.exists():
        known = ", ".join(name for name, _ in _files(place)) or "nothing"
        raise ReadError(file.name, "it was not imported", hint=f"imported: {known}")
    kept.unlink()
    with open_store(place, None, write=True) as data:
        begin_change(place)
        data.put({import_graph(place.settings.base, file.name): None})


def imported_graphs(place: Workspace) -> Iterator[tuple[str, NamedGraph]]:
    """The named graphs of what was imported."""
    for name, path in _files(place):
        lines = _text(path).split("\n")[:-1]
        yield import_graph(place.settings.base, name), _named_graph(place, lines)


def known_concepts(place: Workspace) -> ConceptTable:
    """What the gazetteer and the imported files name; of two so named the first counts."""
    from waygraph.store.gazetteer import read_gazetteer

    tables = []
    if place.settings.gazetteer:
        tables.append(read_gazetteer(place.root / place.settings.gazetteer))
    for _, path in _files(place):
        if f"> {_LABEL} " in _text(path):
            tables.append(read_gazetteer(path, own=True))
    found = {concept.slug: concept for table in reversed(tables) for concept in table.concepts}
    return ConceptTable(tuple(found[slug] for slug in sorted(found)))


def background_terms(place: Workspace) -> Background:
    """What the lists hold that the settings name as background."""
    from waygraph.store.background_terms import read_background_terms

    return Background(read_background_terms(_lists(place), place.folder / _TERMS))


def background_item(place: Workspace) -> Item:
    """The same for a compute graph: known by the lists' digest, and read when it is asked for."""
    from waygraph.compute.values import Item
    from waygraph.store.background_terms import digest_of_lists

    return Item(digest_of_lists(_lists(place)), "", _Terms(place))


@dataclass(frozen=True, slots=True)
class _Terms:
    place: Workspace

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """See ``compute.values.Home``."""
        return dict.fromkeys(keys, encode(background_terms(self.place)))


def _lists(place: Workspace) -> list[Path]:
    return [place.root / name for name in place.settings.background]


def borrowed_relations(place: Workspace) -> Borrowed:
    """What the imported files say builds on what."""
    from waygraph.store.background import relations_of

    found = ((name, *one) for name, path in _files(place) for one in relations_of(_text(path)))
    return Borrowed(tuple(found))


_TERMS = "background.terms"
_LABEL = f"<{SKOS}prefLabel>"


def _files(place: Workspace) -> list[tuple[str, Path]]:
    """The name of each imported file, and where its triples are kept."""
    return [(path.stem, path) for path in sorted((place.folder / _FOLDER).glob("*.nt"))]


def _text(path: Path) -> str:
    """The triples that are kept of an imported file."""
    return read_sealed(path, f"import {path.stem} again, or drop it: waygraph import --remove")


def _kept(place: Workspace, file: Path) -> Path:
    return place.folder / _FOLDER / f"{file.name}.nt"


def _named_graph(place: Workspace, lines: list[str]) -> NamedGraph:
    from waygraph.store.dataset import NamedGraph

    return NamedGraph.of(lines, _run(place))


def _run(place: Workspace) -> str:
    """The IRI of the run that imports."""
    return run_iri(place.settings.base, "import", digest_of(_VERSION)[:16])
