"""Questions from outside: SPARQL that only reads, asks no other server, and ends in time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from threading import Thread

import pyoxigraph as ox

from waygraph.errors import QueryError
from waygraph.store.backend import Scope, checked
from waygraph.store.dataset import Dataset
from waygraph.store.turtle import namer, prefixes, turtle

FORMATS = ("table", "json", "csv", "turtle")
# An escaped character, a string, an IRI or a comment: where a word is no keyword.
_PASSED_OVER = re.compile(
    r'''\\.|"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^'\\]|\\.|'(?!''))*\'\'\''''
    r"""|"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*'|<[^<>"{}|^`\\\x00-\x20]*>|\#[^\n\r]*""",
    re.S,
)
_SERVICE = re.compile(r"(?<![\w:?$-])SERVICE(?![\w:-])", re.I)
_LOAD = re.compile(r"(?<![\w:?$-])LOAD(?![\w:-])", re.I)
_FROM = re.compile(r"(?<![\w:?$-])FROM(?![\w:-])", re.I)
_UPDATE = re.compile(
    r"(?<![\w:?$<-])(INSERT|DELETE|LOAD|CLEAR|DROP|CREATE|ADD|MOVE|COPY|WITH)(?![\w:-])", re.I
)
_CODE_POINT = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")
_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.S)


def ask(data: Dataset, query: str, form: str = "", seconds: float = 30) -> str:
    """Answer a SPARQL query over all named graphs together, provenance too.

    The prefixes of an export are known without being declared.

    Args:
        data: the datagraph.
        query: SPARQL 1.1: SELECT, ASK, CONSTRUCT or DESCRIBE.
        form: one of ``FORMATS``; by default a table, or Turtle where the answer is a graph.
        seconds: how long it may take.

    Raises:
        QueryError: it is no query, would change something or ask another server, takes too
            long, or its answer has no such form.
        StoreError: the store cannot answer.
    """
    asked, scope = checked_query(query, data.base), scope_of(query)
    answers: SimpleQueue[str | Exception] = SimpleQueue()

    def answer() -> None:
        try:
            with checked(data.backend.name):
                answers.put(_answer(data, asked, scope, form))
        except Exception as error:  # raised again in the caller's thread
            # its traceback holds the results, which may not leave this one
            answers.put(error.with_traceback(None))

    # the store cannot be interrupted: what takes too long is left behind, and ends with us
    Thread(target=answer, daemon=True).start()
    try:
        found = answers.get(timeout=seconds)
    except Empty:
        raise QueryError(
            f"the query took longer than {seconds:g} s",
            "ask for less, put LIMIT at its end, or give it longer with --timeout",
        ) from None
    if isinstance(found, Exception):
        raise found
    return found


def checked_query(query: str, base: str) -> str:
    """A query with the prefixes of an export declared, if it only reads, and here.

    Raises:
        QueryError: it is no query, would change something, or asks another server.
    """
    _refuse(query, _SERVICE, "SERVICE is refused: a query asks this datagraph alone")
    declared = _declared(base)
    try:
        ox.Store().query(declared + query)
    except SyntaxError as error:
        raise _syntax_error(query, str(error), len(declared)) from None
    return declared + query


def checked_update(update: str, base: str) -> str:
    """An update with the prefixes of an export declared, if it asks no other server.

    Raises:
        QueryError: it would, or is no update.
    """
    _refuse(update, _SERVICE, "SERVICE is refused: an update reads this datagraph alone")
    _refuse(update, _LOAD, "LOAD is refused: nothing is fetched (waygraph import keeps a file)")
    declared = _declared(base)
    try:
        ox.Store().update(declared + update)
    except SyntaxError as error:
        raise _misspelled("update", update, str(error), len(declared)) from None
    except (OSError, RuntimeError):
        pass  # it is sound, though an empty store cannot take it: a graph to move is not there
    return declared + update


def scope_of(query: str, default: Sequence[str] = (), named: Sequence[str] = ()) -> Scope | None:
    """What a query asks: the graphs that the protocol names, else those of its own FROM.

    None for all named graphs together.
    """
    if default or named:
        return Scope(tuple(default), tuple(named))
    return Scope() if any(_FROM.search(one) for one in _readings(query)) else None


def _declared(base: str) -> str:
    return " ".join(f"PREFIX {p}: <{n}>" for p, n in sorted(prefixes(base).items())) + " "


def _readings(text: str) -> list[str]:
    """A query without strings, IRIs and comments.

    SPARQL lets any character be written by its code point, and Oxigraph only some: a word is
    there if either reading has it.
    """
    decoded = _CODE_POINT.sub(lambda m: _character(m.group(1) or m.group(2)), text)
    return [_PASSED_OVER.sub(" ", one) for one in (text, decoded)]


def _refuse(text: str, word: re.Pattern[str], why: str) -> None:
    if any(word.search(one) for one in _readings(text)):
        raise QueryError(why, "take that part out")


def _character(code: str) -> str:
    number = int(code, 16)
    return chr(number) if number <= 0x10FFFF else " "


def _syntax_error(query: str, said: str, shift: int) -> QueryError:
    if word := _UPDATE.search(_PASSED_OVER.sub(" ", query)):
        return QueryError(
            f"a query may not change the datagraph: {word.group(1).upper()}",
            "SELECT, ASK, CONSTRUCT and DESCRIBE read; the notes change it, by ingest",
        )
    return _misspelled("query", query, said, shift)


def _misspelled(what: str, query: str, said: str, shift: int) -> QueryError:
    match = _PLACE.match(said)
    if match is None:
        return QueryError(f"the {what} is no SPARQL: {said}", "mend it")
    line, column, why = int(match.group(1)), int(match.group(2)), match.group(3)
    column = max(1, column - shift) if line == 1 else column
    why = "a prefix is not declared" if "Prefix not found" in why else " ".join(why.split())
    lines = query.splitlines() or [""]
    shown = lines[line - 1] if line <= len(lines) else ""
    return QueryError(
        f"the {what} is no SPARQL: line {line}, column {column}: {why}",
        f"  {shown}\n  {' ' * (column - 1)}^",
    )


def _answer(data: Dataset, query: str, scope: Scope | None, form: str) -> str:
    results = data.backend.query(query, scope)
    if isinstance(results, ox.QueryTriples):
        if form not in ("", "turtle"):
            raise QueryError(f"a graph has no form {form}", "leave --format out, or say turtle")
        lines = (results.serialize(format=ox.RdfFormat.N_TRIPLES) or b"").decode()
        return "".join(turtle([("", sorted(set(filter(None, lines.split("\n")))))], data.base))
    if form == "turtle":
        raise QueryError(
            "the answer is no graph, and has no Turtle", "ask CONSTRUCT or DESCRIBE for a graph"
        )
    if form in ("json", "csv"):
        if form == "csv" and isinstance(results, ox.QueryBoolean):
            return f"{str(bool(results)).lower()}\n"
        kind = ox.QueryResultsFormat.JSON if form == "json" else ox.QueryResultsFormat.CSV
        text = (results.serialize(format=kind) or b"").decode()
        return text.replace("\r\n", "\n") if form == "csv" else text + "\n"
    if isinstance(results, ox.QueryBoolean):
        return "yes\n" if results else "no\n"
    return _table(results, data.base)


def _table(results: ox.QuerySolutions, base: str) -> str:
    name = namer(base)
    heads = [variable.value for variable in results.variables]

    def shown(term: object) -> str:
        if isinstance(term, ox.NamedNode):
            return name(str(term))
        value = term.value if isinstance(term, ox.Literal | ox.BlankNode) else str(term or "")
        return " ".join(value.split())

    rows = [[shown(solution[i]) for i in range(len(heads))] for solution in results]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [heads, ["-" * width for width in widths], *rows]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        + "\n"
        for line in lines
    )
