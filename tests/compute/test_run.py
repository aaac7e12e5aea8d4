"""Running a compute graph: cached by content, resumable, the same on any executor."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.compute.test_operator import toys  # noqa: F401 - a fixture
from waygraph import codec
from waygraph.children import start_child
from waygraph.compute import chain
from waygraph.compute import execute as executing
from waygraph.compute.cache import Cache
from waygraph.compute.execute import (
    Executor,
    InProcess,
    Outcome,
    Task,
    execute,
)
from waygraph.compute.graph import ComputeGraph, load_graph
from waygraph.compute.operator import Port
from waygraph.compute.pool import _MANY, _SHIPPED_WHOLE, AsNeeded, LocalPool
from waygraph.compute.run import run, steps
from waygraph.compute.values import BATCH, Held, Item, Results
from waygraph.database import open_to_write
from waygraph.errors import ComputeGraphError, OperatorFailure, StoreError
from waygraph.model import Candidates, ConceptTable, Document, Failure, Parse, Targets, digest_of
from waygraph.read.links import resolve_links
from waygraph.read.markdown import read_markdown

SHOUTS = '[operators.shouts]\nuse = "shout"\n'
JOINED = '[operators.joined]\nuse = "join"\n'
LABELS = '[operators.labels]\nuse = "label"\n'
ALL = SHOUTS + JOINED + LABELS
TEXTS = {"b.md": "two", "a.md": "one", "c.md": "three"}


class Kept(dict[str, bytes]):
    """Bytes by key, as a home that outlives the cache."""

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:  # type: ignore[override]  # a Home's get
        return {key: self[key] for key in keys}


def fetched(results: Results) -> Results:
    """The results with their bytes in memory."""
    for values in (*results.per_document.values(), results.whole):
        for name, item in values.items():
            values[name] = Item(item.digest, item.key, Kept({item.key: item.data}))
    return results


class Bench:
    """A cache, and graphs to run over texts with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.progress: list[tuple[str, int, int]] = []

    def graph(self, text: str) -> ComputeGraph:
        path = self.folder / "graph.toml"
        path.write_text(text, encoding="utf-8")
        return load_graph(path, {"texts": Port("texts", str, True)}, {})

    def run(
        self,
        graph: str | ComputeGraph,
        texts: Mapping[str, str] = TEXTS,
        executor: Executor | None = None,
        cache: str = "cache.sqlite",
        *,
        sparing: bool = False,
    ) -> Results:
        self.progress.clear()
        graph = self.graph(graph) if isinstance(graph, str) else graph
        with Cache(self.folder / cache) as store:
            given = {"texts": Held(texts).items()}
            results, executor = Results(), executor or InProcess()
            for _ in steps(graph, given, store, executor, self._advance, results, sparing=sparing):
                pass
            return fetched(results)

    def _advance(self, name: str, done: int, total: int) -> None:
        self.progress.append((name, done, total))


@pytest.fixture
def bench(toys: ModuleType, tmp_path: Path) -> Bench:  # noqa: F811 - the fixture above
    toys.calls.clear()
    return Bench(tmp_path)


@pytest.fixture
def calls(toys: ModuleType) -> list[tuple[str, list[str]]]:  # noqa: F811 - the fixture above
    """The calls of toy operators since the test began: (name, texts)."""
    found: list[tuple[str, list[str]]] = toys.calls
    return found


def work(results: Results) -> dict[str, tuple[int, int]]:
    """Items computed and items taken from the cache, by node."""
    return {r.node.name: (r.computed, r.cached) for r in results.runs}


def content(results: Results) -> object:
    """All bytes of the results."""
    return (
        {name: {a: i.data for a, i in v.items()} for name, v in results.per_document.items()},
        {name: item.data for name, item in results.whole.items()},
        results.failures,
    )


# --- values -----------------------------------------------------------------------------


def test_every_node_gives_its_value(bench: Bench) -> None:
    results = bench.run(ALL)
    assert dict(results.each("shouts", str)) == {"a.md": "ONE!", "b.md": "TWO!", "c.md": "THREE!"}
    assert results.one("joined", str) == "ONE! TWO! THREE! 0.5"
    assert list(results.each("labels", str)) == [
        ("a.md", "one/ONE!/20"),
        ("b.md", "two/TWO!/20"),
        ("c.md", "three/THREE!/20"),
    ]
    assert not results.failures
    assert bench.progress == [
        ("shouts", 0, 3), ("shouts", 3, 3),
        ("joined", 0, 1), ("joined", 1, 1),
        ("labels", 0, 3), ("labels", 3, 3),
    ]  # fmt: skip


