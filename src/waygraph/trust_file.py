"""What a user trusts workspaces with: a file of the user's, outside every workspace.

Settings come with a folder of notes, which may come from others. What they can send away, or
load code or models with, is used once the user has said so, of that workspace and of those very
settings: another address is another matter.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from waygraph import files
from waygraph.errors import SettingsError, Untrusted, remedy

_MOST = 10_000_000


def trust_file() -> Path:
    """Where it is written down: ``waygraph/trusted`` in the user's folder of configuration."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base else Path.home() / ".config") / "waygraph" / "trusted"


def trusted(folder: Path) -> frozenset[str]:
    """The settings of a workspace (its folder ``.waygraph``) that the user trusts, as written."""
    return frozenset(setting for place, setting in _read() if place == str(folder))


def write_trust(folder: Path, settings: Iterable[str]) -> None:
    """Trust these settings of a workspace, and no others of it.

    Raises:
        SettingsError: it cannot be written down.
    """
    others = [one for one in _read() if one[0] != str(folder)]
    all_ = [*others, *((str(folder), setting) for setting in sorted(set(settings)))]
    lines = (json.dumps(dict(zip(_KEYS, one, strict=True))).encode() + b"\n" for one in all_)
    file = trust_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        files.replace(file, lines, files.PRIVATE)
    except OSError as error:
        raise SettingsError(
            f"{file}: it cannot be written: {error.strerror}", remedy(error, "see to that file")
        ) from None


def require_trust(folder: Path, where: object, wanted: Iterable[str]) -> None:
    """See that the user trusts settings.

    Args:
        folder: the folder of the workspace.
        where: the file that they stand in.
        wanted: the settings, each as it is written.

    Raises:
        Untrusted: the user does not.
    """
    known: frozenset[str] | None = None
    for setting in wanted:
        known = trusted(folder) if known is None else known
        if setting not in known:
            raise Untrusted(str(where), setting, str(folder))


_KEYS = ("workspace", "setting")


def _read() -> list[tuple[str, str]]:
    found = []
    with suppress(OSError):
        for line in files.read(trust_file(), _MOST).splitlines():
            # a broken line trusts nothing
            with suppress(ValueError, KeyError, TypeError):
                said = json.loads(line)
                found.append((str(said["workspace"]), str(said["setting"])))
    return found
