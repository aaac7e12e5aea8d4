"""Trusting what a workspace's settings can send away or load."""

from __future__ import annotations

import json
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

from waygraph import config, files
from waygraph.config import Workspace
from waygraph.trust_file import require_trust, trusted, write_trust

_MOST = 1_000_000
# Operators of this package, whose settings are known.
_OURS = "waygraph."


def wanted(folder: Path) -> list[str]:
    """What a workspace's settings and its compute graph need to be trusted with, as written.

    That is a store; in the graph each model that does not come with waygraph, each address, and
    each operator of another package with all its settings.

    Raises:
        SettingsError: the settings do not fit.
    """
    settings = config.read_settings(folder)
    graph = _graph_claims(folder.parent / settings.graph) if settings.graph else []
    return [*config.claims(settings), *graph]


def check_graph_trusted(place: Workspace, path: Path) -> None:
    """See that the user trusts what the workspace's own compute graph loads.

    Raises:
        Untrusted: the user does not.
    """
    if place.settings.graph:
        require_trust(place.copied or place.folder, path, _graph_claims(path))


def trust(workspace: str | Path | None = None) -> list[str]:
    """Trust a workspace with all that its settings want now, and with nothing else.

    Args:
        workspace: the folder ``.waygraph`` or its parent; by default the nearest one upward.

    Returns:
        What it is trusted with, as it is written: a store, models, operators of other packages.

    Raises:
        SettingsError: its settings do not fit, or it cannot be written down.
    """
    folder = config.find_folder(Path(workspace) if workspace is not None else None)
    found = wanted(folder)
    write_trust(folder, found)
    return found


def distrust(folder: Path) -> list[str]:
    """Trust a workspace with nothing any more; what it was trusted with."""
    found = sorted(trusted(folder))
    write_trust(folder, ())
    return found


def _graph_claims(path: Path) -> list[str]:
    found: list[str] = []
    # a graph that cannot be read runs nothing: what is wrong with it is told elsewhere
    with suppress(OSError, ValueError):
        tables = tomllib.loads(files.read(path, _MOST).decode()).get("operators", {})
        for name, table in tables.items() if isinstance(tables, dict) else ():
            if isinstance(table, dict):
                found += _table_claims(name, table)
    return found


def _table_claims(name: str, table: dict[str, Any]) -> list[str]:
    from waygraph.compute.operator import installed

    point = installed().get(str(table.get("use")))
    whole = json.dumps(table, default=str, sort_keys=True)
    if point is not None and not point.value.startswith(_OURS):
        return [f"[operators.{name}] {point.value} {whole}"]
    return [
        f"[operators.{name}] {key} = {json.dumps(value)}"
        for key, value in table.items()
        if isinstance(value, str) and ((key == "model" and value != "auto") or "://" in value)
    ]