def test_values_do_not_depend_on_any_order(bench: Bench) -> None:
    results = bench.run(ALL)
    turned = bench.run(LABELS + JOINED + SHOUTS, dict(reversed(TEXTS.items())), cache="two.sqlite")
    assert content(turned) == content(results)


def test_no_documents(bench: Bench) -> None:
    results = bench.run(ALL, {})
    assert dict(results.each("labels", str)) == {}
    assert results.one("joined", str) == " 0.5"


def test_many_documents_go_in_batches(bench: Bench, calls: list[tuple[str, list[str]]]) -> None:
    texts = {f"{n:03}.md": f"text {n}" for n in range(2 * BATCH + 3)}
    results = bench.run(SHOUTS, texts)
    assert [len(called) for _, called in calls] == [BATCH, BATCH, 3]
    assert [done for _, done, _ in bench.progress] == [0, BATCH, 2 * BATCH, 2 * BATCH + 3]
    assert dict(results.each("shouts", str)) == {a: t.upper() + "!" for a, t in texts.items()}


def test_long_documents_go_in_smaller_batches(
    bench: Bench, calls: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "BATCH_BYTES", 40)
    texts = {f"{n:03}.md": "x" * size for n, size in enumerate((10, 9, 90, 30, 20, 11))}
    results = bench.run(SHOUTS, texts)
    sizes = [[len(text) for text in called] for _, called in calls]
    assert sizes == [[10, 9], [90], [30], [20, 11]]
    assert content(results) == content(bench.run(SHOUTS, texts, cache="fresh.sqlite"))


def test_little_is_held_of_what_was_decoded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executing, "_RECENT_BYTES", 100)
    held: list[int] = []
    keep = executing._Recent.keep

    def noted(recent: executing._Recent, data: bytes, kind: object, value: object) -> None:
        keep(recent, data, kind, value)
        held.append(sum(len(data) for data, _ in recent._values))

    monkeypatch.setattr(executing._Recent, "keep", noted)
    texts = {f"{n:03}.md": f"{n}" * size for n, size in enumerate((1, 10, 20, 30, 90, 200, 5))}
    assert dict(bench.run(SHOUTS, texts).each("shouts", str)) == {
        address: text + "!" for address, text in texts.items()
    }
    assert 0 < max(held) <= 100


