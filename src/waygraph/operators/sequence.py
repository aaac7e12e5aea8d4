"""The sequence: all that documents say of an order, as one order of the corpus."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from waygraph.compute.operator import operator
from waygraph.model import Failure
from waygraph.operators.positions import is_index
from waygraph.order import (
    CONTENTS,
    DATE,
    DAY,
    FIELD,
    NAME,
    NEXT,
    Entry,
    MetInOrder,
    Place,
    Places,
    Position,
    Positions,
    Sign,
    side,
    strength,
)

# So many of one kind of contradiction are told, and how many others there are.
_TOLD = 3
# A list of so many names in the order of the alphabet says no other order.
_ALPHABET = 5
# So many dated entries, and such a share of all, show that a list has the newest first.
_DATED, _SHARE = 3, 0.6


@operator(version="1")
def sequence(positions: Sequence[Positions]) -> MetInOrder:
    """The places of all documents, see ``waygraph.order``, and what contradicts them.

    Tables of contents that others list are read in their place. A list in the order of the
    alphabet says nothing, one with the newest first is read from its end. A signal that tells no
    two documents apart is left out.
    """
    ordered = sorted(positions, key=lambda one: one.address)
    said = {one.address: one for one in ordered}
    links, circles = _steps(ordered)
    signs: list[_Signed] = [
        *_chained(links),
        *_contents(said),
        *(_Signed(one.address, one.address, sign) for one in ordered for sign in _own(one, said)),
    ]
    found = _places(signs)
    return MetInOrder(
        tuple(Places(address, found[address]) for address in sorted(found)),
        (*_few(circles), *_contradictions(found)),
    )


class _Signed(NamedTuple):
    """A sign of a document's place, and the document that says so."""

    address: str
    source: str
    sign: Sign


class _Step(NamedTuple):
    """That one document comes after another, and where that is written."""

    one: str
    other: str
    source: str
    line: int


def _own(one: Positions, said: Mapping[str, Positions]) -> Iterator[Sign]:
    """A document's own signs; its number in a field follows those of the folders it lies in, which
    stand in the documents that stand for them."""
    folder = posixpath.dirname(one.address)
    for sign in one.signs:
        if sign.signal != FIELD:
            yield sign
            continue
        position, above = sign.position, folder
        if is_index(one.address) and folder:
            position, above = (*position, -1), posixpath.dirname(folder)
        while above and (number := _number(above, sign.track, said)):
            position, above = (*number, *position), posixpath.dirname(above)
        yield replace(sign, track=f"{above}/{sign.track}", position=position)


def _number(folder: str, field: str, said: Mapping[str, Positions]) -> Position | None:
    """The number that a folder has by a field of the document that stands for it."""
    for name in ("index.md", "_index.md", "README.md", "readme.md"):
        for sign in said[f"{folder}/{name}"].signs if f"{folder}/{name}" in said else ():
            if (sign.signal, sign.track) == (FIELD, field):
                return sign.position
    return None


def _steps(ordered: Sequence[Positions]) -> tuple[list[_Step], list[Failure]]:
    """The steps from one document to the next, without those that close a circle, and these."""
    found: dict[tuple[str, str], _Step] = {}
    for one in ordered:
        for entry in one.following:
            step = _Step(one.address, entry.address, one.address, entry.line)
            found.setdefault(step[:2], step)
    for one in ordered:
        for entry in one.preceding:
            step = _Step(entry.address, one.address, one.address, entry.line)
            found.setdefault(step[:2], step)
    onward: defaultdict[str, list[_Step]] = defaultdict(list)
    for step in found.values():
        onward[step.one].append(step)
    kept: list[_Step] = []
    circles: list[Failure] = []
    done: set[str] = set()
    for start in sorted(onward):
        way: list[_Step] = []
        inside, turns = {start: 0}, [iter(onward[start] if start not in done else ())]
        while turns:
            following = next(turns[-1], None)
            if following is None:
                turns.pop()
                done.add(way.pop().other if way else start)
                if turns:
                    del inside[next(reversed(inside))]
            elif following.other in inside:
                circles.append(_circle([*way[inside[following.other] :], following]))
            else:
                kept.append(following)
                if following.other not in done:
                    way.append(following)
                    inside[following.other] = len(way)
                    turns.append(iter(onward.get(following.other, ())))
    return kept, circles


