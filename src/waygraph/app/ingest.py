"""Ingesting: notes in, datagraph and concept graph out."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from waygraph.app import compact as compaction
from waygraph.app.articles import ArticleOptions, gather_articles
from waygraph.app.ask import NodeTime, open_compute_graph, open_store, remember_last
from waygraph.app.circles import circles
from waygraph.app.compiling import bring_up_to_date, known
from waygraph.app.decisions import Decided, read_decisions
from waygraph.app.freshness import begin_change, end_change
from waygraph.app.graphs import decisions_run, named_graphs, operator_run, reader_run
from waygraph.app.imports import (
    background_item,
    borrowed_relations,
    imported_graphs,
    known_concepts,
)
from waygraph.app.reading import Progress, read_notes, refuse_missing, settle
from waygraph.app.replay import decisions_graph, follow_renames, unmet
from waygraph.config import CACHE, FOLDER, Workspace, find_workspace, make_private, make_workspace
from waygraph.errors import BrokenCache, MissingWorkspace, WaygraphError
from waygraph.model import (
    ConceptTable,
    Failure,
    Notices,
)
from waygraph.properties import PropertyRelations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waygraph.compute.execute import Executor
    from waygraph.compute.values import Item, NodeRun, Results
    from waygraph.operators.ruled import Ruled
    from waygraph.read.snapshots import Snapshots
    from waygraph.store.dataset import Dataset, NamedGraph

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did.

    ``documents`` counts all in the workspace, ``read`` those read anew, ``dropped`` those
    that are gone, ``renamed`` those that are elsewhere now, from where to where;
    ``graphs_written`` counts the named graphs that changed in the datagraph.
    ``seconds`` holds the time of each stage (a first ingest writes documents and mentions
    within ``annotate``), ``nodes`` that of each node of the compute graph.
    """

    workspace: Workspace
    documents: int
    concepts: int
    read: int
    dropped: int
    renamed: tuple[tuple[str, str], ...]
    graphs_written: int
    graphs_dropped: int
    failures: tuple[Failure, ...]
    warnings: tuple[Failure, ...]
    seconds: Mapping[str, float]
    nodes: tuple[NodeTime, ...] = ()


def ingest(
    paths: Sequence[str | Path] = (),
    workspace: str | Path | None = None,
    *,
    workers: int | None = 1,
    articles: ArticleOptions | None = None,
    progress: Progress | None = None,
    store: str | None = None,
    compact: bool = False,
) -> IngestReport:
    """Read notes, annotate them and bring the workspace up to date.

    What is unchanged is taken from the workspace; notes under ``paths`` that are gone take
    their facts with them; notes ingested from elsewhere stay. The decisions beside the notes
    are replayed. The result does not depend on ``workers``, nor on what was ingested in
    which order.

    Args:
        paths: notes (Markdown, Org, plain text, Jupyter notebooks) or folders of them;
            without any no note is read, and decisions and settings are applied.
        workspace: the folder ``.waygraph`` or its parent; by default the nearest one
            upward, else a new one in the current folder.
        workers: processes for the operators that read documents, at least 1; None: this one,
            or several if much is to be read.
        articles: where the pages that notes link to may come from; by default nowhere.
        progress: called with (stage, items done, items in all).
        store: the address of a SPARQL server that holds the datagraph; by default what the
            settings say.
        compact: also take what is no longer in the notes out of the workspace's files, where it
            else lies until its room is needed; the store is made anew.

    Raises:
        WaygraphError: the compute graph, the settings or the store do not work, or no path
            exists. A note that cannot be read is listed in the report instead.
    """
    show = progress or (lambda _stage, _done, _total: None)
    tops = [Path(path) for path in paths]
    place = _workspace_for(tops, Path(workspace) if workspace is not None else None, store)
    options = articles or ArticleOptions()
    make_private(place.folder)
    if compact:
        compaction.empty_store(place)
    report = _ingest_whatever_the_cache(place, tops, workers, options, show, compact)
    if compact:
        compaction.compact(place)
    make_private(place.folder)
    return report


