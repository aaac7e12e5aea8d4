"""Background knowledge: an RDF file of others, kept as a named graph of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

import pyoxigraph as ox

from waygraph.confined import MEMORY, Confined, TooLong, TooMuch
from waygraph.errors import ReadError
from waygraph.labels import key
from waygraph.store.facts import unescape
from waygraph.vocab import DCTERMS, SKOS, WG

MOST_BYTES, MOST_SECONDS = 100_000_000, 60.0
# Entities of a file may unfold to much more than it has: its literals together to at most so
# many times its size, but always to so many characters.
_UNFOLDED, _ALWAYS = 20, 1_000_000
Node = ox.NamedNode | ox.BlankNode


def read_background(
    path: Path,
    base: str,
    *,
    most_bytes: int = MOST_BYTES,
    most_seconds: float = MOST_SECONDS,
    memory: int = MEMORY,
) -> list[str]:
    """The triples of an RDF file as sorted N-Triples lines; named graphs in it are joined.

    Blank nodes get IRIs under ``base``, by their order in the file. It is read in a process of
    its own, see ``confined``; nothing that it refers to is fetched.

    Args:
        path: a file whose suffix names an RDF syntax: .ttl, .nt, .nq, .trig, .rdf, .jsonld …
        base: the IRI of the named graph it becomes; relative IRIs count from it.
        most_bytes: how large the file may be.
        most_seconds: how long it may take to read.
        memory: how many bytes of memory.

    Raises:
        ReadError: it cannot be read, is too large, takes too long or too much or is not what
            its suffix says; names the line.
    """
    if ox.RdfFormat.from_extension(path.suffix.lstrip(".").lower()) is None:
        raise ReadError(
            str(path),
            "its suffix names no RDF syntax",
            hint="rename it to .ttl, .nt, .rdf, .jsonld …",
        )
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ReadError(str(path), f"it cannot be read: {error.strerror}") from None
    if size > most_bytes:
        raise ReadError(
            str(path),
            f"it has {size:,} bytes, more than {most_bytes:,}",
            hint="import a part of it",
        )
    try:
        with Confined(_reader, memory=memory) as child:
            return child.ask((path, base), most_seconds)  # type: ignore[no-any-return]  # _lines'
    except TooLong:
        reason = f"after {most_seconds:g} s its time is up"
        raise ReadError(str(path), reason, hint="import a part of it") from None
    except TooMuch as error:
        reason = f"reading it was ended: {error.message}"
        raise ReadError(str(path), reason, hint="import a part of it") from None


# What a file may say of an order of learning -> what that is called in a reason.
_ORDERS = {
    WG + "requires": "requires", DCTERMS + "requires": "requires", SKOS + "broader": "is a kind of",
}  # fmt: skip


def relations_of(triples: str) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """What N-Triples say builds on what: (relation, keys of the one, keys of the other).

    A thing goes by its preferred label and its others; what has none is passed over.
    """
    if not any(f" <{name}> " in triples for name in _ORDERS):
        return []
    labels: dict[str, dict[str, None]] = {}
    said: list[tuple[str, str, str]] = []
    for line in sorted(filter(None, triples.split("\n"))):
        subject, predicate, rest = line.split(" ", 2)
        name = predicate[1:-1]
        if name in (SKOS + "prefLabel", SKOS + "altLabel"):
            known = labels.setdefault(subject, {})
            label = unescape(rest[1 : rest.rindex('"')])
            # sorted, altLabel comes first: the preferred one is to stand before it
            labels[subject] = {key(label): None, **known}
        elif name in _ORDERS:
            said.append((subject, _ORDERS[name], rest.removesuffix(" .")))
    pairs = (
        (relation, tuple(k for k in labels.get(one, ()) if k), tuple(labels.get(other, ())))
        for one, relation, other in said
        if one != other
    )
    return [pair for pair in pairs if pair[1] and pair[2]]


def _reader() -> Callable[[tuple[Path, str]], list[str]]:
    return lambda asked: _lines(*asked)


def _lines(path: Path, base: str) -> list[str]:
    syntax = ox.RdfFormat.from_extension(path.suffix.lstrip(".").lower()) or ox.RdfFormat.TURTLE
    graph = ox.Store()
    try:
        graph.extend(_triples(path, syntax, base))
    except SyntaxError as error:
        reason = f"it is no {syntax.name}: {error.msg}"
        line = error.lineno or _last_line_read(path, syntax, base)
        raise ReadError(str(path), reason, line, "mend the file") from None
    except MemoryError as error:
        reason = f"it holds a literal or name that is too long: {error}"
        line = _last_line_read(path, syntax, base)
        raise ReadError(str(path), reason, line, "take it out") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ReadError(str(path), f"it cannot be read: {reason}") from None
    lines = graph.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph()) or b""
    return sorted(line for line in lines.decode("utf-8").split("\n") if line)


def _triples(path: Path, syntax: ox.RdfFormat, base: str) -> Iterator[ox.Quad]:
    names: dict[str, ox.NamedNode] = {}
    left = max(_ALWAYS, _UNFOLDED * path.stat().st_size)

    def named(node: object) -> object:
        if isinstance(node, ox.BlankNode):
            return names.setdefault(node.value, ox.NamedNode(f"{base}#blank={len(names) + 1}"))
        if isinstance(node, ox.Triple):
            raise ReadError(
                str(path), "it holds a triple about a triple, which is not kept", hint="take it out"
            )
        return node

    for quad in ox.parse(path=path, format=syntax, base_iri=base):
        subject, term = named(quad.subject), named(quad.object)
        if isinstance(term, ox.Literal):
            left -= len(term.value)
        if left < 0:
            raise ReadError(
                str(path),
                f"its literals have more than {_UNFOLDED} times its bytes",
                hint="write out the entities (<!ENTITY …>) that it declares",
            )
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
    """The line at which a parser gives up that does not say so itself."""
    with path.open("rb") as file:
        lines = _Lines(file)
        with suppress(SyntaxError, MemoryError):
            for _ in ox.parse(lines, format=syntax, base_iri=base):  # type: ignore[arg-type]  # reading is all it asks for
                pass
        return lines.count