def test_operators_over_documents_take_turns_on_each_batch(
    bench: Bench, calls: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[bytes] = []

    def decode(data: bytes, kind: type) -> object:
        decoded.append(data)
        return codec.decode(data, kind)

    monkeypatch.setattr("waygraph.compute.execute.decode", decode)
    texts = {f"{n:03}.md": f"turn {n}" for n in range(BATCH + 3)}
    graph = SHOUTS + '[operators.songs]\nuse = "sing"\n[operators.pairs]\nuse = "pair"\n'
    results = bench.run(graph, texts)
    assert [(name, len(called)) for name, called in calls] == [
        ("shout", BATCH), ("sing", BATCH), ("shout", 3), ("sing", 3),
    ]  # fmt: skip
    # each text once, and nothing that an operator of the chain made
    assert sorted(decoded) == sorted(map(codec.encode, texts.values()))
    assert list(results.each("pairs", list))[1] == ("001.md", ["turn 1", "TURN 1!"])


def test_documents_that_lack_different_values_share_batches(
    bench: Bench, calls: list[tuple[str, list[str]]]
) -> None:
    songs = '[operators.songs]\nuse = "sing"\n'
    texts = {f"{n:03}.md": f"text {n}" for n in range(BATCH + 9)}
    bench.run(SHOUTS, dict(list(texts.items())[::2]))
    bench.run(songs, dict(list(texts.items())[:BATCH]))
    calls.clear()
    results = bench.run(SHOUTS + songs, texts)
    assert work(results) == {"shouts": (20, 21), "songs": (9, 32)}
    assert sum(len(called) for _, called in calls) == 29
    assert content(results) == content(bench.run(songs + SHOUTS, texts, cache="fresh.sqlite"))


def test_an_operator_over_the_corpus_may_have_tools(bench: Bench) -> None:
    text = '[operators.known]\nuse = "tooled"\n'
    assert bench.run(text).one("known", str) == ""
    assert bench.progress == [("known", 0, 1), ("known", 1, 2), ("known", 1, 1)]
    assert bench.run(text, {**TEXTS, "d.md": "four"}).one("known", str) == "one three two"


# --- the cache --------------------------------------------------------------------------


def test_the_second_run_computes_nothing(bench: Bench, calls: list[tuple[str, list[str]]]) -> None:
    first = bench.run(ALL)
    assert work(first) == {"shouts": (3, 0), "joined": (1, 0), "labels": (3, 0)}
    calls.clear()
    second = bench.run(ALL)
    assert work(second) == {"shouts": (0, 3), "joined": (0, 1), "labels": (0, 3)}
    assert not calls
    assert not bench.progress
    assert content(second) == content(first)


@pytest.mark.parametrize(
    ("graph", "computed"),
    [
        (ALL + "# a comment\n", {}),
        (JOINED + LABELS + SHOUTS, {}),
        (SHOUTS + "times = 1\n" + JOINED + LABELS, {}),
        (SHOUTS + JOINED + "weight = 0.25\n" + LABELS, {"joined": 1, "labels": 3}),
        (SHOUTS + "times = 2\n" + JOINED + LABELS, {"shouts": 3, "joined": 1, "labels": 3}),
        # another way to the same values: what hangs on them is not made again
        (SHOUTS + "mark = '!'\n" + JOINED + LABELS, {}),
        (SHOUTS + "mark = ''\ntimes = 9\n" + JOINED + LABELS,
         {"shouts": 3, "joined": 1, "labels": 3}),
        (ALL + '[operators.more]\nuse = "zipped"\n', {"more": 1}),
    ],
)  # fmt: skip
def test_a_change_recomputes_what_hangs_on_it(
    bench: Bench, graph: str, computed: dict[str, int]
) -> None:
    bench.run(ALL)
    found = {name: made for name, (made, _) in work(bench.run(graph)).items() if made}
    assert found == computed


def test_equal_values_made_anew_stop_the_recomputing(bench: Bench) -> None:
    bench.run(SHOUTS + "mark = ''\n" + JOINED)
    results = bench.run(SHOUTS + "mark = ''\ntimes = 5\n" + JOINED)
    assert work(results) == {"shouts": (3, 0), "joined": (0, 1)}


def test_one_changed_document_recomputes_its_own_and_the_whole(
    bench: Bench, calls: list[tuple[str, list[str]]]
) -> None:
    bench.run(SHOUTS + JOINED)
    calls.clear()
    results = bench.run(SHOUTS + JOINED, {**TEXTS, "b.md": "zwei"})
    assert work(results) == {"shouts": (1, 2), "joined": (1, 0)}
    assert calls == [("shout", ["zwei"]), ("join", ["ONE!", "ZWEI!", "THREE!"])]


def test_a_document_cut_out_leaves_nothing_behind(bench: Bench) -> None:
    bench.run(ALL)
    cut = {address: text for address, text in TEXTS.items() if address != "b.md"}
    results = bench.run(ALL, cut)
    assert work(results)["shouts"] == (0, 2)
    assert content(results) == content(bench.run(ALL, cut, cache="fresh.sqlite"))
    assert work(bench.run(ALL)) == {"shouts": (0, 3), "joined": (0, 1), "labels": (0, 3)}


def test_the_order_of_documents_counts_for_the_whole_only(bench: Bench) -> None:
    bench.run(SHOUTS + JOINED)
    results = bench.run(SHOUTS + JOINED, {"z.md": "one", "y.md": "two", "x.md": "three"})
    assert work(results) == {"shouts": (0, 3), "joined": (1, 0)}
    assert results.one("joined", str) == "THREE! TWO! ONE! 0.5"


def test_equal_documents_share_a_result(bench: Bench) -> None:
    results = bench.run(SHOUTS, {"a.md": "same", "b.md": "same"})
    assert list(results.each("shouts", str)) == [("a.md", "SAME!"), ("b.md", "SAME!")]
    assert work(bench.run(SHOUTS, {"c.md": "same"})) == {"shouts": (0, 1)}


def test_another_version_or_model_recomputes(
    bench: Bench,
    toys: ModuleType,  # noqa: F811 - the fixture above
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    songs = '[operators.songs]\nuse = "sing"\n'
    graph = bench.graph(songs)
    (run_,) = bench.run(graph).runs
    assert (run_.model, run_.computed) == ("voice soft", 3)
    (node,) = graph.nodes
    newer = replace(node, operator=replace(node.operator, version="2"))
    assert work(bench.run(replace(graph, nodes=(newer,)))) == {"songs": (3, 0)}
    monkeypatch.setitem(toys.models, "voice", "loud")
    results = bench.run(graph)
    assert (results.runs[0].model, work(results)) == ("voice loud", {"songs": (3, 0)})
    assert dict(results.each("songs", str))["a.md"] == "loud one"
    monkeypatch.undo()
    assert work(bench.run(graph)) == {"songs": (0, 3)}


@given(st.lists(st.text(max_size=3), max_size=4), st.lists(st.text(max_size=3), max_size=4))
def test_digests_tell_parts_apart(one: list[str], two: list[str]) -> None:
    assert (digest_of(*one) == digest_of(*two)) == (one == two)


# --- set-up -----------------------------------------------------------------------------


def test_an_operator_starts_once_and_stops_at_the_end(
    bench: Bench, calls: list[tuple[str, list[str]]]
) -> None:
    texts = {f"{n:03}.md": f"text {n}" for n in range(2 * BATCH)}
    graph = SHOUTS + JOINED
    graph += '[operators.a]\nuse = "chant"\n[operators.b]\nuse = "chant"\nsize = 1\n'
    graph += '[operators.c]\nuse = "chorus"\n'
    executor = InProcess()
    results = bench.run(graph, texts, executor)
    assert dict(results.each("a", str))["001.md"] == "la la text 1"
    assert dict(results.each("b", str))["001.md"] == "la text 1"
    assert results.one("c", str).startswith("la la text 0 text 1 ")
    # "a" and "c" have the same settings, and share what was loaded
    assert sorted(c for c in calls if c[0] in ("start", "stop")) == [
        ("start", ["1"]),
        ("start", ["2"]),
    ]
    executor.close()
    assert sorted(c for c in calls if c[0] == "stop") == [("stop", ["1"]), ("stop", ["2"])]
    calls.clear()
    bench.run(graph, texts, executor)
    assert not calls  # all is cached: nothing is loaded


def test_a_start_that_fails_stops_the_run(bench: Bench) -> None:
    with pytest.raises(ComputeGraphError, match="no such choir"):
        bench.run('[operators.a]\nuse = "chant"\nsize = 10\n')


def test_seconds_are_told_apart(bench: Bench) -> None:
    for run_ in bench.run(ALL).runs:
        assert run_.seconds >= run_.starting + run_.own > 0
    for run_ in bench.run(ALL).runs:
        assert run_.starting == run_.own == 0


def test_a_value_for_all_documents_is_decoded_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[bytes] = []

    def decode(data: bytes, kind: type) -> object:
        decoded.append(data)
        return codec.decode(data, kind)

    monkeypatch.setattr("waygraph.compute.execute.decode", decode)
    texts = {f"{n:03}.md": f"text {n}" for n in range(3 * BATCH)}
    results = bench.run(ALL, texts)
    joined = results.whole["joined"].data
    assert decoded.count(joined) == 1


# --- failures ---------------------------------------------------------------------------


def test_a_failing_document_is_listed_and_the_others_go_on(bench: Bench) -> None:
    texts = {**TEXTS, "bad.md": "boom", "few.md": "short"}
    results = bench.run(ALL, texts)
    assert results.failures == [
        Failure("bad.md", "shout: ValueError: boom"),
        Failure("few.md", "shout: ValueError: shout gave 0 results for its batch"),
    ]
    fresh = bench.run(ALL, cache="fresh.sqlite")
    for name in ("shouts", "labels"):
        assert results.per_document[name] == fresh.per_document[name]
    assert results.whole == fresh.whole


def test_a_failure_is_not_kept(bench: Bench, calls: list[tuple[str, list[str]]]) -> None:
    texts = {**TEXTS, "bad.md": "boom"}
    bench.run(SHOUTS, texts)
    calls.clear()
    results = bench.run(SHOUTS, texts)
    assert work(results) == {"shouts": (1, 3)}
    assert [called for _, called in calls] == [["boom"], ["boom"]]
    assert [failure.address for failure in results.failures] == ["bad.md"]


def test_lists_over_the_corpus_leave_a_failing_document_out_of_all(bench: Bench) -> None:
    zipped = '[operators.zipped]\nuse = "zipped"\n'
    results = bench.run(SHOUTS + zipped, {**TEXTS, "a0.md": "boom"})
    assert results.one("zipped", str) == "one=ONE! two=TWO! three=THREE!"
    assert work(bench.run(SHOUTS + zipped)) == {"shouts": (0, 3), "zipped": (0, 1)}


def test_an_operator_over_the_corpus_that_fails_stops_the_run(bench: Bench) -> None:
    with pytest.raises(OperatorFailure) as caught:
        bench.run(ALL, {"a.md": "odd"})
    assert caught.value.message == "operator 'join' failed: AttributeError: odd"
    assert "report this" in caught.value.hint
    assert work(bench.run(SHOUTS, {"a.md": "odd"})) == {"shouts": (0, 1)}


def test_an_operator_that_cannot_run_at_all_stops_the_run(bench: Bench) -> None:
    with pytest.raises(ComputeGraphError, match="no model"):
        bench.run('[operators.a]\nuse = "modelless"\n')


class Interrupted:
    """Runs some tasks, then is stopped as if by Ctrl-C."""

    def __init__(self, tasks: int) -> None:
        self._tasks = tasks

    def expect(self, documents: int) -> None:
        pass

    def start(self, operator: str, settings: Mapping[str, object]) -> None:
        pass

    def close(self) -> None:
        pass

    def map(self, tasks: Iterable[Task]) -> Iterator[list[Outcome]]:
        for number, task in enumerate(tasks):
            if number == self._tasks:
                raise KeyboardInterrupt
            yield execute(task)


def test_what_was_finished_before_a_stop_is_kept(bench: Bench) -> None:
    texts = {f"{n:03}.md": f"text {n}" for n in range(3 * BATCH)}
    with pytest.raises(KeyboardInterrupt):
        bench.run(ALL, texts, Interrupted(2))
    results = bench.run(ALL, texts)
    assert work(results)["shouts"] == (BATCH, 2 * BATCH)
    assert content(results) == content(bench.run(ALL, texts, cache="fresh.sqlite"))


# --- processes --------------------------------------------------------------------------


@pytest.fixture
def pool() -> Iterator[LocalPool]:
    pool = LocalPool(2)
    yield pool
    pool.close()


def test_processes_are_begun_for_many_documents_alone() -> None:
    executor = AsNeeded()
    executor.expect(_MANY - 1)
    assert isinstance(executor._chosen, InProcess)
    executor._workers = 1
    executor.expect(_MANY)
    assert isinstance(executor._chosen, InProcess)
    executor._workers = 2
    executor.expect(_MANY)
    chosen = executor._chosen
    assert isinstance(chosen, LocalPool)
    executor.expect(0)
    assert executor._chosen is chosen


@pytest.mark.slow
def test_many_documents_that_wait_for_models_go_to_processes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, calls: list[tuple[str, list[str]]]
) -> None:
    graph = '[operators.sung]\nuse = "chant"\n' + SHOUTS
    texts = {f"{n:03}.md": f"text {n}" for n in range(_MANY)}
    executor = AsNeeded()
    executor._workers = 2
    try:
        found = bench.run(graph, texts, executor)
        assert not calls  # nothing was called here
    finally:
        executor.close()
    assert content(found) == content(bench.run(graph, texts, cache="fresh.sqlite"))


@pytest.mark.slow
def test_processes_give_the_same(
    bench: Bench, pool: LocalPool, calls: list[tuple[str, list[str]]]
) -> None:
    long = "x" * 100
    texts = {f"{n:03}.md": f"{long} {n}" for n in range(9 * BATCH)} | {"bad.md": "boom"}
    here = bench.run(ALL, texts)
    calls.clear()
    there = bench.run(ALL, texts, pool, cache="fresh.sqlite")
    assert {name for name, _ in calls} == {"join"}  # all else ran elsewhere
    assert len(here.whole["joined"].data) > _SHIPPED_WHOLE  # so that it went as a file
    assert work(there) == work(here)
    assert content(there) == content(here)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [InProcess, AsNeeded])
