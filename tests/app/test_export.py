"""Exporting and importing as a user meets them."""

from __future__ import annotations

import csv
import difflib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

import waygraph
from tests.conftest import copy_notes
from waygraph.app.export import ExportFormat, ExportOptions, export_pieces, export_to, format_of
from waygraph.app.freshness import outdated
from waygraph.app.imports import import_file, remove_import
from waygraph.config import Workspace
from waygraph.errors import ReadError, StoreError, WaygraphNotice

pytestmark = pytest.mark.slow


def run(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "waygraph", *map(str, arguments)],
        cwd=cwd, capture_output=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip


def labels(workspace: Workspace, target: Path) -> set[str]:
    """The preferred labels of a workspace's concepts, from its CSV export."""
    nodes, _ = export_to(workspace, target, ExportFormat.csv, ExportOptions())
    return {row["label"] for row in csv.DictReader(nodes.read_text(encoding="utf-8").splitlines())}


def relations(workspace: Workspace, folder: Path) -> set[tuple[str, str, str]]:
    """(subject, relation, object) by labels of all relations that are sure.

    What is likely required or merely helps is no author's word in a vault.
    """
    target = folder.with_suffix(".csv")
    files = export_to(workspace, target, ExportFormat.csv, ExportOptions())
    nodes, arcs = (list(csv.DictReader(f.read_text("utf-8").splitlines())) for f in files)
    names = {row["iri"]: row["label"] for row in nodes}
    return {
        (names[a["subject"]], a["relation"], names[a["object"]])
        for a in arcs
        if a["strength"] not in ("likely", "helps")
    }


def test_a_vault_is_ingested_to_the_same_concepts(sample: Workspace, tmp_path: Path) -> None:
    files = export_to(sample, tmp_path / "vault", ExportFormat.vault, ExportOptions())
    again = waygraph.ingest([tmp_path / "vault"], tmp_path).workspace
    meant = labels(sample, tmp_path / "a.csv")
    # a page names its concept once more, so what is nearly a concept may become one
    found = labels(again, tmp_path / "b.csv")
    assert len(found ^ meant) <= len(meant) / 25
    assert len(files) == len(meant) > 100
    told, read = (
        relations(place, tmp_path / name) for place, name in ((sample, "c"), (again, "d"))
    )
    assert {one for one in told if {one[0], one[2]} <= found} <= read
    assert len(told) > 200


def test_a_vault_is_written_again_and_what_is_the_user_s_stays(
    sample: Workspace, tmp_path: Path
) -> None:
    def vault(hops: int, folder: str = "vault", force: bool = False) -> set[str]:
        options = ExportOptions(concept="heuristic", hops=hops, evidence=False)
        files = export_to(sample, tmp_path / folder, ExportFormat.vault, options, force=force)
        return {file.name for file in files}

    wide, narrow = vault(1), vault(0)
    gone = sorted(wide - narrow)
    assert len(gone) > 2
    there = {file.name for file in (tmp_path / "vault").iterdir()}
    assert there == narrow
    assert vault(1) == wide
    edited = tmp_path / "vault" / gone[0]
    edited.write_text(edited.read_text("utf-8") + "mine\n", "utf-8")
    (tmp_path / "vault" / "mine.md").write_text("mine", "utf-8")
    with pytest.raises(StoreError, match=re.escape(gone[0])):
        vault(1)
    with pytest.warns(WaygraphNotice, match=re.escape(gone[0])):
        vault(0)
    there = {file.name for file in (tmp_path / "vault").iterdir()}
    assert there == {*narrow, gone[0], "mine.md"}
    # the page is the user's now
    with pytest.raises(StoreError, match=re.escape(gone[0])):
        vault(1)
    vault(1, force=True)
    assert "mine" not in edited.read_text("utf-8")
    assert (tmp_path / "vault" / "mine.md").read_text() == "mine"
    # among other files a vault is not written unasked
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.md").write_text("mine", "utf-8")
    with pytest.raises(StoreError, match=r"mine\.md"):
        vault(0, "notes")
    assert vault(0, "notes", force=True) == narrow
    assert (tmp_path / "notes" / "mine.md").read_text() == "mine"


