"""What a workspace is known by to those that its notes are merged into."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

from waygraph.config import FOLDER, Workspace
from waygraph.errors import StoreError
from waygraph.model import digest_of
from waygraph.sealed import unsealed, write_sealed

_FILE = "origin"


def origin_of(place: Workspace) -> str:
    """The name of a workspace as an origin of notes; empty if it was never ingested.

    It goes with the folder wherever that is moved. A copy of the folder has another name, as
    long as what it was copied from is there to be told from it.

    Raises:
        StoreError: what is written down was damaged.
    """
    name, root = _read(place.folder)
    here = str(place.root.resolve())
    if name and root != here and _read(Path(root) / FOLDER)[0] == name:
        return digest_of(name, here)
    return name


def claim_origin(place: Workspace) -> str:
    """The same, with a name given to a workspace that has none yet.

    Raises:
        StoreError: it cannot be written down, or what is was damaged.
    """
    name = origin_of(place) or uuid4().hex
    mine = (name, str(place.root.resolve()))
    if _read(place.folder) != mine:
        write_sealed(place.folder / _FILE, json.dumps(mine))
    return name


def _read(folder: Path) -> tuple[str, str]:
    """The name that is written down, and where the workspace's root was then."""
    file = folder / _FILE
    try:
        # an older waygraph left it unsealed
        name, root = json.loads(unsealed(file.read_bytes().decode("utf-8")))
    except OSError:
        return "", ""
    except (ValueError, TypeError):
        raise StoreError(
            f"{file} was damaged",
            "remove it: the workspace gets a new name, and `waygraph merge` takes notes that "
            "were merged from it for another's",
        ) from None
    return str(name), str(root)
