"""The search beside its peers on the same graphs and pairs, in one run, in turn."""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from pathlib import Path

import numpy as np
from rich.table import Table

from measure import in_process, seconds, table
from search_graphs import REAL, Pair, compiled, learner_pairs, random_pairs, synthetic
from search_peers import FIVE, Peer, arcs_of, peers
from waygraph.search.best_paths import best_paths
from waygraph.search.concept_graph import ARRAYS, ConceptGraph
from waygraph.search.engine import ALGORITHMS, search

# Each peer is asked so many pairs that it takes about this long.
_SECONDS = 20.0
_LARGE = 200_000  # beyond this some comparisons take few pairs


def ours(graph: ConceptGraph) -> dict[str, Peer]:
    """Our searches, the default first, then its compiled twin."""

    def by(name: str) -> Peer:
        def ask(start: int, goal: int) -> float | None:
            found = search(graph, {start: 0}, goal, ALGORITHMS[name])
            return found.cost if found else None

        return ask

    from waygraph.search.fast import FastSearch

    twin = FastSearch(graph)

    def compiled_twin(start: int, goal: int) -> float | None:
        found = twin.search(start, goal)
        return found.cost if found else None

    return {name: by(name) for name in ALGORITHMS} | {"compiled twin": compiled_twin}


def dijkstra_work(graph: ConceptGraph, start: int, goal: int) -> tuple[int, int]:
    """Expansions and touched concepts of the textbook's Dijkstra that ends at the goal."""
    reached, frontier, closed = {start: 0}, [(0, start)], set[int]()
    while frontier:
        so_far, concept = heappop(frontier)
        if concept == goal:
            break
        if concept in closed:
            continue
        closed.add(concept)
        for target, step in graph.forward.row(concept):
            cost = so_far + step
            if cost < reached.get(target, 1 << 62):
                reached[target] = cost
                heappush(frontier, (cost, target))
    return len(closed), len(reached)


def times(graph: ConceptGraph, title: str, pairs: Sequence[Pair], others: dict[str, Peer]) -> Table:
    """Median times over the same pairs, of all in turn and of each in a row; costs compared.

    In turn each finds memory as the others left it, in a row as it did itself. The times are the
    processor's: beside other work the wall clock is kinder to short answers, which no other
    process interrupts, than to long ones.
    """
    mine = ours(graph)
    exact = {name for name in mine if name not in ALGORITHMS or ALGORITHMS[name].bound == 1}
    spent: dict[str, list[float]] = {}
    agreeing: dict[str, int] = {}
    for start, goal in pairs[:3]:  # the first questions read the files
        for peer in mine.values():
            peer(start, goal)
    everyone, turns = list((mine | others).items()), random.Random(6)
    for start, goal in pairs:
        least = mine["bidirectional-a-star"](start, goal)
        # in another order each time: who comes second finds memory warm
        for name, peer in turns.sample(everyone, len(everyone)):
            if name == FIVE or sum(spent.get(name, ())) > _SECONDS:
                continue
            took, cost = _asked(peer, start, goal)
            spent.setdefault(name, []).append(took)
            agreeing[name] = agreeing.get(name, 0) + (cost == least)
    made = table(title, "what", "pairs", "ms in turn", "×", "ms in a row", "×", "same cost")
    asked = [(name, peer) for name, peer in everyone if name in spent]
    in_turn = {name: statistics.median(spent[name]) for name, _ in asked}
    in_row = {
        name: statistics.median(_asked(peer, *pair)[0] for pair in pairs[: len(spent[name])])
        for name, peer in asked
    }
    default = "bidirectional-a-star"
    for name, found in in_turn.items():
        count, row = len(spent[name]), in_row[name]
        same = f"{agreeing[name]} of {count}" if name in exact or name in others else ""
        made.add_row(
            name, str(count), f"{1000 * found:.3f}", f"{found / in_turn[default]:.2f}",
            f"{1000 * row:.3f}", f"{row / in_row[default]:.2f}", same,
        )  # fmt: skip
    return made


def _asked(peer: Peer, start: int, goal: int) -> tuple[float, float | None]:
    """Seconds of the processor that an answer took, and its cost."""
    begin = time.process_time()
    cost = peer(start, goal)
    return time.process_time() - begin, cost


def work(graph: ConceptGraph, title: str, pairs: Sequence[Pair]) -> Table:
    """Median expansions and touched concepts beside the textbook's Dijkstra."""
    some = pairs[: 40 if len(graph) <= _LARGE else 5]
    base = [dijkstra_work(graph, *pair) for pair in some]
    made = table(
        f"{title}: work, {len(some)} pairs",
        "what",
        "expansions",
        "touched",
        "of Dijkstra's",
        "of its touched",
        "steps",
    )
    expanded, touched = (statistics.median(c) for c in zip(*base, strict=True))
    made.add_row("textbook Dijkstra", f"{expanded:.0f}", f"{touched:.0f}", "1", "1", "")
    for name, algorithm in ALGORITHMS.items():
        found = [search(graph, {start: 0}, goal, algorithm) for start, goal in some]
        paths = [path for path in found if path]
        mine = statistics.median(path.expansions for path in paths)
        seen = statistics.median(path.touched for path in paths)
        steps = statistics.median(len(path.concepts) - 1 for path in paths)
        made.add_row(
            name, f"{mine:.0f}", f"{seen:.0f}", f"1 / {expanded / max(1, mine):.0f}",
            f"1 / {touched / seen:.0f}", f"{steps:g}",
        )  # fmt: skip
    return made


