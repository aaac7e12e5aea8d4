"""Large lists of terms that others made: titles of an encyclopedia, nouns of a dictionary.

They are read once: what is looked up later is kept in the workspace, until a list changes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from waygraph import files
from waygraph.errors import SettingsError
from waygraph.term_list import folded, hashes_of, packed

MOST_BYTES = 500_000_000
# Read together, and the longest line.
_PART = 1 << 22
# Changes whenever the same lists come to other hashes.
_VERSION = b"1"
_DIGEST = 32


def read_background_terms(paths: Sequence[Path], kept: Path) -> bytes:
    """The terms of lists, as ``term_list.TermList`` takes them; empty for no lists.

    Each is UTF-8 text with a term a line, other names of it behind ``|``; lines that begin with
    ``#`` are passed over.

    Args:
        paths: the lists.
        kept: a file that keeps what they came to. One that is damaged is made anew.

    Raises:
        SettingsError: a list cannot be read; names the file and the line.
    """
    if not paths:
        kept.unlink(missing_ok=True)
        return b""
    lists = bytes.fromhex(digest_of_lists(paths))
    found = _kept(kept, lists)
    if found is None:
        found = packed(one for path in paths for one in _hashes(path))
        files.replace(kept, [lists, sha256(found).digest(), found], files.PRIVATE)
    return found


def digest_of_lists(paths: Sequence[Path]) -> str:
    """A digest, in hex, of what the lists hold and how it is read.

    Raises:
        SettingsError: a list cannot be read.
    """
    try:
        return sha256(_VERSION + b"".join(map(_digest, paths))).hexdigest()
    except OSError as error:
        raise _unreadable(Path(str(error.filename)), error) from None


def _digest(path: Path) -> bytes:
    digest = sha256()
    with files.open_to_read(path) as file:
        if os.fstat(file.fileno()).st_size > MOST_BYTES:
            raise OSError(0, f"it has more than {MOST_BYTES:,} bytes", str(path))
        while part := file.read(_PART):
            digest.update(part)
    return digest.digest()


def _kept(file: Path, lists: bytes) -> bytes | None:
    """What a file keeps of these lists; None if it does not, or was damaged."""
    try:
        data = file.read_bytes()
    except OSError:
        return None
    head, checked, found = data[:_DIGEST], data[_DIGEST : 2 * _DIGEST], data[2 * _DIGEST :]
    return found if head == lists and checked == sha256(found).digest() else None


def _hashes(path: Path) -> Iterator[int]:
    line = 1
    for part in _parts(path):
        try:
            text = part.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            at = line + part[: error.start].count(b"\n")
            raise SettingsError(f"{path}:{at}: the list is not UTF-8", "save it as UTF-8") from None
        line += part.count(b"\n") + 1
        lines = (one for one in folded(text).splitlines() if not one.startswith("#"))
        yield from hashes_of(name for one in lines for name in one.split("|"))


def _parts(path: Path) -> Iterator[bytes]:
    """A file in parts of whole lines."""
    rest = b""
    with files.open_to_read(path) as file:
        while part := file.read(_PART):
            lines, newline, rest = (rest + part).rpartition(b"\n")
            if newline:
                yield lines
            elif len(rest) > _PART:
                raise SettingsError(
                    f"{path}: it is no list of terms: a line has more than {_PART:,} bytes",
                    "write a term a line",
                )
    yield rest


def _unreadable(path: Path, error: OSError) -> SettingsError:
    return SettingsError(
        f"{path}: the list of terms cannot be read: {error.strerror}",
        "mend `background` in .waygraph/settings.toml; paths are relative to the corpus root",
    )
