"""Files that a user names: written whole or not at all, and never over what is somebody's own.

A workspace remembers the files that it wrote, by address and digest. What is there and is none
of them, or was changed since, is the user's: a note, an article, the decisions, anything else.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from waygraph import files
from waygraph.config import DECISIONS, Workspace
from waygraph.errors import StoreError, WaygraphNotice

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

_MANIFEST = "outputs.json"
_MOST, _AT_ONCE = 100_000_000, 1_000_000
_SHOWN = 3
_ANEW = (
    "remove it: what waygraph wrote is then overwritten with --force alone, and is read as a note "
    "where it lies among your notes"
)
# What was named -> address of each of its files -> digests of what waygraph wrote there:
# while a file is being replaced, of what is there and of what is to be.
Manifest = dict[str, dict[str, list[str]]]
Outputs = Sequence[tuple[Path, Iterable[str]]]


def write_output(
    place: Workspace, named: Path, outputs: Outputs, *, force: bool = False
) -> list[Path]:
    """Write the files that an output comes to, and remember them as waygraph's own.

    Args:
        place: the workspace it is an output of.
        named: the file or folder that the user named.
        outputs: where to write, and what, piece by piece.
        force: whether what is not waygraph's own may be overwritten too.

    Raises:
        StoreError: a file is there that is not waygraph's own, then nothing is written; or it
            cannot be written.
    """
    try:
        manifest = _read(place)
    except StoreError:
        if not force:
            raise
        manifest = {}
    if not force:
        _refuse(place, _written(manifest), [file for file, _ in outputs])
    staged: list[tuple[Path, Path]] = []
    fresh: dict[str, str] = {}
    try:
        for file, pieces in outputs:
            digest = sha256()
            with _writing(file):
                staged.append((files.stage(file, _told(pieces, digest)), file))
            fresh[place.address(file)] = digest.hexdigest()
        before = manifest.get(place.address(named), {})
        both = {a: [*before.get(a, ()), digest] for a, digest in fresh.items()}
        _remember(place, manifest, named, before | both)
        for new, file in staged:
            with _writing(file):
                new.replace(file)
        _remember(place, manifest, named, before | {a: [d] for a, d in fresh.items()})
    finally:
        for new, _ in staged:
            files.discard(new)
    return [file for file, _ in outputs]


def drop_old(place: Workspace, named: Path, kept: Iterable[Path]) -> None:
    """Remove what an output wrote and is not among its ``kept`` any longer.

    What was changed since stays, which is told, and is the user's from now on.
    """
    manifest = _read(place)
    keep = {place.address(file) for file in kept}
    known = manifest.get(place.address(named), {})
    old = {a: digests for a, digests in known.items() if a not in keep}
    if not old:
        return
    changed = []
    for address, digests in old.items():
        file = place.root / address
        if _digest(file) in digests:
            with suppress(OSError):
                file.unlink()
        elif os.path.lexists(file):
            changed.append(file.name)
    _remember(place, manifest, named, {a: d for a, d in known.items() if a in keep})
    if changed:
        warnings.warn(
            f"{named}: no longer part of the export, and kept because changed by hand: "
            f"{_some(changed)}",
            WaygraphNotice,
            stacklevel=2,
        )


def outputs_of(place: Workspace, named: Path) -> set[str]:
    """The addresses of the files that the workspace wrote when ``named`` was named."""
    return set(_read(place).get(place.address(named), ()))


def own_outputs(place: Workspace) -> Mapping[str, list[str]]:
    """Address -> the digests (SHA-256) of what the workspace wrote there."""
    return _written(_read(place))


def _written(manifest: Manifest) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for known in manifest.values():
        for address, digests in known.items():
            found.setdefault(address, []).extend(digests)
    return found


def _refuse(place: Workspace, known: Mapping[str, list[str]], targets: Sequence[Path]) -> None:
    """Say which files are not waygraph's own.

    Raises:
        StoreError: there are any.
    """
    decisions = os.path.realpath(place.root / DECISIONS)
    inside = os.path.realpath(place.folder) + os.sep
    strange = []
    for file in targets:
        real = os.path.realpath(file)
        if real == decisions or real.startswith(inside):
            raise StoreError(
                f"{file} is where waygraph keeps {'decisions' if real == decisions else 'its own'}",
                "name another file, or overwrite it with --force",
            )
        there = os.path.lexists(file)
        if there and _digest(file) not in known.get(place.address(file), ()):
            strange.append(str(file))
    if strange:
        raise StoreError(
            f"{_some(strange)}: there already, and not as this workspace wrote it",
            "name another file, or overwrite it with --force",
        )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _digest(file: Path) -> str:
    """The digest of a file's bytes; empty if it cannot be read, or is no file."""
    digest = sha256()
    try:
        with files.open_to_read(file) as data:
            while part := data.read(_AT_ONCE):
                digest.update(part)
    except OSError:
        return ""
    return digest.hexdigest()


def _told(pieces: Iterable[str], digest: Hash) -> Iterator[bytes]:
    """The pieces as bytes, which the digest is told of."""
    for piece in pieces:
        data = piece.encode("utf-8")
        digest.update(data)
        yield data


@contextmanager
def _writing(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"cannot write {file}: {error.strerror}", "name another file") from None


def _read(place: Workspace) -> Manifest:
    """What the workspace wrote.

    Raises:
        StoreError: that cannot be told any more.
    """
    from waygraph.sealed import unsealed

    file = place.folder / _MANIFEST
    try:
        # an older waygraph left it unsealed
        found = json.loads(unsealed(files.read(file, _MOST).decode("utf-8")))
        return {
            str(named): {str(a): [str(d) for d in digests] for a, digests in known.items()}
            for named, known in found.items()
        }
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StoreError(f"cannot read {file}: {error.strerror}", _ANEW) from None
    except (ValueError, AttributeError, TypeError):
        raise StoreError(f"{file} was damaged", _ANEW) from None


def _remember(
    place: Workspace, manifest: Manifest, named: Path, written: Mapping[str, list[str]]
) -> None:
    from waygraph.sealed import write_sealed

    manifest[place.address(named)] = dict(written)
    there = {
        output: {a: d for a, d in known.items() if a in written or (place.root / a).exists()}
        for output, known in sorted(manifest.items())
    }
    text = json.dumps({output: known for output, known in there.items() if known}, indent=1)
    try:
        write_sealed(place.folder / _MANIFEST, text)
    except StoreError as error:
        warnings.warn(
            f"{named}: when it is written again, --force is needed: {error.message}",
            WaygraphNotice,
            stacklevel=3,
        )