def _circle(steps: Sequence[_Step]) -> Failure:
    shown = ", ".join(f"{s.other} after {s.one} ({s.source}:{s.line})" for s in steps)
    said = f"next and previous go round in a circle: {shown}; the last was left out"
    return Failure(steps[-1].source, f"{said}: correct one of them", steps[-1].line)


def _chained(steps: Iterable[_Step]) -> Iterator[_Signed]:
    """The chains that steps make. Where one forks, it goes on to what is named first."""
    after: dict[str, _Step] = {}
    taken: set[str] = set()
    for step in steps:
        if step.one not in after and step.other not in taken:
            after[step.one] = step
            taken.add(step.other)
    for start in sorted(after.keys() - taken):
        chain = [step := after[start]]
        while following := after.get(step.other):
            chain.append(step := following)
        size = len(chain) + 1
        for rank, address in enumerate([start, *(step.other for step in chain)], 1):
            way = chain[max(0, rank - 2)]
            said = f"{rank} of {size} from {start}"
            yield _Signed(address, way.source, Sign(NEXT, start, (rank,), said, way.line))


def _contents(said: Mapping[str, Positions]) -> Iterator[_Signed]:
    """The documents in the order of the tables of contents, those within others in their place.

    What several list belongs to that which lies nearest above it.
    """
    files = _files(said)
    lists = {a: found for a, one in said.items() if (found := _listing(one, said, files))}
    nearest: dict[str, int] = {}
    for source, entries in lists.items():
        for entry in entries:
            near = _nearness(source, entry.address)
            nearest[entry.address] = max(near, nearest.get(entry.address, near))
    for source, entries in lists.items():
        lists[source] = [e for e in entries if _nearness(source, e.address) == nearest[e.address]]
    below = {entry.address for entries in lists.values() for entry in entries}
    expanded: set[str] = set()
    # of those that list each other the outermost is the root
    for root in sorted(lists, key=lambda a: (a in below, a.count("/"), not is_index(a), a)):
        if root not in expanded:
            yield from _walked(root, lists, expanded)


def _walked(
    root: str, lists: Mapping[str, Sequence[Entry]], expanded: set[str]
) -> Iterator[_Signed]:
    found: dict[str, tuple[str, int]] = {}
    expanded.add(root)
    turns = [(root, iter(lists[root]))]
    while turns:
        source, entries = turns[-1]
        entry = next(entries, None)
        if entry is None:
            turns.pop()
        elif entry.address != root and entry.address not in found:
            found[entry.address] = source, entry.line
            if entry.address in lists and entry.address not in expanded:
                expanded.add(entry.address)
                turns.append((entry.address, iter(lists[entry.address])))
    for rank, (address, (source, line)) in enumerate(found.items(), 1):
        sign = Sign(CONTENTS, root, (rank,), f"{rank} of {len(found)} in {root}", line)
        yield _Signed(address, source, sign)


def _nearness(source: str, address: str) -> int:
    """How near a table of contents lies above a document, in folders; -1 if it lies elsewhere."""
    home = posixpath.dirname(address)
    home = posixpath.dirname(home) if is_index(address) else home
    folder = posixpath.dirname(source)
    inside = not folder or home == folder or home.startswith(folder + "/")
    return folder.count("/") + bool(folder) if inside else -1


def _files(said: Iterable[str]) -> dict[str, str]:
    """Documents by their addresses without suffix, and by the folders that they stand for."""
    files: dict[str, str] = {}
    for address in said:
        files.setdefault(posixpath.splitext(address)[0], address)
        if is_index(address):
            files.setdefault(posixpath.dirname(address), address)
    return files


