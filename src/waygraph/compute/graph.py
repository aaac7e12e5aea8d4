"""The compute graph: read from a file, wired by names, checked before any note is read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from waygraph import files
from waygraph.compute.operator import Operator, Port, load_operator, nearest, operators_giving
from waygraph.errors import ComputeGraphError

# A graph is a few tables.
_MOST = 1_000_000


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
            cycle, or a wanted value that is not made. If there is more than one fault, the
            first; ``check_graph`` finds all.
    """
    graph, faults = check_graph(path, given, wanted)
    if faults or graph is None:
        raise faults[0]
    return graph


def check_graph(
    path: Path, given: Mapping[str, Port], wanted: Mapping[str, Port]
) -> tuple[ComputeGraph | None, list[ComputeGraphError]]:
    """All faults of a compute graph, see ``load_graph``; the graph itself if there are none.

    What follows from a fault (an input that a faulty table would give) is no other fault.
    """
    try:
        text = files.read(path, _MOST).decode("utf-8")
        whole = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        return None, [ComputeGraphError(f"{path}: {reason}", "mend it, or name another graph")]
    except tomllib.TOMLDecodeError as error:
        return None, [_syntax_fault(path, text, str(error))]
    strange = [name for name in whole if name != "operators"]
    if strange:
        message = f"{path}: {strange[0]!r} means nothing here"
        hint = f"{nearest(strange[0], ['operators'])}all tables are [operators.NAME]"
        return None, [ComputeGraphError(message, hint)]
    tables = whole.get("operators", {})
    if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
        message = f"{path}: 'operators' must hold tables: [operators.NAME]"
        return None, [ComputeGraphError(message)]
    places = _Places(path, text)
    faults: list[ComputeGraphError] = []
    nodes: dict[str, Node] = {}
    for name, table in tables.items():
        node, found = _node(name, table, places)
        faults += found
        if node:
            nodes[name] = node
        if name in given:
            faults.append(
                ComputeGraphError(
                    f"{places(name)}: {name!r} is given already, no operator may make it",
                    f"rename the table; given values: {', '.join(given)}",
                )
            )
    ports = {**given, **{name: node.operator.output for name, node in nodes.items()}}
    known = dict.fromkeys([*given, *tables])
    for node in nodes.values():
        for port in node.operator.inputs:
            faults += _input_faults(node, port, ports, known, places)
    faults += _wanted_faults(path, nodes, tables, wanted, places)
    try:
        ordered = _ordered(nodes)
    except CycleError as error:
        cycle = list(reversed(error.args[1]))  # graphlib lists what is needed first
        message = f"{places(cycle[0])}: a cycle: {' needs '.join(cycle)}"
        return None, [*faults, ComputeGraphError(message, "let one of them take another input")]
    return (None if faults else ComputeGraph(str(path), ordered)), faults


def _ordered(nodes: Mapping[str, Node]) -> tuple[Node, ...]:
    """Inputs first; where there is a choice what runs beside others, so that these follow, then
    operators over documents, so that many of them go together, then what stands first.

    Raises:
        CycleError: there is no such order.
    """
    needed = {
        name: [p.name for p in node.operator.inputs if p.name in nodes]
        for name, node in nodes.items()
    }

    def turn(name: str) -> tuple[bool, bool, int]:
        operator = nodes[name].operator
        return not operator.beside, not operator.output.per_document, place[name]

    place = {name: i for i, name in enumerate(nodes)}
    sorter = TopologicalSorter(needed)
    sorter.prepare()
    ordered: list[Node] = []
    ready = list(sorter.get_ready())
    while ready:
        name = min(ready, key=turn)
        ready.remove(name)
        ordered.append(nodes[name])
        sorter.done(name)
        ready += sorter.get_ready()
    return tuple(ordered)


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


def _syntax_fault(path: Path, text: str, said: str) -> ComputeGraphError:
    """What is no TOML, by line: the parser tells it in its message's end."""
    place = re.search(r" \(at line (\d+), column \d+\)$", said)
    line = int(place[1]) if place else max(1, len(text.splitlines()))
    reason = said[: place.start()] if place else said.removesuffix(" (at end of document)")
    return ComputeGraphError(f"{path}:{line}: this is no TOML: {reason}", "mend the line")


