"""What Org's notes are linked by besides their names: ids, other names of headings, references."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable

from waygraph.model import Document
from waygraph.read.anchors import Anchors
from waygraph.read.names import tidy

_LINE = re.compile(
    r"^[ \t]*(?::(?P<id>ID)|:(?P<alias>ROAM_ALIAS(?:ES)?)|(?::|#\+)(?P<ref>ROAM_(?:REFS?|KEY))):"
    r"[ \t]+(?P<value>\S.*)$",
    re.M | re.I,
)
_BLOCK = re.compile(
    r"(?:^|\s)(?::id:|id::)[ \t]+(?P<id>[0-9a-f]{8}-[0-9a-f-]{27})[ \t]*$", re.M | re.I
)
_WORDS = re.compile(r"\"([^\"\n]+)\"|(\S+)")
_KEY = re.compile(r"(?:cite[\w*/-]*:)?[@&]?([\w:./-]*\w)")

Place = tuple[str, str]


class OrgNodes:
    """Where ids, aliases of headings and keys of literature lead: (address, fragment)."""

    def __init__(
        self,
        addresses: Iterable[str],
        load: Callable[[str], Document],
        anchors: Callable[[str], Anchors],
    ) -> None:
        self.ids: defaultdict[str, list[Place]] = defaultdict(list)
        self.names: defaultdict[str, list[Place]] = defaultdict(list)
        self.refs: defaultdict[str, list[Place]] = defaultdict(list)
        for address in addresses:
            if address.endswith(".org"):
                self._add(load(address), anchors)

    def _add(self, document: Document, anchors: Callable[[str], Anchors]) -> None:
        found = list(_LINE.finditer(document.source))
        places = anchors(document.address) if found else None
        for match in found:
            heading = places.heading_above(document.line_of(match.start())) if places else ""
            if match["id"]:
                _put(
                    self.ids, match["value"].split()[0], (document.address, match["value"].strip())
                )
                if heading:
                    _put(self.names, heading, (document.address, heading))
            elif match["alias"] and heading:
                for words in _WORDS.finditer(match["value"]):
                    _put(self.names, words[1] or words[2], (document.address, heading))
            elif match["ref"]:
                for words in _WORDS.finditer(match["value"]):
                    _put(self.refs, citation_key(words[0]), (document.address, heading))


def _put(table: defaultdict[str, list[Place]], name: str, place: Place) -> None:
    known = table[tidy(name).casefold()]
    if place not in known:
        known.append(place)


def citation_key(written: str) -> str:
    """The key of a work of literature: of ``cite:@doe2020``, ``@doe2020`` or ``doe2020``."""
    match = _KEY.fullmatch(written.strip())
    return match[1] if match else ""


def blocks_of(addresses: Iterable[str], load: Callable[[str], Document]) -> dict[str, list[str]]:
    """The documents that hold Logseq's blocks, by the ids of these in lower case."""
    found: dict[str, list[str]] = {}
    for address in addresses:
        for match in _BLOCK.finditer(load(address).source):
            known = found.setdefault(match["id"].casefold(), [])
            if address not in known:
                known.append(address)
    return found


def place_of(written: str) -> tuple[str, bool]:
    """What stands behind ``::`` in a link as a fragment, and whether it must be there.

    A number is a line, words between strokes are searched for; other words may be.
    """
    place = written.strip()
    if place.isdigit() or place.startswith("/"):
        return "", False
    return place.lstrip("*#"), place.startswith(("*", "#"))
