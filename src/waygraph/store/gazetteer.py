"""A gazetteer: terms that the user knows to be concepts, from a SKOS file or a plain list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from waygraph import files
from waygraph.confined import Confined, TooLong, TooMuch
from waygraph.errors import SettingsError
from waygraph.labels import key, slug, tidy
from waygraph.model import Concept, ConceptTable
from waygraph.store.background import MOST_BYTES
from waygraph.vocab import SKOS

_LABELS = ("prefLabel", "altLabel", "hiddenLabel")
_MATCHES = ("exactMatch",)
_SECONDS = 60.0
# Nobody knows a thing by a longer name.
_LONGEST_LABEL = 1_000
# Each of these is a concept wherever it is named: more of them nobody has looked at.
_MOST_TERMS = 50_000


def read_gazetteer(path: Path, language: str = "en", *, own: bool = False) -> ConceptTable:
    """The concepts of a gazetteer, each with its labels and the IRIs it is the same as.

    A file whose suffix names an RDF syntax (``.ttl``, ``.nt``, ``.rdf``, ``.jsonld``, ``.trig``
    …) is read as SKOS: everything with a ``skos:prefLabel``. Of labels with a language those
    in ``language`` count first, the others are further labels. Any other file is a list: a term
    a line, its other labels behind ``|``; empty lines and those that begin with ``#`` are
    passed over. An RDF file is read in a process of its own, see ``confined``, but for one that
    waygraph wrote itself (``own``).

    Raises:
        SettingsError: the file cannot be read, or takes too long or too much; names the file
            and the line.
    """
    from pyoxigraph import RdfFormat

    syntax = RdfFormat.from_extension(path.suffix.lstrip(".").lower())
    if path.suffix.lower() == ".txt" or syntax is None:
        entries = list(_plain(path))
    elif own:
        entries = _skos(path, language)
    else:
        entries = _apart(path, language)
    table: dict[str, Concept] = {}
    for entry in entries:
        name = key(entry.label)
        keys = {name, *map(key, entry.others)} - {""}
        aliases = tuple(sorted(entry.others - {entry.label}))
        concept = Concept(
            slug(entry.label), entry.label, aliases, tuple(sorted(keys)), 1.0, entry.matches
        )
        table.setdefault(concept.slug, concept)
    return ConceptTable(tuple(table[name] for name in sorted(table)))


@dataclass(frozen=True, slots=True)
class _Entry:
    label: str
    others: frozenset[str]
    matches: tuple[str, ...] = ()


def _plain(path: Path) -> Iterator[_Entry]:
    try:
        lines = files.read(path, MOST_BYTES).decode("utf-8-sig").splitlines()
    except OSError as error:
        raise _unreadable(path, error) from None
    except UnicodeDecodeError as error:
        at = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(
            f"{path}:{at}: the gazetteer is not UTF-8", "save it as UTF-8"
        ) from None
    if len(lines) > _MOST_TERMS:
        raise SettingsError(
            f"{path}: the gazetteer has {len(lines):,} lines, more than {_MOST_TERMS:,}",
            f'a large list is evidence only: name it as background = ["{path.name}"]',
        )
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        label, *others = [tidy(part) for part in line.split("|")]
        if not key(label) or not slug(label):
            raise SettingsError(
                f"{path}:{number}: the gazetteer's line begins with no label: {line.strip()!r}",
                "write: label | other label | other label",
            )
        yield _Entry(label, frozenset(filter(key, others)))


@dataclass
class _Subject:
    labels: defaultdict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    matches: set[str] = field(default_factory=set)


def _apart(path: Path, language: str) -> list[_Entry]:
    try:
        with Confined(_reader) as child:
            return child.ask((path, language), _SECONDS)  # type: ignore[no-any-return]  # _skos's
    except (TooLong, TooMuch) as error:
        raise SettingsError(
            f"{path}: reading the gazetteer was ended: {error.message}", "name a smaller file"
        ) from None


def _reader() -> Callable[[tuple[Path, str]], list[_Entry]]:
    return lambda asked: _skos(*asked)


def _skos(path: Path, language: str) -> list[_Entry]:
    from pyoxigraph import Literal, NamedNode, RdfFormat, parse

    syntax = RdfFormat.from_extension(path.suffix.lstrip(".").lower()) or RdfFormat.TURTLE
    subjects: defaultdict[str, _Subject] = defaultdict(_Subject)
    try:
        for quad in parse(files.read(path, MOST_BYTES), format=syntax):
            predicate, term = quad.predicate.value, quad.object
            name = predicate.removeprefix(SKOS)
            if not isinstance(quad.subject, NamedNode) or name == predicate:
                continue
            if isinstance(term, Literal) and len(term.value) > _LONGEST_LABEL:
                continue
            if name in _LABELS and isinstance(term, Literal):
                found = subjects[quad.subject.value].labels[name]
                found.add((tidy(term.value), (term.language or "").split("-")[0]))
            elif name in _MATCHES and isinstance(term, NamedNode):
                subjects[quad.subject.value].matches.add(term.value)
    except SyntaxError as error:
        place = f"{path}:{error.lineno}" if error.lineno else str(path)
        raise SettingsError(
            f"{place}: the gazetteer is no {syntax.name}: {error.msg}", "mend the file"
        ) from None
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    entries = [_entry(iri, subjects[iri], language) for iri in sorted(subjects)]
    kept = [entry for entry in entries if entry]
    if not kept:
        raise SettingsError(
            f"{path}: the gazetteer has no skos:prefLabel", "name a SKOS file, or a list of terms"
        )
    return kept


def _entry(iri: str, subject: _Subject, language: str) -> _Entry | None:
    preferred = sorted(
        subject.labels["prefLabel"], key=lambda one: (one[1] not in (language, ""), one)
    )
    names = [label for label, _ in preferred if key(label) and slug(label)]
    if not names:
        return None
    others = {label for found in subject.labels.values() for label, _ in found if key(label)}
    same = sorted(one for one in {iri, *subject.matches} if one.startswith(("http://", "https://")))
    return _Entry(names[0], frozenset(others), tuple(same))


def _unreadable(path: Path, error: Exception) -> SettingsError:
    reason = getattr(error, "strerror", None) or str(error)
    return SettingsError(
        f"{path}: the gazetteer cannot be read: {reason}",
        "mend `gazetteer` in .waygraph/settings.toml; the path is relative to the corpus root",
    )
