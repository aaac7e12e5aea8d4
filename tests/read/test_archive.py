"""The archive: what was fetched is kept, found again, verified, and survives a kill."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]
from warcio.checker import Checker  # type: ignore[import-untyped]
from warcio.statusandheaders import StatusAndHeaders  # type: ignore[import-untyped]
from warcio.warcwriter import WARCWriter  # type: ignore[import-untyped]

from waygraph.database import open_to_write
from waygraph.errors import ReadError, StoreError
from waygraph.model import Failure
from waygraph.read.web.archive import Archive
from waygraph.read.web.reply import Reply
from waygraph.read.web.warc import Place, packed, places, unpacked

WHEN = "2024-02-29T12:00:00Z"
HTML = ("Content-Type", "text/html; charset=utf-8")


def reply(
    url: str = "http://e.org/a", body: bytes = b"<p>A</p>", *headers: tuple[str, str]
) -> Reply:
    return Reply(url, 200, "OK", headers or (HTML,), body, WHEN)


def warc_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.warc.gz"))


# --- records ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kept",
    [
        reply(),
        reply(body=b""),
        reply(body=bytes(range(256)) * 300),
        reply("http://e.org/a", b"x", HTML, ("ETag", 'W/"1"'), ("Last-Modified", "then")),
        reply("http://e.org/a", b"x" * 99, HTML, ("Content-Encoding", "gzip")),
        reply("http://e.org/a", b"x", ("Transfer-Encoding", "chunked"), ("X", "")),
        Reply("http://e.org/a?b=%20", 404, "Not Found", (HTML,), b"gone", WHEN),
        Reply("http://e.org/a", 301, "", (("Location", "/b"),), b"", WHEN),
    ],
)
def test_records_round_trip(kept: Reply) -> None:
    assert unpacked(packed(kept, sent=True)) == kept


@settings(max_examples=50)
@given(
    st.binary(max_size=2_000),
    st.lists(
        st.tuples(
            st.from_regex(r"[A-Za-z][A-Za-z-]{0,12}", fullmatch=True).filter(
                lambda name: not name.lower().startswith(("x-crawler", "content-length"))
            ),
            st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30),
        ),
        max_size=5,
    ),
)
def test_any_body_and_headers_round_trip(body: bytes, headers: list[tuple[str, str]]) -> None:
    kept = Reply("http://e.org/", 200, "OK", tuple(headers), body, WHEN)
    assert unpacked(packed(kept, sent=True)) == kept


def test_records_are_the_same_bytes_each_time() -> None:
    assert packed(reply(), sent=True) == packed(reply(), sent=True)


def test_odd_headers_do_not_break_the_record() -> None:
    odd = (("X", "a\r\nInjected: 1"), ("Y", "\udce4 ü"), HTML)
    found = unpacked(packed(Reply("http://e.org/", 200, "O\nK", odd, b"x", WHEN), sent=True))
    assert found is not None
    assert found.body == b"x"
    assert "injected" not in {key.lower() for key, _ in found.headers}
    assert found.header("content-type") == HTML[1]


# --- keeping ----------------------------------------------------------------------------


def test_what_was_put_is_found_again(tmp_path: Path) -> None:
    first, second = reply(), reply("http://e.org/b", b"B", HTML, ("ETag", '"b"'))
    with Archive(tmp_path / "web") as archive:
        archive.put(first)
        archive.put(second)
        assert archive.get(first.url) == first
        assert archive.get("http://e.org/none") is None
    with Archive(tmp_path / "web") as archive:
        assert archive.urls() == ["http://e.org/a", "http://e.org/b"]
        assert archive.get(second.url) == second
        entry = archive.entry(second.url)
        assert entry is not None
        assert (entry.etag, entry.digest, entry.status) == ('"b"', second.digest, 200)
        assert (entry.final, entry.fetched, entry.checked) == (second.url, WHEN, WHEN)
        archive.confirm(second.url, "2025-01-01T00:00:00Z")
        entry = archive.entry(second.url)
        assert entry is not None and entry.checked == "2025-01-01T00:00:00Z"


def test_the_last_reply_counts(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        archive.put(reply(body=b"old"))
        archive.put(reply(body=b"new"))
        found = archive.get("http://e.org/a")
        assert found is not None and found.body == b"new"
    (tmp_path / "index.sqlite").unlink()
    with Archive(tmp_path) as archive:
        found = archive.get("http://e.org/a")
        assert found is not None and found.body == b"new"


def test_redirects_say_where_they_lead(tmp_path: Path) -> None:
    moved = Reply("http://e.org/a/b", 302, "Found", (("Location", "../c#x"),), b"", WHEN)
    with Archive(tmp_path) as archive:
        archive.put(moved)
        entry = archive.entry(moved.url)
    assert entry is not None and entry.final == "http://e.org/c"


def test_files_are_warc_that_others_read(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        archive.put(reply())
        archive.put(reply("http://e.org/b", b"B"), sent=False)
    (path,) = warc_files(tmp_path)
    with path.open("rb") as file:
        records = list(ArchiveIterator(file))
    assert [record.rec_type for record in records] == ["warcinfo", "response", "resource"]
    about = records[1].rec_headers
    assert about.get_header("WARC-Target-URI") == "http://e.org/a"
    assert about.get_header("WARC-Date") == WHEN
    assert about.get_header("WARC-Payload-Digest").startswith("sha256:")
    # whoever made warcio checks our digests and lengths too
    assert Checker(_Arguments([str(path)])).process_all() == 0


class _Arguments:
    verbose = False

    def __init__(self, inputs: list[str]) -> None:
        self.inputs = inputs


def test_files_end_at_a_size(tmp_path: Path) -> None:
    with Archive(tmp_path, file_bytes=2_000) as archive:
        for i in range(6):
            archive.put(reply(f"http://e.org/{i}", os.urandom(700)))
        assert len(warc_files(tmp_path)) > 2
        assert all(archive.get(url) for url in archive.urls())


def test_each_process_writes_files_of_its_own(tmp_path: Path) -> None:
    with Archive(tmp_path) as one, Archive(tmp_path) as other:
        one.put(reply("http://e.org/1"))
        other.put(reply("http://e.org/2"))
        one.put(reply("http://e.org/3"))
        assert one.urls() == other.urls() == [f"http://e.org/{i}" for i in (1, 2, 3)]
        assert len(warc_files(tmp_path)) == 2


def test_threads_may_share_an_archive(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:

        def work(number: int) -> None:
            for i in range(20):
                archive.put(reply(f"http://e.org/{number}/{i}", f"{number} {i}".encode()))

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for url in archive.urls():
            found = archive.get(url)
            assert found is not None
            assert found.body.decode() == url.removeprefix("http://e.org/").replace("/", " ")
        assert len(archive.urls()) == 80


# --- damage -----------------------------------------------------------------------------


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        archive.put(reply())
        archive.put(reply("http://e.org/b"))
        entry = archive.entry("http://e.org/a")
        assert entry is not None
        path = tmp_path / entry.file
        data = bytearray(path.read_bytes())
        data[entry.offset + entry.length // 2] ^= 0xFF
        path.write_bytes(data)
        with pytest.raises(ReadError, match="damaged"):
            archive.get("http://e.org/a")
        assert archive.get("http://e.org/b") is not None
        path.unlink()
        with pytest.raises(ReadError, match="lost"):
            archive.get("http://e.org/b")


def test_another_payload_in_a_sound_record_is_noticed(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        archive.put(reply(body=b"true"))
        forged = packed(reply(body=b"lies"), sent=True)
        entry = archive.entry("http://e.org/a")
        assert entry is not None
        path = tmp_path / entry.file
        path.write_bytes(path.read_bytes()[: entry.offset] + forged)
        with pytest.raises(ReadError, match="damaged"):
            archive.get("http://e.org/a")


@pytest.mark.parametrize("left", [1, 30, 400, -40])
def test_a_torn_record_spoils_no_other(tmp_path: Path, left: int) -> None:
    with Archive(tmp_path) as archive:
        archive.put(reply("http://e.org/1", b"first"))
        archive.put(reply("http://e.org/2", os.urandom(700)))
        entry = archive.entry("http://e.org/2")
        assert entry is not None
    path = tmp_path / entry.file
    record = path.read_bytes()[entry.offset :]
    path.write_bytes(path.read_bytes()[: entry.offset] + record[:left])
    (tmp_path / "index.sqlite").unlink()  # as if killed before the index was written
    with Archive(tmp_path) as archive:
        archive.put(reply("http://e.org/3", b"third"))
    (tmp_path / "index.sqlite").unlink()
    with Archive(tmp_path) as archive:
        kept = {url: archive.get(url) for url in archive.urls()}
    bodies = {url: found.body for url, found in kept.items() if found is not None}
    assert bodies == {"http://e.org/1": b"first", "http://e.org/3": b"third"}


_WRITER = """
import os, sys
from pathlib import Path
from waygraph.read.web.archive import Archive
from waygraph.read.web.reply import Reply
archive = Archive(Path(sys.argv[1]))
for i in range(10_000):
    body = os.urandom(20_000)
    archive.put(Reply(f"http://e.org/{i}", 200, "OK", (), body, "2024-01-01T00:00:00Z"))
    print(i, flush=True)
