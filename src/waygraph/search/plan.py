"""Learning paths: an optimal spine, what it needs first, reasons, readings and a budget."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from waygraph.answer import LearningPath, LeftOut, Step
from waygraph.errors import BadQuestion, NoPath
from waygraph.search.alternatives import difference, different_paths
from waygraph.search.budget import fit
from waygraph.search.closure import Needed, known_closure, ordered
from waygraph.search.concept_graph import ConceptGraph
from waygraph.search.cost import UNIT, is_loose
from waygraph.search.engine import DEFAULT, Algorithm, Expansion, Found, search
from waygraph.search.steps import NOTHING, read_once, step_of
from waygraph.search.study import Ground, grounds, spine_within, study

# A plan has at most so many steps unless more are asked for.
SIZE = 10
# A way of related concepts alone, none of them as surely as that, is told as weak.
_FIRM = 0.5
# So many readings near a goal before which nothing comes.
_NEAR = 3


@dataclass(frozen=True, slots=True)
class Question:
    """What a learner asks; concepts are numbers.

    Attributes:
        goal: what to learn.
        starts: where to begin; the cheapest of them is taken. Without any, with what the goal
            rests on: see ``study``.
        known: what need not be learned; what it surely requires counts as known too, if
            ``implied``.
        minutes: of reading, at most; None for as many as it takes.
        alternatives: how many other paths to show.
        avoid: what the path must not touch.
        via: what the spine must pass, in this order.
        most_steps: at most so many; None for as many as it takes.
        size: of what a goal or a way rests on, no more is taken than makes so many steps; None
            for all of it.
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
    size: int | None = SIZE


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
    if not (question.starts or question.via or question.alternatives):
        return _studied(graph, question, known, trace)
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
    """Where the spine may begin: as asked, else at what is known of what the goal rests on, else
    at what of that comes first."""
    if question.starts:
        return question.starts
    stand = _known_ground(graph, question, known)
    if stand is not None:
        return (stand.concept,)
    steps = study(graph, question.goal, question.size, question.avoid | known).steps
    return (steps[0].concept if steps else question.goal,)


def _known_ground(graph: ConceptGraph, question: Question, known: frozenset[int]) -> Ground | None:
    """What is known and the goal rests on most, if there is any such thing."""
    if not known:
        return None
    found = grounds(graph, question.goal, question.avoid, known)
    return next((ground for ground in found if ground.concept in known), None)


def _studied(
    graph: ConceptGraph,
    question: Question,
    known: frozenset[int],
    trace: list[Expansion] | None,
) -> LearningPath:
    """What to learn before a goal, in order, where no start is named.

    Each step says what it is there for. What the plan costs is the cheapest way through it from
    its first step that never goes back.
    """
    goal, named = question.goal, graph.named(question.goal)
    most = [n for n in (question.size, question.most_steps) if n is not None]
    stand = _known_ground(graph, question, known)
    chosen = study(
        graph, goal, min(most, default=None), question.avoid | (known - _of(stand)), known
    )
    order = [ground for ground in chosen.steps if ground.concept not in known]
    if stand is not None:
        order.insert(0, stand)
    sequence = [*(ground.concept for ground in order), goal]
    found = spine_within(graph, sequence, question.algorithm, trace)
    if found is None:
        found = Found((goal,), 0, 0, 0)
    spine = found.concepts
    steps = [_grounded(graph, ground, spine) for ground in order]
    steps.append(step_of(graph, Needed(goal), spine))
    if stand is not None:
        steps[0] = replace(steps[0], relation="known", read=NOTHING)
    kept, left_out = fit(steps, question.minutes, question.most_steps)
    more = [
        LeftOut(
            graph.named(one.concept),
            next((r.minutes for r in graph.readings(one.concept)), 0.0),
            f"needed for {graph.named(one.by).label}; the plan has its {min(most)} steps",
        )
        for one in chosen.left_out
        if one.concept not in known
    ]
    alone = not order
    return LearningPath(
        start=graph.named(sequence[0]),
        goal=named,
        cost=round(found.cost / UNIT, 6),
        optimal=question.algorithm.bound == 1 and not alone,
        bound=0.0 if alone else question.algorithm.bound,
        expansions=found.expansions,
        steps=tuple(read_once(kept)),
        algorithm=question.algorithm.name,
        left_out=(*left_out, *more),
        notes=_alone(graph, goal) if alone else _weak(graph, found),
        nothing_before=alone,
    )


def _of(ground: Ground | None) -> frozenset[int]:
    return frozenset((ground.concept,)) if ground is not None else frozenset()


def _grounded(graph: ConceptGraph, ground: Ground, spine: Sequence[int]) -> Step:
    """A concept that the goal rests on, as a step that says why; the first one too."""
    needed = Needed(ground.concept, ground.by, ground.need.relation, ground.need.confidence)
    return step_of(graph, needed, spine)


def _alone(graph: ConceptGraph, goal: int) -> tuple[str, ...]:
    """What to do where nothing comes before a goal: what to read near it, write and fetch."""
    label, near = graph.named(goal).label, list[str]()
    seen = {reading.place for reading in graph.readings(goal)}
    for concept, _ in graph.forward.row(goal):
        reading = next((r for r in graph.readings(concept) if r.place not in seen), None)
        if reading is not None:
            seen.add(reading.place)
            heading = f", section “{reading.heading}”" if reading.heading else ""
            near.append(f"{reading.source}{heading} ({graph.named(concept).label})")
        if len(near) == _NEAR:
            break
    nearest = [f"nearest to read: {'; '.join(near)}"] if near else []
    return (
        *nearest,
        f"write what {label} builds on into its note (requires:: [[…]]), or fetch what its notes "
        "link: waygraph ingest --fetch",
    )


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
            way = _limit(graph, question, starts, _joined(legs), avoid)
            return way, notes + _weak(graph, way)
    from waygraph.search.islands import no_path

    failed = question.via[len(legs)] if len(legs) < len(question.via) else question.goal
    raise no_path(graph, next(iter(at)), failed, question.avoid)


def _weak(graph: ConceptGraph, way: Found) -> tuple[str, ...]:
    """That a way holds no step of which notes say more than that two things stand together."""
    arcs = [graph.relation(graph.relation_behind(*ends)) for ends in pairwise(way.concepts)]
    weak = (is_loose(a.predicate, a.strength) and a.confidence < _FIRM for a in arcs)
    if not arcs or not all(weak):
        return ()
    ends = " and ".join(graph.named(way.concepts[i]).label for i in (0, -1))
    return (f"a weak way: your notes say of no step between {ends} more than that it is related",)


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
    steps = [step_of(graph, needed, found.concepts) for needed in plan]
    if found.concepts[0] in known:  # it is a step to stand on, not one to take
        steps[0] = replace(steps[0], relation="known", read=NOTHING)
    kept, left_out = fit(steps, question.minutes, _most(question, found))
    algorithm = question.algorithm
    return LearningPath(
        start=graph.named(found.concepts[0]),
        goal=graph.named(question.goal),
        cost=round(found.cost / UNIT, 6),
        optimal=algorithm.bound == 1,
        bound=algorithm.bound,
        expansions=found.expansions,
        steps=tuple(read_once(kept)),
        algorithm=algorithm.name,
        left_out=(*left_out, *after),
        notes=notes,
    )


def _most(question: Question, found: Found) -> int | None:
    """How many steps a plan may have: a way that is longer has all of it."""
    most = [n for n in (question.size, question.most_steps) if n is not None]
    return max(min(most), len(set(found.concepts))) if most else None
