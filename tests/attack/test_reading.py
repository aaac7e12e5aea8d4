"""What one document does to a parser is that document's loss: it is told, the others are read."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from waygraph import files
from waygraph.app.cli import app
from waygraph.app.paths import _items
from waygraph.config import make_workspace
from waygraph.errors import ReadError
from waygraph.model import Failure
from waygraph.read import reader_process
from waygraph.read.corpus import Source, load, scan
from waygraph.read.note import read_source
from waygraph.read.reader_process import Limits, read_note, read_page
from waygraph.read.web.article import read_article
from waygraph.read.web.seeds import replies_in

FINE = b"# Heap\n\nA heap is a *tree*: see [[graph]].\n"
DEEP_KEY = b"+++\ntitle = 'A'\n" + b".".join([b"a"] * 1_500) + b" = 1\n+++\n# A\n"
LONG_NUMBER = b"+++\ntitle = 'A'\na = 0x" + b"f" * 4_000 + b"\n+++\n# A\n"


def read_all(place: Path, notes: dict[str, bytes]) -> tuple[list[str], dict[str, str]]:
    """The addresses of what was read of these notes, and of what was not, why."""
    from waygraph.app.reading import read_notes
    from waygraph.read.snapshots import Snapshots

    for name, data in notes.items():
        (place / name).write_bytes(data)
    workspace = make_workspace(place)
    with Snapshots(workspace.folder / "documents.sqlite") as snapshots:
        done = read_notes(workspace, snapshots, [place], lambda *_: None)
        return snapshots.addresses(), {f.address: f.reason for f in done.failures}


def test_the_process_reads_what_is_read_here() -> None:
    assert read_note("heap.md", FINE) == read_source("heap.md", FINE)
    page = read_page(
        "https://e.org/a", b"<html><title>A</title><p>The heap is a tree.", "text/html"
    )
    assert page.document.title == "A"


def test_a_refusal_names_its_line() -> None:
    with pytest.raises(ReadError, match="0xff is not UTF-8") as told:
        read_note("heap.md", b"a\n\xff")
    assert told.value.line == 2
    assert told.value.hint


@pytest.mark.parametrize("matter", [DEEP_KEY, LONG_NUMBER])
def test_front_matter_too_deep_or_too_long_is_read_line_by_line(matter: bytes) -> None:
    document = read_source("a.md", matter)
    assert document.title == "A"
    assert "not TOML" in document.warnings[0]


@pytest.fixture
def obeying(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process whose parser does what a note that begins with "do " says, as no parser should."""
    code = """if True:
        import os, re
        import waygraph.read.note as note
        from waygraph.read.markdown import read_markdown
        def read_source(address, data):
            if data.startswith(b"do "):
                exec(data[3:])
            return read_markdown(address, data)
        note.read_source = read_source
        from waygraph.read.reader_process import _serve
        _serve()
    """

    def start(_: str, stdin: int, stdout: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", "-c", code]
        return subprocess.Popen(command, stdin=stdin, stdout=stdout)

    monkeypatch.setattr(reader_process, "start_child", start)
    monkeypatch.setattr(reader_process, "_READER", reader_process._Reader())


PROVOKED = {
    b"raise KeyError('odd')": "makes its parser fail (KeyError: 'odd')",
    b"raise SystemExit(3)": "makes its parser fail (SystemExit: 3)",
    b"raise KeyboardInterrupt": "makes its parser fail (KeyboardInterrupt: )",
    b"read_source(address, data)": "is nested too deep to be read",
    b"bytearray(1 << 40)": "takes more than 2,000 MB of memory to read",
    b"os.abort()": "makes its parser crash (its process ended with -6)",
    b"os.kill(os.getpid(), 9)": "could not be read: its process was killed, perhaps for lack of"
    " memory",
    b"os._exit(3)": "makes its parser crash (its process ended with 3)",
}


@pytest.mark.slow
@pytest.mark.usefixtures("obeying")
def test_whatever_one_note_provokes_the_others_are_read(tmp_path: Path) -> None:
    notes = {"a.md": FINE, "z.md": FINE}
    notes |= {f"{n}.md": b"do " + does for n, does in enumerate(PROVOKED)}
    read, failures = read_all(tmp_path, notes)
    assert read == ["a.md", "z.md"]
    assert failures == {f"{n}.md": told for n, told in enumerate(PROVOKED.values())}


@pytest.mark.slow
@pytest.mark.usefixtures("obeying")
def test_a_note_that_takes_too_much_is_told() -> None:
    quick, small = Limits(seconds=0.5), Limits(memory=1_000_000_000)
    began = time.process_time()
    for does, limits, told in (
        (b"[0 for _ in iter(int, 1)]", quick, "longer than 0.5 seconds"),
        (b"re.match('(a*)*b', 'a' * 99)", quick, "longer than 0.5 seconds"),
        (b"[b'a' * n for n in range(1, 1 << 20)]", small, "more than 1,000 MB of memory"),
    ):
        with pytest.raises(ReadError, match=told):
            read_note("b.md", b"do " + does, limits)
        assert read_note("a.md", FINE).title == "Heap"
    assert time.process_time() - began < 1.0  # it is not read here


def link_out(note: Path, secret: Path) -> None:
    note.symlink_to(secret)


def folder_out(note: Path, secret: Path) -> None:
    note.parent.rmdir()
    note.parent.symlink_to(secret.parent)


def pipe(note: Path, _: Path) -> None:
    os.mkfifo(note)


def device(note: Path, _: Path) -> None:
    note.symlink_to("/dev/zero")


def folder(note: Path, _: Path) -> None:
    note.mkdir()


def nothing(_: Path, __: Path) -> None:
    pass


@pytest.mark.parametrize("swap", [link_out, folder_out, pipe, device, folder, nothing])
def test_a_note_swapped_after_it_was_found_is_not_read(
    tmp_path: Path, swap: Callable[[Path, Path], None]
) -> None:
    note, secret = tmp_path / "notes" / "sub" / "a.md", tmp_path / "secret" / "a.md"
    for file in (note, secret):
        file.parent.mkdir(parents=True)
        file.write_text("# Secret\n")
    top = tmp_path / "notes"
    (found,) = scan([top], top)
    assert isinstance(found, Source)
    assert load(found) == b"# Secret\n"
    note.unlink()
    swap(note, secret)
    told = load(found)
    assert isinstance(told, Failure)
    assert told.address == "sub/a.md"


def test_a_folder_swapped_while_the_way_is_gone_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the swap comes between asking where a path leads and opening it."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "a.md").write_text("# Secret\n")
    (tmp_path / "notes" / "sub").symlink_to(tmp_path / "secret")
    monkeypatch.setattr(os.path, "realpath", os.path.abspath)
    with pytest.raises(OSError, match=r"Not a directory|symbolic links"):
        files.read_inside(tmp_path / "notes", tmp_path / "notes" / "sub" / "a.md", 100)


def test_files_of_questions_are_no_pipes(tmp_path: Path) -> None:
    file = tmp_path / "pipe"
    os.mkfifo(file)
    (told,) = replies_in(file)
    assert told == Failure(str(file), "it is a pipe")
    with pytest.raises(ReadError, match="it is a pipe"):
        list(_items(file))
    done = CliRunner().invoke(app, ["query", "--file", str(file)])
    assert "it is a pipe" in str(done.exception) + done.output


def test_a_page_of_too_many_attributes_is_refused() -> None:
    page = b"<html><p " + b" ".join(b"a%d=b" % n for n in range(3_000)) + b">The heap."
    with pytest.raises(ReadError, match="more than 2,000 attributes"):
        read_article("https://e.org/a", page, "text/html")


@pytest.mark.parametrize("where", ["record", "reply", "between"])
def test_an_archive_of_endless_headers_is_refused(tmp_path: Path, where: str) -> None:
    lines = b"a: b\r\n" * 500_000
    body = b"HTTP/1.1 200 OK\r\n" + (lines if where == "reply" else b"") + b"\r\n<html>A"
    record = (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://e.org/a\r\n%b"
        b"Content-Length: %d\r\n\r\n%b\r\n\r\n"
    ) % (lines if where == "record" else b"", len(body), body)
    record += b"\r\n" * (500_000 if where == "between" else 0)
    file = tmp_path / "pages.warc.gz"
    file.write_bytes(gzip.compress(record))
    *_, told = replies_in(file)
    assert isinstance(told, Failure)
    assert "more than 256,000 bytes of headers" in told.reason
