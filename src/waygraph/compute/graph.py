"""The compute graph: read from a file, wired by names, checked before any note is read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from waygraph.compute.operator import Operator, Port, load_operator
from waygraph.errors import ComputeGraphError


@dataclass(frozen=True, slots=True)
class Node:
    """An operator in its place: ``name`` is the value it gives, ``use`` the operator's name."""

    name: str
    use: str
    operator: Operator
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ComputeGraph:
    """Nodes in an order in which every input is there before it is needed."""

    path: str
    nodes: tuple[Node, ...]


def load_graph(path: Path, given: Mapping[str, Port], wanted: Mapping[str, Port]) -> ComputeGraph:
    """Read and check a compute graph.

    Each table ``[operators.NAME]`` makes the value NAME with the operator named by ``use``;
    its other keys are that operator's settings.

    Args:
        path: the graph's TOML file.
        given: values that are there from the start, by name.
        wanted: values that the graph must make, by name.

    Raises:
        ComputeGraphError: naming file and line: no TOML, unknown operator or setting, a
            setting of the wrong type, an input that nothing gives or of another type, a
            cycle, or a wanted value that is not made.
    """
    try:
        text = path.read_text(encoding="utf-8")
        tables = tomllib.loads(text).get("operators", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ComputeGraphError(f"{path}: {error}", "mend the file or name another graph") from None
    if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
        raise ComputeGraphError(f"{path}: 'operators' must hold tables: [operators.NAME]")
    places = _Places(path, text)
    nodes = {name: _node(name, table, places) for name, table in tables.items()}
    for name in nodes:
        if name in given:
            raise ComputeGraphError(
                f"{places(name)}: {name!r} is given already, no operator may make it",
                f"rename the table; given values: {', '.join(given)}",
            )
    ports = {**given, **{name: node.operator.output for name, node in nodes.items()}}
    for node in nodes.values():
        for port in node.operator.inputs:
            _check_input(node, port, ports, places)
    for name, port in wanted.items():
        if name not in nodes:
            raise ComputeGraphError(
                f"{path}: no table [operators.{name}], which makes {port}",
                f"the graph must make: {', '.join(wanted)}",
            )
        if not _fits(ports[name], port):
            raise ComputeGraphError(
                f"{places(name)}: {name!r} must be {port}, but {nodes[name].use!r} "
                f"gives {ports[name]}"
            )
    order = TopologicalSorter(
        {name: [p.name for p in n.operator.inputs if p.name in nodes] for name, n in nodes.items()}
    )
    try:
        return ComputeGraph(str(path), tuple(nodes[name] for name in order.static_order()))
    except CycleError as error:
        cycle = list(reversed(error.args[1]))  # graphlib lists what is needed first
        raise ComputeGraphError(
            f"{places(cycle[0])}: a cycle: {' needs '.join(cycle)}",
            "let one of them take another input",
        ) from None


class _Places:
    """Where a table, or one of its keys, stands in the file."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._lines = path, text.splitlines()

    def __call__(self, table: str, key: str = "") -> str:
        header = re.compile(rf"\s*\[\s*operators\s*\.\s*[\"']?{re.escape(table)}[\"']?\s*\]")
        start = next((i for i, line in enumerate(self._lines, 1) if header.match(line)), 0)
        for i, line in enumerate(self._lines[start:], start + 1):
            if key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
                return f"{self._path}:{i}"
            if line.lstrip().startswith("["):
                break
        return f"{self._path}:{start}" if start else str(self._path)


def _node(name: str, table: Mapping[str, Any], places: _Places) -> Node:
    use = table.get("use")
    if not isinstance(use, str):
        raise ComputeGraphError(f'{places(name)}: [operators.{name}] lacks use = "OPERATOR"')
    try:
        operator = load_operator(use)
    except ComputeGraphError as error:
        raise ComputeGraphError(f"{places(name, 'use')}: {error.message}", error.hint) from None
    settings = dict(operator.settings)
    for key, value in table.items():
        if key == "use":
            continue
        if key not in settings:
            raise ComputeGraphError(
                f"{places(name, key)}: operator {use!r} has no setting {key!r}",
                f"its settings: {', '.join(settings) or 'none'}",
            )
        kind = operator.setting_types[key]
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise ComputeGraphError(
                f"{places(name, key)}: {key} = {value!r} is not of type {kind.__name__}"
            )
        span = operator.ranges.get(key)
        if span and not span.holds(value):
            raise ComputeGraphError(
                f"{places(name, key)}: {key} = {value!r} is not between {span.low} and {span.high}"
            )
        settings[key] = value
    return Node(name, use, operator, settings)


def _fits(given: Port, wanted: Port) -> bool:
    return given.type is wanted.type and given.per_document == wanted.per_document


def _check_input(node: Node, port: Port, ports: Mapping[str, Port], places: _Places) -> None:
    found = ports.get(port.name)
    if found is None:
        raise ComputeGraphError(
            f"{places(node.name)}: operator {node.use!r} needs {port.name!r} ({port}), "
            "which nothing gives",
            f"values in this graph: {', '.join(sorted(ports))}",
        )
    if not _fits(found, port):
        raise ComputeGraphError(
            f"{places(node.name)}: operator {node.use!r} needs {port.name!r} as {port}, "
            f"but it is {found}"
        )
