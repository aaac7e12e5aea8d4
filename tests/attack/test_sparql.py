"""SPARQL that reaches for others, eats memory or outlives its server: it does not get far."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from waygraph.app.cli import app
from waygraph.app.web import evaluate
from waygraph.app.web.evaluate import Asked, Evaluators, Limits
from waygraph.config import Workspace, find_workspace
from waygraph.confined import Confined, TooLong, TooMuch
from waygraph.errors import QueryError, WaygraphError
from waygraph.store.dataset import Dataset
from waygraph.store.query import ask, checked_query, checked_update

# U stands for the IRI of a server that listens, e: and : for prefixes of its address.
QUERIES = [
    "SELECT * { SERVICE U { ?s ?p ?o } }",
    "SELECT * { service U { ?s ?p ?o } }",
    "SELECT * { SeRvIcE SiLeNt U { ?s ?p ?o } }",
    "SELECT * { SERVICESILENT U { ?s ?p ?o } }",
    "SELECT * { SERVICESILENTU{ ?s ?p ?o } }",
    "SELECT * { SERVICEU{ ?s ?p ?o } }",
    "SELECT * { SERVICE\n#SERVICE\nSILENT\tU{} }",
    "SELECT * { SERVICE#\nU{} }",
    "PREFIX e: U SELECT * { SERVICE e: { ?s ?p ?o } }",
    "PREFIX e: U SELECT * { SERVICEe: { ?s ?p ?o } }",
    "PREFIX e: U SELECT * { SERVICEe:x { ?s ?p ?o } }",
    "PREFIX e: U SELECT * { SERVICESILENTe: { ?s ?p ?o } }",
    "PREFIX e: U SELECT * { serviceSilente:{} }",
    "PREFIX : U SELECT * { SERVICE: { ?s ?p ?o } }",
    "PREFIX : U SELECT * { SERVICESILENT:x { ?s ?p ?o } }",
    "BASE U SELECT * { SERVICE<> { ?s ?p ?o } }",
    "BASE U SELECT * { SERVICESILENT<x> { ?s ?p ?o } }",
    "SELECT * { VALUES ?x { 1 } SERVICE U {} }",
    "SELECT * { VALUES ?x { U } SERVICESILENT?x{} }",
    "SELECT * { BIND(U AS ?x) SERVICESILENT?x { ?s ?p ?o } }",
    "SELECT * { BIND(U AS $x)SERVICE$x { ?s ?p ?o } }",
    "SELECT * { {} SERVICESILENTU{} }",
    "SELECT * { {}.SERVICESILENTU{} }",
    "SELECT * { FILTER(1<2)SERVICESILENTU{} }",
    "SELECT * { FILTER(1)SERVICE U{} }",
    "SELECT * { OPTIONAL{SERVICESILENTU{}} }",
    "SELECT * { {SERVICESILENTU{}}UNION{SERVICESILENTU{}} }",
    "SELECT * { GRAPH ?g{SERVICESILENTU{}} }",
    "SELECT * { {SELECT*{SERVICESILENTU{}}} }",
    "SELECT * { {} MINUS{SERVICESILENTU{}} }",
    "SELECT * { BIND(EXISTS{SERVICESILENTU{}}AS ?x) }",
    "SELECT * { FILTER EXISTS{SERVICESILENTU{}} }",
    "SELECT * { ?s ?p 1SERVICE U {} }",
    "SELECT * { ?s ?p trueSERVICE U {} }",
    "PREFIX e: U SELECT * { ?s ?p falseSERVICEe: {} }",
    "SELECT * { ?s ?p ?o.SERVICESILENTU{} }",
    "SELECT * { ?s ?p 'a'SERVICESILENTU{} }",
    "SELECT * { ?s ?p 'a\\''SERVICESILENTU{} # '",
    "SELECT * { <x:a\\u0041#> ?p ?o SERVICESILENTU{} }",
    "ASK{SERVICESILENTU{}}",
    "ASK { SERVICESILENT U { ?s ?p ?o } } # 'SERVICE'",
    "CONSTRUCT { ?s ?p ?o } { SERVICESILENTU{ ?s ?p ?o } }",
    "DESCRIBE ?s { SERVICESILENTU{ ?s ?p ?o } }",
    "SELECT * { \\u0053ERVICE U { ?s ?p ?o } }",
    "SELECT * { SERVIC\\U00000045SILENT U { ?s ?p ?o } }",
    "PREFIX \ufeffe: U SELECT * { SERVICEe: {} }",
    "LOAD U",
    "LOADSILENT U",
]
UPDATES = [
    "LOAD U",
    "LOAD SILENT U",
    "LOADU",
    "LOADSILENT U",
    "LOADSILENTU",
    "loadSilentU",
    "load\n#\nU",
    "PREFIX e: U LOADe:",
    "PREFIX e: U LOADe:x",
    "PREFIX e: U LOADSILENTe:",
    "PREFIX : U LOAD:",
    "PREFIX : U LOADSILENT:",
    "BASE U LOAD<>",
    "BASE U LOADSILENT<x>",
    "LOADSILENT U INTO GRAPH <a:a>",
    "LOADSILENTUINTOGRAPH<a:a>",
    "CLEAR DEFAULT;LOADSILENTU",
    "INSERT DATA{<a:a><a:b>'LOAD'};LOADSILENTU",
    "INSERT{?s ?p ?o}WHERE{SERVICE U{?s ?p ?o}}",
    "INSERT{?s ?p ?o}WHERE{SERVICESILENTU{?s ?p ?o}}",
    "PREFIX e: U INSERT{?s ?p ?o}WHERE{SERVICEe:{?s ?p ?o}}",
    "DELETE{?s ?p ?o}INSERT{?s ?p 1}WHERE{SERVICESILENTU{?s ?p ?o}}",
    "DELETE{?s ?p ?o}WHERE{ {}SERVICESILENTU{?s ?p ?o}}",
    "LO\\u0041D U",
]
# The words where they are no keywords.
INNOCENT = [
    "SELECT * { ?s ?p 'SERVICE' , \"LOAD U\" , '''a ' SERVICE ''' }",
    "SELECT ?service { ?service <http://x/SERVICE> ?load } # SERVICE U {}",
    "PREFIX service: <http://x/> SELECT * { service:load service:SERVICE _:service }",
    "SELECT * { ?s ?p 'x'@service , '1'^^<http://x/service> }",
    "PREFIX load: <http://x/> SELECT * { ?s load:LOAD ?o FILTER(?o<1) }",
]


@pytest.fixture
def listener() -> Iterator[tuple[str, list[int]]]:
    """The address of a server that counts who connects, and says nothing."""
    came: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                came.append(1)
                connection.close()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{port}/", came
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with a small store."""
    root = tmp_path_factory.mktemp("asked")
    (root / ".waygraph").mkdir()
    place = find_workspace(root)
    with Dataset(place.folder / "store", place.settings.base, write=True) as data:
        data.backend.update("INSERT DATA { GRAPH <x:g> { <x:a> <x:b> <x:c> } }")
        data.backend.flush()
    return place


