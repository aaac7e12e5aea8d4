"""Files beside the notes, opened so that none leads elsewhere.

A folder of notes may come from others, with links, pipes and devices in it under the names that
are read and written here. So the last part of a path is never followed if it is a symbolic link,
what is opened is a regular file, and nobody waits for the other end of a pipe.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

# A system without these has no such links and pipes in its folders.
_STRAIGHT = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)
PRIVATE = 0o600  # of files for nobody else
SHARED = 0o666  # of files for whom the user's umask lets read them


def open_to_read(path: Path) -> BinaryIO:
    """Open a regular file; ``strerror`` of what is raised says what it is instead.

    Raises:
        OSError: there is none, it may not be read, or it is a link, a folder, a pipe or a device.
    """
    return os.fdopen(_opened(path, os.O_RDONLY), "rb")


def read(path: Path, most: int) -> bytes:
    """The bytes of a regular file.

    Args:
        path: the file.
        most: how many bytes it may have.

    Raises:
        OSError: as from ``open_to_read``, or it has more.
    """
    with open_to_read(path) as file:
        return _bounded(file, path, most)


def _bounded(file: BinaryIO, path: Path, most: int) -> bytes:
    data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", str(path))
    return data


def read_inside(top: Path, path: Path, most: int) -> bytes:
    """The bytes of a regular file that lies in a folder, or is linked in it to another there.

    Whatever changes meanwhile, nothing outside the folder is opened: each part of the way from
    it is opened in turn, and none is followed if it is a link.

    Args:
        top: the folder.
        path: the file, below it.
        most: how many bytes it may have.

    Raises:
        OSError: as from ``read``, or it leads out of the folder.
    """
    if not hasattr(os, "O_NOFOLLOW"):
        return read(Path(os.path.realpath(path)), most)
    real = os.path.realpath(top)
    way = Path(os.path.relpath(os.path.realpath(path), real)).parts
    if os.pardir in way:
        raise OSError(errno.EXDEV, "it is a symbolic link that leads out of the folder", str(path))
    *folders, name = way
    at = os.open(real, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for folder in folders:
            within = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = within
        descriptor = os.open(name, os.O_RDONLY | _STRAIGHT, dir_fd=at)
    finally:
        os.close(at)
    with os.fdopen(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise _strange(path, mode)
        return _bounded(file, path, most)


def append(path: Path, data: bytes) -> None:
    """Add bytes to the end of a file, made if there is none: all of them or none, on the disk.

    The file must be the user's, or of who owns the folder that it lies in, and have no other name.

    Raises:
        OSError: as from ``open_to_read``, it is another's or has another name, or there is no
            room.
    """
    descriptor = _opened(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        found = os.fstat(descriptor)
        if found.st_nlink > 1:
            raise OSError(errno.EMLINK, "the file has another name, under which it would change",
                          str(path))  # fmt: skip
        if hasattr(os, "geteuid"):
            owners = (os.geteuid(), path.parent.stat().st_uid)
            if found.st_uid not in owners:
                raise OSError(errno.EPERM, "it belongs to another user", str(path))
        # one write at the end of the file: no other writer's line is torn
        if os.write(descriptor, data) < len(data):
            # a full disk takes a part
            os.ftruncate(descriptor, found.st_size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(path: Path, pieces: Iterable[bytes], mode: int = SHARED) -> None:
    """Write a file: all of it, or what was there stays.

    A link of that name is replaced, not followed; a file keeps its permissions.

    Args:
        path: the file.
        pieces: its bytes, one after another.
        mode: the permissions of a file that is new, less the user's umask.

    Raises:
        OSError: it cannot be written, or a folder, a pipe or a device has its name.
    """
    new = stage(path, pieces, mode)
    try:
        new.replace(path)
    finally:
        discard(new)


def stage(path: Path, pieces: Iterable[bytes], mode: int = SHARED) -> Path:
    """Write beside a file what is to take its place, and give the new file's path.

    The arguments and errors are those of ``replace``.
    """
    with suppress(FileNotFoundError):
        found = path.lstat()
        if stat.S_ISREG(found.st_mode):
            mode &= stat.S_IMODE(found.st_mode)
        elif not stat.S_ISLNK(found.st_mode):
            raise _strange(path, found.st_mode)
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _STRAIGHT
        with os.fdopen(os.open(new, flags, mode), "wb") as file:
            file.writelines(pieces)
    except BaseException:
        discard(new)
        raise
    return new


def discard(new: Path) -> None:
    """Remove a staged file, if it is still there."""
    # where nothing may be written, nothing may be removed either
    with suppress(OSError):
        new.unlink(missing_ok=True)


def _opened(path: Path, flags: int) -> int:
    try:
        descriptor = os.open(path, flags | _STRAIGHT, SHARED)
    except OSError as error:
        # what stands there says more than what the system says of it
        try:
            mode = path.lstat().st_mode
        except OSError:
            raise error from None
        raise (error if stat.S_ISREG(mode) else _strange(path, mode)) from None
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise _strange(path, mode)
    return descriptor


def _strange(path: Path, mode: int) -> OSError:
    kinds = {
        stat.S_IFLNK: (errno.ELOOP, "it is a symbolic link, which is not followed"),
        stat.S_IFDIR: (errno.EISDIR, "it is a folder"),
        stat.S_IFIFO: (errno.EINVAL, "it is a pipe"),
        stat.S_IFSOCK: (errno.EINVAL, "it is a socket"),
    }
    return OSError(*kinds.get(stat.S_IFMT(mode), (errno.EINVAL, "it is a device")), str(path))
