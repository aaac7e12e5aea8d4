"""Nothing that notes, pages, names or arguments hold steers a terminal, whatever command prints it.

Every command of the program is walked, over a corpus whose titles, names of files, quotes, front
matter, addresses, tags and decisions carry what terminals obey.
"""

from __future__ import annotations

import ast
import io
import json
import os
import pty
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

import waygraph
from waygraph import terminal
from waygraph.app import cli
from waygraph.app.articles import ArticleOptions
from waygraph.app.export import ExportFormat, ExportOptions, export_pieces
from waygraph.app.path_cli import PathFormat
from waygraph.app.web import server
from waygraph.config import find_workspace
from waygraph.errors import WaygraphError

SOURCE = Path(__file__).parents[2] / "src" / "waygraph"
PAYLOADS = {
    "escape": "\x1b", "red": "\x1b[31m", "clear": "\x1b[2J\x1b[H", "title": "\x1b]0;owned\x07",
    "clipboard": "\x1b]52;c;cm0gLXJm\x07", "link": "\x1b]8;;https://example.org\x1b\\",
    "device": "\x1bP+q544e\x1b\\", "reset": "\x1bc", "CSI": "\x9b31m", "OSC": "\x9d0;owned\x9c",
    "bell": "\x07", "return": "\rwaygraph: fine", "back": "ab\b\b", "NUL": "\x00", "DEL": "\x7f",
    "shift": "\x0e", "NEL": "\x85", "override": "\u202emd.", "isolate": "\u2066ab\u2069",
    "zero": "zero\u200bwidth", "mark": "\ufeff", "joiner": "\u2060", "separator": "\u2028",
    "break": "\nwaygraph: forged",
}  # fmt: skip
# What no command may write, on a terminal or in text: all controls but the line break and the tab.
STEERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u206f\ufeff]")
# Text has no lines but its own; the line breaks of data are its business.
FORGED = re.compile(f"{STEERS.pattern}|^waygraph: forged", re.M)
DATA = {"rdfxml", "csv", "graphml"}


def written(name: str, payload: str) -> Iterator[tuple[str, str]]:
    """A file's name and text that carry a payload wherever a note can."""
    where = payload.replace("/", "").replace("\x00", "")
    quoted = json.dumps(f"{name} kettle {payload}")  # YAML reads JSON's escapes
    pressed = payload.replace("\n", " ")
    text = (
        f"---\ntitle: {quoted}\naliases: [{quoted}]\ntags: [{quoted}]\n"
        f"date: {json.dumps('2026-13-45' + payload)}\nlanguage: {quoted}\n---\n"
        f"# {name} kettle {pressed}\n\n"
        f"A **{name} kettle {pressed}** is a {pressed} pot of old. It requires a [[fire pit]].\n"
        f"A {name} lid{pressed} is part of a {name} kettle. See [a {pressed} page]"
        f"(<https://example.org/{pressed}page>), [[no {pressed} page]], [x](nowhere{pressed}.md).\n"
        f"<!-- waygraph: nonsense {pressed} -->\n"
    )
    yield f"{name} {where}.md", text


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus, ingested once. Tests must not change it."""
    root = tmp_path_factory.mktemp("steering") / "notes\x1b[31m"
    root.mkdir()
    (root / "fire pit.md").write_text("# Fire pit\n\nA fire pit is a hole in the ground.\n")
    for name, payload in PAYLOADS.items():
        for file, text in written(name, payload):
            (root / file).write_text(text, encoding="utf-8")
    (root / os.fsdecode(b"no text \xff\x1b[2J.md")).write_text("# no text\n")
    (root / "broken \x1b[31m.md").write_bytes(b"# broken \x1b[31m \xff\n")
    lines = [
        f'2026-01-31T12:00:{number:02}Z {json.dumps("ann " + payload)} know "{name} lid"'
        f" --why {json.dumps('because ' + payload)}"
        for number, (name, payload) in enumerate(PAYLOADS.items())
    ]
    lines += [f"no decision {payload}" for payload in PAYLOADS.values()]
    (root / "waygraph.decisions").write_text("\n".join(lines) + "\n", encoding="utf-8")
    pages = root.parent / "pages"
    pages.mkdir()
    shown = "".join(PAYLOADS.values()).replace("\x00", "")
    (pages / "page.html").write_text(
        f"<html><head><title>A page {shown}</title></head><body><main><p>A page {shown} is a sheet "
        "of paper on which many words stand, and which needs a fire pit before it can be read at "
        "night by those who sit there. Nobody reads it by day.</p></main></body></html>"
    )
    rows = [{"url": "https://example.org/page", "file": "page.html", "title": f"A page {shown}"}]
    (root / "fire pit.md").open("a").write("\nSee [a page](https://example.org/page).\n")
    (pages / "index.json").write_text(json.dumps(rows))
    (root.parent / "more.ttl").write_text(
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        '<https://example.org/heap> a skos:Concept ; skos:prefLabel "heap \\u001B[31m"@en .\n'
    )
    options = ArticleOptions(seeds=(pages,))
    report = waygraph.ingest([root], root, articles=options)
    assert report.documents == 1 + len(PAYLOADS)  # a note that holds NUL is none
    return root


class Stream(io.TextIOWrapper):
    """What a command writes, and whether that is a terminal."""

    def __init__(self, shown: bool) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", errors="surrogateescape", newline="\n")
        self.shown = shown

    def isatty(self) -> bool:
        return self.shown

    def text(self) -> str:
        self.flush()
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode("utf-8", "surrogateescape")


Command = Callable[..., tuple[str, str]]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command line as the program does, on a terminal or not: what it wrote."""

    def run(
        root: Path, *words: str, shown: bool = True, pressed: str = "", bars: bool = False
    ) -> tuple[str, str]:
        out, err = Stream(shown), Stream(bars)
        with monkeypatch.context() as patch:
            patch.chdir(root)
            patch.setattr(sys, "argv", ["waygraph", *words])
            patch.setattr(sys, "stdin", io.StringIO(pressed))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            patch.setenv("WAYGRAPH_WHO", "ann \x1b[31m")
            with suppress(SystemExit):
                cli.main()
            assert (sys.stdout, sys.stderr) == (out, err)
        return out.text(), err.text()

    return run


