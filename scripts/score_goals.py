"""Goals as people type them, of data/goals.tsv, beside the concepts that are meant.

    scripts/score goals [CORPUS…] [--keep FOLDER] [--half tuned|held|all] [--told]

The goals were written for this project, from what people marked in ../shared/data; each has a
corpus, a kind, what is typed, and the labels that are right, none for nonsense. A goal is right if
the concept taken has one of these labels; "said" are wrong ones that are told as taken, "silent"
wrong ones that are not; "first" and "listed" are close races that list the right one. Nonsense is
right if refused. Left out, and counted, is what the workspace holds under none of the right labels
("not held"), and what is itself the label of another concept there, which is taken ("a label").

The resolver's thresholds were set on the half ``tuned`` of them, by the SHA-256 of what is typed;
``held`` is the other half, the default; its faults were looked at once, so it is not blind: right
answers that were missing were added for both, and two rules changed (stems on -i, the beginning
of an only label). ``--told`` prints each that is not right, ``--keep`` is that of
``scripts/score notes``.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from measure import table
from score_notes import CORPORA, GOLD, ingested, kept_folder

if TYPE_CHECKING:
    from waygraph.config import Workspace
    from waygraph.search.concept_graph import ConceptGraph

FILE = Path(__file__).parents[1] / "data" / "goals.tsv"
LEFT_OUT = ("not held", "a label")
OUTCOMES = ("right", "first", "listed", "said", "silent", "refused")


@dataclass(frozen=True, slots=True)
class Typed:
    """A goal as typed; ``right`` are the labels that it may mean, none for nonsense."""

    corpus: str
    kind: str
    typed: str
    right: tuple[str, ...]

    @property
    def tuned(self) -> bool:
        """Whether thresholds were set on it."""
        return hashlib.sha256(self.typed.encode()).digest()[-1] % 2 == 0


def main(arguments: Sequence[str]) -> None:
    """Print how many goals are found, by kind."""
    parser = argparse.ArgumentParser(prog="scripts/score goals", description=__doc__)
    parser.add_argument("corpora", nargs="*", metavar="CORPUS", help=", ".join(CORPORA))
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("--half", choices=("tuned", "held", "all"), default="held")
    parser.add_argument("--told", action="store_true")
    given = parser.parse_args(arguments)
    if not GOLD.is_dir():
        sys.exit(f"the notes that people marked are not at {GOLD}: nothing was scored")
    goals = [g for g in read_goals() if given.half == "all" or g.tuned == (given.half == "tuned")]
    names = given.corpora or list(dict.fromkeys(goal.corpus for goal in goals))
    for name in names:
        if name not in CORPORA:
            parser.error(f"unknown corpus {name!r}; known: {', '.join(CORPORA)}")
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    console = Console(width=160)
    with kept_folder(given.keep) as folder:
        for name in names:
            mine = [goal for goal in goals if goal.corpus == name]
            for goal, outcome, told in answered(ingested(name, folder), mine):
                counts[goal.kind][outcome] += 1
                if given.told and outcome != "right":
                    console.print(f"{outcome}: {name}: {goal.typed!r}: {told}", markup=False)
    console.print(scored(counts, given.half))


def read_goals() -> list[Typed]:
    """The list of goals."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return [
            Typed(row["corpus"], row["kind"], row["typed"], tuple(filter(None, right.split("|"))))
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            for right in (row["right"] or "",)
        ]


def answered(folder: Path, goals: Sequence[Typed]) -> Iterator[tuple[Typed, str, str]]:
    """Each goal with what comes of it in a workspace, and what the answer says."""
    from waygraph.app.ask import open_graph
    from waygraph.config import find_workspace

    place = find_workspace(folder)
    graph = open_graph(place)
    for goal in goals:
        meant = {concept for label in goal.right for concept in _called(graph, label)}
        if goal.right and not meant:
            yield goal, "not held", ""
        else:
            yield goal, *_outcome(place, graph, goal, meant)


def _called(graph: ConceptGraph, label: str) -> set[int]:
    """The concepts of just this label, several where it is ambiguous."""
    from waygraph.errors import AmbiguousConcept, UnknownConcept
    from waygraph.search.lookup import find_concept

    try:
        return {find_concept(graph, label)}
    except AmbiguousConcept as error:
        return {c for one in error.candidates if one != label for c in _called(graph, one)}
    except UnknownConcept:
        return set()


def _outcome(
    place: Workspace, graph: ConceptGraph, goal: Typed, meant: set[int]
) -> tuple[str, str]:
    """One of ``OUTCOMES``, and what is said."""
    from waygraph.app.ask import concept_named
    from waygraph.errors import AmbiguousConcept, UnknownConcept, WaygraphNotice
    from waygraph.labels import key

    labels = {graph.named(concept).label for concept in meant}
    with ExitStack() as stack:
        said = stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always", WaygraphNotice)
        try:
            concept = concept_named(place, graph, goal.typed)
        except AmbiguousConcept as error:
            first = error.candidates[0] in labels
            listed = "listed" if labels.intersection(error.candidates) else "refused"
            return "first" if first else listed, str(error)
        except UnknownConcept as error:
            return "refused" if goal.right else "right", str(error)
    label = graph.named(concept).label
    if concept not in meant and not said and key(label) == key(goal.typed):
        return "a label", label
    told = str(said[0].message) if said else label
    return "right" if concept in meant else "said" if said else "silent", told


def scored(counts: dict[str, Counter[str]], half: str) -> Table:
    """The outcomes by kind, as shares of those whose concept the workspaces hold."""
    made = table(
        f"goals as people type them ({half})",
        "kind", "goals", *LEFT_OUT, *OUTCOMES, "right, share", "silent, share",
    )  # fmt: skip
    rows = [*sorted(counts.items()), ("all", sum(counts.values(), Counter[str]()))]
    for kind, found in rows:
        whole = sum(found[outcome] for outcome in OUTCOMES)
        shares = (f"{found[what] / whole:.3f}" if whole else "" for what in ("right", "silent"))
        numbers = (str(found[outcome] or "") for outcome in OUTCOMES)
        left = (str(found[what] or "") for what in LEFT_OUT)
        made.add_row(kind, str(whole), *left, *numbers, *shares)
    blank = [""] * (len(LEFT_OUT) + len(OUTCOMES))
    made.add_row("target", "≥ 200 in all", *blank, "≥ 0.95", "≤ 0.01")
    return made