def agreement(graph: ConceptGraph, title: str) -> Table:
    """Costs beside scipy's Dijkstra: to 100 goals from each of 100 starts, of 10 if large."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    tails, heads, costs = arcs_of(graph)
    matrix = csr_array((costs.astype(float), (tails, heads)), shape=(len(graph), len(graph)))
    chance = np.random.default_rng(5)
    mine = ours(graph)
    equal = dict.fromkeys(("bidirectional-a-star", "bidirectional", "compiled twin"), 0)
    starts = chance.integers(len(graph), size=100 if len(graph) <= _LARGE else 10).tolist()
    for start in starts:
        least = dijkstra(matrix, indices=start)
        for goal in chance.integers(len(graph), size=100).tolist():
            wanted = None if np.isinf(least[goal]) else least[goal]
            for name in equal:
                equal[name] += mine[name](start, goal) == wanted
    made = table(f"{title}: costs equal to scipy's Dijkstra", "what", "equal")
    for name, found in equal.items():
        made.add_row(name, f"{found:,} of {100 * len(starts):,}")
    return made


def five_paths(graph: ConceptGraph, title: str, pairs: Sequence[Pair], peer: Peer) -> Table:
    """The five cheapest paths beside networkx's (which are Yen's)."""
    mine, theirs, equal = [], [], 0
    for start, goal in pairs[:10]:
        begin = time.perf_counter()
        found = best_paths(graph, {start: 0}, goal, 5)
        middle = time.perf_counter()
        equal += peer(start, goal) == sum(path.cost for path in found)
        mine.append(middle - begin)
        theirs.append(time.perf_counter() - middle)
    one, two = statistics.median(mine), statistics.median(theirs)
    made = table(
        f"{title}: five cheapest paths, {len(mine)} pairs",
        "what",
        "ms (median)",
        "ratio",
        "same cost",
        "target",
    )
    made.add_row("waygraph", f"{1000 * one:.1f}", "1", f"{equal} of {len(mine)}", "")
    made.add_row(FIVE, f"{1000 * two:.1f}", f"{two / one:.1f}", "", "≥ 30")
    return made


_QUERY = """
import json, sys
from pathlib import Path
from waygraph.search.concept_graph import ConceptGraph
from waygraph.search.engine import search
graph = ConceptGraph(Path(sys.argv[1]))
for start, goal in json.loads(sys.argv[2]):
    search(graph, {start: 0}, goal)
# the kernel's own account: what getrusage tells may be that of the process before exec
status = Path("/proc/self/status").read_text()
print(json.dumps(int(status.split("VmHWM:")[1].split()[0]) / 1024))
"""


def preprocessing(
    graph: ConceptGraph, title: str, folder: Path, spent: float, pairs: Sequence[Pair]
) -> Table:
    """What compiling takes, the files, and the memory of a question in a process of its own."""
    made = table(f"{title}: preprocessing and memory", "what", "value", "target")
    whole = seconds(lambda: [search(graph, {pairs[0][0]: 0}, -1, ALGORITHMS["uniform-cost"])])
    megabytes = (folder / ARRAYS).stat().st_size / 1e6
    one, twenty = (in_process(_QUERY, str(folder), json.dumps(pairs[:n])) for n in (1, 20))
    made.add_row("compiled in", f"{spent:.1f} s", "")
    made.add_row("one full Dijkstra in Python", f"{whole:.2f} s", "")
    made.add_row("compiled in full Dijkstras", f"{spent / whole:.1f}", "≤ 10")
    made.add_row("file", f"{megabytes:.0f} MB", "≤ 200 MB at 10⁶")
    made.add_row("resident memory, one question", f"{one:.0f} MB", "< 100 MB")
    made.add_row("the same, 20 questions in one process", f"{twenty:.0f} MB", "")
    return made


def search_tables(arguments: Iterable[str] = ()) -> Iterator[Table]:
    """The tables of the graphs named, by default 10⁴ and 10⁵ concepts and the real ones."""
    for name in list(arguments) or ["10000", "100000", *REAL]:
        rows, relations = REAL[name]() if name in REAL else synthetic(int(float(name)))
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            begin = time.perf_counter()
            graph = compiled(folder, rows, relations)
            spent = time.perf_counter() - begin
            title = f"{name}: {len(graph):,} concepts, {graph.forward.offsets[-1]:,} arcs"
            others = dict(peers(graph))
            far, near = random_pairs(graph, 200, 2), learner_pairs(graph, 100, 3)
            yield times(graph, f"{title}; random pairs", far, others)
            yield times(graph, f"{title}; learners' pairs", near, others)
            yield work(graph, f"{title}; random pairs", far)
            yield work(graph, f"{title}; learners' pairs", near)
            yield agreement(graph, title)
            if FIVE in others:
                yield five_paths(graph, title, far, others[FIVE])
            yield preprocessing(graph, title, folder, spent, far)
