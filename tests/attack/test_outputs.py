"""What goes out harms nobody: no file of a user's is overwritten, no text becomes more."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import networkx
import pandas
import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rdflib import URIRef
from typer.testing import CliRunner, Result

import waygraph
from tests.app.test_canvas import checked
from tests.search.test_compile import BASE, iri, vectors_of
from waygraph.answer import LearningPath, Named, Quote, Reading, Step
from waygraph.app.ask import graph_folder
from waygraph.app.canvas import around_canvas, path_canvas
from waygraph.app.cli import app
from waygraph.app.notebook import path_html
from waygraph.app.outputs import drop_old, outputs_of, write_output
from waygraph.app.reading import read_notes
from waygraph.app.render_path import path_markdown, path_mermaid, path_turtle
from waygraph.compute.draw import _ids
from waygraph.config import Workspace, make_workspace
from waygraph.errors import StoreError, WaygraphNotice
from waygraph.escape import in_cell, in_markdown, in_mermaid
from waygraph.model import ConceptRow, RelationRow, View
from waygraph.read.note import read_source
from waygraph.read.snapshots import Snapshots
from waygraph.search.compile import compile_graph
from waygraph.search.cost import Weights
from waygraph.store import tables
from waygraph.store.convert import text
from waygraph.store.dataset import Dataset, NamedGraph
from waygraph.store.forms import pieces
from waygraph.store.selection import Selection
from waygraph.store.vault import file_names, pages, steps_page
from waygraph.vocab import graph_iri

NASTY = (
    'a "quoted" b', "it's", "[x]", "(x)", "{x}", "line\nbreak", "end", "graph", "subgraph",
    "style", "#35;", "#quot;", "a;b", "-->", "--- x", "1. one", "- dash", "+ plus", "`code`",
    "```\nx\n```", "``````", "~~~", "`**b** _e_`", "**bold**", "%% comment %%", "%%{init: {}}%%",
    "$$x$$", "$x$", "<script>window.hacked=1</script>", "<img src=x onerror=window.hacked=1>",
    "&lt;b&gt;", "&#x3c;b", "<!-- waygraph: reject pile -->", "%% waygraph: reject pile %%",
    "# waygraph: reject pile", "--> <!-- waygraph: reject pile --> <!--",
    "[x](javascript:window.hacked=1)", "javascript:x", "![x](https://example.org/x.png)",
    "[[other|x]]", "![[embed]]", "https://example.org/ www.x.org", "<https://example.org>",
    "fa:fa-car", "::class", ":::c", "click c0 call", "a|b", "\\", "a\\", "\\[", "\u2028x\u2029",
    "\u0085", "a\u202eb", "e\u0301", "数学", "😀", "a\x00b\x1b[31mc\x7f\x9f", "\ufeffx", "\ufffe",
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "a\rb", "a,b\n,c", '"', "]]>",
    "{{ site.x }}", "{% include x %}", "{{< x >}}", "<% x %>", "^block", "==h==", "key:: value",
    "#tag", "@name", ":smile:", "x" * 500, "学" * 200, "NUL", "..", "a/b", "title: x", "---",
    "...", "*", "",
)  # fmt: skip
LABELS = tuple(name for name in NASTY if name.strip())


def shown(text: str) -> str:
    """A text as it is to be read: on one line, without what no language holds."""
    line = " ".join(text.split())
    return "".join("\ufffd" if ord(c) < 32 or 127 <= ord(c) < 160 else c for c in line)


def view_of(labels: tuple[str, ...] = LABELS) -> View:
    """Each label with an alias, a definition and evidence that say the same, and the next one."""
    rows = [ConceptRow(f"{BASE}concept/c{n}", label, (label,), label)
            for n, label in enumerate(labels)]  # fmt: skip
    relations = [
        RelationRow(one.iri, "requires", other.iri, 0.9, 1, quote_of(one.label))
        for one, other in pairwise(rows)
    ]
    return View(rows, relations, [(row.iri, quote_of(row.label)) for row in rows], [])


def quote_of(text: str) -> Quote:
    return Quote(text, text, f"notes/{text}.md", 3, 0, 1)


def path_of(labels: tuple[str, ...] = LABELS) -> LearningPath:
    steps = []
    names = [Named(f"{BASE}concept/c{n}", label) for n, label in enumerate(labels)]
    for number, name in enumerate(names):
        before = names[number - 1] if number else None
        relation = "requires" if before else "start"
        reading = Reading(f"notes/{name.label}.md", name.label, 1.0)
        reason = quote_of(name.label)
        steps.append(Step(name, relation, reason, reading, 0.1, 0.9, before, before is not None))
    return LearningPath(names[0], names[-1], 1.0, True, 1.0, 3, tuple(steps))


COMMONMARK = MarkdownIt("commonmark").enable(["table", "strikethrough"])
INLINE = {"text", "text_special", "softbreak"}


@pytest.mark.parametrize("text", NASTY)
def test_text_in_markdown_says_just_that(text: str) -> None:
    says_just(text)


@settings(max_examples=300)
@given(st.lists(st.sampled_from([*"\\`*_{}[]<>#~$^|@&;%=:!-+.() \n1ax", "&lt;", "://", "www."])))
def test_any_text_in_markdown_says_just_that(parts: list[str]) -> None:
    says_just("".join(parts))


def says_just(text: str) -> None:
    made = in_markdown(text)
    for before in ("", "- ", "> ", "# ", "a\n\n"):
        blocks = COMMONMARK.parse(f"{before}{made}\n")
        inside = [token for block in blocks for token in block.children or []]
        assert {token.type for token in inside} <= INLINE, made
        read = "".join(token.content for token in inside)
        assert read == ("a" if before == "a\n\n" else "") + shown(text)
    # what others add to CommonMark
    for raw in ("%%", "==", "[[", "::", "{{", "{%", "<%"):
        assert raw not in made
    assert not re.search(r"(?<!\\)(://|[$#^@]\w)|www\.", made)
    assert read_source("a.md", f"A {made}\n".encode()).comments == ()


def test_a_plan_decides_nothing_links_nothing_and_is_no_note(tmp_path: Path) -> None:
    plan = path_markdown(path_of())
    tokens = [t for block in COMMONMARK.parse(plan) for t in (block, *(block.children or []))]
    kinds = {token.type for token in tokens}
    assert not kinds & {"html_inline", "html_block", "link_open", "image", "fence", "code_inline"}
    # nor without its mark
    assert read_source("a.md", plan.partition("---\n\n")[2].encode()).comments == ()
    place = make_workspace(tmp_path)
    (tmp_path / "plan.md").write_text(plan, "utf-8")
    (tmp_path / "saved.md").write_bytes(b"\xef\xbb\xbf" + plan.replace("\n", "\r\n").encode())
    (tmp_path / "mine.md").write_text("# Mine\n\ngenerator: waygraph path\n", "utf-8")
    with Snapshots(place.folder / "documents.sqlite") as snapshots:
        read = read_notes(place, snapshots, [tmp_path], lambda *_: None)
        assert snapshots.addresses() == ["mine.md"]
    assert (read.own, read.failures) == (("plan.md", "saved.md"), ())


def test_a_vault_s_pages_hold_their_labels_and_decide_nothing(tmp_path: Path) -> None:
    view = view_of()
    names = file_names(view)
    made = dict(pages(view, evidence=True))
    assert len(made) == len(LABELS)
    for row in view.concepts:
        name = names[row.iri] + ".md"
        (tmp_path / name).write_text(made[name], "utf-8", newline="\n")
        document = read_source(name, made[name].encode())
        assert document.comments == ()
        assert document.warnings == (), made[name]
        body = made[name].split("\n---\n", 1)[1]
        # nor without its mark
        bare = read_source("a.md", body.encode())
        assert bare.comments == ()
        tokens = COMMONMARK.parse(body)
        assert sum(token.type == "fence" for token in tokens) == body.count(":: [[")
        inside = {t.type for token in tokens for t in token.children or []}
        assert inside <= {
            *INLINE,
            "em_open",
            "em_close",
            "strong_open",
            "strong_close",
            "s_open",
            "s_close",
        }
        targets = [link.target for link in document.links]
        assert set(targets) <= set(names.values())
        assert len(targets) == body.count(":: [[")
        plain = row.label.isprintable() and "{" not in row.label and "<%" not in row.label
        assert not plain or document.title == " ".join(row.label.split())
    name, steps = steps_page(view, path_of())
    assert read_source(name, steps.partition("---\n\n")[2].encode()).comments == ()


def test_cells_are_guarded_and_read_back() -> None:
    view = view_of()
    text = "".join(tables.csv_table(tables.NODE_COLUMNS, tables.node_rows(view)))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    frame = pandas.read_csv(io.StringIO(text, newline=""), keep_default_na=False, dtype=str)
    assert len(rows) == len(frame) == len(view.concepts)
    for row, cells, framed in zip(view.concepts, rows, frame["label"], strict=True):
        assert cells["label"] == in_cell(row.label) == framed
        assert cells["label"].removeprefix("'") == row.label.removeprefix("'")
        assert cells["label"].lstrip()[:1] not in {*"=+-@＝＋－＠"}
        assert cells["label"][:1] not in {"\t", "\r", "\n"}
    arcs = "".join(tables.csv_table(tables.arc_columns(True), tables.arc_rows(view, True)))
    read = list(csv.DictReader(io.StringIO(arcs, newline="")))
    assert [row["evidence"] for row in read] == [in_cell(r.reason.text) for r in view.relations]
    assert {row["confidence"] for row in read} == {"0.9"}


def test_networkx_reads_graphml(tmp_path: Path) -> None:
    view = view_of()
    file = tmp_path / "x.graphml"
    file.write_text("".join(tables.graphml(view, evidence=True)), "utf-8", newline="\n")
    graph = networkx.read_graphml(file)
    assert len(graph) == len(view.concepts)
    assert graph.number_of_edges() == len(view.relations)
    for row in view.concepts:
        # XML holds no other control characters, and an empty element no text
        want = "".join("\ufffd" if c in "\x00\x1b\ufffe" else c for c in row.label)
        assert graph.nodes[row.iri]["label"] == want
    for relation in view.relations:
        said = graph.edges[relation.subject, relation.object]
        assert (said["confidence"], said["support"], said["line"]) == (0.9, 1, 1)


def test_a_canvas_keeps_to_its_format() -> None:
    for drawn in (around_canvas(view_of(), None), path_canvas(view_of(), path_of())):
        canvas = checked(drawn)
        assert len(canvas["nodes"]) == len(LABELS)
        for node in canvas["nodes"]:
            inside = [t for block in COMMONMARK.parse(node["text"]) for t in block.children or []]
            assert {t.type for t in inside} <= {
                *INLINE, "strong_open", "strong_close", "link_open", "link_close",
            }  # fmt: skip
            links = [str(t.attrs["href"]) for t in inside if t.type == "link_open"]
            assert all(unquote(link).startswith("notes/") for link in links)


def test_a_path_in_turtle_is_read_back() -> None:
    path = path_of()
    quads = list(ox.parse(path_turtle(path, BASE), format=ox.RdfFormat.TURTLE))
    names = {q.object.value for q in quads if q.predicate.value.endswith("/name")}
    assert {step.concept.label for step in path.steps} <= names


def test_a_path_in_a_notebook_holds_no_tag_of_a_note() -> None:
    html = path_html(path_of())
    assert "&lt;script&gt;" in html
    assert not {"<script", "<img", "<!--", "<a "} & {part[:7].rstrip(">") for part in html.split()}
    assert html.count("<") == sum(html.count(f"<{tag}") + html.count(f"</{tag}") for tag in (
        "p>", "ol>", "li>", "b>", "bdi>", "br>", "blockquote>", "small>"))  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    """A workspace with a concept graph, a note and decisions."""
    made = make_workspace(tmp_path)
    view = View([ConceptRow(iri("heap"), "heap"), ConceptRow(iri("tree"), "tree")], [], [], [])
    compile_graph(graph_folder(made), view, vectors_of(view), BASE, "digest", Weights())
    (tmp_path / "note.md").write_text("# Note\n", "utf-8")
    (tmp_path / "waygraph.decisions").write_text(
        "2026-11-25T16:37:57.863Z ann know heap\n", "utf-8"
    )
    return made


def traced(place: Workspace, file: str | Path, *words: str) -> Result:
    return CliRunner().invoke(
        app, ["path", "heap", "--trace", str(file), "-w", str(place.root), *words]
    )


def test_a_trace_overwrites_its_own_file_alone(place: Workspace) -> None:
    root = place.root
    theirs = {
        "note.md": b"# Note\n",
        "waygraph.decisions": (root / "waygraph.decisions").read_bytes(),
        ".waygraph/format": (root / ".waygraph/format").read_bytes(),
        "photo.jpg": b"\xff\xd8",
    }
    (root / "photo.jpg").write_bytes(theirs["photo.jpg"])
    (root / "link.jsonl").symlink_to(root / "note.md")
    for name in (*theirs, "link.jsonl", ".waygraph/new"):
        done = traced(place, root / name)
        assert (done.exit_code, type(done.exception)) == (1, StoreError), name
        assert "--force" in str(done.exception)
    assert {name: (root / name).read_bytes() for name in theirs} == theirs
    assert not (root / ".waygraph" / "new").exists()
    own = root / "trace.jsonl"
    for _ in range(2):
        assert traced(place, own).exit_code == 0
    own.write_bytes(own.read_bytes() + b"mine\n")
    assert traced(place, own).exit_code == 1
    assert own.read_bytes().endswith(b"mine\n")
    assert traced(place, own, "--force").exit_code == 0
    assert traced(place, own).exit_code == 0
    assert not list(root.glob("*.new"))


def test_decisions_that_are_not_there_yet_are_not_made_by_an_output(place: Workspace) -> None:
    (place.root / "waygraph.decisions").unlink()
    assert isinstance(traced(place, place.root / "waygraph.decisions").exception, StoreError)
    assert not (place.root / "waygraph.decisions").exists()


def test_a_device_or_pipe_stays(place: Workspace) -> None:
    pipe = place.root / "pipe"
    os.mkfifo(pipe)
    for name in (pipe, Path(os.devnull), Path("/dev/stdout")):
        assert isinstance(traced(place, name).exception, StoreError)
    assert isinstance(traced(place, pipe, "--force").exception, StoreError)
    assert pipe.is_fifo()
    assert Path(os.devnull).is_char_device()


def test_of_an_output_of_many_files_all_are_written_or_none(place: Workspace) -> None:
    folder = place.root / "out"
    folder.mkdir()
    one, two = folder / "one.md", folder / "two.md"
    write_output(place, folder, [(one, ["1"]), (two, ["2"])])
    two.write_text("mine", "utf-8")
    with pytest.raises(StoreError, match=r"two\.md"):
        write_output(place, folder, [(one, ["new"]), (two, ["new"])])

    def broken() -> Iterator[str]:
        yield "half"
        raise StoreError("the store is away")

    two.unlink()
    with pytest.raises(StoreError, match="away"):
        write_output(place, folder, [(one, ["new"]), (two, broken())])
    assert {f.name: f.read_text("utf-8") for f in folder.iterdir()} == {"one.md": "1"}


def test_old_files_go_and_those_changed_by_hand_stay(place: Workspace) -> None:
    folder = place.root / "out"
    folder.mkdir()
    names = [folder / f"{name}.md" for name in ("kept", "old", "edited")]
    write_output(place, folder, [(name, ["generated"]) for name in names])
    (folder / "edited.md").write_text("generated, and mine", "utf-8")
    (folder / "mine.md").write_text("mine", "utf-8")
    with pytest.warns(WaygraphNotice, match=r"kept because changed by hand: edited\.md"):
        drop_old(place, folder, write_output(place, folder, [(names[0], ["generated"])]))
    assert sorted(f.name for f in folder.iterdir()) == ["edited.md", "kept.md", "mine.md"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drop_old(place, folder, [names[0]])  # told once
    assert outputs_of(place, folder) == {"out/kept.md"}


def test_outputs_among_the_notes_are_no_notes_until_edited(place: Workspace) -> None:
    file = place.root / "out.md"
    write_output(place, file, [(file, ["# Out\n\nA tree requires a heap.\n"])])
    with Snapshots(place.folder / "documents.sqlite") as snapshots:
        read = read_notes(place, snapshots, [place.root], lambda *_: None)
        assert (read.own, snapshots.addresses()) == (("out.md",), ["note.md"])
        file.write_text("# Out\n\nMine now.\n", "utf-8")
        read = read_notes(place, snapshots, [place.root], lambda *_: None)
        assert (read.own, snapshots.addresses()) == ((), ["note.md", "out.md"])


def test_a_broken_list_of_outputs_makes_nothing_overwritable(place: Workspace) -> None:
    assert traced(place, place.root / "t.jsonl").exit_code == 0
    for broken in ("", "[]", '{"t.jsonl": 1}', '{"t.jsonl": {"t.jsonl": null}}', "\udcff"):
        (place.folder / "outputs.json").write_bytes(broken.encode("utf-8", "surrogateescape"))
        assert isinstance(traced(place, place.root / "t.jsonl").exception, StoreError)


def test_killed_between_its_two_files_an_output_is_still_its_own(place: Workspace) -> None:
    one, two = place.root / "one.csv", place.root / "two.csv"
    files = [(one, ["1"]), (two, ["2"])]
    write_output(place, one, files)
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from waygraph.app import outputs\n"
        "from waygraph.config import find_workspace\n"
        "root = Path(sys.argv[1])\n"
        "real = Path.replace\n"
        "def replace(new, file):\n"
        "    if file.name == 'two.csv': os._exit(9)\n"
        "    return real(new, file)\n"
        "Path.replace = replace\n"
        "files = [(root / 'one.csv', ['new 1']), (root / 'two.csv', ['new 2'])]\n"
        "outputs.write_output(find_workspace(root), root / 'one.csv', files)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, place.root], check=False, timeout=120)
    assert (done.returncode, one.read_text(), two.read_text()) == (9, "new 1", "2")
    write_output(place, one, files)
    assert (one.read_text(), two.read_text()) == ("1", "2")


CHROMIUM = Path("/usr/bin/chromium")
MERMAID = Path(waygraph.__file__).parent / "app/web/page/node_modules/mermaid/dist/mermaid.min.js"
DRAW = """async source => {
    await mermaid.parse(source);
    const drawn = document.createElement("div");
    drawn.innerHTML = (await mermaid.render("drawn", source)).svg;
    const texts = [...drawn.querySelectorAll(".nodeLabel")].map(label => label.textContent);
    return [texts, drawn.querySelectorAll("script, img, a, b, strong, em, i").length];
}"""


@pytest.mark.slow
def test_mermaid_draws_labels_as_they_are() -> None:
    from playwright.sync_api import sync_playwright

    if not CHROMIUM.exists() or not MERMAID.exists():
        pytest.skip(f"{CHROMIUM} or {MERMAID} is not there: scripts/setup test installs both")
    names = ("end", "graph", "a-b", "a_b", "style", "classDef", "_self", "stylish", "ünder", "1st")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox"],  # no sandbox in containers
        )
        page = browser.new_page()
        page.add_script_tag(path=MERMAID)
        page.evaluate("mermaid.initialize({startOnLoad: false})")
        texts, tags = page.evaluate(DRAW, path_mermaid(path_of()))
        ids = _ids(names)
        boxes = "".join(f'    {ids[name]}["{in_mermaid(name)}"]\n' for name in names)
        arrows = "".join(f"    {ids[a]} --> {ids[b]}\n" for a, b in pairwise(names))
        operators, _ = page.evaluate(DRAW, f"flowchart TD\n{boxes}{arrows}")
        browser.close()
    assert tags == 0
    # what Mermaid shows has no blanks at its ends, and no marks of byte order
    assert [text.strip() for text in texts] == [shown(name) for name in LABELS]
    assert sorted(operators) == sorted(names)


SYNTAXES = {
    "turtle": "turtle", "ntriples": "nt", "jsonld": "json-ld", "rdfxml": "xml", "trig": "trig",
    "nquads": "nquads",
}  # fmt: skip


@pytest.mark.parametrize("parser", ["rdflib", "rapper"])
def test_rdflib_and_rapper_read_every_label_in_every_syntax(tmp_path: Path, parser: str) -> None:
    if parser == "rapper" and not shutil.which(parser):
        pytest.skip("rapper is not there: scripts/setup test installs it")
    # Raptor refuses U+FFFE, which RDF allows, and ends texts at NUL
    labels = [name for name in NASTY if parser == "rdflib" or not {"\ufffe", "\0"} & set(name)]
    told = {f"{BASE}concept/c{n}": name for n, name in enumerate(labels)}
    label = "http://www.w3.org/2004/02/skos/core#prefLabel"
    lines = sorted(f"<{concept}> <{label}> {text(name)} ." for concept, name in told.items())
    # XML holds no other control characters
    no_xml = str.maketrans(dict.fromkeys("\x00\x1b\ufffe", "\ufffd"))
    in_xml = {concept: name.translate(no_xml) for concept, name in told.items()}
    with Dataset(tmp_path / "store", BASE, write=True) as data:
        data.replace([(graph_iri(BASE, "concepts"), NamedGraph.of(lines, f"{BASE}run/x"))])
        made = {form: "".join(pieces(data, form, Selection())) for form in SYNTAXES}
    for form, name in SYNTAXES.items():
        if parser == "rdflib":
            found = rdflib.Dataset(default_union=True).parse(data=made[form], format=name)
            said = {str(s): str(o) for s, _, o, *_ in found.quads((None, URIRef(label), None))}
        elif form in ("turtle", "ntriples", "rdfxml", "nquads"):
            done = subprocess.run(
                ["rapper", "-q", "-i", form, "-o", "ntriples", "-", BASE],
                input=made[form].encode(), capture_output=True, check=False,
            )  # fmt: skip
            assert (done.returncode, done.stderr) == (0, b""), form
            read = ox.parse(done.stdout, format=ox.RdfFormat.N_TRIPLES)
            said = {q.subject.value: q.object.value for q in read}
        else:
            continue
        assert said == (in_xml if form == "rdfxml" else told), form
