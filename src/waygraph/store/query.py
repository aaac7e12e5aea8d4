"""Questions from outside: SPARQL that only reads, asks no other server, and ends in time."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from waygraph.confined import Confined, TooLong, TooMuch
from waygraph.errors import QueryError
from waygraph.store.backend import Embedded, Results, Scope, readable
from waygraph.store.results import CSV, JSON, encoded
from waygraph.store.turtle import namer, prefixes

if TYPE_CHECKING:
    from waygraph.store.dataset import Dataset

FORMS = ("table", "json", "csv", "turtle")
# Keywords that reach for other servers. Oxigraph finds them wherever they may stand, whatever
# is glued to them: SERVICESILENT, 1SERVICE, LOADe:.
_REACHING = re.compile("SERVICE|LOAD", re.IGNORECASE | re.ASCII)
_FROM = re.compile("FROM", re.IGNORECASE | re.ASCII)
_CHANGING = re.compile(r"\b(INSERT|DELETE|CLEAR|DROP|CREATE|ADD|MOVE|COPY)\b", re.IGNORECASE)
_REFUSED = {
    "SERVICE": "SERVICE is refused: this datagraph alone is asked",
    "LOAD": "LOAD is refused: nothing is fetched, and a query may not change the datagraph",
}
_CODE_POINT = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")
# What may stand between such a keyword and the place at which Oxigraph misses it; that it tells
# behind the longest keyword it looked for: OPTIONAL.
_AHEAD = 8
_GLUED = re.compile(r"[^\s<{]*\s*")
_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.S)
# Letters of words that are no keywords; no E, which behind a digit would be an exponent's.
_LETTERS = "ghjkqvwxyz"
# Columns of a table are padded to at most so many characters.
_WIDEST = 200


def ask(data: Dataset, query: str, form: str = "", seconds: float = 30) -> str:
    """Answer a SPARQL query over all named graphs together, provenance too.

    It is answered in a process of its own, see ``confined``. The prefixes of an export are known
    without being declared.

    Args:
        data: the datagraph.
        query: SPARQL 1.1: SELECT, ASK, CONSTRUCT or DESCRIBE.
        form: one of ``FORMATS``; by default a table, or Turtle where the answer is a graph.
        seconds: how long it may take.

    Raises:
        QueryError: it is no query, would change something or ask another server, takes too
            long or too much, or its answer has no such form.
        StoreError: the store cannot answer.
    """
    remote = not isinstance(data.backend, Embedded)
    make = partial(_answerer, data.backend.name, data.base, remote=remote)
    try:
        with Confined(make, network=remote) as child:
            return child.ask((query, form), seconds)  # type: ignore[no-any-return]  # _shown's
    except TooLong as error:
        raise QueryError(
            f"the query: {error.message}",
            "ask for less, put LIMIT at its end, or give it longer with --timeout",
        ) from None
    except TooMuch as error:
        raise QueryError(f"the query: {error.message}", error.hint) from None


def _answerer(name: str, base: str, *, remote: bool) -> Callable[[tuple[str, str]], str]:
    """What answers (query, form) over the store of that name."""
    if remote:
        from waygraph.store.remote import Remote

    def answer(asked: tuple[str, str]) -> str:
        whole = checked_query(asked[0], base)
        # who asks has the store open, and compared its files then
        backend = Remote(name) if remote else Embedded(Path(name), write=False, check=False)
        with readable(name):
            return _shown(backend.query(whole, scope_of(whole)), asked[1], base)

    return answer


def checked_query(query: str, base: str) -> str:
    """A query with the prefixes of an export declared, if it only reads, and here.

    Nothing is sent anywhere to find out.

    Raises:
        QueryError: it is no query, would change something, or asks another server.
    """
    declared = _declared(base)
    _check("query", query, declared, ox.Store().query)
    return declared + query


def checked_update(update: str, base: str) -> str:
    """An update with the prefixes of an export declared, if it asks no other server.

    Nothing is sent anywhere to find out, and it is carried out on an empty store alone.

    Raises:
        QueryError: it would, or is no update.
    """
    declared = _declared(base)
    _check("update", update, declared, ox.Store().update)
    return declared + update


def scope_of(whole: str, default: Sequence[str] = (), named: Sequence[str] = ()) -> Scope | None:
    """What a checked query asks: the graphs that the protocol names, else those of its own FROM.

    None for all named graphs together.
    """
    if default or named:
        return Scope(tuple(default), tuple(named))
    try:
        ox.Store().query(_disguised(whole, _FROM))
    except SyntaxError:
        return Scope()
    return None


def _declared(base: str) -> str:
    return " ".join(f"PREFIX {p}: <{n}>" for p, n in sorted(prefixes(base).items())) + " "


def _check(what: str, text: str, before: str, parse: Callable[[str], object]) -> None:
    """See that ``text`` is sound, and that no word in it reaches for another server.

    Oxigraph itself says so: it parses the text with these words replaced by others that are no
    keywords. Where that succeeds they stood in strings, IRIs, comments and names.
    """
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise QueryError(f"the {what} is not UTF-8", "save it as UTF-8")
    decoded = _CODE_POINT.sub(lambda m: _character(m.group(1) or m.group(2)), text)
    # SPARQL lets any character be written by its code point; Oxigraph only some, other servers all
    for reading in (decoded, text) if decoded != text and _REACHING.search(decoded) else (text,):
        try:
            parse(before + _disguised(reading, _REACHING))
        except SyntaxError as error:
            raise _fault(what, reading, str(error), len(before)) from None
        except (OSError, RuntimeError):
            pass  # it is sound, though an empty store cannot do it


def _disguised(text: str, words: re.Pattern[str]) -> str:
    """A text with words replaced by names of their length, each by one and the same."""
    names: dict[str, str] = {}

    def name(match: re.Match[str]) -> str:
        new = "".join(secrets.choice(_LETTERS) for _ in match.group())
        return names.setdefault(match.group().upper(), new)

    return words.sub(name, text)


def _character(code: str) -> str:
    number = int(code, 16)
    return chr(number) if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else " "


def _fault(what: str, text: str, said: str, shift: int) -> QueryError:
    """What is wrong with a text of which Oxigraph, when the words were replaced, said so."""
    match = _PLACE.match(said)
    if match is None:
        return QueryError(f"the {what} is no SPARQL: {said}", "mend it")
    line, column, why = int(match.group(1)), int(match.group(2)), match.group(3)
    column = max(1, column - shift) if line == 1 else column
    lines = text.split("\n")
    shown = lines[line - 1] if line <= len(lines) else ""
    place = f"line {line}, column {column}"
    mark = f"  {shown}\n  {' ' * (column - 1)}^"
    at = sum(len(one) + 1 for one in lines[: line - 1]) + column - 1
    for word in _REACHING.finditer(text):
        if text[: word.start()].endswith(("?", "$", ":", "@")):
            continue  # a variable or a name
        glued = _GLUED.match(text, word.end())
        if word.start() <= at <= (glued or word).end() + _AHEAD:
            return QueryError(f"{_REFUSED[word.group().upper()]}: {place}", mark)
    if what == "query" and (change := _CHANGING.search(shown, 0, column + len("INSERT"))):
        return QueryError(
            f"a query may not change the datagraph: {change.group().upper()}",
            "SELECT, ASK, CONSTRUCT and DESCRIBE read; the notes change it, by ingest",
        )
    why = "a prefix is not declared" if "Prefix not found" in why else " ".join(why.split())
    return QueryError(f"the {what} is no SPARQL: {place}: {why}", mark)


def _shown(results: Results, form: str, base: str) -> str:
    """An answer in one of ``FORMS``."""
    if isinstance(results, ox.QueryTriples):
        if form not in ("", "turtle"):
            raise QueryError(f"a graph has no form {form}", "leave --format out, or say turtle")
        return encoded(results, "text/turtle", base).decode()
    if form == "turtle":
        raise QueryError(
            "the answer is no graph, and has no Turtle", "ask CONSTRUCT or DESCRIBE for a graph"
        )
    if form == "json":
        return encoded(results, JSON, base).decode() + "\n"
    if form == "csv":
        return encoded(results, CSV, base).decode().replace("\r\n", "\n")
    if isinstance(results, ox.QueryBoolean):
        return "yes\n" if results else "no\n"
    return _table(results, base)


def _table(results: ox.QuerySolutions, base: str) -> str:
    name = namer(base)
    heads = [variable.value for variable in results.variables]

    def shown(term: object) -> str:
        if isinstance(term, ox.NamedNode):
            return name(str(term))
        value = term.value if isinstance(term, ox.Literal | ox.BlankNode) else str(term or "")
        # a terminal would obey what is no character
        said = "".join(c if c.isprintable() else "\ufffd" for c in " ".join(value.split()))
        # what a note says is not to look like a line that waygraph says
        return f" {said}" if said.startswith("waygraph:") else said

    rows = [[shown(solution[i]) for i in range(len(heads))] for solution in results]
    widths = [min(_WIDEST, max(map(len, column))) for column in zip(heads, *rows, strict=True)]
    lines = [heads, ["-" * width for width in widths], *rows]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        + "\n"
        for line in lines
    )
