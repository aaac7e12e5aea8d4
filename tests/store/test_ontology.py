"""The ontology and the shapes: they declare and describe what is written, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pyshacl
import pytest
from rdflib import OWL, RDF, RDFS, SH, SKOS, BNode, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

import waygraph
from waygraph import vocab
from waygraph.config import Workspace, ontology
from waygraph.decisions import Decision
from waygraph.model import (
    Concept,
    ConceptTable,
    Definition,
    Document,
    Entities,
    Entity,
    Home,
    Mention,
    Mentions,
    Merge,
    Relation,
    Relations,
    Span,
    Target,
    Targets,
)
from waygraph.order import FIELD, NAME, MetInOrder, Place, Places
from waygraph.read.markdown import read_markdown
from waygraph.store.convert import Converter
from waygraph.store.dataset import Dataset, NamedGraph
from waygraph.store.decided import decisions_graph
from waygraph.store.named import entity_lines
from waygraph.store.turtle import turtle
from waygraph.strength import STRENGTHS

BASE = "https://example.org/notes/"
WG, OA, SCHEMA = Namespace(vocab.WG), Namespace(vocab.OA), Namespace(vocab.SCHEMA)
DCTERMS, PROV, XSD = Namespace(vocab.DCTERMS), Namespace(vocab.PROV), Namespace(vocab.XSD)
STRANGER = URIRef("urn:example:stranger")

PAGE = """---
tags: [mathematics]
status: known
---
# Graph