def test_where_memory_is_short_documents_go_through_a_process_that_ends(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    calls: list[tuple[str, list[str]]],
    kind: type[InProcess] | type[AsNeeded],
) -> None:
    begun = []

    def begin(*words: Any, **pipes: Any) -> Any:
        begun.append(start_child(*words, **pipes))
        return begun[-1]

    monkeypatch.setattr("waygraph.compute.pool.start_child", begin)
    here = bench.run(ALL)
    assert not begun
    calls.clear()
    there = bench.run(ALL, executor=kind(), cache="fresh.sqlite", sparing=True)
    assert {name for name, _ in calls} == {"join"}  # all else ran elsewhere
    assert begun
    assert all(process.poll() is not None for process in begun)
    assert content(there) == content(here)


@pytest.mark.slow
def test_nobody_waits_for_what_is_no_longer_wanted(bench: Bench, pool: LocalPool) -> None:
    texts = [[codec.encode(text)] for text in ("one", "two", "three", "four", "asleep")]
    found = pool.map(Task("doze", {}, (text,), 1) for text in texts)
    assert codec.decode(next(found)[0].data, str) == "one"
    working = [worker.process for worker in pool._workers]
    assert working
    found.close()  # type: ignore[attr-defined]  # it is a generator
    assert not any(process.returncode is None for process in working)