"""


def test_a_kill_loses_nothing_that_was_reported(tmp_path: Path) -> None:
    reported = -1
    for round_ in range(3):
        folder = tmp_path / "web"
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(folder)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                reported = max(reported, int(line))
                if int(line) >= 7 + 5 * round_:
                    process.kill()
                    break
        if round_ == 1:
            (folder / "index.sqlite").unlink()  # made anew from the files
        with Archive(folder) as archive:
            for i in range(reported + 1):
                assert archive.get(f"http://e.org/{i}") is not None


def test_a_broken_index_is_made_anew(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        archive.put(reply())
    for name in ("index.sqlite-wal", "index.sqlite-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / "index.sqlite").write_bytes(b"this is no database at all" * 100)
    with Archive(tmp_path) as archive:
        assert archive.get("http://e.org/a") == reply()


def test_an_index_of_another_format_is_made_anew(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        archive.put(reply())
    database = open_to_write(tmp_path / "index.sqlite")
    database.execute("DROP TABLE page")
    database.execute("CREATE TABLE page (url TEXT)")
    database.execute("PRAGMA user_version = 99")
    database.close()
    with Archive(tmp_path) as archive:
        assert archive.get("http://e.org/a") == reply()


def test_a_folder_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot open the archive"):
        Archive(tmp_path / "file")


# --- seeding from a folder --------------------------------------------------------------


def test_seed_from_the_shared_articles(tmp_path: Path, shared: Path) -> None:
    rows = json.loads((shared / "articles" / "index.json").read_text(encoding="utf-8"))
    with Archive(tmp_path) as archive:
        seeded = archive.seed(shared / "articles")
        assert not seeded.failures
        assert seeded.added == len(archive.urls()) >= len(rows)
        for row in rows:
            body = (shared / "articles" / row["file"]).read_bytes()
            found = [archive.get(url.partition("#")[0]) for url in row["urls"]]
            assert all(reply is None or reply.body == body for reply in found)
            assert any(found)
        again = archive.seed(shared / "articles")
        assert (again.added, again.unchanged) == (0, seeded.added)


def folder_with(tmp_path: Path, index: object) -> Path:
    folder = tmp_path / "pages"
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "a.md").write_text("# A\n")
    (tmp_path / "secret.md").write_text("secret")
    text = index if isinstance(index, str) else json.dumps(index)
    (folder / "index.json").write_text(text)
    return folder


def test_seed_from_a_plain_mapping(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, {"http://e.org/a#x": "files/a.md"})
    with Archive(tmp_path / "web") as archive:
        assert archive.seed(folder).added == 1
        found = archive.get("http://e.org/a")
        assert found is not None
        assert (found.body, found.header("content-type")) == (b"# A\n", "text/markdown")


def test_seed_reports_bad_rows_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "pages" / "files").mkdir(parents=True)
    folder = folder_with(
        tmp_path / "x",
        [
            {"urls": ["http://e.org/1"], "file": "../secret.md"},
            {"urls": ["http://e.org/2"], "file": "/etc/passwd"},
            {"urls": ["http://e.org/3"], "file": "files/none.md"},
            {"urls": [], "file": "files/a.md"},
            {"urls": ["mailto:x@y", "http://e.org/4"], "file": "files/a.md"},
        ],
    )
    with Archive(tmp_path / "web") as archive:
        seeded = archive.seed(folder)
        assert archive.urls() == ["http://e.org/4"]
    reasons = [str(failure) for failure in seeded.failures]
    assert len(reasons) == 5
    assert all("index.json: row" in reason for reason in reasons)
    assert sum("outside the folder" in reason for reason in reasons) == 2


@pytest.mark.parametrize("index", ["{", '"x"', "[1]", "[" * 100_000])
def test_seed_reports_a_bad_index(tmp_path: Path, index: str) -> None:
    folder = folder_with(tmp_path, index)
    with Archive(tmp_path / "web") as archive:
        seeded = archive.seed(folder)
    assert seeded.added == 0
    assert "index of pages" in str(seeded.failures[0])


@pytest.mark.parametrize("name", ["none", "empty"])
def test_seed_reports_what_is_not_there(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with Archive(tmp_path / "web") as archive:
        seeded = archive.seed(tmp_path / name)
    assert len(seeded.failures) == 1


# --- seeding from WARC files of others --------------------------------------------------


def foreign(*, gzip: bool = True) -> bytes:
    """A file with all sorts of records, as other tools write them."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=gzip)

    def response(url: str, body: bytes, status: str = "200 OK", *headers: tuple[str, str]) -> None:
        head = StatusAndHeaders(status, [HTML, *headers], protocol="HTTP/1.1")
        record = writer.create_warc_record(
            url, "response", payload=BytesIO(body), length=len(body), http_headers=head
        )
        writer.write_record(record)

    writer.write_record(writer.create_warcinfo_record("x", {"software": "another"}))
    response("http://e.org/plain", b"plain")
    response("http://e.org/packed", _gzip(b"packed"), "200 OK", ("Content-Encoding", "gzip"))
    response(
        "http://e.org/chunked", b"3\r\nchu\r\n4\r\nnked\r\n0\r\n\r\n", "200 OK",
        ("Transfer-Encoding", "chunked"),
    )  # fmt: skip
    response("http://e.org/old", b"", "301 Moved", ("Location", "http://e.org/plain"))
    response("http://e.org/down", b"down", "503 Service Unavailable")
    response("http://e.org/plain", b"gone", "404 Not Found")
    response("dns:e.org", b"x")
    response("http://e.org/odd", b"x", "200 OK", ("Content-Encoding", "zork"))
    request = StatusAndHeaders("GET / HTTP/1.1", [], is_http_request=True)
    writer.write_record(
        writer.create_warc_record("http://e.org/plain", "request", http_headers=request)
    )
    writer.write_record(
        writer.create_warc_record(
            "http://e.org/note", "resource", payload=BytesIO(b"note"), length=4,
            warc_content_type="text/plain",
        )
    )  # fmt: skip
    return out.getvalue()


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


