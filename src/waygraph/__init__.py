"""waygraph: from a learner's notes to an RDF datagraph, and to learning paths through it.

    import waygraph

    report = waygraph.ingest(["notes"])
    workspace = waygraph.open_workspace()
    path = waygraph.learning_path(workspace, "A* search", start="graph")
    turtle = waygraph.export(workspace, "notes.ttl")

In a notebook, workspaces, concepts and learning paths show themselves as pages.
Heavy libraries are loaded by the call that needs them, not by ``import waygraph``.
"""

from __future__ import annotations

import sys

if sys.argv[:1] == ["-m"] and not sys.flags.safe_path:
    # `python -m waygraph`: the current folder comes first, where notes may lie under any name
    del sys.path[0]

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waygraph.config import Workspace, find_workspace
from waygraph.errors import WaygraphError

if TYPE_CHECKING:
    from waygraph.answer import LearningPath
    from waygraph.app.explore import ConceptCard, concept
    from waygraph.app.export import export
    from waygraph.app.ingest import ingest
    from waygraph.app.notebook import to_networkx, to_pandas, to_rdflib
    from waygraph.app.paths import learning_path
    from waygraph.app.trusting import trust

__all__ = [
    "ConceptCard",
    "LearningPath",
    "WaygraphError",
    "Workspace",
    "concept",
    "export",
    "ingest",
    "learning_path",
    "open_workspace",
    "to_networkx",
    "to_pandas",
    "to_rdflib",
    "trust",
]
__version__ = "0.1.0"


def open_workspace(path: str | Path | None = None) -> Workspace:
    """Open the workspace at ``path`` (``.waygraph`` or its parent), or the nearest one upward.

    Raises:
        MissingWorkspace: there is none; the message says how to make one.
    """
    return find_workspace(Path(path) if path is not None else None)


# Where each name is, for what is loaded when it is asked for.
_HOMES = {
    "ConceptCard": "waygraph.app.explore",
    "LearningPath": "waygraph.answer",
    "concept": "waygraph.app.explore",
    "export": "waygraph.app.export",
    "ingest": "waygraph.app.ingest",
    "learning_path": "waygraph.app.paths",
    "to_networkx": "waygraph.app.notebook",
    "to_pandas": "waygraph.app.notebook",
    "to_rdflib": "waygraph.app.notebook",
    "trust": "waygraph.app.trusting",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'waygraph' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def _in_a_notebook() -> None:
    """Let IPython, if this runs in it, show waygraph's values."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None:
        from waygraph.app.notebook import show_richly

        show_richly(shell.display_formatter.formatters["text/html"])


_in_a_notebook()
