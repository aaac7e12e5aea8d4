"""The corpus: which files are notes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from waygraph.model import Failure
from waygraph.read import corpus
from waygraph.read.corpus import Source, load, scan

NOBODY = 65534


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user of the machine may enter."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(os.path.realpath(name))
        folder.chmod(0o755)
        yield folder


@contextmanager
def unprivileged() -> Iterator[None]:
    """As a user whom permissions bind; the superuser reads everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def write(root: Path, *addresses: str) -> None:
    for address in addresses:
        path = root / address
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {address}\n", encoding="utf-8")


def addresses(*paths: Path, root: Path) -> list[str]:
    found = list(scan(paths, root))
    assert not [f for f in found if isinstance(f, Failure)]
    return [f.address for f in found]


def failures(*paths: Path, root: Path) -> list[str]:
    return [str(f) for f in scan(paths, root) if isinstance(f, Failure)]


# --- scan -------------------------------------------------------------------------------


def test_notes_come_in_a_fixed_order(tmp_path: Path) -> None:
    write(tmp_path, "b.md", "a/z.md", "a/b/x.md", "B.md", "a.markdown", "ä.md", "c/.hidden.md")
    write(tmp_path, "a/y.MD", "a/note.rst", "a/README", "a/x.mdz")
    expected = [
        "B.md", "a.markdown", "b.md", "ä.md", "a/y.MD", "a/z.md", "a/b/x.md", "c/.hidden.md",
    ]  # fmt: skip
    assert addresses(tmp_path, root=tmp_path) == expected


def test_built_and_hidden_folders_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "_site/b.md", "x/node_modules/c.md", ".git/d.md", "x/__pycache__/e.md")
    write(tmp_path, "lib/site-packages/f.md", ".waygraph/g.md", "site/h.md")
    assert addresses(tmp_path, root=tmp_path) == ["a.md", "site/h.md"]
    assert addresses(tmp_path / ".git", root=tmp_path) == [".git/d.md"]


def test_paths_may_be_files_or_folders_anywhere(tmp_path: Path) -> None:
    write(tmp_path, "notes/b.md", "notes/a.md", "other/c.md")
    root = tmp_path / "notes"
    found = addresses(tmp_path / "other" / "c.md", root, root / ".." / "other", root=root)
    assert found == ["../other/c.md", "a.md", "b.md", "../other/c.md"]


def test_paths_are_taken_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "notes/a.md")
    monkeypatch.chdir(tmp_path / "notes")
    assert addresses(Path("a.md"), Path(), root=tmp_path) == ["notes/a.md", "notes/a.md"]


def test_what_cannot_be_a_note(tmp_path: Path) -> None:
    write(tmp_path, "a.rst")
    missing, text = tmp_path / "missing", tmp_path / "a.rst"
    assert failures(missing, text, root=tmp_path) == [
        f"{missing}: does not exist",
        f"{text}: is no note (.md, .markdown, .mdx, .org, .txt, .ipynb)",
    ]


def test_a_missing_note_fails_when_it_is_loaded(tmp_path: Path) -> None:
    (source,) = scan([tmp_path / "a.md"], tmp_path)
    assert isinstance(source, Source)
    assert load(source) == Failure("a.md", "no such file or directory")


def test_links_to_files_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "notes/a.md", "secret.md")
    notes = tmp_path / "notes"
    write(notes, ".kept/b.md")
    (notes / "inside.md").symlink_to(".kept/b.md")
    (notes / "outside.md").symlink_to(tmp_path / "secret.md")
    (notes / "up.md").symlink_to("../secret.md")
    found = list(scan([notes], notes))
    assert [f.address for f in found if isinstance(f, Source)] == ["a.md", "inside.md"]
    reason = "is a symbolic link that leads out of the notes"
    assert [f for f in found if isinstance(f, Failure)] == [
        Failure("outside.md", reason),
        Failure("up.md", reason),
    ]
    assert failures(notes / "up.md", root=notes) == [f"up.md: {reason}"]


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "notes/a.md", "other/b.md")
    (tmp_path / "notes" / "other").symlink_to(tmp_path / "other")
    (tmp_path / "notes" / "loop").symlink_to(tmp_path / "notes")
    assert addresses(tmp_path / "notes", root=tmp_path) == ["notes/a.md"]


def test_a_linked_folder_may_be_named_itself(tmp_path: Path) -> None:
    write(tmp_path, "real/a.md", "real/.kept/c.md")
    (tmp_path / "real" / "b.md").symlink_to("a.md")
    (tmp_path / "real" / "c.md").symlink_to(".kept/c.md")
    (tmp_path / "link").symlink_to("real")
    assert addresses(tmp_path / "link", root=tmp_path) == ["link/a.md", "link/c.md"]


def test_a_file_is_read_once_by_its_own_name(tmp_path: Path) -> None:
    write(tmp_path, "b/note.md", ".kept/c.md")
    (tmp_path / "a.md").symlink_to("b/note.md")
    (tmp_path / "b" / "z.md").symlink_to("../a.md")
    (tmp_path / "one.md").symlink_to(".kept/c.md")
    (tmp_path / "two.md").symlink_to("one.md")
    assert addresses(tmp_path, root=tmp_path) == ["b/note.md", "one.md"]


def test_links_that_lead_nowhere_fail_when_they_are_loaded(tmp_path: Path) -> None:
    (tmp_path / "broken.md").symlink_to("nothing.md")
    (tmp_path / "self.md").symlink_to("self.md")
    found = list(scan([tmp_path], tmp_path))
    assert [load(f) for f in found if isinstance(f, Source)] == [
        Failure("broken.md", "no such file or directory"),
        Failure("self.md", "too many levels of symbolic links"),
    ]


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.md")).write_bytes(b"x")
    assert failures(tmp_path, root=tmp_path) == ["\ufffd.md: its name is not UTF-8"]


def test_what_is_closed_fails_and_the_rest_is_read(open_folder: Path) -> None:
    write(open_folder, "a.md", "closed/b.md", "listed/c.md", "d.md")
    (open_folder / "d.md").chmod(0)
    (open_folder / "closed").chmod(0)
    (open_folder / "listed").chmod(0o744)
    try:
        with unprivileged():
            found = list(scan([open_folder, open_folder / "closed" / "b.md"], open_folder))
            data = [load(f) for f in found if isinstance(f, Source)]
    finally:
        (open_folder / "closed").chmod(0o755)
        (open_folder / "listed").chmod(0o755)
    assert data == [b"# a.md\n", Failure("d.md", "permission denied")]
    assert [str(f) for f in found if isinstance(f, Failure)] == [
        "listed/c.md: permission denied",
        "closed: permission denied",
        f"{open_folder}/closed/b.md: permission denied",
    ]


def test_what_is_no_file_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "large.md").write_text("x" * 1_001, encoding="utf-8")
    (tmp_path / "small.md").write_text("x" * 1_000, encoding="utf-8")
    monkeypatch.setattr(corpus, "LARGEST", 1_000)
    found = list(scan([tmp_path], tmp_path))
    assert [load(f) for f in found if isinstance(f, Source)] == [
        Failure("large.md", "it has more than 1,000 bytes"),
        Failure("pipe.md", "it is a pipe"),
        b"x" * 1_000,
    ]
