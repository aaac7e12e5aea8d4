"""Measurements, each a ratio against something named, taken in turn in one run."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

import waygraph
from bench_large import large
from bench_lists import gazetteer
from bench_reading import again, reading, scale
from bench_search import search_tables
from bench_serve import serve_load
from bench_store import store
from bench_vectors import vectors
from measure import CHECKOUT, in_turn, table
from search_graphs import synthetic_workspace

# Other notes than the sample: scripts/bench ingest FOLDER
NOTES = [CHECKOUT / "data" / "notes", CHECKOUT / "data" / "articles"]


_BARE = """
import json, pathlib, sys
from waygraph.operators.encoder import encode_texts
from waygraph.operators.parsing import load_language
given = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
for _ in load_language("auto").pipe(given["blocks"], batch_size=64):
    pass
encode_texts(given["labels"], "auto")
"""


def ingest() -> Table:
    """A first ingest beside the bare models on the same text, and an unchanged one.

    The bare models are given the very blocks and labels that ingest gives them, in the same
    batches. The engine's time is that of its nodes without operators and their set-up. In a new
    process both load the models, and ingest uses as many processes as it does by default.
    """
    from waygraph.app.ask import open_data
    from waygraph.app.ingest import IngestReport
    from waygraph.operators.encoder import encode_texts, load_encoder
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
        given = root / "given.json"
        given.write_text(json.dumps({"blocks": blocks, "labels": labels}), encoding="utf-8")
        fresh = iter(range(100))
        found = in_turn(
            3,
            bare=lambda: subprocess.run([sys.executable, "-c", _BARE, given], check=True),
            command=lambda: subprocess.run(
                [sys.executable, "-m", "waygraph", "ingest", *NOTES, "--workspace",
                 root / str(next(fresh))],
                check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            ),
        )  # fmt: skip
        found |= in_turn(
            5,
            first=lambda: reports.append(waygraph.ingest(NOTES, root / str(next(fresh)))),
            spacy=lambda: list(language.pipe(blocks, batch_size=64)),
            encoder=lambda: encode_texts(labels, "auto"),
            unchanged=lambda: waygraph.ingest(NOTES, root / "first"),
        )
    count, models = reports[0].documents, found["spacy"] + found["encoder"]
    made = table(
        f"ingest: {count} documents, {len(labels)} concepts", "what", "s", "ratio", "target"
    )
    cold, bare = found["command"], found["bare"]
    made.add_row("in a new process: both models bare", f"{bare:.2f}", "1", "")
    made.add_row("waygraph ingest", f"{cold:.2f}", f"{cold / bare:.2f}", "≤ 1.25")
    made.add_section()
    made.add_row("models loaded, one process: bare spaCy pipe", f"{found['spacy']:.2f}", "", "")
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


def export() -> Table:
    """The Turtle export beside rdflib's serializer and Oxigraph's raw dump."""
    import pyoxigraph
    import rdflib

    from waygraph.app.ask import open_data
    from waygraph.app.export import export as turtle_of

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


_IMPORTED = """
import sys
from waygraph.app.cli import app
try:
    app(sys.argv[1:])
except SystemExit:
    pass
heavy = {"numpy", "torch", "spacy", "rdflib", "faiss", "networkx", "pyoxigraph"}
print("\\n" + repr(sorted(heavy & sys.modules.keys())))
"""


def cold(count: int = 100_000) -> Table:
    """A path by label in a new process, on a large concept graph, beside an empty typer command.

    As at a user's second call, what Python has compiled is kept: ours as well as typer's.
    """
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    program = (
        "import typer\napp = typer.Typer()\n@app.command()\ndef main() -> None:\n    pass\napp()\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        synthetic_workspace(Path(folder), count)
        ask = ["path", "concept 77", "--from", f"alias {count - 7}"]
        imported = subprocess.run(
            [sys.executable, "-c", _IMPORTED, *ask], cwd=folder, env=environment, check=True,
            stdout=subprocess.PIPE, text=True,
        ).stdout.splitlines()[-1]  # fmt: skip
        command = [sys.executable, "-m", "waygraph", *ask]
        found = in_turn(
            15,
            empty=lambda: subprocess.run(
                [sys.executable, "-c", program], env=environment, check=True
            ),
            ours=lambda: subprocess.run(
                command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL
            ),
        )
    made = table(
        f"cold start: waygraph path A B by label, {count:,} concepts",
        "what", "s", "ratio", "target",
    )  # fmt: skip
    made.add_row("empty typer command", f"{found['empty']:.3f}", "1", "")
    ratio = found["ours"] / found["empty"]
    made.add_row("waygraph path", f"{found['ours']:.3f}", f"{ratio:.2f}", "≤ 1.5")
    made.add_row("heavy libraries imported", imported, "", "[]")
    return made


def main() -> None:
    """Run the benchmarks named on the command line, over the folders named there or the sample."""
    known: dict[str, Callable[[], Table | Iterable[Table]]] = {
        "reading": reading,
        "scale": scale,
        "again": again,
        "ingest": ingest,
        "large": large,
        "search": search_tables,
        "export": export,
        "store": store,
        "cold": cold,
        "vectors": vectors,
        "serve": serve_load,
        "gazetteer": gazetteer,
    }
    console = Console(width=110)
    if sys.argv[1:2] == ["search"]:
        for made in search_tables(sys.argv[2:]):
            console.print(made)
        return
    names = [word for word in sys.argv[1:] if word in known]
    folders = [Path(word) for word in sys.argv[1:] if word not in known]
    for folder in folders:
        if not folder.is_dir():
            sys.exit(f"unknown benchmark {str(folder)!r}; known: {', '.join(known)}, or a folder")
    NOTES[:] = folders or NOTES
    for name in names or list(known):
        printed = known[name]()
        for one in [printed] if isinstance(printed, Table) else printed:
            console.print(one)


if __name__ == "__main__":
    main()
