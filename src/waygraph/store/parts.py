"""The datagraph in parts: the concepts and all that is said of the whole, then each document.

A part is sorted and holds no triple twice, so an export needs one document in memory at a
time, beside the concepts with their relations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from waygraph.store.dataset import Dataset
from waygraph.vocab import graph_iri

# The name of a part (a document's address as its graphs' IRIs have it, or empty), its lines
Part = tuple[str, list[str]]


def parts(data: Dataset) -> Iterator[Part]:
    """The triples outside the provenance graph as sorted N-Triples lines, part by part."""
    by_part = sorted((_part(data.base, name), name) for name in data.digests())
    first = f"<{data.base}concept/"
    of_concepts = re.compile(rf"^{re.escape(first)}.*$", re.M)
    whole: set[str] = set()
    for name, lines in data.graphs(name for _, name in by_part):
        if not _part(data.base, name):
            whole.update(lines)
        else:
            whole.update(of_concepts.findall("\n".join(lines)))
    yield "", sorted(whole)
    names = [name for part, name in by_part if part]
    graphs = groupby(data.graphs(names), key=lambda graph: _part(data.base, graph[0]))
    for part, members in graphs:
        found: set[str] = set().union(*(lines for _, lines in members))
        own = sorted(line for line in found if not line.startswith(first))
        if own:
            yield part, own


def part_of(base: str, address: str) -> str:
    """The name of the part of the document at an address."""
    return _part(base, graph_iri(base, "documents", address))


def _part(base: str, graph: str) -> str:
    """The document that a graph is about; empty if it is about the whole."""
    return graph.removeprefix(f"{base}graph/").partition("/")[2] if graph.startswith(base) else ""