@pytest.mark.slow
def test_errors_come_home_from_processes(bench: Bench, pool: LocalPool) -> None:
    with pytest.raises(ComputeGraphError) as caught:
        bench.run('[operators.a]\nuse = "modelless"\n', executor=pool)
    assert (caught.value.message, caught.value.hint) == ("no model", "install one")
    with pytest.raises(OperatorFailure, match="a worker process was ended") as failure:
        bench.run('[operators.a]\nuse = "die"\n', executor=pool)
    assert "fewer workers" in failure.value.hint
    assert dict(bench.run(SHOUTS, executor=pool).each("shouts", str))["a.md"] == "ONE!"


NOTES = {
    "day-001.md": "# Day 1\n\nA **graph** has *nodes*, see [[graph theory]] and `code`.\n",
    "graph theory.md": "---\naliases: [graphs]\n---\nGraph theory is the study of graphs (GT).\n",
    "c.md": "A depth-first search (DFS) visits [nodes](day-001.md).\r\n\r\nIt uses a stack.\r\n",
    "empty.md": "",
}
REAL = '[operators.parses]\nuse = "parse"\n[operators.candidates]\nuse = "candidates"\n'


@pytest.mark.slow
def test_real_operators_give_the_same_in_processes(tmp_path: Path, pool: LocalPool) -> None:
    path = tmp_path / "graph.toml"
    path.write_text(REAL, encoding="utf-8")
    ports = {
        "documents": Port("documents", Document, True),
        "targets": Port("targets", Targets, True),
        "gazetteer": Port("gazetteer", ConceptTable, False),
    }
    graph = load_graph(path, ports, {})
    copies = {f"{n}/{a}": text for n in range(12) for a, text in NOTES.items()}
    documents = [read_markdown(a, text.encode()) for a, text in copies.items()]
    by_address = {d.address: d for d in documents}
    inputs: dict[str, Mapping[str, Item] | Item] = {
        "documents": Held(by_address).items(),
        "targets": Held({t.address: t for t in resolve_links(documents)}).items(),
        "gazetteer": Held({"": ConceptTable(())}).items()[""],
    }
    executors: dict[str, Executor] = {"here": InProcess(), "there": pool}
    found = {}
    for name, executor in executors.items():
        with Cache(tmp_path / f"{name}.sqlite") as cache:
            found[name] = fetched(run(graph, inputs, cache, executor, lambda *_: None))
    assert content(found["here"]) == content(found["there"])
    assert not found["here"].failures
    parses = dict(found["there"].each("parses", Parse))
    first = by_address["0/day-001.md"].text
    assert [first[s.start : s.end] for s in parses["0/day-001.md"].sentences] == [
        "Day 1",
        "A graph has nodes, see graph theory and code.",
    ]
    candidates = dict(found["there"].each("candidates", Candidates))
    assert {c.label for c in candidates["0/day-001.md"].found} >= {"graph", "graph theory", "code"}


