"""Measurements, each a ratio against something named, taken in turn in one run."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

import waygraph
from bench_reading import again, reading, scale
from measure import CHECKOUT, in_turn, seconds, table
from waygraph.model import ConceptRow, Quote, RelationRow, Vectors, View

# Other notes than the sample: scripts/bench ingest FOLDER
NOTES = [CHECKOUT / "data" / "notes", CHECKOUT / "data" / "articles"]
BASE = "https://example.org/"


def ingest() -> Table:
    """A first ingest beside the bare models on the same text, and an unchanged one.

    The bare models are given the very blocks and labels that ingest gives them, in the same
    batches. The engine's time is that of its nodes without operators and their set-up.
    """
    from waygraph.app.ask import open_data
    from waygraph.app.ingest import IngestReport
    from waygraph.operators.embedding import encode_texts, load_encoder
    from waygraph.operators.parsing import LONGEST_BLOCK, load_language
    from waygraph.read.snapshots import Snapshots

    language = load_language("auto")
    load_encoder("auto")
    reports: list[IngestReport] = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        place = waygraph.ingest(NOTES, root / "first").workspace
        with Snapshots(place.folder / "documents.sqlite") as snapshots:
            blocks = [
                document.text[block.span.start : block.span.end]
                for document in snapshots.all()
                for block in document.blocks
                if block.kind not in ("tag", "alias") and not block.boilerplate
            ]
        blocks = [block for block in blocks if len(block) <= LONGEST_BLOCK]
        with open_data(place) as data:
            query = "SELECT ?l { ?c <http://www.w3.org/2004/02/skos/core#prefLabel> ?l }"
            labels = sorted(label for (label,) in data.select(query))
        fresh = iter(range(100))
        found = in_turn(
            5,
            first=lambda: reports.append(waygraph.ingest(NOTES, root / str(next(fresh)))),
            spacy=lambda: list(language.pipe(blocks, batch_size=16)),
            encoder=lambda: encode_texts(labels, "auto"),
            unchanged=lambda: waygraph.ingest(NOTES, root / "first"),
        )
    count, models = reports[0].documents, found["spacy"] + found["encoder"]
    made = table(
        f"ingest: {count} documents, {len(labels)} concepts", "what", "s", "ratio", "target"
    )
    made.add_row("bare spaCy pipe", f"{found['spacy']:.2f}", "", "")
    made.add_row("bare encoder", f"{found['encoder']:.2f}", "", "")
    made.add_row("both", f"{models:.2f}", "1", "")
    first = found["first"]
    made.add_row("waygraph ingest", f"{first:.2f}", f"{first / models:.2f}", "≤ 1.25")
    for stage in reports[0].seconds:
        spent = statistics.median(report.seconds[stage] for report in reports)
        made.add_row(f"  {stage}", f"{spent:.2f}", f"{spent / models:.2f}", "")
    engine = statistics.median(
        sum(node.seconds - node.starting - node.own for node in report.nodes) for report in reports
    )
    made.add_row("engine's overhead", f"{engine:.3f}", f"{engine / models:.1%}", "< 2 %")
    made.add_row("  per document", f"{engine / count:.5f}", "", "")
    share = found["unchanged"] / first
    made.add_row("again, nothing changed", f"{found['unchanged']:.2f}", f"{share:.1%}", "≤ 3 %")
    return made


def synthetic_view(count: int, seed: int = 1) -> tuple[View, Vectors]:
    """A concept graph to search: clustered unit vectors, neighbours near in meaning."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(max(2, count // 100), 384))
    groups = random.integers(len(centres), size=count)
    rows = centres[groups] + random.normal(size=(count, 384))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    names = [f"c{i:07}" for i in range(count)]
    iris = [f"{BASE}concept/{name}" for name in names]
    quote = Quote("q", "q", "n.md", 0, 1, 1)
    by_group = [np.flatnonzero(groups == g) for g in range(len(centres))]
    relations: set[tuple[int, int]] = set()
    for i in range(count):
        mates = by_group[groups[i]]
        for j in (*random.choice(mates, size=4), *random.integers(count, size=2)):
            relations.add((i, int(j)))
    found = [
        RelationRow(iris[a], "related", iris[b], round(float(random.uniform(0.5, 1)), 4), 1, quote)
        for a, b in sorted(relations)
        if a != b
    ]
    view = View([ConceptRow(i, n) for i, n in zip(iris, names, strict=True)], found, [], [])
    data = rows.astype("<f4").tobytes()
    return view, Vectors("synthetic", 384, tuple(names), data)


def _estimate(heuristic: Callable[[int], int], concept: int, _goal: int) -> int:
    return heuristic(concept)


