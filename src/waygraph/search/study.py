"""What to learn before a goal, where no start is named: which concepts, and in which order.

From the goal outward (best first), every concept that it rests on gets a *worth*: the product of
the confidences on the best way to it, less with every step. What is required in an unbroken chain
comes before what is likely, and that before what helps. Of what is required a plan takes as much as
it may hold; with what is likely or helps it is filled up to the size of a plan that people make,
the worthiest first, and before all that of which there is something to read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from waygraph.order import sooner
from waygraph.search.closure import without_circles
from waygraph.search.concept_graph import ConceptGraph, Requirement
from waygraph.search.cost import WIDTH
from waygraph.search.engine import DEFAULT, PAIR, Algorithm, Arcs, Expansion, Found, search
from waygraph.strength import HELPS, LIKELY, REQUIRED, STRENGTHS

# What is likely or helps fills a plan up to so many concepts before its goal.
ENOUGH = 6
# What is left of a worth for every step further from the goal.
FADE = 0.6
# What is worth less does not belong, nor what helps with something else than the goal alone.
LEAST = {REQUIRED: 0.0, LIKELY: 0.1, HELPS: 0.12}
# Where fewer requirements are found, other relations fill up to so many (of no type where there is
# nothing else): by kind, from the goal or to it, the chance that the other is worth learning first.
_THIN = 5
_OTHERWISE = {
    ("broader", True): 0.5, ("uses", True): 0.5, ("partOf", True): 0.3, ("partOf", False): 0.3,
    ("related", True): 0.3, ("related", False): 0.3,
}  # fmt: skip
_LEAST_OTHERWISE = 0.05
# So many concepts are looked at, however much the goal rests on.
_LOOKED = 500


@dataclass(frozen=True, slots=True)
class Ground:
    """A concept that a goal rests on, and by which relation: to the concept ``by``.

    ``strength`` is that of the weakest link between the goal and it.
    """

    concept: int
    by: int
    need: Requirement
    worth: float
    strength: str


@dataclass(frozen=True, slots=True)
class Study:
    """What to learn before a goal, in order, and what of it there is no room for."""

    steps: tuple[Ground, ...]
    left_out: tuple[Ground, ...]


def grounds(
    graph: ConceptGraph, goal: int, apart: Collection[int] = (), known: Collection[int] = ()
) -> Iterator[Ground]:
    """What a goal rests on, the strongest first; what a known concept rests on is passed over."""
    done = {goal, *apart}
    waiting: list[tuple[int, float, int, int, Ground | None]] = [(0, -1.0, goal, -1, None)]
    for _ in range(_LOOKED):
        while waiting and waiting[0][4] is not None and waiting[0][2] in done:
            heappop(waiting)
        if not waiting:
            return
        rank, worth, concept, _, ground = heappop(waiting)
        if ground is not None:
            done.add(concept)
            yield ground
            if concept in known:
                continue
        for need in graph.requirements(concept):
            weakest = max(rank, STRENGTHS.index(need.strength))
            if need.concept in done or (ground is not None and need.strength == HELPS):
                continue
            strength = STRENGTHS[weakest]
            value = -worth * need.confidence * (FADE if ground is not None else 1.0)
            if value < LEAST[strength]:
                continue
            found = Ground(need.concept, concept, need, value, strength)
            heappush(waiting, (weakest, -value, need.concept, need.relation, found))


def _beside(graph: ConceptGraph, goal: int, apart: Collection[int], typed: bool) -> list[Ground]:
    """What the goal is related to otherwise, the likeliest to help first; by types alone if so."""
    found: dict[int, Ground] = {}
    for relation in graph.relations_of(goal):
        outward = relation.subject == goal
        other = relation.object if outward else relation.subject
        worth = _OTHERWISE.get((relation.predicate, outward), 0.0) * relation.confidence
        if other == goal or other in apart or other in graph.hubs or worth < _LEAST_OTHERWISE:
            continue
        if typed and relation.predicate == "related":
            continue
        need = Requirement(other, relation.number, relation.confidence, HELPS)
        if other not in found or worth > found[other].worth:
            found[other] = Ground(other, goal, need, worth, HELPS)
    return sorted(found.values(), key=lambda g: (-g.worth, g.concept))


def study(
    graph: ConceptGraph,
    goal: int,
    size: int | None,
    apart: Collection[int] = (),
    known: Collection[int] = (),
) -> Study:
    """What to learn before a goal; ``size`` limits the steps, the goal among them."""
    found = [
        ground
        for ground in grounds(graph, goal, apart, known)
        if not any(n.concept == goal and n.strength != HELPS
                   for n in graph.requirements(ground.concept))
    ]  # fmt: skip
    found = _joined(found, goal)
    if len(found) < _THIN:
        there = {ground.concept for ground in found}
        beside = _beside(graph, goal, {*apart, *known, *there}, typed=bool(found))
        found += beside[: _THIN - len(found)]
    read = {g.concept for g in found if next(iter(graph.readings(g.concept)), None)}
    required = [g for g in found if g.strength == REQUIRED]
    others = sorted(
        (g for g in found if g.strength != REQUIRED),
        key=lambda g: (g.concept not in read, -g.worth, g.concept),
    )
    if size is not None:
        room = max(0, size - 1)
        taken = required[:room]
        fill = max(0, min(ENOUGH, room) - len(taken))
        chosen = _joined([*taken, *others[:fill]], goal)
        left_out = required[room:]
    else:
        chosen, left_out = found, []
    return Study(tuple(in_order(graph, chosen)), tuple(left_out))


def _joined(found: Sequence[Ground], goal: int) -> list[Ground]:
    """Those that a chain of the others joins to the goal."""
    there, kept = {goal}, dict[int, Ground]()
    while fresh := [g for g in found if g.concept not in there and g.by in there]:
        for ground in fresh:
            there.add(ground.concept)
            kept[ground.concept] = ground
    return [g for g in found if g.concept in kept]


def in_order(graph: ConceptGraph, chosen: Sequence[Ground]) -> list[Ground]:
    """The concepts, each after what it requires, then after what it likely does.

    Where nothing of both says, what was met earlier comes first, then what helps with another,
    then what more is related to. Where likely prerequisites go round, the weakest gives way.
    """
    there = {ground.concept: ground for ground in chosen}
    needs: dict[int, list[Requirement]] = {}
    helped: dict[int, set[int]] = {}
    for concept in there:
        inside = [n for n in graph.requirements(concept) if n.concept in there]
        needs[concept] = [n for n in inside if n.strength != HELPS]
        helped[concept] = {n.concept for n in inside if n.strength == HELPS}
    hard = {c: {n.concept for n in found} for c, found in without_circles(graph, needs).items()}
    met = graph.met(there)
    before = {c: _before(c, there, met, helped) for c in there}
    left, result = set(there), list[Ground]()
    while left:
        ready = [c for c in left if not hard[c] & left]
        first = min(ready, key=lambda c: (len(before[c] & left), -graph.forward.degree(c), c))
        left.remove(first)
        result.append(there[first])
    return result


def _before(
    concept: int,
    there: Collection[int],
    met: Mapping[int, Mapping[int, tuple[int, ...]]],
    helped: Mapping[int, set[int]],
) -> set[int]:
    """What had better come before a concept: what was met earlier, else what helps with it."""
    found = set()
    for other in there:
        if other == concept:
            continue
        side = sooner(met.get(other, {}), met.get(concept, {}))
        if side < 0 or (side == 0 and other in helped[concept]):
            found.add(other)
    return found


@dataclass(frozen=True, slots=True)
class _Within:
    """The arcs of a concept graph among some concepts, onward in their order: ``engine.Graph``."""

    forward: Arcs
    reverse: Arcs
    least: int
    sketches: bytes
    cover: Sequence[int]

    def check_arrays(self) -> None:
        """Nothing: what it is made of was checked when it was read."""


def spine_within(
    graph: ConceptGraph,
    order: Sequence[int],
    algorithm: Algorithm = DEFAULT,
    trace: list[Expansion] | None = None,
) -> Found | None:
    """The cheapest path from the first concept to the last that never goes back in their order."""
    place = {concept: i for i, concept in enumerate(order)}
    onward: list[list[tuple[int, int]]] = [[] for _ in order]
    back: list[list[tuple[int, int]]] = [[] for _ in order]
    for concept, i in place.items():
        for target, cost in graph.forward.row(concept):
            j = place.get(target, -1)
            if j > i:
                onward[i].append((cost, j))
                back[j].append((cost, i))
    sketches = b"".join(bytes(graph.sketches[c * WIDTH : (c + 1) * WIDTH]) for c in order)
    within = _Within(_arcs(onward), _arcs(back), graph.least, sketches, graph.cover)
    expanded: list[Expansion] | None = None if trace is None else []
    found = search(within, {0: 0}, len(order) - 1, algorithm, trace=expanded)
    if trace is not None and expanded is not None:
        trace += [one._replace(concept=order[one.concept]) for one in expanded]
    return found and replace(found, concepts=tuple(order[i] for i in found.concepts))


def _arcs(rows: Sequence[list[tuple[int, int]]]) -> Arcs:
    offsets, packed = [0], bytearray()
    for row in rows:
        for cost, target in sorted(row):
            packed += PAIR.pack(target, cost)
        offsets.append(offsets[-1] + len(row))
    return Arcs(offsets, bytes(packed), b"\1" * len(rows), lambda _: None)
