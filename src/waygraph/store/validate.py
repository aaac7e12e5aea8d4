"""Checking the datagraph against the shapes, and saying where in the notes a fault lies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from waygraph.store.dataset import Dataset
from waygraph.vocab import DCTERMS, OA, PROV, RDF, SCHEMA, WG, import_graph, provenance_graph

if TYPE_CHECKING:
    import rdflib
    from rdflib.term import Node

# From a thing to the place it stands at: properties to follow, "^" the other way round.
_WAYS = (
    "", WG + "evidence", PROV + "wasDerivedFrom", OA + "hasTarget", "^" + OA + "hasSelector",
    f"^{RDF}subject {WG}evidence", f"^{RDF}object {WG}evidence", f"^{OA}hasBody {OA}hasTarget",
    "^" + WG + "context", f"^{SCHEMA}hasPart",
)  # fmt: skip
_SECTION = "#section="
SectionLine = Callable[[str, int], int]


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Where the datagraph breaks a shape.

    ``address`` and ``line`` (1-based) say where in the notes the thing stands; they are empty
    and 0 where nothing tells. ``node`` and ``property`` are IRIs (``property`` may be empty),
    ``value`` is what was found, ``message`` says what is wrong.
    """

    address: str
    line: int
    node: str
    property: str
    value: str
    message: str


def validate(
    data: Dataset, shapes: Path, section_line: SectionLine = lambda _address, _number: 0
) -> list[Fault]:
    """All faults of the datagraph and its provenance, sorted; what was imported is not ours.

    Args:
        data: the datagraph.
        shapes: a file of SHACL shapes in Turtle.
        section_line: the line at which a section of a document begins, by the document's
            address and the section's number from 0; 0 if that is not known.
    """
    import pyshacl
    import rdflib

    graph = rdflib.Graph()
    others = import_graph(data.base, "")
    names = [name for name in data.digests() if not name.startswith(others)]
    for _, lines in data.graphs([*names, provenance_graph(data.base)]):
        graph.parse(data="".join(f"{line}\n" for line in lines), format="nt")
    conforms, report, _ = pyshacl.validate(graph, shacl_graph=str(shapes))
    if conforms:
        return []
    return sorted(set(_faults(data, graph, report, section_line)))


def _faults(
    data: Dataset, graph: rdflib.Graph, report: rdflib.Graph, section_line: SectionLine
) -> Iterator[Fault]:
    from rdflib import SH

    for result in report.objects(None, SH.result):
        node = report.value(result, SH.focusNode)
        if node is None:
            continue
        address, line = _place(data, graph, node)
        number = str(node).partition(_SECTION)[2]
        if address and not line and number.isdecimal():
            line = section_line(address, int(number))
        path, value = report.value(result, SH.resultPath), report.value(result, SH.value)
        yield Fault(
            address,
            line,
            str(node),
            str(path) if path and path.n3().startswith("<") else "",
            str(value) if value else "",
            " ".join(str(report.value(result, SH.resultMessage) or "breaks its shape").split()),
        )


def _place(data: Dataset, graph: rdflib.Graph, node: Node) -> tuple[str, int]:
    """The file and line that a node stands at: the first of several."""
    for way in _WAYS:
        found = sorted(_told(graph, end) for end in _ends(graph, node, way.split()))
        if told := [place for place in found if place[0]]:
            return told[0]
    query = "SELECT DISTINCT ?g { GRAPH ?g { $s ?p ?o } }"
    prefix = f"{data.base}graph/"
    for name in sorted(name for (name,) in data.select(query, s=str(node))):
        if address := name.removeprefix(prefix).partition("/")[2]:
            return unquote(address), 0
    return "", 0


def _ends(graph: rdflib.Graph, node: Node, way: list[str]) -> list[Node]:
    from rdflib import URIRef

    ends = [node]
    for step in way:
        found: list[Node] = []
        for one in ends:
            if step.startswith("^"):
                found += graph.subjects(URIRef(step[1:]), one)
            else:
                found += graph.objects(one, URIRef(step))
        ends = found
    return ends


def _told(graph: rdflib.Graph, node: Node) -> tuple[str, int]:
    """The file and line that a place or a document tells; empty and 0 if it is none."""
    from rdflib import URIRef

    line = graph.value(node, URIRef(WG + "line"))
    source = graph.value(node, URIRef(OA + "hasSource")) or node
    address = graph.value(source, URIRef(DCTERMS + "identifier")) or graph.value(
        source, URIRef(WG + "address")
    )
    number = str(line or "")
    return str(address or ""), int(number) if number.isdecimal() else 0