@pytest.mark.parametrize("packed_", [True, False])
def test_seed_from_a_file_of_others(tmp_path: Path, packed_: bool) -> None:
    path = tmp_path / ("x.warc.gz" if packed_ else "x.warc")
    path.write_bytes(foreign(gzip=packed_))
    with Archive(tmp_path / "web") as archive:
        seeded = archive.seed(path)
        found = {url: archive.get(url) for url in archive.urls()}
    bodies = {url.rpartition("/")[2]: reply.body for url, reply in found.items() if reply}
    assert bodies == {
        "plain": b"plain",
        "packed": b"packed",
        "chunked": b"chunked",
        "old": b"",
        "note": b"note",
    }
    old = found["http://e.org/old"]
    assert old is not None and old.location == "http://e.org/plain"
    assert [("zork" in failure.reason) for failure in seeded.failures] == [True]


def test_seed_from_a_folder_of_files(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.warc.gz").write_bytes(foreign())
    (tmp_path / "in" / "y.warc").write_bytes(foreign(gzip=False))
    with Archive(tmp_path / "web") as archive:
        assert archive.seed(tmp_path / "in").added == 5


def test_our_own_files_seed_another_archive(tmp_path: Path) -> None:
    with Archive(tmp_path / "one") as one, Archive(tmp_path / "other") as other:
        one.put(reply("http://e.org/x", b"x", HTML, ("Content-Encoding", "gzip")))
        one.put(reply("http://e.org/y", b"y"), sent=False)
        one.close()
        assert other.seed(tmp_path / "one").added == 2
        found = other.get("http://e.org/x")
        assert found is not None and found.body == b"x"


def test_of_two_archives_that_seed_each_other_the_later_page_is_in_both(tmp_path: Path) -> None:
    with Archive(tmp_path / "one") as one, Archive(tmp_path / "other") as other:
        for archive, day in ((one, "2024-01-02"), (other, "2024-01-01")):
            when = f"{day}T00:00:00Z"
            archive.put(Reply("http://e.org/x", 200, "OK", (HTML,), day.encode(), when))
        assert one.seed(tmp_path / "other").added == 0
        assert other.seed(tmp_path / "one").added == 1
        assert other.seed(tmp_path / "one").added == one.seed(tmp_path / "other").added == 0
        for archive in (one, other):
            found = archive.get("http://e.org/x")
            assert found is not None and found.body == b"2024-01-02"


def test_seed_from_a_torn_file(tmp_path: Path) -> None:
    whole = packed(reply("http://e.org/1", b"whole"), sent=True)
    torn = packed(reply("http://e.org/2", os.urandom(5_000)), sent=True)
    for cut in (1, 20, 200, len(torn) // 2, len(torn) - 40):
        found = list(places(BytesIO(whole + torn[:cut]), "x"))
        assert [p.reply.body for p in found if isinstance(p, Place)] == [b"whole"], cut
        (failure,) = (p for p in found if isinstance(p, Failure))
        assert "breaks off" in failure.reason, cut


@pytest.mark.parametrize(
    "data",
    [b"", b"no archive", b"\x1f\x8b\x08\x00broken", b"WARC/1.0\r\n", b"\x1b[31m\x00" * 500],
)
def test_seed_from_no_archive(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.warc.gz").write_bytes(data)
    with Archive(tmp_path / "web") as archive:
        seeded = archive.seed(tmp_path / "x.warc.gz")
    assert seeded.added == 0
    (failure,) = seeded.failures
    assert failure.reason.startswith(("the archive holds no record", "the archive breaks off"))
    assert failure.reason.isprintable()


@settings(max_examples=60)
@given(st.integers(0, 3_000), st.integers(0, 255), st.booleans())
def test_no_damage_to_a_file_raises(at: int, value: int, packed_: bool) -> None:
    data = bytearray(foreign(gzip=packed_))
    data[at % len(data)] = value
    for found in places(BytesIO(bytes(data)), "x"):
        assert isinstance(found, Place | Failure)


def test_a_bomb_in_a_file_is_refused() -> None:
    out = BytesIO()
    writer = WARCWriter(out, gzip=True)
    body = _gzip(bytes(40_000_000))
    head = StatusAndHeaders("200 OK", [("Content-Encoding", "gzip")], protocol="HTTP/1.1")
    writer.write_record(
        writer.create_warc_record(
            "http://e.org/", "response", payload=BytesIO(body), length=len(body), http_headers=head
        )
    )
    (found,) = places(BytesIO(out.getvalue()), "x")
    assert isinstance(found, Failure) and "unpacks to more than" in found.reason
