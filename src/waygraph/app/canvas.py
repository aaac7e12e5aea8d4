"""Drawings in JSON Canvas 1.0, which Obsidian opens: a learning path, or what is around a concept.

Cards are text nodes. What they say is escaped, for Obsidian reads it as Markdown: a label can
make no link, load no picture and write no HTML.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from waygraph.answer import LearningPath, Quote
from waygraph.app.render import shorten
from waygraph.app.render_path import to_read, why
from waygraph.escape import in_markdown
from waygraph.model import ConceptRow, View, digest_of
from waygraph.search.steps import INVERSE
from waygraph.vocab import PREDICATES

WIDTH, HEIGHT, GAP = 320, 200, 120
# JSON Canvas's preset colours: 1 red, 2 orange, 3 yellow, 4 green, 5 cyan, 6 purple.
COLOURS = {"requires": "1", "uses": "2", "partOf": "6", "broader": "5"}
GOAL = "4"
_ALSO = {INVERSE[name]: name for name in PREDICATES}
Places = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Arrow:
    """An edge from one concept to another (IRIs): ``predicate`` is a key of ``PREDICATES``,
    ``label`` how the first has it to the second; ``symmetric`` ones get no head."""

    start: str
    end: str
    predicate: str
    label: str

    @property
    def symmetric(self) -> bool:
        """Whether it says the same the other way round."""
        return self.predicate == "related"


def path_canvas(view: View, path: LearningPath) -> str:
    """A learning path: its steps in their order from left to right, the spine on one line.

    What is there because another step needs it stands below the line, as deep as it is needs
    away from the spine. Arrows lead onwards; their labels say why.
    """
    order = {step.concept.iri: number for number, step in enumerate(path.steps)}
    depth: dict[str, int] = {}
    for step in reversed(path.steps):
        above = depth.get(step.to.iri, 0) if step.to else 0
        depth[step.concept.iri] = 0 if step.spine else above + 1
    places = {
        iri: (number * (WIDTH + GAP), depth[iri] * (HEIGHT + GAP)) for iri, number in order.items()
    }
    rows, introduced = _known_of(view)
    texts: dict[str, str] = {}
    arrows = []
    for number, step in enumerate(path.steps, 1):
        iri = step.concept.iri
        row = rows.get(iri, ConceptRow(iri, step.concept.label))
        said = [why(step), f"read: {to_read(step)}" if to_read(step) else ""]
        texts[iri] = _card(row, introduced.get(iri), f"{number}. ", said)
        predicate = _ALSO.get(step.relation, step.relation)
        # where a path begins with what is known, no relation leads on
        if step.to and step.to.iri in order and predicate in PREDICATES:
            _, forward, backward = PREDICATES[predicate]
            turned = step.relation not in PREDICATES
            mine, theirs = (backward, forward) if turned else (forward, backward)
            if order[iri] < order[step.to.iri]:
                arrows.append(Arrow(iri, step.to.iri, predicate, mine))
            else:
                arrows.append(Arrow(step.to.iri, iri, predicate, theirs))
    return _canvas(places, texts, arrows, path.goal.iri)


def around_canvas(view: View, centre: str | None) -> str:
    """The concepts and relations of a view, in rings around ``centre`` (an IRI of it).

    A ring holds what is as many relations away, beside what it hangs on. What no relation joins
    to the centre is the outermost ring; without a centre the concept with the most relations
    takes its place.
    """
    beside: defaultdict[str, set[str]] = defaultdict(set)
    for relation in view.relations:
        beside[relation.subject].add(relation.object)
        beside[relation.object].add(relation.subject)
    rows, introduced = _known_of(view)
    if centre is None and rows:
        centre = min(rows, key=lambda iri: (-len(beside[iri]), iri))
    texts = {iri: _card(row, introduced.get(iri)) for iri, row in rows.items()}
    arrows = [
        Arrow(row.subject, row.object, row.predicate, PREDICATES[row.predicate][1])
        for row in view.relations
    ]
    rings = _rings(rows, beside, centre) if centre is not None else []
    return _canvas(dict(_circles(rings)), texts, arrows, centre or "")


def _rings(
    rows: Mapping[str, ConceptRow], beside: Mapping[str, set[str]], centre: str
) -> list[list[str]]:
    """Concepts by their distance from the centre, each near what it hangs on."""
    rings = [[centre]]
    left = set(rows) - {centre}

    def by_name(iri: str) -> tuple[str, str]:
        return rows[iri].label.casefold(), iri

    while left:
        spot = {iri: number for number, iri in reversed(list(enumerate(rings[-1])))}
        hanging = {
            iri: min((spot[near] for near in beside[iri] if near in spot), default=-1)
            for iri in left
        }
        ring = sorted(
            (iri for iri in left if hanging[iri] >= 0),
            key=lambda iri: (hanging[iri], *by_name(iri)),
        )
        ring = ring or sorted(left, key=by_name)
        rings.append(ring)
        left -= set(ring)
    return rings


def _circles(rings: Sequence[Sequence[str]]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Where each card's corner lies: cards a diagonal apart never overlap."""
    apart = math.hypot(WIDTH, HEIGHT) + GAP
    radius = 0.0
    for number, ring in enumerate(rings):
        if number:
            needed = apart / (2 * math.sin(math.pi / len(ring))) if len(ring) > 1 else 0.0
            radius = max(radius + apart, needed)
        for spot, iri in enumerate(ring):
            angle = 2 * math.pi * spot / len(ring) - math.pi / 2
            x, y = radius * math.cos(angle), radius * math.sin(angle)
            yield iri, (round(x - WIDTH / 2), round(y - HEIGHT / 2))


