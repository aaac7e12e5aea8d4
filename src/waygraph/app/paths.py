"""Questions in a learner's words, answered from the concept graph."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from waygraph import files
from waygraph.answer import LearningPath, Taken
from waygraph.app.ask import concept_named, open_graph
from waygraph.app.freshness import outdated
from waygraph.app.outputs import write_output
from waygraph.config import Workspace
from waygraph.errors import (
    AmbiguousConcept,
    BadQuestion,
    ReadError,
    UnknownConcept,
)

if TYPE_CHECKING:
    from waygraph.search.concept_graph import ConceptGraph
    from waygraph.search.engine import Expansion
    from waygraph.search.plan import Question

_LONGEST_LIST = 20_000_000
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])?\s*(?:\[(?P<tick>[ xX])\]\s+)?(?P<name>.*?)\s*")


@dataclass(frozen=True, slots=True)
class Compared:
    """What one algorithm made of a question.

    ``ratio`` is its cost over the least, ``milliseconds`` the time of its search.
    """

    algorithm: str
    cost: float
    ratio: float
    steps: int
    expansions: int
    touched: int
    milliseconds: float


def learning_path(
    workspace: Workspace,
    goal: str,
    start: str | Sequence[str] | None = None,
    *,
    known: Iterable[str] = (),
    implied: bool = True,
    minutes: float | None = None,
    alternatives: int = 0,
    avoid: Iterable[str] = (),
    via: Iterable[str] = (),
    most_steps: int | None = None,
    everything: bool = False,
    algorithm: str = "bidirectional-a-star",
    trace: str | Path | None = None,
    force: bool = False,
    exact: bool = False,
) -> LearningPath:
    """The learning path to a goal: what it rests on, or the optimal way from a start.

    Every concept is given by a label, an alias or an IRI; goal, starts and stops also as people
    type them ("what is backprop"). What is taken then, ``LearningPath.taken`` and a notice say.

    Args:
        workspace: see ``waygraph.open_workspace``.
        goal: what to learn.
        start: where to begin, or several of which the best is taken; without it the path
            holds what the goal rests on and is not known.
        known: what need not be learned, besides what decisions say is known.
        implied: whether what is known implies what it surely requires.
        minutes: of reading, at most.
        alternatives: how many other paths to find that share at most half of the way.
        avoid: what the path must not touch.
        via: what it must pass, in this order.
        most_steps: at most so many.
        everything: all that the goal rests on, however many steps; else as many as the setting
            ``plan_steps`` says.
        algorithm: one of ``waygraph.search.engine.ALGORITHMS``.
        trace: a file that gets the search's expansions in order, a JSON object a line.
        force: whether that file may be overwritten though waygraph did not write it.
        exact: whether a label, alias or IRI is asked for everywhere.

    Raises:
        UnknownConcept: a label names no concept; the error holds the nearest ones.
        AmbiguousConcept: a label fits several concepts.
        BadQuestion: the options contradict one another.
        CyclicPrerequisites: accepted prerequisites go round in a circle.
        NoPath: start and goal are not joined.
        StoreError: the trace cannot be written, or its file is not waygraph's own.
    """
    from waygraph.search import plan

    graph = open_graph(workspace)
    starts = (start,) if isinstance(start, str) else tuple(start or ())
    taken: list[Taken] = []
    question = ask(
        workspace, graph, goal, starts, exact=exact, taken=taken,
        known=known, implied=implied, minutes=minutes, alternatives=alternatives,
        avoid=avoid, via=via, most_steps=most_steps, everything=everything, algorithm=algorithm,
    )  # fmt: skip
    expansions: list[Expansion] | None = [] if trace is not None else None
    path = plan.learning_path(graph, question, expansions)
    if trace is not None and expansions is not None:
        file = Path(trace)
        write_output(workspace, file, [(file, _trace(graph, expansions))], force=force)
    late = outdated(workspace)
    notes = (*path.notes, late) if late else path.notes
    return replace(path, notes=notes, taken=tuple(taken))


def ask(
    workspace: Workspace,
    graph: ConceptGraph,
    goal: str,
    starts: Iterable[str] = (),
    *,
    known: Iterable[str] = (),
    implied: bool = True,
    minutes: float | None = None,
    alternatives: int = 0,
    avoid: Iterable[str] = (),
    via: Iterable[str] = (),
    most_steps: int | None = None,
    everything: bool = False,
    algorithm: str = "bidirectional-a-star",
    exact: bool = False,
    taken: list[Taken] | None = None,
) -> Question:
    """The question in numbers; the arguments are those of ``learning_path``.

    ``taken`` gets what was taken for names that are no label.
    """
    from waygraph.search.engine import ALGORITHMS
    from waygraph.search.plan import Question

    if algorithm not in ALGORITHMS:
        raise BadQuestion(f"unknown algorithm {algorithm!r}", f"known: {', '.join(ALGORITHMS)}")

    def numbers(labels: Iterable[str], exact: bool) -> tuple[int, ...]:
        found = (
            concept_named(workspace, graph, label, exact=exact, taken=taken) for label in labels
        )
        return tuple(dict.fromkeys(found))

    return Question(
        numbers([goal], exact)[0],
        numbers(starts, exact),
        # of long lists nobody reads what was taken
        frozenset([*numbers(known, True), *graph.known()]),
        implied,
        minutes,
        alternatives,
        frozenset(numbers(avoid, True)),
        numbers(via, exact),
        most_steps,
        ALGORITHMS[algorithm],
        None if everything else workspace.settings.plan_steps,
    )


def read_known(workspace: Workspace, graph: ConceptGraph, file: Path) -> list[str]:
    """The IRIs of the concepts that a file lists, one a line.

    A line is a label, an alias or an IRI, with or without a list mark; of a checklist the
    ticked items count. Empty lines and lines that begin with "#" are passed over.

    Raises:
        ReadError: the file cannot be read, or a line names no concept, or several.
        BadQuestion: it lists none.
    """
    found = []
    for line, name in _items(file):
        try:
            found.append(graph.named(concept_named(workspace, graph, name, exact=True)).iri)
        except (UnknownConcept, AmbiguousConcept) as error:
            raise ReadError(str(file), error.message, line, error.hint) from None
    if not found:
        raise BadQuestion(
            f"{file} names no known concept", "list one a line; in a checklist tick them: - [x]"
        )
    return found


def _items(file: Path) -> Iterator[tuple[int, str]]:
    try:
        text = files.read(Path(os.path.realpath(file)), _LONGEST_LIST).decode("utf-8-sig")
    except OSError as error:
        raise ReadError(str(file), error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise ReadError(str(file), "is not UTF-8 text") from None
    for number, line in enumerate(text.splitlines(), 1):
        item = _ITEM.fullmatch(line)
        if item and item["name"] and not line.lstrip().startswith("#") and item["tick"] != " ":
            yield number, item["name"].strip("[]")


def compare(graph: ConceptGraph, question: Question) -> list[Compared]:
    """Every algorithm on the same question, one after another.

    Raises:
        WaygraphError: as ``plan.learning_path``.
    """
    from waygraph.search import plan
    from waygraph.search.cost import UNIT
    from waygraph.search.engine import ALGORITHMS

    rows = []
    for algorithm in ALGORITHMS.values():
        asked = replace(question, algorithm=algorithm)
        plan.spine(graph, asked)  # once to read the pages of the file
        begin = time.perf_counter()
        found = plan.spine(graph, asked)
        spent = round(1000 * (time.perf_counter() - begin), 3)
        cost, steps = round(found.cost / UNIT, 6), len(found.concepts)
        work = (found.expansions, found.touched)
        rows.append(Compared(algorithm.name, cost, 1.0, steps, *work, spent))
    least = min(row.cost for row in rows)
    return [replace(row, ratio=round(row.cost / least, 4)) for row in rows] if least else rows


def _trace(graph: ConceptGraph, expansions: Sequence[Expansion]) -> Iterator[str]:
    """A search's expansions in their order, a JSON object a line."""
    from waygraph.search.cost import UNIT

    for end, concept, path_cost in expansions:
        named = graph.named(concept)
        row = {
            "end": ("start", "goal")[end],
            "iri": named.iri,
            "label": named.label,
            "path_cost": round(path_cost / UNIT, 6),
        }
        yield json.dumps(row, ensure_ascii=False) + "\n"
