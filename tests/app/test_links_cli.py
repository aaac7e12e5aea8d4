"""``waygraph links``: where the links of a workspace lead, for people and for programs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from waygraph.app.cli import app
from waygraph.app.links import link_report
from waygraph.config import Workspace, make_workspace
from waygraph.errors import MissingWorkspace, WaygraphError
from waygraph.read.markdown import read_markdown
from waygraph.read.snapshots import Snapshots
from waygraph.sealed import write_sealed

NOTES = {
    "notes/day-1.md": """# Day 1

See [[heap]], [[heap#Use]] and [[heep|the heap]].
[x](../pages/tree.md#^root) <https://example.org/a_(b)> [y](mailto:a@example.org)
![[twin]] [z](gone.md) [u](heap-1.pdf)
""",
    "pages/heap.md": "# Heap\n\n## Use\n\nIt is a [[tree]].\n",
    "pages/tree.md": "# Tree\n\nA tree has a root. ^root\n",
    "x/twin.md": "",
    "y/twin.md": "",
}


def workspace(root: Path, notes: Mapping[str, str], settings: str = "") -> Workspace:
    """A workspace into which these notes were read."""
    place = make_workspace(root)
    (root / "notes").mkdir()
    (root / "notes" / "heap-1.pdf").write_bytes(b"%PDF")
    (place.folder / "settings.toml").write_text(settings, encoding="utf-8")
    with Snapshots(place.folder / "documents.sqlite") as snapshots:
        snapshots.put(read_markdown(name, text.encode()) for name, text in notes.items())
    return make_workspace(root)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.chdir(tmp_path)
    return workspace(tmp_path, NOTES)


def links(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["links", *arguments])


def test_every_link_stands_in_a_line(place: Workspace) -> None:
    done = links()
    assert done.exit_code == 0
    assert done.stdout == (
        "notes/day-1.md:3: wikilink heap → pages/heap.md\n"
        "notes/day-1.md:3: wikilink heap#Use → pages/heap.md#Use (heading)\n"
        "notes/day-1.md:3: wikilink heep → "
        "broken: no note is named 'heep'; nearest: pages/heap.md\n"
        "notes/day-1.md:4: link ../pages/tree.md#^root → pages/tree.md#^root (block)\n"
        "notes/day-1.md:4: url https://example.org/a_(b) → external\n"
        "notes/day-1.md:4: link mailto:a@example.org → external (an address of the kind mailto:)\n"
        "notes/day-1.md:5: embed twin → "
        "ambiguous: 2 notes fit equally well: x/twin.md, y/twin.md\n"
        "notes/day-1.md:5: link gone.md → broken: no note is at 'notes/gone.md'\n"
        "notes/day-1.md:5: link heap-1.pdf → external (a file that is no note)\n"
        "pages/heap.md:5: wikilink tree → pages/tree.md\n"
    )
    assert done.stderr == (
        "10 links: 2 to documents, 1 to headings, 1 to blocks, 3 external, 1 ambiguous, 2 broken\n"
    )


def test_only_the_broken_and_ambiguous(place: Workspace) -> None:
    done = links("--broken")
    assert done.exit_code == 0
    assert [line.split(" → ")[0] for line in done.stdout.splitlines()] == [
        "notes/day-1.md:3: wikilink heep",
        "notes/day-1.md:5: embed twin",
        "notes/day-1.md:5: link gone.md",
    ]
    assert done.stderr.startswith("10 links: ")


def test_strict_exits_with_1_if_any_is_broken(place: Workspace) -> None:
    assert links("--strict").exit_code == 1
    assert links("--strict", "--broken", "--format", "json").exit_code == 1
    assert links("--strict", "pages").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "count"),
    [(["notes"], 9), (["pages/heap.md"], 1), (["pages", "notes"], 10), (["."], 10), (["x"], 0)],
)
def test_paths_choose_documents(place: Workspace, arguments: list[str], count: int) -> None:
    assert len(links(*arguments).stdout.splitlines()) == count
    inside = [str(place.root / argument) for argument in arguments]
    assert len(links(*inside).stdout.splitlines()) == count


def test_a_path_without_documents_is_an_error(place: Workspace) -> None:
    for name in ("note", "notes/day", "../elsewhere"):
        error = links(name).exception
        assert isinstance(error, WaygraphError)
        assert error.message == f"{name}: no ingested document lies there"
        assert error.hint == f"first: waygraph ingest {name}"


def test_json_has_the_stable_layout(place: Workspace) -> None:
    done = links("--format", "json", "--broken")
    assert done.stderr == ""
    report = json.loads(done.stdout)
    assert list(report) == ["wikilinks", "sites", "counts", "links"]
    assert report["wikilinks"] == "target-first"
    assert report["sites"] == []
    assert report["counts"] == {
        "document": 2, "heading": 1, "block": 1, "external": 3, "ambiguous": 1, "broken": 2
    }  # fmt: skip
    assert report["links"][0] == {
        "source": "notes/day-1.md",
        "line": 3,
        "kind": "wikilink",
        "text": "the heap",
        "target": "heep",
        "status": "broken",
        "address": "",
        "title": "",
        "fragment": "",
        "why": "no note is named 'heep'",
        "suggestions": ["pages/heap.md"],
    }
    assert report["links"][1]["suggestions"] == ["x/twin.md", "y/twin.md"]


def test_settings_and_sites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = {"o.md": "[[a pile|heap]] https://e.org/heap https://f.org/b/heap", "heap.md": ""}
    workspace(tmp_path, notes, 'wikilinks = "label-first"\nsite = "https://e.org/"\n')
    (tmp_path / "_config.yml").write_text("url: https://f.org\nbaseurl: /b\n")
    monkeypatch.chdir(tmp_path)
    done = links()
    assert done.stdout == (
        "o.md:1: wikilink heap → heap.md\n"
        "o.md:1: url https://e.org/heap → heap.md\n"
        "o.md:1: url https://f.org/b/heap → heap.md\n"
    )
    assert done.stderr.splitlines()[1:] == [
        "wikilinks are read as [[label|page]]",
        "the corpus is published at https://e.org (given)",
        "the corpus is published at https://f.org/b (given)",
    ]
    sites = json.loads(links("--format", "json").stdout)["sites"]
    assert sites[0] == {"root": "", "url": "https://e.org", "inferred": False}
    (tmp_path / "_config.yml").write_text("url: [\n")
    assert links().stderr.startswith("warning: _config.yml: tells no address of a site: ")


def test_what_stands_in_a_note_cannot_steer_the_terminal(tmp_path: Path) -> None:
    workspace(tmp_path, {"o.md": "[[a\x1b[2Jb]] [x](<c\x07d>)"})
    shown = links("--workspace", str(tmp_path)).output
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_without_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert isinstance(links().exception, MissingWorkspace)
    make_workspace(tmp_path)
    assert isinstance(links().exception, MissingWorkspace)
    workspace(tmp_path, {})
    done = links()
    assert done.exit_code == 0
    assert done.stderr.startswith("0 links: ")


def test_nothing_heavy_is_imported(place: Workspace) -> None:
    program = (
        "import sys\nfrom waygraph.app.cli import app\n"
        "try:\n    app(['links', '--broken'])\nexcept SystemExit:\n    pass\n"
        "print('IMPORTED', *sorted({m.split('.')[0] for m in sys.modules}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=place.root, capture_output=True, text=True, check=True
    )
    imported = set(done.stdout.rsplit("IMPORTED", 1)[1].split())
    assert "waygraph" in imported
    heavy = {"torch", "spacy", "numpy", "rdflib", "faiss", "pyoxigraph", "networkx"}
    assert not imported & heavy


@pytest.mark.slow
def test_links_of_the_sample(sample: Workspace) -> None:
    done = links("--workspace", str(sample.root), "--strict")
    assert done.exit_code == 0
    assert "data/notes/day-006.md:23: link ../articles/breadth-first-search.md → " in done.stdout
    assert ", 0 ambiguous, 0 broken" in done.stderr


def test_a_picture_that_is_not_there_is_broken(tmp_path: Path) -> None:
    notes = {
        "a/n.md": "![](i.png) ![](j.png) ![[k.png]] ![[l.png]] ![](/assets/m.png)\n"
        "![](../../x.png) ![]({{ site.baseurl }}/assets/m.png) ![](data:image/png;base64,AAAA)\n"
    }
    place = workspace(tmp_path, notes)
    for path in ("a/i.png", "deep/er/k.png", "assets/m.png"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"")
    report = link_report(place, broken=True)
    assert [link.written for link in report.links] == ["j.png", "l.png", "../../x.png"]
    assert report.links[0].target.why == "no file is at 'j.png'"


def test_a_page_that_was_not_had_is_broken(tmp_path: Path) -> None:
    place = workspace(tmp_path, {"n.md": "[a](https://e.org/a)\n[b](https://e.org/b#x)\n"})
    (place.folder / "articles").mkdir()
    lost = {"https://e.org/b": "HTTP 404 Not Found"}
    write_sealed(place.folder / "articles" / "lost.json", json.dumps(lost))
    [link] = link_report(place, broken=True).links
    assert (link.line, link.target.why) == (2, "the page was not had: HTTP 404 Not Found")


def test_a_page_is_known_by_the_address_that_led_to_it(tmp_path: Path) -> None:
    """After a redirection, or by the address that the page calls its own."""
    text = "[a](https://e.org/old) [b](https://e.org/new?utm_source=x#part) [c](https://e.org/gone)"
    place = workspace(tmp_path, {"notes/a.md": text})
    with Snapshots(place.folder / "documents.sqlite") as snapshots:
        snapshots.put([replace(read_markdown("x.md", b"# New"), address="https://e.org/new/")])
    before = [one.target.status for one in link_report(place).links]
    assert before == ["external", "document", "external"]
    folder = place.folder / "articles"
    folder.mkdir()
    pages = {"https://e.org/old": "https://e.org/new/", "https://e.org/gone": "https://e.org/none"}
    write_sealed(folder / "pages.json", json.dumps(pages))
    found = [(one.target.status, one.target.address) for one in link_report(place).links]
    assert found == [*[("document", "https://e.org/new/")] * 2, ("external", "")]


def test_tags_and_users_without_a_note_are_not_listed(tmp_path: Path) -> None:
    head = "---\nid: q1\ntitle: Cloth\n---\n"
    notes = {
        "cloth.md": f"{head}#fibre.wool #silk @ann.lee @bo\n",
        "tags.fibre.wool.md": "# Wool\n",
        "user.ann.lee.md": "# Ann\n",
    }
    report = link_report(workspace(tmp_path, notes))
    assert [(one.written, one.target.address) for one in report.links] == [
        ("tags.fibre.wool", "tags.fibre.wool.md"), ("user.ann.lee", "user.ann.lee.md"),
    ]  # fmt: skip
    assert sum(report.counts.values()) == 2
