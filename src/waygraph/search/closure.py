"""What must come first: the unknown prerequisites of a path, and an order that fits them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from waygraph.errors import CyclicPrerequisites
from waygraph.search.concept_graph import ConceptGraph, Requirement
from waygraph.strength import HELPS

# What a person has accepted; what was found in texts is never so sure.
ACCEPTED = 1.0

Needs = Mapping[int, Sequence[Requirement]]


@dataclass(frozen=True, slots=True)
class Needed:
    """A concept in its place in a plan; ``by`` names what needs it, nothing on the spine."""

    concept: int
    by: int | None = None
    relation: int | None = None
    confidence: float = 1.0


def known_closure(graph: ConceptGraph, known: Iterable[int]) -> frozenset[int]:
    """The known concepts and all that they require or likely do: who knows a thing knows that."""
    found, waiting = set(known), sorted(known)
    while waiting:
        for need in graph.requirements(waiting.pop()):
            if need.strength != HELPS and need.concept not in found:
                found.add(need.concept)
                waiting.append(need.concept)
    return frozenset(found)


def ordered(graph: ConceptGraph, spine: Sequence[int], known: Collection[int]) -> list[Needed]:
    """The spine and all that it requires or likely does and is not known, prerequisites first.

    Concepts come in the spine's order, each after what it requires and as late as that allows.
    Among them what helps counts too, where nothing stronger goes the other way; but it puts off
    nothing until after the goal that need not be.

    Args:
        graph: whose ``requires`` count.
        spine: a path, its start first.
        known: what need not be learned.

    Raises:
        CyclicPrerequisites: accepted prerequisites go round in a circle.
    """
    needs = _needs(graph, spine, known)
    plan = _walk(needs, spine)
    chosen = {one.concept for one in plan}
    late = _resting_on(spine[-1], needs)
    hints = {
        concept: [
            need
            for need in graph.requirements(concept)
            if need.concept in chosen
            and (need.strength != HELPS or need.concept not in late or concept in late)
        ]
        for concept in chosen - {spine[0]}
    }
    why = {one.concept: one for one in plan} | _surest(needs, chosen - set(spine))
    return [why[one.concept] for one in _walk(without_circles(graph, hints), spine)]


def _surest(needs: Needs, concepts: Collection[int]) -> dict[int, Needed]:
    """Each concept with what needs it most surely."""
    found: dict[int, Needed] = {}
    for by in sorted(needs):
        for need in needs[by]:
            best = found.get(need.concept)
            if need.concept in concepts and (best is None or need.confidence > best.confidence):
                found[need.concept] = Needed(need.concept, by, need.relation, need.confidence)
    return found


def _resting_on(goal: int, needs: Needs) -> set[int]:
    """The goal and all that requires it."""
    late, before = {goal}, 0
    while len(late) > before:
        before = len(late)
        late |= {c for c, found in needs.items() if any(n.concept in late for n in found)}
    return late


def _walk(needs: Needs, spine: Sequence[int]) -> list[Needed]:
    """The spine, and before each of its concepts what that needs, depth first."""
    on_spine, placed = set(spine), set[int]()
    result: list[Needed] = []
    for step in spine:
        if step in placed:
            continue
        waiting = [(Needed(step), list(needs.get(step, ())))]
        while waiting:
            one, rest = waiting[-1]
            if rest:
                need = rest.pop(0)
                if need.concept not in placed:
                    below = Needed(need.concept, one.concept, need.relation, need.confidence)
                    waiting.append((below, list(needs.get(need.concept, ()))))
            else:
                waiting.pop()
                placed.add(one.concept)
                result.append(Needed(one.concept) if one.concept in on_spine else one)
    return result


def _needs(graph: ConceptGraph, spine: Sequence[int], known: Collection[int]) -> Needs:
    """What the spine, and what it needs, requires or likely does, without circles."""
    needs: dict[int, list[Requirement]] = {}
    # what comes before the start is taken for known with it
    waiting = [concept for concept in spine[1:] if concept not in known]
    while waiting:
        concept = waiting.pop()
        if concept in needs:
            continue
        needs[concept] = [
            need
            for need in graph.requirements(concept)
            if need.strength != HELPS and need.concept not in known
        ]
        waiting += [need.concept for need in needs[concept] if need.concept != spine[0]]
    return without_circles(graph, needs)


def without_circles(graph: ConceptGraph, needs: dict[int, list[Requirement]]) -> Needs:
    """Of every circle the weakest link is dropped, if it is not one that a person accepted."""
    while circle := _circle(needs):
        links = [(need.confidence, one, need) for one, need in circle]
        weakest = min(links, key=lambda link: (link[0], link[1]))
        if weakest[0] >= ACCEPTED:
            raise _cyclic(graph, circle)
        needs[weakest[1]].remove(weakest[2])
    return needs


def _circle(needs: Mapping[int, Sequence[Requirement]]) -> list[tuple[int, Requirement]] | None:
    """Links of a circle of requirements, if there is one."""
    done: set[int] = set()
    for first in needs:
        trail: list[tuple[int, list[Requirement]]] = [(first, list(needs[first]))]
        if first in done:
            continue
        links: list[tuple[int, Requirement]] = []
        on_trail = {first}
        while trail:
            concept, rest = trail[-1]
            if rest:
                need = rest.pop(0)
                if need.concept in on_trail:
                    at = next(i for i, (c, _) in enumerate(trail) if c == need.concept)
                    return [*links[at:], (concept, need)]
                if need.concept not in done and need.concept in needs:
                    links.append((concept, need))
                    trail.append((need.concept, list(needs[need.concept])))
                    on_trail.add(need.concept)
            else:
                trail.pop()
                on_trail.discard(concept)
                done.add(concept)
                if links:
                    links.pop()
    return None


def _cyclic(graph: ConceptGraph, circle: Sequence[tuple[int, Requirement]]) -> CyclicPrerequisites:
    lines = []
    for concept, need in circle:
        quote = graph.relation(need.relation).reason
        where = f" ({quote.source}:{quote.line})" if quote.source else ""
        one, two = graph.named(concept).label, graph.named(need.concept).label
        lines.append(f"  {one} requires {two}{where}")
    return CyclicPrerequisites(
        "accepted prerequisites go round in a circle:\n" + "\n".join(lines),
        "take one of these decisions back; then ask again",
    )