def connected(came: list[int]) -> int:
    time.sleep(0.2)
    return len(came)


def test_the_check_lets_no_spelling_pass_and_sends_nothing(
    listener: tuple[str, list[int]],
) -> None:
    address, came = listener
    for query in QUERIES:
        with pytest.raises(QueryError):
            checked_query(query.replace("U", f"<{address}>"), "http://b/")
    for update in UPDATES:
        with pytest.raises(QueryError):
            checked_update(update.replace("U", f"<{address}>"), "http://b/")
    for query in INNOCENT:
        checked_query(query, "http://b/")
    assert connected(came) == 0


@pytest.mark.slow
def test_nobody_is_asked_through_the_endpoint(
    place: Workspace, listener: tuple[str, list[int]]
) -> None:
    address, came = listener
    evaluators = Evaluators(place, Limits(seconds=20))
    try:
        for query in QUERIES:
            answer = evaluators.ask(Asked(query.replace("U", f"<{address}>")), 1)
            assert answer.status == 400, query
        for update in UPDATES[::3]:
            assert evaluators.update(update.replace("U", f"<{address}>")).status == 400, update
        for query in INNOCENT:
            assert evaluators.ask(Asked(query), 1).status == 200, query
    finally:
        evaluators.close()
    assert connected(came) == 0


@pytest.mark.slow
def test_nobody_is_asked_through_the_command_or_the_library(
    place: Workspace, listener: tuple[str, list[int]]
) -> None:
    address, came = listener
    for query in QUERIES[::4]:
        asked = query.replace("U", f"<{address}>")
        found = CliRunner().invoke(app, ["query", asked, "--workspace", str(place.root)])
        assert isinstance(found.exception, QueryError), query
    with Dataset(place.folder / "store", place.settings.base) as data:
        for query in QUERIES[1::8]:
            with pytest.raises(QueryError):
                ask(data, query.replace("U", f"<{address}>"))
    assert connected(came) == 0