@pytest.mark.parametrize("form", list(ExportFormat))
def test_no_export_overwrites_what_waygraph_did_not_write(
    sample: Workspace, tmp_path: Path, form: ExportFormat
) -> None:
    options = ExportOptions(concept="heuristic", hops=0)
    note = sample.root / "data" / "notes" / "day-012.md"
    before = note.read_bytes()
    if form not in (ExportFormat.csv, ExportFormat.vault):
        with pytest.raises(StoreError, match=r"day-012\.md"):
            export_to(sample, note, form, options)
        assert note.read_bytes() == before
    target = tmp_path / "out"
    for _ in range(2):
        files = export_to(sample, target, form, options)
    for file in files:
        own = file.read_bytes()
        file.write_bytes(own + b"mine")
        with pytest.raises(StoreError, match="not as this workspace wrote it") as refused:
            export_to(sample, target, form, options)
        assert str(file) in refused.value.message
        assert file.read_bytes() == own + b"mine"
        export_to(sample, target, form, options, force=True)
        assert file.read_bytes() == own


@pytest.mark.parametrize("name", ["n.ttl", "n.trig", "n.nq", "n.nt", "n.jsonld", "n.rdf"])
def test_the_suffix_names_the_form_and_the_bytes_stay(
    sample: Workspace, tmp_path: Path, name: str
) -> None:
    done = run("export", tmp_path / name, cwd=sample.root)
    assert done.returncode == 0, done.stderr
    written = (tmp_path / name).read_bytes()
    pieces = export_pieces(sample, format_of(Path(name)), ExportOptions())
    assert written == "".join(pieces).encode()
    assert list(tmp_path.iterdir()) == [tmp_path / name]


def test_pieces_are_parts_of_the_whole(sample: Workspace) -> None:
    def lines(options: ExportOptions) -> set[str]:
        return set("".join(export_pieces(sample, ExportFormat.ntriples, options)).split("\n"))

    whole = lines(ExportOptions())
    near = lines(ExportOptions(concept="heuristic"))
    path = lines(ExportOptions(goal="A* search", start="graph", evidence=False))
    day = lines(ExportOptions(day=12))
    assert day == lines(ExportOptions(document="data/notes/day-012.md"))
    [date] = re.findall(r'date> "(.+?)"', "\n".join(day))
    assert day == lines(ExportOptions(day=date))
    for piece in (near, path, day, lines(ExportOptions(evidence=False))):
        assert 10 < len(piece) < len(whole)
        assert piece < whole
    assert lines(ExportOptions(concept="heuristic", hops=0)) < near
    assert whole < lines(ExportOptions(provenance=True))


def test_wrong_options_are_told(sample: Workspace, tmp_path: Path) -> None:
    for arguments, said in (
        (["x.doc"], "--format"),
        (["--format", "csv"], "several files"),
        (["--day", "4000"], "no note of day 4000"),
        (["--day", "2024-02-30"], "no note of day 2024-02-30"),
        (["--day", "noon"], "neither a day's number nor its date"),
        (["--document", "nowhere.md"], "no document 'nowhere.md'"),
        (["--day", "1", "--concept", "graph"], "exclude one another"),
        ([str(tmp_path / "no" / "such" / "x.ttl")], "cannot write"),
    ):
        done = run("export", *arguments, cwd=sample.root)
        assert done.returncode == 1, arguments
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_a_changed_sentence_changes_only_the_lines_about_it(tmp_path: Path) -> None:
    copy_notes(tmp_path)
    place = waygraph.ingest([tmp_path / "data"], tmp_path).workspace
    before = waygraph.export(place).splitlines()
    note = tmp_path / "data" / "notes" / "day-012.md"
    note.write_text(note.read_text(encoding="utf-8") + "\nIt rained all day.\n", encoding="utf-8")
    waygraph.ingest([tmp_path / "data"], tmp_path)
    after = waygraph.export(place).splitlines()
    start = after.index("# data/notes/day-012.md")
    end = next(i for i in range(start + 1, len(after)) if after[i].startswith("# "))
    told = {
        line[1:]
        for line in difflib.unified_diff(before, after, n=0, lineterm="")
        if line.startswith("+") and not line.startswith("+++")
    }
    assert told
    assert len(told) < 20
    # the confidence of what the whole corpus was counted for may change by a hair
    elsewhere = {line for line in told if line not in after[start:end]}
    assert all("wg:confidence" in line for line in elsewhere)


