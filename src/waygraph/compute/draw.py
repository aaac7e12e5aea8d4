"""A compute graph drawn: as text and as Mermaid, with versions, settings and times."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from waygraph.compute.graph import ComputeGraph, Node
from waygraph.compute.operator import Port
from waygraph.escape import in_mermaid

_RESERVED = re.compile(
    r"_|\d|end|graph|subgraph|flowchart|style|linkstyle|class|click|call|href|interpolate|default"
    r"|direction",
    re.I,
)
# What a drawing says of a node's last run, by the node's name.
Notes = Mapping[str, str]


def graph_text(graph: ComputeGraph, given: Mapping[str, Port], notes: Notes) -> str:
    """The nodes in the order in which they run, each with its inputs, settings and last run."""
    lines = [f"compute graph {graph.path}", ""]
    lines += [f"given {name}: {port}" for name, port in given.items()]
    for node in graph.nodes:
        inputs = ", ".join(port.name for port in node.operator.inputs)
        lines.append(f"\n{node.name}: {node.operator.output}")
        lines.append(f"  {node.use} {node.operator.version} ({inputs})")
        if settings := _settings(node):
            lines.append(f"  settings  {settings}")
        if model := node.operator.model(node.settings):
            lines.append(f"  model     {model}")
        if said := notes.get(node.name):
            lines.append(f"  last run  {said}")
    return "\n".join(lines) + "\n"


def graph_mermaid(graph: ComputeGraph, given: Mapping[str, Port], notes: Notes) -> str:
    """The graph as a Mermaid flow chart: an arrow carries a value to who takes it.

    A plain arrow carries one value per document, a thick one a value for the whole corpus.
    """
    ids = _ids([*given, *(node.name for node in graph.nodes)])
    lines = ["flowchart TD"]
    lines += [f'    {ids[name]}(["{in_mermaid(name)}"])' for name in given]
    for node in graph.nodes:
        parts = [node.name, f"{node.use} {node.operator.version}", _settings(node)]
        parts += [node.operator.model(node.settings), notes.get(node.name, "")]
        lines.append(
            f'    {ids[node.name]}["{"<br>".join(in_mermaid(part) for part in parts if part)}"]'
        )
    for node in graph.nodes:
        for port in node.operator.inputs:
            arrow = "-->" if port.per_document else "==>"
            lines.append(f"    {ids[port.name]} {arrow} {ids[node.name]}")
    return "\n".join(lines) + "\n"


def _ids(names: Iterable[str]) -> dict[str, str]:
    """Names as Mermaid takes them for nodes, no two alike; words of its own get a prefix."""
    ids: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"\W", "_", name, flags=re.ASCII)
        plain = f"n_{plain}" if _RESERVED.match(plain) else plain
        while plain in ids.values():
            plain += "_"
        ids[name] = plain
    return ids


def _settings(node: Node) -> str:
    return ", ".join(f"{name} = {_shown(value)}" for name, value in node.settings.items())


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
