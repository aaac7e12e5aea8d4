"""The concept graph for other programs: GraphML, and CSV tables of nodes and arcs."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from xml.sax.saxutils import quoteattr

from waygraph.escape import in_cell
from waygraph.model import View
from waygraph.store.dataset import Dataset
from waygraph.store.forms import xml_text
from waygraph.store.kept import Kept
from waygraph.store.selection import Selection, select
from waygraph.store.view import read_view
from waygraph.vocab import PREDICATES, SKOS

NODE_COLUMNS = ("iri", "label", "aliases", "definition")
ARC_COLUMNS = ("subject", "relation", "object", "confidence", "support", "strength")
EVIDENCE_COLUMNS = ("evidence", "source", "line")
_NUMBERS = {"confidence": "double", "support": "int", "line": "int"}
Row = tuple[str | float, ...]


def selected_view(data: Dataset, selection: Selection, kept: Kept | None = None) -> View:
    """The view, with the selected concepts and relations alone."""
    view = read_view(data, 200, kept)
    if selection.concepts is None and selection.documents is None:
        return view
    lines = {line for _, part in select(data, selection) for line in part}
    labelled = {line.split(" ", 1)[0][1:-1] for line in lines if f"> <{SKOS}prefLabel> " in line}
    concepts = [row for row in view.concepts if row.iri in labelled]
    iris = {row.iri for row in concepts}
    relations = [
        row
        for row in view.relations
        if f"<{row.subject}> <{PREDICATES[row.predicate][0]}> <{row.object}> ." in lines
    ]
    introductions = [pair for pair in view.introductions if pair[0] in iris]
    readings = [pair for pair in view.readings if pair[0] in iris]
    return View(concepts, relations, introductions, readings)


def node_rows(view: View) -> Iterator[Row]:
    """A row for each concept, in ``NODE_COLUMNS``; aliases are joined by " | "."""
    for row in view.concepts:
        yield row.iri, row.label, " | ".join(row.aliases), row.definition


def arc_rows(view: View, evidence: bool) -> Iterator[Row]:
    """A row for each relation, in ``ARC_COLUMNS``, with ``evidence`` in ``EVIDENCE_COLUMNS`` too.

    Of a relation's claims the surest is quoted.
    """
    for row in view.relations:
        said = (row.subject, row.predicate, row.object, row.confidence, row.support, row.strength)
        why = row.reason
        yield (*said, why.text, why.source, why.line) if evidence else said


def arc_columns(evidence: bool) -> tuple[str, ...]:
    """The columns of ``arc_rows``."""
    return (*ARC_COLUMNS, *EVIDENCE_COLUMNS) if evidence else ARC_COLUMNS


def csv_table(columns: Iterable[str], rows: Iterable[Row]) -> Iterator[str]:
    """CSV (RFC 4180 but for line ends, which are line feeds), a row at a time.

    A text that a spreadsheet would take for a formula stands behind an apostrophe.
    """
    for row in (tuple(columns), *rows):
        line = StringIO(newline="")
        # the writer quotes only what its own line end holds
        csv.writer(line, lineterminator="\r\n").writerow(
            in_cell(value) if isinstance(value, str) else value for value in row
        )
        yield line.getvalue().removesuffix("\r\n") + "\n"


def graphml(view: View, evidence: bool) -> Iterator[str]:
    """GraphML: concepts are nodes, relations directed edges; characters that XML cannot hold
    become U+FFFD."""
    nodes, arcs = NODE_COLUMNS[1:], arc_columns(evidence)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for what, columns in (("node", nodes), ("edge", (arcs[1], *arcs[3:]))):
        for column in columns:
            kind = _NUMBERS.get(column, "string")
            yield (
                f'<key id="{what}-{column}" for="{what}" attr.name="{column}"'
                f' attr.type="{kind}"/>\n'
            )
    yield '<graph edgedefault="directed">\n'
    for iri, *values in node_rows(view):
        yield f"<node id={quoteattr(str(iri))}>{_data('node', nodes, values)}</node>\n"
    for number, (subject, relation, object_, *values) in enumerate(arc_rows(view, evidence)):
        ends = f"source={quoteattr(str(subject))} target={quoteattr(str(object_))}"
        inside = _data("edge", (arcs[1], *arcs[3:]), (relation, *values))
        yield f'<edge id="{number}" {ends}>{inside}</edge>\n'
    yield "</graph>\n</graphml>\n"


def _data(what: str, columns: Iterable[str], values: Iterable[str | float]) -> str:
    return "".join(
        f'<data key="{what}-{column}">{xml_text(str(value))}</data>'
        for column, value in zip(columns, values, strict=True)
    )