def _ingest_whatever_the_cache(
    place: Workspace,
    tops: Sequence[Path],
    workers: int | None,
    options: ArticleOptions,
    show: Progress,
    compacting: bool,
) -> IngestReport:
    """Ingest, with a new cache if the one that is there is broken."""
    from waygraph.compute.cache import remove_cache

    try:
        return _ingest(place, tops, workers, options, show, compacting)
    except BrokenCache as error:
        told = error.message
    # past the handler, whose traceback would keep the store open
    remove_cache(place.folder / CACHE)
    report = _ingest(place, tops, workers, options, show, compacting)
    warning = Failure(f"{FOLDER}/{CACHE}", f"{told}; it was made anew")
    return replace(report, warnings=(warning, *report.warnings))


def _ingest(
    place: Workspace,
    tops: Sequence[Path],
    workers: int | None,
    options: ArticleOptions,
    show: Progress,
    compacting: bool,
) -> IngestReport:
    from waygraph.compute.cache import Cache
    from waygraph.compute.execute import collecting_seldom
    from waygraph.compute.run import steps
    from waygraph.compute.values import Results
    from waygraph.operators.ruled import ruled as ruled_relations
    from waygraph.read.snapshots import Snapshots
    from waygraph.store.kept import GraphKeeper, kept_keys

    graph = open_compute_graph(place)
    gazetteer = known_concepts(place)
    clock = _Clock()
    with (
        collecting_seldom(),
        Cache(place.folder / CACHE) as cache,
        open_store(place, cache, write=True) as data,
        data.change(),
        Snapshots(place.folder / "documents.sqlite") as snapshots,
        _executor(workers) as executor,
    ):
        done = read_notes(place, snapshots, tops, show)
        if not tops and not snapshots.addresses():
            # of an emptied file all facts would go
            raise WaygraphError(f"{place.folder} holds no notes", "name them: waygraph ingest PATH")
        fetched, missing = gather_articles(place, snapshots, options, show)
        settle(place, snapshots, show)
        clock.lap("read")
        follow_renames(place, done.renamed)
        stamp = begin_change(place)
        decided = read_decisions(place, snapshots)
        given = _given(place, snapshots, gazetteer, decided)
        results = Results()

        def annotating() -> Iterator[Results]:
            yield from steps(
                graph, given, cache, executor, show, results, sparing=_spared(snapshots)
            )
            clock.lap("annotate")

        def ruled() -> tuple[ConceptTable, Ruled]:
            table = results.one("concepts", ConceptTable)
            return table, ruled_relations(decided.relations, table)

        def graphs() -> Iterator[tuple[str, NamedGraph]]:
            # what an ingest once finished changes only when all that is to be said is known
            early = not data.runs()
            yield from named_graphs(place.settings.base, annotating(), early=early)
            yield from decisions_graph(place, decided, *ruled())
            yield from imported_graphs(place)

        keeper = GraphKeeper(cache)
        written, gone = data.replace(graphs(), keeper.add)
        keeper.flush()
        _write_runs(data, place, results.runs, done.read + fetched, bool(decided.force))
        clock.lap("store")
        table, relations = ruled()
        show("concept graph", 0, 1)
        bring_up_to_date(place, data, cache, results, table, known(decided, table))
        end_change(place, stamp)
        cache.drop_unused(lambda: kept_keys(data.digests().values()), always=compacting)
        show("concept graph", 1, 1)
        clock.lap("concept graph")
        failures = [*done.failures, *missing, *results.failures, *decided.faults]
        addresses = frozenset(snapshots.addresses())
        warnings = [*_passed_over(done.own), *_told(results, table, snapshots)]
        warnings += unmet(decided.force, table, relations, addresses)
    nodes = tuple(_node_time(run) for run in results.runs)
    remember_last(place, failures, warnings, clock.laps, nodes)
    return IngestReport(
        place,
        len(addresses),
        len(table.concepts),
        done.read + fetched,
        done.dropped,
        done.renamed,
        written,
        gone,
        tuple(failures),
        tuple(warnings),
        clock.laps,
        nodes,
    )


def _spared(snapshots: Snapshots) -> bool:
    """Whether there is a document so large that no process is to hold memory without need.

    It fills a batch alone. That which reads documents has done its work, and goes.
    """
    from waygraph.compute.values import BATCH_BYTES
    from waygraph.read.reader_process import end_reader

    large = snapshots.largest() > BATCH_BYTES
    if large:
        end_reader()
    return large


def _workspace_for(paths: Sequence[Path], named: Path | None, store: str | None) -> Workspace:
    """The workspace, made if there is none and something to put into it."""
    try:
        return find_workspace(named, store=store)
    except MissingWorkspace:
        if not paths:
            raise
        refuse_missing(paths)
        return make_workspace(named, store=store)


