"""Small text files of the workspace that tell whether they are as they were written."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

from waygraph import files
from waygraph.errors import FULL_DISK, StoreError, remedy

_SEAL = "\n# crc32 "


def write_sealed(file: Path, text: str) -> None:
    """Write a text with its CRC-32 in a last line: the whole of it, or what was there stays.

    Raises:
        StoreError: it cannot be written.
    """
    write_whole(file, f"{text}{_SEAL}{_checksum(text)}\n")


def read_sealed(file: Path, anew: str) -> str:
    """The text that was written to a file.

    Args:
        file: which.
        anew: how the file is had again if it was damaged.

    Raises:
        FileNotFoundError: there is none.
        StoreError: it is not as it was written, or cannot be read.
    """
    try:
        text, seal, checksum = file.read_bytes().decode("utf-8").rpartition(_SEAL)
    except UnicodeDecodeError:
        text = seal = checksum = ""
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreError(f"cannot read {file}: {error.strerror}", remedy(error, anew)) from None
    if not seal or checksum != f"{_checksum(text)}\n":
        raise StoreError(f"{file} was damaged, or is of another waygraph", anew)
    return text


def unsealed(text: str) -> str:
    """The text of a file that may be sealed, or written by hand.

    Raises:
        ValueError: it is sealed, and not as it was written.
    """
    said, seal, checksum = text.rpartition(_SEAL)
    if seal and checksum != f"{_checksum(said)}\n":
        raise ValueError("it was damaged")
    return said if seal else text


def write_whole(file: Path, text: str) -> None:
    """Write a file of the workspace: the whole text, or what was there before stays.

    Raises:
        StoreError: it cannot be written.
    """
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        files.replace(file, [text.encode()], files.PRIVATE)
    except OSError as error:
        raise StoreError(
            f"cannot write {file}: {error.strerror}", remedy(error, FULL_DISK)
        ) from None


def _checksum(text: str) -> str:
    return f"{crc32(text.encode('utf-8')):08x}"