def search(count: int = 10_000, pairs: int = 60) -> Table:
    """A* beside uniform-cost search and networkx on one graph, all costs compared."""
    import networkx

    from waygraph.search.compile import compile_graph
    from waygraph.search.concept_graph import ConceptGraph
    from waygraph.search.cost import Weights
    from waygraph.search.engine import angle_heuristic, best_first, no_heuristic

    with tempfile.TemporaryDirectory() as folder:
        view, vectors = synthetic_view(count)
        compiled = seconds(
            lambda: compile_graph(Path(folder), view, vectors, BASE, "synthetic", Weights())
        )
        graph = ConceptGraph(Path(folder))
        peer = graph.to_networkx()
        random = np.random.default_rng(2)
        times: dict[str, list[float]] = {}
        expansions: dict[str, list[int]] = {"A*": [], "uniform-cost": []}
        equal = 0
        for start, goal in random.integers(count, size=(pairs, 2)).tolist():
            costs: set[float | None] = set()
            for name, expanded in expansions.items():
                begin = time.perf_counter()
                h = angle_heuristic(graph, goal) if name == "A*" else no_heuristic
                found = best_first(graph, start, goal, h)
                times.setdefault(name, []).append(time.perf_counter() - begin)
                expanded.append(found.expansions if found else 0)
                costs.add(found.cost if found else None)
            begin = time.perf_counter()
            estimate = angle_heuristic(graph, goal)
            guess = partial(_estimate, estimate)
            costs.add(networkx.astar_path_length(peer, start, goal, guess, weight="cost"))
            times.setdefault("networkx astar_path", []).append(time.perf_counter() - begin)
            begin = time.perf_counter()
            costs.add(networkx.bidirectional_dijkstra(peer, start, goal, weight="cost")[0])
            times.setdefault("networkx bidirectional_dijkstra", []).append(
                time.perf_counter() - begin
            )
            equal += len(costs) == 1
    medians = {name: statistics.median(found) for name, found in times.items()}
    title = (
        f"search: {count:,} concepts, {len(graph.targets):,} arcs, {pairs} random pairs; "
        f"costs equal on {equal} of {pairs}; compiled in {compiled:.1f} s"
    )
    made = table(title, "what", "ms (median)", "time / ours", "expansions (median)")
    for name, median in medians.items():
        counted = f"{statistics.median(expansions[name]):.0f}" if name in expansions else ""
        made.add_row(name, f"{1000 * median:.1f}", f"{median / medians['A*']:.2f}", counted)
    return made


def export() -> Table:
    """The Turtle export beside rdflib's serializer and Oxigraph's raw dump."""
    import pyoxigraph
    import rdflib

    from waygraph.app.ask import export as turtle_of
    from waygraph.app.ask import open_data

    with tempfile.TemporaryDirectory() as folder:
        place = waygraph.ingest(NOTES, Path(folder)).workspace
        turtle = turtle_of(place)
        with open_data(place) as data:
            lines = data.lines()
        graph = rdflib.Graph()
        graph.parse(data="\n".join(lines), format="nt")
        store = pyoxigraph.Store()
        store.load("\n".join(lines), format=pyoxigraph.RdfFormat.N_TRIPLES)
        found = in_turn(
            3,
            ours=lambda: turtle_of(place),
            rdflib=lambda: graph.serialize(format="turtle"),
            raw=lambda: store.dump(
                format=pyoxigraph.RdfFormat.TURTLE, from_graph=pyoxigraph.DefaultGraph()
            ),
            parse=lambda: rdflib.Graph().parse(data=turtle, format="turtle"),
        )
    ours = found["ours"]
    made = table(f"export: {len(lines):,} triples", "what", "s", "ratio", "target")
    made.add_row("waygraph export", f"{ours:.2f}", "1", "")
    made.add_row("rdflib Turtle serializer", f"{found['rdflib']:.2f}",
                 f"{found['rdflib'] / ours:.1f} × ours", "≥ 10")  # fmt: skip
    made.add_row("Oxigraph raw dump", f"{found['raw']:.2f}",
                 f"ours is {ours / found['raw']:.1f} ×", "≤ 2")  # fmt: skip
    return made


def cold() -> Table:
    """A path by label in a new process beside an empty typer command."""
    program = (
        "import typer\napp = typer.Typer()\n@app.command()\ndef main() -> None:\n    pass\napp()\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        waygraph.ingest(NOTES, Path(folder))
        ask = [sys.executable, "-m", "waygraph", "path", "A* search", "--from", "graph"]
        found = in_turn(
            7,
            empty=lambda: subprocess.run([sys.executable, "-c", program], check=True),
            ours=lambda: subprocess.run(ask, cwd=folder, check=True, stdout=subprocess.DEVNULL),
        )
    made = table("cold start: waygraph path A B by label", "what", "s", "ratio", "target")
    made.add_row("empty typer command", f"{found['empty']:.3f}", "1", "")
    ratio = found["ours"] / found["empty"]
    made.add_row("waygraph path", f"{found['ours']:.3f}", f"{ratio:.2f}", "≤ 1.5")
    return made


def main() -> None:
    """Run the benchmarks named on the command line, over the folders named there or the sample."""
    known = {
        "reading": reading,
        "scale": scale,
        "again": again,
        "ingest": ingest,
        "search": search,
        "export": export,
        "cold": cold,
    }
    console = Console(width=110)
    names = [word for word in sys.argv[1:] if word in known]
    folders = [Path(word) for word in sys.argv[1:] if word not in known]
    for folder in folders:
        if not folder.is_dir():
            sys.exit(f"unknown benchmark {str(folder)!r}; known: {', '.join(known)}, or a folder")
    NOTES[:] = folders or NOTES
    for name in names or list(known):
        console.print(known[name]())


if __name__ == "__main__":
    main()