def _known_of(view: View) -> tuple[dict[str, ConceptRow], dict[str, Quote]]:
    introduced: dict[str, Quote] = {}
    for iri, said in view.introductions:
        introduced.setdefault(iri, said)
    return {row.iri: row for row in view.concepts}, introduced


def _card(
    row: ConceptRow, introduced: Quote | None, number: str = "", said: Iterable[str] = ()
) -> str:
    parts = [f"**{in_markdown(number + row.label)}**", *map(in_markdown, said)]
    if row.definition:
        parts.append(in_markdown(shorten(row.definition)))
    if introduced is not None and introduced.source:
        shown = f"{introduced.source}:{introduced.line}" if introduced.line else introduced.source
        parts.append(f"[{in_markdown(shown)}](<{_address(introduced.source)}>)")
    return "\n\n".join(filter(None, parts))


def _address(source: str) -> str:
    """A document as a link's target: a page of the web, or a file of the vault."""
    if source.startswith(("http://", "https://")):
        return quote(source, safe="-._~!$&'()+,;=:@/%?#[]*")
    return quote(source, safe="/")


def _canvas(places: Places, texts: Mapping[str, str], arrows: Iterable[Arrow], marked: str) -> str:
    nodes = [
        {
            "id": _name(iri),
            "type": "text",
            "x": x,
            "y": y,
            "width": WIDTH,
            "height": HEIGHT,
            **({"color": GOAL} if iri == marked else {}),
            "text": texts[iri],
        }
        for iri, (x, y) in places.items()
    ]
    edges = [_edge(arrow, places) for arrow in arrows if {arrow.start, arrow.end} <= set(places)]
    return f'{{\n\t"nodes":[{_lines(nodes)}],\n\t"edges":[{_lines(edges)}]\n}}\n'


def _edge(arrow: Arrow, places: Places) -> dict[str, str]:
    (x, y), (to_x, to_y) = places[arrow.start], places[arrow.end]
    if abs(to_x - x) >= abs(to_y - y):
        sides = ("right", "left") if to_x >= x else ("left", "right")
    else:
        sides = ("bottom", "top") if to_y >= y else ("top", "bottom")
    colour = COLOURS.get(arrow.predicate)
    return {
        "id": _name(arrow.start, arrow.predicate, arrow.end),
        "fromNode": _name(arrow.start),
        "fromSide": sides[0],
        "toNode": _name(arrow.end),
        "toSide": sides[1],
        **({"toEnd": "none"} if arrow.symmetric else {}),
        **({"color": colour} if colour else {}),
        "label": arrow.label,
    }


def _name(*parts: str) -> str:
    """An id, the same wherever the same is drawn."""
    return digest_of(*parts)[:16]


def _lines(values: Iterable[Mapping[str, object]]) -> str:
    """JSON with a value a line, as Obsidian writes it: what changes shows in a diff."""
    lines = [json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in values]
    return "\n\t\t" + ",\n\t\t".join(lines) + "\n\t" if lines else ""