def commands() -> set[str]:
    """Every command of the program, as typed."""
    found: set[str] = set()

    def walk(one: object, name: str) -> None:
        inner = getattr(one, "commands", None)
        if inner is None:
            found.add(name)
        for word, other in (inner or {}).items():
            walk(other, f"{name} {word}".strip())

    walk(typer.main.get_command(cli.app), "")
    return found


# How each command is asked; ARGUMENT stands for all payloads together, but for what no argument
# can hold and for the line break, which who types it knows.
ARGUMENT = "ARGUMENT"
ALL = " ".join(p for p in PAYLOADS.values() if "\x00" not in p and "\n" not in p)
ASKED: dict[str, tuple[tuple[str, ...], ...]] = {
    "bridge": (("fire pit", "red lid"), (ARGUMENT, "fire pit"), ("a b", "c d", "--format", "json")),
    "concepts": ((), ("kettle",), (ARGUMENT,), ("-n", ARGUMENT)),
    "decide": (("know", ARGUMENT), (ARGUMENT,), ("undo", "know", ARGUMENT), ("undo",)),
    "decisions": ((), ("--all",), ("--format", "json"), ("--format", ARGUMENT)),
    "entities": ((), ("person",), (ARGUMENT,)),
    "explain": (("fire pit",), ("fire pit", "--format", "json"), (ARGUMENT,), (f"a://{ARGUMENT}",)),
    "export": ((), ("--provenance",), *(("--format", form) for form in ExportFormat),
               ("--day", ARGUMENT),
               ("--format", ARGUMENT), (f"no/{ARGUMENT}.ttl",), ("--concept", ARGUMENT),
               ("--document", ARGUMENT)),
    "gaps": ((), ("--format", "json"), ("--known", ARGUMENT)),
    "graph check": ((), (ARGUMENT,)),
    "graph show": ((), ("--format", "mermaid"), ("--graph", ARGUMENT)),
    "import": (("../more.ttl",), (ARGUMENT,), (ARGUMENT, "--remove")),
    "ingest": ((), (".",), (ARGUMENT,)),
    "links": ((), ("--broken",), ("--format", "json"), (ARGUMENT,)),
    "mcp": (("-w", ARGUMENT),),
    "merge": ((ARGUMENT,), ("../other",)),
    "next": ((), ("--format", "json"), ("--known", ARGUMENT)),
    "path": (*(("fire pit", "--from", start, "--format", form) for form in PathFormat
               for start in ("red kettle", "isolate kettle")), ("fire pit", "--compare"),
             (ARGUMENT,), ("fire pit", "--from", ARGUMENT), ("fire pit", "--algorithm", ARGUMENT)),
    "query": (*(("SELECT ?o WHERE { ?s ?p ?o }", "--format", form) for form in
                ("table", "json", "csv")), ("CONSTRUCT WHERE { ?s ?p ?o }",), (ARGUMENT,),
              (f"ASK {{ ?s ?p '{ARGUMENT} }}",), ("--file", ARGUMENT)),
    "review": (("--list",), ()),
    "serve": (("--no-browser",), ("--host", ARGUMENT), ("--listen", ARGUMENT)),
    "show": (("fire pit",), *((f"{name} kettle",) for name in PAYLOADS), (ARGUMENT,),
             ("fire pit.md",)),
    "status": ((), ("--store", ARGUMENT)),
    "train": ((),),
    "trust": ((), ("--yes",), ("--revoke",)),
    "validate": ((),),
}  # fmt: skip