BESIDE = (
    '[operators.came]\nuse = "coming"\n[operators.waited]\nuse = "waiting"\n'
    '[operators.all]\nuse = "both"\n'
)


def test_what_runs_beside_others_does(bench: Bench) -> None:
    # both wait for one another: one after the other they would never end
    results = bench.run(BESIDE)
    assert results.one("all", str) == "one two three; one two three"
    assert [run.node.name for run in results.runs] == ["came", "waited", "all"]
    assert work(bench.run(BESIDE)) == {"came": (0, 3), "waited": (0, 1), "all": (0, 1)}


def test_what_fails_beside_others_is_told(bench: Bench) -> None:
    with pytest.raises(OperatorFailure, match="'waiting' failed: KeyError: 'lost'"):
        bench.run('[operators.waited]\nuse = "waiting"\nmeeting = false\n' + SHOUTS)


def test_what_runs_beside_is_loaded_while_documents_are_new(
    bench: Bench, calls: list[tuple[str, list[str]]]
) -> None:
    graph = '[operators.sung]\nuse = "chant"\n[operators.all]\nuse = "listening"\n'
    texts = {f"{n}.md": str(n) for n in range(BATCH + 1)}
    bench.run(graph, texts)
    assert calls.count(("load", ["voice"])) == 1
    bench.run(graph, texts)
    assert calls.count(("load", ["voice"])) == 1
    bench.run(graph, texts | {"0.md": "new"})
    assert calls.count(("load", ["voice"])) == 2
    bench.run(graph, texts | {"0.md": "newer"}, sparing=True)
    assert calls.count(("load", ["voice"])) == 2
    # that there is no model is no matter as long as none is needed
    results = bench.run(graph + 'voice = "none"\n', texts, cache="fresh.sqlite")
    assert calls[-1] == ("load", ["none"])
    assert results.one("all", str) == " ".join(f"la la {texts[name]}" for name in sorted(texts))