def _listing(
    one: Positions, said: Mapping[str, Positions], files: Mapping[str, str]
) -> list[Entry]:
    """What a document lists that is there, in the order of meeting."""
    folder = posixpath.dirname(one.address)
    found: dict[str, Entry] = {}
    for entry in one.listed:
        address = entry.address
        if not address:
            base = "" if entry.path.startswith("/") else folder
            path = posixpath.normpath(posixpath.join(base, entry.path.lstrip("/")))
            address = path if path in said else files.get(path, "")
        if address in said and address != one.address:
            found.setdefault(address, replace(entry, address=address))
    entries = list(found.values())
    names = [entry.name.casefold() for entry in entries if not entry.path]
    if (
        len(names) >= _ALPHABET
        and names == sorted(names)
        and not any(character.isdigit() for name in names for character in name)
    ):
        return []
    if _newest_first([said[entry.address] for entry in entries]):
        entries.reverse()
    return entries if len(entries) > 1 else []


def _newest_first(listed: Sequence[Positions]) -> bool:
    for signal in (DAY, DATE):
        when = [s.position for one in listed for s in one.signs if s.signal == signal]
        falls = all(one >= other for one, other in pairwise(when))
        if len(when) >= max(_DATED, _SHARE * len(listed)) and falls and when[0] > when[-1]:
            return True
    return False


def _places(signs: Iterable[_Signed]) -> dict[str, tuple[Place, ...]]:
    """Each document's places, the strongest first."""
    tracks: defaultdict[tuple[str, str], dict[str, _Signed]] = defaultdict(dict)
    for signed in signs:
        track = tracks[signed.sign.signal, signed.sign.track]
        known = track.get(signed.address)
        if known is None or signed.sign.position < known.sign.position:
            track[signed.address] = signed
    found: defaultdict[str, list[Place]] = defaultdict(list)
    for (signal, name), track in sorted(tracks.items(), key=lambda one: strength(*one[0])):
        ranks = {p: i for i, p in enumerate(sorted({s.sign.position for s in track.values()}), 1)}
        for address, (_, source, sign) in track.items() if len(ranks) > 1 else ():
            rank = ranks[sign.position]
            found[address].append(
                Place(signal, name, sign.position, rank, sign.said, source, sign.line)
            )
    return {address: tuple(places) for address, places in found.items()}


def _contradictions(found: Mapping[str, tuple[Place, ...]]) -> Iterator[Failure]:
    """Where what an author put one after the other has another order by a weaker signal."""
    tracks: defaultdict[tuple[str, str], list[tuple[Position, str]]] = defaultdict(list)
    for address, places in found.items():
        for place in places:
            if place.signal in (NEXT, CONTENTS):
                tracks[place.signal, place.track].append((place.position, address))
    kinds: defaultdict[tuple[str, str], list[Failure]] = defaultdict(list)
    for strong, track in sorted(tracks):
        for (_, one), (_, other) in pairwise(sorted(tracks[strong, track])):
            mine = {(p.signal, p.track): p for p in found[one]}
            others = {(p.signal, p.track): p for p in found[other]}
            for (signal, name), place in mine.items():
                against = others.get((signal, name))
                weaker = (
                    (CONTENTS, FIELD, NAME, DAY, DATE) if strong == NEXT else (FIELD, DAY, DATE)
                )
                if against and signal in weaker and side(place.position, against.position) > 0:
                    told = others[strong, track]
                    said = f"{other} comes after {one} by {strong}, but before it by {signal}"
                    why = f"{against} against {place}; {strong} counts: correct one of them"
                    kinds[strong, signal].append(Failure(told.source, f"{said}: {why}", told.line))
    for kind in sorted(kinds):
        yield from _few(kinds[kind])


def _few(found: Sequence[Failure]) -> list[Failure]:
    """The first of them, the last of which tells how many there are besides."""
    few = list(found[:_TOLD])
    if more := len(found) - len(few):
        few[-1] = replace(few[-1], reason=f"{few[-1].reason}; and {more} more like this")
    return few