def _node_time(run: NodeRun) -> NodeTime:
    times = (round(seconds, 4) for seconds in (run.seconds, run.starting, run.own))
    return NodeTime(run.node.name, run.node.use, run.computed, run.cached, *times)


def _given(
    place: Workspace, snapshots: Snapshots, gazetteer: ConceptTable, decided: Decided
) -> dict[str, Mapping[str, Item] | Item]:
    """What the compute graph begins with."""
    from waygraph.compute.values import Held, Item

    documents, targets = snapshots.digests(), snapshots.targets()
    return {
        "documents": {a: Item(digest, a, snapshots) for a, digest in documents.items()},
        "targets": {a: Item(digest, a, targets) for a, digest in targets.digests().items()},
        "gazetteer": Held({"": gazetteer}).items()[""],
        "background": background_item(place),
        "borrowed": Held({"": borrowed_relations(place)}).items()[""],
        "name_rulings": Held({"": decided.names}).items()[""],
        "relation_rulings": Held({"": decided.relations}).items()[""],
        "property_relations": Held({"": PropertyRelations(place.settings.relations)}).items()[""],
    }


@contextmanager
def recalled(place: Workspace) -> Iterator[Results]:
    """The annotations of a workspace that was ingested, from its cache."""
    from waygraph.compute.cache import Cache
    from waygraph.compute.execute import InProcess
    from waygraph.compute.run import run
    from waygraph.read.snapshots import Snapshots

    with (
        Snapshots(place.folder / "documents.sqlite", write=False) as snapshots,
        Cache(place.folder / CACHE) as cache,
    ):
        given = _given(place, snapshots, known_concepts(place), read_decisions(place, snapshots))
        yield run(open_compute_graph(place), given, cache, InProcess(), lambda *_: None)


class _Clock:
    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name], self._last = round(now - self._last, 3), now


@contextmanager
def _executor(workers: int | None) -> Iterator[Executor]:
    from waygraph.compute.execute import InProcess
    from waygraph.compute.pool import AsNeeded, LocalPool

    executor: Executor = AsNeeded()
    if workers is not None:
        executor = InProcess() if workers <= 1 else LocalPool(workers)
    try:
        yield executor
    finally:
        executor.close()


def _passed_over(own: Sequence[str]) -> Iterator[Failure]:
    """That files are no notes, for waygraph wrote them itself."""
    if own:
        others = f", nor are {len(own) - 1} others" * (len(own) > 1)
        yield Failure(own[0], f"waygraph wrote it, so it is not read as a note{others}")


def _told(results: Results, table: ConceptTable, snapshots: Snapshots) -> list[Failure]:
    """What of the notes could not be read or used, and where authors contradict each other."""
    notices = results.one("notices", Notices).found if "notices" in results.whole else ()
    return [*snapshots.warnings(), *notices, *circles(results, table, snapshots)]


def _write_runs(
    data: Dataset, place: Workspace, runs: Sequence[NodeRun], read: int, decided: bool
) -> None:
    """Who made what, with which model, when: the provenance of everything made anew.

    A run that was made but not written, for the process was killed between, is written too.
    """
    from waygraph.read.snapshots import READER
    from waygraph.store.convert import CONVERTER, Converter

    base = place.settings.base
    convert = Converter(base)
    ended = ("endedAtTime", datetime.now(UTC).isoformat(timespec="seconds"))
    graphs: dict[str, list[str]] = {}
    known = set(data.runs())
    me = reader_run(base)
    if read or me not in known:
        graphs[me] = convert.run(me, (("operator", "read"), ("version", READER), ended))
    decisions = decisions_run(base)
    if decided and decisions not in known:
        replayed = (("operator", "decisions"), ("version", CONVERTER), ended)
        graphs[decisions] = convert.run(decisions, replayed)
    made = {"documents": me, "targets": me} | {r.node.name: operator_run(base, r) for r in runs}
    for run in runs:
        me = made[run.node.name]
        if run.computed or me not in known:
            facts = (
                ("operator", run.node.use),
                ("version", run.node.operator.version),
                ("settings", json.dumps(dict(sorted(run.node.settings.items())))),
                ("model", run.model),
            )
            # a gazetteer is given by the user: no run made it
            inputs = {made[p.name] for p in run.node.operator.inputs if p.name in made}
            graphs[me] = convert.run(me, (*facts, ended), inputs)
    data.write_provenance(graphs)
