"""The store measured: a datagraph as large as asked for, loaded, changed, opened and exported."""

from __future__ import annotations

import random
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

import pyoxigraph as ox
from rich.table import Table

from measure import in_process, seconds, table
from waygraph.compute.cache import Cache
from waygraph.model import (
    Concept,
    ConceptTable,
    Mention,
    Mentions,
    Relation,
    Relations,
    Span,
    Targets,
)
from waygraph.read.markdown import read_markdown
from waygraph.store.convert import Converter
from waygraph.store.dataset import Dataset, NamedGraph
from waygraph.store.kept import GraphKeeper
from waygraph.store.parts import parts
from waygraph.store.turtle import turtle
from waygraph.vocab import WG, graph_iri, run_iri

BASE = "https://example.org/notes/"
_DOCUMENTS = 3_000
# Every so manieth named graph is deleted and put back.
_CHANGES = 500
# A document of so many sentences is about 333 quads.
_SENTENCES = 7
_VERBS = ("requires", "uses", "is a kind of", "is part of")
_PREDICATES = ("requires", "uses", "broader", "partOf")
_SYLLABLES = "ba co de fi gu la me no pi ru sa te vo wi xa zu".split()


def named_graphs(documents: int, seed: int = 1) -> Iterator[tuple[str, NamedGraph]]:
    """The named graphs of made-up notes, written by the converter that ingest uses.

    Each note has seven sentences, each of them two mentions and a claim of 4,000 concepts.
    """
    chance = random.Random(seed)
    convert = Converter(BASE)
    names = sorted({_name(chance) for _ in range(4_000)})
    table = ConceptTable(
        tuple(Concept(n.replace(" ", "-"), n, (n + "s",), (n,), 0.9) for n in names)
    )
    yield graph_iri(BASE, "concepts"), _graph("concepts", convert.concepts(table))
    for number in range(documents):
        address = f"year-{number // 365}/day-{number % 365 + 1:03}.md"
        yield from _note(convert, address, chance, names)


def _name(chance: random.Random) -> str:
    words = ("".join(chance.choices(_SYLLABLES, k=3)) for _ in range(chance.randint(1, 2)))
    return " ".join(words)


def _note(
    convert: Converter, address: str, chance: random.Random, names: list[str]
) -> Iterator[tuple[str, NamedGraph]]:
    said = []
    for _ in range(_SENTENCES):
        one, other = chance.sample(names, 2)
        verb = chance.randrange(len(_VERBS))
        words = " ".join("".join(chance.choices(_SYLLABLES, k=2)) for _ in range(8))
        said.append((one, verb, other, f"The {one} {_VERBS[verb]} the {other}, {words}."))
    body = "# " + address + "\n\n" + "\n\n".join(sentence for *_, sentence in said) + "\n"
    document = read_markdown(address, body.encode())
    mentions, relations, at = [], [], 0
    for one, verb, other, sentence in said:
        at = document.text.index(sentence, at)
        for name, found in ((one, sentence.index(one)), (other, sentence.rindex(other))):
            span = Span(at + found, at + found + len(name))
            mentions.append(Mention(name.replace(" ", "-"), span))
        ends = (one.replace(" ", "-"), _PREDICATES[verb], other.replace(" ", "-"))
        evidence = (Span(at, at + len(sentence)),)
        relations.append(Relation(*ends, 0.8, "wording", address, evidence))
    plain = Relations(address, tuple(r for r in relations if r.predicate != "requires"), (), ())
    needed = [r for r in relations if r.predicate == "requires"]
    parts = {
        "documents": convert.document(document, Targets(address, ())),
        "mentions": convert.mentions(document, Mentions(address, "", tuple(mentions))),
        "relations": convert.relations(document, plain),
        "prerequisites": convert.prerequisites(document, needed),
    }
    for name, lines in parts.items():
        if lines:
            yield graph_iri(BASE, name, address), _graph(name, lines)


def _graph(name: str, lines: Collection[str]) -> NamedGraph:
    return NamedGraph.of(lines, run_iri(BASE, name, "0123"))


