"""Decisions: what a person rules on concepts, names and relations, as lines of plain text.

One grammar serves the command (``waygraph decide merge GPU "graphics processing unit"``), the
decisions file (the same words behind a time and a name) and comments in notes
(``<!-- waygraph: merge GPU "graphics processing unit" -->``). A decision names concepts by
their labels, never by an address or an IRI, so it outlives renamed notes and rebuilds.
"""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from waygraph.errors import WaygraphError
from waygraph.labels import key
from waygraph.vocab import PREDICATES, VERBS

_SCOPED = frozenset({"reject"})
_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?P<part>\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)", re.ASCII
)
# By so much a clock may be wrong, or its time zone.
_SLACK = timedelta(days=1)
_PLAIN = re.compile(r"[\w.,:;/+*@%=-]+")
# Besides control characters what is no text: bytes of a command line come as surrogates.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LONGEST = 10_000
_CONFLICT = re.compile(r"(<{7}|={7}|>{7}|\|{7})(\s|$)")


class DecisionError(WaygraphError):
    """Words that are no decision, or a decision that cannot be made."""

    exit_code = 2

    @property
    def told(self) -> str:
        """What is wrong and what to do, on one line."""
        return "; ".join(filter(None, (self.message, self.hint)))


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision as it was written.

    ``terms`` are labels (addresses, for ``move``); ``relation`` is a key of
    ``vocab.PREDICATES`` or empty; ``note`` is the address of the one document in which it
    holds, empty if it holds everywhere; ``undo`` takes the same decision back. ``when`` is
    ISO 8601 in UTC, empty for a comment in a note, which comes before all dated ones.
    ``source`` and ``line`` say where it stands.
    """

    verb: str
    terms: tuple[str, ...]
    relation: str = ""
    note: str = ""
    undo: bool = False
    why: str = ""
    who: str = ""
    when: str = ""
    source: str = ""
    line: int = 0

    @property
    def holds(self) -> bool:
        """Whether it says that something is so, not that it is not."""
        return self.verb not in ("reject", "split")

    @property
    def moment(self) -> datetime:
        """When it was decided; of a comment in a note, before all else."""
        return datetime.fromisoformat(self.when) if self.when else datetime.min.replace(tzinfo=UTC)

    def is_ahead(self, now: datetime) -> bool:
        """Whether its time is still to come, which no clock nor time zone accounts for."""
        return self.moment > now + _SLACK

    def statement(self) -> str:
        """Its words without who, when and why: ``reject heap requires stack``."""
        words = ["undo"] * self.undo + [self.verb]
        if self.relation and self.verb != "require":
            words += [self.terms[0], self.relation, *self.terms[1:]]
        else:
            words += self.terms
        if self.note:
            words += ["--in", self.note]
        return " ".join(map(_quoted, words))

    def matter(self) -> tuple[str, ...]:
        """What it rules on: of all decisions on one matter, the latest holds."""
        if self.verb == "move":
            return ("move", *self.terms)
        names = tuple(map(key, self.terms))
        if self.relation:
            ends = tuple(sorted(names)) if self.relation == "related" else names
            return ("relation", self.relation, *ends, self.note)
        if self.verb in ("merge", "split"):
            return ("names", *sorted(names))
        kind = {"accept": "concept", "reject": "concept"}.get(self.verb, self.verb)
        return (kind, names[0], self.note)

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.statement()}" if self.line else self.statement()


def parse_statement(words: Sequence[str]) -> Decision:
    """The decision that words state: a verb, its terms, then ``--why TEXT`` and ``--in NOTE``.

    Raises:
        DecisionError: they state none; says what was expected.
    """
    terms, options = _options(words)
    undo = bool(terms) and terms[0] == "undo"
    verb, *terms = terms[undo:] or [""]
    if verb not in VERBS:
        raise DecisionError(f"{verb!r} is no decision", f"known: {', '.join(VERBS)}, undo")
    if any(map(_CONTROL.search, terms)):
        raise DecisionError(f"a label of {verb!r} holds a line break or control character")
    relation = ""
    if verb == "require":
        relation = "requires"
    elif verb == "relate" or (verb in ("accept", "reject") and len(terms) != 1):
        relation = terms.pop(1) if len(terms) > 1 else ""
        if relation and relation not in PREDICATES:
            known = ", ".join(sorted(PREDICATES))
            raise DecisionError(
                f"{relation!r} is no relation",
                f"known: {known} (a label of several words in quotes)",
            )
    wanted = 1 if verb == "know" or (verb in ("accept", "reject") and not relation) else 2
    if len(terms) != wanted or not all(map(str.strip, terms)):
        raise DecisionError(
            f"{verb!r} does not fit {' '.join(map(_quoted, terms)) or 'no words'}",
            f"write: {verb} {VERBS[verb]} (a label of several words in quotes)",
        )
    if verb != "move":
        for term in terms:
            if not key(term):
                raise DecisionError(f"{term!r} holds no word, so it names no concept")
        if wanted == 2 and verb != "rename" and key(terms[0]) == key(terms[1]):
            raise DecisionError(f"{terms[0]!r} and {terms[1]!r} are one name already")
    note = options.get("--in", "")
    if note and verb not in _SCOPED:
        raise DecisionError(f"{verb!r} holds in all notes", "leave --in away; only reject takes it")
    return Decision(verb, tuple(terms), relation, note, undo, options.get("--why", ""))


def _options(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    terms: list[str] = []
    options: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        if word in ("--why", "--in"):
            options[word] = one_line(next(rest, ""))
        else:
            terms.append(word)
    return terms, options


def one_line(text: str) -> str:
    """Text without line breaks and control characters, to stand in a line of its own."""
    return " ".join(_CONTROL.sub(" ", text).split())


def parse_line(line: str) -> Decision:
    """The decision on one line of a decisions file: time, name, statement.

    Raises:
        DecisionError: there is none.
    """
    if len(line) > _LONGEST:
        raise DecisionError(
            f"a line of {len(line):,} characters is no decision", f"{_LONGEST:,} are allowed"
        )
    parts = _split(line)
    when, who = (*parts[:2], "", "")[:2]
    time = _TIME.fullmatch(when)
    if not time or not who:
        raise DecisionError(
            f"{line.strip()[:60]!r} does not begin with a time and a name",
            'write: 2026-01-31T12:00:00Z ann merge GPU "graphics processing unit"',
        )
    try:
        moment = datetime.fromisoformat(when).astimezone(UTC)
        # there must be a moment after it, for what is decided next
        moment + timedelta(days=1)
    except (ValueError, OverflowError):
        raise DecisionError(f"{when} is no time that can be", "correct it by hand") from None
    if not when.endswith("Z"):
        when = f"{moment.replace(tzinfo=None, microsecond=0).isoformat()}{time['part'] or ''}Z"
    return replace(parse_statement(parts[2:]), when=when, who=one_line(who))


def parse_comment(text: str) -> Decision:
    """The decision that a comment in a note states.

    Raises:
        DecisionError: there is none.
    """
    return parse_statement(_split(text))


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise DecisionError(
            f"a quotation in {text.strip()[:60]!r} is not closed",
            'put a label that holds an apostrophe in double quotes: "Dijkstra\'s algorithm"',
        ) from None


def read_lines(text: str, source: str) -> tuple[list[Decision], list[tuple[int, str]]]:
    """The decisions of a file, and (line, reason) of each line that is none.

    Blank lines and those that begin with ``#`` say nothing.
    """
    found: list[Decision] = []
    faults: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            if _CONFLICT.match(line):
                raise DecisionError(
                    f"git left the mark {line[:7]!r} of a conflict here",
                    "keep the lines of both sides, delete the marks; their order does not matter",
                )
            found.append(replace(parse_line(line), source=source, line=number))
        except DecisionError as error:
            faults.append((number, error.told))
    return found, faults


def written(decision: Decision) -> str:
    """The line of a decisions file that holds a decision, without its line break."""
    why = f" --why {_quoted(decision.why)}" if decision.why else ""
    return f"{decision.when} {_quoted(decision.who)} {decision.statement()}{why}"


def _quoted(word: str) -> str:
    if _PLAIN.fullmatch(word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def in_force(decisions: Iterable[Decision], now: datetime | None = None) -> list[Decision]:
    """The decisions that hold, in their order in time.

    Neither the order of lines nor of files counts: by time, then name and words; of comments,
    which have no time, by their words, not by where the note lies that holds them. The latest
    on a matter holds; ``undo`` takes the latest of its words back, and what held before
    holds again. A note's ``move`` moves the decisions in it along. What is dated later than
    ``now`` comes before all else that has a date, so that it wins over nothing.
    """

    def order(decision: Decision) -> tuple[object, ...]:
        dated = bool(decision.when) and not (now and decision.is_ahead(now))
        who = decision.when and decision.who
        words = who, decision.statement(), decision.why, decision.source, decision.line
        return dated, decision.moment, *words

    ordered = sorted(decisions, key=order)
    moved: dict[str, str] = {}
    stacks: defaultdict[tuple[str, ...], list[tuple[int, Decision]]] = defaultdict(list)
    last: tuple[object, ...] = ()
    for number, decision in enumerate(ordered):
        words = (decision.moment, decision.who, decision.statement(), decision.why)
        # the same line twice, as git may leave it, is one decision, and one undo takes it back
        if decision.when and words == last:
            continue
        last = words
        stack = stacks[decision.matter()]
        if not decision.undo:
            stack.append((number, decision))
            continue
        statement = replace(decision, undo=False).statement()
        for i in range(len(stack) - 1, -1, -1):
            if stack[i][1].statement() == statement:
                del stack[i]
                break
    latest = sorted(stack[-1] for stack in stacks.values() if stack)
    for _, decision in latest:
        if decision.verb == "move":
            old, new = decision.terms
            moved[old] = new
            moved |= {start: new for start, end in moved.items() if end == old}
    return [replace(d, note=moved.get(d.note, d.note)) for _, d in latest if d.verb != "move"]


@dataclass(frozen=True, slots=True)
class NameRulings:
    """Decisions on concepts and their names, for operators. Labels come as their keys.

    ``together``: (key, key, label, label) of names of one concept, the second the better
    known; ``apart``: sorted pairs of keys; ``labels``: (key, preferred label), the later
    stronger; ``kept``: (key, label) and ``dropped``: keys of concepts that are and are not;
    ``absent``: (address, key) of what a document does not name though the word stands there.
    """

    together: tuple[tuple[str, str, str, str], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    dropped: tuple[str, ...] = ()
    absent: tuple[tuple[str, str], ...] = ()

    def keys(self) -> set[str]:
        """The keys of concepts that are ruled on."""
        pairs = (*self.apart, *(pair[:2] for pair in self.together))
        kept = (name for name, _ in (*self.kept, *self.labels))
        return {*self.dropped, *kept, *(name for pair in pairs for name in pair)}


@dataclass(frozen=True, slots=True)
class RelationRulings:
    """Decisions on relations, for operators.

    ``accepted`` holds (key, relation, key), the earliest first; ``rejected``, sorted, (key,
    relation, key, address), the address empty if it is rejected whatever document says it.
    """

    accepted: tuple[tuple[str, str, str], ...] = ()
    rejected: tuple[tuple[str, str, str, str], ...] = ()


NO_NAME_RULINGS, NO_RELATION_RULINGS = NameRulings(), RelationRulings()


def rulings(decisions: Sequence[Decision]) -> tuple[NameRulings, RelationRulings]:
    """What the decisions in force say to operators."""
    on_names = [d for d in decisions if not d.relation]

    def keys(verb: str, *, scoped: bool = False) -> list[tuple[str, ...]]:
        return sorted(
            (*([d.note] if scoped else []), *map(key, d.terms))
            for d in on_names
            if d.verb == verb and bool(d.note) == scoped
        )

    names = NameRulings(
        # a new label is another name of the concept, so it finds what it is written as
        together=tuple(
            sorted(
                (key(one), key(two), one, two)
                for one, two in (d.terms for d in on_names if d.verb in ("merge", "rename"))
                if key(one) != key(two)
            )
        ),
        apart=tuple(sorted((min(pair), max(pair)) for pair in keys("split"))),
        labels=tuple(
            (key(old), new) for old, new in (d.terms for d in on_names if d.verb == "rename")
        ),
        kept=tuple(sorted((key(d.terms[0]), d.terms[0]) for d in on_names if d.verb == "accept")),
        dropped=tuple(name for (name,) in keys("reject")),
        absent=tuple((address, name) for address, name in keys("reject", scoped=True)),
    )
    ends = {d: (key(d.terms[0]), d.relation, key(d.terms[1])) for d in decisions if d.relation}
    accepted = tuple(end for d, end in ends.items() if d.holds)
    rejected = sorted((*end, d.note) for d, end in ends.items() if not d.holds)
    return names, RelationRulings(accepted, tuple(rejected))
