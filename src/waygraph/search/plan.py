"""Learning paths: an optimal spine, what it needs first, reasons, readings and a budget."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from waygraph.answer import LearningPath, LeftOut, Named, Quote, Reading, Step
from waygraph.errors import BadQuestion, NoPath
from waygraph.search.alternatives import difference, different_paths
from waygraph.search.budget import fit
from waygraph.search.closure import Needed, foundation, known_closure, ordered
from waygraph.search.concept_graph import ConceptGraph
from waygraph.search.cost import UNIT
from waygraph.search.engine import DEFAULT, Algorithm, Expansion, Found, path_cost, search
from waygraph.vocab import PREDICATES

_NOTHING = Reading("", "", 0.0)


@dataclass(frozen=True, slots=True)
class Question:
    """What a learner asks; concepts are numbers.

    Attributes:
        goal: what to learn.
        starts: where to begin; the cheapest of them is taken. Without any, at what is known,
            else at what the goal needs first.
        known: what need not be learned; what it surely requires counts as known too, if
            ``implied``.
        minutes: of reading, at most; None for as many as it takes.
        alternatives: how many other paths to show.
        avoid: what the path must not touch.
        via: what the spine must pass, in this order.
        most_steps: at most so many; None for as many as it takes.
        algorithm: how to search.
    """

    goal: int
    starts: tuple[int, ...] = ()
    known: frozenset[int] = frozenset()
    implied: bool = True
    minutes: float | None = None
    alternatives: int = 0
    avoid: frozenset[int] = frozenset()
    via: tuple[int, ...] = ()
    most_steps: int | None = None
    algorithm: Algorithm = DEFAULT


def learning_path(
    graph: ConceptGraph, question: Question, trace: list[Expansion] | None = None
) -> LearningPath:
    """The learning path that answers a question.

    Hubs are not passed through if there is another way.

    Args:
        graph: the concept graph.
        question: see ``Question``.
        trace: gets the expansions of the search for the spine.

    Raises:
        BadQuestion: the question contradicts itself.
        NoPath: no relation joins the ends; says which piece of the graph each lies in.
        CyclicPrerequisites: accepted prerequisites go round in a circle.
    """
    _check(graph, question)
    known = known_closure(graph, question.known) if question.implied else question.known
    starts = _starts(graph, question, known)
    found, notes = _spine(graph, question, starts, trace)
    path = _path(graph, question, known, found, notes)
    if not question.alternatives:
        return path

    others = different_paths(
        graph, starts, found, question.alternatives, question.avoid, _hubs(graph, question, starts)
    )
    spines = [found, *others]
    alternatives = []
    for i, other in enumerate(others, 1):
        whole = _path(graph, question, known, other, ())
        how = difference(graph, other, spines[:i])
        alternatives.append(replace(whole, differs=how, optimal=False, bound=0.0))
    if len(others) < question.alternatives:
        note = f"there are only {len(others)} alternatives that share at most half of the way"
        path = replace(path, notes=(*path.notes, note))
    return replace(path, alternatives=tuple(alternatives))


def spine(graph: ConceptGraph, question: Question, trace: list[Expansion] | None = None) -> Found:
    """The spine alone of the learning path that answers a question; raises as that does."""
    _check(graph, question)
    known = known_closure(graph, question.known) if question.implied else question.known
    return _spine(graph, question, _starts(graph, question, known), trace)[0]


def _starts(graph: ConceptGraph, question: Question, known: frozenset[int]) -> tuple[int, ...]:
    """Where the spine may begin: as asked, else at what is known, else at what comes first."""
    found = question.starts or tuple(sorted(known - question.avoid))
    return found or (foundation(graph, question.goal, question.avoid),)


def _check(graph: ConceptGraph, question: Question) -> None:
    """Refuse a question that contradicts itself."""
    for name, concepts in (
        ("the goal", [question.goal]), ("--from", question.starts), ("--via", question.via),
    ):  # fmt: skip
        for concept in concepts:
            if concept in question.avoid:
                label = graph.named(concept).label
                raise BadQuestion(
                    f"{label!r} is {name} and is to be avoided (--avoid)", "drop one of the two"
                )
    if question.goal in question.known and not question.starts:
        raise BadQuestion(
            f"{graph.named(question.goal).label!r} is among the known concepts",
            "ask for another goal, or take it out of the known ones",
        )
    if question.most_steps is not None and question.via:
        raise BadQuestion("--max-steps does not go with --via", "drop one of the two")
    if question.alternatives and question.via:
        raise BadQuestion("--alternatives does not go with --via", "drop one of the two")


def _hubs(graph: ConceptGraph, question: Question, starts: Iterable[int]) -> frozenset[int]:
    return graph.hubs - {question.goal, *starts, *question.via}


def _spine(
    graph: ConceptGraph,
    question: Question,
    starts: Sequence[int],
    trace: list[Expansion] | None,
) -> tuple[Found, tuple[str, ...]]:
    """The spine, and what to say of it."""
    hubs = _hubs(graph, question, starts)
    for avoid in (question.avoid | hubs, question.avoid) if hubs else (question.avoid,):
        legs: list[Found] = []
        at = dict.fromkeys(starts, 0)
        for stop in (*question.via, question.goal):
            found = search(graph, at, stop, question.algorithm, avoid=avoid, trace=trace)
            if found is None:
                break
            legs.append(found)
            at = {stop: 0}
        else:
            note = "every way leads through a concept related to very many others"
            notes = (note,) if hubs and avoid is question.avoid else ()
            return _limit(graph, question, starts, _joined(legs), avoid), notes
    from waygraph.search.islands import no_path

    failed = question.via[len(legs)] if len(legs) < len(question.via) else question.goal
    raise no_path(graph, next(iter(at)), failed, question.avoid)


def _joined(legs: Sequence[Found]) -> Found:
    """Legs that follow one another as one path."""
    concepts = legs[0].concepts + tuple(c for leg in legs[1:] for c in leg.concepts[1:])
    return Found(
        concepts,
        sum(leg.cost for leg in legs),
        sum(leg.expansions for leg in legs),
        sum(leg.touched for leg in legs),
    )


def _limit(
    graph: ConceptGraph,
    question: Question,
    starts: Sequence[int],
    found: Found,
    avoid: Collection[int],
) -> Found:
    """The path if it is short enough, else the cheapest that is."""
    most = question.most_steps
    if most is None or len(found.concepts) <= most:
        return found
    from waygraph.search.limited import limited_search

    shorter = limited_search(graph, dict.fromkeys(starts, 0), question.goal, most - 1, avoid=avoid)
    if shorter is None:
        label, steps = graph.named(question.goal).label, "step" if most == 1 else "steps"
        raise NoPath(
            f"no path to {label!r} has at most {most} {steps}; "
            f"the cheapest has {len(found.concepts)}",
            "allow more steps, or begin nearer with --from",
        )
    return shorter


def _path(
    graph: ConceptGraph,
    question: Question,
    known: frozenset[int],
    found: Found,
    notes: tuple[str, ...],
) -> LearningPath:
    """A spine made whole: what it needs first, in order, with readings, within the budget.

    Who begins at a concept knows what that requires.
    """
    spine = list(dict.fromkeys(found.concepts))
    begun = set(question.starts)
    apart = known | question.avoid | (known_closure(graph, begun) if question.implied else begun)
    plan = ordered(graph, spine, apart)
    last = next(i for i, needed in enumerate(plan) if needed.concept == question.goal)
    after = [
        LeftOut(graph.named(needed.concept), 0.0, "it comes after the goal, which it requires")
        for needed in plan[last + 1 :]
    ]
    plan = plan[: last + 1]
    steps = [_step(graph, needed, found.concepts) for needed in plan]
    if found.concepts[0] in known:  # it is a step to stand on, not one to take
        steps[0] = replace(steps[0], relation="known", read=_NOTHING)
    kept, left_out = fit(steps, question.minutes, question.most_steps)
    algorithm = question.algorithm
    return LearningPath(
        start=graph.named(found.concepts[0]),
        goal=graph.named(question.goal),
        cost=round(found.cost / UNIT, 6),
        optimal=algorithm.bound == 1,
        bound=algorithm.bound,
        expansions=found.expansions,
        steps=tuple(_read_once(kept)),
        algorithm=algorithm.name,
        left_out=(*left_out, *after),
        notes=notes,
    )


def _step(graph: ConceptGraph, needed: Needed, spine: Sequence[int]) -> Step:
    """A place in the plan with its relation, reason and best reading."""
    concept, named = needed.concept, graph.named(needed.concept)
    reading = next(iter(graph.readings(concept)), _NOTHING)
    if needed.by is not None and needed.relation is not None:
        reason = graph.relation(needed.relation).reason
        sure = needed.confidence
        return Step(
            named, "requiredBy", reason, reading, 0.0, sure, graph.named(needed.by), spine=False
        )
    at = spine.index(concept)
    if at == 0:
        return Step(named, "start", graph.introduction(concept), reading, 0.0)
    before = spine[at - 1]
    number = graph.relation_behind(before, concept)
    relation, confidence, reason = _relation(graph, concept, number)
    cost = round(path_cost(graph, (before, concept)) / UNIT, 6)
    return Step(named, relation, reason, reading, cost, confidence, graph.named(before))


def _read_once(steps: Iterable[Step]) -> Iterator[Step]:
    """The steps, each reading at the first that it serves."""
    first: dict[tuple[str, str, int], Named] = {}
    for step in steps:
        before = first.setdefault(step.read.place, step.concept)
        if not step.read.source or before is step.concept:
            yield step
        else:
            yield replace(step, read=_NOTHING, read_with=before)


def describe(step: Step) -> str:
    """A step's relation as a sentence: "A* search requires heuristic"."""
    name, turned = _turned(step.relation)
    _, forward, backward = PREDICATES[name]
    other = step.to.label if step.to else ""
    return f"{step.concept.label} {backward if turned else forward} {other}"


INVERSE = {
    "broader": "narrower",
    "partOf": "hasPart",
    "requires": "requiredBy",
    "uses": "usedBy",
    "related": "related",
}


def _turned(relation: str) -> tuple[str, bool]:
    if relation in PREDICATES:
        return relation, False
    return next(name for name, inverse in INVERSE.items() if inverse == relation), True


def _relation(graph: ConceptGraph, concept: int, number: int) -> tuple[str, float, Quote]:
    """The relation as the step's concept has it to the concept before, confidence, reason."""
    found = graph.relation(number)
    name = found.predicate if found.subject == concept else INVERSE[found.predicate]
    return name, found.confidence, found.reason