def asked_of(name: str) -> Iterator[list[str]]:
    """The command lines of a command."""
    # an option that is none is told by the parser of the command line
    for words in (*ASKED[name], (f"--{ARGUMENT}",), ("-w", ARGUMENT)):
        yield [*name.split(), *(word.replace(ARGUMENT, ALL) for word in words)]


def no_encoder(_texts: object, _model: object) -> None:
    """In place of the encoder, which would take a while to be loaded and finds no more."""
    raise WaygraphError("there is none")


def test_every_command_is_walked() -> None:
    assert set(ASKED) == commands()


@pytest.mark.slow
@pytest.mark.parametrize("name", ASKED)
def test_no_command_lets_through_what_steers_a_terminal(
    root: Path, command: Command, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name in ("decide", "import", "ingest", "merge", "review", "train"):
        shutil.copytree(root.parent, tmp_path / "copy", symlinks=True)
        root = tmp_path / "copy" / root.name
        shutil.copytree(root, root.parent / "other")
    monkeypatch.setattr("waygraph.operators.encoder.encode_texts", no_encoder)
    monkeypatch.setattr(server, "run", lambda _app, _port, started, address: started(80))
    leaks, lines = [], 0
    for words in asked_of(name):
        lines += 1
        told = STEERS if DATA.intersection(words) else FORGED
        for text in command(root, *words, pressed="aruqn\nred\nsss"):
            leaks += [(words, text[max(0, m.start() - 20) : m.end() + 20])
                      for m in told.finditer(text.replace("\r\n", "\n"))]  # fmt: skip
    print(f"{name}: {lines} command lines, {len(leaks)} leaks")
    those = len({tuple(words) for words, _ in leaks})
    assert not leaks, f"{len(leaks)} leaks in {those} of {lines} command lines: {leaks[:5]}"


@given(st.text(st.characters(codec=None) | st.sampled_from('\x1b\x9b\r\n\t\u202e\ud800\\"')))
def test_what_is_safe_steers_nothing_and_is_the_same_text_in_json(text: str) -> None:
    shown = terminal.safe(text)
    assert not STEERS.search(shown.replace("\r\n", "\n"))
    assert terminal.safe(shown) == shown
    assert "\n" not in terminal.line(text)
    said = json.dumps(text, ensure_ascii=False)
    # two halves of a character, each of which is none
    assert json.loads(terminal.safe(said)) == json.loads(json.dumps(text))


def test_what_everyone_writes_may_hold() -> None:
    for text in (
        "a\tb\nc\r\n",
        "Größe, 数学, नमस्ते",
        "می\u200cخواهم",
        "👩\u200d🔬 ✔\ufe0f",
        "\u200fא",
    ):
        assert terminal.safe(text) == text
    assert terminal.safe("a\x1b[31mb\rc\x9b") == "a\\u001b[31mb\\u000dc\\u009b"


@pytest.mark.slow
@pytest.mark.parametrize("form", ["turtle", "nquads", "jsonld"])
def test_data_is_exact_in_a_pipe_and_means_the_same_on_a_terminal(
    root: Path, command: Command, form: str
) -> None:
    exact, _ = command(root, "export", "--format", form, shown=False)
    pieces = export_pieces(find_workspace(root), ExportFormat(form), ExportOptions())
    assert exact == "".join(pieces)
    assert terminal.safe(exact) != exact
    shown, _ = command(root, "export", "--format", form)
    assert shown == terminal.safe(exact)
    if form == "turtle":
        assert set(ox.parse(shown, ox.RdfFormat.TURTLE)) == set(
            ox.parse(exact, ox.RdfFormat.TURTLE)
        )
    elif form == "jsonld":
        assert json.loads(shown) == json.loads(exact)


@pytest.mark.slow
def test_json_and_answers_are_exact_in_a_pipe_and_text_is_not(root: Path, command: Command) -> None:
    query = ("query", "SELECT ?o WHERE { ?s ?p ?o }")
    for words in ([*query, "--format", "csv"], ["links", "--format", "json"]):
        exact, _ = command(root, *words, shown=False)
        shown, _ = command(root, *words)
        assert "\x9b" in exact
        assert shown == terminal.safe(exact)
    for words in (["show", "CSI kettle"], [*query], ["links"]):
        assert command(root, *words, shown=False) == command(root, *words)


@pytest.mark.slow
def test_the_bars_of_an_ingest_show_what_is_told_meanwhile_safely(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ingest(*_: object, progress: Callable[[str, int, int], None], **__: object) -> None:
        progress("parses\x1b]52;c;cm0=\x07[red]", 1, 2)
        terminal.say("page \x1b]0;owned\x07 \x9b31m", err=True)
        print("log \x1b[5n")
        print("said \x1b]8;;https://example.org\x1b\\", file=sys.stderr)
        raise WaygraphError("ended \x1b[2J")

    monkeypatch.setattr("waygraph.app.ingest.ingest", ingest)
    monkeypatch.setenv("TERM", "xterm")
    _, told = command(tmp_path, "ingest", ".", bars=True)
    assert re.search(r"\x1b\[[0-9?;]*[a-zA-Z]", told), "the bars are drawn"
    for said in ("parses", "page ", "log ", "said ", "ended "):
        assert f"{said}\\u001b" in told
    assert not re.search(r"\x1b[^\[]|\x07|\x9b|\x1b\[(5n|2J)", told)


def on_a_pty(root: Path, *words: str) -> str:
    """What a new process writes to its terminal."""
    process, terminal_ = pty.fork()
    if not process:
        os.chdir(root)
        os.execv(sys.executable, [sys.executable, *words])
    told = b""
    with suppress(OSError):  # Linux says so when nobody writes any more
        while piece := os.read(terminal_, 65536):
            told += piece
    os.close(terminal_)
    os.waitpid(process, 0)
    return told.decode().replace("\r\n", "\n")


# What draws the bars of an ingest, up to the last of them.
BARS = re.compile(r"\A(?s:.*)\x1b\[\?25h")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("show", "CSI kettle"), "  CSI \\u009b31m.md:8: CSI kettle\n"),
        (("export",), "\\u001b[31m"),
        (("ingest", "no \x1b[31m.md"), "waygraph: no \\u001b[31m.md: does not exist\n"),
        (("next", "--\x1b]0;owned\x07"), "No such option: --\\x1b]0;owned\\x07\n"),
    ],
)
def test_a_real_terminal(root: Path, words: tuple[str, ...], shown: str) -> None:
    told = BARS.sub("", on_a_pty(root, "-m", "waygraph", *words))
    assert shown in told
    assert not STEERS.search(told)