def store() -> Table:
    """Loading, changing, opening and exporting 10⁶ quads beside Oxigraph alone and rdflib."""

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        quads = folder / "all.nq"
        with Cache(folder / "cache") as cache:
            ours, change = _load_and_change(folder / "store", cache, quads)
            loaded, count = _load_bare(folder / "bare", quads)
            opened = statistics.median(seconds(lambda: _first(folder / "store")) for _ in range(5))
            with Dataset(folder / "store", BASE, kept=cache) as data:
                export = statistics.median(seconds(lambda: _export(data)) for _ in range(3))
                dump = seconds(data.backend.dump)
        found = in_process(_RDFLIB, str(quads), str(count // 10))
        memory = in_process(_MEMORY, str(folder / "store"), str(folder / "cache"), BASE)
    rows = (
        ("loading, waygraph", ours, f"{ours / loaded:.2f} × bare", "≤ 2"),
        ("loading, Oxigraph's bulk_load of the N-Quads", loaded, "1", ""),
        ("replacing or deleting a document", change, f"1 / {ours / change:,.0f} of loading",
         "≤ 1 / 300"),
        ("opening and a first query", opened, f"1 / {found['load'] * 10 / opened:,.0f} of rdflib",
         "≤ 1 / 10"),
        ("rdflib, loading a tenth into memory", found["load"], "", ""),
        ("Turtle export", export, "1", ""),
        ("Oxigraph's raw dump of the store", dump, f"ours is {export / dump:.2f} ×", "≤ 2"),
        ("Oxigraph's raw dump of a tenth from memory", found["dump"],
         f"ours is {export / found['dump'] / 10:.1f} ×", ""),
        ("rdflib's Turtle of a tenth", found["turtle"],
         f"ours is 1 / {found['turtle'] * 10 / export:.1f}", "≤ 1 / 10"),
    )  # fmt: skip
    title = f"store: {count:,} quads in {_DOCUMENTS:,} documents; export takes {memory} MB at most"
    made = table(title, "what", "s", "ratio", "target")
    for what, spent, ratio, target in rows:
        made.add_row(what, f"{spent:.3f}", ratio, target)
    return made


def _load_and_change(folder: Path, cache: Cache, quads: Path) -> tuple[float, float]:
    """Seconds to load everything, and the median to delete a document or put it back.

    All quads are written to ``quads`` too.
    """
    graphs = dict(named_graphs(_DOCUMENTS))
    with quads.open("w", encoding="utf-8") as file:
        for graph, content in graphs.items():
            file.writelines(f"{line[:-1]}<{graph}> .\n" for line in content.make())
    by_part: dict[str, list[str]] = defaultdict(list)
    for graph in graphs:
        by_part[graph.removeprefix(f"{BASE}graph/").partition("/")[2]].append(graph)
    with Dataset(folder, BASE, write=True, kept=cache) as data:
        keeper = GraphKeeper(cache)
        loading = seconds(lambda: data.replace(graphs.items(), keeper.add))
        keeper.flush()
        changes = []
        for part in sorted(by_part)[1::_CHANGES]:
            found = {graph: graphs[graph] for graph in by_part[part]}
            changes.append(seconds(partial(data.put, dict.fromkeys(found))))
            changes.append(seconds(partial(data.put, found)))
    return loading, statistics.median(changes)


def _load_bare(folder: Path, quads: Path) -> tuple[float, int]:
    """Seconds that Oxigraph alone takes to load N-Quads, and how many there are."""
    store = ox.Store(str(folder))
    loading = seconds(lambda: store.bulk_load(path=quads, format=ox.RdfFormat.N_QUADS))
    return loading, len(store)


def _first(folder: Path) -> object:
    with Dataset(folder, BASE) as data:
        return next(data.select(f"SELECT ?s {{ ?s <{WG}line> ?o }} LIMIT 1"))


def _export(data: Dataset) -> None:
    for _ in turtle(parts(data), BASE):
        pass


# rdflib's graph holds triples, as its Turtle serializer wants them
_RDFLIB = """
import json, sys, time
import pyoxigraph as ox, rdflib
lines = open(sys.argv[1], encoding="utf-8").readlines()[: int(sys.argv[2])]
text = "".join(line[: line.rindex(" <")] + " .\\n" for line in lines)
def seconds(action):
    start = time.perf_counter(); action(); return time.perf_counter() - start
graph, store = rdflib.Graph(), ox.Store()
load = seconds(lambda: graph.parse(data=text, format="nt"))
store.load(text, format=ox.RdfFormat.N_TRIPLES)
form, default = ox.RdfFormat.N_TRIPLES, ox.DefaultGraph()
dump = seconds(lambda: store.dump(format=form, from_graph=default))
turtle = seconds(lambda: graph.serialize(format="turtle"))
print(json.dumps({"load": load, "dump": dump, "turtle": turtle}))
"""
_MEMORY = """
import re, sys
from pathlib import Path
from waygraph.compute.cache import Cache
from waygraph.store.dataset import Dataset
from waygraph.store.kept import GraphKeeper
from waygraph.store.parts import parts
from waygraph.store.turtle import turtle
with Cache(Path(sys.argv[2])) as cache, Dataset(Path(sys.argv[1]), sys.argv[3], kept=cache) as data:
    for _ in turtle(parts(data), sys.argv[3]):
        pass
# not ru_maxrss, which a process has from the one that started it
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(int(peak[1]) // 1024 if peak else 0)
"""
