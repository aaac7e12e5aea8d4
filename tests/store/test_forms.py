"""Every form of an export says the same graph, to every parser at hand."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import networkx
import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import to_canonical_graph

from tests.store.test_ontology import BASE, named_graphs
from waygraph.compute.cache import Cache
from waygraph.store import tables
from waygraph.store.convert import Converter, text
from waygraph.store.dataset import Dataset, NamedGraph
from waygraph.store.forms import pieces
from waygraph.store.kept import GraphKeeper
from waygraph.store.parts import parts
from waygraph.store.selection import Selection, documents_of, documents_of_day, neighbourhood
from waygraph.store.vault import file_names, pages
from waygraph.vocab import concept_iri, graph_iri, provenance_graph

FORMS = {
    "turtle": ("turtle", ox.RdfFormat.TURTLE),
    "ntriples": ("nt", ox.RdfFormat.N_TRIPLES),
    "rdfxml": ("xml", ox.RdfFormat.RDF_XML),
    "jsonld": ("json-ld", ox.RdfFormat.JSON_LD),
    "trig": ("trig", ox.RdfFormat.TRIG),
    "nquads": ("nquads", ox.RdfFormat.N_QUADS),
}
ODD = 'é "q" \\ <x> & ]]> \n\r\t 😀'


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataset]:
    graphs = named_graphs(Converter(BASE))
    odd = f"<{concept_iri(BASE, 'graph')}> <http://www.w3.org/2004/02/skos/core#note> {text(ODD)} ."
    name = graph_iri(BASE, "notes")
    with Dataset(tmp_path_factory.mktemp("forms") / "store", BASE, write=True) as data:
        data.replace([*graphs.items(), (name, NamedGraph.of([odd], BASE + "run/x/1"))])
        yield data


def written(data: Dataset, form: str, selection: Selection | None = None) -> str:
    return "".join(pieces(data, form, selection or Selection()))


def lines_of(data: Dataset, form: str, selection: Selection) -> set[str]:
    return set(written(data, form, selection).splitlines())


@pytest.mark.parametrize("form", FORMS)
def test_oxigraph_and_rdflib_read_the_same_triples(form: str, data: Dataset) -> None:
    shown = written(data, form)
    rdflib_name, syntax = FORMS[form]
    meant = {q.triple for q in ox.parse("\n".join(data.lines()), format=ox.RdfFormat.N_TRIPLES)}
    assert {q.triple for q in ox.parse(shown, format=syntax)} == meant
    read = rdflib.Dataset(default_union=True)
    read.parse(data=shown, format=rdflib_name)
    plain = rdflib.Graph().parse(data="\n".join(data.lines()), format="nt")
    mine = rdflib.Graph()
    mine += ((s, p, o) for s, p, o in read.triples((None, None, None)))
    assert set(to_canonical_graph(mine)) == set(to_canonical_graph(plain))


@pytest.mark.parametrize(
    ("tool", "form", "options"),
    [
        ("rapper", "turtle", ["-q", "-i", "turtle", "-o", "ntriples", "-"]),
        ("rapper", "rdfxml", ["-q", "-i", "rdfxml", "-o", "ntriples", "-"]),
        ("rapper", "ntriples", ["-q", "-i", "ntriples", "-o", "ntriples", "-"]),
        ("serdi", "turtle", ["-i", "turtle", "-"]),
        ("serdi", "trig", ["-i", "trig", "-o", "nquads", "-"]),
        ("serdi", "nquads", ["-i", "nquads", "-"]),
    ],
)
def test_other_parsers_read_the_same_triples(
    tool: str, form: str, options: list[str], data: Dataset
) -> None:
    program = shutil.which(tool)
    if program is None:
        pytest.skip(f"{tool} is not on PATH")
    command = [program, *options, *([BASE] if tool == "rapper" else [])]
    shown = written(data, form).encode()
    done = subprocess.run(command, input=shown, capture_output=True, check=True, timeout=60)
    found = ox.parse(done.stdout, format=ox.RdfFormat.N_QUADS)
    meant = {q.triple for q in ox.parse("\n".join(data.lines()), format=ox.RdfFormat.N_TRIPLES)}
    assert {quad.triple for quad in found} == meant


@pytest.mark.parametrize("form", ["trig", "nquads"])
def test_quads_keep_their_named_graphs(form: str, data: Dataset) -> None:
    shown = written(data, form, Selection(provenance=True))
    found = {str(q.graph_name.value) for q in ox.parse(shown, format=FORMS[form][1])}
    assert found == {*data.digests(), provenance_graph(BASE)}


@pytest.mark.parametrize("form", FORMS)
def test_what_is_kept_changes_no_byte(form: str, data: Dataset, tmp_path: Path) -> None:
    with Cache(tmp_path / "cache") as cache:
        keeper = GraphKeeper(cache)
        for graph in named_graphs(Converter(BASE)).values():
            keeper.add(graph.digest, graph.make())
        keeper.flush()
        again = Dataset(data.backend, BASE, kept=cache)
        assert written(again, form) == written(data, form)
        assert written(again, form) == written(data, form)


def test_jsonld_has_a_context_and_compact_names(data: Dataset) -> None:
    shown = json.loads(written(data, "jsonld"))
    assert shown["@context"]["skos"] == "http://www.w3.org/2004/02/skos/core#"
    (graph,) = (node for node in shown["@graph"] if node["@id"] == "concept:graph")
    assert graph["@type"] == ["skos:Concept"]
    assert graph["skos:prefLabel"] == ["graph"]


def test_parts_hold_every_triple_once_and_the_concepts_first(data: Dataset) -> None:
    found = list(parts(data))
    assert [name for name, _ in found] == ["", "day-012.md", "graph.md"]
    lines = [line for _, part in found for line in part]
    assert sorted(lines) == data.lines()
    assert all(part == sorted(part) for _, part in found)


def test_a_neighbourhood_holds_only_what_is_said_among_its_concepts(data: Dataset) -> None:
    tree = concept_iri(BASE, "tree")
    near = neighbourhood(data, tree, 1)
    assert near == {tree, concept_iri(BASE, "graph"), concept_iri(BASE, "node")}
    assert neighbourhood(data, tree, 0) == {tree}
    assert concept_iri(BASE, "queue") in neighbourhood(data, tree, 3)
    shown = lines_of(data, "ntriples", Selection(concepts=near))
    assert shown < set(data.lines())
    assert not any("concept/queue" in line or "dijkstra" in line for line in shown)
    assert any("#Claim>" in line for line in shown)
    plain = lines_of(data, "ntriples", Selection(concepts=near, evidence=False))
    assert plain < shown
    assert {line.split()[0][len(BASE) + 1 : -1] for line in plain} == {
        "concept/tree", "concept/graph", "concept/node", "concepts"
    }  # fmt: skip


def test_a_document_brings_the_concepts_it_names_and_only_its_own_claims(data: Dataset) -> None:
    chosen = documents_of(data, "day-012.md")
    assert documents_of_day(data, 12) == chosen
    shown = lines_of(data, "ntriples", Selection(documents=chosen))
    requires = f"<{concept_iri(BASE, 'dijkstras-algorithm')}> <https://w3id.org/waygraph#requires>"
    assert any(line.startswith(requires) for line in shown)
    assert not any("document/graph.md#" in line for line in shown)
    broader = f"<{concept_iri(BASE, 'tree')}> <http://www.w3.org/2004/02/skos/core#broader>"
    assert not any(line.startswith(broader) for line in shown)
    quads = written(data, "nquads", Selection(documents=chosen))
    assert {line.rpartition(" <")[0] + " ." for line in quads.splitlines()} == shown


def test_graphml_is_read_by_networkx(data: Dataset, tmp_path: Path) -> None:
    view = tables.selected_view(data, Selection())
    (tmp_path / "graph.graphml").write_text("".join(tables.graphml(view, True)), encoding="utf-8")
    graph = networkx.read_graphml(tmp_path / "graph.graphml", force_multigraph=True)
    assert {node: said["label"] for node, said in graph.nodes(data=True)} == {
        row.iri: row.label for row in view.concepts
    }
    found = {(s, said["relation"], o, said["confidence"], said["evidence"])
             for s, o, said in graph.edges(data=True)}  # fmt: skip
    assert found == {
        (r.subject, r.predicate, r.object, r.confidence, r.reason.text) for r in view.relations
    }
    assert len(found) == 6


def test_csv_tables_hold_nodes_and_arcs(data: Dataset) -> None:
    near = neighbourhood(data, concept_iri(BASE, "tree"), 1)
    view = tables.selected_view(data, Selection(concepts=near))
    nodes = "".join(tables.csv_table(tables.NODE_COLUMNS, tables.node_rows(view)))
    assert {row["label"] for row in csv.DictReader(nodes.splitlines())} == {"tree", "graph", "node"}
    columns, rows = tables.arc_columns(False), tables.arc_rows(view, False)
    arcs = list(csv.DictReader("".join(tables.csv_table(columns, rows)).splitlines()))
    assert {(row["subject"].rpartition("/")[2], row["relation"]) for row in arcs} == {
        ("tree", "broader"), ("tree", "requires"), ("node", "partOf"), ("node", "related")
    }  # fmt: skip
    assert "evidence" not in arcs[0]


def test_a_vault_has_a_page_for_each_concept(data: Dataset) -> None:
    view = tables.selected_view(data, Selection())
    found = dict(pages(view, evidence=True))
    assert set(found) == {f"{row.label}.md" for row in view.concepts}
    page = found["graph.md"]
    assert 'aliases: ["network"]' in page
    assert 'definition: "A graph, also called network, is a set of nodes."' in page
    assert (
        "## is a kind of\n\n- broader:: [[graph]]\n  ```text\n  A tree is a graph.\n"
        in found["tree.md"]
    )
    assert "```" not in "".join(text for _, text in pages(view, evidence=False))


def test_names_of_pages_are_safe_and_differ(data: Dataset) -> None:
    from waygraph.model import ConceptRow, View

    labels = ["A* search", "C#", "TCP/IP", "tcp ip", "aux", "...", "a|b", "x" * 300]
    rows = [ConceptRow(str(number), label) for number, label in enumerate(labels)]
    names = list(file_names(View(rows, [], [], [])).values())
    assert names[:2] == ["A-star search", "C-sharp"]
    assert names[2:4] == ["TCP IP", "tcp ip (2)"]
    assert len({name.casefold() for name in names}) == len(labels)
    assert not any(set(name) & set('*"\\/<>:|?#^[]') or len(name) > 120 for name in names)
    assert "aux" not in names