def test_what_python_tells_by_itself(tmp_path: Path) -> None:
    told = on_a_pty(tmp_path, "-c", PYTHON)
    for said in ("UserWarning: a", "log b", "ValueError: c"):
        assert f"{said}\\u001b[31m" in told
    assert not STEERS.search(told)


PYTHON = """
import logging, warnings
from waygraph import terminal
with terminal.door():
    warnings.warn("a\\x1b[31m")
    logging.warning("log b\\x1b[31m")
    raise ValueError("c\\x1b[31m")
"""
# Where standard output is a pipe to the process that started this one.
PROTOCOLS = {"terminal.py", "app/web/ingesting.py", "app/web/previewing.py"}
WRITERS = re.compile(
    r"^(print|(typer|click)\.(echo|secho|style|echo_via_pager|progressbar)|rich\.print|Console"
    r"|(sys\.)?__?std(out|err)\b.*|sys\.std(out|err)\.(buffer\.)?write(lines)?|os\.system)$"
)


def test_there_is_no_other_way_out() -> None:
    found = {
        f"{path.relative_to(SOURCE)}: {ast.unparse(node)}"
        for path in SOURCE.rglob("*.py")
        if str(path.relative_to(SOURCE)) not in PROTOCOLS and "node_modules" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and WRITERS.match(ast.unparse(node.func))
    }
    assert found == {"app/ingest_cli.py: Console(file=shown_at)"}
