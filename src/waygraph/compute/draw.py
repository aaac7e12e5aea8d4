"""A compute graph drawn: as text and as Mermaid, with versions, settings and times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from waygraph.compute.graph import ComputeGraph, Node
from waygraph.compute.operator import Port

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
    lines = ["flowchart TD"]
    lines += [f'    {_id(name)}(["{_quoted(name)}"])' for name in given]
    for node in graph.nodes:
        parts = [node.name, f"{node.use} {node.operator.version}", _settings(node)]
        parts += [node.operator.model(node.settings), notes.get(node.name, "")]
        lines.append(
            f'    {_id(node.name)}["{"<br>".join(_quoted(part) for part in parts if part)}"]'
        )
    for node in graph.nodes:
        for port in node.operator.inputs:
            arrow = "-->" if port.per_document else "==>"
            lines.append(f"    {_id(port.name)} {arrow} {_id(node.name)}")
    return "\n".join(lines) + "\n"


def _id(name: str) -> str:
    """A name as Mermaid takes it for a node; ``end`` is a word of its own there."""
    plain = re.sub(r"\W", "_", name)
    return f"{plain}_" if plain.casefold() == "end" else plain


def _settings(node: Node) -> str:
    return ", ".join(f"{name} = {_shown(value)}" for name, value in node.settings.items())


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    """Text inside a Mermaid label, where quotes end it and tags mean something."""
    for plain, entity in (("&", "#amp;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(plain, entity)
    return text
