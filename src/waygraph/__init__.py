"""waygraph: from a learner's notes to an RDF datagraph, and to learning paths through it.

    import waygraph

    report = waygraph.ingest(["notes"])
    workspace = waygraph.open_workspace()
    path = waygraph.learning_path(workspace, "A* search", start="graph")
    turtle = waygraph.export(workspace, "notes.ttl")

Heavy libraries are loaded by the call that needs them, not by ``import waygraph``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from waygraph.config import Workspace, find_workspace
from waygraph.errors import WaygraphError

if TYPE_CHECKING:
    from waygraph.answer import LearningPath
    from waygraph.app.export import export
    from waygraph.app.ingest import ingest
    from waygraph.app.paths import learning_path

__all__ = [
    "LearningPath",
    "WaygraphError",
    "Workspace",
    "export",
    "ingest",
    "learning_path",
    "open_workspace",
]
__version__ = "0.1.0"


def open_workspace(path: str | Path | None = None) -> Workspace:
    """Open the workspace at ``path`` (``.waygraph`` or its parent), or the nearest one upward.

    Raises:
        MissingWorkspace: there is none; the message says how to make one.
    """
    return find_workspace(Path(path) if path is not None else None)


def __getattr__(name: str) -> Any:
    if name == "export":
        from waygraph.app.export import export

        return export
    if name == "learning_path":
        from waygraph.app.paths import learning_path

        return learning_path
    if name == "ingest":
        from waygraph.app.ingest import ingest

        return ingest
    if name == "LearningPath":
        from waygraph.answer import LearningPath

        return LearningPath
    raise AttributeError(f"module 'waygraph' has no attribute {name!r}")
