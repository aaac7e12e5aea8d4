"""Learning paths against the prerequisites that people wrote down, from ../shared/data."""

from __future__ import annotations

import statistics
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

import waygraph
from gold import VAULT, gold_edges, read_corpus
from measure import table
from waygraph.answer import Quote
from waygraph.app.ask import open_data, open_graph
from waygraph.app.ingest import recalled
from waygraph.errors import NoPath
from waygraph.model import RelationRow, Vectors, View
from waygraph.search.compile import compile_graph
from waygraph.search.concept_graph import ConceptGraph
from waygraph.search.cost import Weights
from waygraph.search.plan import Question, learning_path
from waygraph.store.view import read_view
from waygraph.vocab import concept_iri

Edge = tuple[str, str]


@dataclass(frozen=True)
class Score:
    """What one plan has of a target's gold.

    ``wanted`` and ``found`` count its direct gold prerequisites, all and those in the plan;
    ``closure`` all that it needs by the gold, one thing after another, and ``covered`` those in
    the plan; ``pairs`` gold edges with both ends in the plan, ``violated`` those in the wrong
    order; ``steps`` the plan's steps without the goal.
    """

    wanted: int
    found: int
    closure: int
    covered: int
    pairs: int
    violated: int
    steps: int


def paths() -> Table:
    """Plans for every target of the dev gold: by what the program found, and by the gold itself.

    A plan begins where the goal's surest prerequisites begin; nothing is known beforehand.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = waygraph.ingest([VAULT], folder).workspace
        edges, targets = gold_edges(read_corpus(place).pages)
        base = place.settings.base
        gold = [(concept_iri(base, a), concept_iri(base, b)) for a, b in edges]
        wanted = [concept_iri(base, target) for target in targets]
        with open_data(place) as data:
            view = read_view(data, place.settings.words_per_minute)
        with recalled(place) as results:
            vectors = results.one("vectors", Vectors)
        graph = open_graph(place)
        taught = _with_decisions(Path(folder) / "taught", view, vectors, base, gold)
        rows = {
            "as found in the notes": _scores(graph, gold, wanted),
            "with the gold as decisions": _scores(taught, gold, wanted),
        }
    made = table(
        f"paths: metacademy dev gold, {len(edges)} edges, {len(targets)} targets",
        "relations", "plans", "recall, direct", "recall, closure", "violations",
        "steps (median)", "gold closure (median)",
    )  # fmt: skip
    for name, found in rows.items():
        made.add_row(name, *_columns(found))
    made.add_row("target, with the gold", "", "100 %", "", "0", "", "")
    return made


def _with_decisions(
    folder: Path, view: View, vectors: Vectors, base: str, gold: Sequence[Edge]
) -> ConceptGraph:
    """The concept graph in which a person has accepted the gold's prerequisites."""
    known = {row.iri for row in view.concepts}
    nobody = Quote("", "", "", 0, 0, 0)
    accepted = {edge for edge in gold if known.issuperset(edge)}
    found = [
        row
        for row in view.relations
        if row.predicate != "requires" or (row.subject, row.object) not in accepted
    ]
    found += [RelationRow(a, "requires", b, 1.0, 1, nobody) for a, b in sorted(accepted)]
    compile_graph(
        folder,
        View(view.concepts, found, view.introductions, view.readings),
        vectors, base, "gold", Weights(),
    )  # fmt: skip
    return ConceptGraph(folder)


def _scores(graph: ConceptGraph, gold: Sequence[Edge], targets: Sequence[str]) -> list[Score]:
    number = {iri: i for i, iri in graph.db.execute("SELECT id, iri FROM concept")}
    needs: defaultdict[str, list[str]] = defaultdict(list)
    for one, two in gold:
        needs[one].append(two)
    found = []
    for target in targets:
        closure, waiting = set[str](), [target]
        while waiting:
            for need in needs[waiting.pop()]:
                if need not in closure and need != target:
                    closure.add(need)
                    waiting.append(need)
        steps: list[str] = []
        if target in number:
            try:
                path = learning_path(graph, Question(number[target]))
                steps = [step.concept.iri for step in path.steps]
            except NoPath:
                steps = [target]
        at = {iri: i for i, iri in enumerate(steps)}
        both = [(one, two) for one, two in gold if one in at and two in at]
        found.append(
            Score(
                len(needs[target]),
                sum(need in at for need in needs[target]),
                len(closure),
                sum(need in at for need in closure),
                len(both),
                sum(at[two] > at[one] for one, two in both),
                max(0, len(steps) - 1),
            )
        )
    return found


def _columns(found: Sequence[Score]) -> list[str]:
    def share(part: int, whole: int) -> str:
        return f"{part} of {whole} ({part / whole:.0%})" if whole else "0 of 0"

    return [
        str(len(found)),
        share(sum(s.found for s in found), sum(s.wanted for s in found)),
        share(sum(s.covered for s in found), sum(s.closure for s in found)),
        share(sum(s.violated for s in found), sum(s.pairs for s in found)),
        f"{statistics.median(s.steps for s in found):g}",
        f"{statistics.median(s.closure for s in found):g}",
    ]
