"""What decisions would change, shown before they are made.

The workspace is copied into a scratch folder, the decisions are added there, and an ingest
applies them as it would apply them here: nothing is guessed, and nothing else is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copy2, copytree

from waygraph.answer import LearningPath
from waygraph.app.ask import open_graph
from waygraph.app.scratch import SCRATCH, scratch
from waygraph.config import CACHE, DECISIONS, FOLDER, Settings, Workspace
from waygraph.database import Error, copy_database, open_to_read, open_to_write
from waygraph.decisions import Decision, written
from waygraph.errors import BadQuestion, StoreError, UnknownConcept, WaygraphError

_DATABASES = (CACHE, "documents.sqlite")
# What an ingest makes anew, and what it does not need without --fetch.
_LEFT = (
    "store",
    "articles",
    SCRATCH,
    *(f"{name}{end}" for name in _DATABASES for end in ("-wal", "-shm")),
)
# Later than whatever the file holds, so that what is previewed is what holds.
_WHEN = "9999-12-30T00:00:{:02}.000Z"
_GOALS = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """A path to compare: to a goal, from ``start`` (empty for where it begins by itself)."""

    goal: str
    start: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """A path as it is and as it would be; where there is none, ``none_before`` says why.

    ``goal`` is its label as it is; ``changed`` says whether the two differ in steps, order,
    relations, cost or minutes.
    """

    goal: str
    before: LearningPath | None
    after: LearningPath | None
    none_before: str
    none_after: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What decisions would change: counts of concepts, and paths."""

    concepts_before: int
    concepts_after: int
    effects: tuple[Effect, ...]
    warnings: tuple[str, ...]


def preview(
    place: Workspace, decisions: Sequence[Decision], asked: Sequence[Asked] = ()
) -> Preview:
    """The effect of decisions on paths, without writing into the workspace.

    Args:
        place: the workspace.
        decisions: what would be decided, in order.
        asked: the paths to compare; without any those to the concepts that are ruled on, and
            to what most rests on them.

    Raises:
        BadQuestion: no decision is given.
        WaygraphError: the workspace cannot be read, or the decisions cannot be applied.
    """
    from waygraph.app.ingest import ingest

    if not decisions:
        raise BadQuestion("no decision is given", "name what would be decided")
    questions = tuple(asked) or affected(place, decisions)
    with copied(place) as copy:
        labels = [_label(copy, question.goal) for question in questions]
        before = [_path(copy, question) for question in questions]
        count = len(open_graph(copy))
        _decide(copy, decisions)
        report = ingest((), copy.folder, store="")
        after = [_path(copy, *asked) for asked in zip(questions, labels, strict=True)]
        effects = tuple(
            Effect(label, one, other, why_one, why_other, _differ(one, other))
            for label, (one, why_one), (other, why_other) in zip(labels, before, after, strict=True)
        )
        told = tuple(f.reason for f in report.warnings if f.address == DECISIONS)
        return Preview(count, len(open_graph(copy)), effects, told)


def affected(place: Workspace, decisions: Sequence[Decision]) -> tuple[Asked, ...]:
    """The goals whose paths decisions may change most: what is ruled on, and what requires it."""
    from waygraph.search.lookup import find_concept

    graph = open_graph(place)
    found: dict[int, None] = {}
    for decision in decisions:
        for term in decision.terms:
            try:
                found[find_concept(graph, term)] = None
            except WaygraphError:
                continue  # a name of nothing yet
    for concept in list(found):
        dependents = graph.dependents(concept)
        dependents.sort(key=lambda r: (-len(graph.dependents(r.concept)), r.concept))
        found |= {r.concept: None for r in dependents[:_GOALS]}
    return tuple(Asked(graph.named(concept).iri) for concept in list(found)[: 2 * _GOALS])


@contextmanager
def copied(place: Workspace) -> Iterator[Workspace]:
    """A copy of a workspace in a scratch folder that lasts for the context.

    Beside it lie links to what lies beside the workspace: settings may name files there.

    Raises:
        StoreError: it cannot be copied.
    """
    with ExitStack() as lasting:
        try:
            root = lasting.enter_context(scratch(place))
            _copy(place, root)
        except (OSError, Error) as error:
            raise StoreError(
                f"cannot copy {place.folder}: {error}", "see to the room on its disk"
            ) from None
        # its settings are these, whatever stands in the copy beside it
        yield Workspace(root / FOLDER, _settings(place), place.copied or place.folder)


def _settings(place: Workspace) -> Settings:
    """The workspace's settings for a copy that lies elsewhere, with a store of its own."""
    settings, root = place.settings, place.root
    return replace(
        settings,
        store="",
        graph=str(root / settings.graph) if settings.graph else "",
        gazetteer=str(root / settings.gazetteer) if settings.gazetteer else "",
        background=tuple(str(root / name) for name in settings.background),
    )


def _copy(place: Workspace, root: Path) -> None:
    for beside in place.root.iterdir():
        if beside.name not in (FOLDER, DECISIONS):
            (root / beside.name).symlink_to(beside)
    (root / FOLDER).mkdir()
    for file in place.folder.iterdir():
        if file.name in _LEFT:
            continue
        target = root / FOLDER / file.name
        if file.name in _DATABASES:
            _copy_database(file, target)
        elif file.is_dir():
            copytree(file, target)
        else:
            copy2(file, target)
    if (place.root / DECISIONS).exists():
        copy2(place.root / DECISIONS, root / DECISIONS)


def _copy_database(file: Path, target: Path) -> None:
    """Copy a database as of one moment, whoever writes to it."""
    with (
        closing(open_to_read(file)) as source,
        closing(open_to_write(target)) as copy,
    ):
        copy_database(source, copy)


def _decide(copy: Workspace, decisions: Sequence[Decision]) -> None:
    lines = (
        written(replace(decision, who="preview", when=_WHEN.format(number)))
        for number, decision in enumerate(decisions)
    )
    with (copy.root / DECISIONS).open("a", encoding="utf-8") as file:
        file.write("\n" + "".join(f"{line}\n" for line in lines))


def _label(place: Workspace, goal: str) -> str:
    from waygraph.search.lookup import find_concept

    graph = open_graph(place)
    try:
        return graph.named(find_concept(graph, goal)).label
    except WaygraphError:
        return goal


def _path(place: Workspace, asked: Asked, label: str = "") -> tuple[LearningPath | None, str]:
    """The path, or why there is none; to what is called ``label`` if the goal has a new IRI."""
    from waygraph.app.paths import learning_path

    try:
        path = learning_path(place, asked.goal, asked.start or None)
    except UnknownConcept as error:
        return _path(place, replace(asked, goal=label)) if label else (None, error.message)
    except WaygraphError as error:
        return None, error.message
    return replace(path, notes=()), ""


def _differ(one: LearningPath | None, other: LearningPath | None) -> bool:
    def shape(path: LearningPath | None) -> object:
        return path and (
            path.cost, path.minutes,
            [(s.concept, s.relation, s.to, s.spine) for s in path.steps],
        )  # fmt: skip

    return shape(one) != shape(other)