@pytest.mark.slow
def test_a_query_of_no_text_is_a_message(place: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "query.rq"
    file.write_bytes(b"SELECT *\n{ ?s ?p '\xff' }")
    command = [sys.executable, "-m", "waygraph", "query", "--workspace", str(place.root)]
    given = b"ASK { <x:a> <x:b> <x:c> }"
    for arguments, said, message in (
        (["--file", str(file)], b"", b"query.rq:2: it is not UTF-8"),
        (["--file", "-"], b"\xfe", b"-:1: it is not UTF-8"),
        ([b"ASK { ?s ?p '\xff' }"], b"", b"the query is not UTF-8"),
        (["--file", str(tmp_path)], b"", b"cannot be read"),
        (["--file", "-"], b" " * 1_000_001, b"no query"),
        (["--file", "-"], given, b"yes"),
    ):
        found = subprocess.run([*command, *arguments], input=said, capture_output=True, check=False)
        assert message in found.stderr + found.stdout
        assert b"Traceback" not in found.stderr
        assert found.returncode == (0 if said == given else 2)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel must see to it")
def test_what_evaluates_can_open_no_socket(listener: tuple[str, list[int]]) -> None:
    address, came = listener
    unchecked = partial(eval, "lambda q: len(list(__import__('pyoxigraph').Store().query(q)))")
    query = f"SELECT * {{ SERVICE SILENT <{address}> {{ ?s ?p ?o }} }}"
    with Confined(unchecked) as child:
        assert child.ask(query, 20) == 1
        with pytest.raises(WaygraphError, match=r"[Pp]ermission"):
            child.ask(query.replace("SILENT", ""), 20)
    direct = partial(eval, "__import__('socket').create_connection")
    with Confined(direct) as child, pytest.raises(WaygraphError, match="PermissionError"):
        child.ask(("127.0.0.1", int(address.rstrip("/").rpartition(":")[2])), 20)
    assert connected(came) == 0
    with Confined(unchecked, network=True) as child:
        child.ask(query, 20)
    assert connected(came) == 1


@pytest.mark.slow
def test_limits_of_a_child_are_told(place: Workspace) -> None:
    with Dataset(place.folder / "store", place.settings.base) as data:
        for nested in ("ASK " + "{" * 20_000, "ASK { FILTER(" + "(" * 20_000):
            with pytest.raises(QueryError, match="nested too deeply"):
                ask(data, nested)
    with Confined(partial(eval, "bytearray"), memory=50 << 20) as child:
        assert len(child.ask(1 << 20, 20)) == 1 << 20
        with pytest.raises(TooMuch):
            child.ask(1 << 30, 20)
        with pytest.raises(TooLong):
            child.ask(30 << 20, 0)
        assert not child.lives


@pytest.mark.slow
def test_a_child_ends_with_who_started_it() -> None:
    # it is busy in a library that lets no other thread of it run
    busy = "lambda q: __import__('re').match('(a*)*b', 'a' * 60)"
    code = (
        "from functools import partial\nfrom waygraph.confined import Confined\n"
        f"child = Confined(partial(eval, {busy!r}))\n"
        "print(child._process.pid, flush=True)\nchild.ask(0, 600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    time.sleep(0.3)
    os.kill(pid, 0)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        if gone(pid):
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("it went on")


def gone(pid: int) -> bool:
    try:
        # where nobody waits for it, it stays as a zombie
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return True


@pytest.mark.slow
@pytest.mark.parametrize("done", [True, False])
def test_an_update_that_passes_its_limits_is_answered_by_what_it_did(
    place: Workspace, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    ask_really = Confined.ask

    def late(child: Confined, question: object, seconds: float) -> object:
        carries_out = isinstance(question, tuple) and question[0] is evaluate._Step.CARRY_OUT
        if not carries_out or done:
            answer = ask_really(child, question, seconds)
        if carries_out:
            child.end()
            raise TooLong(seconds)
        return answer

    monkeypatch.setattr(Confined, "ask", late)
    name = f"x:late-{done}"
    evaluators = Evaluators(place, Limits(seconds=20))
    # prefixes, a comment at the end, a semicolon: the mark goes behind all of them
    update = f"PREFIX e: <e:> INSERT DATA {{ GRAPH <{name}> {{ e:a e:b 1 }} }} ; # the end"
    answer = evaluators.update(update)
    there = evaluators.ask(Asked(f"ASK {{ GRAPH <{name}> {{ ?s ?p ?o }} }}"), 2)
    marks = evaluators.ask(Asked("ASK { ?s wg:digest ?o }"), 2)
    evaluators.close()
    assert (answer.status, b"true" in there.body) == ((204, True) if done else (503, False))
    assert done or b"nothing was changed" in answer.body
    assert b"false" in marks.body
