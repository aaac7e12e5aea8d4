"""Background knowledge: an RDF file of others, kept as a named graph of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

import pyoxigraph as ox

from waygraph.errors import ReadError

MOST_BYTES, MOST_SECONDS = 100_000_000, 60.0
_LOOK_EVERY = 1_000
Node = ox.NamedNode | ox.BlankNode


def read_background(
    path: Path, base: str, *, most_bytes: int = MOST_BYTES, most_seconds: float = MOST_SECONDS
) -> list[str]:
    """The triples of an RDF file as sorted N-Triples lines; named graphs in it are joined.

    Blank nodes get IRIs under ``base``, by their order in the file.

    Args:
        path: a file whose suffix names an RDF syntax: .ttl, .nt, .nq, .trig, .rdf, .jsonld …
        base: the IRI of the named graph it becomes; relative IRIs count from it.
        most_bytes: how large the file may be.
        most_seconds: how long it may take to read.

    Raises:
        ReadError: it cannot be read, is too large, takes too long or is not what its suffix
            says; names the line.
    """
    syntax = ox.RdfFormat.from_extension(path.suffix.lstrip(".").lower())
    if syntax is None:
        raise ReadError(
            str(path),
            "its suffix names no RDF syntax",
            hint="rename it to .ttl, .nt, .rdf, .jsonld …",
        )
    graph = ox.Store()
    try:
        size = path.stat().st_size
        if size > most_bytes:
            raise ReadError(
                str(path),
                f"it has {size:,} bytes, more than {most_bytes:,}",
                hint="import a part of it",
            )
        graph.extend(_triples(path, syntax, base, time.monotonic() + most_seconds))
    except SyntaxError as error:
        reason = f"it is no {syntax.name}: {error.msg}"
        line = error.lineno or _last_line_read(path, syntax, base)
        raise ReadError(str(path), reason, line, "mend the file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ReadError(str(path), f"it cannot be read: {reason}") from None
    lines = graph.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph()) or b""
    return sorted(line for line in lines.decode("utf-8").split("\n") if line)


def _triples(path: Path, syntax: ox.RdfFormat, base: str, end: float) -> Iterator[ox.Quad]:
    names: dict[str, ox.NamedNode] = {}

    def named(node: object) -> object:
        if isinstance(node, ox.BlankNode):
            return names.setdefault(node.value, ox.NamedNode(f"{base}#blank={len(names) + 1}"))
        if isinstance(node, ox.Triple):
            raise ReadError(
                str(path), "it holds a triple about a triple, which is not kept", hint="take it out"
            )
        return node

    for number, quad in enumerate(ox.parse(path=path, format=syntax, base_iri=base)):
        if number % _LOOK_EVERY == 0 and time.monotonic() > end:
            raise ReadError(
                str(path), f"after {number:,} triples its time is up", hint="import a part of it"
            )
        subject, term = named(quad.subject), named(quad.object)
        yield ox.Quad(subject, quad.predicate, term)  # type: ignore[arg-type]  # no triples left


class _Lines:
    """A file given away line by line; of ``count`` lines so far."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._between = True
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        # of a long line a part is given at a time
        part = self._file.readline(size)
        if part:
            self.count += self._between
            self._between = part.endswith(b"\n")
        return part


def _last_line_read(path: Path, syntax: ox.RdfFormat, base: str) -> int:
    """The line at which a parser gives up that does not say so itself, as for RDF/XML."""
    with path.open("rb") as file:
        lines = _Lines(file)
        with suppress(SyntaxError):
            for _ in ox.parse(lines, format=syntax, base_iri=base):  # type: ignore[arg-type]  # reading is all it asks for
                pass
        return lines.count
