"""Files with our names that a folder of notes brings: links, pipes, other names of other files."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import waygraph
from waygraph import files
from waygraph.app.decisions import append_decision, read_decisions, write_lines
from waygraph.config import DECISIONS, Workspace, find_workspace, make_workspace
from waygraph.decisions import parse_statement
from waygraph.errors import SettingsError, StoreError
from waygraph.read.web.archive import Archive
from waygraph.read.web.reply import Reply

VICTIM = "export PATH=/usr/bin\n"


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    (tmp_path / "notes").mkdir()
    return make_workspace(tmp_path / "notes")


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    file = tmp_path / "profile"
    file.write_text(VICTIM)
    return file


PLANTS: list[Callable[[Path, Path], object]] = [
    lambda path, victim: path.symlink_to(victim),
    lambda path, victim: path.hardlink_to(victim),
    lambda path, victim: path.symlink_to(victim.with_name("absent")),
    lambda path, victim: os.mkfifo(path),
    lambda path, victim: path.mkdir(),
]


@pytest.mark.parametrize("plant", PLANTS)
def test_a_decision_is_written_into_the_decisions_file_alone(
    place: Workspace, victim: Path, plant: Callable[[Path, Path], object]
) -> None:
    plant(place.root / DECISIONS, victim)
    with pytest.raises(StoreError) as told:
        append_decision(place, parse_statement(["know", "graph"]), "ann")
    assert DECISIONS in told.value.message
    assert told.value.hint
    with pytest.raises(StoreError):
        write_lines(place, ["2026-11-25T16:37:56.984Z ann know graph"])
    assert victim.read_text() == VICTIM
    assert not victim.with_name("absent").exists()


def test_decisions_are_read_from_no_device(place: Workspace) -> None:
    (place.root / DECISIONS).symlink_to("/dev/zero")
    with pytest.raises(StoreError, match="symbolic link"):
        read_decisions(place)


@pytest.mark.parametrize("plant", PLANTS)
def test_git_is_told_in_the_attributes_file_alone(
    place: Workspace, victim: Path, plant: Callable[[Path, Path], object]
) -> None:
    (place.root / ".git").mkdir()
    plant(place.root / ".gitattributes", victim)
    append_decision(place, parse_statement(["know", "graph"]), "ann")
    assert [d.statement() for d in read_decisions(place).all] == ["know graph"]
    assert victim.read_text() == VICTIM
    assert not victim.with_name("absent").exists()


def test_what_is_replaced_is_the_link(tmp_path: Path, victim: Path) -> None:
    path = tmp_path / "notes.ttl"
    path.symlink_to(victim)
    files.replace(path, [b"a", b"b"])
    assert path.read_bytes() == b"ab"
    assert not path.is_symlink()
    assert victim.read_text() == VICTIM


def test_what_is_replaced_is_no_pipe_and_no_device(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/null"), tmp_path):
        with pytest.raises(OSError, match="it is a"):
            files.replace(path, [b"a"])


def test_a_private_file_stays_private(tmp_path: Path) -> None:
    path = tmp_path / "notes.ttl"
    files.replace(path, [b"a"], files.PRIVATE)
    assert path.stat().st_mode & 0o777 == 0o600
    files.replace(path, [b"b"])
    assert path.stat().st_mode & 0o777 == 0o600


def test_of_a_large_file_not_more_is_read_than_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"a" * 10)
    assert files.read(path, 10) == b"a" * 10
    with pytest.raises(OSError, match="more than 9 bytes"):
        files.read(path, 9)


def test_half_a_line_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "decisions"
    files.append(path, b"one\n")
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:2]))
    with pytest.raises(OSError, match="No space"):
        files.append(path, b"two\n")
    assert path.read_bytes() == b"one\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "decisions"
    path.write_bytes(b"")
    os.chown(path, 12345, -1)
    with pytest.raises(OSError, match="another user"):
        files.append(path, b"one\n")
    os.chown(tmp_path, 12345, -1)
    files.append(path, b"one\n")
    assert path.read_bytes() == b"one\n"


def test_a_workspace_with_a_link_in_it_is_not_used(place: Workspace, tmp_path: Path) -> None:
    (place.folder / "articles").mkdir()
    (place.folder / "articles" / "index.sqlite").symlink_to(tmp_path / "profile")
    for use in (find_workspace, make_workspace):
        with pytest.raises(SettingsError, match=r"index\.sqlite is a symbolic link"):
            use(place.root)


SECRET = "quixotrophic"


def holding(folder: Path, secret: str) -> set[str]:
    """Which files hold a word, as it is or in what they have compressed."""
    found = set()
    for path in folder.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        pieces = [data, *unpacked(data)]
        if any(secret.encode() in piece for piece in pieces):
            found.add(path.relative_to(folder).as_posix())
    return found


def unpacked(data: bytes) -> Iterator[bytes]:
    for found in re.finditer(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b", data):
        try:
            yield zlib.decompressobj(47).decompress(data[found.start() :])
        except zlib.error:
            continue


@pytest.mark.slow
def test_what_was_deleted_is_found_nowhere_once_compacted(tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text(f"# Queues\n\nA **{SECRET} queue** is a list that is {SECRET}.\n" * 40)
    (tmp_path / "heap.md").write_text("# Heaps\n\nA **heap** is a *tree*. A heap is a graph.\n")
    umask = os.umask(0o022)
    try:
        place = waygraph.ingest([tmp_path], tmp_path).workspace
        assert holding(place.folder, SECRET)
        secret.unlink()
        done = waygraph.ingest([tmp_path], tmp_path)
        assert done.dropped == 1
        assert holding(place.folder, SECRET)  # its bytes lie there until their room is needed
        before = waygraph.export(place)
        done = waygraph.ingest([tmp_path], tmp_path, compact=True)
        assert (done.read, done.dropped) == (0, 0)
        assert holding(place.folder, SECRET) == set()
        assert waygraph.export(place) == before
        assert waygraph.learning_path(place, "heap").steps
    finally:
        os.umask(umask)
    modes = {path: path.stat().st_mode & 0o777 for path in place.folder.rglob("*")}
    assert place.folder.stat().st_mode & 0o777 == 0o700
    assert set(modes.values()) == {0o600, 0o700}
    assert all((mode == 0o700) == path.is_dir() for path, mode in modes.items())


def test_an_archive_is_copied_without_what_nobody_wants(tmp_path: Path) -> None:
    def reply(url: str, body: bytes, status: int = 200, **headers: str) -> Reply:
        fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        return Reply(url, status, "", fields, body, "2026-11-25T16:37:56+00:00")

    base = "https://example.org"
    with Archive(tmp_path / "old") as old, Archive(tmp_path / "new") as new:
        old.put(reply(f"{base}/a", SECRET.encode()))  # an older word on the page
        old.put(reply(f"{base}/a", b"this one"))
        old.put(reply(f"{base}/b", SECRET.encode()))
        old.put(reply(f"{base}/c", b"", 301, location=f"{base}/a"))
        old.put(reply(f"{base}/robots.txt", b"User-agent: *"))
        old.copy([f"{base}/c", f"{base}/nowhere"], new)
        assert new.urls() == [f"{base}/a", f"{base}/c", f"{base}/robots.txt"]
        kept = new.get(f"{base}/a")
        assert kept
        assert kept.body == b"this one"
    assert holding(tmp_path / "old", SECRET)
    assert not holding(tmp_path / "new", SECRET)