A **graph**, also called network, is a set of nodes. [Read on](https://example.org/graphs).

## Kinds

A tree is a graph. A node is part of a graph. Nodes and trees.
"""
DAY = """---
date: 2024-01-12
---
# Day 12

Dijkstra's algorithm requires a [graph](graph.md) and uses a queue.

## 2024-01-13

Nothing.
"""


DECISIONS = [
    Decision(
        "require", ("tree", "graph"), "requires", why="it is one", who="ann",
        when="2024-01-13T08:00:00.000Z", source="waygraph.decisions", line=4,
    ),
    Decision("split", ("tree", "queue"), who="bo", source="day-012.md", line=1),
]  # fmt: skip


def read(name: str) -> Graph:
    return Graph().parse(ontology(name))


WAYGRAPH, SHAPES = read("waygraph.ttl"), read("shapes.ttl")
ONTOLOGY = URIRef("https://w3id.org/waygraph")


# What is written


def span(document: Document, words: str) -> Span:
    start = document.text.index(words)
    return Span(start, start + len(words))


def named_graphs(convert: Converter) -> dict[str, NamedGraph]:
    """Two notes as named graphs, with every kind of value that annotations can hold."""
    page, day = read_markdown("graph.md", PAGE.encode()), read_markdown("day-012.md", DAY.encode())
    names = {
        "dijkstras-algorithm": "Dijkstra's algorithm", "graph": "graph", "node": "node",
        "queue": "queue", "tree": "tree",
    }  # fmt: skip
    match = ("https://en.wikipedia.org/wiki/Graph",)
    concepts = [
        Concept(
            s, n, ("network",) if s == "graph" else (), (n,), 0.9, match if s == "graph" else ()
        )
        for s, n in names.items()
    ]

    def claim(
        ends: tuple[str, str, str], confidence: float, document: Document, *evidence: str
    ) -> Relation:
        places = tuple(span(document, words) for words in evidence)
        return Relation(*ends, confidence, "wording", document.address, places)

    plain = (
        replace(claim(("tree", "broader", "graph"), 0.8, page, "A tree is a graph."), hedged=True),
        claim(("node", "partOf", "graph"), 0.7, page, "A node is part of a graph."),
        claim(("node", "related", "tree"), 0.25, page, "Nodes and trees."),
    )
    sentence = "Dijkstra's algorithm requires a graph and uses a queue."
    uses = claim(("dijkstras-algorithm", "uses", "queue"), 0.7, day, sentence)
    requires = claim(("dijkstras-algorithm", "requires", "graph"), 1.0, day, sentence, "Day 12")
    defined = "A graph, also called network, is a set of nodes."
    definition = Definition("graph", 0.95, span(page, defined))
    merge = Merge(
        "network", "graph", "graph", "network", "graph", 0.95, (("also called", 1),),
        "a sentence says that “graph” is also called “network”", "graph.md", span(page, defined),
    )  # fmt: skip
    parts = {
        ("concepts", ""): convert.concepts(ConceptTable(tuple(concepts))),
        ("documents", "graph.md"): convert.document(page, Targets("graph.md", (Target(),))),
        ("documents", "day-012.md"): convert.document(
            day, Targets("day-012.md", (Target("graph.md", "Graph", True),))
        ),
        ("sequence", ""): convert.sequence(
            MetInOrder(
                (
                    Places(
                        "day-012.md",
                        (
                            Place(FIELD, "/weight", (3,), 2, "weight 3", "day-012.md", 2),
                            Place(NAME, "/", (12,), 1, "12", "day-012.md", 0),
                        ),
                    ),
                )
            )
        ),
        ("mentions", "graph.md"): convert.mentions(
            page, Mentions("graph.md", "graph", (Mention("graph", span(page, "graph")),))
        ),
        ("relations", "graph.md"): convert.relations(
            page, Relations("graph.md", plain, (definition,), ())
        ),
        ("relations", "day-012.md"): convert.relations(
            day, Relations("day-012.md", (uses,), (), ())
        ),
        ("entities", "graph.md"): entity_lines(
            BASE,
            Entities(
                "graph.md",
                (
                    Entity("ada lovelace", "Ada Lovelace", "person", (Span(0, 5),)),
                    Entity("acme labs", "Acme Labs", "organization", (Span(0, 5),)),
                    Entity("königsberg", "Königsberg", "place", (Span(0, 5),)),
                ),
            ),
        ),
        ("merges", "graph.md"): convert.merges(page, [("graph", "network", merge)]),
        ("homes", "graph.md"): convert.homes(
            page,
            (
                Home("graph", "title", 1.0, "graph.md", -1, Span(0, 9), span(page, "Graph")),
                Home("tree", "definition", 0.5, "graph.md", 1, Span(0, 9), span(page, "Nodes")),
            ),
        ),
        ("prerequisites", "day-012.md"): convert.prerequisites(day, (requires,)),
        ("decisions", ""): decisions_graph(
            BASE, DECISIONS, ConceptTable(tuple(concepts)), {("tree", "requires", "graph")}
        ),
    }
    return {
        vocab.graph_iri(BASE, operator, address): NamedGraph.of(lines, run_of(operator))
        for (operator, address), lines in parts.items()
    }


def run_of(operator: str) -> str:
    return vocab.run_iri(BASE, operator, "0123456789ab")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataset]:
    convert = Converter(BASE)
    graphs = named_graphs(convert)
    with Dataset(tmp_path_factory.mktemp("store"), BASE, write=True) as data:
        data.replace(graphs.items())
        facts = [
            ("operator", "parse"), ("version", "1"), ("settings", '{"model": "auto"}'),
            ("model", "spacy 3.8"), ("endedAtTime", "2024-01-12T09:30:00+00:00"),
        ]  # fmt: skip
        runs = sorted({graph.run for graph in graphs.values()})
        data.write_provenance({me: convert.run(me, facts, runs[:1]) for me in runs})
        yield data


def exported(data: Dataset) -> Graph:
    return Graph().parse(data="".join(turtle([("", data.lines())], data.base)), format="turtle")


def provenance(data: Dataset) -> Graph:
    graph = data.to_rdflib().graph(URIRef(vocab.provenance_graph(data.base)))
    return Graph() + graph


@pytest.fixture(scope="module")
def small(store: Dataset) -> Graph:
    """The export of two notes, and their provenance."""
    return exported(store) + provenance(store)


@pytest.fixture(scope="module")
def full(sample: Workspace) -> Iterator[Dataset]:
    with Dataset(sample.folder / "store", sample.settings.base) as data:
        yield data


@pytest.fixture(scope="module")
def full_export(sample: Workspace) -> Graph:
    return Graph().parse(data=waygraph.export(sample), format="turtle")


def own_terms(graph: Graph) -> set[URIRef]:
    return {n for triple in graph for n in triple if isinstance(n, URIRef) and n in WG}


def patterns(graph: Graph) -> set[tuple[Node, Node]]:
    """Every (class, property) that occurs; named graphs, and nothing else, have no class."""
    types = dict(graph.subject_objects(RDF.type))
    return {(types.get(s, RDFS.Resource), p) for s, p in graph.subject_predicates()}


# The ontology


def declared() -> set[URIRef]:
    return own_terms(WAYGRAPH) & set(WAYGRAPH.subjects(RDFS.isDefinedBy, ONTOLOGY))


def test_the_ontology_has_a_version() -> None:
    assert list(WAYGRAPH.subjects(RDF.type, OWL.Ontology)) == [ONTOLOGY]
    version = str(WAYGRAPH.value(ONTOLOGY, OWL.versionInfo))
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)


def test_every_term_written_is_declared_and_every_term_declared_is_written(small: Graph) -> None:
    assert declared() == own_terms(WAYGRAPH), "a term without rdfs:isDefinedBy"
    assert declared() == own_terms(small)


def test_shapes_use_declared_terms_alone() -> None:
    assert own_terms(SHAPES) == declared()


@pytest.mark.parametrize("term", sorted(declared()), ids=lambda term: term.removeprefix(vocab.WG))
def test_a_term_says_what_it_is(term: URIRef, small: Graph) -> None:
    for property_ in (RDFS.label, RDFS.comment):
        texts = list(WAYGRAPH.objects(term, property_))
        assert len(texts) == 1
        assert str(texts[0]).strip()
    (kind,) = WAYGRAPH.objects(term, RDF.type)
    objects = set(small.objects(None, term))
    if kind == OWL.Class:
        assert set(small.subjects(RDF.type, term))
    elif kind == OWL.DatatypeProperty:
        (range_,) = WAYGRAPH.objects(term, RDFS.range)
        types = {o.datatype or XSD.string for o in objects if isinstance(o, Literal)}
        assert types == {range_}
    else:
        assert kind == OWL.ObjectProperty
        (range_,) = WAYGRAPH.objects(term, RDFS.range)
        assert all(range_ in kinds(small, o) for o in objects)


def kinds(data: Graph, thing: Node) -> set[Node | None]:
    """The classes of a thing, and all that these lie under."""
    return {
        wider
        for type_ in data.objects(thing, RDF.type)
        for wider in WAYGRAPH.transitive_objects(type_, RDFS.subClassOf)
    }


def test_domains_hold(small: Graph) -> None:
    checked = 0
    for term, domain in WAYGRAPH.subject_objects(RDFS.domain):
        for subject in set(small.subjects(term, None)):
            types = kinds(small, subject)
            # by the domain of prov:wasGeneratedBy
            if (subject, PROV.wasGeneratedBy, None) in small:
                types.add(PROV.Entity)
            assert domain in types, (term, subject)
            checked += 1
    assert checked > len(declared())


def test_own_relations_are_mapped_to_public_ones() -> None:
    for name in ("requires", "uses", "partOf"):
        assert (WG[name], RDFS.subPropertyOf, SKOS.semanticRelation) in WAYGRAPH
    assert (WG.requires, RDFS.subPropertyOf, DCTERMS.requires) in WAYGRAPH
    assert (WG.partOf, RDFS.subPropertyOf, DCTERMS.isPartOf) in WAYGRAPH
    assert (WG.Document, RDFS.subClassOf, SCHEMA.CreativeWork) in WAYGRAPH
    assert (WG.Claim, RDFS.subClassOf, RDF.Statement) in WAYGRAPH
    # skos:related is symmetric and disjoint with skos:broaderTransitive
    assert not set(WAYGRAPH.subjects(RDFS.subPropertyOf, SKOS.related))


# The shapes


class Complaint(NamedTuple):
    """A result of a validation: the property shape and its path, or the node shape."""

    shape: Node | None
    path: Node | None
    component: Node | None


def complaints(data: Graph, *shapes: Node) -> set[Complaint]:
    """What the shapes find wrong; all of them, or only those named."""
    conforms, report, _ = pyshacl.validate(
        data,
        shacl_graph=SHAPES,
        advanced=False,
        inference="none",
        use_shapes=[str(shape) for shape in shapes] or None,
    )
    found = {
        Complaint(
            report.value(result, SH.sourceShape),
            report.value(result, SH.resultPath),
            report.value(result, SH.sourceConstraintComponent),
        )
        for result in report.objects(None, SH.result)
    }
    assert conforms == (not found)
    return found


def test_the_shapes_are_shacl(small: Graph) -> None:
    assert pyshacl.validate(small, shacl_graph=SHAPES, meta_shacl=True)[0]


def test_the_small_export_conforms(store: Dataset, small: Graph) -> None:
    assert complaints(exported(store)) == set()
    assert complaints(provenance(store)) == set()
    assert complaints(small) == set()


def test_claims_may_have_every_predicate_there_is() -> None:
    claim = SHAPES.value(None, SH.targetClass, WG.Claim)
    lists = SHAPES.objects(claim, SH.property / SH["in"])
    allowed, strengths = sorted(lists, key=lambda one: -len(Collection(SHAPES, one)))
    assert list(map(str, Collection(SHAPES, strengths))) == list(STRENGTHS)
    predicates = {URIRef(iri) for iri, _, _ in vocab.PREDICATES.values()}
    others = {SKOS.definition, SKOS.altLabel, WG.explainedIn}
    assert set(Collection(SHAPES, allowed)) == predicates | others


def without(pattern: str) -> str:
    """A SPARQL update that deletes every triple of a pattern."""
    return f"DELETE WHERE {{ {pattern} }}"


def put(property_: str, value: str, where: str = "") -> str:
    """A SPARQL update that makes ``value`` the value of a property wherever it has one."""
    return (
        f"DELETE {{ ?s {property_} ?o }} INSERT {{ ?s {property_} {value} }} "
        f"WHERE {{ ?s {property_} ?o . {where} }}"
    )


def forget(kind: str) -> str:
    """A SPARQL update that deletes all that is said of the nodes of a class."""
    return f"DELETE {{ ?s ?p ?o }} WHERE {{ ?s a {kind} ; ?p ?o }}"


# What is wrong, the update that makes it so, and the path and kind of constraint that must tell.
WRONGS = [
    ("a requirement that does not say how strong it is", without("?s wg:strength ?o"),
     None, SH.XoneConstraintComponent),
    ("a strength that is none of the three", put("wg:strength", '"sure"'),
     WG.strength, SH.InConstraintComponent),
    ("a concept without a label", without("c:graph skos:prefLabel ?o"),
     SKOS.prefLabel, SH.MinCountConstraintComponent),
    ("a label that is its own alias", "INSERT DATA { c:graph skos:altLabel 'graph' }",
     SKOS.altLabel, SH.DisjointConstraintComponent),
    ("a label but no type", without("c:graph a skos:Concept"),
     RDF.type, SH.HasValueConstraintComponent),
    ("a requirement of what is no concept", put("wg:requires", "c:unheard-of"),
     WG.requires, SH.ClassConstraintComponent),
    ("a property nobody declared", "INSERT DATA { c:graph wg:difficulty 3 }",
     WG.difficulty, SH.ClosedConstraintComponent),
    ("a confidence of 2", put("wg:confidence", "2.0", "?s a wg:Claim"),
     WG.confidence, SH.MaxInclusiveConstraintComponent),
    ("a claim of no confidence", put("wg:confidence", "0.0", "?s a wg:Claim"),
     WG.confidence, SH.MinExclusiveConstraintComponent),
    ("a confidence that is a double", put("wg:confidence", "5e-1"),
     WG.confidence, SH.DatatypeConstraintComponent),
    ("a claim without evidence", without("?s wg:evidence ?o"),
     SH.alternativePath, SH.MinCountConstraintComponent),
    ("a claim of an unknown relation", put("rdf:predicate", "wg:likes"),
     RDF.predicate, SH.InConstraintComponent),
    ("a relation to words", put("rdf:object", "'words'", "?s rdf:predicate wg:uses"),
     None, SH.XoneConstraintComponent),
    ("a definition that is a concept",
     put("rdf:object", "c:graph", "?s rdf:predicate skos:definition"),
     None, SH.XoneConstraintComponent),
    ("a place without selectors", without("?s oa:hasSelector ?o"),
     OA.hasSelector, SH.QualifiedMinCountConstraintComponent),
    ("a place without a quote", forget("oa:TextQuoteSelector"),
     OA.hasSelector, SH.QualifiedMinCountConstraintComponent),
    ("a place without a position", forget("oa:TextPositionSelector"),
     OA.hasSelector, SH.QualifiedMinCountConstraintComponent),
    ("a place in a document that is gone", forget("wg:Document"),
     OA.hasSource, SH.ClassConstraintComponent),
    ("a place that outlived its mention", forget("oa:Annotation"),
     SH.alternativePath, SH.MinCountConstraintComponent),
    ("a line before the first", put("wg:line", "0"),
     WG.line, SH.MinInclusiveConstraintComponent),
    ("a position that ends where it starts", put("oa:end", "?n", "?s oa:start ?n"),
     OA.start, SH.LessThanConstraintComponent),
    ("a quote of nothing", put("oa:exact", "''"),
     OA.exact, SH.MinLengthConstraintComponent),
    ("a mention of two concepts", "INSERT { ?s oa:hasBody c:tree } WHERE { ?s oa:hasBody c:graph }",
     OA.hasBody, SH.MaxCountConstraintComponent),
    ("a digest cut short", put("wg:sha256", "'abc123'"),
     WG.sha256, SH.PatternConstraintComponent),
    ("a date that does not exist", put("dcterms:date", "'2023-04-31'^^xsd:date"),
     DCTERMS.date, SH.DatatypeConstraintComponent),
    ("a graph made by a run that nobody recorded", forget("prov:Activity"),
     PROV.wasGeneratedBy, SH.ClassConstraintComponent),
]  # fmt: skip
NAMES = {**vocab.PREFIXES, "c": BASE + "concept/"}


@pytest.mark.parametrize(
    ("update", "path", "component"), [pytest.param(*c[1:], id=c[0]) for c in WRONGS]
)
def test_a_wrong_export_does_not_conform(
    small: Graph, update: str, path: Node | None, component: Node
) -> None:
    wrong = Graph() + small
    wrong.update(update, initNs=NAMES)
    assert set(wrong) != set(small), "the update changed nothing"
    assert (path, component) in {(kind(c), c.component) for c in complaints(wrong)}


def kind(complaint: Complaint) -> Node | None:
    """The property that a complaint is about, or of which sort the path is."""
    if isinstance(complaint.path, BNode):
        return next(SHAPES.predicates(SHAPES.value(complaint.shape, SH.path)))
    return complaint.path


# No constraint is idle: each one, in turn, is broken on one node and must say so.


class Constraint(NamedTuple):
    """One constraint: of a property shape, or (path None) of a node shape itself."""

    owner: URIRef
    shape: Node
    path: Node | None
    parameter: URIRef
    value: Node

    def __str__(self) -> str:
        path = self.path if isinstance(self.path, URIRef) else "(path)" if self.path else "itself"
        return " ".join(re.split("[#/]", part)[-1] for part in (self.owner, path, self.parameter))


# What says where a shape applies, and what is made of shapes, is no constraint to break here.
STRUCTURE = {
    RDF.type, SH.path, SH.property, SH.qualifiedValueShape, SH.targetClass, SH.targetObjectsOf,
    SH.targetSubjectsOf, SH.xone,
}  # fmt: skip


def constraints() -> Iterator[Constraint]:
    for owner in sorted(SHAPES.subjects(RDF.type, SH.NodeShape), key=str):
        assert isinstance(owner, URIRef)
        for shape in (owner, *SHAPES.objects(owner, SH.property)):
            for parameter, value in SHAPES.predicate_objects(shape):
                if isinstance(parameter, URIRef) and parameter not in STRUCTURE:
                    yield Constraint(owner, shape, SHAPES.value(shape, SH.path), parameter, value)


def focus_nodes(data: Graph, owner: URIRef) -> list[Node]:
    found: set[Node] = set()
    for target in SHAPES.objects(owner, SH.targetClass):
        found.update(data.subjects(RDF.type, target))
    for target in SHAPES.objects(owner, SH.targetSubjectsOf):
        found.update(data.subjects(target, None))
    for target in SHAPES.objects(owner, SH.targetObjectsOf):
        found.update(data.objects(None, target))
    return sorted(found, key=str)


def number(value: Node) -> int:
    return int(str(value))


def beside(data: Graph, focus: Node, other: Node) -> Node:
    """A value of another property of the node, given to it if it has none."""
    value = data.value(focus, other)
    if value is None:
        value = STRANGER
        data.add((focus, other, value))
    return value


def breaking(data: Graph, focus: Node, parameter: URIRef, value: Node) -> list[Node]:
    """Values of a property that break a constraint on it."""
    values: list[Node] = []
    match parameter.removeprefix(str(SH)):
        case "minCount" | "qualifiedMinCount" | "hasValue":
            pass
        case "maxCount":
            values = [STRANGER + str(n) for n in range(number(value) + 1)]
        case "class" | "in":
            values = [STRANGER]
        case "datatype" | "nodeKind":
            values = [Literal("x", datatype=XSD.anyURI)]
        case "minLength":
            values = [Literal("")]
        case "pattern":
            values = [Literal("!")]
        case "minInclusive":
            values = [Literal(number(value) - 1)]
        case "maxInclusive":
            values = [Literal(number(value) + 1)]
        case "minExclusive":
            values = [Literal(number(value))]
        case "lessThan" | "disjoint":
            values = [beside(data, focus, value)]
        case "lessThanOrEquals":
            values = [Literal(number(beside(data, focus, value)) + 1)]
        case unknown:
            pytest.fail(f"say here how to break sh:{unknown}")
    return values


def steps(path: Node) -> list[tuple[Node, bool]]:
    """The properties of a path, each with whether it is walked backwards."""
    if isinstance(path, URIRef):
        return [(path, False)]
    if backwards := SHAPES.value(path, SH.inversePath):
        return [(backwards, True)]
    choices = SHAPES.value(path, SH.alternativePath)
    assert choices is not None
    return [step for choice in Collection(SHAPES, choices) for step in steps(choice)]


def broken(data: Graph, constraint: Constraint) -> Graph:
    """``data`` with one node changed against the constraint."""
    nodes = focus_nodes(data, constraint.owner)
    if constraint.path is None:
        if constraint.parameter == SH.closed:
            return data.add((nodes[0], STRANGER, Literal("x")))
        new: Node = BNode() if constraint.parameter == SH.nodeKind else STRANGER
        for s, p, o in list(data.triples((nodes[0], None, None))):
            data.remove((s, p, o)).add((new, p, o))
        for s, p, o in list(data.triples((None, None, nodes[0]))):
            data.remove((s, p, o)).add((s, p, new))
        return data
    (property_, backwards), *more = steps(constraint.path)
    used = [
        n for n in nodes if (((None, property_, n) if backwards else (n, property_, None)) in data)
    ]
    assert used, "the small export does not have this property"
    values = breaking(data, used[0], constraint.parameter, constraint.value)
    # a shape may find its nodes by their type: what adds values must not take that away
    for step, back in [(property_, backwards), *more] if len(values) < 2 else []:
        data.remove((None, step, used[0]) if back else (used[0], step, None))
    for value in values:
        data.add((value, property_, used[0]) if backwards else (used[0], property_, value))
    return data


@pytest.mark.parametrize("constraint", list(constraints()), ids=str)
def test_no_constraint_is_idle(small: Graph, constraint: Constraint) -> None:
    wrong = broken(Graph() + small, constraint)
    name = constraint.parameter.removeprefix(str(SH))
    component = URIRef(f"{SH}{name[0].upper()}{name[1:]}ConstraintComponent")
    found = {(c.shape, c.component) for c in complaints(wrong, constraint.owner)}
    assert (constraint.shape, component) in found


# The README


def test_the_example_in_the_readme_is_what_is_written(checkout: Path) -> None:
    page = (checkout / "ontologies" / "README.md").read_text(encoding="utf-8")
    (source,) = re.findall(r"```markdown\n(.*?)```", page, re.S)
    (example,) = re.findall(r"```turtle\n(.*?)```", page, re.S)
    note = read_markdown("day-012.md", source.encode())
    convert = Converter("https://example.org/learning/")
    ends = ("dijkstras-algorithm", "requires", "graph")
    words = (span(note, "Dijkstra's algorithm requires a graph."),)
    concepts = (
        Concept(ends[0], "Dijkstra's algorithm", (), (), 0.91),
        Concept(ends[2], "graph", (), (), 0.96),
    )
    lines = [
        *convert.document(note, Targets(note.address, ())),
        *convert.concepts(ConceptTable(concepts)),
        *convert.prerequisites(note, [Relation(*ends, 0.8, "wording", note.address, words)]),
    ]
    written = Graph().parse(data="\n".join(lines), format="nt")
    shown = Graph().parse(data=example, format="turtle")
    assert set(shown) == set(written)
    assert complaints(shown) == set()


# The sample corpus


@pytest.mark.slow
def test_the_sample_export_conforms(full_export: Graph) -> None:
    assert len(full_export) > 10_000
    assert complaints(full_export) == set()


@pytest.mark.slow
def test_the_sample_provenance_conforms(full: Dataset) -> None:
    assert complaints(provenance(full)) == set()


@pytest.mark.slow
def test_the_sample_uses_declared_terms_and_patterns_that_the_small_export_has(
    full: Dataset, full_export: Graph, small: Graph
) -> None:
    everything = full_export + provenance(full)
    assert own_terms(everything) <= declared()
    assert patterns(everything) <= patterns(small)


@pytest.mark.slow
def test_every_claim_stands_beside_its_triple_and_every_relation_beside_a_claim(
    full_export: Graph,
) -> None:
    claimed = {
        (beside(full_export, c, RDF.subject), beside(full_export, c, RDF.predicate),
         beside(full_export, c, RDF.object))
        for c in full_export.subjects(RDF.type, WG.Claim)
    }  # fmt: skip
    predicates = {predicate for _, predicate, _ in claimed}
    assert WG.requires in predicates
    relations = [URIRef(iri) for iri, _, _ in vocab.PREDICATES.values()]
    written = {
        t
        for p in (*relations, SKOS.definition, WG.explainedIn)
        for t in full_export.triples((None, p, None))
    }
    # an alias is claimed if a merge gave it, not if it is the same key written otherwise
    merged = {triple for triple in claimed if triple[1] == SKOS.altLabel}
    assert merged
    assert merged <= set(full_export.triples((None, SKOS.altLabel, None)))
    assert claimed - merged == written


@pytest.mark.slow
def test_every_quote_stands_at_its_offsets(full_export: Graph, sample: Workspace) -> None:
    sources: dict[Node, str] = {}
    for document, address in full_export.subject_objects(DCTERMS.identifier):
        sources[document] = (sample.root / str(address)).read_bytes().decode("utf-8")
    checked = 0
    for place, document in full_export.subject_objects(OA.hasSource):
        position, quote = sorted(full_export.objects(place, OA.hasSelector), key=str)
        start, end = (number(beside(full_export, position, p)) for p in (OA.start, OA.end))
        exact, prefix, suffix = (
            str(beside(full_export, quote, p)) for p in (OA.exact, OA.prefix, OA.suffix)
        )
        source = sources[document]
        assert source[start:end] == exact
        assert source[:start].endswith(prefix)
        assert source[end:].startswith(suffix)
        line = number(beside(full_export, place, WG.line))
        assert source[:start].count("\n") + 1 == line
        checked += 1
    assert checked > 1_000