SKOS_FILE = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<http://example.org/fib> skos:prefLabel "evening" ; skos:altLabel "the eve" .
"""


def test_an_import_is_kept_known_replaced_and_removed(tmp_path: Path) -> None:
    for name in ("day-003.md", "heap.md", "priority-queue.md"):
        source = Path(__file__).parents[1] / "golden" / "notes" / name
        (tmp_path / "notes").mkdir(exist_ok=True)
        shutil.copy(source, tmp_path / "notes")
    (tmp_path / "notes" / "odd.md").write_text("# Odd\n\nToday we tried it one evening at home.\n")
    place = waygraph.ingest([tmp_path / "notes"], tmp_path).workspace
    before = waygraph.export(place)
    assert 'evening"' not in before.partition("# notes/")[0]
    file = tmp_path / "terms.ttl"
    file.write_text(SKOS_FILE, encoding="utf-8")
    assert import_file(place, file) == (2, 1)
    assert "older than the datagraph" in outdated(place)
    imported = waygraph.export(place)
    assert "# terms.ttl\n\n<http://example.org/fib>" in imported
    waygraph.ingest([tmp_path / "notes"], tmp_path)
    assert outdated(place) == ""
    known = waygraph.export(place)
    assert 'skos:prefLabel "evening"' in known.partition("# notes/")[0]
    assert "skos:exactMatch <http://example.org/fib>" in known
    assert "# terms.ttl\n\n<http://example.org/fib>" in known
    assert "evening" in labels(place, tmp_path / "a.csv")
    file.write_text(SKOS_FILE.replace("fib", "fob"), encoding="utf-8")
    import_file(place, file)
    waygraph.ingest([tmp_path / "notes"], tmp_path)
    replaced = waygraph.export(place)
    assert "<http://example.org/fob>" in replaced
    assert "<http://example.org/fib>" not in replaced
    remove_import(place, file)
    waygraph.ingest([tmp_path / "notes"], tmp_path)
    assert waygraph.export(place) == before
    with pytest.raises(ReadError, match="was not imported"):
        remove_import(place, file)


MAP = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix wg: <https://w3id.org/waygraph#> .
<urn:bread> skos:prefLabel "Bread" ; wg:requires <urn:leaven> .
<urn:leaven> skos:prefLabel "Leaven" .
"""


def test_thin_notes_borrow_what_an_imported_map_says(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "bread.md").write_text("# Bread\n\nIt rises.\n", encoding="utf-8")
    (notes / "leaven.md").write_text("# Leaven\n\nIt works.\n", encoding="utf-8")
    place = waygraph.ingest([notes], tmp_path).workspace
    assert "wg:requires" not in waygraph.export(place)
    file = tmp_path / "map.ttl"
    file.write_text(MAP, encoding="utf-8")
    import_file(place, file)
    waygraph.ingest([notes], tmp_path)
    path = waygraph.learning_path(place, "bread")
    assert [step.concept.label for step in path.steps] == ["Leaven", "Bread"]
    assert "map.ttl says that it requires it" in waygraph.export(place)


def test_query_and_validate_answer(sample: Workspace) -> None:
    done = run("query", "ASK { concept:graph a skos:Concept }", cwd=sample.root)
    assert (done.returncode, done.stdout) == (0, "yes\n")
    done = run("query", "CLEAR ALL", cwd=sample.root)
    assert done.returncode == 2
    assert "may not change" in done.stderr
    turtle = run("query", "DESCRIBE concept:graph", cwd=sample.root).stdout
    assert any(ox.parse(turtle, format=ox.RdfFormat.TURTLE))
    done = run("validate", "--format", "json", cwd=sample.root)
    assert (done.returncode, done.stdout.strip()) == (0, "[]")