def _node(
    name: str, table: Mapping[str, Any], places: _Places
) -> tuple[Node | None, list[ComputeGraphError]]:
    """The node that a table makes, unless its operator is missing, and all that is wrong."""
    use = table.get("use")
    if not isinstance(use, str):
        return None, [
            ComputeGraphError(f'{places(name)}: [operators.{name}] lacks use = "OPERATOR"')
        ]
    try:
        operator = load_operator(use)
    except ComputeGraphError as error:
        return None, [ComputeGraphError(f"{places(name, 'use')}: {error.message}", error.hint)]
    settings = dict(operator.settings)
    faults: list[ComputeGraphError] = []
    for key, value in table.items():
        if key == "use":
            continue
        message, hint = _setting_fault(operator, use, key, value)
        if message:
            faults.append(ComputeGraphError(f"{places(name, key)}: {message}", hint))
        else:
            settings[key] = value
    return Node(name, use, operator, settings), faults


def _setting_fault(operator: Operator, use: str, key: str, value: Any) -> tuple[str, str]:
    """What is wrong with a setting, and what to do; empty if nothing."""
    if key not in operator.settings:
        known = ", ".join(operator.settings) or "none"
        hint = f"{nearest(key, operator.settings)}its settings: {known}"
        return f"operator {use!r} has no setting {key!r}", hint
    kind = operator.setting_types[key]
    default = f"its default: {operator.settings[key]!r}"
    if type(value) is not kind and not (kind is float and type(value) is int):
        return f"{key} = {value!r} is not of type {kind.__name__}", default
    span = operator.ranges.get(key)
    if span and not span.holds(value):
        return f"{key} = {value!r} is not between {span.low} and {span.high}", default
    return "", ""


def _fits(given: Port, wanted: Port) -> bool:
    return given.type is wanted.type and given.per_document == wanted.per_document


def _input_faults(
    node: Node,
    port: Port,
    ports: Mapping[str, Port],
    known: Mapping[str, object],
    places: _Places,
) -> list[ComputeGraphError]:
    found = ports.get(port.name)
    if found is None and port.name not in known:
        near = ""
        if fitting := sorted(name for name, other in ports.items() if _fits(other, port)):
            near = f"of that type: {', '.join(fitting)}; "
        elif makers := operators_giving(port):
            uses = " or ".join(f'"{maker}"' for maker in makers)
            near = f"add [operators.{port.name}] with use = {uses}; "
        message = f"operator {node.use!r} needs {port.name!r} ({port}), which nothing gives"
        hint = f"{near}values in this graph: {', '.join(sorted(known))}"
        return [ComputeGraphError(f"{places(node.name)}: {message}", hint)]
    if found is not None and not _fits(found, port):
        message = f"operator {node.use!r} needs {port.name!r} as {port}, but it is {found}"
        hint = f"let [operators.{port.name}] use another operator, or this one"
        return [ComputeGraphError(f"{places(node.name)}: {message}", hint)]
    return []


def _wanted_faults(
    path: Path,
    nodes: Mapping[str, Node],
    tables: Mapping[str, object],
    wanted: Mapping[str, Port],
    places: _Places,
) -> list[ComputeGraphError]:
    faults = []
    for name, port in wanted.items():
        if name not in tables:
            message = f"{path}: no table [operators.{name}], which makes {port}"
            others = [other for other in tables if other not in wanted]
            hint = f"{nearest(name, others)}the graph must make: {', '.join(wanted)}"
            faults.append(ComputeGraphError(message, hint))
        elif name in nodes and not _fits(nodes[name].operator.output, port):
            use, output = nodes[name].use, nodes[name].operator.output
            message = f"{name!r} must be {port}, but {use!r} gives {output}"
            hint = f"operators that give it: {', '.join(operators_giving(port)) or 'none'}"
            faults.append(ComputeGraphError(f"{places(name, 'use')}: {message}", hint))
    return faults