REHEARSED = """
[operators.rehearsed]
use = "rehearse"
[operators.planned]
use = "plan"
[operators.learned]
use = "study"
"""


def test_what_runs_beside_begins_with_the_documents_that_are_through(
    bench: Bench,
    toys: ModuleType,  # noqa: F811 - the fixture above
    calls: list[tuple[str, list[str]]],
) -> None:
    texts = {f"{n:03}.md": f"word{n}" for n in range(2 * BATCH)} | {"last.md": "last"}
    toys.studied.clear()
    # the last batch is done only when the others were studied
    results = bench.run(REHEARSED, texts)
    words = list(texts.values())
    assert [fresh for name, fresh in calls if name == "study"] == [words[:-1], ["last"]]
    assert results.one("learned", str) == " ".join(words)
    assert work(results)["learned"] == (1, 0)
    # what goes wrong with some documents is told only if it does with all
    texts["000.md"] = "odd"
    with pytest.raises(OperatorFailure, match="'study' failed: KeyError: 'odd'"):
        bench.run(REHEARSED, texts, cache="fresh.sqlite")


def test_what_another_drops_meanwhile_is_told(bench: Bench) -> None:
    graph = bench.graph(SHOUTS)
    with Cache(bench.folder / "cache.sqlite") as cache:
        given = {"texts": Held(TEXTS).items()}
        results = run(graph, given, cache, InProcess(), lambda *_: None)
        with closing(open_to_write(bench.folder / "cache.sqlite")) as other:
            other.execute("DELETE FROM result")
        with pytest.raises(StoreError, match="another waygraph has dropped") as caught:
            list(results.each("shouts", str))
    assert caught.value.hint == "run it again"


def test_an_interruption_ends_what_runs_beside(bench: Bench) -> None:
    with pytest.raises(KeyboardInterrupt):
        bench.run(BESIDE, {"a.md": "for ever"})
    assert not any(t.name.startswith("waygraph operator") for t in threading.enumerate())
